"""The files of the stand-in: stored with a link that anybody can fetch, as from Discord's CDN."""

import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord.media import content_type, measure
from sandbox.discord.wire import Clock, Ids, Json, Upload

Fetch = Callable[[web.Request], Awaitable[web.StreamResponse]]
LINK_SECONDS = 24 * 3600


class FileStore:
    """Every file that a message or an interaction carries. `url` tells the address of the server, once known."""

    def __init__(self, ids: Ids, clock: Clock, url: Callable[[], str]) -> None:
        self._ids = ids
        self._clock = clock
        self._url = url
        self._files: dict[str, bytes] = {}

    def reset(self) -> None:
        """Forget all files."""
        self._files.clear()

    def store(self, upload: Upload, scope: str, *, ephemeral: bool = False) -> Json:
        """Keep a file -> its attachment object. `scope` is the channel, or for an ephemeral one the bot."""
        file_id, name, issued = self._ids.new(), sanitised(upload.name), int(self._clock())
        self._files[file_id] = upload.data
        kind = "ephemeral-attachments" if ephemeral else "attachments"
        signed = f"ex={issued + LINK_SECONDS:x}&is={issued:x}&hm={secrets.token_hex(32)}&"
        url = f"{self._url()}/{kind}/{scope}/{file_id}/{name}?{signed}"
        made: Json = {"id": file_id, "filename": name, "size": len(upload.data), "url": url, "proxy_url": url}
        return made | measure(name, upload.data) | ({"ephemeral": True} if ephemeral else {})

    def drop(self, text: str) -> None:
        """Forget the files whose links are in a text (a message as JSON)."""
        for file_id in re.findall(r"/attachments/\d+/(\d+)/", text):
            self._files.pop(file_id, None)

    def routes(self, guard: Callable[[Fetch], Fetch]) -> list[web.RouteDef]:
        """The CDN's routes; `guard` goes around each of them."""
        path = "/{scope}/{file_id}/{name}"
        return [web.get(f"/{kind}{path}", guard(self._fetch)) for kind in ("attachments", "ephemeral-attachments")]

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        data = self._files.get(request.match_info["file_id"])
        if data is None:
            return web.Response(status=404, text="This content is no longer available.")
        headers = {"Content-Type": content_type(request.match_info["name"]) or "application/octet-stream"}
        headers["Content-Security-Policy"] = "sandbox"  # a file that is a page must not act as one of ours
        headers["Accept-Ranges"] = "bytes"  # a browser asks for ranges to move in a film
        try:
            asked = request.http_range
        except ValueError:
            return web.Response(status=416)
        if asked.start is None:
            return web.Response(body=data, headers=headers)
        start, stop, _ = asked.indices(len(data))
        if start >= stop:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        return web.Response(status=206, body=data[start:stop], headers=headers)


def sanitised(name: str) -> str:
    """A file's name as Discord shows it: no accents, no spaces, no signs."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^\w.\-]", "_", plain) or "unknown"
