"""What was made, to be looked through."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.jobs import job_of
from bot.adapters.store.marks import UNHEARD
from bot.adapters.store.tables import OPEN, jobs, marks, members
from bot.domain.board import Shown
from bot.domain.job import ENDED, Job, State
from bot.domain.retention import NOBODY

HIDDEN = sa.and_(jobs.c.state == State.DELIVERED, jobs.c.message_id.is_(None), jobs.c.removed_at.is_(None))


class Films:
    """The jobs as people look through them. All methods raise Unavailable as those of the jobs do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(  # noqa: PLR0913 - each narrows it down
        self,
        user_id: int,
        guild_id: int | None,
        count: int,
        *,
        skip: int = 0,
        search: str = "",
        endpoint: str | None = None,
        states: Collection[State] = frozenset(State),
        channels: Collection[int] | None = None,
    ) -> list[Job]:
        """The last films that a member asked for in a server, the newest first.

        Only those with `search` in their folded prompts, by `endpoint`, in one of `states` and `channels`, where these
        are given.
        """
        found = [jobs.c.user_id == user_id, jobs.c.guild_id.is_not_distinct_from(guild_id)]
        if search:
            found.append(jobs.c.wording.contains(search, autoescape=True))
        if endpoint is not None:
            found.append(jobs.c.endpoint == endpoint)
        if len(states) < len(State):
            found.append(jobs.c.state.in_(states))
        if channels is not None:
            found.append(sa.or_(jobs.c.channel_id.in_(channels), jobs.c.seen_in.in_(channels)))
            found += [~HIDDEN, ~jobs.c.direct]
        # the ids are found in the index alone; rows are read of this page only
        newest = sa.select(jobs.c.id).where(*found).order_by(jobs.c.created_at.desc()).offset(skip).limit(count)
        return await self._read(sa.select(jobs).where(jobs.c.id.in_(newest)).order_by(jobs.c.created_at.desc()))

    async def last_of(self, channel_id: int, count: int) -> list[Job]:
        """The newest films that stand in a channel, the newest first."""
        there = jobs.c.state == State.DELIVERED, jobs.c.removed_at.is_(None), ~jobs.c.direct
        here = jobs.c.message_id.is_not(None), jobs.c.channel_id == channel_id, jobs.c.user_id != NOBODY
        return await self._read(sa.select(jobs).where(*here, *there).order_by(jobs.c.message_id.desc()).limit(count))

    async def under_way(self, guild_id: int | None) -> list[Job]:
        """What is being made in a server, the oldest first."""
        here = OPEN, jobs.c.guild_id.is_not_distinct_from(guild_id), jobs.c.state.not_in(ENDED)
        return await self._read(sa.select(jobs).where(*here).order_by(jobs.c.created_at))

    async def around(self, user_id: int, guild_id: int | None, channels: Collection[int], count: int) -> list[Job]:
        """The last films of a server that stand in one of these channels, and a member's own, the newest first.

        Films of others who keep theirs to themselves, or have them alone, are left out, and those that were hidden.
        """
        private = sa.exists().where(members.c.user_id == jobs.c.user_id, members.c.private)
        seen = sa.or_(jobs.c.channel_id.in_(channels), jobs.c.seen_in.in_(channels))
        there = jobs.c.state == State.DELIVERED, jobs.c.removed_at.is_(None), jobs.c.user_id != NOBODY
        whose = sa.or_(jobs.c.user_id == user_id, sa.and_(seen, ~private, ~jobs.c.direct))
        here = jobs.c.guild_id.is_not_distinct_from(guild_id), *there, ~HIDDEN, whose
        return await self._read(sa.select(jobs).where(*here).order_by(jobs.c.created_at.desc()).limit(count))

    async def of_message(self, message_id: int) -> Job | None:
        """The job whose film or card this message is."""
        theirs = sa.or_(jobs.c.message_id == message_id, jobs.c.card_id == message_id)
        return next(iter(await self._read(sa.select(jobs).where(theirs, jobs.c.user_id != NOBODY))), None)

    async def shown(self, since: float, count: int) -> list[Shown]:
        """Where the newest films and cards stand in servers, of jobs that were asked for since, the newest first.

        Those are left out that are older than that the bot hears reactions.
        """
        old = sa.exists().where(marks.c.job_id == jobs.c.id, marks.c.action == UNHEARD)
        message = sa.func.coalesce(jobs.c.message_id, jobs.c.card_id)
        stands = jobs.c.guild_id.is_not(None), jobs.c.removed_at.is_(None), ~jobs.c.direct, message.is_not(None)
        newest = sa.select(jobs.c.id, jobs.c.channel_id, message)
        newest = newest.where(*stands, jobs.c.created_at > since, jobs.c.user_id != NOBODY, ~old)

        async def work(tx: AsyncConnection) -> list[Shown]:
            found = await tx.execute(newest.order_by(jobs.c.created_at.desc()).limit(count))
            return [Shown(*row) for row in found.all()]

        return await self._database.transaction(work)

    async def in_state(self, state: State) -> list[Job]:
        """All jobs in a state, the newest first."""
        return await self._read(sa.select(jobs).where(jobs.c.state == state).order_by(jobs.c.created_at.desc()))

    async def of_server(
        self, guild_id: int, *, count: int, ended: bool, search: str = "", begins: str = ""
    ) -> list[Job]:
        """The newest jobs of a server that have a film to be deleted, or if not `ended` those that have not ended.

        Only those with `search` in their folded prompts, or with ids that begin so.
        """
        stands = jobs.c.removed_at.is_(None), jobs.c.message_id.is_not(None)
        there = sa.and_(jobs.c.state == State.DELIVERED, *stands)
        wanted = there if ended else jobs.c.state.not_in(ENDED)
        here = jobs.c.guild_id == guild_id, jobs.c.user_id != NOBODY, wanted
        named = jobs.c.wording.contains(search, autoescape=True), jobs.c.id.startswith(begins, autoescape=True)
        newest = sa.select(jobs).where(*here, sa.or_(*named)).order_by(jobs.c.created_at.desc())
        return await self._read(newest.limit(count))

    async def repeated(self, job_id: str, user_id: int, origin: str, since: float | None) -> int:
        """How many films of a member that he has made of this one have ended whose origin begins so.

        With `since` (seconds UTC) only those that had ended by then.
        """
        made = sa.or_(jobs.c.parent_id == job_id, jobs.c.after_id == job_id), jobs.c.origin.startswith(origin)
        ended = [jobs.c.user_id == user_id, jobs.c.state.in_(ENDED), *made]
        if since is not None:
            ended.append(jobs.c.ended_at <= since)

        async def work(tx: AsyncConnection) -> int:
            return int((await tx.execute(sa.select(sa.func.count()).select_from(jobs).where(*ended))).scalar_one())

        return await self._database.transaction(work)

    async def _read(self, query: sa.Select[object]) -> list[Job]:
        async def work(tx: AsyncConnection) -> list[Job]:
            return [job_of(row) for row in (await tx.execute(query)).all()]

        return await self._database.transaction(work)
