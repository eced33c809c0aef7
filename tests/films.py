"""Films made for tests: any length, codec and size, with a hum or without; and a server that hands them out."""

import io
import math
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from aiohttp import web
from PIL import Image, ImageChops, ImageStat

RATE = 44_100


def film(  # noqa: PLR0913 - each is a trait of a film
    *,
    frames: int = 81,
    rate: int = 16,
    size: tuple[int, int] = (320, 192),
    codec: str = "libx264",
    pixels: str = "yuv420p",
    sound: bool = False,
    faststart: bool = True,
    noise: int = 0,
) -> bytes:
    """An MP4 in which something moves; `noise` (0 to 255) makes it hard to compress."""
    flags = {"movflags": "+faststart"} if faststart else {}
    file = tempfile.NamedTemporaryFile(suffix=".mp4")  # noqa: SIM115 - for +faststart it is written twice, by its name
    with file, cast("Any", av).open(file.name, "w", options=flags) as out:  # whose types are incomplete
        video = out.add_stream(codec, rate=Fraction(rate), options={"crf": "18", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, pixels
        audio = out.add_stream("aac", rate=RATE, layout="mono") if sound else None
        for number in range(frames):
            picture = moving(number, size, noise)
            out.mux(video.encode(cast("Any", av.VideoFrame).from_image(picture)))
            if audio:
                for packet in _hum(audio, number, rate):
                    out.mux(packet)
        for stream in filter(None, (video, audio)):
            out.mux(stream.encode(None))
        out.close()
        return Path(file.name).read_bytes()


def moving(number: int, size: tuple[int, int], noise: int) -> Image.Image:
    """The picture of a frame."""
    ground = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (ImageChops.offset(ground, 3 * number, number), ground, ImageChops.invert(ground)))
    if noise:
        picture = ImageChops.add(picture, Image.effect_noise(size, noise).convert("RGB"), 1, -128)
    return picture


def _hum(audio: Any, number: int, rate: int) -> list[Any]:
    samples = RATE // rate
    frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
    frame.sample_rate, frame.pts = RATE, number * samples
    wave = (round(9000 * math.sin(2 * math.pi * 440 * (number * samples + at) / RATE)) for at in range(samples))
    frame.planes[0].update(
        b"".join(level.to_bytes(2, "little", signed=True) for level in wave).ljust(frame.planes[0].buffer_size, b"\0")
    )
    return list(audio.encode(frame))


def padded(film: bytes, size: int) -> bytes:
    """The same film in a file of `size` bytes: what is added is a box that players skip."""
    more = size - len(film)
    return film + more.to_bytes(4, "big") + b"free" + bytes(more - 8)


def pictures(film: bytes) -> list[Image.Image]:
    """The frames of a film."""
    with av.open(io.BytesIO(film), "r") as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # pyright: ignore[reportUnknownMemberType]


def psnr(one: Image.Image, other: Image.Image) -> float:
    """How alike two pictures of one size are, in decibels: above 30 it takes a close look."""
    squares = ImageStat.Stat(ImageChops.difference(one, other)).rms
    mean = sum(square**2 for square in squares) / len(squares)
    return 10 * math.log10(255**2 / mean) if mean else math.inf


class Server:
    """Hands out one file, and counts how often."""

    def __init__(self, serve: Callable[[int], bytes]) -> None:
        self.asked, self._serve = 0, serve

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(body=self._serve(self.asked), content_type="video/mp4")


@asynccontextmanager
async def served(serve: Callable[[int], bytes] | bytes) -> AsyncGenerator[tuple[str, Server]]:
    """A film at a URL on this machine; a function gives what the first, second… request gets."""
    server = Server(serve if callable(serve) else lambda _: serve)
    app = web.Application()
    app.add_routes([web.get("/film.mp4", server.answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/film.mp4", server
    finally:
        await runner.cleanup()
