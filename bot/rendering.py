"""What fal does for a job: it is paid once, looked for where nobody knows whether it was, waited for, called off."""

import asyncio
import contextlib
import json
import logging
from dataclasses import replace
from typing import Any

from bot.delivery import Delivery
from bot.domain.card import FETCHING, called_off
from bot.domain.catalogue import by_id
from bot.domain.doors import doors
from bot.domain.endpoint import Endpoint, Value
from bot.domain.errors import Final, Unavailable, Unclear
from bot.domain.finish import finish
from bot.domain.job import Cancelling, Job, State
from bot.domain.language import say, sentence
from bot.domain.money import Entry, dollars_exactly
from bot.domain.pace import Pace
from bot.domain.pricing import billed
from bot.domain.progress import Finished, span, typical
from bot.domain.refusal import in_words
from bot.intake import Intake
from bot.watcher import CALLING_OFF, Watcher
from bot.world import Film, Tell, World

log = logging.getLogger(__name__)

UNFETCHED = sentence(
    "fal has finished it, but the film could not be fetched for too long, and I gave up. Please try again later."
)
UNANSWERED = sentence(
    "fal did not answer, so what became of it could not be fetched for too long, and I gave up. Please try again later."
)
LOGGED = 1000  # characters of fal's refusal, for the operator
ROUNDING = 100  # micro-dollars by which what fal bills may lie above a price, as both are rounded
# of an endpoint that the catalogue no longer has, in seconds
TYPICAL, DEADLINE = 120.0, 3600.0


class Rendering:
    """The steps of a job between its upload and its film."""

    def __init__(
        self, world: World, catalogue: tuple[Endpoint, ...], intake: Intake, delivery: Delivery, pace: Pace
    ) -> None:
        self._world, self._intake, self._delivery, self._pace = world, intake, delivery, pace
        self._endpoint, self._doors = by_id(catalogue), doors(catalogue)
        self.watcher = Watcher(world.models, delivery.show, world.clock, pace)
        self._born = world.clock()  # seconds UTC: while nobody was here, nothing was tried in vain

    # ---- paying ----

    async def submit(self, job: Job) -> Job:
        """Pay, once. Begun, it is carried to its end even if the bot is told to stop: the request's id must be kept."""
        if job.unwanted_at is not None:
            return await self._without_film(job, "")
        return await finish(self._pay(job))

    async def _pay(self, job: Job) -> Job:
        job = await self._world.move(job, State.SUBMITTING, submitted_at=self._world.clock())
        try:
            hook = self._world.hook(job)
            request_id = await self._world.models.submit(job.endpoint, _sent(job), hook, self._teller(job))
        except Unavailable:
            await self._world.move(job, State.UPLOADED)
            raise
        except Final as reason:
            return await self._world.end(job, str(reason))
        except Unclear as error:
            log.warning("job %s: nobody knows whether it was submitted: %s", job.id, error.__cause__)
            return job
        log.info("job %s: request %s", job.id, request_id)  # so that it can be found by hand if it cannot be stored
        return await self._world.move(job, State.WAITING, request_id=request_id)

    async def resolve(self, job: Job) -> Job:
        """A submit whose outcome nobody knows: look for it at fal and wait for its webhook, never send it again.

        Only an answer of fal that it has no such request counts, for as long as such a request may take to show up.
        """
        try:
            return await self._looked_for(job)
        except Unavailable:
            if self._world.clock() < self._last_try(job):
                raise
            return await self._lost(job)

    async def _looked_for(self, job: Job) -> Job:
        until: float | None = None
        while True:
            since = job.submitted_at or job.created_at
            if request_id := await self._world.models.find(job.endpoint, _sent(job), since):
                return await self._world.move(job, State.WAITING, request_id=request_id)
            until = until or self._world.clock() + self._pace.grace
            left = until - self._world.clock()
            if left <= 0:
                return await self._lost(job)
            job = await self._delivery.show(job, say("fal has not confirmed the job; I am looking for it there."))
            await asyncio.sleep(min(left, self._pace.longest_look))

    async def _lost(self, job: Job) -> Job:
        lost = say(
            "The connection to fal broke while the job was sent, and nobody can tell whether it arrived. "
            "It is not sent again by itself."
        )
        return await self._world.end(job, lost, State.LOST)

    # ---- waiting, calling off, fetching ----

    async def fetch(self, job: Job) -> Job:
        """Wait for fal's answer and fetch the film. What takes too long, or is not wanted any more, is called off."""
        try:
            return await self._fetched(job)
        except Unavailable:
            job = await self._world.jobs.read(job)
            if self._world.clock() < self._last_try(job):
                raise
            return await self._without_film(job, say(UNFETCHED if job.ready_at else UNANSWERED))

    async def _fetched(self, job: Job) -> Job:
        if job.ready_at is None:
            job = await self._answered(job)
            if job.ready_at is None:
                return job
        if job.booked or not self._delivery.knows(job):  # what comes back to life stands there as lost
            job = await self._delivery.show(job, say(FETCHING))
        try:
            film = await self._film(job)
        except Final as reason:
            return await self._without_film(job, str(reason))
        if job.unwanted_at is not None:
            return await self.unwanted(replace(job, cost=await self._cost(job, film)))
        job = await self._world.jobs.read(job)  # its card may be another by now
        fetching = self._intake.film(job, film.url, self._delivery.film(job))
        measured, seconds, cost = await asyncio.gather(fetching, self._took(job), self._cost(job, film))
        now = self._world.clock()
        told: dict[str, Any] = {
            "film_url": film.url,
            "seed": film.seed,
            "expanded": film.prompt,
            "seconds": measured.seconds,
        }
        told |= {"width": measured.size.width, "height": measured.size.height, "rendered_seconds": seconds}
        told |= {"cost": cost}
        return await self._world.jobs.move(job, State.FETCHED, at=now, settle=None, **told, fetched_at=now)

    async def _answered(self, job: Job) -> Job:
        """Wait until fal has an answer; without one the job has ended, or must be looked at anew."""
        overdue = self._world.clock() >= self._deadline(job)
        if overdue or job.unwanted_at is not None:
            job = await self._delivery.show(job, say(CALLING_OFF))
            answer = await self._world.models.cancel(job.endpoint, str(job.request_id))
            if answer is Cancelling.TOO_LATE:
                return await self._world.jobs.note(job, ready_at=self._world.clock())
            if overdue or answer is Cancelling.GONE:
                waited = span(self._world.clock() - (job.submitted_at or job.created_at))
                late = say("fal did not finish it in {time}, so I called it off.", time=waited)
                return await self._without_film(job, late)
        try:
            finished = await self._arrival(job)
        except Final as reason:
            return await self._without_film(job, str(reason))
        if finished is None:
            return job
        return await self._world.jobs.note(job, ready_at=self._world.clock(), rendered_seconds=finished.seconds)

    async def _arrival(self, job: Job) -> Finished | None:
        """fal's answer, None if it has not come by the deadline."""
        endpoint = self._endpoint(job.endpoint)
        usual = typical(await self._world.jobs.past(job), endpoint.typical_seconds if endpoint else TYPICAL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(self._deadline(job) - self._world.clock(), 0)):
                return await self.watcher.arrival(job, str(job.request_id), usual)
        return None

    async def _film(self, job: Job) -> Film:
        """What the request brought. Raises Final where that is no film, Unavailable where nobody answers."""
        if job.heard:
            return self._world.models.film(job.heard)
        return await self._world.models.result(job.endpoint, str(job.request_id), self._teller(job))

    async def _took(self, job: Job) -> float | None:
        """The seconds that its film took; a webhook does not tell, so fal is asked."""
        if job.rendered_seconds is not None:
            return job.rendered_seconds
        with contextlib.suppress(Unavailable, Final):
            progress = await self._world.models.look(job.endpoint, str(job.request_id))
            return progress.seconds if isinstance(progress, Finished) else None
        return None

    async def _cost(self, job: Job, film: Film) -> int | None:
        """What fal bills for its film, in micro-dollars, at the price that a unit had when the job was accepted.

        None where fal does not say. A webhook does not, so fal is asked; the film does not depend on an answer.
        """
        units = film.units
        if job.heard:
            with contextlib.suppress(Unavailable):
                units = await self._world.models.units(job.endpoint, str(job.request_id))
        if units is None or job.unit_price is None:
            return None
        cost = billed(units, job.unit_price)
        if cost > job.price + ROUNDING:
            told = dollars_exactly(job.price)
            log.warning(
                "job %s: fal bills %s; its owner pays the %s that he was told", job.id, dollars_exactly(cost), told
            )
        return cost

    async def unwanted(self, job: Job) -> Job:
        """fal has finished what its owner called off: that is paid."""
        paid = {"cost": job.cost, "reason": called_off(job, paid=True)}
        return await self._world.move(job, State.CANCELLED, settle=Entry.SETTLE, **paid)

    async def _without_film(self, job: Job, reason: str) -> Job:
        if job.unwanted_at is None:
            return await self._world.end(job, reason)
        free = called_off(job, paid=False)
        return await self._world.move(job, State.CANCELLED, settle=Entry.REFUND, reason=free)

    def _deadline(self, job: Job) -> float:
        """When a job has taken too long, in seconds UTC."""
        endpoint = self._endpoint(job.endpoint)
        patience = self._pace.patience * (endpoint.deadline_seconds if endpoint else DEADLINE)
        return (job.submitted_at or job.created_at) + patience

    def _last_try(self, job: Job) -> float:
        """Until when what does not answer is tried again, in seconds UTC."""
        return max(self._deadline(job), job.ready_at or 0, self._born) + self._pace.give_up

    def _teller(self, job: Job) -> Tell:
        """Tells fal's refusals in the words of the options by which this job was asked for."""
        endpoint, door = self._endpoint(job.endpoint), self._doors.get(job.door)
        called = door.called(endpoint) if endpoint and door else {}

        def tell(status: int, body: object) -> str:
            log.warning("job %s: fal refuses it with %s: %s", job.id, status, json.dumps(body)[:LOGGED])
            return in_words(status, body, called, job=job.id)

        return tell


def _sent(job: Job) -> dict[str, Value]:
    """What fal is sent: the arguments and where the pictures are."""
    return {**job.arguments, **(job.uploads or {})}
