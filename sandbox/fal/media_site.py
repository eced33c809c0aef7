"""rest.fal.ai and *.fal.media: tokens, uploads in one piece, in parts and by announcement, and the files themselves."""

import hashlib
from typing import cast

from aiohttp import web

from sandbox.fal.endpoints import Json
from sandbox.fal.faults import Faults
from sandbox.fal.front import Call, said
from sandbox.fal.storage import CDN, File, Storage

CHUNK = 64 * 1024
UPLOADS = "https://rest.fal.ai"
UPLOAD_ID = "upload"


class MediaSite:
    """`rest` answers calls that showed the key; `put` and `media` those that need none."""

    def __init__(self, storage: Storage, faults: Faults) -> None:
        self._storage = storage
        self._faults = faults
        # One failing upload is two refusals: the client tries the other way when the first fails.
        self._second_refusals = 0

    def reset(self) -> None:
        self._second_refusals = 0

    def rest(self, call: Call) -> web.Response:
        if call.line == "POST rest.fal.ai/storage/auth/token":
            token, expiry = self._storage.issue_token()
            return said(200, token=token, token_type="Bearer", base_url=CDN, expires_at=expiry)
        if call.line == "POST rest.fal.ai/storage/upload/initiate":
            return self._initiate(call)
        return said(404, detail="Not Found")

    def _initiate(self, call: Call) -> web.Response:
        if self._second_refusals or self._faults.take("upload_fails", call.line):
            self._second_refusals = max(0, self._second_refusals - 1)
            return _failed(call)
        asked = call.json()
        wanted = cast("Json", asked) if isinstance(asked, dict) else {}
        if not isinstance(wanted.get("file_name"), str):
            return said(422, detail="file_name is missing")
        url = self._storage.keep(wanted["file_name"], File(str(wanted.get("content_type", ""))))
        return said(200, upload_url=url.replace(CDN, UPLOADS) + "?signature=sandbox", file_url=url)

    def put(self, call: Call) -> web.Response | None:
        """The upload that was announced; None if this is none."""
        file = self._storage.find(call.path)
        if call.method != "PUT" or not file:
            return None
        file.data, file.content_type = call.body, call.web.headers.get("content-type", file.content_type)
        return web.Response()

    async def media(self, call: Call) -> web.StreamResponse:
        if call.method in ("GET", "HEAD"):
            return await self._get(call)
        if not self._storage.accepts(call.web.headers.get("authorization")):
            return said(401, detail="Unauthorized")
        file, found, part = call.path.partition(f"/multipart/{UPLOAD_ID}/")
        if found:
            return self._part(call, file, part)
        if call.line.partition(" ")[0] != "POST" or call.path not in ("/files/upload", "/files/upload/multipart"):
            return said(404, detail="Not Found")
        return self._post(call)

    def _post(self, call: Call) -> web.Response:
        if self._faults.take("upload_fails", call.line):
            self._second_refusals += 1
            return _failed(call)
        self._second_refusals = 0
        whole = call.path == "/files/upload"
        content_type = call.web.headers.get("content-type", "application/octet-stream")
        name = call.web.headers.get("x-fal-file-name", "file.bin")
        url = self._storage.keep(name, File(content_type, call.body if whole else None))
        return said(200, access_url=url) if whole else said(200, access_url=url, uploadId=UPLOAD_ID)

    def _part(self, call: Call, path: str, part: str) -> web.Response:
        file = self._storage.find(path)
        if not file:
            return said(404, detail="Not Found")
        if call.method == "PUT" and part.isdecimal():
            file.parts[int(part)] = call.body
            etag = hashlib.sha256(call.body).hexdigest()[:32]
            return web.json_response({"partNumber": int(part), "etag": etag}, headers={"etag": etag})
        asked = call.json()
        listed: list[Json] = cast("Json", asked).get("parts", []) if isinstance(asked, dict) else []
        # The client lists the parts in the order in which they were done.
        numbers = sorted(int(one["partNumber"]) for one in listed)
        if part != "complete" or numbers != sorted(file.parts):
            return said(400, detail="Parts are missing")
        file.data = b"".join(file.parts[number] for number in numbers)
        return said(200, ok=True)

    async def _get(self, call: Call) -> web.StreamResponse:
        file = self._storage.find(call.path)
        data = file.data if file else None
        if file is None or data is None:
            return said(404, detail="Not Found")
        film = file.film and call.method == "GET"
        if film and self._faults.take("video_404", call.line):
            call.faults.append("video_404")
            return said(404, detail="Not Found")
        torn = film and self._faults.take("video_truncated", call.line) is not None
        return await _sent(call, file.content_type, data, torn=torn)


def _failed(call: Call) -> web.Response:
    call.faults.append("upload_fails")
    return said(500, detail="Internal Server Error")


async def _sent(call: Call, content_type: str, data: bytes, *, torn: bool) -> web.StreamResponse:
    """Stream the file, or the range that was asked for; `torn` ends the connection half-way."""
    headers = {"content-type": content_type, "accept-ranges": "bytes", "cache-control": "public, max-age=31536000"}
    try:
        asked = call.web.http_range
        start, stop, _ = asked.indices(len(data))
    except ValueError:
        asked, start, stop = slice(None), 0, 0
    partial = "range" in call.web.headers
    if partial and start >= stop:
        headers = {"content-range": f"bytes */{len(data)}"}
        return web.Response(status=416, headers=headers)
    if partial:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    response = web.StreamResponse(status=206 if partial else 200, headers=headers)
    response.content_length = stop - start
    await response.prepare(call.web)
    if call.method == "HEAD":
        return response
    end = start + (stop - start) // 2 if torn else stop
    for at in range(start, end, CHUNK):
        await response.write(data[at : min(at + CHUNK, end)])
    if torn and call.web.transport:
        call.faults.append("video_truncated")
        # Close, not abort: what was written must still arrive.
        call.web.transport.close()
    return response
