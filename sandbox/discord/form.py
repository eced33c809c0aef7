"""Bodies of requests: plain JSON, or a form with a JSON part `payload_json` and files."""

import json
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord.wire import Refusal, Upload


def _broken() -> Refusal:
    return Refusal(400, 50109, "The request body contains invalid JSON.")


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # no JSON, or no text at all
        raise _broken() from None


async def read_body(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    """The JSON body ({} where there is none) and the files of the form by the name of their part."""
    files: dict[str, Upload] = {}
    if not request.content_type.startswith("multipart/"):
        if not request.body_exists:
            return {}, files
        if request.content_type != "application/json":
            raise _broken()
        return _parsed(await request.read()), files
    body: Any = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise _broken()
        if part.name == "payload_json":
            body = _parsed(bytes(await part.read()))
        else:
            files[part.name or ""] = Upload(part.filename or part.name or "", bytes(await part.read()))
    return body, files
