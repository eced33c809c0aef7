"""The films of the stand-in: what an input asks for is what a decoder finds."""

# Where a call below is not checked: PyAV's own types are incomplete.

import io
import math
import struct
import threading
import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps, ImageStat

from sandbox.fal import endpoints, film
from sandbox.fal.endpoints import Json
from sandbox.fal.film import Plan
from sandbox.fal.render import Job, Stopped, render
from tests.media_files import wav
from tests.sandbox.fal_stage import MORPH, WAN_21, WAN_22, WAN_26, picture

ENDPOINTS = endpoints.load()
JOB = Job(Plan(320, 240, 17, 16), 1, "a fox runs", picture())


def made(job: Job) -> bytes:
    return render(job, threading.Event())


def frames(data: bytes) -> list[Image.Image]:
    with av.open(io.BytesIO(data), "r") as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # pyright: ignore[reportUnknownMemberType]


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Peak signal to noise ratio in dB: above 35 nobody sees a difference."""
    told = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB")))
    error = sum(told.sum2) / sum(told.count)
    return 10 * math.log10(255**2 / error) if error else math.inf


def values(id: str, **wish: Any) -> Json:
    return ENDPOINTS[id].filled({"prompt": "x"} | wish)


@pytest.mark.parametrize(
    ("id", "wish", "count", "rate"),
    [
        (WAN_21, {}, 81, 16),
        (WAN_21, {"num_frames": 100, "frames_per_second": 24}, 100, 24),
        (MORPH, {"num_frames": 90, "frames_per_second": 5}, 90, 5),
        (WAN_22, {}, 161, 32),
        (WAN_22, {"num_interpolated_frames": 4}, 401, 80),
        (WAN_22, {"num_interpolated_frames": 4, "adjust_fps_for_interpolation": False}, 401, 16),
        (WAN_22, {"num_interpolated_frames": 0}, 81, 16),
        (WAN_22, {"interpolator_model": "none", "num_interpolated_frames": 4}, 81, 16),
        (WAN_26, {}, 150, 30),
        (WAN_26, {"duration": "15"}, 450, 30),
    ],
)
def test_an_input_decides_count_and_rate_of_the_frames(id: str, wish: Json, count: int, rate: int) -> None:
    assert film.length(values(id, **wish)) == (count, rate)


@pytest.mark.parametrize(
    ("id", "wish", "usd"),
    [
        (WAN_21, {"resolution": "480p"}, 0.20),
        (WAN_21, {}, 0.40),
        (MORPH, {"num_frames": 82}, 0.50),
        (WAN_22, {}, 0.405),
        (WAN_22, {"resolution": "580p"}, 0.30375),
        (WAN_22, {"resolution": "480p", "num_frames": 17}, 0.0425),
        (WAN_26, {"resolution": "720p"}, 0.50),
        (WAN_26, {"duration": "15"}, 2.25),
    ],
)
def test_a_film_has_its_price(id: str, wish: Json, usd: float) -> None:
    assert film.price(id, values(id, **wish)) == round(usd * 1_000_000)


@given(st.sampled_from(list(film.AREAS)), st.integers(64, 4000), st.integers(64, 4000))
def test_a_film_keeps_the_aspect_of_its_picture_on_the_area_of_its_resolution(
    resolution: str, width: int, height: int
) -> None:
    got = film.size(resolution, "auto", (width, height))
    assert all(side % 16 == 0 for side in got)
    assert got[0] * got[1] == pytest.approx(film.AREAS[resolution], rel=0.06)
    assert got[0] / got[1] == pytest.approx(min(max(width / height, 1 / 4), 4), rel=0.06)


@pytest.mark.parametrize(
    ("resolution", "aspect_ratio", "size"),
    [("480p", "16:9", (832, 480)), ("580p", "9:16", (576, 1008)), ("720p", "16:9", (1280, 720))],
)
def test_a_fixed_aspect_gives_a_fixed_size(resolution: str, aspect_ratio: str, size: tuple[int, int]) -> None:
    assert film.size(resolution, aspect_ratio, (100, 1000)) == size
    assert film.size(resolution, "1:1", (100, 1000))[0] == film.size(resolution, "1:1", (100, 1000))[1]


@pytest.mark.parametrize("rate", [4, 16, 60])
def test_a_decoder_finds_what_was_planned(rate: int) -> None:
    data = made(replace(JOB, plan=Plan(336, 192, 21, rate)))
    assert data[4:8] == b"ftyp"
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    with av.open(io.BytesIO(data), "r") as container:
        [stream] = container.streams
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.width, context.height, stream.frames) == (336, 192, 21)
        assert stream.average_rate == Fraction(rate)
        assert stream.duration is not None
        assert stream.time_base is not None
        assert stream.duration * stream.time_base == Fraction(21, rate)
    assert len(frames(data)) == 21


@pytest.mark.parametrize("size", [(320, 240), (480, 832)])
def test_the_first_frame_is_the_picture_fitted_and_cropped_and_later_ones_move(size: tuple[int, int]) -> None:
    source = picture(700, 500)
    shown = frames(made(replace(JOB, plan=Plan(*size, 17, 16), first=source)))
    fitted = ImageOps.fit(source, size)
    assert likeness(shown[0], fitted) > 35
    assert likeness(shown[-1], fitted) < 30


def test_a_morph_ends_on_the_second_picture() -> None:
    first, last = picture(), picture(flipped=True)
    shown = frames(made(replace(JOB, last=last)))
    assert likeness(shown[0], first) > 35
    assert likeness(shown[-1], last) > 35
    assert likeness(shown[8], first) < 25
    assert likeness(shown[8], last) < 25


def test_another_seed_or_prompt_looks_different_and_the_same_is_the_same() -> None:
    data = made(JOB)
    assert made(JOB) == data
    middle = frames(data)[12]
    for other in (replace(JOB, seed=2), replace(JOB, prompt="a fox sleeps")):
        assert likeness(frames(made(other))[12], middle) < 32


def test_a_film_that_is_remembered_is_that_of_no_other_job() -> None:
    """The stand-in remembers films by the keys of their jobs."""
    first, sound = Image.new("RGB", JOB.first.size, "teal"), b"tone"
    changes: list[dict[str, Any]] = [{"seed": 2}, {"prompt": "a fox sleeps"}, {"plan": replace(JOB.plan, rate=9)}]
    changes += [{"first": first}, {"last": first}, {"last": JOB.first}, {"audio": sound}]
    others = [replace(JOB, **change) for change in changes]
    assert len({job.key() for job in (JOB, *others)}) == 1 + len(others)
    assert replace(JOB, first=JOB.first.copy()).key() == JOB.key()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "1", "CMYK", "I;16"])
def test_a_picture_of_any_mode_becomes_a_film(mode: str) -> None:
    assert len(frames(made(replace(JOB, plan=Plan(64, 48, 2, 16), first=Image.new(mode, (80, 50)))))) == 2


def mp3(tone: bytes) -> bytes:
    kept = io.BytesIO()
    with av.open(io.BytesIO(tone), "r") as source, av.open(kept, "w", format="mp3") as target:
        stream = target.add_stream("libmp3lame", rate=22_050)  # pyright: ignore[reportUnknownMemberType]
        for frame in source.decode(audio=0):
            frame.pts = None
            target.mux(stream.encode(frame))  # pyright: ignore[reportUnknownMemberType]
        target.mux(stream.encode(None))  # pyright: ignore[reportUnknownMemberType]
    return kept.getvalue()


def loudness(data: bytes) -> list[float]:
    """The greatest amplitude in each tenth of a second."""
    found: list[float] = []
    with av.open(io.BytesIO(data), "r") as container:
        [stream] = container.streams.audio
        assert stream.codec_context.name == "aac"
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(5, abs=0.05)
        for frame in container.decode(audio=0):
            samples = struct.unpack(f"{frame.samples}f", bytes(frame.planes[0])[: 4 * frame.samples])
            at = int((frame.time or 0) * 10)
            found += [0.0] * (at + 1 - len(found))
            found[at] = max(found[at], *(abs(sample) for sample in samples))
    return found


@pytest.mark.parametrize("audio", [wav(3), wav(9), mp3(wav(3))], ids=["short", "long", "mp3"])
def test_sound_is_cut_to_the_film_or_followed_by_silence(audio: bytes) -> None:
    data = made(replace(JOB, plan=Plan(64, 48, 150, 30), audio=audio))
    heard = loudness(data)
    assert min(heard[2:28]) > 0.2
    assert (max(heard[33:]) < 0.02) == (len(audio) != len(wav(9)))
    assert len(frames(data)) == 150


def test_a_film_that_nobody_waits_for_is_given_up() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        render(JOB, stop)


def test_rendering_is_quick() -> None:
    """Four times what it takes on one core of an ordinary machine: 81 frames of 480p in half a second."""
    began = time.thread_time()
    made(replace(JOB, plan=Plan(832, 480, 81, 16)))
    assert time.thread_time() - began < 2.4
