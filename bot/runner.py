"""Carries every job that is not closed from its state to its end. Starting and recovering are the same code."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.domain.card import Card, caption, card, ended
from bot.domain.catalogue import CALLED, SHAPES
from bot.domain.endpoint import Endpoint, Value
from bot.domain.errors import Final, Stale, TooLarge, Unavailable, Unclear, Undeliverable
from bot.domain.finish import finish
from bot.domain.job import ENDED, Job, State
from bot.domain.money import Entry
from bot.domain.pace import Pace
from bot.watcher import Looks, Watcher

log = logging.getLogger(__name__)

PICTURE_BYTES = 25 * 2**20
FILM_BYTES = 500 * 2**20
UNPAID = frozenset({State.ACCEPTED, State.UPLOADED})  # where giving up costs nobody anything
LOST = "The connection to fal broke while the job was sent, and nobody can tell whether it arrived."


class Film(Protocol):
    """What a finished request brought."""

    @property
    def url(self) -> str: ...
    @property
    def seed(self) -> int | None: ...
    @property
    def prompt(self) -> str | None: ...


class Jobs(Protocol):
    """Where jobs are kept. Each write raises Stale if the row has moved on."""

    async def claim(self) -> list[Job]: ...
    async def read(self, job: Job) -> Job: ...
    async def move(self, job: Job, state: State, *, at: float, settle: Entry | None = None, **columns: Any) -> Job: ...
    async def note(self, job: Job, **columns: Any) -> Job: ...


class Models(Looks, Protocol):
    """fal: see bot.adapters.fal for what each raises."""

    async def upload(self, path: Path, content_type: str) -> str: ...
    async def submit(self, endpoint: str, arguments: Mapping[str, Value], called: Mapping[str, str]) -> str: ...
    async def find(self, endpoint: str, seed: Value, since: float) -> str | None: ...
    async def result(self, endpoint: str, request_id: str, called: Mapping[str, str]) -> Film: ...


class Fetches(Protocol):
    async def fetch(self, url: str, path: Path, *, limit: int, what: str) -> None: ...


class Prepares(Protocol):
    async def __call__(self, source: Path, made: Path, *, sides: tuple[int, int], shape: str | None) -> None: ...


class Channel(Protocol):
    """Discord's channels: see bot.adapters.messenger."""

    async def show(self, job: Job, card: Card) -> int: ...
    async def withdraw(self, job: Job) -> None: ...
    async def post(self, job: Job, text: str, film: Path | None) -> int: ...
    async def direct(self, job: Job, text: str, film: Path | None) -> int: ...
    async def find(self, job: Job) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside that a job needs."""

    jobs: Jobs
    models: Models
    downloads: Fetches
    prepare: Prepares
    channel: Channel
    folder: Path  # for pictures and films
    clock: Callable[[], float]  # seconds UTC


class Runner:
    """Carries jobs, one task each, inside `run`."""

    def __init__(self, world: World, endpoint: Callable[[str], Endpoint], pace: Pace) -> None:
        self._world, self._endpoint, self._pace = world, endpoint, pace
        self._watcher = Watcher(world.models, self._show, world.clock, pace)
        self._group: asyncio.TaskGroup | None = None
        self._carried: set[str] = set()
        self._shown: dict[str, str] = {}  # by job: what its card says
        self.up = asyncio.Event()  # set when what was unfinished is taken up
        self.steps: Mapping[State, Callable[[Job], Awaitable[Job]]] = {
            State.ACCEPTED: self._upload,
            State.UPLOADED: self._submit,
            State.SUBMITTING: self._resolve,
            State.WAITING: self._fetch,
            State.FETCHED: self._deliver,
            State.POSTING: self._deliver_again,
            **dict.fromkeys(ENDED, self._close),
        }

    async def run(self) -> None:
        """Take up what is unfinished, then carry what `take` brings, until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            try:
                for job in await self._world.jobs.claim():
                    log.info("job %s: taken up as %s", job.id, job.state)
                    self.take(job)
                self.up.set()
                await self._watcher.run()
            finally:
                self._group = None

    def take(self, job: Job) -> None:
        """Carry this job from now on, once. While the bot stops, its row waits for the next start."""
        if self._group is not None and job.id not in self._carried:
            self._carried.add(job.id)
            self._group.create_task(self._carry(job), name=f"job {job.id}")

    async def _carry(self, job: Job) -> None:
        """Step by step to the end. What fails for now stays in its state and is tried again."""
        pause = self._pace.pause
        try:
            while job.closed_at is None:
                state = job.state
                job, trouble = await self._try(job)
                if trouble is None:
                    log.info("job %s: %s -> %s", job.id, state, job.state)
                    pause = self._pace.pause
                    continue
                if job.state not in ENDED:
                    job = await self._show(job, trouble)
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._pace.longest_pause)
        except Stale:
            log.info("job %s: somebody else carries it now", job.id)
        finally:
            self._shown.pop(job.id, None)
            self._carried.discard(job.id)

    async def _try(self, job: Job) -> tuple[Job, str | None]:
        """One step: the job after it, or the job as it was and a sentence about why it could not be done now."""
        try:
            job = await self._world.jobs.read(job)  # the row is the truth, also after a step that broke off half-way
            return await self._step(job), None
        except Stale:
            raise
        except Unavailable as error:
            log.warning("job %s stays %s: %s does not answer: %s", job.id, job.state, error, _cause(error))
            return job, f"{error} does not answer. I keep trying."
        except Exception:  # the outermost place of a job: whatever it is, the job is not dropped
            log.exception("job %s stays %s", job.id, job.state)
            return job, "Something went wrong in the bot itself. I keep trying."

    async def _step(self, job: Job) -> Job:
        if job.state in UNPAID and self._world.clock() - job.created_at > self._pace.give_up:
            return await self._end(job, "It did not work for too long, so I gave up. Please try again later.")
        try:
            return await self.steps[job.state](job)
        except Final as reason:
            return await self._end(await self._world.jobs.read(job), str(reason))

    # ---- the steps, in the order of the states ----

    async def _upload(self, job: Job) -> Job:
        endpoint, uploads = self._endpoint(job.endpoint), dict[str, str]()
        if job.id not in self._shown:
            job = await self._show(job, "Reading the picture")
        cut = None if endpoint.takes("aspect_ratio") else SHAPES.get(str(job.options.get("shape")))
        for name, url in job.pictures.items():
            made = self._path("pictures", f"{job.id}-{name}.jpg")
            if not made.exists():
                raw = made.with_suffix(".raw")
                await self._world.downloads.fetch(url, raw, limit=PICTURE_BYTES, what="the picture")
                try:
                    await self._world.prepare(raw, made, sides=endpoint.sides, shape=cut)
                finally:
                    raw.unlink()
            uploads[name] = await self._world.models.upload(made, "image/jpeg")
        return await self._move(job, State.UPLOADED, uploads=uploads)

    async def _submit(self, job: Job) -> Job:
        """Pay, once. Begun, it is carried to its end even if the bot is told to stop: the request's id must be kept."""
        return await finish(self._pay(job))

    async def _pay(self, job: Job) -> Job:
        job = await self._move(job, State.SUBMITTING, submitted_at=self._world.clock())
        try:
            arguments = {**job.arguments, **(job.uploads or {})}
            request_id = await self._world.models.submit(job.endpoint, arguments, CALLED)
        except Unavailable:
            await self._move(job, State.UPLOADED)
            raise
        except Final as reason:
            return await self._end(job, str(reason))
        except Unclear as error:
            log.warning("job %s: nobody knows whether it was submitted: %s", job.id, _cause(error))
            return job
        return await self._move(job, State.WAITING, request_id=request_id)

    async def _resolve(self, job: Job) -> Job:
        """A submit whose outcome nobody knows: look for it at fal, and never send it again."""
        until = (job.submitted_at or job.created_at) + self._pace.grace
        while True:
            since, seed = job.submitted_at or job.created_at, job.arguments["seed"]
            if request_id := await self._world.models.find(job.endpoint, seed, since):
                return await self._move(job, State.WAITING, request_id=request_id)
            left = until - self._world.clock()
            if left <= 0:
                sentence = f"{LOST} It is not sent again, and your budget got its price back. Please try again."
                return await self._end(job, sentence, State.LOST)
            job = await self._show(job, "fal has not confirmed the job; I am looking for it there.")
            await asyncio.sleep(min(left, self._pace.longest_look))

    async def _fetch(self, job: Job) -> Job:
        request_id = str(job.request_id)
        await self._watcher.arrival(job, request_id, self._endpoint(job.endpoint).typical_seconds)
        film = await self._world.models.result(job.endpoint, request_id, CALLED)
        job = await self._world.jobs.read(job)  # its card may be another by now
        path = self._path("films", f"{job.id}.mp4")
        await self._world.downloads.fetch(film.url, path, limit=FILM_BYTES, what="the film")
        now = self._world.clock()
        found: dict[str, Any] = {"film_url": film.url, "seed": film.seed, "expanded": film.prompt, "fetched_at": now}
        return await self._move(job, State.FETCHED, **found)

    async def _deliver(self, job: Job) -> Job:
        job = await self._move(job, State.POSTING)  # the fence: are we still the ones, right before others see it?
        return await self._delivered(job, await self._post(job))

    async def _deliver_again(self, job: Job) -> Job:
        """After a death or a lost reply: the film may stand in the channel already."""
        try:
            message_id = await self._world.channel.find(job)
        except Undeliverable:
            message_id = None
        return await self._delivered(job, message_id) if message_id else await self._deliver(job)

    async def _delivered(self, job: Job, message_id: int) -> Job:
        return await self._move(job, State.DELIVERED, settle=Entry.SETTLE, message_id=message_id)

    async def _post(self, job: Job) -> int:
        """Post in the channel, and where that is forbidden to the owner alone. The id of the message."""
        for send in (self._world.channel.post, self._world.channel.direct):
            try:
                return await self._send(send, job)
            except Undeliverable as error:
                log.warning("job %s: the film is refused by %s: %s", job.id, send.__name__, error)
        raise Final("The film is finished, but I may post neither in this channel nor to you directly.")

    async def _send(self, send: Callable[[Job, str, Path | None], Awaitable[int]], job: Job) -> int:
        text = caption(job, self._endpoint(job.endpoint), self._world.clock())
        try:
            return await send(job, text, self._path("films", f"{job.id}.mp4"))
        except TooLarge:
            return await send(job, f"{text}\nThe film is too large to be posted here: {job.film_url}", None)

    async def _close(self, job: Job) -> Job:
        """Tell what became of it: the film stands there, so the card goes; without a film the card says why."""
        try:
            if job.state is State.DELIVERED:
                await self._world.channel.withdraw(job)
            else:
                await self._world.channel.show(job, ended(job, self._endpoint(job.endpoint)))
        except Undeliverable as error:
            log.warning("job %s: its card cannot be brought up to date: %s", job.id, error)
        return await self._world.jobs.note(job, closed_at=self._world.clock())

    # ---- what the steps share ----

    async def _move(self, job: Job, state: State, *, settle: Entry | None = None, **columns: Any) -> Job:
        return await self._world.jobs.move(job, state, at=self._world.clock(), settle=settle, **columns)

    async def _end(self, job: Job, reason: str, state: State = State.FAILED) -> Job:
        return await self._move(job, state, settle=Entry.REFUND, reason=reason)

    async def _show(self, job: Job, status: str) -> Job:
        """Bring the card up to date. It is a courtesy: a card that cannot be shown stops no film."""
        if self._shown.get(job.id) == status:
            return job
        self._shown[job.id] = status
        try:
            card_id = await self._world.channel.show(job, card(job, self._endpoint(job.endpoint), status))
        except (Unavailable, Undeliverable, TooLarge) as error:
            log.warning("job %s: no card: %r", job.id, error)
            return job
        if card_id == job.card_id:
            return job
        # the interaction's token reaches no message but its own
        return await self._world.jobs.note(job, card_id=card_id, interaction_token="")

    def _path(self, kind: str, name: str) -> Path:
        folder = self._world.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name


def _cause(error: Exception) -> str:
    """What an adapter found, for the log: in one line, without headers and bodies."""
    return f"{type(error.__cause__).__name__} {error.__cause__}"[:200]
