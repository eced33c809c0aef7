"""queue.fal.run and fal.run: submit, status, events, result, cancel; and running a model while the caller waits."""

import json
from collections.abc import Callable
from typing import cast

from aiohttp import web

from sandbox.fal import language
from sandbox.fal.endpoints import Endpoint, Json
from sandbox.fal.front import Call, said
from sandbox.fal.queue import Queue
from sandbox.fal.requests import Answer, Request, Status
from sandbox.fal.settings import NONSENSE, Settings

PING_SECONDS = 15.0
EVENT_SECONDS = 0.1


class QueueSite:
    """Answers calls that already showed the right key."""

    def __init__(self, endpoints: dict[str, Endpoint], queue: Queue, settings: Settings) -> None:
        self._endpoints = endpoints
        self._queue = queue
        self._settings = settings

    async def answer(self, call: Call) -> web.StreamResponse:
        app, found, rest = call.path.strip("/").partition("/requests/")
        if found:
            id, _, action = rest.partition("/")
            return await self._request(call, app, self._queue.requests.get(id), action)
        if call.method != "POST":
            return said(405, detail="Method Not Allowed")
        if call.host.startswith("queue."):
            return await self._submit(call, app)
        if app.endswith("/stream"):
            return await self._run(call, app.removesuffix("/stream"), stream=True)
        return await self._run(call, app, stream=False)

    def _taken(self, call: Call, id: str, *, direct: bool) -> Request | web.Response:
        endpoint = language.ENDPOINT if id == language.ROUTER else self._endpoints.get(id)
        if not endpoint:
            return said(404, detail=f"Application '{id}' not found")
        given = call.json()
        if not isinstance(given, dict):
            error = {"loc": ["body"], "msg": "Input should be a valid dictionary", "type": "dict_type", "input": given}
            return said(422, detail=[error])
        hook = None if direct else call.web.query.get("fal_webhook")
        return self._queue.submit(endpoint, cast("Json", given), hook, direct=direct)

    async def _submit(self, call: Call, id: str) -> web.Response:
        request = self._taken(call, id, direct=False)
        if isinstance(request, web.Response):
            return request
        await self._queue.told_early(request)
        position = self._queue.state(request, with_logs=False).get("queue_position", 0)
        body = {**request.urls(), "status": "IN_QUEUE", "queue_position": position, "gateway_request_id": request.id}
        return web.json_response(body, headers={"x-fal-request-id": request.id})

    async def _run(self, call: Call, id: str, *, stream: bool) -> web.StreamResponse:
        if self._queue.running() >= self._settings.concurrency:
            response = said(429, detail="Too many concurrent requests", error_type="concurrent_requests_limit")
            response.headers["x-fal-needs-retry"] = "1"
            return response
        request = self._taken(call, id, direct=True)
        if isinstance(request, web.Response):
            return request
        while request.answer is None and request.id in self._queue.requests:
            await self._queue.changes.wait(1)
        result = self._result(request, request.answer)
        if not stream or not request.answer or not request.answer.good:
            return result
        response = await _event_stream(call)
        await _send(response, request.answer.body)
        return response

    async def _request(self, call: Call, app: str, request: Request | None, action: str) -> web.StreamResponse:
        verb = f"{call.method} {action}"
        if not request or request.removed or app not in (request.app, request.endpoint.id):
            return said(404, detail="Request not found") if verb == "GET " else said(404, status="NOT_FOUND")
        with_logs = call.web.query.get("logs") in ("1", "true")
        match verb:
            case "GET status":
                response = web.json_response(self._queue.state(request, with_logs=with_logs), status=_code(request))
                response.headers["x-fal-request-id"] = request.id
                return response
            case "GET status/stream":
                return await self._events(call, request, with_logs=with_logs)
            case "PUT cancel":
                if request.answer:
                    return said(400, status="ALREADY_COMPLETED")
                self._queue.cancel(request)
                return said(200, status="OK") if request.removed else said(202, status="CANCELLATION_REQUESTED")
            case "GET " | "GET response":
                return self._result(request, request.answer)
            case _:
                return said(405, detail="Method Not Allowed")

    def _result(self, request: Request, answer: Answer | None) -> web.Response:
        if request.expired and answer:
            return said(404, detail="Request not found")
        if not answer:
            return said(400, detail="Request is still in progress")
        headers = {"x-fal-request-id": request.id}
        if self._settings.units is not None and request.units is not None:
            headers["x-fal-billable-units"] = "many" if self._settings.units == NONSENSE else f"{request.units:g}"
        if answer.error_type and not isinstance(answer.body.get("detail"), list):
            headers["x-fal-error-type"] = answer.error_type
        return web.json_response(answer.body, status=answer.status, headers=headers)

    async def _events(self, call: Call, request: Request, *, with_logs: bool) -> web.StreamResponse:
        """Server-sent events: an event for each change, with the logs that are new since the last one."""
        response, told, quiet = await _event_stream(call), _Told(), 0.0
        while True:
            state = told.news(self._queue.state(request, with_logs=with_logs))
            if state:
                await _send(response, state)
                quiet = 0
            if request.status == Status.COMPLETED or request.removed or request.id not in self._queue.requests:
                return response
            if quiet >= PING_SECONDS:
                await response.write(b": ping\n\n")
                quiet = 0
            await self._queue.changes.wait(EVENT_SECONDS)
            quiet += EVENT_SECONDS


class _Told:
    """What a listener already knows."""

    def __init__(self) -> None:
        self._last: tuple[object, object] | None = None
        self._lines = 0

    def news(self, state: Json) -> Json | None:
        """The state with new logs only; None if nothing is new."""
        fresh = None if state["logs"] is None else state["logs"][self._lines :]
        self._lines += len(fresh or [])
        now = state["status"], state.get("queue_position")
        if now == self._last and not fresh:
            return None
        self._last = now
        return state | {"logs": fresh}


def _code(request: Request) -> int:
    return 200 if request.answer else 202


async def _event_stream(call: Call) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-store"})
    await response.prepare(call.web)
    return response


async def _send(response: web.StreamResponse, event: Json, dumps: Callable[[Json], str] = json.dumps) -> None:
    await response.write(f"data: {dumps(event)}\n\n".encode())
