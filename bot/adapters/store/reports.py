"""What was spent over a time: sums over the ledger."""

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.ledger import OF_JOBS, films
from bot.adapters.store.tables import ledger
from bot.domain.budget import Spent, Window
from bot.domain.money import Entry as Kind
from bot.domain.report import BEYOND, Entry

PARTS = "films", "amount", "excess"  # that are added up


class Reports:
    """Reads what was spent. All methods raise Unavailable as those of the jobs do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spending(self, guild_id: int, days: Sequence[Window], user_id: int | None = None) -> list[Entry]:
        """What was spent in a server in each of these days, which follow each other; by one member if he is named."""
        begins = {f"day{number}": day.start for number, day in enumerate(days)}
        asked = begins | {f"day{len(days)}": days[-1].end, "guild": guild_id, "user": user_id}

        async def work(tx: AsyncConnection) -> list[Entry]:
            rows = (await tx.execute(_by_day(len(days), own=user_id is not None), asked)).all()
            entries: list[Entry] = [row[:5] for row in rows if row.films or row.amount]
            entries += [(row.day, BEYOND, row.endpoint, 0, row.excess) for row in rows if row.excess]
            return sorted(entries, key=itemgetter(0))  # which takes less here than in the database

        return await self._database.transaction(work)

    async def by_server(self, window: Window) -> dict[int, Spent]:
        """What was spent in each server; in 0 what was in none."""
        inside = (
            ledger.c.accepted_at >= window.start,
            ledger.c.accepted_at < window.end,
            OF_JOBS,
        )
        of, money, made = ledger.c.guild_id, _whole(ledger.c.amount), _whole(films(ledger.c.amount))
        sums = sa.select(of, money, made).where(*inside).group_by(of)

        async def work(tx: AsyncConnection) -> dict[int, Spent]:
            rows = (await tx.execute(sums)).all()
            return {guild_id: Spent(spent, count) for guild_id, spent, count in rows if spent or count}

        return await self._database.transaction(work)


def _whole(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The sum as a whole number, which not each database makes of whole numbers."""
    return sa.cast(sa.func.sum(column), sa.BigInteger)


@lru_cache
def _by_day(days: int, *, own: bool) -> sa.Select[*tuple[Any, ...]]:
    """Sums for each day, member and endpoint; with the bounds of so many days as parameters, so that it is made once.

    A job's lines are of one moment: by that they are put together first, in the order of the index, and half as many
    rows must be sorted.
    """
    of_job = ledger.c.accepted_at, ledger.c.user_id, ledger.c.endpoint
    whose = (ledger.c.user_id == sa.bindparam("user", type_=sa.BigInteger),) if own else ()
    inside = ledger.c.accepted_at >= _begin(0), ledger.c.accepted_at < _begin(days), OF_JOBS
    of_server = ledger.c.guild_id == sa.bindparam("guild", type_=sa.BigInteger)
    beyond = ledger.c.kind == Kind.EXCESS
    sums = (
        sa.func.sum(films(ledger.c.amount)).label("films"),
        sa.func.sum(sa.case((beyond, 0), else_=ledger.c.amount)).label("amount"),
        sa.func.sum(sa.case((beyond, ledger.c.amount), else_=0)).label("excess"),
    )
    jobs = sa.select(*of_job, *sums).where(of_server, *inside, *whose).group_by(*of_job).subquery()
    day = _day(jobs.c.accepted_at, 0, days).label("day")
    counts = sa.or_(*(jobs.c[part] != 0 for part in PARTS))
    columns = jobs.c.user_id, jobs.c.endpoint, *(jobs.c[part] for part in PARTS)
    lines = sa.select(day, *columns).where(counts).subquery()
    of = lines.c.day, lines.c.user_id, lines.c.endpoint
    return sa.select(*of, *(_whole(lines.c[part]).label(part) for part in PARTS)).group_by(*of)


def _day(at: sa.ColumnElement[float], low: int, high: int) -> sa.ColumnElement[int]:
    """Which of the days it is, by halves. There is no other way that all databases know, as clocks change."""
    if high - low == 1:
        return sa.literal_column(str(low), sa.Integer)
    middle = (low + high) // 2
    return sa.case((at < _begin(middle), _day(at, low, middle)), else_=_day(at, middle, high))


def _begin(number: int) -> sa.BindParameter[float]:
    return sa.bindparam(f"day{number}", type_=sa.Double)
