"""The record of every HTTP call to fal's hosts, which tells of each call when it is over."""

import contextlib
import time
from collections.abc import Callable, Generator

from aiohttp import web

from sandbox.fal.endpoints import Json

QUEUE_HOSTS = ("queue.fal.run", "queue.falrun.com", "fal.run", "falrun.com")
# The status of a call that got no answer, or not the whole of it.
TORN = 0
# Takes the name of an event and what it tells, as JSON: "request" has a request, "call" an HTTP call that is over.
Tell = Callable[[str, Json], None]


def untold(_event: str, _what: Json) -> None:
    """Nobody listens."""


class Record:
    """All calls in the order of their arrival. Headers are kept that begin with x-: the key comes in another one."""

    def __init__(self, clock: Callable[[], float], tell: Tell) -> None:
        self.entries: list[Json] = []
        self._clock = clock
        self._tell = tell

    @contextlib.contextmanager
    def call(self, request: web.Request) -> Generator[Json]:
        """The entry of this call, torn until the block gives it another status; told at the end of the block."""
        began, host, path = time.monotonic(), host_of(request), path_of(request)
        entry = _entry(self._clock(), request.method, host)
        entry |= {"route": route(host, path), "path": path, "query": dict(request.query), "faults": []}
        entry["headers"] = {name: value for name, value in request.headers.items() if name.lower().startswith("x-")}
        self.entries.append(entry)
        try:
            yield entry
        finally:
            entry["ms"] = round((time.monotonic() - began) * 1000, 1)
            self._over(entry)

    def refused(self, target: str) -> None:
        """Record that somebody wanted to reach a host that is not fal's."""
        entry = _entry(self._clock(), "CONNECT", target) | {"status": 403}
        self.entries.append(entry)
        self._over(entry)

    def _over(self, entry: Json) -> None:
        self._tell("call", {"service": "fal", **entry})


def _entry(at: float, method: str, host: str) -> Json:
    return {"at": at, "method": method, "host": host, "route": method, "path": "", "status": TORN, "ms": 0.0}


def host_of(request: web.Request) -> str:
    """The host that is meant, without a port."""
    return request.host.partition(":")[0]


def path_of(request: web.Request) -> str:
    """The path without a slash at its end: fal takes both."""
    return request.path.rstrip("/")


def route(host: str, path: str) -> str:
    """The path with names for what differs from call to call."""
    if path.startswith("/files/") and not path.startswith("/files/upload"):
        file, found, part = path.partition("/multipart/")
        return "/files/{path}" + (f"/multipart/{{upload}}/{part.partition('/')[2]}" if found and file else "")
    if host in QUEUE_HOSTS:
        app, found, rest = path.partition("/requests/")
        if found:
            return "/{app}/requests/{id}" + "".join(rest.partition("/")[1:])
        return "/{endpoint}/stream" if app.endswith("/stream") else "/{endpoint}"
    return path


def left(request: web.Request) -> bool:
    """Whether the one who asked is no longer there."""
    return request.transport is None or request.transport.is_closing()
