"""The door for fal's webhooks: a small HTTP server with one route."""

import asyncio
import contextlib
import errno
import hmac
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol, cast

from aiohttp import web

from bot.domain.errors import Forged, Misconfigured, Unavailable

log = logging.getLogger(__name__)
MOST_BYTES = 1024 * 1024  # of a body
BODY_SECONDS = 10  # for a body to arrive: fal itself waits 15 for the answer
IDLE_SECONDS = 75  # between two requests, longer than a proxy in front keeps a connection (nginx: 60)
LINGER_SECONDS = 1  # in which the rest of a refused body is read and thrown away, so that the answer arrives
SHUTDOWN_SECONDS = 3  # for requests under way at the end
# Letters that need no escaping; whatever else is asked for, there is no such page.
ROUTE = "/fal/{job_id:[0-9A-Za-z_-]+}/{token:[0-9A-Za-z_-]+}"
NOBODYS = "0" * 43  # what a token is compared with where there is no job, so that both take as long
REQUEST_ID = "X-Fal-Webhook-Request-Id"


class Checks(Protocol):
    """Tells what comes from fal from what does not."""

    async def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Forged, and Unavailable where nobody can tell now."""
        ...


class Hears(Protocol):
    """Takes in what fal says of a job."""

    async def secret(self, job_id: str) -> str | None:
        """The token of the job's webhook, None if there is no such job. Raises Unavailable."""
        ...

    async def hear(self, job_id: str, request_id: str, payload: Mapping[str, Any] | None) -> None:
        """What the model answered, None where fal has to be asked. Stored on return. Raises Unavailable."""
        ...


def hook(public_url: str, job_id: str, token: str) -> str:
    """The address under which fal reaches this job. Letters, digits, - and _ are all that a token may have."""
    return f"{public_url.rstrip('/')}/fal/{job_id}/{token}"


@contextlib.asynccontextmanager
async def serving(
    host: str, port: int, hears: Hears, signatures: Checks, *, patience: float = BODY_SECONDS
) -> AsyncGenerator[int]:
    """Serve fal's POSTs and tell the port, which is free to choose for 0; `patience` in seconds, for each body.

    At the end requests under way are finished. Raises Misconfigured where nobody can listen there.
    """
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_post(ROUTE, Door(hears, signatures, patience).receive)
    runner = web.AppRunner(
        app,
        access_log=None,  # its lines have the token in them
        auto_decompress=False,  # the signature is over the bytes as they came
        keepalive_timeout=IDLE_SECONDS,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except (OSError, OverflowError) as error:
            raise Misconfigured(_unbound(host, port, error)) from error
        yield site.port
    finally:
        await runner.cleanup()


class Door:
    """Answers one POST. Never with a 3xx, which fal takes for a failure for good."""

    def __init__(self, hears: Hears, signatures: Checks, patience: float) -> None:
        self._hears, self._signatures, self._patience = hears, signatures, patience

    async def receive(self, request: web.Request) -> web.Response:
        """200 when it is stored; 503 where fal shall send it again; else it was no webhook of fal's for a job."""
        body = await self._body(request)
        job_id, token = request.match_info["job_id"], request.match_info["token"]
        try:
            secret = await self._hears.secret(job_id)
            same = hmac.compare_digest(NOBODYS if secret is None else secret, token)
            if secret is None or not same:
                raise web.HTTPNotFound(text="There is no such job here.")
            await self._signatures.check(request.headers, body)
            request_id, payload = _read(body)
            if request_id != request.headers[REQUEST_ID]:
                raise Forged("its header names another request than its body")
            await self._hears.hear(job_id, request_id, payload)
        except Forged as error:
            log.warning("job %s: a webhook is refused: %s", job_id, error)
            raise web.HTTPUnauthorized(text="This does not come from fal.") from error
        except Unavailable as error:
            log.warning("job %s: a webhook is put off: %s does not answer", job_id, error)
            raise web.HTTPServiceUnavailable(text="Not now. Please send it again later.") from error
        return web.Response(text="Thank you.")

    async def _body(self, request: web.Request) -> bytes:
        if (request.content_length or 0) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES)
        try:
            async with asyncio.timeout(self._patience):
                return await request.read()
        except TimeoutError as error:
            raise web.HTTPRequestTimeout(text="The body takes too long.") from error
        except ConnectionError as error:
            raise web.HTTPBadRequest(text="The body breaks off.") from error


def _read(body: bytes) -> tuple[str, Mapping[str, Any] | None]:
    """The request's id, and the model's answer if there is one. Raises HTTPBadRequest."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    match said:
        case {"request_id": str(request_id), **rest}:
            payload = rest.get("payload") if rest.get("status") == "OK" else None
            return request_id, cast("dict[str, Any]", payload) if isinstance(payload, dict) else None
        case _:
            raise web.HTTPBadRequest(text="This is no webhook of fal's.")


def _unbound(host: str, port: int, error: OSError | OverflowError) -> str:
    reason = (isinstance(error, OSError) and error.strerror) or str(error)  # Python 3.13 gives no strerror for a host
    if isinstance(error, OverflowError) or error.errno in (errno.EADDRINUSE, errno.EACCES):
        return f"ZOETROPE_WEB_PORT: nobody can listen on port {port}: {reason}."
    return f"ZOETROPE_WEB_HOST: nobody can listen at {host}: {reason}."
