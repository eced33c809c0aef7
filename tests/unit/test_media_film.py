"""A film is what it was promised to be, or it is said what is wrong; and it is made small enough, or not at all."""

import asyncio
import math
import os
from collections.abc import Callable
from fractions import Fraction
from multiprocessing import active_children
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.adapters.media import Limits, Media
from bot.adapters.media.films import Found, look
from bot.adapters.media.fitting import LEAST_RATE, plan
from bot.domain.errors import Broken, TooLarge
from bot.domain.media import Measured, Size
from tests import media_files as files
from tests.unit.media_trouble import until

SECONDS = files.FRAMES / files.RATE


async def measured(film: Path, *, seconds: float = SECONDS) -> Measured:
    return await Media().check(film, seconds=seconds)


async def fitted(film: Path, *, limit: int) -> Path:
    """The film made smaller; that it is whole and plays is checked here for all tests."""
    made = film.with_name("made.mp4")
    before = {*film.parent.iterdir()}
    await Media().fit(film, made, limit=limit)
    assert {*film.parent.iterdir()} == {*before, made}
    assert made.stat().st_size <= limit
    assert (await measured(made, seconds=look(film).seconds)).plays
    return made


def boxes(data: bytes) -> dict[bytes, int]:
    """Where each part of an MP4 begins, by its name."""
    places, at = dict[bytes, int](), 0
    while at < len(data):
        places[data[at + 4 : at + 8]] = at
        at += int.from_bytes(data[at : at + 4])
    return places


def pictures(film: Path) -> list[Image.Image]:
    with av.open(str(film)) as container:
        return [cast("Any", frame).to_image() for frame in container.decode(video=0)]


def likeness(one: Path, other: Path) -> float:
    """PSNR of all frames, in dB, at the size of `one`."""
    error = 0.0
    for first, second in zip(pictures(one), pictures(other), strict=True):
        difference = ImageStat.Stat(ImageChops.difference(first, second.resize(first.size)))
        error += sum(difference.sum2) / (3 * first.width * first.height * files.FRAMES)
    return 10 * math.log10(255**2 / error) if error else math.inf


async def test_a_film_is_measured(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film")
    assert await measured(film) == Measured(size=Size(128, 96), seconds=SECONDS, plays=True)
    assert look(film).frames == files.FRAMES


@pytest.mark.parametrize(
    ("seconds", "whole"), [(SECONDS - 1, True), (SECONDS + 2 / files.RATE, True), (SECONDS + 2.5 / files.RATE, False)]
)
async def test_a_film_may_be_longer_than_promised_or_two_frames_shorter(
    seconds: float, *, whole: bool, tmp_path: Path
) -> None:
    film = files.film(tmp_path / "film")
    if whole:
        assert (await measured(film, seconds=seconds)).seconds == SECONDS
    else:
        with pytest.raises(Broken, match=r"^The film lasts 2\.00 s instead of 2\.21 s\.$"):
            await measured(film, seconds=seconds)


@pytest.mark.parametrize("muxer", [files.MP4, {}], ids=["index first", "index last"])
async def test_a_film_that_breaks_off_is_broken(muxer: dict[str, str], tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", muxer=muxer, noise=0.3)
    data = film.read_bytes()
    for end in (100, len(data) // 4, len(data) // 2, len(data) * 9 // 10, len(data) - 1):
        film.write_bytes(data[:end])
        with pytest.raises(Broken):
            await measured(film, seconds=0.1)


@pytest.mark.parametrize(("part", "there"), [(0.6, r"1\d"), (0.999, "23")])
async def test_a_film_that_has_fewer_frames_than_it_says_is_broken(part: float, there: str, tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", heard="", noise=0.3)
    data = film.read_bytes()
    at, end = boxes(data)[b"mdat"], int(len(data) * part)
    film.write_bytes(data[:at] + (end - at).to_bytes(4) + data[at + 4 : end])  # no part of it seems to be missing
    with pytest.raises(Broken, match=rf"^The film breaks off: {there} of its 24 frames are there\.$"):
        await measured(film, seconds=0.1)


def with_open_end(data: bytes) -> bytes:
    """As a live recording has it: the last part goes to the end of the file, wherever that is."""
    at = boxes(data)[b"mdat"]
    return data[:at] + bytes(4) + data[at + 4 :]


def with_long_sizes(data: bytes) -> bytes:
    """As a film of more than 4 GB has it."""
    at = boxes(data)[b"mdat"]
    return data[: at - 8] + (1).to_bytes(4) + b"mdat" + (len(data) - at + 8).to_bytes(8) + data[at + 8 :]


async def test_the_parts_of_a_film_may_have_any_kind_of_size(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film")
    data = film.read_bytes()
    for other in (with_open_end(data), with_long_sizes(data)):
        film.write_bytes(other)
        assert (await Media(Limits(checking=5)).check(film, seconds=SECONDS)).plays


@pytest.mark.parametrize("kind", [bytes, with_long_sizes])
async def test_a_film_of_which_only_the_end_of_the_sound_is_missing_is_broken(
    kind: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    film = files.film(tmp_path / "film")
    film.write_bytes(kind(film.read_bytes())[:-10])
    with pytest.raises(Broken, match=r"^The film breaks off: the end of its file is missing\.$"):
        await measured(film)


@pytest.mark.parametrize(
    "data", [b"", bytes(5000), b"<html>" * 100, b"\0\0\0\x18ftypmp42" + bytes(500), b"#EXTM3U\n#EXTINF:9,\nfilm.mp4"]
)
async def test_what_is_no_film_is_broken(data: bytes, tmp_path: Path) -> None:
    film = tmp_path / "film"
    film.write_bytes(data)
    with pytest.raises(Broken, match=r"^What arrived is not a film in an MP4 that can be read\.$"):
        await measured(film)


async def test_a_list_of_films_is_not_followed(tmp_path: Path) -> None:
    files.film(tmp_path / "there.mp4")
    film = tmp_path / "film"
    film.write_text("ffconcat version 1.0\nfile there.mp4\n")
    with pytest.raises(Broken, match="is not a film in an MP4"):
        await measured(film)


async def test_a_sound_alone_is_no_film(tmp_path: Path) -> None:
    files.sound(tmp_path / "film", "mp4", "aac")
    with pytest.raises(Broken, match=r"^What arrived has no pictures in it\.$"):
        await measured(tmp_path / "film")


async def test_a_film_of_which_nothing_can_be_decoded_is_broken(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film")
    data = film.read_bytes()
    at = boxes(data)[b"mdat"] + 8
    film.write_bytes(data[:at] + bytes(len(data) - at))
    with pytest.raises(Broken, match="not one frame"):
        await measured(film)


UNPLAYABLE: dict[str, dict[str, Any]] = {
    "another codec": {"codec": "libvpx-vp9"},
    "an old codec": {"codec": "mpeg4"},
    "colours in full": {"pixels": "yuv444p"},
    "ten bits": {"pixels": "yuv420p10le"},
    "no colour model of films": {"codec": "libx264rgb", "pixels": "rgb24"},
    "all 256 levels": {"pixels": "yuvj420p"},
    "an odd size": {"pixels": "yuv444p", "size": (127, 95)},
    "another sound": {"heard": "libmp3lame"},
    "the index last": {"muxer": {}},
}


@pytest.mark.parametrize("kind", UNPLAYABLE)
async def test_a_film_that_does_not_play_everywhere_is_made_to(kind: str, tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", **UNPLAYABLE[kind])
    assert not (await measured(film)).plays
    made = await fitted(film, limit=500 * 2**20)
    assert likeness(film, made) > 30
    assert files.beeps(made) == pytest.approx(files.beeps(film), abs=0.05)


async def test_a_film_is_not_blown_up_to_what_is_allowed(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", pixels="yuv444p", noise=0.1)
    assert (await fitted(film, limit=500 * 2**20)).stat().st_size < 1.4 * film.stat().st_size


async def test_a_film_that_plays_already_is_only_copied(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", muxer={})
    made = await fitted(film, limit=film.stat().st_size)
    assert likeness(film, made) == math.inf
    assert files.beeps(made) == files.beeps(film)
    data = made.read_bytes()
    assert boxes(data)[b"moov"] < boxes(data)[b"mdat"]


@pytest.mark.parametrize("limit", [150_000, 80_000, 45_000])
async def test_a_film_is_made_to_fit(limit: int, tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", noise=0.1, options={"crf": "3"})
    assert film.stat().st_size > 200_000
    made = await fitted(film, limit=limit)
    assert made.stat().st_size > limit * 0.8, "what is allowed is used"
    assert likeness(film, made) > 30
    assert files.beeps(made) == pytest.approx(files.beeps(film), abs=0.05)
    there, new = look(film), look(made)
    assert (new.frames, new.rate, new.seconds, new.size) == (there.frames, there.rate, there.seconds, there.size)
    assert b"rc=2pass" in made.read_bytes(), "the encoder says that it knew the whole film beforehand"


async def test_a_film_that_comes_out_larger_than_planned_is_made_anew(tmp_path: Path) -> None:
    film = files.film(
        tmp_path / "film", noise=0.9, frames=6, options={"crf": "3"}
    )  # too short for the encoder to make up for a slip
    await fitted(film, limit=60_000)


async def test_a_film_is_made_smaller_where_its_bits_would_be_too_few(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", size=(640, 360), noise=0.1)
    size = look(await fitted(film, limit=40_000)).size
    assert size.width < 640
    assert size.width % 2 == size.height % 2 == 0
    assert size.width / size.height == pytest.approx(640 / 360, rel=0.03)


async def test_a_film_keeps_what_its_colours_mean(tmp_path: Path) -> None:
    tags = "colorprim=bt709:transfer=bt709:colormatrix=bt709"
    film = files.film(tmp_path / "film", pixels="yuv444p", options={"x264-params": tags})
    for one in (film, await fitted(film, limit=10**6)):
        with av.open(str(one)) as container:
            context = container.streams.video[0].codec_context
            assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)


async def test_which_frames_are_whole_is_decided_anew(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", pixels="yuv444p", options={"g": "1"})  # all of them
    with av.open(str(await fitted(film, limit=10**6))) as container:
        assert sum(packet.is_keyframe for packet in container.demux(video=0) if packet.size) < files.FRAMES / 2


async def test_whoever_makes_films_smaller_lets_others_go_first(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "stalls")  # nobody writes to it, so whoever opens it waits
    work = asyncio.create_task(Media(Limits(fitting=20)).fit(tmp_path / "stalls", tmp_path / "made", limit=10**6))
    await until(lambda: [os.getpriority(os.PRIO_PROCESS, one.pid or 0) for one in active_children()] == [10])
    work.cancel()


async def test_a_film_that_cannot_be_made_to_fit_is_too_large(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film")
    with pytest.raises(TooLarge):
        await Media().fit(film, tmp_path / "made", limit=15_000)
    assert [file.name for file in tmp_path.iterdir()] == ["film"]


async def test_a_film_whose_making_takes_too_much_is_too_large(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", pixels="yuv444p", size=(640, 360))
    with pytest.raises(TooLarge, match=r"takes more than 0\.05 seconds"):
        await Media(Limits(fitting=0.05)).fit(film, tmp_path / "made", limit=10**6)
    with pytest.raises(Broken, match=r"takes more than 0\.001 seconds"):
        await Media(Limits(checking=0.001)).check(film, seconds=SECONDS)
    assert [file.name for file in tmp_path.iterdir()] == ["film"]


async def test_what_is_no_film_cannot_be_made_to_fit(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"<html>")
    with pytest.raises(Broken):
        await Media().fit(tmp_path / "film", tmp_path / "made", limit=10**6)


async def test_a_film_with_broken_places_is_made_to_fit_as_well(tmp_path: Path) -> None:
    film = files.film(tmp_path / "film", noise=0.1, options={"crf": "3"})
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    film.write_bytes(data)
    made = film.with_name("made")
    await Media().fit(film, made, limit=100_000)
    assert look(made).frames > files.FRAMES / 2


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return files.film(tmp_path_factory.mktemp("film") / "film", frames=6).read_bytes()


@given(st.data())
@settings(max_examples=15)
async def test_no_bytes_do_anything_but_be_measured_or_broken(sample: bytes, data: st.DataObject) -> None:
    broken = bytearray(sample)
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=6)):
        broken[place] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as folder:
        film = Path(folder) / "film"
        film.write_bytes(broken[: data.draw(st.integers(1, len(broken)))])
        try:
            await measured(film, seconds=0.1)
        except Broken as error:
            assert str(error).endswith(".")  # noqa: PT017 - either outcome is right


@given(
    size=st.builds(Size, st.integers(16, 3840), st.integers(16, 2160)),
    rate=st.sampled_from([Fraction(16), Fraction(30_000, 1001), Fraction(60)]),
    seconds=st.floats(0.5, 60),
    sounds=st.booleans(),
    limit=st.integers(1000, 500 * 2**20),
)
@settings(max_examples=200)
def test_a_plan_stays_within_its_limit(
    *,
    size: Size,
    rate: Fraction,
    seconds: float,
    sounds: bool,
    limit: int,
) -> None:
    frames = round(seconds * rate)
    found = Found(
        size=size,
        rate=rate,
        frames=frames,
        promised=frames,
        seconds=seconds,
        begins=Fraction(),
        follows=1 / rate,
        ends=frames / rate,
        sounds=sounds,
        plays=False,
        ordered=True,
        whole=True,
    )
    try:
        aim = plan(found, limit)
    except TooLarge:
        assert limit * 8 / seconds < LEAST_RATE * 1.2 + 40_000 * sounds + 8 * 2000 / seconds + 3 * 16 * 8 * rate
        return
    assert aim.rate >= LEAST_RATE
    assert bool(aim.sound) is sounds
    assert aim.sound <= 128_000
    assert (aim.rate + aim.sound) * seconds / 8 < limit
    assert aim.size.width % 2 == aim.size.height % 2 == 0
    assert 2 <= aim.size.width <= size.width
    assert 2 <= aim.size.height <= size.height
