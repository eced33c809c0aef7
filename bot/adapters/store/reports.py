"""What was spent over a time: sums over the ledger."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.ledger import films
from bot.adapters.store.tables import ledger
from bot.domain.budget import Spent, Window
from bot.domain.money import Entry as Kind
from bot.domain.report import Entry


class Reports:
    """Reads what was spent. All methods raise Unavailable as those of the jobs do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spending(self, guild_id: int, days: Sequence[Window], user_id: int | None = None) -> list[Entry]:
        """What was spent in a server in each of these days, which follow each other; by one member if he is named."""
        query = _by_day(days).where(ledger.c.guild_id == guild_id)
        if user_id is not None:
            query = query.where(ledger.c.user_id == user_id)
        lines = query.subquery()
        made, spent = _whole(lines.c.films), _whole(lines.c.amount)
        of = lines.c.day, lines.c.user_id, lines.c.endpoint
        sums = sa.select(*of, made, spent).group_by(*of).having(sa.or_(made != 0, spent != 0)).order_by(lines.c.day)

        async def work(tx: AsyncConnection) -> list[Entry]:
            return [*(await tx.execute(sums)).all()]

        return await self._database.transaction(work)

    async def by_server(self, window: Window) -> dict[int, Spent]:
        """What was spent in each server; in 0 what was in none."""
        of, money, made = ledger.c.guild_id, _whole(ledger.c.amount), _whole(films(ledger.c.amount))
        sums = sa.select(of, money, made).where(*_inside(window)).group_by(of)

        async def work(tx: AsyncConnection) -> dict[int, Spent]:
            rows = (await tx.execute(sums)).all()
            return {guild_id: Spent(spent, count) for guild_id, spent, count in rows if spent or count}

        return await self._database.transaction(work)


def _whole(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The sum as a whole number, which not each database makes of whole numbers."""
    return sa.cast(sa.func.sum(column), sa.BigInteger)


def _by_day(days: Sequence[Window]) -> sa.Select[*tuple[Any, ...]]:
    """The lines of the ledger with the number of the day that they belong to, from 0 on."""
    columns = ledger.c.user_id, ledger.c.endpoint, films(ledger.c.amount).label("films"), ledger.c.amount
    inside = _inside(Window(days[0].start, days[-1].end))
    return sa.select(_day(days, 0, len(days)).label("day"), *columns).where(*inside)


def _day(days: Sequence[Window], low: int, high: int) -> sa.ColumnElement[int]:
    """Which of them it is, by halves. There is no other way that all databases know, and clocks change."""
    if high - low == 1:
        return sa.literal(low, sa.Integer)
    middle = (low + high) // 2
    before = ledger.c.accepted_at < days[middle].start
    return sa.case((before, _day(days, low, middle)), else_=_day(days, middle, high))


def _inside(window: Window) -> tuple[sa.ColumnElement[bool], ...]:
    at = ledger.c.accepted_at
    return at >= window.start, at < window.end, ledger.c.kind.not_in((Kind.GRANT, Kind.FORGET))
