"""Keeps jobs and money: every change of a job is one guarded statement, and what belongs to it commits with it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NotYourTurn
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.adapters.store.schema import bring_up_to_date
from bot.adapters.store.statements import CHANGE, FIND, OF_ORIGIN, READ, SPENT, TAKE
from bot.adapters.store.tables import RENDERED, jobs, ledger
from bot.domain.errors import Stale, Unavailable
from bot.domain.finish import finish
from bot.domain.job import ENDED, MOVES, Job, State
from bot.domain.money import Budget, Entry

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
SENT = (State.WAITING, *(state for state, moves in MOVES.items() if State.WAITING in moves))
# One connection: SQLite has one writer anyway, and then no task ever finds the file locked by another. The driver's own
# transactions begin at the first write; ours begin at once, so that what was read still holds.
SQLITE = {"pool_size": 1, "max_overflow": 0, "connect_args": {"isolation_level": None}}
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON"
BEGIN = "BEGIN IMMEDIATE"
PAST = 25  # films that tell how long one takes


class Store:
    """The database. Make it with `open_store`. Times are seconds UTC, money is micro-dollars.

    All methods raise Unavailable while the file cannot be read or written; then nothing is changed.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._running: set[asyncio.Future[Any]] = set()

    async def accept(self, job: Job, budget: Budget) -> Job:
        """Store a new job and reserve its price in one transaction; the same origin a second time gives the first job.

        Raises OverBudget if the price does not fit into the member's budget.
        """

        async def work(tx: AsyncConnection) -> Job:
            if known := (await tx.execute(OF_ORIGIN, {"origin": job.origin})).one_or_none():
                return _job(known)
            remaining = budget.after(await _spent(tx, job.user_id, budget), job.price)
            accepted = replace(job, remaining=remaining)
            await tx.execute(sa.insert(jobs), {column.name: getattr(accepted, column.name) for column in jobs.c})
            await _book(tx, job, Entry.RESERVE, job.price, job.created_at)
            return accepted

        return await self._transaction(work)

    async def claim(self) -> list[Job]:
        """Take over every job that is not closed, the oldest first. Whoever held one before can write it no more."""

        async def work(tx: AsyncConnection) -> list[Job]:
            return [_job(row) for row in (await tx.execute(TAKE)).all()]

        return sorted(await self._transaction(work), key=lambda job: job.created_at)

    async def read(self, job: Job) -> Job:
        """The job as it stands now. Raises Stale if somebody else has taken it over."""

        async def work(tx: AsyncConnection) -> Job:
            return _known(job, (await tx.execute(READ, {"this": job.id, "held": job.epoch})).one_or_none())

        return await self._transaction(work)

    async def find(self, job_id: str) -> Job | None:
        """The job of this id, whoever carries it."""

        async def work(tx: AsyncConnection) -> Job | None:
            row = (await tx.execute(FIND, {"this": job_id})).one_or_none()
            return _job(row) if row else None

        return await self._transaction(work)

    async def move(self, job: Job, state: State, *, at: float, settle: Entry | None = None, **columns: Any) -> Job:
        """Move a job on and write `columns` of it. `settle` books what an ending means for the money, in the same step.

        What was booked once stays: a lost job that comes back was refunded, and is not charged again. Raises Stale if
        the row is no longer in the state and epoch that `job` says.
        """
        if state not in MOVES[job.state]:
            raise ValueError(f"a job may not go from {job.state} to {state}")
        if state in ENDED:
            columns["ended_at"] = at
        books = settle if job.booked is None else None

        async def work(tx: AsyncConnection) -> Job:
            moved = await _change(tx, job, state=state, **columns, **({"booked": books} if books else {}))
            if books is not None:
                await _book(tx, job, books, -job.price if books is Entry.REFUND else 0, at)
            return moved

        return await self._transaction(work)

    async def hear(self, job_id: str, request_id: str, payload: Mapping[str, Any] | None, *, at: float) -> Job | None:
        """Store that fal has an answer for a job's request, and its result where fal sent that along.

        The job waits from now on, whatever its submit seemed to have come to: one that was given up as lost comes back
        to life. Gives the job if it has something to go on with; None where nothing is new, and where the request is
        not the one that the job knows.
        """
        ours = sa.or_(jobs.c.request_id.is_(None), jobs.c.request_id == request_id)
        news = jobs.c.id == job_id, ours, jobs.c.ready_at.is_(None)
        told = {"request_id": request_id, "ready_at": at, "heard": payload}
        alive = {"state": State.WAITING, "closed_at": None, "ended_at": None, "reason": None}

        async def work(tx: AsyncConnection) -> Job | None:
            heard = sa.update(jobs).where(*news, jobs.c.state.in_(SENT)).values(**told, **alive).returning(jobs)
            row = (await tx.execute(heard)).one_or_none()
            return _job(row) if row else None

        return await self._transaction(work)

    async def past(self, job: Job) -> list[float]:
        """The seconds that fal took for our last films by the same model, of the same size and length."""
        size = jobs.c.arguments["resolution"].as_string()
        alike = jobs.c.endpoint == job.endpoint, jobs.c.length == job.length, RENDERED
        wanted = size.is_not_distinct_from(job.arguments.get("resolution"))
        newest = sa.select(jobs.c.rendered_seconds).where(*alike, wanted).order_by(jobs.c.created_at.desc()).limit(PAST)

        async def work(tx: AsyncConnection) -> list[float]:
            return [float(seconds) for (seconds,) in (await tx.execute(newest)).all()]

        return await self._transaction(work)

    async def note(self, job: Job, **columns: Any) -> Job:
        """Write `columns` of a job that stays in its state. Raises Stale as `move` does."""
        return await self._transaction(lambda tx: _change(tx, job, **columns))

    async def _transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
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


@contextlib.asynccontextmanager
async def open_store(url: str) -> AsyncGenerator[Store]:
    """The database at `url` (SQLAlchemy's form), brought up to date, closed at the end."""
    engine = engine_for(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(bring_up_to_date)
        store = Store(engine)
        yield store
        await store.settle()
    finally:
        await engine.dispose()


def engine_for(url: str, **options: Any) -> AsyncEngine:
    """The way to the database at `url`, with transactions as the store needs them; `options` are SQLAlchemy's."""
    if not url.startswith("sqlite"):
        return create_async_engine(url, **options)
    engine = create_async_engine(url, **SQLITE, **options)
    event.listen(engine.sync_engine, "connect", _pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


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


async def _spent(tx: AsyncConnection, user_id: int, budget: Budget) -> int:
    spent = {"user": user_id, "start": budget.window.start, "end": budget.window.end}
    return int((await tx.execute(SPENT, spent)).scalar_one())


async def _change(tx: AsyncConnection, job: Job, **columns: Any) -> Job:
    if unknown := columns.keys() - set(jobs.c.keys()):  # which a statement that was put together before would leave out
        raise ValueError(f"a job has no {', '.join(unknown)}")
    guard = {"this": job.id, "was": job.state, "held": job.epoch}
    return _known(job, (await tx.execute(CHANGE, guard | columns)).one_or_none())


def _known(job: Job, row: sa.Row[Any] | None) -> Job:
    if row is None:
        raise Stale(job.id)
    return _job(row)


async def _book(tx: AsyncConnection, job: Job, kind: Entry, amount: int, at: float) -> None:
    line = {
        "job_id": job.id,
        "kind": kind,
        "user_id": job.user_id,
        "guild_id": job.guild_id,
        "amount": amount,
        "accepted_at": job.created_at,
        "at": at,
    }
    await tx.execute(sa.insert(ledger), line)


def _job(row: sa.Row[Any]) -> Job:
    columns: dict[str, Any] = dict(zip(jobs.c.keys(), row, strict=True))
    columns["state"] = State(columns["state"])
    columns["booked"] = Entry(columns["booked"]) if columns["booked"] else None
    return Job(**columns)
