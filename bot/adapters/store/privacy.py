"""What is kept of one member: to be shown, handed over, and removed so that the books stay as they are."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.retention import UNNAMED, close_accounts
from bot.adapters.store.tables import OPEN, changes, jobs, ledger, members
from bot.domain.errors import Refused
from bot.domain.money import Entry
from bot.domain.parcel import Line
from bot.domain.retention import Kept, mention, under_way

SECRET = {"interaction_token", "hook_token", "epoch"}  # the bot's own, which tell nothing about anybody
THEIRS = [column for column in jobs.c if column.name not in SECRET]


class Traces:
    """What members leave here. All methods raise Unavailable as those of the jobs do; then nothing is changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def kept(self, user_id: int) -> Kept:
        """How much is kept of a member."""
        theirs = jobs.c.user_id == user_id
        films = sa.select(sa.func.count(), sa.func.min(jobs.c.created_at)).where(theirs)
        under_way = sa.select(sa.func.count()).where(theirs, OPEN)
        lines = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(ledger.c.bonus), 0))
        chosen = sa.select(sa.func.count()).where(members.c.user_id == user_id)

        async def work(tx: AsyncConnection) -> Kept:
            count, since = (await tx.execute(films)).one()
            booked, credit = (await tx.execute(lines.where(ledger.c.user_id == user_id))).one()
            return Kept(
                films=int(count),
                under_way=int((await tx.execute(under_way)).scalar_one()),
                since=since,
                credit=int(credit),
                lines=int(booked),
                preferences=bool((await tx.execute(chosen)).scalar_one()),
            )

        return await self._database.transaction(work)

    async def films(self, user_id: int, *, skip: int, count: int) -> list[Mapping[str, Any]]:
        """All about a member's films but the bot's own secrets, by their columns, the oldest first."""
        oldest = sa.select(*THEIRS).where(jobs.c.user_id == user_id).order_by(jobs.c.created_at, jobs.c.id)

        async def work(tx: AsyncConnection) -> list[Mapping[str, Any]]:
            return [dict(row) for row in (await tx.execute(oldest.offset(skip).limit(count))).mappings()]

        return await self._database.transaction(work)

    async def spending(self, user_id: int) -> list[Line]:
        """A member's lines of the ledger, the oldest first."""
        columns = [ledger.c[name] for name in Line._fields]
        theirs = sa.select(*columns).where(ledger.c.user_id == user_id).order_by(ledger.c.id)

        async def work(tx: AsyncConnection) -> list[Line]:
            return [Line(*row) for row in (await tx.execute(theirs)).all()]

        return await self._database.transaction(work)

    async def preferences(self, user_id: int) -> Mapping[str, Any]:
        """What a member has chosen; empty where that is nothing."""
        theirs = sa.select(members).where(members.c.user_id == user_id)

        async def work(tx: AsyncConnection) -> Mapping[str, Any]:
            row = (await tx.execute(theirs)).mappings().one_or_none()
            return dict(row) if row else {}

        return await self._database.transaction(work)

    async def forget(self, user_id: int, at: float) -> dict[str, str | None]:
        """Make a member's films nobody's and empty, remove his preferences, and close his accounts.

        The films with their requests at fal. Raises Refused while he has films under way. A second time it does
        nothing more.
        """
        theirs = jobs.c.user_id == user_id

        async def work(tx: AsyncConnection) -> dict[str, str | None]:
            if films := int((await tx.execute(sa.select(sa.func.count()).where(theirs, OPEN))).scalar_one()):
                raise Refused(under_way(films))
            emptied = sa.update(jobs).where(theirs).values(**UNNAMED).returning(jobs.c.id, jobs.c.request_id)
            found = {str(job_id): request_id for job_id, request_id in (await tx.execute(emptied)).all()}
            await tx.execute(sa.delete(members).where(members.c.user_id == user_id))
            await close_accounts(tx, at, ledger.c.user_id == user_id)
            await _close_offices(tx, user_id, at)
            return found

        return await self._database.transaction(work, alone=True)


async def _close_offices(tx: AsyncConnection, user_id: int, at: float) -> None:
    """Leave a closing line also where a member has only changed settings, or is only told of in a server's log."""
    told = sa.or_(changes.c.by_id == user_id, changes.c.text.contains(mention(user_id)))
    closed = sa.exists().where(
        ledger.c.kind == Entry.FORGET,
        ledger.c.user_id == user_id,
        ledger.c.guild_id == changes.c.guild_id,
        ledger.c.at >= changes.c.at,
    )
    servers = (await tx.execute(sa.select(changes.c.guild_id).distinct().where(told, ~closed))).scalars()
    line = {"kind": Entry.FORGET, "user_id": user_id, "amount": 0, "bonus": 0, "accepted_at": at, "at": at}
    if lines := [{**line, "guild_id": guild_id} for guild_id in servers]:
        await tx.execute(sa.insert(ledger), lines)
