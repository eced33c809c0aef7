"""Delivers webhooks: signed, tried again when refused, and gone astray when a fault says so."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.fal import webhook
from sandbox.fal.endpoints import Json
from sandbox.fal.faults import Faults
from sandbox.fal.requests import Request
from sandbox.fal.settings import Settings

Note = Callable[[Json], None]

USER = "user-sandbox"
ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds; fal itself takes two hours for ten attempts
TIMEOUT = 15.0
LATE_SECONDS = 30.0
LOOPBACK = ("127.0.0.1", "localhost")
ELSEWHERE = "refused: not on loopback"
KINDS = ("webhook_lost", "webhook_forged", "webhook_twice", "webhook_late")


class Courier:
    """Brings the end of a request to the URL it asked for, which must be on loopback: nothing leaves the machine."""

    def __init__(self, faults: Faults, settings: Settings, clock: Callable[[], float], seed: int) -> None:
        self._faults = faults
        self._settings = settings
        self._clock = clock
        self._seed = seed
        self._http: aiohttp.ClientSession | None = None

    @property
    def key(self) -> Ed25519PrivateKey:
        """What signs at the moment: another one after each rotation."""
        secret = f"fal webhooks {self._seed} {self._settings.rotations}"
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())

    def open(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT))

    async def close(self) -> None:
        if self._http:
            await self._http.close()

    async def deliver(self, request: Request, note: Note) -> None:
        """`note` is given every attempt: {at, status}, a number or why there is none."""
        if not request.hook or not request.answer:
            return
        url = urlsplit(request.hook)
        body = webhook.told(request)
        fault = self._faults.take(KINDS, f"POST {url.netloc}{url.path}", request.line)
        match fault.kind if fault else "":
            case "webhook_lost":
                return
            case "webhook_forged":
                await self.attempt(request, webhook.lie(body), note, forged=True)
                return
            case "webhook_late":
                late = fault.seconds if fault else None
                await asyncio.sleep(LATE_SECONDS if late is None else late)
            case "webhook_twice":
                await self._insist(request, body, note)
            case _:
                pass
        await self._insist(request, body, note)

    async def _insist(self, request: Request, body: Json, note: Note) -> None:
        for attempt in range(ATTEMPTS):
            status = await self.attempt(request, body, note)
            if status == ELSEWHERE or (isinstance(status, int) and 200 <= status < 400):
                return  # taken, or redirected, which fal takes for a no
            await asyncio.sleep(min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE))

    async def attempt(self, request: Request, body: Json, note: Note, *, forged: bool = False) -> int | str:
        """Send it once, `forged` with a signature that is none; the status of the answer, or why there is none."""
        status = await self._sent(request, body, forged=forged)
        note({"at": self._clock(), "status": status})
        return status

    async def _sent(self, request: Request, body: Json, *, forged: bool) -> int | str:
        if not self._http or not request.hook or urlsplit(request.hook).hostname not in LOOPBACK:
            return ELSEWHERE
        # The form of a real delivery: keys sorted, spaces after comma and colon. The signature is of these bytes.
        data = json.dumps(body, sort_keys=True).encode()
        headers = webhook.sign(self.key, request.id, USER, str(int(self._clock())), data)
        if forged:
            headers["x-fal-webhook-signature"] = secrets.token_hex(64)
        headers["content-type"] = "application/json"
        try:
            async with self._http.post(request.hook, data=data, headers=headers, allow_redirects=False) as reply:
                return reply.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__
