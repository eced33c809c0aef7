"""The gateway: sessions, heartbeats, RESUME, and events for those who asked for them."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.discord.session import GUILD_MEMBERS, MESSAGE_CONTENT, Connection, Session, frame
from sandbox.discord.wire import Json
from sandbox.discord.world import World

HEARTBEAT_MS = 41250
CLOSE_SECONDS = 1.0
KEPT_SESSIONS = 16
ENDED = (1000, 1001)  # a client that closes so is gone for good: RESUME fails


class Gateway:
    """`on_change` is told whether a bot is connected, whenever that changes."""

    def __init__(self, world: World, token: str, url: Callable[[], str], on_change: Callable[[bool], None]) -> None:
        self._world = world
        self._token = token
        self._url = url
        self._on_change = on_change
        self._sessions: dict[str, Session] = {}
        self._pumps: set[asyncio.Task[None]] = set()
        self._connections: set[Connection] = set()
        self._online = False
        self._newest_intents = 0

    @property
    def online(self) -> bool:
        """Whether a session has identified and is connected."""
        return self._online

    @property
    def url(self) -> str:
        """Where clients connect."""
        return self._url().replace("http", "ws", 1) + "/gateway"

    @property
    def reads_content(self) -> bool:
        """Whether the bot has the message content intent: by its newest IDENTIFY, and by the developer portal.

        Discord's REST goes by the portal alone; a bot that does not ask for it is to be seen to do without.
        """
        return self._world.message_content and bool(self._newest_intents & MESSAGE_CONTENT)

    def dispatch(self, event: str, data: Json, hidden: Json | None = None) -> None:
        """Send an event to every session that wants it; `hidden` is for those without message content."""
        for session in self._sessions.values():
            if session.wants(event, data):
                secret = hidden is not None and not session.intents & MESSAGE_CONTENT
                session.push(event, hidden if secret and hidden is not None else data)

    def welcome(self) -> None:
        """Show every session the guild: the bot has come back into it."""
        for session in self._sessions.values():
            guild = self._guild_for(session)
            del guild["unavailable"]  # with it discord.py does not take it for a join (state.py, parse_guild_create)
            if session.wants("GUILD_CREATE", guild):
                session.push("GUILD_CREATE", guild)

    def _guild_for(self, session: Session) -> Json:
        return self._world.guild_create(everybody=bool(session.intents & GUILD_MEMBERS))

    # ---- faults ----

    async def hang_up(self, code: int) -> None:
        """Close every connection with a code."""
        for session in list(self._sessions.values()):
            if session.connection:
                connection, session.connection = session.connection, None
                await connection.ws.close(code=code)
        self._look()

    def invalidate(self) -> None:
        """Tell every client that its session is no more (opcode 9)."""
        for session in self._sessions.values():
            if session.connection:
                session.connection.send(frame(9, data=False))
        self._sessions.clear()
        self._look()

    def ask_to_reconnect(self) -> None:
        """Tell every client to connect anew and resume (opcode 7)."""
        for session in self._sessions.values():
            if session.connection:
                session.connection.send(frame(7))

    def tear(self) -> None:
        """Cut every connection without a closing handshake."""
        for session in self._sessions.values():
            if session.connection:
                session.connection.tear()

    async def close(self) -> None:
        """End every connection and what serves it."""
        await self.hang_up(1001)
        for connection in list(self._connections):  # those that never identified
            await connection.ws.close(code=1001)
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    # ---- connections ----

    def route(self) -> web.RouteDef:
        """The WebSocket's route."""
        return web.get("/gateway", self._connect)

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False, timeout=CLOSE_SECONDS)
        await ws.prepare(request)
        connection = Connection(ws, request)
        self._connections.add(connection)
        pump = asyncio.create_task(connection.pump())
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)
        connection.send(frame(10, {"heartbeat_interval": HEARTBEAT_MS}))
        try:
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    await self._receive(connection, message.json())
        finally:
            pump.cancel()
            self._connections.discard(connection)
            self._gone(connection)
        return ws

    async def _receive(self, connection: Connection, payload: Json) -> None:
        op: int = payload["op"]
        data: Any = payload.get("d")
        if op == 1:
            connection.send(frame(11))
        elif op in (2, 6) and data["token"] != self._token:
            await connection.ws.close(code=4004, message=b"Authentication failed.")
        elif op == 2 and data.get("intents", 0) & MESSAGE_CONTENT and not self._world.message_content:
            await connection.ws.close(code=4014, message=b"Disallowed intent(s).")
        elif op == 2:
            self._identify(connection, data)
        elif op == 6:
            session = self._sessions.get(data["session_id"])
            if not session or not session.resume(connection, data["seq"]):
                connection.send(frame(9, data=False))
            self._look()
        elif op == 8:
            self._chunk(connection, data)

    def _identify(self, connection: Connection, data: Json) -> None:
        session = Session(data)
        session.connection = connection
        self._newest_intents = session.intents
        self._sessions[session.id] = session
        for stale in list(self._sessions)[:-KEPT_SESSIONS]:
            del self._sessions[stale]
        ready: Json = {"v": 10, "user": self._world.bot, "session_id": session.id, "resume_gateway_url": self.url}
        ready |= {
            "application": {"id": self._world.bot["id"], "flags": self._world.application_flags},
            "private_channels": [],
        }
        guild = self._guild_for(session)
        here = self._world.bot_is_member and session.wants("GUILD_CREATE", guild)
        ready |= {"guilds": [{"id": guild["id"], "unavailable": True}] if here else []}
        session.push("READY", ready | ({"shard": data["shard"]} if data.get("shard") else {}))
        if here:
            session.push("GUILD_CREATE", guild)
        self._look()

    def _chunk(self, connection: Connection, data: Json) -> None:
        session = next((one for one in self._sessions.values() if one.connection is connection), None)
        if session:
            ids: list[Any] = data.get("user_ids") or []
            asked = {str(one) for one in ids}
            found = [member for key, member in self._world.members.items() if not asked or key in asked]
            chunk: Json = {"guild_id": self._world.guild_id, "members": found, "nonce": data.get("nonce")}
            session.push("GUILD_MEMBERS_CHUNK", chunk | {"chunk_index": 0, "chunk_count": 1})

    def _gone(self, connection: Connection) -> None:
        for session in list(self._sessions.values()):
            if session.connection is connection:
                session.connection = None
                if connection.ws.close_code in ENDED:
                    del self._sessions[session.id]
        self._look()

    def _look(self) -> None:
        online = any(session.connection for session in self._sessions.values())
        if online != self._online:
            self._online = online
            self._on_change(online)
