"""What the channel sees of a job: its card, brought up to date, its film, posted once, and how it ended."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.domain.card import caption, card, ended
from bot.domain.errors import Final, TooLarge, Unavailable, Undeliverable
from bot.domain.job import Job, State
from bot.domain.money import Entry
from bot.world import World

log = logging.getLogger(__name__)

FILM_BYTES = 500 * 2**20
Send = Callable[[Job, str, Path | None], Awaitable[int]]


class Delivery:
    """Shows jobs in their channels."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shown: dict[str, str] = {}  # by job: what its card says

    def knows(self, job: Job) -> bool:
        """Whether the job's card was brought up to date since the bot started."""
        return job.id in self._shown

    def forget(self, job: Job) -> None:
        """Nothing more will be shown of this job."""
        self._shown.pop(job.id, None)

    async def show(self, job: Job, status: str) -> Job:
        """Bring the card up to date if its text has changed. A courtesy: a card that is refused stops no film."""
        if self._shown.get(job.id) == status:
            return job
        try:
            shown = await self._world.channel.show(job, card(job, status))
        except (Unavailable, Undeliverable, TooLarge) as error:
            log.warning("job %s: no card: %r", job.id, error)
            return job
        self._shown[job.id] = status
        if shown.card_id == job.card_id:
            return job
        # the interaction's token reaches no message but its own
        token = job.interaction_token if shown.by_token else ""
        return await self._world.jobs.note(job, card_id=shown.card_id, interaction_token=token)

    async def fetch(self, job: Job, url: str) -> None:
        """Store the film at `url` for this job."""
        path = self._film(job)
        await self._world.downloads.fetch(url, path, limit=FILM_BYTES, what="the film")

    async def deliver(self, job: Job) -> Job:
        """Post the film of a fetched job."""
        if not self._film(job).exists() and job.film_url:
            await self.fetch(job, job.film_url)
        job = await self._world.move(
            job, State.POSTING
        )  # the fence: are we still the ones, right before others see it?
        return await self._delivered(job, await self._post(job))

    async def deliver_again(self, job: Job) -> Job:
        """The same after a death or a lost reply: the film may stand in the channel already."""
        try:
            message_id = await self._world.channel.find(job)
        except Undeliverable:
            message_id = None
        return await self._delivered(job, message_id) if message_id else await self.deliver(job)

    async def close(self, job: Job) -> Job:
        """Tell what became of it: the film stands there, so the card goes; without a film the card says why."""
        told, channel = ended(job), self._world.channel
        try:
            if job.state is State.DELIVERED:
                await channel.withdraw(job)
            else:
                await channel.show(job, told)
        except Undeliverable as error:
            log.warning("job %s: its card cannot be brought up to date: %s", job.id, error)
            if job.state is not State.DELIVERED:
                await self._tell_directly(job, f"{told.title}: {told.prompt}\n{told.status}")
        return await self._world.jobs.note(job, closed_at=self._world.clock())

    async def _delivered(self, job: Job, message_id: int) -> Job:
        return await self._world.move(job, State.DELIVERED, settle=Entry.SETTLE, message_id=message_id)

    async def _post(self, job: Job) -> int:
        """Post in the channel, and where that is forbidden to the owner alone. The id of the message."""
        for send in (self._world.channel.post, self._world.channel.direct):
            try:
                return await self._send(send, job)
            except Undeliverable as error:
                log.warning("job %s: the film is refused by %s: %s", job.id, send.__name__, error)
        raise Final("The film is finished, but I may post neither in this channel nor to you directly.")

    async def _send(self, send: Send, job: Job) -> int:
        text = caption(job, self._world.clock())
        try:
            return await send(job, text, self._film(job))
        except TooLarge:
            return await send(job, f"{text}\nThe film is too large to be posted here: {job.film_url}", None)

    async def _tell_directly(self, job: Job, text: str) -> None:
        try:
            await self._world.channel.direct(job, text, None)
        except Undeliverable as error:
            log.warning("job %s: its owner cannot be told either: %s", job.id, error)

    def _film(self, job: Job) -> Path:
        return self._world.path("films", f"{job.id}.mp4")
