"""What was spent over a time: sums over the ledger."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.ledger import SPENDING, films
from bot.adapters.store.tables import ledger
from bot.domain.budget import Spent, Window
from bot.domain.money import Entry as Kind
from bot.domain.report import BEYOND, Entry
from bot.domain.retention import NOBODY


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
            # sorted here, which takes less than in the database
            return sorted([*rows, *(await _beyond(tx, guild_id, days) if user_id is None else ())], key=itemgetter(0))

        return await self._database.transaction(work)

    async def by_server(self, window: Window) -> dict[int, Spent]:
        """What was spent in each server; in 0 what was in none."""
        inside = (
            ledger.c.accepted_at >= window.start,
            ledger.c.accepted_at < window.end,
            SPENDING,
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
    # lines about credit alone have no amount
    inside = ledger.c.accepted_at >= _begin(0), ledger.c.accepted_at < _begin(days), ledger.c.kind != Kind.EXCESS
    of_server = ledger.c.guild_id == sa.bindparam("guild", type_=sa.BigInteger)
    sums = sa.func.sum(films(ledger.c.amount)).label("films"), sa.func.sum(ledger.c.amount).label("amount")
    jobs = sa.select(*of_job, *sums).where(of_server, *inside, *whose).group_by(*of_job).subquery()
    day = _day(jobs.c.accepted_at, 0, days).label("day")
    counts = sa.or_(jobs.c.films != 0, jobs.c.amount != 0)
    lines = sa.select(day, jobs.c.user_id, jobs.c.endpoint, jobs.c.films, jobs.c.amount).where(counts).subquery()
    of = lines.c.day, lines.c.user_id, lines.c.endpoint
    return sa.select(*of, _whole(lines.c.films), _whole(lines.c.amount)).group_by(*of)


async def _beyond(tx: AsyncConnection, guild_id: int, days: Sequence[Window]) -> list[Entry]:
    """What fal billed beyond what members paid: lines of nobody, which are few."""
    begins, at = [day.start for day in days], ledger.c.accepted_at
    theirs = ledger.c.guild_id == guild_id, ledger.c.user_id == NOBODY, ledger.c.kind == Kind.EXCESS
    lines = sa.select(at, ledger.c.endpoint, ledger.c.amount).where(*theirs, at >= begins[0], at < days[-1].end)
    sums: defaultdict[tuple[int, str], int] = defaultdict(int)
    for when, endpoint, amount in (await tx.execute(lines)).all():
        sums[bisect(begins, when) - 1, endpoint] += amount
    return [(day, BEYOND, endpoint, 0, amount) for (day, endpoint), amount in sums.items()]


def _day(at: sa.ColumnElement[float], low: int, high: int) -> sa.ColumnElement[int]:
    """Which of the days it is, by halves. There is no other way that all databases know, as clocks change."""
    if high - low == 1:
        return sa.literal_column(str(low), sa.Integer)
    middle = (low + high) // 2
    return sa.case((at < _begin(middle), _day(at, low, middle)), else_=_day(at, middle, high))


def _begin(number: int) -> sa.BindParameter[float]:
    return sa.bindparam(f"day{number}", type_=sa.Double)
