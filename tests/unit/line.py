"""A line to a server that can be cut, as a network is."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import sqlalchemy as sa


class Line:
    """Hands on what is said on both sides, until it is told otherwise. Make it with `to`."""

    def __init__(self, server: str) -> None:
        self._server = sa.make_url(server)
        self._near: list[asyncio.StreamWriter] = []
        self._far: list[asyncio.StreamWriter] = []
        self._kept: set[asyncio.StreamWriter] = set()
        self.broken = asyncio.Event()
        self.port = 0
        self.ends_with: bytes | None = None  # the line is cut right before the server hears this
        self.ends_after: bytes | None = None  # or after that, before it can answer

    @property
    def url(self) -> str:
        """Where the server is reached over this line, in the clear."""
        here = self._server.set(host="127.0.0.1", port=self.port, query={"sslmode": "disable"})
        return here.render_as_string(hide_password=False)

    def cut(self, *, both: bool = True) -> None:
        """Break it, and let nobody through; the server sees that only if `both` sides are told."""
        self.broken.set()
        if not both:
            self._kept |= {*self._far}
        for end in (*self._near, *self._far):
            self._close(end)

    def mend(self) -> None:
        """Let through who connects from now on."""
        self.broken.clear()
        self.ends_with = self.ends_after = None

    def end(self) -> None:
        """Break it for good."""
        self._kept.clear()
        self.cut()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody connects."""
        self._near.append(writer)
        if self.broken.is_set():
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(self._server.host, self._server.port or 5432)
        self._far.append(far_writer)
        await asyncio.gather(self._hand_on(reader, far_writer), self._hand_on(far_reader, writer))

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while said := await reader.read(1 << 16):
                if self.ends_with and self.ends_with in said:
                    self.cut()
                    return
                writer.write(said)
                await writer.drain()
                if self.ends_after and self.ends_after in said:
                    self.cut(both=False)
                    return
        self._close(writer)

    def _close(self, end: asyncio.StreamWriter) -> None:
        if end not in self._kept:
            end.close()


@contextlib.asynccontextmanager
async def to(server: str) -> AsyncGenerator[Line]:
    """A line to the server at this URL."""
    line = Line(server)
    door = await asyncio.start_server(line.join, "127.0.0.1", 0)
    line.port = door.sockets[0].getsockname()[1]
    yield line
    line.end()
    door.close()
