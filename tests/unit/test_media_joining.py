"""A story is shown as if it were one film, and films beside each other can be compared, whatever they are made of."""

import asyncio
import math
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, ImageStat

from bot.adapters.media import Limits, Media
from bot.adapters.media.films import Found, look
from bot.adapters.media.frames import within
from bot.adapters.media.hearing import Sound
from bot.adapters.media.joining import WIDEST, cut, row, tiles
from bot.domain.errors import Broken, Final
from bot.domain.media import Size
from tests import films
from tests import media_files as files

AAC_FRAME = 1024 / 44_100  # seconds
STRIP = 48  # pixels


def greys(path: Path, first: int, frames: int = 24, **traits: Any) -> Path:
    """A silent film whose frames are each two levels brighter than the one before, which tells them apart."""
    size = traits.get("size", files.SIZE)
    usual: dict[str, Any] = {"heard": "", "options": {"crf": "1"}, "frames": frames}
    return files.film(path, draw=lambda number: files.flat(first + 2 * number, size), **(usual | traits))


def levels(film: Path, across: float = 0.5) -> list[float]:
    """How bright each frame is, at half its height."""
    with av.open(str(film)) as container:
        planes = [frame.planes[0] for frame in container.decode(video=0)]
        seen = [bytes(one)[one.height // 2 * one.line_size + round(one.width * across)] for one in planes]
    return [(luma - 16) * 255 / 219 for luma in seen]


def ramp(first: int, count: int, times: Sequence[int] = (1,)) -> list[int]:
    """The levels of `greys`, each as many times as `times` says in turns."""
    return [first + 2 * number for number in range(count) for _ in range(times[number % len(times)])]


def lengths(film: Path) -> dict[str, float]:
    with av.open(str(film)) as container:
        return {stream.type: float((stream.duration or 0) * (stream.time_base or 0)) for stream in container.streams}


async def stitched(*scenes: Path, fade: float = 0) -> Path:
    """The story; that it is whole, plays, and sounds exactly as long as it is shown is checked here for all tests."""
    made = scenes[0].with_name("made.mp4")
    before = {*made.parent.iterdir()}
    await Media().stitch(scenes, made, fade=fade)
    assert {*made.parent.iterdir()} == {*before, made}
    found = look(made)
    assert (await Media().check(made, seconds=float(found.frames / found.rate))).plays
    long = lengths(made)
    assert long["video"] == pytest.approx(float(found.frames / found.rate), abs=0.001)
    assert long.get("audio", long["video"]) == pytest.approx(long["video"], abs=AAC_FRAME)
    return made


async def test_at_a_hard_joint_the_frame_that_both_have_is_shown_once(tmp_path: Path) -> None:
    made = await stitched(*(greys(tmp_path / str(first), first) for first in (20, 66, 112)))
    assert levels(made) == pytest.approx(ramp(20, 70), abs=1)
    assert (look(made).rate, look(made).size, look(made).sounds) == (12, files.SIZE, False)


async def test_what_an_edit_list_leaves_out_is_no_part_of_the_story(tmp_path: Path) -> None:
    b_frames = {"preset": "medium", "bf": "3", "crf": "1", "x264-params": "b-adapt=0"}
    one, other = (
        files.edited(greys(tmp_path / str(first), first, options=b_frames), seconds=1.5, skipped=3)
        for first in (20, 100)
    )
    made = await stitched(one, other)
    assert levels(made) == pytest.approx(ramp(26, 18) + ramp(108, 17), abs=1)


async def test_the_highest_rate_holds_and_frames_are_repeated(tmp_path: Path) -> None:
    slow = greys(tmp_path / "slow", 20, 12)
    middle = greys(tmp_path / "middle", 42, 13, rate=16)
    fast = greys(tmp_path / "fast", 66, 25, rate=24)
    made = await stitched(slow, middle, fast)
    assert look(made).rate == 24
    assert levels(made) == pytest.approx(ramp(20, 12, (2,)) + ramp(44, 12, (2, 1)) + ramp(68, 24), abs=1)


async def test_a_rate_that_is_no_whole_number_does_not_drift(tmp_path: Path) -> None:
    odd = greys(tmp_path / "odd", 20, 90, rate=Fraction(30_000, 1001), hertz=440, heard="aac")
    made = await stitched(odd, greys(tmp_path / "even", 198, 16, rate=15))
    assert look(made).rate == Fraction(30_000, 1001)
    assert levels(made) == pytest.approx(ramp(20, 90) + ramp(200, 15, (2,)), abs=1)


@pytest.mark.parametrize(("fade", "steps"), [(0.5, 6), (1.0, 10), (1.5, 10)])
async def test_a_fade_mixes_the_pictures_of_both_by_equal_steps(fade: float, steps: int, tmp_path: Path) -> None:
    one, other = greys(tmp_path / "one", 20, 20), greys(tmp_path / "other", 150, 30)
    before, after = ramp(20, 20), ramp(150, 30)
    both = zip(before[-steps:], after, strict=False)
    mix = [a + (b - a) * number / (steps + 1) for number, (a, b) in enumerate(both, 1)]
    assert levels(await stitched(one, other, fade=fade)) == pytest.approx(
        before[:-steps] + mix + after[steps:], abs=1.5
    )


async def test_sound_goes_over_with_the_same_power(tmp_path: Path) -> None:
    one = files.film(tmp_path / "one", hertz=440)
    other = files.film(tmp_path / "other", hertz=1000)
    sound = files.heard(await stitched(one, other, fade=0.5))
    assert len(sound) / files.HEARD == pytest.approx(3.5, abs=AAC_FRAME)
    for begins in (0, 0.7, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 3.3):
        angle = min(max((begins + 0.05 - 1.5) / 0.5, 0), 1) * math.pi / 2
        assert files.loudness(sound, 440, begins) == pytest.approx(math.cos(angle), abs=0.05)
        assert files.loudness(sound, 1000, begins) == pytest.approx(math.sin(angle), abs=0.05)


async def test_sound_stays_in_step_with_the_frames_that_are_left_out(tmp_path: Path) -> None:
    scenes = [files.film(tmp_path / str(number), rate=8, frames=16) for number in range(3)]
    # the beep at the beginning goes with the frame that is left out
    assert files.beeps(await stitched(*scenes))[:-1] == pytest.approx([0, 1, 2.875, 4.75], abs=0.01)


async def test_a_silent_film_is_silent_among_others(tmp_path: Path) -> None:
    scenes = [
        files.film(tmp_path / "low", hertz=440),
        files.film(tmp_path / "silent", heard="", rate=24, frames=25),
        files.film(tmp_path / "high", hertz=1000),
    ]
    sound = files.heard(await stitched(*scenes))
    for hertz, begins, loud in ((440, 1.8, 1), (440, 2.1, 0), (1000, 2.85, 0), (1000, 3.05, 1), (1000, 4.8, 1)):
        assert files.loudness(sound, hertz, begins) == pytest.approx(loud, abs=0.05)


async def test_other_shapes_are_letterboxed_never_stretched(tmp_path: Path) -> None:
    size, other = (128, 96), (180, 270)
    one = files.film(tmp_path / "one", size=size, heard="")
    upright = files.film(tmp_path / "upright", size=other, heard="", options={"crf": "3"})
    pictures = films.pictures((await stitched(one, upright)).read_bytes())
    assert [picture.size for picture in pictures] == [size] * 47
    for number, picture in enumerate(pictures[24:], 1):
        small = files.scene(number, other).resize((64, 96), Image.Resampling.BILINEAR)
        assert films.psnr(picture, ImageOps.pad(small, size)) > 25
        assert max(ImageStat.Stat(picture.crop((0, 0, 28, 96))).mean) < 3


async def test_colours_stay_what_they_mean_to_players(tmp_path: Path) -> None:
    tags = {"x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709"}
    told = files.film(tmp_path / "told", heard="", frames=2, options=tags)
    untold = files.film(tmp_path / "untold", heard="", frames=2)
    made = await stitched(untold, told, untold)
    with av.open(str(made)) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
    shown = [films.pictures(film.read_bytes())[0] for film in (untold, untold, told, untold)]
    assert films.psnr(shown[0], shown[2]) < 30, "the same numbers mean something else"
    for picture, there in zip(films.pictures(made.read_bytes()), shown, strict=True):
        assert ImageStat.Stat(picture).mean == pytest.approx(ImageStat.Stat(there).mean, abs=2)


async def test_the_colours_of_hd_films_are_not_touched(tmp_path: Path) -> None:
    size = (128, 720)  # players take it for HD by its height
    film = files.film(tmp_path / "film", size=size, frames=2, draw=lambda _: Image.new("RGB", size, (200, 60, 40)))
    assert levels(await stitched(film)) == pytest.approx(levels(film), abs=1)


async def test_one_film_alone_stays_as_it_is(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", noise=0.1)
    made = await stitched(film, fade=0.5)
    for one, other in zip(films.pictures(film.read_bytes()), films.pictures(made.read_bytes()), strict=True):
        assert films.psnr(one, other) > 33
    assert files.beeps(made) == pytest.approx(files.beeps(film), abs=0.03)


async def test_odd_sides_become_even(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", size=(127, 95), pixels="yuv444p")
    assert look(await stitched(film)).size == (126, 94)


async def test_a_film_with_broken_places_keeps_its_time(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", noise=0.3, heard="")
    data = bytearray(film.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    film.write_bytes(data)
    assert look(await stitched(film, greys(tmp_path / "other", 20))).frames == 47


async def test_films_beside_each_other_have_one_height_and_their_labels(tmp_path: Path) -> None:
    long = greys(tmp_path / "long", 20, 24, size=(128, 96))
    short = greys(tmp_path / "short", 100, 12, size=(64, 96), rate=24, heard="aac", hertz=440)
    wide = files.film(tmp_path / "wide", size=(256, 96), hertz=1000)
    made, compared = tmp_path / "made.mp4", (long, short, wide)
    await Media().beside(compared, ("Wan", "A model with a name that is far too long", "Ltx"), made)
    found = look(made)
    assert (await Media().check(made, seconds=2)).plays
    assert (found.size, found.rate, found.frames) == ((128 + 64 + 256 + 16, 96 + STRIP), 24, 48)
    pictures = films.pictures(made.read_bytes())
    for left, width in ((0, 128), (136, 64), (208, 256)):
        above = pictures[0].crop((left, 0, left + width, STRIP)).convert("L")
        assert ImageStat.Stat(above).extrema[0][1] > 150
    assert levels(made, 60 / 464) == pytest.approx(ramp(20, 24, (2,)), abs=1)
    assert levels(made, 170 / 464) == pytest.approx(ramp(100, 12) + [122] * 36, abs=1)
    assert films.psnr(pictures[20].crop((208, STRIP, 464, STRIP + 96)), files.scene(10, (256, 96))) > 28
    sound = files.heard(made)
    assert [round(files.loudness(sound, hertz, at)) for hertz, at in ((440, 0.3), (440, 0.8), (1000, 0.3))] == [1, 0, 0]


@pytest.mark.parametrize("kind", ["stitch", "sheet", "beside", "last_frame"])
async def test_what_is_no_film_is_named_and_nothing_is_left(kind: str, tmp_path: Path) -> None:
    good, bad, made = files.film(tmp_path / "good", frames=2), tmp_path / "bad", tmp_path / "made"
    bad.write_bytes(b"<html>")

    async def make(media: Media, film: Path) -> None:
        match kind:
            case "stitch":
                await media.stitch((good, film), made, fade=0)
            case "sheet":
                await media.sheet((good, film), made)
            case "beside":
                await media.beside((good, film), ("a", "b"), made)
            case _:
                await media.last_frame(film, made)

    alone = kind == "last_frame"
    told = "What arrived is not a film in an MP4 that can be read." if alone else "Film 2 of 2 is no film in an MP4, or"
    with pytest.raises(Broken, match=f"^{told}"):
        await make(Media(), bad)
    with pytest.raises(Final, match=r"^The .+: it takes more than 0\.001 seconds\.$"):
        await make(Media(Limits(framing=0.001, joining=0.001)), good)
    assert {*tmp_path.iterdir()} == {good, bad}


def found(size: Size, rate: Fraction, frames: int) -> Found:
    return Found(
        size=size,
        rate=rate,
        frames=frames,
        promised=frames,
        seconds=float(frames / rate),
        begins=Fraction(),
        follows=min(1, frames - 1) / rate,
        ends=frames / rate,
        sounds=False,
        plays=True,
        ordered=True,
        whole=True,
    )


sizes = st.builds(Size, st.integers(16, 4096), st.integers(16, 4096))
rates = st.sampled_from([Fraction(12), Fraction(16), Fraction(24_000, 1001), Fraction(30), Fraction(60)])


@given(st.lists(st.tuples(rates, st.integers(1, 200)), min_size=1, max_size=6), st.integers(0, 60))
@settings(max_examples=200)
def test_no_two_fades_meet_and_no_film_is_lost(scenes: list[tuple[Fraction, int]], fade: int) -> None:
    looked = [found(Size(64, 64), rate, frames) for rate, frames in scenes]
    highest = max(rate for rate, _ in scenes)
    parts = cut([Path()] * len(scenes), looked, highest, fade)
    before = 0
    for number, (part, one) in enumerate(zip(parts, looked, strict=True)):
        assert part.frames >= max(before + part.fade, 1)
        assert part.fade <= fade
        left_out = number > 0 and not fade and one.frames > 1
        assert abs(part.frames / highest - (one.frames - left_out) / one.rate) <= Fraction(1, 2) / highest
        before = part.fade
    assert before == 0


@given(st.lists(sizes, min_size=1, max_size=3))
@settings(max_examples=200)
def test_films_beside_each_other_have_room(compared: list[Size]) -> None:
    shown = tiles(compared)
    whole, spots = row(shown)
    assert whole.width <= WIDEST
    assert len({size.height for size in shown}) == 1
    assert all(side % 2 == 0 for side in (*whole, *(side for size in shown for side in size)))
    assert all(left + size.width + 8 == after for size, (left, _), (after, _) in zip(shown, spots, spots[1:]))  # noqa: B905 - one joint less
    assert whole.height == shown[0].height + STRIP <= max(size.height for size in compared) + STRIP


@given(sizes, sizes)
@settings(max_examples=200)
def test_what_is_scaled_keeps_its_shape(size: Size, room: Size) -> None:
    room = Size(*(side // 2 * 2 for side in room))
    made = within(size, room)
    assert all(side % 2 == 0 and 2 <= side <= most for side, most in zip(made, room, strict=True))
    assert max(room.width - made.width, 0) < 2 or max(room.height - made.height, 0) < 2
    scale = min(room.width / size.width, room.height / size.height)
    assert all(abs(side - one * scale) <= 2 for side, one in zip(made, size, strict=True))


@given(begins=st.fractions(0, 3, max_denominator=50), reads=st.lists(st.integers(0, 9000), max_size=5))
@settings(max_examples=10)
def test_sound_is_read_from_any_time_on(tone: Path, begins: Fraction, reads: list[int]) -> None:
    sound, whole = Sound(tone, begins), Sound(tone)
    whole.read(math.floor(begins * 48_000 + Fraction(1, 2)))
    for count in reads:
        read = sound.read(count)
        assert len(read) == count * 8
        assert read == whole.read(count)


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files.film(tmp_path_factory.mktemp("tone") / "film", hertz=440)


async def test_what_is_joined_for_nothing_holds_up_no_film_that_is_made_smaller(tmp_path: Path) -> None:
    film = greys(tmp_path / "film.mp4", 10, frames=4)
    os.mkfifo(stalls := tmp_path / "stalls.mp4")
    media = Media()
    joins = asyncio.create_task(media.stitch([stalls, film], tmp_path / "joined.mp4", fade=0))
    await asyncio.sleep(0)  # it has begun
    async with asyncio.timeout(20):
        await media.fit(film, tmp_path / "smaller.mp4", limit=10**6)
    assert not joins.done()
    joins.cancel()
    await asyncio.wait([joins])
