"""Where fal's hosts are found on loopback: a TLS server that speaks for all of them, and the proxy that leads there."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.fal.tunnel import Tunnel, certificate

LARGEST_BODY = 300 * 2**20


class Gate:
    """`url` is for HTTPS_PROXY, `ca_path` for SSL_CERT_FILE, both good once it is open.

    `serve` answers every call; `refused` is told of other hosts. With `streams` a call ends when the one who asked
    leaves, and bodies come as they were sent, compressed or not.
    """

    def __init__(self, serve: Handler, refused: Callable[[str], None], *, streams: bool = False) -> None:
        self.url = ""
        self.ca_path = Path("fal-ca.pem")
        self._refused = refused
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", serve)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=1, handler_cancellation=streams, auto_decompress=not streams
        )
        self._tunnel: Tunnel | None = None

    async def open(self, directory: Path) -> None:
        """Listen on free ports of 127.0.0.1 and write the CA to `directory`/fal-ca.pem."""
        self.ca_path = directory / "fal-ca.pem"
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=certificate(self.ca_path)).start()
        self._tunnel = Tunnel(self._runner.addresses[0][1], self._refused)
        await self._tunnel.start()
        self.url = self._tunnel.url

    async def close(self) -> None:
        """End every connection."""
        if self._tunnel:
            await self._tunnel.close()
        await self._runner.cleanup()
