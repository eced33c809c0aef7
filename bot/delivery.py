"""What the channel sees of a job: its card, brought up to date, its film, posted once, and how it ended."""

import asyncio
import contextlib
import logging
from pathlib import Path

from bot.domain.card import Card, Posted, asking, caption, card, ended, quote
from bot.domain.catalogue import BESIDE
from bot.domain.errors import Blocked, Broken, Final, Stale, TooLarge, Unavailable, Undeliverable
from bot.domain.job import ENDED, Done, Job, State
from bot.domain.language import say, sentence
from bot.domain.media import FAL_KEEPS_SECONDS
from bot.domain.money import Entry
from bot.domain.pace import Pace
from bot.intake import Intake
from bot.world import World

log = logging.getLogger(__name__)

# What Discord takes or has taken, with boosts and without; what is refused below that is made much smaller.
RUNGS = tuple(size * 2**20 for size in (100, 50, 25, 20, 10, 8))
UNASKED = sentence(
    "The two pictures have not the same shape, and I may not ask here what to do about it. Please send others."
)
UNASKED_PRICE = sentence(
    "I ask about a film that costs so much first, and may not ask here. Please use another channel."
)
TOO_LONG = sentence("It is too large to be posted here, however small I make it. Please join fewer films.")
VANISHED = sentence("It was finished, but then got lost on my disk. Please ask for it once more.")
ATTEMPTS = 4  # at posting one film as a file
BACK_SOON = sentence("I am being restarted and am back in a moment. Nothing is lost, and nothing is paid twice.")


class Delivery:
    """Shows jobs in their channels."""

    def __init__(self, world: World, intake: Intake, pace: Pace) -> None:
        self._world, self._intake, self._pace = world, intake, pace
        self._shown: dict[str, Card] = {}  # by job

    def knows(self, job: Job) -> bool:
        """Whether the job's card was brought up to date since the bot started."""
        return job.id in self._shown

    def status(self, job: Job) -> str:
        """What the job's card says of how it stands; nothing where it was not shown since the bot started."""
        shown = self._shown.get(job.id)
        return shown.status if shown else ""

    def forget(self, job: Job) -> None:
        """Nothing more will be shown of this job."""
        self._shown.pop(job.id, None)

    def film(self, job: Job) -> Path:
        """Where the film of a job is kept."""
        return self._world.path("films", f"{job.id}.mp4")

    async def show(self, job: Job, status: str) -> Job:
        """Bring the card up to date if its text has changed. A courtesy: a card that is refused stops no film."""
        try:
            return await self._shown_as(job, card(job, status))
        except (Unavailable, Undeliverable, TooLarge) as error:
            log.warning("job %s: no card: %r", job.id, error)
            return job

    async def farewell(self, job: Job) -> None:
        """Let the card say that the bot is back soon; a question stays, as it can be answered then."""
        with contextlib.suppress(Stale, Unavailable, TimeoutError):
            async with asyncio.timeout(self._pace.farewell):
                job = await self._world.jobs.read(job)  # of which another may take care by now
                if job.state not in (*ENDED, State.ASKING, State.POSTING):
                    await self.show(job, say(BACK_SOON))

    async def ask(self, job: Job, until: float) -> Job:
        """Ask the owner how the job is to go on. `until` is when his answer comes too late, in seconds UTC.

        Raises Unavailable, and Final where nothing can be asked.
        """
        try:
            return await self._shown_as(job, asking(job, until))
        except (Undeliverable, TooLarge) as error:
            log.warning("job %s: it cannot be asked about: %s", job.id, error)
            raise Final(say(UNASKED_PRICE if job.asks_price else UNASKED)) from error

    async def deliver(self, job: Job) -> Job:
        """Post the film of a fetched job: as it is, else made smaller, else as a link. The original stays with us."""
        if not self.film(job).exists():
            await self._fetch_again(job)
        limit = self._world.channel.limit(job)
        for _ in range(ATTEMPTS):
            film = await self._fitting(job, limit)
            if film is None:
                break
            try:
                return await self._posted(job, film)
            except TooLarge:
                size = film.stat().st_size
                log.warning("job %s: a film of %s bytes is refused, against a limit of %s", job.id, size, limit)
                limit = next((rung for rung in RUNGS if rung < size), size // 4)
                job = await self._world.jobs.read(job)
            finally:
                if film != self.film(job):
                    film.unlink()
        if job.local:
            raise Final(say(TOO_LONG))
        return await self._posted(job, None)

    async def _fetch_again(self, job: Job) -> None:
        """The film has vanished from the disk."""
        if job.local:
            raise Final(say(VANISHED))
        try:
            await self._intake.film(job, job.film_url or "", self.film(job))
        except Unavailable:
            if self._world.clock() > self._held_until(job):
                lost = say("The film was finished, but then got lost, and fal has it no longer.")
                raise Final(lost) from None
            raise

    def _held_until(self, job: Job) -> float:
        return (job.fetched_at or job.created_at) + self._pace.hold

    async def deliver_again(self, job: Job) -> Job:
        """The same after a death or a lost reply: the film may stand in the channel already."""
        try:
            posted = await self._world.channel.find(job)
        except Undeliverable:
            posted = None
        return await self._delivered(job, posted) if posted else await self.deliver(job)

    async def close(self, job: Job) -> Job:
        """Tell what became of it: the film stands there, so the card goes; without a film the card says why.

        Who has no film is not handed it by another door: then the file goes, and its address.
        """
        told, gone = ended(job), {}
        if job.state is not State.DELIVERED:
            self.film(job).unlink(missing_ok=True)
            gone = {"film_url": None, "heard": None}
        try:
            if job.state is State.DELIVERED:
                await self._world.channel.withdraw(job)
                await self._told_of_film(job)
                await self._offered(job)
            else:
                job = await self._shown_as(job, told)
                await self._told_of_comparison(job, f"{told.title}: {told.prompt}\n{told.status}")
        except Undeliverable as error:
            log.warning("job %s: its card cannot be brought up to date: %s", job.id, error)
            if job.state is not State.DELIVERED:
                await self._tell_directly(job, f"{told.title}: {told.prompt}\n{told.status}")
        return await self._world.jobs.note(job, closed_at=self._world.clock(), interaction_token="", **gone)

    async def _told_of_film(self, job: Job) -> None:
        """Tell the owner directly, if he wants to hear of it so."""
        if job.done is Done.DM and not job.direct:
            there = say("Your film is there: {link}", link=job.link)
            try:
                await self._world.channel.tell(job, f"{there}\n> {quote(job.prompt)}")
            except Undeliverable as error:
                log.warning("job %s: its owner cannot be told that it is there: %s", job.id, error)

    async def _told_of_comparison(self, job: Job, text: str) -> None:
        """Its films, of which the owner is to hear by the one side by side, have none: as he would have heard of it.

        Those that go on without it tell of themselves again.
        """
        if job.endpoint != BESIDE or not job.parts:
            return
        if job.state is State.CANCELLED:
            for film in [await self._world.jobs.find(part) for part in job.parts]:
                if film and film.state not in ENDED:
                    with contextlib.suppress(Stale):  # it has just come further
                        await self._world.jobs.note(film, done=job.done)
        elif job.done is Done.PING:
            await self._world.channel.post(job, f"<@{job.user_id}> {text}", None)
        elif job.done is Done.DM:
            await self._world.channel.tell(job, text)

    async def _offered(self, job: Job) -> None:
        """Put the first reactions on the film: a courtesy, without which it is as good."""
        if job.direct or not job.message_id:
            return
        try:
            await self._world.channel.offer(job)
        except (Unavailable, Undeliverable) as error:
            log.warning("job %s: no reactions are offered: %r", job.id, error)

    async def _shown_as(self, job: Job, wanted: Card) -> Job:
        if self._shown.get(job.id) == wanted:
            return job
        shown = await self._world.channel.show(job, wanted)
        self._shown[job.id] = wanted
        if shown.card_id == job.card_id:
            return job
        # the interaction's token reaches no message but its own
        token = job.interaction_token if shown.by_token else ""
        return await self._world.jobs.note(job, card_id=shown.card_id, interaction_token=token)

    async def _posted(self, job: Job, film: Path | None) -> Job:
        # the fence: are we still the ones, right before others see it?
        job = await self._world.move(job, State.POSTING)
        return await self._delivered(job, await self._post(job, film))

    async def _delivered(self, job: Job, posted: Posted) -> Job:
        settle, stands = Entry.SETTLE, posted._asdict()
        return await self._world.move(job, State.DELIVERED, settle=settle, **stands)

    async def _post(self, job: Job, film: Path | None) -> Posted:
        """Post in the channel, and where that is forbidden to the owner alone."""
        expiry = (job.submitted_at or job.created_at) + FAL_KEEPS_SECONDS
        url = f"|| {job.film_url} ||" if job.spoiler else job.film_url
        link = say(
            "The film is too large to be posted here. It can be fetched until {until}: {url}",
            until=f"<t:{expiry:.0f}:f>",
            url=url,
        )
        text = caption(job, self._world.clock())
        for send in (self._world.channel.post, self._world.channel.direct):
            try:
                return await send(job, text if film else f"{text}\n{link}", film)
            except Undeliverable as error:
                log.warning("job %s: the film is refused by %s: %s", job.id, send.__name__, error)
        until = self._held_until(job)
        if self._world.clock() > until:
            raise Final(say("The film was finished, but I may post neither in this channel nor to you directly."))
        finished = say("The film is finished, but I may post neither in this channel nor to you directly.")
        allow = say("Allow me one of both and it comes; I try until {until}.", until=f"<t:{until:.0f}:f>")
        raise Blocked(f"{finished} {allow}")

    async def _fitting(self, job: Job, limit: int) -> Path | None:
        """The film, or a smaller one beside it, of at most `limit` bytes; None where that would be no film any more."""
        film = self.film(job)
        if film.stat().st_size <= limit:
            return film
        await self.show(job, say("Making the film small enough for this channel"))
        smaller = film.with_name(f"{job.id}-smaller.mp4")
        with contextlib.suppress(TooLarge, Broken):
            await self._world.media.fit(film, smaller, limit=limit)
            return smaller
        return None

    async def _tell_directly(self, job: Job, text: str) -> None:
        try:
            await self._world.channel.tell(job, text)
        except Undeliverable as error:
            log.warning("job %s: its owner cannot be told either: %s", job.id, error)
            if self._world.clock() < (job.ended_at or job.created_at) + self._pace.hold:
                raise Blocked(say("There is no place where its owner can be told")) from error
