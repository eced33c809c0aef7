"""A gateway session: what it wants to hear, what was sent, and the connection it has at the moment."""

import asyncio
import importlib
import json
import secrets
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.discord.wire import Json

GUILDS, GUILD_MEMBERS, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 15
# Event → the intents that ask for it, in a guild and in a DM (events/gateway, list of intents). Others always come.
INTENTS: dict[str, tuple[int, int]] = {
    "GUILD_CREATE": (GUILDS, 0),
    "GUILD_UPDATE": (GUILDS, 0),
    "GUILD_DELETE": (GUILDS, 0),
    "CHANNEL_CREATE": (GUILDS, 0),
    "CHANNEL_UPDATE": (GUILDS, 0),
    "CHANNEL_DELETE": (GUILDS, 0),
    "THREAD_CREATE": (GUILDS, 0),
    "THREAD_UPDATE": (GUILDS, 0),
    "THREAD_DELETE": (GUILDS, 0),
    "MESSAGE_CREATE": (1 << 9, 1 << 12),
    "MESSAGE_UPDATE": (1 << 9, 1 << 12),
    "MESSAGE_DELETE": (1 << 9, 1 << 12),
    "MESSAGE_REACTION_ADD": (1 << 10, 1 << 13),
    "MESSAGE_REACTION_REMOVE": (1 << 10, 1 << 13),
    "MESSAGE_REACTION_REMOVE_ALL": (1 << 10, 1 << 13),
    "MESSAGE_REACTION_REMOVE_EMOJI": (1 << 10, 1 << 13),
    "TYPING_START": (1 << 11, 1 << 14),
}
Encode = Callable[[bytes], bytes]


def frame(op: int, data: object = None) -> str:
    """A gateway message that is not an event."""
    return json.dumps({"op": op, "d": data, "s": None, "t": None})


def encoder(compress: str | None) -> Encode | None:
    """One compression stream for the life of a connection, flushed after each message; None for plain text."""
    if compress == "zstd-stream":
        zstandard: Any = importlib.import_module("zstandard")  # a client asks for it only where it has it
        zstd: Any = zstandard.ZstdCompressor().compressobj()
        return lambda data: bytes(zstd.compress(data) + zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
    if compress == "zlib-stream":
        stream = zlib.compressobj()
        return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
    return None


class Connection:
    """One WebSocket and what still has to go out on it."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self._request = request
        self._encode = encoder(request.query.get("compress"))
        self._outbox: asyncio.Queue[str] = asyncio.Queue()

    def send(self, text: str) -> None:
        """Queue a message; order is kept."""
        self._outbox.put_nowait(text)

    async def pump(self) -> None:
        """Send what is queued, for as long as the connection lives."""
        try:
            while True:
                text = await self._outbox.get()
                if self._encode:
                    await self.ws.send_bytes(self._encode(text.encode()))
                else:
                    await self.ws.send_str(text)
        except ConnectionError:
            pass  # the reader sees the end as well

    def tear(self) -> None:
        """Cut the connection without a closing handshake."""
        if self._request.transport:
            self._request.transport.abort()


class Session:
    """It outlives its connection, so that RESUME can replay the log."""

    def __init__(self, identify: Json) -> None:
        self.id = secrets.token_hex(16)
        self.intents: int = identify.get("intents", 0)
        number, count = identify.get("shard") or (0, 1)
        self.shard: tuple[int, int] = (number, count)
        self.connection: Connection | None = None
        self._log: list[str] = []

    def wants(self, event: str, data: Json) -> bool:
        """Whether the intents and the shard of this session ask for an event."""
        guild_id = data.get("guild_id") or (data["id"] if event.startswith("GUILD_") else None)
        number, count = self.shard
        mine = (int(guild_id) >> 22) % count if guild_id else 0  # DMs go to shard 0
        in_guild, direct = INTENTS.get(event, (self.intents, self.intents))
        return mine == number and (event not in INTENTS or bool(self.intents & (in_guild if guild_id else direct)))

    def push(self, event: str, data: Json) -> None:
        """Log an event, and send it if there is a connection. Kept as text: a replay must not show a later state."""
        self._log.append(json.dumps({"op": 0, "t": event, "s": len(self._log) + 1, "d": data}))
        if self.connection:
            self.connection.send(self._log[-1])

    def resume(self, connection: Connection, seq: int) -> bool:
        """Replay everything after `seq`; False where there never was so much."""
        if seq > len(self._log):
            return False
        self.connection = connection
        for text in self._log[seq:]:
            connection.send(text)
        self.push("RESUMED", {})  # an object: discord.py writes into it
        return True
