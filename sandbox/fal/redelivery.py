"""The control API's own deliveries: the webhook of a request once more, at once, true or not."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from sandbox.fal import webhook
from sandbox.fal.control import asked, guarded
from sandbox.fal.courier import Courier
from sandbox.fal.endpoints import Json
from sandbox.fal.queue import Queue
from sandbox.fal.requests import Request
from sandbox.fal.settings import Refused

MOST_COPIES = 100


@dataclass(frozen=True)
class _Order:
    """What to send where: `copies` at the same time."""

    request: Request
    copies: int
    body: Json
    forged: bool


class Redelivery:
    """POST /_sim/fal/deliver, as a route for whatever application wants to carry it."""

    def __init__(self, queue: Queue, courier: Courier) -> None:
        self._queue = queue
        self._courier = courier

    def route(self) -> web.RouteDef:
        """The route; its answer is {"statuses": […]}, one for each copy: a number, or why there is none."""
        return web.post("/_sim/fal/deliver", guarded(self._deliver))

    async def _deliver(self, request: web.Request) -> web.Response:
        order = self._order(await asked(request))
        statuses = await asyncio.gather(*(self._once(order) for _ in range(order.copies)))
        return web.json_response({"statuses": statuses})

    async def _once(self, order: _Order) -> int | str:
        def note(attempt: Json) -> None:
            self._queue.note(order.request, attempt)

        return await self._courier.attempt(order.request, order.body, note, forged=order.forged)

    def _order(self, wish: Json) -> _Order:
        if unknown := set(wish) - {"request_id", "copies", "body", "forged"}:
            raise Refused(f"A delivery has no {', '.join(sorted(unknown))}.")
        request = self._queue.requests.get(str(wish.get("request_id")))
        if not request:
            raise Refused(f"There is no request {wish.get('request_id')}.")
        if not request.hook:
            raise Refused("The request was submitted without a webhook.")
        copies, forged = wish.get("copies", 1), wish.get("forged", False)
        if not isinstance(copies, int) or isinstance(copies, bool) or not 1 <= copies <= MOST_COPIES:
            raise Refused(f"copies must be a whole number from 1 to {MOST_COPIES}.")
        if not isinstance(forged, bool):
            raise Refused("forged must be true or false.")
        return _Order(request, copies, _body(wish.get("body"), request), forged)


def _body(own: Any, request: Request) -> Json:
    if own is None:
        if not request.answer:
            raise Refused("The request has not ended; before that only a body of your own can be delivered.")
        return webhook.told(request)
    if not isinstance(own, dict):
        raise Refused("body must be a JSON object.")
    return cast("Json", own)
