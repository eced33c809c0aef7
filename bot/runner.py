"""Carries every job that is not closed from its state to its end. Starting and recovering are the same code."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.delivery import Delivery
from bot.domain.catalogue import by_id
from bot.domain.endpoint import Endpoint
from bot.domain.errors import Blocked, Busy, Final, Stale, Unavailable
from bot.domain.job import ENDED, Job, State
from bot.domain.language import say
from bot.domain.pace import Pace
from bot.intake import Intake, unlike
from bot.joining import Joining
from bot.rendering import Rendering
from bot.world import World

log = logging.getLogger(__name__)

UNPAID = frozenset({State.ACCEPTED, State.UPLOADED})  # where giving up costs nobody anything
CONTENT_TYPES = {".jpg": "image/jpeg", ".wav": "audio/wav", ".mp3": "audio/mpeg"}


class Trouble(NamedTuple):
    """Why something cannot be done now, in a sentence for the card, and the seconds to wait at the least."""

    text: str
    seconds: float = 0.0


@dataclass(slots=True)
class Carried:
    """A job in our hands."""

    step: asyncio.Task[tuple[Job, float]] | None = None
    news: bool = False  # somebody else has written its row since it was read


class Runner:
    """Carries jobs, one task each, inside `run`."""

    def __init__(self, world: World, catalogue: tuple[Endpoint, ...], pace: Pace) -> None:
        self._world, self._pace = world, pace
        self._endpoint = by_id(catalogue)
        self._intake = Intake(world, pace)
        self._delivery = Delivery(world, self._intake, pace)
        self._joining = Joining(world, self._delivery, self.take)
        self._rendering = Rendering(world, catalogue, self._intake, self._delivery, pace)
        self._group: asyncio.TaskGroup | None = None
        self._carried: dict[str, Carried] = {}  # by job
        self.up = asyncio.Event()  # set when what was unfinished is taken up
        self.over = asyncio.Event()  # set when nothing is carried any more
        self.steps: Mapping[State, Callable[[Job], Awaitable[Job]]] = {
            State.ACCEPTED: self._begin,
            State.ASKING: self._ask,
            State.GATHERING: self._joining.gather,
            State.UPLOADED: self._rendering.submit,
            State.SUBMITTING: self._rendering.resolve,
            State.WAITING: self._rendering.fetch,
            State.FETCHED: self._deliver,
            State.POSTING: self._delivery.deliver_again,
            **dict.fromkeys(ENDED, self._delivery.close),
        }

    @property
    def open(self) -> bool:
        """Whether jobs are carried: not before the start, and not while the bot stops."""
        return self._group is not None

    def status(self, job: Job) -> str:
        """How a job stands, as its card says it."""
        return self._delivery.status(job) or say(str(job.state))

    async def run(self) -> None:
        """Take up what is unfinished, then carry what `take` brings, until cancelled.

        Then each job stops where it may, its card says that the bot is back soon, and a paid request is finished.
        """
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    await self._intake.sweep()
                    claimed = await self._world.jobs.claim()
                    self._group = group  # what a webhook told before is in the rows
                    for job in claimed:
                        log.info("job %s: taken up as %s", job.id, job.state)
                        self.take(job)
                    self.up.set()
                    await self._rendering.watcher.run()
                finally:
                    self._group = None
        finally:
            self.over.set()

    def take(self, job: Job) -> None:
        """Carry this job from now on, once. One that is carried breaks off what it does and reads its row anew.

        While the bot stops, its row waits for the next start.
        """
        if carried := self._carried.get(job.id):
            carried.news = True
            if carried.step:
                carried.step.cancel()
        elif self._group is not None:
            self._carried[job.id] = Carried()
            self._group.create_task(self._carry(job), name=f"job {job.id}")

    async def hear(self, job_id: str, request_id: str, payload: Mapping[str, Any] | None) -> None:
        """fal has an answer for a job: kept when this returns. What comes late, twice or for another changes nothing.

        Raises Unavailable.
        """
        if job := await self._world.jobs.hear(job_id, request_id, payload, at=self._world.clock()):
            log.info("job %s: fal has told of its end", job.id)
            self.take(job)

    async def secret(self, job_id: str) -> str | None:
        """The secret part of the address to which fal reports a job; None where there is none. Raises Unavailable."""
        job = await self._world.jobs.find(job_id)
        return (job and job.hook_token) or None

    async def _carry(self, job: Job) -> None:
        """Step by step to the end. What fails for now stays in its state and is tried again."""
        carried, pause = self._carried[job.id], self._pace.pause
        try:
            while job.closed_at is None or carried.news:
                carried.news = False
                carried.step = asyncio.create_task(self._once(job, pause), name=f"step of {job.id}")
                try:
                    job, pause = await carried.step
                    if job.state in ENDED:
                        self._joining.ended(job)
                except asyncio.CancelledError:
                    if _told_to_stop():
                        raise
                    pause = self._pace.pause  # there is news
        except Stale:
            log.info("job %s: somebody else carries it now", job.id)
        except asyncio.CancelledError:
            with self._world.speaking(job.user_id):
                await self._delivery.farewell(job)
            raise
        finally:
            self._delivery.forget(job)
            del self._carried[job.id]

    async def _once(self, job: Job, pause: float) -> tuple[Job, float]:
        """One step: the job afterwards, and how long to pause where the next one fails."""
        before = job.state
        with self._world.speaking(job.user_id):
            job, trouble = await self._try(job, self._step)
            if not trouble:
                log.info("job %s: %s -> %s", job.id, before, job.state)
                return job, self._pace.pause
            if job.state not in ENDED:
                job, _ = await self._try(job, lambda job: self._delivery.show(job, trouble.text))
        await asyncio.sleep(max(pause, trouble.seconds))
        return job, min(2 * pause, self._pace.longest_pause)

    async def _try(self, job: Job, act: Callable[[Job], Awaitable[Job]]) -> tuple[Job, Trouble | None]:
        """Do something for a job: the job afterwards, or as it was and why that cannot be done now."""
        try:
            job = await self._world.jobs.read(job)  # the row is the truth, also after a step that broke off half-way
            try:
                return await act(job), None
            except Stale:  # its owner has moved it meanwhile, or it is another's now: that is told by the next read
                return job, None
        except Stale:
            raise
        except Blocked as reason:
            log.warning("job %s stays %s: %s", job.id, job.state, reason)
            return job, Trouble(str(reason))
        except Unavailable as error:
            log.warning("job %s stays %s: %s does not answer: %s", job.id, job.state, error, _cause(error))
            seconds = error.seconds if isinstance(error, Busy) else 0.0
            return job, Trouble(say("{who} does not answer. I keep trying.", who=say(str(error))), seconds)
        except Exception:  # the outermost place of a job: whatever it is, the job is not dropped
            log.exception("job %s stays %s", job.id, job.state)
            return job, Trouble(say("Something went wrong in the bot itself. I keep trying."))

    async def _step(self, job: Job) -> Job:
        if job.closed_at is not None:
            return job
        # what is free waits for its turn, perhaps through a restart: only what fails for ever is to end
        patience = self._pace.hold if job.local else self._pace.give_up
        if job.state in UNPAID and self._world.clock() - (job.asked_at or job.created_at) > patience:
            late = say("It did not work for too long, so I gave up. Please try again later.")
            return await self._world.end(job, late)
        try:
            return await self.steps[job.state](job)
        except Final as reason:
            return await self._world.end(await self._world.jobs.read(job), str(reason))

    # ---- the steps before fal and after it ----

    async def _begin(self, job: Job) -> Job:
        return await (self._joining.join(job) if job.local else self._upload(job))

    async def _upload(self, job: Job) -> Job:
        endpoint = self._endpoint(job.endpoint)
        if endpoint is None:
            raise Final(say("This bot no longer offers that model. Please choose another one."))
        if job.asked_at or not self._delivery.knows(job):
            job = await self._delivery.show(job, say("Reading what you sent"))
        pictures = await self._intake.pictures(job, endpoint)
        if not job.answer and (sizes := unlike(pictures.values())):
            return await self._world.move(job, State.ASKING, sizes=sizes, asked_at=self._world.clock())
        files = {name: await self._intake.cut(job, endpoint, name, one.path) for name, one in pictures.items()}
        files |= await self._intake.sounds(job, endpoint)
        upload = self._world.models.upload
        uploads = {name: await upload(path, CONTENT_TYPES[path.suffix]) for name, path in files.items()}
        return await self._world.move(job, State.UPLOADED, uploads=uploads)

    async def _ask(self, job: Job) -> Job:
        """Wait for the owner to say how it is to go on, as long as he may take; his answer ends this step."""
        until = (job.asked_at or job.created_at) + self._pace.answer
        job = await self._delivery.ask(job, until)
        await asyncio.sleep(max(until - self._world.clock(), 0))
        job = await self._world.jobs.read(job)  # an answer that is being stored comes first
        return await self._world.end(job, say("Nobody said how to go on, so I let it be."), State.CANCELLED)

    async def _deliver(self, job: Job) -> Job:
        if job.unwanted_at is not None:
            return await self._rendering.unwanted(job)
        return await self._delivery.deliver(job)


def _told_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _cause(error: Exception) -> str:
    """What an adapter found, for the log: in one line, without headers and bodies."""
    return f"{type(error.__cause__).__name__} {error.__cause__}"[:200]
