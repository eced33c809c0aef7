"""What happens around every REST route: token, faults, rate limits, reading, checking, recording."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.discord.faults import Fault, Faults
from sandbox.discord.form import read_body
from sandbox.discord.limits import Buckets, limit_headers, limited
from sandbox.discord.record import Record
from sandbox.discord.rules import rules
from sandbox.discord.validate import Spec
from sandbox.discord.wire import Call, Clock, Files, Json, Refusal, Upload, bad_form, clone, reply

API = "/api/v10"
NO_ANSWER = 0  # the status in the record of a request whose connection was torn
OPEN = ("/webhooks", "/interactions")  # discord.py sends no token there
Handler = Callable[[Call], Any]
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]
TORN = ("timeout", "drop_connection", "drop_after_accept")
SCOPES = {"rate_limited": "user", "shared_limited": "shared", "global_limited": "global"}


@dataclass(frozen=True)
class Route:
    """One REST route, named as in Discord's OpenAPI description; the handler gives JSON, or None for a 204."""

    method: str
    path: str
    handler: Handler


@dataclass(frozen=True)
class Checks:
    """What a request passes: `spec` is None where there is no description."""

    token: str
    faults: Faults
    buckets: Buckets
    record: Record
    spec: Spec | None


class Front:
    """Turns routes into handlers of the server; `tell` hears of each request that has been answered or torn."""

    def __init__(self, checks: Checks, clock: Clock, tell: Callable[[str, Json], None]) -> None:
        self._checks = checks
        self._clock = clock
        self._tell = tell
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let go of every request that is kept waiting."""
        self._closing.set()

    def mount(self, routes: list[Route]) -> list[web.RouteDef]:
        """The routes of the API, and an answer for all that are unknown."""
        known = [web.route(one.method, API + one.path, self._serve(one)) for one in routes]
        return [*known, web.route("*", API + "/{rest:.*}", self._serve(Route("*", "", _nowhere)))]

    def fragile(self, handle: Serve) -> Serve:
        """A route of the CDN: no token, no limits, no record, but faults."""

        async def serve(request: web.Request) -> web.StreamResponse:
            fault = self._checks.faults.take(f"{request.method} {request.path}")
            if not fault:
                return await handle(request)
            return await self._broken(fault, request, {}) or self._torn(request)

        return serve

    def _serve(self, route: Route) -> Serve:
        async def serve(request: web.Request) -> web.StreamResponse:
            real = request.path.removeprefix(API)
            template = route.path or real
            entry: Json = {"at": self._clock(), "method": request.method, "route": template, "path": real}
            entry |= {"status": NO_ANSWER, "ms": 0.0}
            self._checks.record.entries.append(entry)
            began = time.monotonic()
            try:
                answer = await self._answer(route, request, entry)
                entry["status"] = NO_ANSWER if answer is None else answer.status
            finally:
                entry["ms"] = round((time.monotonic() - began) * 1000, 1)
                self._tell("call", {"service": "discord", **entry})
            return self._torn(request) if answer is None else answer

        return serve

    async def _answer(self, route: Route, request: web.Request, entry: Json) -> web.Response | None:
        """The answer, or None where the connection is torn instead."""
        name = f"{request.method} {entry['route']}"
        names = (name, f"{request.method} {entry['path']}", f"{request.method} {request.path}")
        fault = self._checks.faults.take(*names)
        entry |= {"faults": [fault.kind]} if fault else {}
        headers, over = self._checks.buckets.take(name, request.match_info)
        if fault and fault.kind != "drop_after_accept":
            return await self._broken(fault, request, headers)
        try:
            if over:
                raise over
            if not route.path.startswith(OPEN) and request.headers.get("Authorization") != f"Bot {self._checks.token}":
                raise Refusal(401, 0, "401: Unauthorized")
            call = await self._read(route, request, entry)
            answer = route.handler(call)
            entry["answer"] = clone(answer)  # a message changes later, the record must not
            self._check_own(route, answer)
            done = reply(answer, 204 if answer is None else 200, headers)
        except Refusal as refusal:
            await request.release()  # a client that still sends a film would see a torn connection instead
            done = reply(refusal.body, refusal.status, headers)
        return None if fault else done

    async def _broken(self, fault: Fault, request: web.Request, headers: dict[str, str]) -> web.Response | None:
        if fault.kind == "timeout":
            await self._silence(fault.seconds)
        if fault.kind in TORN:
            return None
        await request.release()
        if fault.kind == "error_500":
            return reply({"message": "500: Internal Server Error", "code": 0}, 500, headers)
        if fault.kind == "error_503":
            return web.Response(status=503, text="upstream connect error or disconnect/reset before headers")
        if fault.kind == "cloudflare_limited":  # no Via, no JSON
            return web.Response(
                status=429, text="error code: 1015", headers={"Retry-After": str(int(fault.seconds) + 1)}
            )
        scope = SCOPES[fault.kind]
        refusal = limited(fault.seconds, everywhere=scope == "global")
        return reply(refusal.body, refusal.status, headers | limit_headers(fault.seconds, scope))

    async def _silence(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            pass

    @staticmethod
    def _torn(request: web.Request) -> web.Response:
        if request.transport:
            request.transport.abort()
        return web.Response()  # nobody receives it

    async def _read(self, route: Route, request: web.Request, entry: Json) -> Call:
        body, parts = await read_body(request)
        files = _numbered(parts)
        entry["body"] = clone(body)
        entry["files"] = [upload.name for upload in files.values()]
        spec = self._checks.spec
        complaints = spec.request(route.method, route.path, body) if spec else []
        complaints = complaints or [*rules(route.method, route.path, body, files=bool(files))]
        if complaints:
            entry["invalid"] = complaints
            raise bad_form(*complaints)
        return Call(dict(request.match_info), dict(request.query), body, files)

    def _check_own(self, route: Route, answer: Any) -> None:
        if self._checks.spec and answer is not None:
            self._checks.record.mistakes += self._checks.spec.response(route.method, route.path, answer)


def _nowhere(_: Call) -> None:
    raise Refusal(404, 0, "404: Not Found")


def _numbered(parts: dict[str, Upload]) -> Files:
    files: Files = {}
    for name, upload in parts.items():
        found = re.fullmatch(r"files\[(\d+)\]", name)
        if not found:
            raise bad_form(f"unknown part {name}")
        files[int(found[1])] = upload
    return files
