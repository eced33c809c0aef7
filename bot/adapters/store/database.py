"""The way to the database: one connection for SQLite, and transactions that are whole or nothing."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NotYourTurn
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.errors import Unavailable
from bot.domain.finish import finish

T = TypeVar("T")
# SQLite's codes for what passes: the file is locked, full, not to be written or read (https://sqlite.org/rescode.html)
PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
PRIMARY = 0xFF  # an extended code has its primary one in its last byte
# One connection: SQLite has one writer anyway, and then no task ever finds the file locked by another. The driver's own
# transactions begin at the first write; ours begin at once, so that what was read still holds.
SQLITE = {"pool_size": 1, "max_overflow": 0, "connect_args": {"isolation_level": None}}
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON"
BEGIN = "BEGIN IMMEDIATE"


class Database:
    """One database. Make it with `engine_for`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._running: set[asyncio.Future[Any]] = set()

    async def transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """All of `work` or nothing, also when the task is cancelled: a driver left in mid-statement is a broken one."""

        async def whole() -> T:
            try:
                async with self._engine.begin() as tx:
                    return await work(tx)
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY in PASSING:
                    raise Unavailable("The bot's own database") from error.orig
                raise
            except NotYourTurn as error:  # others wait for it before us, one after the other
                raise Unavailable("The bot's own database") from error

        step = asyncio.ensure_future(whole())
        self._running.add(step)
        step.add_done_callback(self._running.discard)
        return await finish(step)

    async def settle(self) -> None:
        """Wait until no transaction is under way, also of tasks that are gone."""
        if self._running:
            await asyncio.wait(self._running)


def engine_for(url: str, **options: Any) -> AsyncEngine:
    """The way to the database at `url`, with transactions as the store needs them; `options` are SQLAlchemy's."""
    if not url.startswith("sqlite"):
        return create_async_engine(url, **options)
    engine = create_async_engine(url, **SQLITE, **options)
    event.listen(engine.sync_engine, "connect", _pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def file_of(url: str) -> Path | None:
    """The file of the database at `url`, None where it has none of its own."""
    file = sa.make_url(url).database
    return Path(file) if file and not file.startswith((":memory:", "file:")) else None


# Each call of the driver is a turn of its thread, of which a cursor takes three or four; these take one.
def _pragmas(connection: AdaptedConnection, _record: ConnectionPoolEntry) -> None:
    connection.run_async(lambda driver: driver.executescript(PRAGMAS))


def _begin(connection: sa.Connection) -> None:
    adapted = cast("AdaptedConnection", connection.connection.dbapi_connection)
    try:
        adapted.run_async(lambda driver: driver.execute(BEGIN))
    except sqlite3.OperationalError as error:
        raise OperationalError(BEGIN, None, error) from error
    except BaseException:  # of no use any more: the next one is connected anew
        connection.invalidate()
        raise
