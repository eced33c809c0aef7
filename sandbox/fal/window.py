"""A window onto the real fal: a bot's calls pass it on their way, and it shows them as the stand-in shows its own."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox.fal.control import History
from sandbox.fal.endpoints import Json
from sandbox.fal.exchange import Exchange
from sandbox.fal.front import said
from sandbox.fal.gate import Gate
from sandbox.fal.ledger import Ledger
from sandbox.fal.record import Record, Tell, host_of, left, path_of, untold
from sandbox.fal.tunnel import FAL
from sandbox.fal.upstream import Broken, Upstream

REAL = (
    "This is the real fal: nothing can be set here or made to fail. Leave out `--fal live` for a stand-in that obeys."
)


class FalWindow:
    """To be used in place of `FalStandin`: the same routes, and `tell` hears the same.

    The bot shows its own `key`, which passes and is kept nowhere. A call is asked once; if its answer is lost on the
    way, it is lost for the bot as well. `proxy` leads to fal, by default the environment's; `trust` knows its
    certificate. Requests are known as far as the bot asks for them.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        tell: Tell = untold,
        proxy: str | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.key = ""
        self.proxy_url = ""
        self.ca_path = Path("fal-ca.pem")
        self._record = Record(clock, tell)
        self._ledger = Ledger(tell)
        self._history = History(self._record, self._ledger.all_told)
        self._upstream = Upstream(proxy, trust)
        self._gate = Gate(self._serve, self._record.refused, streams=True)

    async def start(self, directory: Path) -> None:
        """Listen on free ports of 127.0.0.1 and write the CA to `directory`/fal-ca.pem."""
        self._upstream.open()
        await self._gate.open(directory)
        self.proxy_url, self.ca_path = self._gate.url, self._gate.ca_path

    def control_routes(self) -> list[web.RouteDef]:
        """The control API: what happened can be asked, nothing can be set."""
        knobs = (web.post(f"/_sim/fal/{name}", _refuse) for name in ("set", "fault"))
        return [*self._history.routes(), *knobs]

    def waiting_faults(self) -> list[Json]:
        """None: what goes wrong here, nobody asked for."""
        return []

    def reset(self) -> None:
        """Forget what was seen. What fal does, it goes on doing."""
        self._record.entries.clear()
        self._ledger.clear()

    async def close(self) -> None:
        """Stop listening, and end every call."""
        await self._gate.close()
        await self._upstream.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        with self._record.call(request) as entry:
            exchange = Exchange(entry["at"], request.method, host_of(request), path_of(request), request.query)
            if not FAL.fullmatch(exchange.host):
                entry["status"] = 403
                return said(403, detail=f"{exchange.host} is not a host of fal, so this call does not pass.")
            try:
                response = await self._upstream.answer(request, exchange)
            except aiohttp.ClientError as error:
                response = _tear(request, entry, error)
            finally:
                self._ledger.learn(exchange)
            if not left(request):
                entry["status"] = exchange.status
            return response


def _tear(request: web.Request, entry: Json, error: aiohttp.ClientError) -> web.Response:
    """End the connection of the one who asked, as fal's ended: an answer of ours would say that fal gave one."""
    if request.transport and not left(request):
        reason = str(error) if isinstance(error, Broken) else type(error).__name__
        entry["error"] = f"The connection to {entry['host']} broke off or could not be made ({reason})."
        request.transport.abort()
    return web.Response()


async def _refuse(_: web.Request) -> web.Response:
    return web.json_response({"error": REAL}, status=409)
