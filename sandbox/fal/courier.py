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

Note = Callable[[Json], None]

USER = "user-sandbox"
ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds; fal itself takes two hours for ten attempts
TIMEOUT = 15.0
LATE_SECONDS = 30.0
KINDS = ("webhook_lost", "webhook_forged", "webhook_twice", "webhook_late")


class Courier:
    """Brings the end of a request to the URL it asked for, which must be on loopback: nothing leaves the machine."""

    def __init__(self, faults: Faults, clock: Callable[[], float], seed: int) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"fal webhooks {seed}".encode()).digest())
        self._faults = faults
        self._clock = clock
        self._http: aiohttp.ClientSession | None = None

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
        if url.hostname not in ("127.0.0.1", "localhost"):
            note({"at": self._clock(), "status": "refused: not on loopback"})
            return
        body = _body(request)
        fault = self._faults.take(KINDS, f"POST {url.netloc}{url.path}", request.line)
        match fault.kind if fault else "":
            case "webhook_lost":
                return
            case "webhook_forged":
                await self._attempt(request, _forged(body), note, forged=True)
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
            if await self._attempt(request, body, note):
                return
            await asyncio.sleep(min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE))

    async def _attempt(self, request: Request, body: Json, note: Note, *, forged: bool = False) -> bool:
        """True if it must not be tried again: taken, or redirected, which fal takes for a no."""
        if not self._http or not request.hook:
            return True
        # The form of a real delivery: keys sorted, spaces after comma and colon. The signature is of these bytes.
        data = json.dumps(body, sort_keys=True).encode()
        headers = webhook.sign(self.key, request.id, USER, str(int(self._clock())), data)
        if forged:
            headers["x-fal-webhook-signature"] = secrets.token_hex(64)
        headers["content-type"] = "application/json"
        status: int | str
        try:
            async with self._http.post(request.hook, data=data, headers=headers, allow_redirects=False) as reply:
                status = reply.status
        except (aiohttp.ClientError, TimeoutError) as error:
            status = type(error).__name__
        note({"at": self._clock(), "status": status})
        return isinstance(status, int) and 200 <= status < 400


def _body(request: Request) -> Json:
    answer = request.answer
    body: Json = {"request_id": request.id, "gateway_request_id": request.id, "error": None, "status": "OK"}
    if answer:
        body["payload"] = answer.body
        if not answer.good:
            body |= {"status": "ERROR", "error": f"Invalid status code: {answer.status}"}
    return body


def _forged(body: Json) -> Json:
    """What an attacker would like to be believed: another film."""
    video = {"url": "https://v3.fal.media/files/forged.mp4", "content_type": "video/mp4", "file_name": "forged.mp4"}
    return body | {"status": "OK", "error": None, "payload": {"video": video, "seed": 666}}
