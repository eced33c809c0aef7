"""The next scene begins with exactly what the last one ends with, and a sheet shows all of them."""

import math
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps, ImageStat
from PIL.JpegImagePlugin import get_sampling

from bot.adapters.media import Media
from bot.adapters.media.stills import GAP, SIDE
from tests import films
from tests import media_files as files

B_FRAMES = {"preset": "medium", "bf": "3", "x264-params": "b-adapt=0"}
KINDS: dict[str, dict[str, Any]] = {
    "as the models make them": {},
    "with B-frames": {"options": B_FRAMES},
    "in full colours": {"pixels": "yuv444p"},
    "of colours that are no film's": {"codec": "libx264rgb", "pixels": "rgb24"},
    "without sound": {"heard": ""},
}


async def last(film: Path) -> Image.Image:
    made = film.with_name("last.jpg")
    await Media().last_frame(film, made)
    with Image.open(made) as picture:
        picture.load()
        assert (picture.format, picture.mode, get_sampling(picture)) == ("JPEG", "RGB", 0)
        assert not {"exif", "icc_profile", "comment"} & {*picture.info}
        return picture


@pytest.mark.parametrize("kind", KINDS)
async def test_the_last_frame_is_exactly_that(kind: str, tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", **KINDS[kind])
    picture = await last(film)
    *_, before, there = films.pictures(film.read_bytes())
    assert films.psnr(picture, there) > 36
    assert films.psnr(picture, before) < 30


@pytest.mark.parametrize("kind", KINDS)
async def test_the_first_frame_is_what_a_player_shows_first(kind: str, tmp_path: Path) -> None:
    film, made = files.film(tmp_path / "film", **KINDS[kind]), tmp_path / "first.jpg"
    await Media().first_frame(film, made)
    first, after, *_ = films.pictures(film.read_bytes())
    with Image.open(made) as picture:
        assert films.psnr(picture, first) > 36
        assert films.psnr(picture, after) < 30


async def test_what_an_edit_list_leaves_out_at_the_beginning_is_not_shown(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", heard="", draw=lambda number: files.flat(20 + 8 * number), options=B_FRAMES)
    made = tmp_path / "first.jpg"
    await Media().first_frame(files.edited(film, seconds=1.5, skipped=3), made)
    with Image.open(made) as picture:
        assert ImageStat.Stat(picture).mean[1] == pytest.approx(20 + 8 * 3, abs=2)


@pytest.mark.parametrize(("seconds", "skipped", "number"), [(1.5, 0, 17), (1.5, 3, 20), (1.3, 0, 15)])
async def test_what_an_edit_list_leaves_out_is_not_shown(
    seconds: float, skipped: int, number: int, tmp_path: Path
) -> None:
    film = files.film(tmp_path / "film", heard="", draw=lambda number: files.flat(20 + 8 * number), options=B_FRAMES)
    picture = await last(files.edited(film, seconds=seconds, skipped=skipped))
    assert ImageStat.Stat(picture).mean[1] == pytest.approx(20 + 8 * number, abs=2)


@pytest.mark.parametrize("height", [96, 720])
async def test_colours_are_read_as_players_read_them(height: int, tmp_path: Path) -> None:
    """Where a film does not say what they mean: as those of television if it is small, as those of HD if it is not."""
    size = (128, height)
    matrix = "smpte170m" if height < 720 else "bt709"

    def draw(_: int) -> Image.Image:
        return Image.new("RGB", size, (200, 60, 40))

    untold = files.film(tmp_path / "untold", size=size, draw=draw, frames=2, heard="")
    told = files.film(
        tmp_path / "told",
        size=size,
        draw=draw,
        frames=2,
        heard="",
        options={"x264-params": f"colormatrix={matrix}"},
    )
    assert films.psnr(await last(untold), await last(told)) > 45


async def sheet(scenes: list[Path]) -> Image.Image:
    made = scenes[0].with_name("sheet.png")
    await Media().sheet(scenes, made)
    assert made.stat().st_size < 5 * 2**20
    with Image.open(made) as picture:
        assert picture.format == "PNG"
        assert max(picture.size) <= SIDE
        return picture.convert("RGB")


@pytest.mark.parametrize("count", [1, 2, 5, 20])
async def test_a_sheet_shows_the_middle_of_each_scene_in_order(count: int, tmp_path: Path) -> None:
    scenes = [
        files.film(
            tmp_path / str(number),
            draw=lambda frame, base=4 * number: files.flat(20 + base + (40 if frame == 3 else 0), (96, 64)),
            size=(96, 64),
            frames=6,
            heard="",
        )
        for number in range(count)
    ]
    page = await sheet(scenes)
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    width, height = (page.width - GAP) // columns, (page.height - GAP) // rows
    badges = set[bytes]()
    for number in range(count):
        left, top = GAP + number % columns * width, GAP + number // columns * height
        tile = page.crop((left, top, left + width - GAP, top + height - GAP))
        middle = tile.crop((tile.width // 2, tile.height // 2, tile.width, tile.height))
        assert ImageStat.Stat(middle).mean[1] == pytest.approx(20 + 4 * number + 40, abs=1.5)
        badge = tile.crop((0, 0, 70, 56)).convert("L").point([0] * 200 + [255] * 56)
        assert badge.getbbox()
        badges.add(badge.tobytes())
    assert len(badges) == count


async def test_a_sheet_letterboxes_other_shapes_and_stays_small(tmp_path: Path) -> None:
    wide = files.film(tmp_path / "wide", size=(256, 64), heard="", noise=0.9, frames=2)
    tall = files.film(tmp_path / "tall", size=(64, 640), heard="", frames=3, options={"crf": "3"})
    page = await sheet([wide, tall])
    width, height = (page.width - GAP) // 2 - GAP, page.height - 2 * GAP
    assert width == pytest.approx(2 * height, abs=2), "the first is wider than a tile can be"
    tile = page.crop((GAP + width + GAP, GAP, GAP + width + GAP + width, GAP + height))
    small = files.scene(1, (64, 640)).resize((round(height / 10), height))
    right = (width // 2, 0, width, height)  # without the number
    assert films.psnr(tile.crop(right), ImageOps.pad(small, tile.size).crop(right)) > 25
    shown = tile.crop(right).convert("L").point([0] * 40 + [255] * 216)
    assert shown.getbbox() == pytest.approx((0, 0, round(height / 20), height), abs=3)
