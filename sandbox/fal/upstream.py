"""Passes a call on to the real fal and the answer back: as they are, as they come, and once."""

import ssl
import urllib.request
from collections.abc import AsyncGenerator, Mapping

import aiohttp
import certifi
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from sandbox.fal.exchange import READABLE, Exchange

# They are about one connection, not about what passes (https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1). The
# server has already said "go on" to whoever expected it.
HOP_BY_HOP = {
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
ADDED_BY_AIOHTTP = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Broken(aiohttp.ClientError):
    """The connection to fal broke off, or never came about; the text is the name of the reason."""


class Upstream:
    """Each call has a connection of its own: a kept one that fal has just closed would make a lost call of a good one.

    There is no limit of time: whoever asks has one. Without a `proxy` the environment's is used, if it names one;
    `trust` says whose certificates are good, by default those that the system and certifi trust.
    """

    def __init__(self, proxy: str | None, trust: ssl.SSLContext | None) -> None:
        self._proxy = proxy
        self._trust = trust
        self._http: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Get ready, in the event loop."""
        connector = aiohttp.TCPConnector(ssl=self._trust or _authorities(), force_close=True, limit=0)
        self._http = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_once,),
            skip_auto_headers=ADDED_BY_AIOHTTP,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def close(self) -> None:
        """End every call that is still on its way."""
        if self._http:
            await self._http.close()

    async def answer(self, request: web.Request, exchange: Exchange) -> web.StreamResponse:
        """Ask fal and hand on what it answers, noting both in `exchange`.

        Raises aiohttp.ClientError where the connection breaks, to fal or to the one who asked.
        """
        if not self._http:
            raise Broken("it is not open")
        async with self._http.request(
            request.method,
            # as it came: what a signature covers must not be written in another way
            URL(f"https://{exchange.host}{request.raw_path}", encoded=True),
            headers=_asked(request.headers),
            data=_body(request, exchange) if request.body_exists else None,
            allow_redirects=False,
            proxy=self._proxy or _proxy_to(exchange.host),
        ) as reply:
            exchange.status, exchange.headers = reply.status, reply.headers
            response = web.StreamResponse(status=reply.status, reason=reply.reason, headers=_passing(reply.headers))
            await response.prepare(request)
            async for chunk in reply.content.iter_any():
                exchange.answered.add(chunk)
                await response.write(chunk)
        return response


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp 3.14 asks again after these two errors, unless it is a POST; we ask nothing that nobody asked."""
    try:
        return await send(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Broken(type(error).__name__) from error


async def _body(request: web.Request, exchange: Exchange) -> AsyncGenerator[bytes]:
    async for chunk in request.content.iter_any():
        exchange.asked.add(chunk)
        yield chunk


def _passing(headers: Mapping[str, str]) -> CIMultiDict[str]:
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return CIMultiDict([(name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP | named])


def _asked(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """With no more encodings than we can read, too."""
    passing = _passing(headers)
    if wanted := passing.get("Accept-Encoding"):
        known = [one.strip() for one in wanted.split(",") if one.partition(";")[0].strip().lower() in READABLE]
        passing["Accept-Encoding"] = ", ".join(known) or "identity"
    return passing


def _proxy_to(host: str) -> str | None:
    """The operator's own proxy. aiohttp's trust_env would look into ~/.netrc as well, for passwords to send along."""
    return None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get("https")


def _authorities() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())  # where the system has none that Python finds
    return context
