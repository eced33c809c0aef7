"""The hub of events: who gets what, and what becomes of a watcher who does not read."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

from sandbox.client import Sandbox
from sandbox.events import MOST_BEHIND, Events


@asynccontextmanager
async def listening(events: Events) -> AsyncGenerator[str]:
    """A server that streams them: all of them, and those called `small`."""

    async def all_of_them(request: web.Request) -> web.StreamResponse:
        return await events.stream(request, request.query.get("viewer"))

    async def some(request: web.Request) -> web.StreamResponse:
        return await events.stream(request, None, ("small",))

    app = web.Application()
    app.add_routes([web.get("/_sim/all", all_of_them), web.get("/_sim/some", some)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    events.close()
    await runner.cleanup()


async def test_a_watcher_gets_the_names_it_asked_for_in_their_order() -> None:
    events = Events()
    async with (
        listening(events) as url,
        Sandbox(url) as sandbox,
        sandbox.events("all") as all_of_them,
        sandbox.events("some") as some,
    ):
        for name in ("small", "large", "small"):
            events.tell(name, {"n": name})
        assert [await anext(all_of_them) for _ in range(3)] == [(n, {"n": n}) for n in ("small", "large", "small")]
        assert [(await anext(some))[0] for _ in range(2)] == ["small", "small"]


async def test_what_is_hidden_from_a_watcher_does_not_come() -> None:
    events = Events()
    async with listening(events) as url, Sandbox(url) as sandbox, sandbox.events("all", viewer="7") as watched:
        events.publish("secret", lambda viewer: None if viewer == "7" else {})
        events.publish("open", lambda viewer: {"viewer": viewer})
        assert await anext(watched) == ("open", {"viewer": "7"})


async def test_an_event_is_told_as_it_was_when_it_happened() -> None:
    events, changing = Events(), {"state": "early"}
    async with listening(events) as url, Sandbox(url) as sandbox, sandbox.events("all") as watched:
        events.tell("state", changing)
        changing["state"] = "late"
        assert await anext(watched) == ("state", {"state": "early"})


async def test_a_watcher_who_falls_far_behind_is_disconnected_and_the_others_are_not() -> None:
    events = Events()
    async with listening(events) as url, Sandbox(url) as sandbox, sandbox.events("some") as reading:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /_sim/all HTTP/1.1\r\nHost: here\r\n\r\n")
        await reader.readuntil(b": connected\n")
        for _ in range(MOST_BEHIND + 1):
            events.tell("large", {})
        events.tell("small", {})
        assert await anext(reading) == ("small", {})
        async with asyncio.timeout(10):
            assert not (await reader.read()).endswith(b"\r\n0\r\n\r\n")  # to a sudden end
        writer.close()
