"""The control calls under /_sim/fal: what happened, and what shall happen next."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from sandbox.fal.endpoints import Json
from sandbox.fal.faults import Faults
from sandbox.fal.queue import Queue
from sandbox.fal.record import Record
from sandbox.fal.settings import Refused, Settings

Handle = Callable[[web.Request], Awaitable[web.Response]]


class History:
    """What happened, as routes for whatever application wants to carry them."""

    def __init__(self, record: Record, requests: Callable[[], list[Json]]) -> None:
        self._record = record
        self._requests = requests

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sim/fal/requests", self._told),
            web.get("/_sim/fal/record", self._recorded),
            web.delete("/_sim/fal/record", self._forget),
        ]

    async def _told(self, _: web.Request) -> web.Response:
        return web.json_response(self._requests())

    async def _recorded(self, _: web.Request) -> web.Response:
        return web.json_response(self._record.entries)

    async def _forget(self, _: web.Request) -> web.Response:
        self._record.entries.clear()
        return web.json_response({})


class Knobs:
    """What shall happen, as routes too."""

    def __init__(self, queue: Queue, settings: Settings, faults: Faults) -> None:
        self._queue = queue
        self._settings = settings
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sim/fal/settings", self._told),
            web.post("/_sim/fal/set", guarded(self._set)),
            web.post("/_sim/fal/fault", guarded(self._fault)),
        ]

    async def _told(self, _: web.Request) -> web.Response:
        return web.json_response(self._settings.told())

    async def _set(self, request: web.Request) -> web.Response:
        self._settings.set(await asked(request))
        self._queue.changes.tell()
        return web.json_response({})

    async def _fault(self, request: web.Request) -> web.Response:
        self._faults.add(await asked(request))
        self._queue.changes.tell()
        return web.json_response({})


async def asked(request: web.Request) -> Json:
    """The JSON object of a control call; `Refused` if it is none."""
    try:
        body: Any = await request.json()
    except ValueError:
        raise Refused("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused("The body must be a JSON object.")
    return cast("Json", body)


def guarded(handle: Handle) -> Handle:
    """Answer what is `Refused` with its sentence."""

    async def serve(request: web.Request) -> web.Response:
        try:
            return await handle(request)
        except Refused as refused:
            return web.json_response({"error": str(refused)}, status=400)

    return serve
