"""What all of fal's hosts have in common: calls on record, and the faults that spoil an answer."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.fal.faults import HTTP_KINDS, Fault, Faults
from sandbox.fal.record import QUEUE_HOSTS, Record, host_of, left, path_of

SLOW_SECONDS = 5.0
LOCKED = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
NGINX = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


@dataclass
class Call:
    """One HTTP request; `path` is without a slash at its end."""

    web: web.Request
    method: str
    host: str
    path: str
    body: bytes
    faults: list[str] = field(default_factory=list[str])

    @property
    def line(self) -> str:
        return f"{self.method} {self.host}{self.path}"

    @property
    def is_submit(self) -> bool:
        """Whether it asks a model for something, in the queue or waiting for it: what is paid."""
        return self.method == "POST" and self.host in QUEUE_HOSTS and "/requests/" not in self.path

    def json(self) -> object:
        """The body, None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def said(status: int, /, **body: object) -> web.Response:
    return web.json_response(body, status=status)


class Front:
    """Stands before the sites: records each call and lets faults have their way."""

    def __init__(self, faults: Faults, record: Record) -> None:
        self._faults = faults
        self._record = record

    async def serve(
        self, request: web.Request, site: Callable[[Call], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        with self._record.call(request) as entry:
            body = await request.read()
            call = Call(request, request.method, host_of(request), path_of(request), body, entry["faults"])
            response = await self._answer(call, site)
            if not left(request):
                entry["status"] = response.status
            return response

    async def _answer(self, call: Call, site: Callable[[Call], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        fault = self._faults.take(HTTP_KINDS, call.line, default=call.is_submit)
        if fault:
            call.faults.append(fault.kind)
        if spoiled := _spoiled(fault):
            return spoiled
        if fault and fault.kind == "slow" and not call.is_submit:
            await _linger(fault)
        response = await site(call)
        if fault and fault.kind == "slow" and call.is_submit:
            # The worst order: it is accepted, and the one who asked may have given up before hearing of it.
            await _linger(fault)
        if fault and fault.kind == "drop_reply_after_accept" and call.web.transport:
            call.web.transport.abort()
        if not response.prepared:
            response.headers.setdefault("x-fal-request-id", str(uuid.uuid4()))
        return response


async def _linger(fault: Fault) -> None:
    await asyncio.sleep(SLOW_SECONDS if fault.seconds is None else fault.seconds)


def _spoiled(fault: Fault | None) -> web.Response | None:
    """The answer that a fault gives instead of ours, before anything was done."""
    match fault.kind if fault else "":
        case "locked_account":
            response = said(403, detail=LOCKED)
        case "rate_limited":
            response = said(429, detail="Too many requests", error_type="rate_limited")
            response.headers["x-fal-needs-retry"] = "1"
            if fault and fault.seconds is not None:
                response.headers["retry-after"] = str(round(fault.seconds))
        case "json_503":
            response = said(503, detail="Service temporarily unavailable", error_type="runner_scheduling_failure")
        case "nginx_502":
            # Without a request id: by that and the word clients know a gateway that never reached fal.
            return web.Response(status=502, text=NGINX, content_type="text/html")
        case _:
            return None
    response.headers["x-fal-request-id"] = str(uuid.uuid4())
    return response
