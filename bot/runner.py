"""Carries every job that is not closed from its state to its end. Starting and recovering are the same code."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.delivery import Delivery
from bot.domain.catalogue import by_id
from bot.domain.doors import doors
from bot.domain.endpoint import Endpoint, Value
from bot.domain.errors import Final, Stale, Unavailable, Unclear
from bot.domain.finish import finish
from bot.domain.job import ENDED, Job, State
from bot.domain.money import Entry
from bot.domain.pace import Pace
from bot.domain.refusal import in_words
from bot.intake import Intake, unlike
from bot.watcher import Watcher
from bot.world import Tell, World

log = logging.getLogger(__name__)

UNPAID = frozenset({State.ACCEPTED, State.UPLOADED})  # where giving up costs nobody anything
REFUNDED = "Nothing was charged to your budget."
LOST = (
    "The connection to fal broke while the job was sent, and nobody can tell whether it arrived. It is not sent again."
)
LOGGED = 1000  # characters of fal's refusal, for the operator
CONTENT_TYPES = {".jpg": "image/jpeg", ".wav": "audio/wav", ".mp3": "audio/mpeg"}
TYPICAL_SECONDS = 120.0  # of an endpoint that the catalogue no longer has


class Runner:
    """Carries jobs, one task each, inside `run`."""

    def __init__(self, world: World, catalogue: tuple[Endpoint, ...], pace: Pace) -> None:
        self._world, self._pace = world, pace
        self._endpoint, self._doors = by_id(catalogue), doors(catalogue)
        self._intake = Intake(world, pace)
        self._delivery = Delivery(world, self._intake)
        self._watcher = Watcher(world.models, self._delivery.show, world.clock, pace)
        self._group: asyncio.TaskGroup | None = None
        self._carried: dict[str, asyncio.Event] = {}  # by job: set when somebody else has moved it
        self.up = asyncio.Event()  # set when what was unfinished is taken up
        self.steps: Mapping[State, Callable[[Job], Awaitable[Job]]] = {
            State.ACCEPTED: self._upload,
            State.ASKING: self._ask,
            State.UPLOADED: self._submit,
            State.SUBMITTING: self._resolve,
            State.WAITING: self._fetch,
            State.FETCHED: self._delivery.deliver,
            State.POSTING: self._delivery.deliver_again,
            **dict.fromkeys(ENDED, self._delivery.close),
        }

    async def run(self) -> None:
        """Take up what is unfinished, then carry what `take` brings, until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            try:
                await self._intake.sweep()
                for job in await self._world.jobs.claim():
                    log.info("job %s: taken up as %s", job.id, job.state)
                    self.take(job)
                self.up.set()
                await self._watcher.run()
            finally:
                self._group = None

    def take(self, job: Job) -> None:
        """Carry this job from now on, once; one that waits for its owner looks again what he said.

        While the bot stops, its row waits for the next start.
        """
        if job.id in self._carried:
            self._carried[job.id].set()
        elif self._group is not None:
            self._carried[job.id] = asyncio.Event()
            self._group.create_task(self._carry(job), name=f"job {job.id}")

    async def _carry(self, job: Job) -> None:
        """Step by step to the end. What fails for now stays in its state and is tried again."""
        pause = self._pace.pause
        try:
            while job.closed_at is None:
                state = job.state
                job, trouble = await self._try(job, self._step)
                if trouble is None:
                    log.info("job %s: %s -> %s", job.id, state, job.state)
                    pause = self._pace.pause
                    continue
                if job.state not in ENDED:
                    job, _ = await self._try(job, lambda job, text=trouble: self._delivery.show(job, text))
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._pace.longest_pause)
        except Stale:
            log.info("job %s: somebody else carries it now", job.id)
        finally:
            self._delivery.forget(job)
            del self._carried[job.id]

    async def _try(self, job: Job, act: Callable[[Job], Awaitable[Job]]) -> tuple[Job, str | None]:
        """Do something for a job: the job afterwards, or as it was and a sentence about why that cannot be done now."""
        try:
            job = await self._world.jobs.read(job)  # the row is the truth, also after a step that broke off half-way
            try:
                return await act(job), None
            except Stale:  # its owner has moved it meanwhile, or it is another's now: that is told by the next read
                return job, None
        except Stale:
            raise
        except Unavailable as error:
            log.warning("job %s stays %s: %s does not answer: %s", job.id, job.state, error, _cause(error))
            return job, f"{error} does not answer. I keep trying."
        except Exception:  # the outermost place of a job: whatever it is, the job is not dropped
            log.exception("job %s stays %s", job.id, job.state)
            return job, "Something went wrong in the bot itself. I keep trying."

    async def _step(self, job: Job) -> Job:
        if job.state in UNPAID and self._world.clock() - (job.asked_at or job.created_at) > self._pace.give_up:
            return await self._end(job, "It did not work for too long, so I gave up. Please try again later.")
        try:
            return await self.steps[job.state](job)
        except Final as reason:
            return await self._end(await self._world.jobs.read(job), str(reason))

    # ---- the steps before delivery, in the order of the states ----

    async def _upload(self, job: Job) -> Job:
        endpoint = self._endpoint(job.endpoint)
        if endpoint is None:
            raise Final("This bot no longer offers that model. Please choose another one.")
        if job.answer or not self._delivery.knows(job):
            job = await self._delivery.show(job, "Reading what you sent")
        pictures = await self._intake.pictures(job, endpoint)
        if not job.answer and (sizes := unlike(pictures.values())):
            return await self._world.move(job, State.ASKING, sizes=sizes, asked_at=self._world.clock())
        files = {name: await self._intake.cut(job, endpoint, name, one.path) for name, one in pictures.items()}
        files |= await self._intake.sounds(job, endpoint)
        upload = self._world.models.upload
        uploads = {name: await upload(path, CONTENT_TYPES[path.suffix]) for name, path in files.items()}
        return await self._world.move(job, State.UPLOADED, uploads=uploads)

    async def _ask(self, job: Job) -> Job:
        """Wait for the owner to say how it is to go on, as long as he may take."""
        moved = self._carried[job.id]
        moved.clear()
        until = (job.asked_at or job.created_at) + self._pace.answer
        job = await self._delivery.ask(job, until)
        job = await self._world.jobs.read(job)
        if job.state is State.ASKING:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(until - self._world.clock(), 0)):
                    await moved.wait()
            job = await self._world.jobs.read(job)
        if job.state is State.ASKING:
            return await self._end(job, "Nobody said how to go on, so I let it be.", State.CANCELLED)
        return job

    async def _submit(self, job: Job) -> Job:
        """Pay, once. Begun, it is carried to its end even if the bot is told to stop: the request's id must be kept."""
        return await finish(self._pay(job))

    async def _pay(self, job: Job) -> Job:
        job = await self._world.move(job, State.SUBMITTING, submitted_at=self._world.clock())
        try:
            request_id = await self._world.models.submit(job.endpoint, _sent(job), self._teller(job))
        except Unavailable:
            await self._world.move(job, State.UPLOADED)
            raise
        except Final as reason:
            return await self._end(job, str(reason))
        except Unclear as error:
            log.warning("job %s: nobody knows whether it was submitted: %s", job.id, _cause(error))
            return job
        log.info("job %s: request %s", job.id, request_id)  # so that it can be found by hand if it cannot be stored
        return await self._world.move(job, State.WAITING, request_id=request_id)

    async def _resolve(self, job: Job) -> Job:
        """A submit whose outcome nobody knows: look for it at fal, and never send it again.

        Only an answer of fal that it has no such request counts, for as long as such a request may take to show up.
        """
        until: float | None = None
        while True:
            since = job.submitted_at or job.created_at
            if request_id := await self._world.models.find(job.endpoint, _sent(job), since):
                return await self._world.move(job, State.WAITING, request_id=request_id)
            until = until or self._world.clock() + self._pace.grace
            left = until - self._world.clock()
            if left <= 0:
                return await self._end(job, f"{LOST} Please try again.", State.LOST)
            job = await self._delivery.show(job, "fal has not confirmed the job; I am looking for it there.")
            await asyncio.sleep(min(left, self._pace.longest_look))

    async def _fetch(self, job: Job) -> Job:
        request_id, endpoint = str(job.request_id), self._endpoint(job.endpoint)
        await self._watcher.arrival(job, request_id, endpoint.typical_seconds if endpoint else TYPICAL_SECONDS)
        film = await self._world.models.result(job.endpoint, request_id, self._teller(job))
        job = await self._world.jobs.read(job)  # its card may be another by now
        measured = await self._intake.film(job, film.url, self._delivery.film(job))
        now = self._world.clock()
        told = {"film_url": film.url, "seed": film.seed, "expanded": film.prompt, "seconds": measured.seconds}
        told |= {"width": measured.size.width, "height": measured.size.height}
        return await self._world.jobs.move(job, State.FETCHED, at=now, settle=None, **told, fetched_at=now)

    def _teller(self, job: Job) -> Tell:
        """Tells fal's refusals in the words of the options by which this job was asked for."""
        endpoint, door = self._endpoint(job.endpoint), self._doors.get(job.door)
        called = door.called(endpoint) if endpoint and door else {}

        def tell(status: int, body: object) -> str:
            log.warning("job %s: fal refuses it with %s: %s", job.id, status, json.dumps(body)[:LOGGED])
            return in_words(status, body, called, job=job.id)

        return tell

    async def _end(self, job: Job, reason: str, state: State = State.FAILED) -> Job:
        """End a job without a film: its price is given back, and its owner reads why."""
        return await self._world.move(job, state, settle=Entry.REFUND, reason=f"{reason} {REFUNDED}")


def _sent(job: Job) -> dict[str, Value]:
    """What fal is sent: the arguments and where the pictures are."""
    return {**job.arguments, **(job.uploads or {})}


def _cause(error: Exception) -> str:
    """What an adapter found, for the log: in one line, without headers and bodies."""
    return f"{type(error.__cause__).__name__} {error.__cause__}"[:200]
