"""fal's side of its webhooks: what it signs with, and the little server on which it publishes its keys."""

import asyncio
import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = 1767225600  # seconds UTC: 2026-01-01


class Signer:
    """One key pair."""

    def __init__(self, seed: bytes = bytes(range(32))) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def jwk(self) -> dict[str, str]:
        """The public half, as it is published."""
        x = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).decode().rstrip("=")
        return {"kty": "OKP", "crv": "Ed25519", "kid": "test", "use": "sig", "alg": "EdDSA", "x": x}

    def sign(self, message: bytes) -> str:
        """The signature, as it stands in the header."""
        return self._key.sign(message).hex()

    def headers(
        self, body: bytes, *, request_id: str = "request-1", user_id: str = "user-1", time: str = str(NOW)
    ) -> dict[str, str]:
        """All four headers, true for this body."""
        message = "\n".join([request_id, user_id, time, hashlib.sha256(body).hexdigest()])
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": user_id,
            "X-Fal-Webhook-Timestamp": time,
            "X-Fal-Webhook-Signature": self.sign(message.encode(errors="surrogateescape")),
        }


class Published:
    """What the server with the keys answers, and how often it was asked."""

    def __init__(self, keys: Sequence[Any]) -> None:
        self.status, self.asked, self.url = 200, 0, ""
        self.knocked = asyncio.Event()  # somebody has asked
        self.open = asyncio.Event()  # until then nobody gets an answer
        self.open.set()
        self.text = b""
        self.publish(*keys)

    def publish(self, *keys: Any) -> None:
        """From now on these are the keys."""
        self.text = json.dumps({"keys": keys}).encode()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """In chunks, so that no length is announced."""
        self.asked += 1
        self.knocked.set()
        await self.open.wait()
        response = web.StreamResponse(status=self.status)
        response.enable_chunked_encoding()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # who reads may have had enough
            await response.write(self.text)
        return response


@contextlib.asynccontextmanager
async def publishing(*keys: Any) -> AsyncGenerator[Published]:
    """Publish these keys on loopback."""
    published = Published(keys)
    app = web.Application()
    app.router.add_get("/jwks.json", published.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        published.url = str(server.make_url("/jwks.json"))
        yield published
