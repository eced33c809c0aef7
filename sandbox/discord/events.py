"""What happens, told to whoever watches: server-sent events for a page or a test."""

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from sandbox.discord.wire import Json

Render = Callable[[str | None], Json | None]
PING_SECONDS = 15.0


class Events:
    """The watchers. Nothing is lost from the moment a watcher's request came in."""

    def __init__(self) -> None:
        self._watchers: dict[asyncio.Queue[str | None], str | None] = {}

    def publish(self, name: str, render: Render) -> None:
        """Tell every watcher; `render` gets the watcher's user id (None: sees all) and hides it by None."""
        for queue, viewer_id in self._watchers.items():
            data = render(viewer_id)
            if data is not None:
                queue.put_nowait(f"event: {name}\ndata: {json.dumps(data)}\n\n")

    def close(self) -> None:
        """End every stream."""
        for queue in self._watchers:
            queue.put_nowait(None)

    async def stream(self, request: web.Request, viewer_id: str | None) -> web.StreamResponse:
        """Answer with a stream that lasts until the watcher leaves."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._watchers[queue] = viewer_id
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        try:
            await response.prepare(request)
            text: str | None = ": connected\n\n"
            while text is not None:
                await response.write(text.encode())
                text = await _next(queue)
        except ConnectionError:
            pass  # the watcher left
        finally:
            del self._watchers[queue]
        return response


async def _next(queue: asyncio.Queue[str | None]) -> str | None:
    """The next event, or a comment that finds out whether the watcher is still there."""
    try:
        async with asyncio.timeout(PING_SECONDS):
            return await queue.get()
    except TimeoutError:
        return ": still here\n\n"
