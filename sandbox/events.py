"""What happens, told to whoever watches: server-sent events for a page or a test."""

import asyncio
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Render = Callable[[str | None], Json | None]
PING_SECONDS = 15.0
MOST_BEHIND = 10_000  # events that wait for a watcher who reads slowly; then he is left behind
HELLO = ": connected\nretry: 1000\n\n"  # a browser that lost us comes back after a second


@dataclass(eq=False)
class _Watcher:
    """Somebody who reads along: who (None: sees all), which names are wanted (None: all), what is not read yet."""

    viewer_id: str | None
    names: Collection[str] | None
    leave: Callable[[], None]
    queue: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue[str | None])


class Events:
    """The watchers of both stand-ins and of the bot's process.

    Nothing is lost from the moment a watcher's request came in, but a watcher who falls behind by very many events is
    disconnected; a browser comes back by itself and looks at everything anew.
    """

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()

    def publish(self, name: str, render: Render) -> None:
        """Tell every watcher; `render` gets the watcher's user id (None: sees all) and hides it by None."""
        for watcher in list(self._watchers):
            if watcher.names is not None and name not in watcher.names:
                continue
            data = render(watcher.viewer_id)
            if data is not None:
                self._hand(watcher, f"event: {name}\ndata: {json.dumps(data)}\n\n")

    def tell(self, name: str, data: Json) -> None:
        """Tell every watcher the same."""
        self.publish(name, lambda _: data)

    def close(self) -> None:
        """End every stream."""
        for watcher in self._watchers:
            watcher.queue.put_nowait(None)

    async def stream(
        self, request: web.Request, viewer_id: str | None, names: Collection[str] | None = None
    ) -> web.StreamResponse:
        """Answer with a stream of the events with these names (None: all) that lasts until the watcher leaves."""
        transport = request.transport
        watcher = _Watcher(viewer_id, names, transport.abort if transport else lambda: None)
        self._watchers.add(watcher)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        try:
            await response.prepare(request)
            text: str | None = HELLO
            while text is not None:
                await response.write(text.encode())
                text = await _next(watcher.queue)
        except ConnectionError:
            pass  # the watcher left, or was left behind
        finally:
            self._watchers.discard(watcher)
        return response

    def _hand(self, watcher: _Watcher, text: str) -> None:
        if watcher.queue.qsize() < MOST_BEHIND:
            watcher.queue.put_nowait(text)
            return
        self._watchers.discard(watcher)
        watcher.queue = asyncio.Queue()
        watcher.leave()


async def _next(queue: asyncio.Queue[str | None]) -> str | None:
    """The next event, or a comment that finds out whether the watcher is still there."""
    try:
        async with asyncio.timeout(PING_SECONDS):
            return await queue.get()
    except TimeoutError:
        return ": still here\n\n"
