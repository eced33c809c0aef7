"""Removes what need not be kept any more, in small steps, so that nobody waits long for the database.

A line of the kind `forget` is in the ledger of each member who is forgotten, and of all members of a server that was
left. It takes what is left of his credit; when no window counts the lines up to it any more, they become nobody's.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.tables import (
    OPEN,
    boards,
    changes,
    departures,
    jobs,
    ledger,
    limits,
    marks,
    servers,
    stories,
)
from bot.domain.action import LASTING
from bot.domain.job import LOCAL
from bot.domain.money import Entry
from bot.domain.retention import NOBODY, SOMEBODY, mention
from bot.domain.rules import FORGOTTEN

STEP = 200  # rows
EMPTY: dict[str, Any] = {}
UNSAID: dict[str, Any] = {  # a job of which is forgotten what it was
    "arguments": EMPTY,
    "media": EMPTY,
    "options": EMPTY,
    "uploads": None,
    "heard": None,
    "film_url": None,
    "expanded": None,
    "wording": "",
    "remains": "",
    "reason": None,
    "seed": None,
    "sizes": None,
    "answer": None,
    "interaction_token": "",
    "hook_token": "",
    "upload_limit": None,
    "card_id": None,
    "reply_to": None,
}
UNNAMED: dict[str, Any] = UNSAID | {  # and also whose
    "user_id": NOBODY,
    "seen_in": None,
    "origin": sa.literal("forgotten:") + jobs.c.id,
    "channel_id": 0,
    "message_id": None,
    "epoch": jobs.c.epoch + 1,  # so that nobody who has read it before writes anything back
}
COPY = "copy:"
COPIED: dict[str, Any] = UNSAID | {"origin": sa.literal(COPY) + jobs.c.id}  # made from what somebody forgotten had sent
SAID = sa.cast(jobs.c.arguments, sa.Text) != "{}"
NAMED = jobs.c.user_id != NOBODY
# who goes on from a film that is nobody's has likely made it
LEFT = sa.delete(stories).where(stories.c.tip_id.in_(sa.select(jobs.c.id).where(~NAMED)))


class Retention:
    """What is kept no longer. All methods raise Unavailable; each step is whole or not done, and can be done again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unsay(self, before: float) -> None:
        """Forget what was asked for by jobs that were closed before."""
        await self._empty(UNSAID, jobs.c.closed_at < before, SAID)

    async def disown(self, before: float) -> None:
        """Forget whose the jobs were that were closed before, with all that is left of them."""
        await self._empty(UNNAMED, jobs.c.closed_at < before, NAMED)
        await self._do(lambda tx: tx.execute(LEFT))

    async def unmark(self, before: float) -> None:
        """Forget which reactions were heard before, but for those that last, and all that was put on films that were
        deleted before.
        """
        old = sa.delete(marks).where(marks.c.reaction, marks.c.action.not_in(LASTING), marks.c.at < before)
        await self._do(lambda tx: tx.execute(old))
        told = [sa.select(table.c.job_id) for table in (marks, boards)]
        gone = sa.select(jobs.c.id).where(jobs.c.removed_at < before, jobs.c.id.in_(sa.union(*told)))
        deleted = [job_id for (job_id,) in await self._rows(gone)]
        await self._do(lambda tx: leave_unmarked(tx, deleted))

    async def unname(self, before: float, at: float) -> None:
        """Forget who spent what, and who changed what, before. Credit that is left stays."""
        old = ledger.c.accepted_at < before, ledger.c.user_id != NOBODY
        whose = sa.select(ledger.c.guild_id, ledger.c.user_id).distinct()
        for guild_id, user_id in await self._rows(whose.where(*old)):
            theirs = ledger.c.guild_id == guild_id, ledger.c.user_id == user_id, *old
            await self._do(lambda tx, theirs=theirs: _unname(tx, at, theirs))
        await self._do(lambda tx: tx.execute(sa.delete(changes).where(changes.c.at < before)))

    async def mature(self, before: float) -> None:
        """Make the lines nobody's that end with a closing line from before."""
        closing = ledger.c.kind == Entry.FORGET, ledger.c.user_id != NOBODY, ledger.c.at < before
        last = sa.select(ledger.c.guild_id, ledger.c.user_id, sa.func.max(ledger.c.id), sa.func.max(ledger.c.at))
        for row in await self._rows(last.where(*closing).group_by(ledger.c.guild_id, ledger.c.user_id)):
            await self._do(lambda tx, row=row: _forgotten(tx, *row))

    # ---- servers ----

    async def left(self, guild_id: int, at: float) -> None:
        """Note that the bot is no longer in a server; the first time counts."""
        await self._do(lambda tx: _leave(tx, [guild_id], at))

    async def joined(self, guild_id: int) -> None:
        """The bot is in a server, again or still."""
        await self._do(lambda tx: tx.execute(sa.delete(departures).where(departures.c.guild_id == guild_id)))

    async def member_of(self, guild_ids: Collection[int], at: float) -> list[int]:
        """The bot is in these servers, and in no others: those that it must have left unnoticed, now noted."""
        here = frozenset(guild_ids)
        known = sa.union(
            sa.select(jobs.c.guild_id).where(NAMED, jobs.c.guild_id.is_not(None)),
            *(sa.select(table.c.guild_id) for table in (servers, limits, changes)),
        )

        async def work(tx: AsyncConnection) -> list[int]:
            noted = frozenset((await tx.execute(sa.select(departures.c.guild_id))).scalars())
            for guild_id in noted & here:
                await tx.execute(sa.delete(departures).where(departures.c.guild_id == guild_id))
            gone = sorted(frozenset((await tx.execute(known)).scalars()) - here - noted)
            await _leave(tx, gone, at)
            return gone

        return await self._database.transaction(work, alone=True)

    async def abandon(self, before: float, at: float) -> list[int]:
        """Forget the servers that were left before: settings, log, jobs, and who spent what; which those were."""
        left = [guild_id for (guild_id,) in await self._rows(sa.select(departures.c.guild_id).where(_gone(before)))]
        for guild_id in left:
            await self._empty(UNNAMED, jobs.c.guild_id == guild_id, NAMED)
            await self._do(lambda tx, guild_id=guild_id: _abandon(tx, guild_id, before, at))
        return left

    # ---- files and fal ----

    async def unkept(self, folder: str, job_ids: Collection[str], before: float | None) -> set[str]:
        """Of these jobs those whose files in a folder need not be kept: closed before, or nobody's.

        From what somebody sent who is forgotten another's film may be made; that alone stays, but where his own are
        seen in it.
        """
        old = [~NAMED]
        old += [] if before is None else [jobs.c.closed_at < before]
        copies = jobs.c.origin.startswith(COPY)
        old += [sa.and_(copies, jobs.c.endpoint.in_(LOCAL)) if folder == "films" else copies]
        found: set[str] = set()
        for some in steps(sorted(job_ids)):
            asked = sa.select(jobs.c.id).where(jobs.c.id.in_(some), sa.or_(*old))
            found.update(job_id for (job_id,) in await self._rows(asked))
        return found

    async def unerased(self, since: float) -> dict[str, str]:
        """The requests of which fal still has what we have forgotten, by their jobs; none from before `since`."""
        theirs = ~SAID, jobs.c.request_id.is_not(None)
        asked = sa.select(jobs.c.id, jobs.c.request_id, jobs.c.created_at).where(*theirs)
        found = await self._rows(asked.order_by(jobs.c.created_at.desc()))
        await self.erased([job_id for job_id, _, created_at in found if created_at < since])
        return {job_id: request_id for job_id, request_id, created_at in found if created_at >= since}

    async def erased(self, job_ids: Collection[str]) -> None:
        """fal has nothing of these any more."""
        for some in steps(sorted(job_ids)):
            gone = sa.update(jobs).where(jobs.c.id.in_(some)).values(request_id=None)
            await self._do(lambda tx, gone=gone: tx.execute(gone))

    async def flush(self) -> None:
        """Let nothing of what was removed stay in the database's own log."""
        await self._database.flush()

    async def _empty(self, columns: dict[str, Any], *which: sa.ColumnElement[bool]) -> None:
        found = [job_id for (job_id,) in await self._rows(sa.select(jobs.c.id).where(*which))]
        for some in steps(found):
            emptied = sa.update(jobs).where(jobs.c.id.in_(some), ~OPEN).values(**columns).returning(jobs.c.id)
            await self._do(lambda tx, emptied=emptied: _emptied(tx, emptied, columns))

    async def _rows(self, asked: sa.Executable) -> list[Any]:
        async def work(tx: AsyncConnection) -> list[Any]:
            return list((await tx.execute(asked)).all())

        return await self._database.transaction(work)

    async def _do(self, work: Callable[[AsyncConnection], Awaitable[Any]]) -> None:
        await self._database.transaction(work, alone=True)


async def _emptied(tx: AsyncConnection, emptied: sa.Executable, columns: dict[str, Any]) -> None:
    done = [*(await tx.execute(emptied)).scalars()]
    if columns is UNNAMED:
        await leave_unmarked(tx, done)


async def leave_unmarked(tx: AsyncConnection, job_ids: Collection[str]) -> None:
    """Forget what was put on films that are nobody's now, and where else they stand."""
    for some in steps(sorted(job_ids)):
        for table in (marks, boards):
            await tx.execute(sa.delete(table).where(table.c.job_id.in_(some)))


async def close_accounts(tx: AsyncConnection, at: float, whose: sa.ColumnElement[bool]) -> None:
    """Add a closing line for each member and server of these lines that has none at its end."""
    closed = sa.func.coalesce(sa.func.max(sa.case((ledger.c.kind == Entry.FORGET, ledger.c.id))), 0)
    asked = sa.select(ledger.c.guild_id, ledger.c.user_id, sa.func.sum(ledger.c.bonus))
    open_ = asked.where(whose, ledger.c.user_id != NOBODY).group_by(ledger.c.guild_id, ledger.c.user_id)
    found = (await tx.execute(open_.having(sa.func.max(ledger.c.id) > closed))).all()
    if lines := [_line(Entry.FORGET, guild_id, user_id, -credit, at) for guild_id, user_id, credit in found]:
        await tx.execute(sa.insert(ledger), lines)


def _line(kind: Entry, guild_id: int, user_id: int, bonus: int, at: float) -> dict[str, Any]:
    line = {"kind": kind, "guild_id": guild_id, "user_id": user_id, "amount": 0, "bonus": bonus}
    return line | {"accepted_at": at, "at": at}


async def _unname(tx: AsyncConnection, at: float, lines: Collection[sa.ColumnElement[bool]]) -> None:
    """Make lines of one member in one server nobody's; credit that is left in them becomes a line of its own."""
    sums = sa.select(ledger.c.guild_id, ledger.c.user_id, sa.func.sum(ledger.c.bonus)).where(*lines)
    for guild_id, user_id, left in (await tx.execute(sums.group_by(ledger.c.guild_id, ledger.c.user_id))).all():
        if left:
            moved = [(user_id, left), (NOBODY, -left)]
            await tx.execute(sa.insert(ledger), [_line(Entry.GRANT, guild_id, who, part, at) for who, part in moved])
    granted = sa.case((ledger.c.by_id.is_not(None), NOBODY))
    await tx.execute(sa.update(ledger).where(*lines).values(user_id=NOBODY, by_id=granted))


async def _forgotten(tx: AsyncConnection, guild_id: int, user_id: int, last: int, at: float) -> None:
    """Nobody knows any more what a member has spent, granted and changed in a server up to this line."""
    here = ledger.c.guild_id == guild_id, ledger.c.id <= last
    await _unname(tx, at, [*here, ledger.c.user_id == user_id])
    await tx.execute(sa.update(ledger).where(*here, ledger.c.by_id == user_id).values(by_id=NOBODY))
    log = changes.c.guild_id == guild_id, changes.c.at <= at
    await tx.execute(sa.update(changes).where(*log, changes.c.by_id == user_id).values(by_id=FORGOTTEN))
    told = sa.update(changes).where(*log, changes.c.text.contains(mention(user_id)))
    await tx.execute(told.values(text=sa.func.replace(changes.c.text, mention(user_id), SOMEBODY)))


async def _leave(tx: AsyncConnection, guild_ids: Collection[int], at: float) -> None:
    noted = frozenset((await tx.execute(sa.select(departures.c.guild_id))).scalars())
    if new := [{"guild_id": guild_id, "at": at} for guild_id in guild_ids if guild_id not in noted]:
        await tx.execute(sa.insert(departures), new)


def _gone(before: float) -> sa.ColumnElement[bool]:
    return departures.c.at < before


async def _abandon(tx: AsyncConnection, guild_id: int, before: float, at: float) -> None:
    this = departures.c.guild_id == guild_id
    if not (await tx.execute(sa.delete(departures).where(this, _gone(before)))).rowcount:
        return  # the bot has come back meanwhile
    for table in (servers, limits, changes, stories):
        await tx.execute(sa.delete(table).where(table.c.guild_id == guild_id))
    await close_accounts(tx, at, ledger.c.guild_id == guild_id)


def steps(ids: list[str]) -> Iterator[list[str]]:
    """So many at once that nobody waits long for the database."""
    for first in range(0, len(ids), STEP):
        yield ids[first : first + STEP]
