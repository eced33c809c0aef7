"""PostgreSQL: the way to it, what passes, how a transaction is alone, and whether one that was cut off has happened."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.errors import Misconfigured

NONSENSE = (
    "DATABASE_URL cannot be read. It is like postgresql+asyncpg://user:password@host/name; what in the password is "
    "neither a letter nor a digit is written as %40 for @, %2F for /, %23 for #, and so on."
)
SCHEME = re.compile(r"postgres(ql)?(\+asyncpg)?://")
TO_CONNECT, TO_ANSWER = 10, 30  # seconds; the second for one statement
# Of one number for each thing that is locked, the first half is ours: "zoet".
OURS = 0x7A6F6574
CHANGING, BOT = 1, 2
ALONE = sa.select(sa.func.pg_advisory_xact_lock(OURS, CHANGING))
NUMBER = sa.select(sa.func.txid_current_if_assigned())
STATUS = sa.select(sa.func.txid_status(sa.bindparam("number", type_=sa.BigInteger)))
# What passes (https://www.postgresql.org/docs/current/errcodes-appendix.html): connections, resources and the system
# behind them by their classes, then a conflict with others, a lock or time that was not there, an operator who
# interferes, and a server that has become one that is only read.
CLASSES = {"08", "53", "57", "58"}
CODES = {"40001", "40P01", "55P03", "25006"}


def engine_for(url: str, settings: dict[str, str] | None = None, **options: Any) -> AsyncEngine:
    """The way to the database at `url`, in which the driver reads all that libpq knows, such as `sslmode`.

    `settings` are the server's for each connection, `options` are SQLAlchemy's. To connect raises Misconfigured for a
    `url` that cannot be read.
    """
    arguments = {
        "dsn": SCHEME.sub("postgresql://", url, count=1),
        "timeout": TO_CONNECT,
        "command_timeout": TO_ANSWER,
        "server_settings": settings or {},
    }
    engine = create_async_engine("postgresql+asyncpg://", connect_args=arguments, **options)
    event.listen(engine.sync_engine, "do_connect", _connect)
    return engine


def _connect(
    dialect: sa.Dialect, _record: ConnectionPoolEntry, given: list[Any], named: dict[str, Any]
) -> DBAPIConnection:
    try:
        return dialect.connect(*given, **named)
    except (
        ValueError,
        LookupError,
        ArithmeticError,
    ):  # so the driver tells of a URL, with parts of it: of the password
        raise Misconfigured(NONSENSE) from None


def pooled(url: str, **options: Any) -> AsyncEngine:
    """Several connections at a time, each tried before it is used: the server may have been restarted since.

    READ COMMITTED, whatever the server's default: each statement sees what others have committed before it. What a
    transaction reads after it has waited for its turn must be no older than that, as it would be in stricter levels.
    """
    return engine_for(url, pool_pre_ping=True, max_overflow=0, isolation_level="READ COMMITTED", **options)


def passes(error: DBAPIError) -> bool:
    """Whether the same may work later."""
    code = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or code in CODES or code[:2] in CLASSES


async def alone(tx: AsyncConnection) -> None:
    """Wait until no other transaction is alone, and be it until the end of this one.

    One lock for all: each request reads what the whole bot has spent, and then adds to it, so none could go beside it.
    """
    await tx.execute(ALONE)


async def number(tx: AsyncConnection) -> int | None:
    """This transaction's, by which it is found again; None if it has changed nothing."""
    return (await tx.execute(NUMBER)).scalar_one()


async def status(tx: AsyncConnection, number: int) -> str:
    """What has become of another transaction: `committed`, `aborted`, or `in progress`."""
    return (await tx.execute(STATUS, {"number": number})).scalar_one()
