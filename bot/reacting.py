"""What a reaction to a film comes to: what the button of that emoji does, for the member who reacted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from bot.actions import Actions, Person
from bot.domain.action import BY_NAME, Action
from bot.domain.board import Shown
from bot.domain.button import Button
from bot.domain.errors import Refused, Repeated, Stopping
from bot.domain.job import Job
from bot.domain.retention import DAY
from bot.domain.rules import Rules
from bot.gallery import Gallery
from bot.studio import Studio

RECENT = 14 * DAY  # seconds: reactions to older films are heard only while the bot is there


class Films(Protocol):
    """What was made: see bot.adapters.store."""

    async def of_message(self, message_id: int) -> Job | None: ...
    async def shown(self, since: float, count: int) -> list[Shown]: ...


class Marks(Protocol):
    """Which reactions were heard: see bot.adapters.store."""

    async def hear(self, job_id: str, user_id: int, action: str, at: float) -> float | None: ...
    async def did(self, job_id: str, user_id: int, action: str) -> None: ...
    async def unhear(self, job_id: str, user_id: int, action: str) -> bool: ...
    async def heard(self, job_ids: tuple[str, ...]) -> Mapping[tuple[str, int, str], bool]: ...


class Servers(Protocol):
    """What servers have set: see bot.adapters.store."""

    async def rules(self, guild_id: int | None) -> Rules: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of a reaction: something to tell its member alone, or a question that a button asks."""

    told: str = ""
    buttons: tuple[Button, ...] = ()
    asks: bool = False


class Reacting:
    """The use cases. All raise Unavailable as the store does."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        films: Films,
        marks: Marks,
        servers: Servers,
        actions: Actions,
        studio: Studio,
        gallery: Gallery,
        clock: Callable[[], float],
    ) -> None:
        self._films, self._marks, self._servers, self._actions = films, marks, servers, actions
        self._studio, self._gallery, self._clock = studio, gallery, clock

    async def film(self, message_id: int) -> Job | None:
        """The film that a message is or is about."""
        return await self._films.of_message(message_id)

    async def shown(self, count: int) -> Mapping[int, Mapping[int, str]]:
        """The newest films and cards: their channels, there their messages, and the jobs of these."""
        found: dict[int, dict[int, str]] = {}
        for one in await self._films.shown(self._clock() - RECENT, count):
            found.setdefault(one.channel_id, {})[one.message_id] = one.job_id
        return found

    async def heard(self, job_ids: tuple[str, ...]) -> Mapping[tuple[str, int, str], bool]:
        """The reactions to these films that were heard (film, member, action), and whether each is done."""
        return await self._marks.heard(job_ids)

    async def added(self, person: Person, job: Job, action: Action) -> Came:
        """Somebody reacts to a film. Done once, it does nothing until it was gone; what raises is not done.

        Raises Stopping where the bot stops, and Unavailable: then it can be heard again.
        """
        user_id = person.viewer.user_id
        if not action.there(job):  # heard on a card, it would not be heard on the film
            return Came()
        since = await self._marks.hear(job.id, user_id, action.name, self._clock())
        if since is None:
            return Came()
        came = Came()
        if user_id not in (await self._servers.rules(job.guild_id)).blocked:
            # what came of it before a death is the same film
            came = await self._done(replace(person, asker=replace(person.asker, asked_at=since)), job, action)
        await self._marks.did(job.id, user_id, action.name)
        return came

    async def removed(self, user_id: int, job: Job, action: Action) -> None:
        """Somebody's reaction is gone."""
        if await self._marks.unhear(job.id, user_id, action.name) and action.lasting:
            await self._gallery.star(job, user_id, on=False)

    async def cleared(self, job: Job, action: Action | None) -> None:
        """All reactions are gone, or those of one emoji."""
        for _, user_id, name in await self._marks.heard((job.id,)):
            if action is None or action.name == name:
                await self.removed(user_id, job, BY_NAME[name])

    async def _done(self, person: Person, job: Job, action: Action) -> Came:
        try:
            if action.asks:
                await self._actions.film(action.name, person, job.id)
                return Came(asks=True)
            if action.name in self._actions.makes:
                self._studio.begin(await self._actions.make(action.name, person, job.id))
                return Came()
            if action.lasting:
                film = await self._actions.film(action.name, person, job.id)
                await self._gallery.star(film, person.viewer.user_id, on=True)
                return Came()
            told = await self._actions.tell(action.name, person, job.id)
            return Came(told=told if action.unseen else "")
        except Stopping:
            raise
        except Repeated:
            return Came()
        except Refused as refusal:
            return Came(told=str(refusal), buttons=refusal.buttons)
