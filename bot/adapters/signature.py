"""Tells fal's webhooks from forged ones: their age, and an Ed25519 signature by one of fal's published keys.

What is signed: https://docs.fal.ai/documentation/model-apis/inference/webhooks.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import aiohttp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.domain.errors import Forged, Unavailable

JWKS = "https://rest.fal.ai/.well-known/jwks.json"
CLOCKS = 300  # seconds by which a webhook's time and ours may differ
KEEP = 24 * 3600  # seconds for which the keys are good: fal asks for no more
PAUSE = 60  # seconds between two fetches: a forged post must not make us flood fal
FETCH_SECONDS = 10  # less than fal waits for our answer, 15
MOST_BYTES = 64 * 1024  # of the keys
SIGNED = ("X-Fal-Webhook-Request-Id", "X-Fal-Webhook-User-Id", "X-Fal-Webhook-Timestamp")
SIGNATURE = "X-Fal-Webhook-Signature"


class Signatures:
    """Checks webhooks against fal's keys, which it fetches when it needs them. `clock` tells seconds UTC."""

    def __init__(self, http: aiohttp.ClientSession, clock: Callable[[], float], *, jwks: str = JWKS) -> None:
        self._http, self._clock, self._jwks = http, clock, jwks
        self._keys: Sequence[Ed25519PublicKey] = ()
        self._seen = self._tried = -math.inf  # seconds UTC: when the keys came, when they were last asked for
        self._fetching = asyncio.Lock()

    async def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Return if fal has sent exactly this body, within the last 300 s.

        Raises Forged if not, Unavailable where fal's keys cannot be had, so that nobody can tell.
        """
        signed = [_one(headers, name) for name in SIGNED]
        signature = _one(headers, SIGNATURE)
        if not re.fullmatch("[0-9]{1,12}", signed[-1]):
            raise Forged("its time is no number of seconds")
        if not re.fullmatch("[0-9A-Fa-f]{128}", signature):
            raise Forged("its signature is not 128 hexadecimal digits")
        if abs(self._clock() - int(signed[-1])) > CLOCKS:
            raise Forged(f"its time is more than {CLOCKS} s from ours")
        # aiohttp tells what is no UTF-8 by surrogates; the bytes are what was signed
        message = "\n".join([*signed, hashlib.sha256(body).hexdigest()]).encode(errors="surrogateescape")
        for age in (KEEP, PAUSE):  # where none fits, fal may have changed its keys
            if any(_fits(key, bytes.fromhex(signature), message) for key in await self._current(age)):
                return
        raise Forged("no key of fal's fits its signature")

    async def _current(self, age: float) -> Sequence[Ed25519PublicKey]:
        """fal's keys, seen at most `age` seconds ago. Raises Unavailable."""
        if self._is_older(self._seen, age):  # a good webhook never waits for a fetch that a forged one began
            async with self._fetching:
                if self._is_older(self._seen, age):
                    if not self._is_older(self._tried, PAUSE):
                        raise Unavailable("fal's keys")
                    self._tried = self._clock()
                    self._keys = await self._fetch()
                    self._seen = self._clock()
        return self._keys

    def _is_older(self, time: float, age: float) -> bool:
        return abs(self._clock() - time) > age  # a clock that was set back must not keep old keys

    async def _fetch(self) -> Sequence[Ed25519PublicKey]:
        text = bytearray()
        try:
            async with self._http.get(self._jwks, timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS)) as reply:
                reply.raise_for_status()
                async for chunk in reply.content.iter_any():
                    text += chunk
                    if len(text) > MOST_BYTES:
                        raise Unavailable("fal's keys")
            keys = _keys(json.loads(text))
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
            raise Unavailable("fal's keys") from error
        if not keys:
            raise Unavailable("fal's keys")
        return keys


def _one(headers: Mapping[str, str], name: str) -> str:
    """The value of a header whatever its name's case. Raises Forged unless it is there exactly once."""
    values = [value for given, value in headers.items() if given.lower() == name.lower()]
    if len(values) != 1 or not values[0]:
        raise Forged(f"{name} is empty, missing or there twice")
    return values[0]


def _keys(jwks: Any) -> Sequence[Ed25519PublicKey]:
    """The Ed25519 keys among these. Those of another kind, which fal may add, are left out."""
    keys: list[Ed25519PublicKey] = []
    given = cast("dict[str, Any]", jwks).get("keys") if isinstance(jwks, dict) else None
    for key in cast("list[Any]", given) if isinstance(given, list) else ():
        match key:
            case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
                with contextlib.suppress(ValueError):
                    padded = x + "=" * (-len(x) % 4)  # JWKs have none (https://www.rfc-editor.org/rfc/rfc7517)
                    keys.append(Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(padded)))
            case _:
                pass
    return keys


def _fits(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
