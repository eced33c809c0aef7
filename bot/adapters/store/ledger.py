"""What was spent, and the lines that say so. Lines are only ever added; every budget and credit is a sum over them."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.tables import OPEN, jobs, ledger
from bot.domain.budget import Spent, Standing, Terms, Whose, Window
from bot.domain.draft import Booking
from bot.domain.job import ENDED, Job, State
from bot.domain.money import Entry
from bot.domain.retention import NOBODY
from bot.domain.rules import Change
from bot.domain.scene import ROUTER

_guild, _user = sa.bindparam("guild", type_=sa.BigInteger), sa.bindparam("user", type_=sa.BigInteger)
_start, _end = sa.bindparam("start", type_=sa.Double), sa.bindparam("end", type_=sa.Double)
SPENDING = sa.and_(ledger.c.kind != Entry.GRANT, ledger.c.kind != Entry.FORGET)  # those are about credit alone


def _sums(part: sa.ColumnElement[int], *of: sa.ColumnElement[bool]) -> sa.Select[int, int]:
    """Micro-dollars and films in a window, of which `part` of each line counts."""
    inside = ledger.c.accepted_at >= _start, ledger.c.accepted_at < _end, SPENDING
    return sa.select(_sum(part), _sum(films(part))).where(*inside, *of)


def films(part: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The films that a line counts, where `part` of it does: one that is refunded is none."""
    made = sa.and_(ledger.c.kind == Entry.RESERVE, part > 0)
    refunded = sa.and_(ledger.c.kind == Entry.REFUND, part < 0)
    return sa.case((made, 1), (refunded, -1), else_=0)


def _sum(part: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(part), 0)


# what a member's credit has paid does not count for him
SPENT = {
    Whose.MEMBER: _sums(ledger.c.amount + ledger.c.bonus, ledger.c.guild_id == _guild, ledger.c.user_id == _user),
    Whose.SERVER: _sums(ledger.c.amount, ledger.c.guild_id == _guild),
    Whose.BOT: _sums(ledger.c.amount),
}
_of_member = ledger.c.guild_id == _guild, ledger.c.user_id == _user
BOOKED = sa.select(_sum(ledger.c.amount)).where(ledger.c.job_id == sa.bindparam("job", type_=sa.Text))
CREDIT = sa.select(_sum(ledger.c.bonus)).where(*_of_member)
_theirs = sa.func.coalesce(jobs.c.guild_id, 0) == _guild, jobs.c.user_id == _user
# what gathers films waits for some that are under way themselves
UNDER_WAY = sa.select(sa.func.count()).where(OPEN, *_theirs, jobs.c.state.not_in({*ENDED, State.GATHERING}))


async def standing(tx: AsyncConnection, user_id: int, guild_id: int | None, terms: Terms) -> Standing:
    """How a member, his server and the bot stand."""
    who = {"guild": guild_id or 0, "user": user_id}
    spent: dict[tuple[Whose, Window], Spent] = {}
    for whose, window in {(budget.whose, budget.window) for budget in terms.budgets}:
        money, films = (await tx.execute(SPENT[whose], who | {"start": window.start, "end": window.end})).one()
        spent[whose, window] = Spent(int(money), int(films))
    bonus = int((await tx.execute(CREDIT, who)).scalar_one())
    under_way = 0 if terms.at_once is None else int((await tx.execute(UNDER_WAY, who)).scalar_one())
    return Standing(spent=spent, bonus=bonus, under_way=under_way)


async def book(tx: AsyncConnection, job: Job, kind: Entry, at: float) -> None:
    """Add a job's line of this kind."""
    await _add(tx, job, kind, at, job.user_id, *_line(job, kind))


async def book_excess(tx: AsyncConnection, job: Job, at: float) -> None:
    """Add what fal bills for a job beyond what its lines say, if that is known: they add up to it then."""
    if job.cost is None:
        return
    booked = int((await tx.execute(BOOKED, {"job": job.id})).scalar_one())
    if job.cost > booked:
        await _add(tx, job, Entry.EXCESS, at, NOBODY, job.cost - booked, 0)


async def _add(  # noqa: PLR0913 - a line's columns
    tx: AsyncConnection, job: Job, kind: Entry, at: float, user_id: int, amount: int, bonus: int
) -> None:
    line = {
        "job_id": job.id,
        "kind": kind,
        "user_id": user_id,
        "guild_id": job.guild_id or 0,
        "endpoint": job.endpoint,
        "amount": amount,
        "bonus": bonus,
        "accepted_at": job.created_at,
        "at": at,
    }
    await tx.execute(sa.insert(ledger), line)


def _line(job: Job, kind: Entry) -> tuple[int, int]:
    """What is spent, and what of it comes from the member's credit or goes back to it."""
    if kind is Entry.RESERVE:
        return job.price, -job.bonus
    if kind is Entry.REFUND:
        return -job.price, job.bonus
    difference = job.paid - job.price
    return difference, min(job.bonus, max(-difference, 0))  # what was used last comes back first


async def book_draft(tx: AsyncConnection, draft: Booking, kind: Entry, user_id: int, amount: int, bonus: int) -> None:  # noqa: PLR0913 - a line's columns
    """Add a line about a draft, which belongs to no job."""
    line = {
        "job_id": None,
        "kind": kind,
        "user_id": user_id,
        "guild_id": draft.guild_id or 0,
        "endpoint": ROUTER,
        "amount": amount,
        "bonus": bonus,
        "accepted_at": draft.at,
        "at": draft.at,
    }
    await tx.execute(sa.insert(ledger), line)


async def grant(tx: AsyncConnection, change: Change, user_id: int, amount: int) -> None:
    """Add a line of bonus credit, which belongs to no job."""
    line = {
        "job_id": None,
        "kind": Entry.GRANT,
        "user_id": user_id,
        "guild_id": change.guild_id,
        "amount": 0,
        "bonus": amount,
        "by_id": change.by_id,
        "accepted_at": change.at,
        "at": change.at,
    }
    await tx.execute(sa.insert(ledger), line)
