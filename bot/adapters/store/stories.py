"""Where the stories of the members go on, and the films that are before a film."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.jobs import job_of
from bot.adapters.store.tables import jobs, stories
from bot.domain.job import ENDED, Job, State
from bot.domain.story import Made, tip


class Stories:
    """The stories. All methods raise Unavailable as those of the jobs do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tip(self, user_id: int, guild_id: int) -> str | None:
        """The film at which a member's story in a server goes on; None where he has begun none.

        It is computed from where he has said that it goes on, and from what he has made of that since: so nothing need
        be written when a film is there, and a film that he has undone, which is older, counts no more.
        """
        begun = sa.select(stories.c.tip_id, stories.c.at).where(*_of(user_id, guild_id))
        theirs = jobs.c.user_id == user_id, jobs.c.guild_id == guild_id, jobs.c.state == State.DELIVERED
        made = sa.select(jobs.c.id, jobs.c.after_id, jobs.c.removed_at.is_(None)).where(*theirs)

        async def work(tx: AsyncConnection) -> str | None:
            if (row := (await tx.execute(begun)).one_or_none()) is None:
                return None
            since = made.where(jobs.c.created_at > row.at, jobs.c.after_id.is_not(None)).order_by(jobs.c.created_at)
            return tip(row.tip_id, [Made(*one) for one in (await tx.execute(since)).all()])

        return await self._database.transaction(work)

    async def begin(self, user_id: int, guild_id: int, tip_id: str | None, at: float) -> None:
        """Let a member's story in a server go on at this film, with what he asks for from now on; or have none."""
        row = {"user_id": user_id, "guild_id": guild_id, "tip_id": tip_id, "at": at}

        async def work(tx: AsyncConnection) -> None:
            await tx.execute(sa.delete(stories).where(*_of(user_id, guild_id)))
            if tip_id is not None:
                await tx.execute(sa.insert(stories), row)

        await self._database.transaction(work, alone=True)

    async def chain(self, job_id: str, most: int) -> list[Job]:
        """A film and those before it, the newest last; of more than `most` the last ones. Each is in it once."""
        first = sa.select(jobs.c.id, jobs.c.after_id, sa.literal(1).label("back")).where(jobs.c.id == job_id)
        way = first.cte("way", recursive=True)
        before = sa.select(jobs.c.id, jobs.c.after_id, way.c.back + 1)
        way = way.union_all(before.where(jobs.c.id == way.c.after_id, way.c.back < most))
        found = sa.select(jobs).join(way, jobs.c.id == way.c.id).order_by(way.c.back)

        async def work(tx: AsyncConnection) -> list[Job]:
            films = [job_of(row) for row in (await tx.execute(found)).all()]
            return [*{film.id: film for film in films}.values()][::-1]

        return await self._database.transaction(work)

    async def ended(self, user_id: int, origin: str) -> int:
        """How many jobs of a member have ended whose origin begins so."""
        theirs = jobs.c.user_id == user_id, jobs.c.origin.startswith(origin, autoescape=True)
        asked = sa.select(sa.func.count()).select_from(jobs).where(*theirs, jobs.c.state.in_(ENDED))

        async def work(tx: AsyncConnection) -> int:
            return int((await tx.execute(asked)).scalar_one())

        return await self._database.transaction(work)


def _of(user_id: int, guild_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return stories.c.user_id == user_id, stories.c.guild_id == guild_id
