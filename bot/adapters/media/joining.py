"""Films joined to one: after each other as a story, or beside each other to be compared."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from bot.adapters.media.films import Found
from bot.adapters.media.frames import (
    NICE,
    Place,
    grey,
    highest_rate,
    looked,
    mixed,
    pictures,
    placed,
    tick,
    write,
)
from bot.adapters.media.hearing import RATE, Sound, faded, framed
from bot.domain.media import Size

LONGEST_FADE = 2  # seconds: its frames are held in memory
WIDEST, HIGHEST = 1920, 1080  # pixels, of films beside each other
GAP = 8  # pixels between them
STRIP = 48  # pixels, for the labels above them
LETTERS = range(28, 11, -2)  # sizes: the first that fits
BRIGHT = 230  # of 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is taken of a film for a story."""

    film: Path
    begins: Fraction  # seconds
    frames: int
    fade: int  # frames that are over the first ones of the next film
    sounds: bool


def stitch(films: Sequence[Path], made: Path, fade: float) -> None:
    """Write the films after each other to `made`. Makes the process nice. Raises Broken if one is no film.

    The size is that of the first, the rate the highest. Each film begins with the last frame of the one before, so
    without a `fade` (in seconds) its first frame is left out, and the sound of the same time. A fade lasts at most 2 s
    and at most half of the shorter of the two films that it joins.
    """
    os.nice(NICE)
    found = looked(films)
    rate, first = highest_rate(found), found[0].size
    size = Size(*(max(side // 2 * 2, 2) for side in first))
    parts = cut(films, found, rate, tick(Fraction(min(fade, LONGEST_FADE)) * rate))
    heard = framed(_heard(parts, rate)) if any(part.sounds for part in parts) else None
    write(made, size, rate, _shown(parts, rate, size), heard)


def cut(films: Sequence[Path], found: Sequence[Found], rate: Fraction, fade: int) -> list[Part]:
    """What is taken of each film where `rate` frames a second are shown and a fade should have `fade` of them."""
    begins = [one.follows if number and not fade else one.begins for number, one in enumerate(found)]
    counts = [max(tick((one.ends - since) * rate), 1) for one, since in zip(found, begins, strict=True)]
    fades = [*(min(fade, one // 2, other // 2) for one, other in pairwise(counts)), 0]
    return [
        Part(film=film, begins=since, frames=frames, fade=over, sounds=one.sounds)
        for film, one, since, frames, over in zip(films, found, begins, counts, fades, strict=True)
    ]


def _shown(parts: Sequence[Part], rate: Fraction, size: Size) -> Iterator[VideoFrame]:
    """All pictures. Only those of a fade are held."""
    held = deque[VideoFrame]()
    for part in parts:
        before, held = held, deque[VideoFrame]()
        steps = len(before) + 1
        for frame in pictures(part.film, part.begins, part.frames, rate, size):
            left = len(before)
            held.append(mixed(before.popleft(), frame, 1 - left / steps) if left else frame)
            if len(held) > part.fade:
                yield held.popleft()


def _heard(parts: Sequence[Part], rate: Fraction) -> Iterator[bytes]:
    """All sounds: each film's exactly as long as its pictures are shown."""
    begins, over, before = 0, 0, b""
    for part in parts:
        sound = Sound(part.film if part.sounds else None, part.begins)
        ends = begins + part.frames
        entered, left = begins + over, ends - part.fade
        yield faded(before, sound.read(_samples(entered, rate) - _samples(begins, rate)))
        yield from sound.blocks(_samples(left, rate) - _samples(entered, rate))
        before = sound.read(_samples(ends, rate) - _samples(left, rate))
        begins, over = left, part.fade


def _samples(frames: int, rate: Fraction) -> int:
    """How many samples of sound are heard until so many frames are shown."""
    return tick(frames * RATE / rate)


def beside(films: Sequence[Path], labels: Sequence[str], made: Path) -> None:
    """Write the films beside each other to `made`, each with its label above it. Makes the process nice.

    All have the same height, the whole at most 1920 pixels of width. The rate is the highest; a film that ends early
    holds its last frame. The sound is that of the first that has one. Raises Broken if one is no film.
    """
    os.nice(NICE)
    found = looked(films)
    rate = highest_rate(found)
    count = max(1, *(tick((one.ends - one.begins) * rate) for one in found))
    sizes = tiles([one.size for one in found])
    size, spots = row(sizes)
    above = [(_label(text, tile.width), (left, 0)) for text, tile, (left, _) in zip(labels, sizes, spots, strict=True)]
    shown = [pictures(film, one.begins, count, rate, tile) for film, one, tile in zip(films, found, sizes, strict=True)]
    sounds = [Sound(film, one.begins) for film, one in zip(films, found, strict=True) if one.sounds]
    heard = framed(sounds[0].blocks(_samples(count, rate))) if sounds else None
    rows = (placed(size, [*above, *zip(frames, spots, strict=True)]) for frames in zip(*shown, strict=True))
    write(made, size, rate, rows, heard)


def tiles(sizes: Sequence[Size]) -> list[Size]:
    """The sizes of films that have the same height, as high as the highest is if there is room for that."""
    shapes = [Fraction(size.width, size.height) for size in sizes]
    room = (WIDEST - GAP * (len(sizes) - 1)) / sum(shapes)
    height = max(int(min(room, HIGHEST, max(size.height for size in sizes))) // 2 * 2, 2)
    return [Size(max(int(shape * height) // 2 * 2, 2), height) for shape in shapes]


def row(sizes: Sequence[Size]) -> tuple[Size, list[Place]]:
    """The size of all together, and where each is."""
    spots: list[Place] = []
    left = 0
    for tile in sizes:
        spots.append((left, STRIP))
        left += tile.width + GAP
    return Size(left - GAP, STRIP + sizes[0].height), spots


def _label(text: str, width: int) -> VideoFrame:
    """Bright letters in the middle of a dark strip, so small that they fit if they are not too many."""
    strip = Image.new("L", (width, STRIP))
    draw = ImageDraw.Draw(strip)
    fonts = [ImageFont.load_default(size) for size in LETTERS]
    font = next((font for font in fonts if font.getlength(text) <= width), fonts[-1])
    draw.text((width // 2, STRIP // 2), text, BRIGHT, font, "mm")
    return grey(strip)
