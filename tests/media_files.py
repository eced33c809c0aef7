"""Sounds and films for the tests, made as they come."""

import io
import math
import struct
import wave
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from PIL import Image, ImageDraw

FRAMES, RATE = 24, 12
SIZE = (128, 96)
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
    rate: int = RATE,
    noise: float = 0,
    heard: str = "aac",
    muxer: Mapping[str, str] = MP4,
    options: Mapping[str, str] | None = None,
) -> Path:
    """A film of `scene`, with a tone unless `heard` is empty."""
    with _opened(path, "mp4", muxer) as container:
        video = container.add_stream(codec, rate=rate, options={"preset": "ultrafast", **(options or {})})
        video.width, video.height, video.pix_fmt = *size, pixels
        audio = container.add_stream(heard, rate=44_100, layout="stereo") if heard else None
        for number in range(frames):
            picture = cast("Any", av.VideoFrame).from_image(scene(number, size, noise=noise))
            frame = picture.reformat(format=pixels, threads=1)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio:
            _tone(container, audio, frames / rate)
    return path


def _opened(path: Path, kind: str, options: Mapping[str, str]) -> Any:
    """Not typed, as PyAV's own types of it are incomplete."""
    return av.open(str(path), "w", format=kind, options=dict(options))


def _tone(container: Any, stream: Any, seconds: float) -> None:
    """A beep every second."""
    with av.open(f"sine=frequency=440:beep_factor=4:sample_rate=44100:duration={seconds}", format="lavfi") as tone:
        resampler = av.AudioResampler(stream.format, stream.layout, stream.rate)
        for frame in tone.decode(audio=0):
            for part in resampler.resample(frame):
                container.mux(stream.encode(part))
    container.mux(stream.encode(None))
