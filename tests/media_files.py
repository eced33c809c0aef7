"""Sounds and films for the tests, made as they come."""

import cmath
import io
import math
import struct
import wave
from array import array
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from PIL import Image, ImageDraw

FRAMES, RATE = 24, 12
SIZE = (128, 96)
HEARD = 8000  # samples a second
TONE = 32768 / 8 / math.sqrt(2)  # how loud FFmpeg makes one, and two channels of one
MP4 = {"movflags": "+faststart"}


def sound(path: Path, kind: str, codec: str, *, seconds: float = 4, rate: int = 44_100, **tags: str) -> bytes:
    """A tone; written to `path` as well."""
    with _opened(path, kind, {}) as container:
        container.metadata.update(tags)
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        _tone(container, stream, seconds)
    return path.read_bytes()


def wav(seconds: float, rate: int = 8_000) -> bytes:
    """A hum of so many seconds."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        second = struct.pack(f"<{rate}h", *(round(10_000 * math.sin(math.tau * 440 * at / rate)) for at in range(rate)))
        sound.writeframes((second * math.ceil(seconds))[: 2 * round(seconds * rate)])
    return file.getvalue()


def scene(number: int, size: tuple[int, int] = SIZE, *, noise: float = 0) -> Image.Image:
    """A picture in which something moves, with as much noise as wanted (0 to 1)."""
    ramp = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), Image.new("L", size, 110)))
    ImageDraw.Draw(picture).ellipse((number * 3, 20, number * 3 + 40, 60), fill=(230, 200, 60))
    return Image.blend(picture, Image.effect_noise(size, 100).convert("RGB"), noise) if noise else picture


def film(  # noqa: PLR0913 - each is a way in which films differ
    path: Path,
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    size: tuple[int, int] = SIZE,
    frames: int = FRAMES,
    rate: int | Fraction = RATE,
    noise: float = 0,
    heard: str = "aac",
    hertz: int = 0,
    draw: Callable[[int], Image.Image] | None = None,
    muxer: Mapping[str, str] = MP4,
    options: Mapping[str, str] | None = None,
) -> Path:
    """A film of `scene`, or of what `draw` gives for each number, with a tone unless `heard` is empty."""
    with _opened(path, "mp4", muxer) as container:
        video = container.add_stream(codec, rate=rate, options={"preset": "ultrafast", **(options or {})})
        video.width, video.height, video.pix_fmt = *size, pixels
        audio = container.add_stream(heard, rate=44_100, layout="stereo") if heard else None
        for number in range(frames):
            picture = cast("Any", av.VideoFrame).from_image(draw(number) if draw else scene(number, size, noise=noise))
            frame = picture.reformat(format=pixels, threads=1)
            frame.pts, frame.time_base = number, 1 / Fraction(rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio:
            _tone(container, audio, float(frames / rate), hertz)
    return path


def flat(level: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """A picture all of one grey: its level tells afterwards which it is."""
    return Image.new("RGB", size, (level, level, level))


def edited(path: Path, *, seconds: float, skipped: int = 0) -> Path:
    """Let the edit list of a film's pictures leave out what comes after so many seconds, and frames at its beginning.

    Only for the films made here, whose time is counted in 1024 parts of a frame.
    """
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    begins = int.from_bytes(data[at + 4 : at + 8]) + skipped * 1024
    data[at : at + 8] = struct.pack(">II", round(seconds * 1000), begins)
    path.write_bytes(data)
    return path


def heard(film: Path) -> "array[int]":
    """The sound of a film from its first second on, 8000 samples a second, of 16 bits."""
    samples = array("h")
    with av.open(str(film)) as container:
        resampler = av.AudioResampler("s16", "mono", HEARD)
        for frame in container.decode(audio=0):
            if not samples:
                samples.extend([0] * round(float(frame.pts or 0) * float(frame.time_base or 0) * HEARD))
            for part in resampler.resample(frame):
                samples.frombytes(bytes(part.planes[0])[: 2 * part.samples])
    return samples


def beeps(film: Path) -> list[float]:
    """The seconds at which it becomes loud, and at last how long it can be heard."""
    found, samples = [-1.0], heard(film)
    for number, sample in enumerate(samples):
        if abs(sample) > 6000 and number / HEARD > found[-1] + 0.5:
            found.append(number / HEARD)
    return [*found[1:], len(samples) / HEARD]


def loudness(samples: "array[int]", hertz: int, begins: float, seconds: float = 0.1) -> float:
    """How much there is of a tone at this time; that of `film` and `sound` has 1."""
    part = samples[round(begins * HEARD) : round((begins + seconds) * HEARD)]
    turns = [cmath.exp(-1j * math.tau * hertz * number / HEARD) * sample for number, sample in enumerate(part)]
    return abs(sum(turns)) * 2 / len(part) / TONE


def _opened(path: Path, kind: str, options: Mapping[str, str]) -> Any:
    """Not typed, as PyAV's own types of it are incomplete."""
    return av.open(str(path), "w", format=kind, options=dict(options))


def _tone(container: Any, stream: Any, seconds: float, hertz: int = 0) -> None:
    """A plain tone, or a beep every second."""
    kind = f"frequency={hertz}" if hertz else "frequency=440:beep_factor=4"
    with av.open(f"sine={kind}:sample_rate=44100:duration={seconds}", format="lavfi") as tone:
        resampler = av.AudioResampler(stream.format, stream.layout, stream.rate)
        for frame in tone.decode(audio=0):
            for part in resampler.resample(frame):
                container.mux(stream.encode(part))
    container.mux(stream.encode(None))
