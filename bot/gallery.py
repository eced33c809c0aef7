"""Films that many like: what becomes of a star."""

from collections.abc import Callable
from typing import Protocol

from bot.domain.board import STAR, STARS
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.preferences import Preferences
from bot.domain.rules import Rules
from bot.ending import Boards

PRIVATE = sentence("It has your star. Its owner keeps his films to himself, so it does not come into the gallery.")


class Marks(Protocol):
    """What members have put on films: see bot.adapters.store."""

    async def put(self, job_id: str, user_id: int, action: str, at: float) -> bool: ...
    async def take(self, job_id: str, user_id: int, action: str) -> bool: ...


class Servers(Protocol):
    """What servers have set: see bot.adapters.store."""

    async def rules(self, guild_id: int | None) -> Rules: ...


class Members(Protocol):
    """What members have chosen: see bot.adapters.store."""

    async def preferences(self, user_id: int) -> Preferences: ...


class Gallery:
    """The use cases. They raise Unavailable as the store does."""

    def __init__(
        self, marks: Marks, servers: Servers, members: Members, boards: Boards, clock: Callable[[], float]
    ) -> None:
        self._marks, self._servers, self._members = marks, servers, members
        self._boards, self._clock = boards, clock

    async def star(self, job: Job, user_id: int, *, on: bool) -> bool:
        """A member gives a film his star, or takes it back: whether that changes anything."""
        if on:
            changed = await self._marks.put(job.id, user_id, STAR, self._clock())
        else:
            changed = await self._marks.take(job.id, user_id, STAR)
        if changed:
            self._boards.renew(job.id)
        return changed

    async def toggle(self, job: Job, user_id: int) -> str:
        """The one or the other, by how it is; what it came to, in a sentence."""
        if not await self.star(job, user_id, on=True):
            await self.star(job, user_id, on=False)
            return say("Your star is taken back.")
        if (await self._members.preferences(job.user_id)).private:
            return say(PRIVATE)
        if job.user_id == user_id:
            return say("It has your star. It is your own film: stars of others bring it into the gallery.")
        rules = await self._servers.rules(job.guild_id)
        if rules.gallery_id is None:
            return say("It has your star. There is no gallery here: those who manage a server can choose one.")
        needed, gallery = rules.stars or STARS, f"<#{rules.gallery_id}>"
        return say(
            "It has your star. Stars of others that bring a film into {gallery}: {needed}.",
            gallery=gallery,
            needed=needed,
        )
