"""How bytes pass the window: as they are, as they come, and no longer than somebody waits for them."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from sandbox.fal.exchange import LARGEST, Copy
from tests.sandbox.fal_stage import WAN_21, until
from tests.sandbox.window_stage import onto

CHUNK = bytes(range(256)) * 256
UPLOAD, FILM = 25 * 2**20, 30 * 2**20
ROOM = 10 * 2**20  # what the buffers of all connections on the way may take


async def test_large_uploads_and_films_are_never_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    came = 0

    async def serve(request: web.Request) -> web.StreamResponse:
        nonlocal came
        async for chunk in request.content.iter_any():
            came += len(chunk)
        film = web.StreamResponse(headers={"Content-Length": str(FILM)})
        await film.prepare(request)
        for _ in range(FILM // len(CHUNK)):
            await film.write(CHUNK)
        return film

    async def picture() -> AsyncIterator[bytes]:
        for _ in range(UPLOAD // len(CHUNK)):
            yield CHUNK

    async with onto(serve, tmp_path, monkeypatch) as view:
        tracemalloc.start()
        try:
            address, length = "https://v3.fal.media/files/upload", {"Content-Length": str(UPLOAD)}
            async with view.web.stream("POST", address, content=picture(), headers=length) as reply:
                got = sum([len(chunk) async for chunk in reply.aiter_raw()])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (came, got, reply.headers["content-length"]) == (UPLOAD, FILM, str(FILM))
        assert peak < ROOM


async def test_an_upload_comes_as_it_is_sent_and_an_answer_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, go = asyncio.Queue[bytes](), asyncio.Event()

    async def serve(request: web.Request) -> web.StreamResponse:
        await arrived.put(await request.content.readany())
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"one")
        await go.wait()
        await answer.write(b"two")
        return answer

    async def halves() -> AsyncIterator[bytes]:
        yield b"first"
        assert await arrived.get() == b"first"
        yield b"second"

    async with (
        onto(serve, tmp_path, monkeypatch) as view,
        view.web.stream("POST", "https://fal.run/fal-ai/any/stream", content=halves()) as reply,
    ):
        pieces = reply.aiter_raw()
        assert await anext(pieces) == b"one"
        go.set()
        assert await anext(pieces) == b"two"


async def test_headers_and_addresses_pass_as_they_are_but_for_those_of_one_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[web.Request] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        answer = web.Response(status=307, reason="Elsewhere", body=b"", headers={"Location": "https://fal.run/b"})
        answer.headers.extend([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Keep-Alive", "timeout=5")])
        return answer

    path = "/a%2Fb/%c3%a4%7E?x=%2B+1&signature=a%3D%3D"
    headers = {"Accept-Encoding": "br, gzip;q=0.5", "Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "gzip"}
    async with onto(serve, tmp_path, monkeypatch) as view:
        reply = await view.web.get(f"https://fal.run{path}", headers=headers)
        assert (reply.status_code, reply.reason_phrase) == (307, "Elsewhere")
        assert reply.headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert (reply.headers["location"], "keep-alive" in reply.headers) == ("https://fal.run/b", False)
    assert asked[0].raw_path == path
    assert {name.lower(): value for name, value in asked[0].headers.items()} == {
        "host": "fal.run",
        "accept": "*/*",
        "accept-encoding": "gzip;q=0.5",
        "connection": "close",
        "user-agent": view.web.headers["user-agent"],
        "authorization": view.web.headers["authorization"],
    }


async def test_nothing_is_added_to_what_a_client_sends_and_nothing_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[web.Request, bytes]] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        asked.append((request, await request.read()))
        return web.Response(headers={"Set-Cookie": "a=1"})

    body = gzip.compress(b"hello")
    async with onto(serve, tmp_path, monkeypatch) as view:
        for _ in range(2):
            view.web.cookies.clear()
            bare = view.web.build_request(
                "POST", "https://fal.run/a", content=body, headers={"Content-Encoding": "gzip"}
            )
            for name in ("accept", "accept-encoding", "authorization", "user-agent"):
                del bare.headers[name]
            assert (await view.web.send(bare)).status_code == 200
    request, came = asked[1]
    assert came == body
    assert {name.lower(): value for name, value in request.headers.items()} == {
        "host": "fal.run",
        "connection": "close",
        "content-encoding": "gzip",
        "content-length": str(len(body)),
    }


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", bytes)])
async def test_a_packed_answer_passes_as_it_is_and_is_read_where_that_is_possible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(json.dumps({"request_id": "7", "status": "IN_QUEUE", "queue_position": 2}).encode())
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}

    async def serve(_: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers=headers)

    async with onto(serve, tmp_path, monkeypatch) as view:
        async with view.web.stream("POST", f"https://queue.fal.run/{WAN_21}", json={"prompt": "x"}) as reply:
            assert b"".join([chunk async for chunk in reply.aiter_raw()]) == packed
            assert reply.headers["content-length"] == str(len(packed))
        shown = [(one["request_id"], one["queue_position"], one["input"]) for one in await view.requests()]
        assert shown == ([] if encoding == "br" else [("7", 2, {"prompt": "x"})])


@pytest.mark.parametrize("answer", [b"[]", b'{"items": 7}', b'{"items": [1, {"json_input": 2}]}', b"{", b"\xff"])
async def test_an_answer_that_nobody_understands_passes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    async def serve(_: web.Request) -> web.StreamResponse:
        return web.Response(body=answer)

    async with onto(serve, tmp_path, monkeypatch) as view:
        for address in (
            f"queue.fal.run/{WAN_21}/requests/7/status",
            f"queue.fal.run/{WAN_21}/requests/7",
            "api.fal.ai/v1/models/requests/by-endpoint",
        ):
            assert (await view.web.get(f"https://{address}")).content == answer
        assert (await view.web.post(f"https://queue.fal.run/{WAN_21}", content=answer)).content == answer
        assert [call["status"] for call in view.events("call")] == [200] * 4


@pytest.mark.parametrize("begun", [False, True], ids=["before the answer", "during the answer"])
async def test_who_hangs_up_ends_the_call_to_fal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def serve(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        if begun:
            await answer.prepare(request)
            await answer.write(b"data: 1\n\n")
        came.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        return answer

    async with onto(serve, tmp_path, monkeypatch) as view:
        asking = asyncio.ensure_future(view.web.get(f"https://fal.run/{WAN_21}"))
        await came.wait()
        assert not gone.is_set()
        asking.cancel()
        await gone.wait()
        await until(lambda: view.events("call"))
        [call] = view.events("call")
        assert call["status"] == 0
        assert "error" not in call


async def test_a_fal_that_cannot_be_reached_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.abort()
        return web.Response()

    async with onto(serve, tmp_path, monkeypatch) as view:
        with pytest.raises(httpx.TransportError):
            await view.web.post(f"https://queue.fal.run/{WAN_21}", json={})
        assert [call["status"] for call in view.events("call")] == [0]


def test_a_copy_is_whole_or_not_there() -> None:
    fits, exceeds = Copy(), Copy()
    body = json.dumps({"a": "x" * (LARGEST - 9)}).encode()
    for chunk in (body[:9], body[9:]):
        fits.add(chunk)
        exceeds.add(chunk)
    exceeds.add(b" ")
    assert (len(body), fits.json() is not None, exceeds.json()) == (LARGEST, True, None)
