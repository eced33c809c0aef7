"""Films as fal makes them, for the tests of the whole bot: their bytes, their frames, and a server for them."""

import io
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from aiohttp import web
from PIL import Image, ImageChops, ImageStat

from tests import media_files


def film(**traits: Any) -> bytes:
    """An MP4 of 5 s as Wan 2.1 makes them, but small and silent; `traits` as of tests.media_files.film."""
    usual: dict[str, Any] = {"frames": 81, "rate": 16, "size": (320, 192), "heard": ""}
    with TemporaryDirectory() as folder:
        return media_files.film(Path(folder) / "film.mp4", **{**usual, **traits}).read_bytes()


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
