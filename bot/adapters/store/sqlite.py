"""SQLite: one connection, transactions that begin at once, and what passes."""

import sqlite3
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

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
OPTIONS = {"pool_size": 1, "max_overflow": 0, "connect_args": {"isolation_level": None}}
# What is removed is overwritten, so that nobody finds it in the file.
PRAGMAS = """PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON;
PRAGMA secure_delete=ON"""
EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"
BEGIN = "BEGIN IMMEDIATE"


def engine_for(url: str, **options: Any) -> AsyncEngine:
    """The way to the database at `url`; `options` are SQLAlchemy's."""
    engine = create_async_engine(url, **OPTIONS, **options)
    event.listen(engine.sync_engine, "connect", _pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


async def empty_log(engine: AsyncEngine) -> None:
    """Bring what is in the log into the file, unless somebody else is at it."""
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await driver.execute_fetchall(EMPTY_LOG)
        except sqlite3.OperationalError as error:
            raise OperationalError(EMPTY_LOG, None, error) from error


def passes(error: DBAPIError) -> bool:
    """Whether the same may work later."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY in PASSING


def file_of(url: str) -> Path | None:
    """The file of the database at `url`, None where it has none of its own."""
    file = sa.make_url(url).database if url.startswith("sqlite") else None
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
