"""A download is whole or not there at all, and never larger than it may be."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.adapters.download import Downloads
from bot.domain.errors import Broken, Final, Unavailable

SIZE = 700_000  # bytes: more than one chunk


async def whole(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=bytes(SIZE))


async def unannounced(request: web.Request) -> web.StreamResponse:
    """The same, in chunks and without saying how much will come."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(bytes(SIZE))
    return response


async def torn(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(SIZE)})
    await response.prepare(request)
    await response.write(bytes(1000))
    assert request.transport
    request.transport.abort()
    return response


def answers(status: int) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    return answer


@pytest.fixture
async def url() -> AsyncGenerator[str]:
    app = web.Application()
    app.router.add_get("/whole", whole)
    app.router.add_get("/unannounced", unannounced)
    app.router.add_get("/torn", torn)
    for status in (403, 404, 408, 410, 429, 451, 500, 503):
        app.router.add_get(f"/{status}", answers(status))
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/"))


async def fetch(url: str, path: Path, limit: int = 10**6) -> None:
    async with ClientSession() as http:
        await Downloads(http).fetch(url, path, limit=limit, what="the picture")


@pytest.mark.parametrize("page", ["whole", "unannounced"])
async def test_what_fits_is_stored_whole(url: str, page: str, tmp_path: Path) -> None:
    await fetch(f"{url}{page}", tmp_path / "made")
    assert [(file.name, file.stat().st_size) for file in tmp_path.iterdir()] == [("made", SIZE)]


async def test_a_disk_that_takes_nothing_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="The bot's own disk"):
        await fetch(f"{url}whole", tmp_path / "gone" / "made")


@pytest.mark.parametrize(
    ("page", "error", "says"),
    [
        ("whole", Final, "The picture is larger than 0.5 MB"),
        ("unannounced", Final, "The picture is larger than 0.5 MB"),
        ("torn", Broken, "The picture breaks off half-way"),
        ("403", Broken, "The picture is no longer where it was"),
        ("404", Broken, "no longer where it was"),
        ("410", Broken, "no longer where it was"),
        ("451", Broken, "no longer where it was"),
        ("408", Unavailable, "The server that holds the picture"),
        ("429", Unavailable, "The server"),
        ("500", Unavailable, "The server"),
        ("503", Unavailable, "The server"),
    ],
)
async def test_what_does_not_arrive_leaves_nothing(
    url: str, page: str, error: type[Exception], says: str, tmp_path: Path
) -> None:
    limit = 10**6 if page == "torn" else 500_000
    with pytest.raises(error, match=says):
        await fetch(f"{url}{page}", tmp_path / "made", limit)
    assert list(tmp_path.iterdir()) == []


async def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="The picture has no address that works"):
        await fetch("http://:0/film.mp4", tmp_path / "made")


async def test_a_server_that_is_not_there_is_asked_again_later(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await fetch("http://127.0.0.1:9/", tmp_path / "made")
