"""The way to the database, and transactions that are whole or nothing."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NotYourTurn
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.adapters.store import postgres, sqlite
from bot.domain.errors import Misconfigured, Unavailable
from bot.domain.finish import finish

log = logging.getLogger(__name__)
T = TypeVar("T")
WHO = "The bot's own database"
# of the database's errors those that may pass, of the network's all, and one's turn that did not come
PASSING = DBAPIError, OSError, NotYourTurn
DOUBT, LOOK = 60, 0.5  # seconds


class Database:
    """One database. Make it with `engine_for`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._server = engine.dialect.name == "postgresql"
        self._running: set[asyncio.Future[Any]] = set()
        self._over = False

    async def transaction(self, work: Callable[[AsyncConnection], Awaitable[T]], *, alone: bool = False) -> T:
        """All of `work` or nothing, also when the task is cancelled: a driver left in mid-statement is a broken one.

        `alone` for what is written because of what was read: no other such transaction is under way meanwhile.
        """
        return await self._to_its_end(self._whole(work, alone=alone))

    async def flush(self) -> None:
        """Bring what is in SQLite's log into its file, and empty the log: then what was removed is in neither.

        Where somebody else reads or writes just now, that is left to the next time.
        """
        if not self._server:
            await self._to_its_end(self._emptied())

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        if self._over:
            work.close()
            raise Unavailable(WHO)
        step = asyncio.ensure_future(work)
        self._running.add(step)
        step.add_done_callback(self._running.discard)
        return await finish(step)

    async def settle(self) -> None:
        """Begin nothing more, and wait until no transaction is under way, also of tasks that are gone."""
        self._over = True  # a listener of Discord's may still come, and would connect anew
        if self._running:
            await asyncio.wait(self._running)

    async def _whole(self, work: Callable[[AsyncConnection], Awaitable[T]], *, alone: bool) -> T:
        ready: tuple[T, int | None] | None = None
        try:
            async with self._engine.begin() as tx:
                if alone and self._server:  # SQLite's transactions always are
                    await postgres.alone(tx)
                try:
                    result = await work(tx)
                    ready = result, await postgres.number(tx) if self._server else None
                except OSError:  # a server that does not answer would be waited for anew at the rollback
                    await tx.invalidate()
                    raise
        except PASSING as error:
            if isinstance(error, DBAPIError) and not self._passes(error):
                raise
            if ready is None or ready[1] is None or not await self._happened(ready[1]):
                raise Unavailable(WHO) from error
        return ready[0]

    async def _emptied(self) -> None:
        try:
            await sqlite.empty_log(self._engine)
        except PASSING as error:
            if isinstance(error, DBAPIError) and not self._passes(error):
                raise
            raise Unavailable(WHO) from error

    def _passes(self, error: DBAPIError) -> bool:
        return postgres.passes(error) if self._server else sqlite.passes(error)

    async def _happened(self, number: int) -> bool:
        """Whether a server that was lost at the end of a transaction has committed it: it knows when it is back."""
        for _ in range(int(DOUBT / LOOK)):
            with contextlib.suppress(*PASSING):
                async with self._engine.begin() as tx:
                    if (status := await postgres.status(tx, number)) != "in progress":
                        return status == "committed"
            await asyncio.sleep(LOOK)
        log.error("%s was lost and does not come back: whether its transaction %d has happened is unknown", WHO, number)
        return False


def on_server(url: str) -> bool:
    """Whether the database at `url` is one of a server, of PostgreSQL."""
    return postgres.SCHEME.match(url) is not None


def engine_for(url: str, **options: Any) -> AsyncEngine:
    """The way to the database at `url`, with transactions as the store needs them; `options` are SQLAlchemy's."""
    return postgres.pooled(url, **options) if on_server(url) else sqlite.engine_for(url, **options)


@contextlib.contextmanager
def opening() -> Generator[None]:
    """What keeps a database from being opened is Misconfigured, never with its password."""
    try:
        yield
    except OSError as error:
        text = f"The database's server, to which DATABASE_URL leads, cannot be reached: {reason(error)}."
        raise Misconfigured(text) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise Misconfigured(f"The database cannot be opened, so the bot does not start: {reason(error)}.") from error


def reason(error: Exception) -> str:
    """What the database or the network has said, without the statement."""
    return str(error.orig if isinstance(error, DBAPIError) else error) or "no answer in time"
