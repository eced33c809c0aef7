"""Everything outside that a job needs, as its carriers see it; what each part promises stands at its adapter."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.domain.card import REFUNDED, Card, Posted, Shown
from bot.domain.crop import Shape
from bot.domain.endpoint import Value
from bot.domain.job import Cancelling, Job, State
from bot.domain.language import say
from bot.domain.media import Measured, Size
from bot.domain.money import Entry
from bot.domain.progress import Progress
from bot.domain.rules import Change, Judge

Tell = Callable[[int, object], str]  # a refusal of fal, by its status and body, in the words of the job's options


KINDS = ("incoming", "pictures", "sounds", "films")  # of files


class Film(Protocol):
    """What a finished request brought."""

    @property
    def url(self) -> str: ...
    @property
    def seed(self) -> int | None: ...
    @property
    def prompt(self) -> str | None: ...
    @property
    def units(self) -> float | None: ...


class Jobs(Protocol):
    """Where jobs are kept (bot.adapters.store). Each write raises Stale if the row has moved on."""

    async def accept(self, job: Job, judge: Judge) -> Job: ...
    async def gather(self, job: Job, films: Sequence[Job], judge: Judge, *, at: float) -> tuple[Job, ...]: ...
    async def claim(self) -> list[Job]: ...
    async def find(self, job_id: str) -> Job | None: ...
    async def read(self, job: Job) -> Job: ...
    async def move(
        self,
        job: Job,
        state: State,
        *,
        at: float,
        settle: Entry | None = None,
        log: Change | None = None,
        **columns: Any,
    ) -> Job: ...
    async def note(self, job: Job, *, log: Change | None = None, **columns: Any) -> Job: ...
    async def hear(
        self, job_id: str, request_id: str, payload: Mapping[str, Any] | None, *, at: float
    ) -> Job | None: ...
    async def past(self, job: Job) -> list[float]: ...


class Models(Protocol):
    """fal (bot.adapters.fal)."""

    async def upload(self, path: Path, content_type: str) -> str: ...
    async def submit(self, endpoint: str, arguments: Mapping[str, Value], hook: str | None, tell: Tell) -> str: ...
    async def find(self, endpoint: str, arguments: Mapping[str, Value], since: float) -> str | None: ...
    async def look(self, endpoint: str, request_id: str) -> Progress: ...
    async def cancel(self, endpoint: str, request_id: str) -> Cancelling: ...
    async def result(self, endpoint: str, request_id: str, tell: Tell) -> Film: ...
    async def units(self, endpoint: str, request_id: str) -> float | None: ...
    def film(self, payload: Mapping[str, Any]) -> Film: ...


class Fetches(Protocol):
    """Downloads (bot.adapters.download)."""

    async def fetch(self, url: str, path: Path, *, limit: int, what: str) -> None: ...


class Media(Protocol):
    """Opens pictures, sounds and films (bot.adapters.media)."""

    async def prepare(self, source: Path, made: Path, *, sides: tuple[int, int], shape: Shape | None) -> Size: ...
    async def size(self, picture: Path) -> Size: ...
    async def sound(self, source: Path, made: Path, *, seconds: tuple[float, float]) -> Path: ...
    async def check(self, film: Path, *, seconds: float) -> Measured: ...
    async def fit(self, film: Path, made: Path, *, limit: int) -> None: ...
    async def stitch(self, scenes: Sequence[Path], made: Path, *, fade: float) -> None: ...
    async def beside(self, compared: Sequence[Path], labels: Sequence[str], made: Path) -> None: ...
    async def first_frame(self, film: Path, made: Path) -> None: ...
    async def last_frame(self, film: Path, made: Path) -> None: ...


class Channel(Protocol):
    """Discord's channels (bot.adapters.messenger)."""

    async def show(self, job: Job, card: Card) -> Shown: ...
    async def withdraw(self, job: Job) -> None: ...
    async def post(self, job: Job, text: str, film: Path | None) -> Posted: ...
    async def direct(self, job: Job, text: str, film: Path | None) -> Posted: ...
    async def tell(self, job: Job, text: str) -> None: ...
    async def find(self, job: Job) -> Posted | None: ...
    async def remove(self, job: Job) -> None: ...
    async def offer(self, job: Job) -> None: ...
    def limit(self, job: Job) -> int: ...


def in_english(_: int) -> AbstractContextManager[None]:
    """Nobody has chosen a language."""
    return contextlib.nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it, and the time."""

    jobs: Jobs
    models: Models
    downloads: Fetches
    media: Media
    channel: Channel
    hook: Callable[[Job], str | None]  # the address to which fal reports the end of a job, if it can reach us
    folder: Path  # for pictures, sounds and films
    clock: Callable[[], float]  # seconds UTC
    speaking: Callable[[int], AbstractContextManager[None]] = in_english  # to a member, inside

    def path(self, kind: str, name: str) -> Path:
        """Where a file of one of the KINDS is kept; its folder is there."""
        folder = self.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def clear(self, job: Job) -> None:
        """Remove what is kept of a job's pictures, sounds and film."""
        for kind in KINDS:
            for file in (self.folder / kind).glob(f"{job.id}[-.]*"):
                file.unlink(missing_ok=True)

    async def move(self, job: Job, state: State, *, settle: Entry | None = None, **columns: Any) -> Job:
        """Move a job on, now."""
        return await self.jobs.move(job, state, at=self.clock(), settle=settle, **columns)

    async def end(self, job: Job, reason: str, state: State = State.FAILED) -> Job:
        """End a job without a film: its price is given back, and its owner reads why."""
        return await self.move(job, state, settle=Entry.REFUND, reason=f"{reason} {say(REFUNDED)}")
