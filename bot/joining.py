"""Films that the bot makes itself, of films that are there: stories, and films beside each other. They cost nothing."""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.delivery import Delivery
from bot.domain.catalogue import STITCH
from bot.domain.doors import SAFETY
from bot.domain.errors import Broken, Final
from bot.domain.job import ENDED, Job, State, made_of
from bot.domain.language import say, say_number, sentence
from bot.domain.money import Entry
from bot.world import World

UNKEPT = sentence(
    "Film {number} of {films} is deleted, hidden, or not kept any more, so they cannot be joined. Please ask for those "
    "that are there: `/story show` tells which."
)
TOO_FEW = sentence(
    "Fewer than two of the films were made, so there is nothing to put side by side. That costs nothing; what each "
    "film has cost stands on its own message."
)


class Joining:
    """The steps of a film that the bot makes itself, until it is on our disk."""

    def __init__(self, world: World, delivery: Delivery, take: Callable[[Job], None]) -> None:
        self._world, self._delivery, self._take = world, delivery, take
        self._gathers: dict[str, Job] = {}  # who waits for a job's end, by that job

    def ended(self, job: Job) -> None:
        """A job has ended: whoever waits for it looks again."""
        if gathers := self._gathers.pop(job.id, None):
            self._take(gathers)

    async def gather(self, job: Job) -> Job:
        """Wait until all of its films have ended, and go on with those that are there.

        Only the end of one ends this step, which is begun again then.
        """
        self._gathers |= dict.fromkeys(job.parts, job)  # before they are looked at, so that no end is missed
        films = [film for part in job.parts if (film := await self._world.jobs.find(part))]
        over = [film for film in films if film.state in ENDED]
        if len(over) < len(films):
            made = say("Its films are being made: {over} of {films} have ended.", over=len(over), films=len(films))
            await self._delivery.show(job, made)
            await asyncio.Event().wait()
        there = [film for film in over if film.state is State.DELIVERED and film.removed_at is None and not film.hidden]
        if len(there) < 2:
            return await self._world.move(job, State.FAILED, settle=Entry.REFUND, reason=say(TOO_FEW))
        now, unchecked = self._world.clock(), any(film.unchecked for film in there)
        told: dict[str, Any] = {
            "media": made_of(film.id for film in there),
            "arguments": {**job.arguments, **({SAFETY: False} if unchecked else {})},
            "length": max(film.seconds or film.length for film in there),
        }
        return await self._world.move(job, State.ACCEPTED, asked_at=now, **told)

    async def join(self, job: Job) -> Job:
        """Make it. Raises Final where one of its films is not there any more."""
        made = self._delivery.film(job)
        if not made.exists():  # it is there whole or not at all
            job = await self._make(job)
        try:
            measured = await self._world.media.check(made, seconds=0)
        except Broken as error:
            made.unlink()
            raise Final(str(error)) from error
        now = self._world.clock()
        told: dict[str, Any] = {"seconds": measured.seconds, **measured.size._asdict()}
        return await self._world.jobs.move(job, State.FETCHED, at=now, fetched_at=now, **told)

    async def _make(self, job: Job) -> Job:
        found = [await self._world.jobs.find(part) for part in job.parts]
        films = [film for film in found if film]
        paths = [self._delivery.film(film) for film in films]
        if job.endpoint == STITCH:
            doing = say_number("Joining {number} scene.", "Joining {number} scenes.", len(films))
        else:
            doing = say("Putting {number} films side by side.", number=len(films))
        job = await self._delivery.show(job, " ".join([doing, say("That can take a minute or two.")]))
        for number, (film, path) in enumerate(zip(films, paths, strict=True), 1):
            if film.hidden or not path.exists():
                raise Final(say(UNKEPT, number=number, films=len(films)))
        try:
            if job.endpoint == STITCH:
                fade = float(job.arguments.get("fade", 0))
                await self._world.media.stitch(paths, self._delivery.film(job), fade=fade)
            else:
                titles = [film.title for film in films]
                await self._world.media.beside(paths, titles, self._delivery.film(job))
        except Broken as error:
            raise Final(str(error)) from error
        return job
