"""How an unmodified client reaches the stand-in: a throw-away CA and a CONNECT proxy that knows fal's hosts alone."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable
from pathlib import Path

import trustme

NAMES = (
    "fal.run",
    "*.fal.run",
    "*.fal.ai",
    "fal.media",
    "*.fal.media",
    "falrun.com",
    "*.falrun.com",
    "localhost",
    "127.0.0.1",
)
FAL = re.compile(r"(queue\.)?(fal\.run|falrun\.com)|(rest|api)\.fal\.ai|([\w-]+\.)?fal\.media")


def certificate(ca_path: Path) -> ssl.SSLContext:
    """Write the CA (for SSL_CERT_FILE); return the context of a server that speaks for all of `NAMES`."""
    ca = trustme.CA(organization_name="fal stand-in")
    ca.cert_pem.write_to_path(str(ca_path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # trustme also takes the context of pyOpenSSL, which is not installed
    ca.issue_cert(*NAMES).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return context


class Tunnel:
    """CONNECT to a host of fal leads to `port` on loopback; any other is refused and told to `refused`."""

    def __init__(self, port: int, refused: Callable[[str], None]) -> None:
        self.url = ""
        self._port = port
        self._refused = refused
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
        with contextlib.closing(writer), contextlib.suppress(*ends):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split()
            method, target = head[0], head[1] if len(head) > 1 else ""
            if method != "CONNECT" or not FAL.fullmatch(target.rpartition(":")[0]):
                self._refused(target)
                writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            async with asyncio.TaskGroup() as pipes:
                pipes.create_task(_pipe(reader, far_writer))
                pipes.create_task(_pipe(far_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.closing(writer), contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
