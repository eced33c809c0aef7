"""What a browser gets: the page, its files and nothing else of the machine, pictures and a sound to try."""

import io
import wave
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest
from PIL import Image
from yarl import URL

from sandbox.page import FOLDER
from sandbox.server import serving


@pytest.fixture
async def http(tmp_path: Path) -> AsyncGenerator[aiohttp.ClientSession]:
    async with serving(0, tmp_path) as served, aiohttp.ClientSession(served.url) as http:
        yield http


async def test_the_page_is_served_with_a_strict_policy(http: aiohttp.ClientSession) -> None:
    async with http.get("/") as answer:
        assert await answer.read() == (FOLDER / "index.html").read_bytes()
        headers = answer.headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]
    assert "'unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    async with http.get("/", headers={"If-None-Match": headers["ETag"]}) as again:
        assert again.status == 304


async def test_every_file_of_the_page_has_its_type(http: aiohttp.ClientSession) -> None:
    types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
    files = [path for path in FOLDER.rglob("*") if path.suffix in types]
    assert files
    for path in files:
        async with http.get(f"/page/{path.relative_to(FOLDER).as_posix()}") as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, types[path.suffix]), path
            assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/page/__init__.py",
        "/page/../server.py",
        "/page/..%2Fserver.py",
        "/page/js/..%2F..%2F..%2FREADME.md",
        "/page/%2Fetc%2Fpasswd",
        "/page/js%00.js",
        "/page/samples/..%2Findex.html",
        "/page/samples/none.jpg",
        "/page/",
        "/page/js",
        f"/page/{'x' * 5000}.js",
    ],
)
async def test_nothing_else_is_served(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(URL(path, encoded=True)) as answer:
        assert answer.status in (400, 404)


async def test_the_samples_are_pictures_of_several_shapes_and_a_sound(http: aiohttp.ClientSession) -> None:
    async with http.get("/page/samples.json") as answer:
        listed = await answer.json()
    shapes: set[str] = set()
    for one in listed:
        async with http.get(f"/page/samples/{one['name']}") as answer:
            data, kind = await answer.read(), answer.headers["Content-Type"]
        if one["kind"] == "sound":
            with wave.open(io.BytesIO(data)) as sound:
                assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
                assert sound.getnframes() / sound.getframerate() == 5
            assert (kind, one["width"], one["height"]) == ("audio/wav", None, None)
            continue
        with Image.open(io.BytesIO(data)) as picture:
            assert (kind, picture.format, picture.size) == ("image/jpeg", "JPEG", (one["width"], one["height"]))
            shapes.add(
                "wide" if picture.width > picture.height else "tall" if picture.width < picture.height else "square"
            )
    assert shapes == {"wide", "tall", "square"}
    assert {one["name"] for one in listed} == {path.name for path in (FOLDER / "samples").iterdir()}
