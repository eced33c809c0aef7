"""Single frames of films: the last one for the next scene to begin with, and a sheet with one of each."""

import math
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.video.reformatter import VideoReformatter
from PIL import Image, ImageDraw, ImageFont

from bot.adapters.media.films import ONLY, UNSEEN, decoded, look, video_of
from bot.adapters.media.frames import NICE, PRECISE, looked, meaning, within
from bot.adapters.media.pictures import keep
from bot.domain.errors import Broken
from bot.domain.media import Size

SIDE = 1280  # pixels, of a sheet at most: so no PNG of it has more than 5 MB, whatever it shows
GAP = 8  # pixels around each frame
SLIMMEST = 2  # a frame is at most so many times as wide as high, or the other way round
GROUND, BADGE, BRIGHT = "#1b1c20", "#000000", "#ffffff"
LETTERS = 10  # parts of a frame's shorter side
SMALLEST, LARGEST = 14, 32  # sizes of letters


def last_frame(film: Path, made: Path) -> None:
    """Write the very last frame that a player shows to `made`: a JPEG in sRGB without any metadata.

    Raises Broken if it is no film.
    """
    look(film)
    keep(_frame(film), made)


def first_frame(film: Path, made: Path) -> None:
    """The same with the first frame that a player shows."""
    keep(_frame(film, look(film).begins), made)


def sheet(films: Sequence[Path], made: Path) -> None:
    """Write a PNG to `made` with the frame in the middle of each film, numbered from 1. Makes the process nice.

    Raises Broken if one is no film.
    """
    os.nice(NICE)
    found = looked(films)
    columns = math.ceil(math.sqrt(len(films)))
    rows = math.ceil(len(films) / columns)
    room = Size(*((SIDE - GAP) // count - GAP for count in (columns, rows)))
    width, height = found[0].size
    cell = within(Size(max(width, height // SLIMMEST), max(height, width // SLIMMEST)), room)
    page = Image.new("RGB", (columns * (cell.width + GAP) + GAP, rows * (cell.height + GAP) + GAP), GROUND)
    for number, (film, one) in enumerate(zip(films, found, strict=True)):
        left = GAP + number % columns * (cell.width + GAP)
        top = GAP + number // columns * (cell.height + GAP)
        page.paste(_cell(_frame(film, (one.begins + one.ends) / 2), cell, str(number + 1)), (left, top))
    page.save(made, "PNG", compress_level=4)


def _cell(frame: Image.Image, cell: Size, number: str) -> Image.Image:
    """The frame on black, never stretched, with its number in the corner."""
    made = Image.new("RGB", cell, BADGE)
    size = within(Size(*frame.size), cell)
    small = frame.resize(size, Image.Resampling.LANCZOS)
    made.paste(small, ((cell.width - size.width) // 2, (cell.height - size.height) // 2))
    draw = ImageDraw.Draw(made)
    letters = min(max(min(cell) // LETTERS, SMALLEST), LARGEST)
    font = ImageFont.load_default(letters)
    wide, high = max(round(font.getlength(number)) + letters, 2 * letters), round(1.6 * letters)
    draw.rectangle((0, 0, wide - 1, high - 1), BADGE)
    draw.text((wide // 2, high // 2), number, BRIGHT, font, "mm")
    return made


def _frame(film: Path, at: Fraction | None = None) -> Image.Image:
    """What a player shows at this second, or at last."""
    with av.open(str(film), "r", options=ONLY) as source:
        video, shown = video_of(source), None
        for _, frame in decoded(source, [video]):
            if shown is not None and at is not None and frame.pts * frame.time_base > at:
                break
            shown = frame
        if shown is None:
            raise Broken(UNSEEN)
        reformatter = cast("Any", VideoReformatter())
        picture = reformatter.reformat(shown, None, None, "rgb24", meaning(video), interpolation=PRECISE)
        return picture.to_image()
