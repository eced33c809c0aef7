"""Keeps jobs and money: every change of a job is one guarded statement, and what belongs to it commits with it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.ledger import book, book_excess, standing
from bot.adapters.store.servers import rules_of
from bot.adapters.store.statements import CHANGE, FIND, OF_ORIGIN, READ, TAKE
from bot.adapters.store.tables import RENDERED, changes, jobs
from bot.domain.budget import Standing, Terms, admit
from bot.domain.errors import Stale
from bot.domain.job import ENDED, MOVES, Done, Job, State, made_of
from bot.domain.money import Entry
from bot.domain.retention import NOBODY
from bot.domain.rules import Change, Judge

SENT = (State.WAITING, *(state for state, moves in MOVES.items() if State.WAITING in moves))
PAST = 25  # films that tell how long one takes


class Jobs:
    """The jobs, and what they cost. Times are seconds UTC, money is micro-dollars.

    All methods raise Unavailable while the database cannot be read or written; then nothing is changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, job: Job, judge: Judge) -> Job:
        """Store a new job and reserve its price in one transaction; the same origin a second time gives the first job.

        What the server has set holds as it is in this transaction: `judge` says what follows from it, or raises
        Refused. Raises OverBudget if the price does not fit into one of the budgets.
        """

        return await self._database.transaction(lambda tx: _accepted(tx, job, judge), alone=True)

    async def gather(self, job: Job, films: Sequence[Job], judge: Judge, *, at: float) -> tuple[Job, ...]:
        """Accept the films of which a job that asks is made then, all or none, and let it wait for them.

        Its price, which was told for all of them, is given back, as each reserves its own. The job that gathers them,
        then they. Raises Stale where it does not ask any more, and else as `accept` does.
        """
        told = {"asked_at": at, "media": made_of(film.id for film in films)}

        async def work(tx: AsyncConnection) -> tuple[Job, ...]:
            gathers = await _change(tx, job, state=State.GATHERING, booked=Entry.REFUND, **told)
            await book(tx, gathers, Entry.REFUND, at)
            return gathers, *[await _accepted(tx, film, judge) for film in films]

        return await self._database.transaction(work, alone=True)

    async def claim(self) -> list[Job]:
        """Take over every job that is not closed, the oldest first. Whoever held one before can write it no more."""

        async def work(tx: AsyncConnection) -> list[Job]:
            return [job_of(row) for row in (await tx.execute(TAKE)).all()]

        return sorted(await self._database.transaction(work), key=lambda job: job.created_at)

    async def read(self, job: Job) -> Job:
        """The job as it stands now. Raises Stale if somebody else has taken it over."""

        async def work(tx: AsyncConnection) -> Job:
            return _known(job, (await tx.execute(READ, {"this": job.id, "held": job.epoch})).one_or_none())

        return await self._database.transaction(work)

    async def find(self, job_id: str) -> Job | None:
        """The job of this id, whoever carries it."""

        async def work(tx: AsyncConnection) -> Job | None:
            row = (await tx.execute(FIND, {"this": job_id})).one_or_none()
            return job_of(row) if row else None

        return await self._database.transaction(work)

    async def move(  # noqa: PLR0913 - all that is one transaction
        self,
        job: Job,
        state: State,
        *,
        at: float,
        settle: Entry | None = None,
        log: Change | None = None,
        judge: Judge | None = None,
        **columns: Any,
    ) -> Job:
        """Move a job on and write `columns` of it.

        In the same step `settle` books what an ending means for the money, `log` is noted for the server, and `judge`
        says what follows from the server's settings for the arguments, or raises Refused.

        What was booked once stays: a lost job that comes back was refunded, and is not charged again. What fal bills
        beyond what its owner pays is booked at its end as nobody's. Raises Stale if the row is no longer in the state
        and epoch that `job` says.
        """
        if state not in MOVES[job.state]:
            raise ValueError(f"a job may not go from {job.state} to {state}")
        if state in ENDED:
            columns["ended_at"] = at
        books = settle if job.booked is None else None

        async def work(tx: AsyncConnection) -> Job:
            if judge is not None:
                columns["arguments"] = judge(job, await rules_of(tx, job.guild_id))[0].arguments
            moved = await _change(tx, job, state=state, **columns, **({"booked": books} if books else {}))
            if books is not None:
                await book(tx, moved, books, at)
            if state in ENDED:
                await book_excess(tx, moved, at)
            await _log(tx, log)
            return moved

        return await self._database.transaction(work, alone=judge is not None)

    async def hear(self, job_id: str, request_id: str, payload: Mapping[str, Any] | None, *, at: float) -> Job | None:
        """Store that fal has an answer for a job's request, and its result where fal sent that along.

        The job waits from now on, whatever its submit seemed to have come to: one that was given up as lost comes back
        to life. Gives the job if it has something to go on with; None where nothing is new, and where the request is
        not the one that the job knows.
        """
        ours = sa.or_(jobs.c.request_id.is_(None), jobs.c.request_id == request_id)
        news = jobs.c.id == job_id, ours, jobs.c.ready_at.is_(None), jobs.c.user_id != NOBODY
        told = {"request_id": request_id, "ready_at": at, "heard": payload}
        alive = {"state": State.WAITING, "closed_at": None, "ended_at": None, "reason": None}

        async def work(tx: AsyncConnection) -> Job | None:
            heard = sa.update(jobs).where(*news, jobs.c.state.in_(SENT)).values(**told, **alive).returning(jobs)
            row = (await tx.execute(heard)).one_or_none()
            return job_of(row) if row else None

        return await self._database.transaction(work, alone=True)

    async def past(self, job: Job) -> list[float]:
        """The seconds that fal took for our last films by the same model, of the same size and length."""
        size = jobs.c.arguments["resolution"].as_string()
        alike = jobs.c.endpoint == job.endpoint, jobs.c.length == job.length, RENDERED
        wanted = size.is_not_distinct_from(job.arguments.get("resolution"))
        newest = sa.select(jobs.c.rendered_seconds).where(*alike, wanted).order_by(jobs.c.created_at.desc()).limit(PAST)

        async def work(tx: AsyncConnection) -> list[float]:
            return [float(seconds) for (seconds,) in (await tx.execute(newest)).all()]

        return await self._database.transaction(work)

    async def account(self, user_id: int, guild_id: int | None, terms: Terms) -> Standing:
        """How a member stands before a request."""
        return await self._database.transaction(lambda tx: standing(tx, user_id, guild_id, terms))

    async def note(self, job: Job, *, log: Change | None = None, **columns: Any) -> Job:
        """Write `columns` of a job that stays in its state, and `log` for its server. Raises Stale as `move` does."""

        async def work(tx: AsyncConnection) -> Job:
            noted = await _change(tx, job, **columns)
            await _log(tx, log)
            return noted

        return await self._database.transaction(work)


async def _accepted(tx: AsyncConnection, job: Job, judge: Judge) -> Job:
    if known := (await tx.execute(OF_ORIGIN, {"origin": job.origin})).one_or_none():
        return job_of(known)
    judged, terms = judge(job, await rules_of(tx, job.guild_id))
    bonus, remains = admit(terms, await standing(tx, job.user_id, job.guild_id, terms), job.price)
    accepted = replace(judged, bonus=bonus, remains=remains)
    await tx.execute(sa.insert(jobs), {column.name: getattr(accepted, column.name) for column in jobs.c})
    await book(tx, accepted, Entry.RESERVE, job.created_at)
    return accepted


async def _log(tx: AsyncConnection, change: Change | None) -> None:
    if change is not None:
        await tx.execute(sa.insert(changes), asdict(change))


async def _change(tx: AsyncConnection, job: Job, **columns: Any) -> Job:
    if unknown := columns.keys() - set(jobs.c.keys()):  # which a statement that was put together before would leave out
        raise ValueError(f"a job has no {', '.join(unknown)}")
    guard = {"this": job.id, "was": job.state, "held": job.epoch}
    return _known(job, (await tx.execute(CHANGE, guard | columns)).one_or_none())


def _known(job: Job, row: sa.Row[Any] | None) -> Job:
    if row is None:
        raise Stale(job.id)
    return job_of(row)


def job_of(row: sa.Row[Any]) -> Job:
    """The job that a row of the table is."""
    columns: dict[str, Any] = dict(zip(jobs.c.keys(), row, strict=True))
    columns["state"] = State(columns["state"])
    columns["booked"] = Entry(columns["booked"]) if columns["booked"] else None
    columns["done"] = Done(columns["done"])
    return Job(**columns)
