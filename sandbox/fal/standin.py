"""The stand-in for fal as a whole: a TLS server that speaks for all of fal's hosts, and the proxy that leads there."""

import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from sandbox.fal import endpoints, webhook
from sandbox.fal.account_site import AccountSite
from sandbox.fal.control import History, Knobs
from sandbox.fal.courier import Courier
from sandbox.fal.endpoints import Json
from sandbox.fal.faults import Faults
from sandbox.fal.front import Call, Front, said
from sandbox.fal.gate import Gate
from sandbox.fal.media_site import MediaSite
from sandbox.fal.model import Model
from sandbox.fal.queue import Queue
from sandbox.fal.queue_site import QueueSite
from sandbox.fal.record import QUEUE_HOSTS, Record, Tell, untold
from sandbox.fal.redelivery import Redelivery
from sandbox.fal.settings import Settings
from sandbox.fal.storage import MEDIA_HOST, Storage

KEY = "sandbox-key-id:sandbox-key-secret"


class FalStandin:
    """fal on loopback for unmodified clients: `proxy_url` for HTTPS_PROXY, `ca_path` for SSL_CERT_FILE.

    The films of the same seed, prompt and picture are the same bytes. `clock` gives Unix seconds for what is told
    (timestamps, expiry); waiting takes real time. `tell` hears "request" with each request that changed and "call" with
    each HTTP call that is over, in the shapes of the control API.
    """

    def __init__(self, *, seed: int = 0, clock: Callable[[], float] = time.time, tell: Tell = untold) -> None:
        self.key = KEY
        self.proxy_url = ""
        self.ca_path = Path("fal-ca.pem")
        self._settings = Settings()
        self._faults = Faults()
        self._storage = Storage(clock)
        self._record = Record(clock, tell)
        self._front = Front(self._faults, self._record)
        self._gate = Gate(self._serve, self._record.refused)
        self._model = Model(self._storage, self._settings, seed)
        self._courier = Courier(self._faults, self._settings, clock, seed)
        self._queue = Queue(self._settings, self._faults, self._model, self._courier, clock)
        self._queue.changes.follow(lambda request: tell("request", self._queue.told(request)))
        known = endpoints.load()
        self._queue_site = QueueSite(known, self._queue, self._settings)
        self._media_site = MediaSite(self._storage, self._faults)
        self._account_site = AccountSite(known, self._queue, self._storage, self._settings)
        self._history = History(self._record, self._queue.all_told)
        self._knobs = Knobs(self._queue, self._settings, self._faults)
        self._redelivery = Redelivery(self._queue, self._courier)

    async def start(self, directory: Path) -> None:
        """Listen on free ports of 127.0.0.1 and write the CA to `directory`/fal-ca.pem."""
        self._courier.open()
        await self._gate.open(directory)
        self.proxy_url, self.ca_path = self._gate.url, self._gate.ca_path

    def control_routes(self) -> list[web.RouteDef]:
        """The control API, to be mounted on another application of the same event loop."""
        return [*self._history.routes(), *self._knobs.routes(), self._redelivery.route()]

    def waiting_faults(self) -> list[Json]:
        """What is still to strike: {kind, times, seconds, match}, and of kind "outcome" how the next films end."""
        return [*self._faults.waiting(), *self._settings.waiting()]

    def reset(self) -> None:
        """As new: no requests, files, record, faults; default settings. Work in progress is given up."""
        self._queue.forget()
        self._settings.reset()
        self._faults.clear()
        self._storage.clear()
        self._media_site.reset()
        self._model.reset()
        self._record.entries.clear()

    async def close(self) -> None:
        """Stop listening and wait until nothing of this stand-in runs any more."""
        await self._queue.end()
        await self._gate.close()
        await self._courier.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await self._front.serve(request, self._answer)

    async def _answer(self, call: Call) -> web.StreamResponse:
        if MEDIA_HOST.fullmatch(call.host):
            return await self._media_site.media(call)
        if call.line == "GET rest.fal.ai/.well-known/jwks.json":
            return web.json_response(webhook.jwks(self._courier.key))
        if call.host == "rest.fal.ai" and (done := self._media_site.put(call)):
            return done
        if call.web.headers.get("authorization") != f"Key {self.key}":
            return said(401, detail="Cannot access application. Authentication is required.")
        return await self._with_key(call)

    async def _with_key(self, call: Call) -> web.StreamResponse:
        if call.host == "rest.fal.ai":
            return self._media_site.rest(call)
        if call.host == "api.fal.ai":
            return self._account_site.answer(call)
        if call.host in QUEUE_HOSTS:
            return await self._queue_site.answer(call)
        return said(404, detail="Not Found")
