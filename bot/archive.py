"""Films that were made and that are being made, as members may look at them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.errors import Broken, Final, Refused, TooLarge, Unavailable
from bot.domain.history import PAGE, Found, Query, Sheet
from bot.domain.job import ENDED, Job, State
from bot.domain.language import say, sentence
from bot.domain.preferences import Preferences
from bot.domain.queue import Line, Queue

UNKNOWN = sentence(
    "I know no film of that number that you could see here. The number is below each film, and in `/history`."
)
PRIVATE = sentence("That member keeps his films to himself. Please ask him.")
NOT_HERE = sentence("That film was made without fal's safety checker: it is shown in age-restricted channels alone.")
HIDDEN = sentence(
    "Those who manage this server hid that film, so nothing is made of it that others would see. Nothing was spent. "
    "`/job` shows it to you, and ✉️ sends it."
)
ALONE = sentence("That film was sent to its owner alone. Please ask him.")
GONE = sentence(
    "That film is not kept here any more. `/job` shows how it was made, and may offer to make it once more."
)
UNREPEATABLE = sentence("What it was made from is not kept any more. Nothing was spent. Please ask anew by a command.")
LOOKED_THROUGH = 10  # films of a channel, for one that can be used
BUSY = sentence("I am making another film smaller to show it. Please ask again in a minute.")


class Books(Protocol):
    """Where jobs are kept: see bot.adapters.store."""

    async def find(self, job_id: str) -> Job | None: ...


class Films(Protocol):
    """The same, to be looked through."""

    async def newest(  # noqa: PLR0913 - each narrows it down
        self,
        user_id: int,
        guild_id: int | None,
        count: int,
        *,
        skip: int = ...,
        search: str = ...,
        endpoint: str | None = ...,
        states: Collection[State] = ...,
        channels: Collection[int] | None = ...,
    ) -> list[Job]: ...
    async def under_way(self, guild_id: int | None) -> list[Job]: ...
    async def last_of(self, channel_id: int, count: int) -> list[Job]: ...
    async def around(self, user_id: int, guild_id: int | None, channels: Collection[int], count: int) -> list[Job]: ...


class People(Protocol):
    """What members have chosen: see bot.adapters.store."""

    async def preferences(self, user_id: int) -> Preferences: ...


class Prices(Protocol):
    """What is offered: see bot.studio."""

    def endpoint_of(self, model: str) -> str: ...
    async def costs_now(self, job: Job) -> int | None: ...


class Carrier(Protocol):
    """Who carries jobs: see bot.runner."""

    def status(self, job: Job) -> str: ...


class Media(Protocol):
    """Makes films smaller, and pictures of them: see bot.adapters.media."""

    async def fit(self, film: Path, made: Path, *, limit: int) -> None: ...
    async def last_frame(self, film: Path, made: Path) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks, and from where."""

    user_id: int
    guild_id: int | None
    manages: bool  # whether he may manage the server
    age_restricted: bool  # whether the channel is
    channel_id: int
    channels: frozenset[int]  # those that he sees, and the one where he asks


class Archive:
    """The use cases. All of them raise Refused with a sentence, and Unavailable as the store does."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self, books: Books, films: Films, people: People, prices: Prices, carrier: Carrier, media: Media, folder: Path
    ) -> None:
        self._books, self._films, self._people, self._prices = books, films, people, prices
        self._carrier, self._media, self._folder = carrier, media, folder
        self._fitting = asyncio.Lock()

    async def history(self, viewer: Viewer, query: Query) -> Found:
        """A page of somebody's films in this server: his own, or those of a member in channels that he sees."""
        mine = query.user_id == viewer.user_id
        if not mine:
            await self._open(query.user_id)
        found = await self._films.newest(
            query.user_id,
            viewer.guild_id,
            PAGE + 1,
            skip=(query.page - 1) * PAGE,
            search=query.search,
            endpoint=self._prices.endpoint_of(query.model) if query.model else None,
            states=query.which.states,
            channels=None if mine else viewer.channels,
        )
        return Found(query=query, films=found[:PAGE], more=len(found) > PAGE)

    async def mine(self, viewer: Viewer, typed: str) -> Sequence[Job]:
        """His last films here whose prompt has that, or the one of this number."""
        newest = await self._films.newest(viewer.user_id, viewer.guild_id, PAGE, search=typed)
        known = await self._books.find(typed)
        return [known] if known and self._belongs(viewer, known) else newest

    async def look(self, viewer: Viewer, job_id: str) -> Job:
        """A film that he may look at: his own, one that he has to manage, or one that he could see in its channel."""
        job = await self._books.find(job_id)
        if job is None or job.guild_id != viewer.guild_id or not job.user_id:
            raise Refused(say(UNKNOWN))
        if self._belongs(viewer, job):
            return job
        if job.removed_at or job.hidden or job.direct or not self._seen(viewer, job):
            raise Refused(say(UNKNOWN))  # nobody learns what there is in a channel that he does not see
        await self._open(job.user_id)
        return job

    async def sheet(self, viewer: Viewer, job_id: str) -> Sheet:
        """Everything about a film."""
        job = await self.look(viewer, job_id)
        kept = job.state is State.DELIVERED and not job.removed_at and self._film(job).exists()
        costs = await self._prices.costs_now(job) if self.may_repeat(job) else None
        return Sheet(job=job, mine=job.user_id == viewer.user_id, now_costs=costs, kept=kept)

    def repeatable(self, job: Job) -> Job:
        """The film, if it can be made once more. Raises Refused."""
        if not self.may_repeat(job):
            raise Refused(say(UNREPEATABLE))
        return job

    def may_repeat(self, job: Job) -> bool:
        """Whether it may be made once more, and what it was made from is kept."""
        if job.removed_at or job.hidden or job.moderated or job.state not in ENDED or job.forgotten:
            return False
        places = [self._folder / name for name in ("pictures", "sounds")]
        return all(any(any(place.glob(f"{job.id}-{name}.*")) for place in places) for name in job.media)

    async def here(self, viewer: Viewer, job_id: str) -> Job:
        """A film that he may look at, also one whose message is where he asks."""
        job = await self._books.find(job_id)
        if job is not None and (_stands(viewer, job) or job.user_id == viewer.user_id):
            return job
        return await self.look(viewer, job_id)

    async def public(self, viewer: Viewer, job: Job) -> Job:
        """A film that he sees, if something may be made of it that others see.

        Raises Refused where a moderator hid it, and where it is another's who keeps his films to himself, or has it
        alone, and it does not stand where he asks.
        """
        if job.hidden:
            raise Refused(say(HIDDEN))
        if job.user_id != viewer.user_id and not _stands(viewer, job):
            if job.direct:
                raise Refused(say(ALONE))
            await self._open(job.user_id)
        return job

    async def shareable(self, viewer: Viewer, job: Job) -> Path:
        """Where a film is that he sees, to be shown to others. Raises Refused as `public` and `kept` do."""
        return self.kept(viewer, await self.public(viewer, job))

    async def last_film(self, viewer: Viewer) -> Job | None:
        """The newest film that stands in the channel where he asks, if it is kept and may be shown there."""
        for job in await self._films.last_of(viewer.channel_id, LOOKED_THROUGH):
            with contextlib.suppress(Refused):
                await self.shareable(viewer, job)
                return job
        return None

    @contextlib.asynccontextmanager
    async def frame(self, viewer: Viewer, job_id: str) -> AsyncGenerator[Path | None]:
        """The last frame of a film that he may see, a JPEG while the block lasts; None where there is none.

        Raises nothing: what it is shown beside is paid.
        """
        made, shown = self._folder / "incoming" / f"{job_id}-{viewer.user_id}-last.jpg", None
        try:
            with contextlib.suppress(Broken, Final, Refused, Unavailable, OSError):
                film = self.kept(viewer, await self.here(viewer, job_id))
                made.parent.mkdir(exist_ok=True)
                await self._media.last_frame(film, made)
                shown = made
            yield shown
        finally:
            with contextlib.suppress(OSError):
                made.unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def film(self, viewer: Viewer, job_id: str, limit: int) -> AsyncGenerator[tuple[Job, Path]]:
        """The film from our own store, made smaller if it has more than `limit` bytes."""
        job = await self.here(viewer, job_id)
        film = self.kept(viewer, job)
        if film.stat().st_size <= limit:
            yield job, film
            return
        if self._fitting.locked():  # films that are paid wait for the same processor
            raise Refused(say(BUSY))
        smaller = film.with_name(f"{job.id}-shown-smaller.mp4")
        try:
            async with self._fitting:
                await self._media.fit(film, smaller, limit=limit)
                yield job, smaller
        except (TooLarge, Broken):
            where = [say("It is at {link}", link=job.link)] if job.link else []
            raise Refused(" ".join([say("That film is too large to be shown here."), *where])) from None
        finally:
            smaller.unlink(missing_ok=True)

    def kept(self, viewer: Viewer, job: Job) -> Path:
        """Where a film is that he sees. Raises Refused where it is not kept, or may not be shown where he asks."""
        film = self._film(job)
        if job.unchecked and not viewer.age_restricted:
            raise Refused(say(NOT_HERE))
        if job.state is not State.DELIVERED or job.removed_at or not film.exists():
            raise Refused(say(GONE))
        return film

    async def around(self, viewer: Viewer, count: int) -> Sequence[Job]:
        """The last films here that are kept and that he sees: his own, and those in channels that he sees."""
        found = await self._films.around(viewer.user_id, viewer.guild_id, viewer.channels, count)
        return [job for job in found if self._film(job).exists()]

    async def queue(self, viewer: Viewer, page: int) -> Queue:
        """What is being made in this server; of what stands in channels that he does not see no more than that."""
        lines = [
            Line(job=job, status=self._carrier.status(job), seen=self._seen(viewer, job))
            for job in await self._films.under_way(viewer.guild_id)
        ]
        return Queue(lines=lines, page=page)

    async def _open(self, user_id: int) -> None:
        """Raises Refused where a member keeps his films to himself."""
        if (await self._people.preferences(user_id)).private:
            raise Refused(say(PRIVATE))

    def _seen(self, viewer: Viewer, job: Job) -> bool:
        return job.user_id == viewer.user_id or not viewer.channels.isdisjoint({job.channel_id, job.seen_in})

    def _film(self, job: Job) -> Path:
        return self._folder / "films" / f"{job.id}.mp4"

    def _belongs(self, viewer: Viewer, job: Job) -> bool:
        here = job.guild_id == viewer.guild_id
        return here and (job.user_id == viewer.user_id or viewer.manages)


def _stands(viewer: Viewer, job: Job) -> bool:
    """Whether its message is where he asks."""
    return job.channel_id == viewer.channel_id and not (job.removed_at or job.hidden or job.direct)
