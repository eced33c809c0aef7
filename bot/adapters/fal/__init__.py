"""Talks to fal: one upload, one submit, then looking and fetching, with fal's answers told in the domain's words.

fal-client uploads and cancels. It repeats a POST whose reply was lost, and a repeated submit is paid twice
(https://github.com/fal-ai/fal/issues/490): ours is sent once. It answers a 429 with nine more requests, whatever fal
says, and keeps back the headers of a result, where fal tells what it bills: looks and results are our own too.
"""

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import aiohttp
import fal_client
import httpx

from bot.adapters.fal.answers import Answer, Reply, Result, answer_of, film, is_ours, prices, progress, said
from bot.domain.endpoint import Value
from bot.domain.errors import Final, Misconfigured, Refused, Unavailable, Unclear
from bot.domain.job import Cancelling
from bot.domain.language import say, sentence
from bot.domain.media import FAL_KEEPS_SECONDS
from bot.domain.pricing import Told
from bot.domain.progress import Progress
from bot.domain.refusal import of_draft
from bot.domain.scene import ROUTER

log = logging.getLogger(__name__)
Tell = Callable[[int, object], str]

QUEUE = "https://queue.fal.run"
PLATFORM = "https://api.fal.ai/v1"
STORAGE_TOKEN = "https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3"
ASK = f"https://fal.run/{ROUTER}"  # while the caller waits
SUBMIT_SECONDS = 12  # the bot that is told to stop finishes it, and ends within 20
CONNECT_SECONDS = 5
LOOK_SECONDS = 30
ASK_SECONDS = 30
ERASE_SECONDS = 10
LIFECYCLE = "X-Fal-Object-Lifecycle-Preference"  # https://docs.fal.ai/model-apis/media-expiration
NOT_STORED = {"X-Fal-Store-IO": "0"}  # neither what is sent nor what is answered
MODEST: Mapping[str, Value] = {"temperature": 0.7, "max_tokens": 600}  # of an answer as long as a prompt
# where no byte of a request has reached fal
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError)
OUTSIDE = (httpx.HTTPError, KeyError, ValueError)  # what fal-client lets through, see its issue list


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
            raise Unavailable(sentence("fal's storage")) from error

    async def submit(self, endpoint: str, arguments: Mapping[str, Value], hook: str | None, tell: Tell) -> str:
        """Send one paid request, once, and return its request id. `tell` makes a sentence of fal's refusal.

        fal reports the end of it to `hook`.

        Raises Unavailable if it certainly was not accepted and may be sent again, Final if fal refuses it, and Unclear
        if nobody can tell: then it must never be sent again.
        """
        headers = {LIFECYCLE: json.dumps({"expiration_duration_seconds": FAL_KEEPS_SECONDS})}
        query = {"fal_webhook": hook} if hook else {}
        answer = await self._pay(f"{QUEUE}/{endpoint}", arguments, SUBMIT_SECONDS, headers, query)
        if answer.declines:
            raise Final(tell(answer.status, answer.body))
        try:
            return str(cast("dict[str, Any]", answer.body)["request_id"])
        except (KeyError, TypeError) as error:  # a 5xx, or an answer that nobody can read
            raise Unclear from error

    async def ask(self, model: str, instruction: str, data: str, seconds: float = ASK_SECONDS) -> Reply:
        """What a language model makes of `data` as `instruction` tells it, asked once; fal stores none of it.

        The answer is waited for: in fal's queue it would stand behind the account's films.

        Raises Unavailable, also Busy, or Refused with a sentence where it was not asked: nothing was spent. Raises
        Unclear where it was, and no answer came that can be read: it may be billed all the same.
        """
        arguments = {"model": model, "system_prompt": instruction, "prompt": data, **MODEST}
        # of what comes back the log has no words: they may repeat what people said
        try:
            answer = await self._pay(ASK, arguments, seconds, NOT_STORED)
        except Unclear as error:
            log.warning("the language model %s was asked, and its answer is lost: %r", model, type(error.__cause__))
            raise
        if not answer.ok or not isinstance(answer.body, dict):
            kind = answer.headers.get("X-Fal-Error-Type", "")
            log.warning("the language model %s was asked, and fal answers %d %s", model, answer.status, kind)
            raise Refused(of_draft(answer.status, answer.body)) if answer.declines else Unclear
        reply = said(answer.body)
        if not reply.output:
            log.warning("the language model %s was asked, and failed or said nothing", model)
        return reply

    async def _pay(
        self,
        address: str,
        arguments: Mapping[str, Value],
        seconds: float,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """What fal answers to a paid request within so many seconds. It is sent once, and never to where it is led.

        Raises Unavailable, also Busy, if it certainly was not accepted, Unclear if nobody can tell.
        """
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        sending = self._paying.post(
            address,
            params=query,
            headers={**self._headers, **headers},
            json=dict(arguments),
            timeout=timeout,
            allow_redirects=False,
        )
        try:
            async with sending as reply:
                answer = await answer_of(reply)
        except NOT_SENT as error:
            raise Unavailable("fal") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear from error
        if answer.status == 429:
            raise answer.busy
        return answer

    async def find(self, endpoint: str, arguments: Mapping[str, Value], since: float) -> str | None:
        """The id of a request with exactly these arguments, sent at or after `since` (seconds UTC).

        None if fal has no such request, or the key may not ask. Raises Unavailable where fal does not tell.
        """
        query = {"endpoint_id": endpoint, "expand": "payloads", "limit": "100"}
        address = f"{PLATFORM}/models/requests/by-endpoint"
        try:
            async with self._http.get(address, headers=self._headers, params=query) as reply:
                answer = await answer_of(reply)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("fal") from error
        if answer.status in (401, 403, 404):
            return None
        items: list[dict[str, Any]] = answer.good().get("items") or []
        return next((str(item["request_id"]) for item in items if is_ours(item, arguments, since)), None)

    async def look(self, endpoint: str, request_id: str) -> Progress:
        """How a request stands. Raises Unavailable, also Busy, and Final for one that fal no longer knows."""
        return progress(await self._status(endpoint, request_id))

    async def _status(self, endpoint: str, request_id: str) -> dict[str, Any]:
        answer = await self._get(f"{_request(endpoint, request_id)}/status", logs="1")
        if answer.status == 404:
            raise Final(say("fal no longer knows this request, so there is no film. Please try again."))
        return answer.good()

    async def _get(self, address: str, **query: str) -> Answer:
        """What fal answers. Raises Unavailable where it does not, Busy where it asks to be left alone."""
        timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS, connect=CONNECT_SECONDS)
        asking = self._http.get(address, params=query, headers=self._headers, timeout=timeout, allow_redirects=False)
        try:
            async with asking as reply:
                answer = await answer_of(reply)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("fal") from error
        if answer.status == 429:
            raise answer.busy
        return answer

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

    async def erase(self, request_id: str) -> bool:
        """Ask fal to delete what it stores of a request: what it was sent, its answer and its film.

        Whether it has nothing of it any more; False where the key may not ask for that. Raises Unavailable.
        """
        address = f"{PLATFORM}/models/requests/{request_id}/payloads"
        headers = {**self._headers, "Idempotency-Key": request_id}
        timeout = aiohttp.ClientTimeout(total=ERASE_SECONDS, connect=CONNECT_SECONDS)
        try:
            async with self._http.delete(address, headers=headers, timeout=timeout) as reply:
                answer = await answer_of(reply)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("fal") from error
        return answer.erased()

    async def result(self, endpoint: str, request_id: str, tell: Tell) -> Result:
        """What became of a finished request. Raises Final where it is no film, Unavailable where nobody answers."""
        answer = await self._get(_request(endpoint, request_id))
        if answer.passes or (answer.status >= 500 and not await self._failed(endpoint, request_id)):
            raise Unavailable("fal") from answer.cause
        if not answer.ok:
            raise Final(tell(answer.status, answer.refusal))
        return replace(film(answer.good()), units=answer.units)

    async def units(self, endpoint: str, request_id: str) -> float | None:
        """The units that fal bills for a finished request, None where it does not say. Raises Unavailable."""
        answer = await self._get(_request(endpoint, request_id))
        return answer.units if answer.ok else None

    async def _failed(self, endpoint: str, request_id: str) -> bool:
        """Whether a 5xx is the model's own answer and not fal's on the way to it: the status of what failed says so."""
        status = await self._status(endpoint, request_id)
        return bool(status.get("error") or status.get("error_type"))

    async def prices(self, endpoints: Collection[str]) -> dict[str, Told]:
        """What fal asks for one of its units of these endpoints; what it does not name is left out.

        Raises Refused where it tells something else, Unavailable where nobody answers.
        """
        answer = await self._get(f"{PLATFORM}/models/pricing", endpoint_id=",".join(endpoints))
        if 400 <= answer.status < 500:
            raise Refused(f"fal does not tell its prices, so none is changed. It says {answer.cause}")
        return prices(answer.good())

    def film(self, payload: Mapping[str, Any]) -> Result:
        """The film that a result brings, fetched or sent along with a webhook. Raises Final where there is none."""
        return film(payload)


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


def _request(endpoint: str, request_id: str) -> str:
    """Where a request is asked about: under the owner and name of its application, not the whole path of its model."""
    owner, name, *_ = endpoint.split("/")
    return f"{QUEUE}/{owner}/{name}/requests/{request_id}"
