"""Talks to fal: one upload, one submit, then looking and fetching, with fal's answers told in the domain's words.

fal-client does everything but the submit: it repeats a POST whose reply was lost, and a repeated submit is paid twice
(https://github.com/fal-ai/fal/issues/490). Ours is sent once.
"""

import asyncio
import contextlib
import json
import math
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import fal_client
import httpx

from bot.domain.endpoint import Value
from bot.domain.errors import Busy, Final, Misconfigured, Unavailable, Unclear
from bot.domain.job import Cancelling
from bot.domain.media import FAL_KEEPS_SECONDS
from bot.domain.progress import Finished, Progress, Queued, Running, steps

Tell = Callable[[int, object], str]

QUEUE = "https://queue.fal.run"
PLATFORM = "https://api.fal.ai/v1"
STORAGE_TOKEN = "https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3"
SUBMIT_SECONDS = 12  # the bot that is told to stop finishes it, and ends within 20
CONNECT_SECONDS = 5
LOOK_SECONDS = 30
MOST_BUSY_SECONDS = 300.0
LIFECYCLE = "X-Fal-Object-Lifecycle-Preference"  # https://docs.fal.ai/model-apis/media-expiration
MOST_SEED = 2**63  # more does not fit into a database
CLOCKS = 60  # seconds by which fal's clock and ours may differ
# where no byte of a request has reached fal
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError)
OUTSIDE = (httpx.HTTPError, KeyError, ValueError)  # what fal-client lets through, see its issue list


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a finished request brought: where the film can be fetched, and what the model says it used."""

    url: str
    seed: int | None
    prompt: str | None  # as the model enriched it


class Fal:
    """fal as the bot needs it, for one key. Make it with `open_fal`."""

    def __init__(
        self, key: str, http: aiohttp.ClientSession, paying: aiohttp.ClientSession, client: fal_client.AsyncClient
    ) -> None:
        self._headers = {"Authorization": f"Key {key}"}
        self._http, self._paying, self._client = http, paying, client

    async def check_key(self) -> None:
        """Raises Misconfigured if fal refuses the key. A fal that does not answer says nothing about the key."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self._http.post(STORAGE_TOKEN, headers=self._headers, json={}) as reply:
                if reply.status == 401:
                    raise Misconfigured("FAL_KEY: fal refuses this key. Make one at https://fal.ai/dashboard/keys.")

    async def upload(self, path: Path, content_type: str) -> str:
        """Put a file into fal's storage and return its URL. Raises Unavailable."""
        data = await asyncio.to_thread(path.read_bytes)
        try:
            # No fall-back repository: fal-client 1.0.3 would send the key along to whatever host it is told there.
            return await self._client.upload(
                data,
                content_type,
                path.name,
                repository="fal_v3",
                fallback_repository=[],
                lifecycle=fal_client.StorageSettings(expires_in=FAL_KEEPS_SECONDS),
            )
        except (fal_client.FalClientError, *OUTSIDE) as error:
            raise Unavailable("fal's storage") from error

    async def submit(self, endpoint: str, arguments: Mapping[str, Value], hook: str | None, tell: Tell) -> str:
        """Send one paid request, once, and return its request id. `tell` makes a sentence of fal's refusal.

        fal reports the end of it to `hook`.

        Raises Unavailable if it certainly was not accepted and may be sent again, Final if fal refuses it, and Unclear
        if nobody can tell: then it must never be sent again.
        """
        timeout = aiohttp.ClientTimeout(total=SUBMIT_SECONDS, connect=CONNECT_SECONDS)
        address = f"{QUEUE}/{endpoint}"
        try:
            headers = {**self._headers, LIFECYCLE: json.dumps({"expiration_duration_seconds": FAL_KEEPS_SECONDS})}
            query = {"fal_webhook": hook} if hook else {}
            sending = self._paying.post(address, params=query, headers=headers, json=dict(arguments), timeout=timeout)
            async with sending as reply:
                body = await _json(reply)
        except NOT_SENT as error:
            raise Unavailable("fal") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear from error
        if reply.status == 429:
            raise Busy("fal, which is too busy,", _asked_to_wait(reply))
        if 400 <= reply.status < 500 and reply.status != 408:
            raise Final(tell(reply.status, body))
        try:
            return str(cast("dict[str, Any]", body)["request_id"])
        except (KeyError, TypeError) as error:  # a 5xx, or an answer that nobody can read
            raise Unclear from error

    async def find(self, endpoint: str, arguments: Mapping[str, Value], since: float) -> str | None:
        """The id of a request with exactly these arguments, sent at or after `since` (seconds UTC).

        None if fal has no such request, or the key may not ask. Raises Unavailable where fal does not tell.
        """
        query = {"endpoint_id": endpoint, "expand": "payloads", "limit": "100"}
        address = f"{PLATFORM}/models/requests/by-endpoint"
        try:
            async with self._http.get(address, headers=self._headers, params=query) as reply:
                found = await _json(reply)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("fal") from error
        if reply.status in (401, 403, 404):
            return None
        if not reply.ok or not isinstance(found, dict):
            raise Unavailable("fal")
        items: list[dict[str, Any]] = found.get("items") or []
        return next((str(item["request_id"]) for item in items if _is_ours(item, arguments, since)), None)

    async def look(self, endpoint: str, request_id: str) -> Progress:
        """How a request stands. Raises Unavailable, Busy with what fal asks for, and Final for one it no longer knows.

        Not by fal-client, which answers a 429 with nine more requests, whatever fal says.
        """
        return _progress(await self._status(endpoint, request_id))

    async def _status(self, endpoint: str, request_id: str) -> dict[str, Any]:
        address = f"{_request(endpoint, request_id)}/status"
        timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS, connect=CONNECT_SECONDS)
        try:
            query = {"logs": "1"}
            async with self._http.get(address, headers=self._headers, params=query, timeout=timeout) as reply:
                body = await _json(reply)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("fal") from error
        if reply.status == 404:
            raise Final("fal no longer knows this request, so there is no film. Please try again.")
        if reply.status == 429:
            raise Busy("fal, which is too busy,", _asked_to_wait(reply))
        if not reply.ok or not isinstance(body, dict):
            raise Unavailable("fal")
        return body

    async def cancel(self, endpoint: str, request_id: str) -> Cancelling:
        """Ask fal to let a request be: what it answers. Raises Unavailable."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._client.cancel(endpoint, request_id)
        except fal_client.FalClientHTTPError as error:
            if error.status_code == 404:
                return Cancelling.GONE
            if error.status_code == 400:
                return Cancelling.TOO_LATE
            raise Unavailable("fal") from error
        except (fal_client.FalClientError, TimeoutError, *OUTSIDE) as error:
            raise Unavailable("fal") from error
        return Cancelling.ASKED

    async def result(self, endpoint: str, request_id: str, tell: Tell) -> Result:
        """What became of a finished request. Raises Final where it is no film, Unavailable where nobody answers."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                body = await self._client.result(endpoint, request_id)
        except fal_client.FalClientHTTPError as error:
            if _passes(error) or (error.status_code >= 500 and not await self._failed(endpoint, request_id)):
                raise Unavailable("fal") from error
            raise Final(tell(error.status_code, _body(error))) from error
        except (fal_client.FalClientError, TimeoutError, *OUTSIDE) as error:
            raise Unavailable("fal") from error
        return self.film(body)

    async def _failed(self, endpoint: str, request_id: str) -> bool:
        """Whether a 5xx is the model's own answer and not fal's on the way to it: the status of what failed says so."""
        status = await self._status(endpoint, request_id)
        return bool(status.get("error") or status.get("error_type"))

    def film(self, payload: Mapping[str, Any]) -> Result:
        """The film that a result brings, fetched or sent along with a webhook. Raises Final where there is none."""
        try:
            url = str(payload["video"]["url"])
        except (KeyError, TypeError):
            url = ""
        if not url.startswith(("https://", "http://")):
            raise Final("fal says that the film is finished, but not where it is. Please try again.")
        seed = payload.get("seed")
        prompt = payload.get("actual_prompt") or payload.get("prompt")
        fits = isinstance(seed, int) and abs(seed) < MOST_SEED
        return Result(url=url, seed=seed if fits else None, prompt=str(prompt) if prompt else None)


@contextlib.asynccontextmanager
async def open_fal(key: str) -> AsyncGenerator[Fal]:
    """fal for this key, closed at the end."""
    client = fal_client.AsyncClient(key=key)
    try:
        async with http_session() as http, http_session(force_close=True) as paying:
            yield Fal(key, http, paying, client)
    finally:
        # fal-client 1.0.3 has no public way to close its connections
        await (await client._client).aclose()  # pyright: ignore[reportPrivateUsage]


def http_session(*, force_close: bool = False) -> aiohttp.ClientSession:
    """A session that uses the environment's proxy and certificates as they are now.

    aiohttp makes its own TLS context when it is imported, before the settings are read. With `force_close` each request
    has a connection of its own: a kept one that the other side has just closed would make a sent request of an unsent.
    """
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(), force_close=force_close)
    timeout = aiohttp.ClientTimeout(total=60, connect=CONNECT_SECONDS)
    return aiohttp.ClientSession(connector=connector, trust_env=True, timeout=timeout)


async def _json(reply: aiohttp.ClientResponse) -> dict[str, Any] | str:
    text = await reply.text(errors="replace")
    try:
        return cast("dict[str, Any]", json.loads(text))
    except ValueError:
        return text


def _body(error: fal_client.FalClientHTTPError) -> Any:
    """What fal says, with the type of the error that may stand in a header alone."""
    try:
        body: Any = error.response.json()
    except ValueError:
        body = error.response.text
    return {"error_type": error.error_type, **cast("dict[str, Any]", body)} if isinstance(body, dict) else body


def _passes(error: fal_client.FalClientHTTPError) -> bool:
    """Whether the result may come later, by what it is below 500."""
    if error.status_code in (401, 403, 408, 425, 429):  # 401, 403: the operator has a key to renew or a bill to pay
        return True
    return error.status_code == 400 and "in progress" in str(error.message)


def _request(endpoint: str, request_id: str) -> str:
    """Where a request is asked about: under the owner and name of its application, not the whole path of its model."""
    owner, name, *_ = endpoint.split("/")
    return f"{QUEUE}/{owner}/{name}/requests/{request_id}"


def _progress(status: dict[str, Any]) -> Progress:
    """Raises Unavailable for a status that nobody knows."""
    match status:
        case {"status": "IN_QUEUE"}:
            ahead = status.get("queue_position")
            return Queued(ahead if isinstance(ahead, int) else 0)
        case {"status": "IN_PROGRESS"}:
            logs: list[dict[str, Any]] = status.get("logs") or []
            return Running(steps([str(line.get("message", "")) for line in logs]))
        case {"status": "COMPLETED"}:
            metrics: dict[str, Any] = status.get("metrics") or {}
            seconds = metrics.get("inference_time")
            return Finished(float(seconds) if isinstance(seconds, int | float) and 0 < seconds < math.inf else None)
        case _:
            raise Unavailable("fal")


def _asked_to_wait(reply: aiohttp.ClientResponse) -> float:
    """Seconds of a Retry-After, 0 without one; a date in it is not understood, nor too long a time believed."""
    asked = reply.headers.get("Retry-After", "")
    return min(float(asked), MOST_BUSY_SECONDS) if asked.isdecimal() else 0.0


def _is_ours(item: dict[str, Any], arguments: Mapping[str, Value], since: float) -> bool:
    """The pictures' addresses are each job's own, so no other request has the same arguments."""
    given: Any = item.get("json_input")
    if not isinstance(given, dict):
        return False
    sent = item.get("sent_at")
    recent = not sent or datetime.fromisoformat(sent).timestamp() >= since - CLOCKS
    known = cast("dict[str, Any]", given)
    return "request_id" in item and recent and all(known.get(name) == value for name, value in arguments.items())
