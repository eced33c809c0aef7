"""What is kept of one member: to be shown, handed over, and removed so that the books stay as they are."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.retention import COPIED, LEFT, NAMED, UNNAMED, close_accounts, leave_unmarked, steps
from bot.adapters.store.tables import OPEN, changes, jobs, ledger, marks, members, servers, stories
from bot.domain.errors import Refused
from bot.domain.job import ENDED, FILM
from bot.domain.media import FRAME
from bot.domain.money import Entry
from bot.domain.parcel import Grant, Line, Mark, Office
from bot.domain.retention import Forgotten, Kept, mention, not_yet
from bot.domain.rules import Change

SECRET = {"interaction_token", "hook_token", "epoch"}  # the bot's own, which tell nothing about anybody
BORROWED = sa.cast(jobs.c.media, sa.Text).contains("film:")  # a frame of another film, perhaps
THEIRS = [column for column in jobs.c if column.name not in SECRET]


class Traces:
    """What members leave here. All methods raise Unavailable as those of the jobs do; then nothing is changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def kept(self, user_id: int) -> Kept:
        """How much is kept of a member."""
        theirs = jobs.c.user_id == user_id
        films = sa.select(sa.func.count(), sa.func.min(jobs.c.created_at)).where(theirs)
        lines = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(ledger.c.bonus), 0))
        chosen = sa.select(sa.literal(1)).where(members.c.user_id == user_id)
        told = sa.select(sa.literal(1)).where(stories.c.user_id == user_id)
        put = sa.select(sa.func.count()).where(marks.c.user_id == user_id)

        async def work(tx: AsyncConnection) -> Kept:
            count, since = (await tx.execute(films)).one()
            booked, credit = (await tx.execute(lines.where(ledger.c.user_id == user_id))).one()
            under_way, untold = await _not_closed(tx, user_id)
            return Kept(
                films=int(count),
                under_way=under_way,
                untold=untold,
                since=since,
                credit=int(credit),
                lines=int(booked),
                preferences=(await tx.execute(chosen.union(told))).first() is not None,
                marks=int((await tx.execute(put)).scalar_one()),
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

    async def marks(self, user_id: int) -> list[Mark]:
        """What a member has put on films, the oldest first."""
        theirs = sa.select(*(marks.c[name] for name in Mark._fields)).where(marks.c.user_id == user_id)

        async def work(tx: AsyncConnection) -> list[Mark]:
            return [Mark(*row) for row in (await tx.execute(theirs.order_by(marks.c.at))).all()]

        return await self._database.transaction(work)

    async def preferences(self, user_id: int) -> Mapping[str, Any]:
        """What a member has chosen, and at which film his story goes on in each server; or nothing."""
        theirs = sa.select(members).where(members.c.user_id == user_id)
        told = sa.select(stories.c.guild_id, stories.c.tip_id).where(stories.c.user_id == user_id)

        async def work(tx: AsyncConnection) -> Mapping[str, Any]:
            row = (await tx.execute(theirs)).mappings().one_or_none()
            films = {str(guild_id): film for guild_id, film in (await tx.execute(told.order_by(stories.c.guild_id)))}
            return {**(row or {}), **({"stories": films} if films else {})}

        return await self._database.transaction(work)

    async def office(self, user_id: int) -> Office:
        """What a member has to do with the settings of servers."""
        told = sa.or_(changes.c.by_id == user_id, changes.c.text.contains(mention(user_id)))
        columns = [column for column in changes.c if column is not changes.c.id]
        log = sa.select(*columns).where(told).order_by(changes.c.id)
        granted = sa.select(ledger.c.at, ledger.c.guild_id, ledger.c.bonus).where(ledger.c.by_id == user_id)
        blocked = sa.select(servers.c.guild_id, servers.c.blocked).order_by(servers.c.guild_id)

        async def work(tx: AsyncConnection) -> Office:
            return Office(
                changes=[Change(**row) for row in (await tx.execute(log)).mappings()],
                grants=[Grant(*row) for row in (await tx.execute(granted.order_by(ledger.c.id))).all()],
                blocked_in=[guild_id for guild_id, members in (await tx.execute(blocked)).all() if user_id in members],
            )

        return await self._database.transaction(work)

    async def forget(self, user_id: int, at: float) -> Forgotten:
        """Make a member's films nobody's and empty, remove his preferences, and close his accounts.

        What others have made once more from his films stays theirs, and is emptied; so is what they have joined of his,
        and what begins or ends with a frame of any of these, but that keeps its words. Raises Refused while he has
        films under way. A second time it does nothing more.
        """
        theirs = jobs.c.user_id == user_id
        repeats = sa.select(jobs.c.id).where(theirs).cte("repeats", recursive=True)
        repeats = repeats.union(sa.select(jobs.c.id).where(jobs.c.parent_id == repeats.c.id))  # and those of repeats
        copies = jobs.c.id.in_(sa.select(repeats.c.id)), NAMED, ~theirs, ~OPEN
        copied = sa.update(jobs).where(*copies).values(**COPIED).returning(jobs.c.id)
        # one that is open has come to life in this moment: not one of his is left half-way
        borrowed = sa.select(jobs.c.id, jobs.c.media).where(BORROWED, NAMED, ~theirs, ~OPEN)
        borrowed = borrowed.order_by(jobs.c.created_at)  # so that what was made of others comes after them
        emptied = sa.update(jobs).where(theirs, ~OPEN).values(**UNNAMED).returning(jobs.c.id, jobs.c.request_id)

        async def work(tx: AsyncConnection) -> Forgotten:
            under_way, untold = await _not_closed(tx, user_id)
            if under_way or untold:
                raise Refused(not_yet(under_way, untold))
            found = Forgotten(
                copies=frozenset((await tx.execute(copied)).scalars()),
                films={str(job_id): request_id for job_id, request_id in (await tx.execute(emptied)).all()},
            )
            seen, lent = {*found.films}, list[str]()
            ours = {*seen, *found.copies}
            for job_id, media in (await tx.execute(borrowed)).all():
                if not seen.isdisjoint(part.removeprefix(FILM) for part in media.values()):
                    seen.add(job_id)
                    ours.add(job_id)
                elif _borrows(media, ours):
                    lent.append(job_id)
            joined = seen - found.films.keys()
            for some in steps(sorted(joined)):
                await tx.execute(sa.update(jobs).where(jobs.c.id.in_(some)).values(**COPIED))
            for some in steps(lent):  # their own words stay
                await tx.execute(sa.update(jobs).where(jobs.c.id.in_(some)).values(origin=COPIED["origin"]))
            await tx.execute(sa.delete(members).where(members.c.user_id == user_id))
            await tx.execute(sa.delete(stories).where(stories.c.user_id == user_id))
            await tx.execute(LEFT)
            await tx.execute(sa.delete(marks).where(marks.c.user_id == user_id))
            await leave_unmarked(tx, found.films.keys())
            await close_accounts(tx, at, ledger.c.user_id == user_id)
            await _close_offices(tx, user_id, at)
            return replace(found, copies=frozenset({*found.copies, *lent, *joined}), joined=frozenset(joined))

        return await self._database.transaction(work, alone=True)


def _borrows(media: Mapping[str, str], job_ids: Collection[str]) -> bool:
    frames = filter(None, map(FRAME.fullmatch, media.values()))
    return any(frame["job"] in job_ids for frame in frames)


async def _not_closed(tx: AsyncConnection, user_id: int) -> tuple[int, int]:
    """How many films of a member are under way, and how many have ended without that he could be told."""
    ended = sa.func.coalesce(sa.func.sum(sa.case((jobs.c.state.in_(ENDED), 1), else_=0)), 0)
    count, untold = (await tx.execute(sa.select(sa.func.count(), ended).where(jobs.c.user_id == user_id, OPEN))).one()
    return int(count) - int(untold), int(untold)


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
