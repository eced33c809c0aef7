"""api.fal.ai: earlier requests by endpoint, the deletion of what is stored of one, and prices."""

import re
from datetime import datetime

from aiohttp import web

from sandbox.fal.endpoints import Endpoint, Json
from sandbox.fal.front import Call, said
from sandbox.fal.queue import Queue
from sandbox.fal.requests import Request, iso
from sandbox.fal.settings import Settings
from sandbox.fal.storage import Storage

UNITS = {
    "fal-ai/wan-i2v": "videos",
    "fal-ai/wan-flf2v": "videos",
    "fal-ai/wan/v2.2-a14b/image-to-video": "seconds",
    "wan/v2.6/image-to-video": "seconds",
}
ERASE = re.compile(r"DELETE api\.fal\.ai/v1/models/requests/(?P<id>[\w-]+)/payloads")


class AccountSite:
    """Answers calls that already showed the right key."""

    def __init__(self, endpoints: dict[str, Endpoint], queue: Queue, storage: Storage, settings: Settings) -> None:
        self._endpoints = endpoints
        self._queue, self._storage = queue, storage
        self._settings = settings

    def answer(self, call: Call) -> web.Response:
        if not self._settings.platform:
            return _error(403, "authorization_error", "This key may not use the platform API")
        try:
            match call.line:
                case "GET api.fal.ai/v1/models/requests/by-endpoint":
                    return self._by_endpoint(call)
                case "GET api.fal.ai/v1/models/pricing":
                    return self._pricing(call)
                case line if erased := ERASE.fullmatch(line):
                    return self._erase(erased["id"])
                case _:
                    return _error(404, "not_found", f"{call.path} is not known")
        except ValueError as error:
            return _error(400, "validation_error", str(error))

    def _by_endpoint(self, call: Call) -> web.Response:
        """Newest first, pages of `limit` (at most 100); `start` and `end` are ISO 8601 and bound the submit."""
        query = call.web.query
        id = query.get("endpoint_id")
        if id not in self._endpoints:
            return _error(404 if id else 400, "not_found" if id else "validation_error", "endpoint_id is not known")
        start, end = (_unix(query.get(name)) for name in ("start", "end"))
        found = [one for one in reversed(self._queue.requests.values()) if one.endpoint.id == id and not one.removed]
        found = [one for one in found if start is None or one.submitted_at >= start]
        found = [one for one in found if end is None or one.submitted_at <= end]
        if asked := query.get("request_id"):
            found = [one for one in found if one.id == asked]
        if asked := query.get("status"):
            found = [one for one in found if _outcome(one) == asked]
        first, limit = int(query.get("cursor") or 0), min(int(query.get("limit") or 50), 100)
        payloads = "payloads" in ",".join(query.getall("expand", [])).split(",")
        more = len(found) > first + limit
        items = [_item(one, payloads=payloads) for one in found[first : first + limit]]
        return said(200, items=items, next_cursor=str(first + limit) if more else None, has_more=more)

    def _erase(self, id: str) -> web.Response:
        """Delete what was asked and answered and the films made, not the files sent: others may use them."""
        request = self._queue.requests.get(id)
        if not request or request.removed:
            return _error(404, "not_found", f"Request {id} is not known")
        if not request.answer:
            return _error(400, "validation_error", f"Request {id} is not completed")
        video = request.answer.body.get("video")
        links = [str(video["url"])] if video and not request.erased else []
        for link in links:
            self._storage.remove(link)
        request.erased = request.expired = True
        return said(200, cdn_delete_results=[{"link": link, "exception": None} for link in links])

    def _pricing(self, call: Call) -> web.Response:
        asked = [id for ids in call.web.query.getall("endpoint_id", []) for id in ids.split(",") if id]
        if not asked or len(asked) > 50:
            return _error(400, "validation_error", "endpoint_id must name 1 to 50 endpoints")
        if unknown := [id for id in asked if id not in self._endpoints]:
            return _error(404, "not_found", f"{', '.join(unknown)} is not known")
        prices = [
            {"endpoint_id": id, "unit_price": self._settings.price_of_unit(id), "unit": UNITS[id], "currency": "USD"}
            for id in asked
        ]
        return said(200, prices=prices, next_cursor=None, has_more=False)


def _unix(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None


def _outcome(request: Request) -> str | None:
    if not request.answer:
        return None
    return "success" if request.answer.good else "user_error" if request.answer.status < 500 else "error"


def _item(request: Request, *, payloads: bool) -> Json:
    item: Json = {
        "request_id": request.id,
        "endpoint_id": request.endpoint.id,
        "sent_at": iso(request.submitted_at),
        "started_at": iso(request.started_at) if request.started_at else None,
        "ended_at": iso(request.ended_at) if request.ended_at else None,
        "status_code": request.answer.status if request.answer else None,
        "duration": request.ended_at - (request.started_at or request.ended_at) if request.ended_at else None,
    }
    if payloads and request.erased:
        item |= {"json_input": None, "json_output": None}
    elif payloads:
        item |= {"json_input": request.input, "json_output": request.answer.body if request.answer else None}
    return item


def _error(status: int, kind: str, text: str) -> web.Response:
    return said(status, error={"type": kind, "message": text})
