"""Lets one bot at a time work on a PostgreSQL database: by a lock of the server's, which ends with the connection."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncGenerator, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import NullPool

from bot.adapters.store import postgres
from bot.adapters.store.database import PASSING, opening, reason
from bot.adapters.store.postgres import BOT, OURS
from bot.domain.errors import Misconfigured

log = logging.getLogger(__name__)
BEAT = 1.0  # seconds between two looks whether the connection is there
AGAIN = 0.2  # seconds between two tries while nobody holds it, or a connection of ours that is dead
LEASE = (
    60.0  # seconds of silence after which the server ends a session: of one that is frozen, or whose machine is gone
)
LONGEST_NAME = 63  # bytes; the server cuts it there

TAKE = sa.select(sa.func.pg_try_advisory_lock(OURS, BOT))
SESSION = sa.select(sa.func.pg_backend_pid())
HOLDER = sa.text(
    "SELECT pid, application_name AS name, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since"
    " FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    f" AND classid = {OURS} AND objid = {BOT} AND objsubid = 2"
)


@contextlib.asynccontextmanager
async def held(
    url: str, on_lost: Callable[[], None], *, beat: float = BEAT, lease: float = LEASE
) -> AsyncGenerator[None]:
    """Hold the database at `url` by a connection of its own, for as long as the block lasts.

    If that breaks, as at a restart of the server, it is taken anew as soon as the server answers; where another has it
    by then, `on_lost` is called, once. A holder that has given no sign for `lease` seconds is succeeded; it gives one
    every `beat` seconds. Raises Misconfigured if another holds it, or nobody can.
    """
    name = f"Zoetrope, process {os.getpid()} on {socket.gethostname()}"
    settings = {"application_name": name[:LONGEST_NAME], "idle_session_timeout": f"{lease * 1000:.0f}ms"}
    engine = postgres.engine_for(url, settings, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    hold = Hold(engine)
    try:
        with opening():
            await hold.take()
        beating = asyncio.create_task(_beat(hold, on_lost, beat), name="lock")
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait([beating])
    finally:
        await hold.drop()
        await engine.dispose()


class Hold:
    """The connection that holds the lock."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._session: int | None = None

    async def take(self) -> None:
        """Take the lock. Raises Misconfigured if another has it, one of PASSING if the server cannot be asked."""
        self._connection = connection = await self._engine.connect()
        while not (await connection.execute(TAKE)).scalar_one():
            holder = (await connection.execute(HOLDER)).one_or_none()
            if holder and holder.pid != self._session:  # else it was ours, of which the server sees the end late
                raise Misconfigured(_told(holder))
            await asyncio.sleep(AGAIN)
        self._session = (await connection.execute(SESSION)).scalar_one()

    async def keep(self) -> None:
        """Give a sign of life, and take the lock anew where it was lost. Raises Misconfigured if another has it."""
        try:
            if self._connection is None:
                await self.take()
                log.warning("The connection that holds the database was lost, and is there again")
            else:
                await self._connection.execute(SESSION)
        except PASSING as error:
            if self._connection is not None:
                log.warning("The connection that holds the database is lost: %s", reason(error))
            await self.drop()

    async def drop(self) -> None:
        """Let it go."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.invalidate()  # it may be broken, and whoever closes one says good-bye first
            await connection.close()


async def _beat(hold: Hold, on_lost: Callable[[], None], beat: float) -> None:
    try:
        while True:
            await asyncio.sleep(beat)
            await hold.keep()
    except Misconfigured as error:
        log.error("The database is no longer ours: %s", error)
    on_lost()


def _told(holder: sa.Row[Any]) -> str:
    name = holder.name or "one of another user of the server"
    return (
        f"Another bot works on this database: {name}, since {holder.since} UTC. "
        "Stop it first, or give this one another database with DATABASE_URL."
    )
