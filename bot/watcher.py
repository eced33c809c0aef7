"""Watches every submitted job: one ticker looks at fal, another keeps the cards up to date."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.card import waiting
from bot.domain.errors import Unavailable
from bot.domain.job import Job
from bot.domain.pace import Pace
from bot.domain.progress import Finished, Progress, Queued, Running

log = logging.getLogger(__name__)
AT_ONCE = 20  # looks or edits under way together


class Looks(Protocol):
    """Tells how a request stands at fal."""

    async def look(self, endpoint: str, request_id: str) -> Progress: ...


Show = Callable[[Job, str], Awaitable[Job]]  # brings the card up to date where its text has changed


@dataclass(slots=True, kw_only=True)
class Watch:
    """One submitted job, as the tickers see it. Times are seconds UTC."""

    job: Job
    request_id: str
    typical: float  # seconds that such a film usually takes
    since: float
    next_look: float
    next_edit: float
    progress: Progress | None = None
    rendering_since: float | None = None
    over: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def saw(self, progress: Progress, now: float) -> bool:
        """Take in how the request stands; whether it has come to another stage."""
        moved = type(progress) is not type(self.progress)
        self.progress = progress
        if isinstance(progress, Running) and self.rendering_since is None:
            self.rendering_since = now
        if isinstance(progress, Queued):
            self.rendering_since = None  # fal may put a request back into its queue
        return moved

    def status(self, now: float) -> str:
        """The line about it on the card."""
        elapsed = now - (self.rendering_since or now)
        return waiting(self.progress, elapsed=elapsed, typical=self.typical) if self.progress else "Sent to fal"


class Watcher:
    """Looks at all submitted jobs and edits their cards, never one task for each."""

    def __init__(self, looks: Looks, show: Show, clock: Callable[[], float], pace: Pace) -> None:
        self._looks, self._show, self._clock, self._pace = looks, show, clock, pace
        self._watched: dict[str, Watch] = {}
        self._more = {"look": asyncio.Event(), "edit": asyncio.Event()}
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def arrival(self, job: Job, request_id: str, typical: float) -> None:
        """Return when fal has an answer for this request; raises what made looking at it impossible for good."""
        now = self._clock()
        age = now - (job.submitted_at or now)
        watch = Watch(
            job=job,
            request_id=request_id,
            typical=typical,
            since=job.submitted_at or now,
            next_look=now + (self._pace.first_look if age < self._pace.longest_look else 0),
            next_edit=now + self._pace.stage_after,
        )
        self._watched[job.id] = watch
        self._wake()
        try:
            await watch.over
        finally:
            del self._watched[job.id]

    async def run(self) -> None:
        """Look and edit until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick("look", lambda watch: watch.next_look, self._look), name="looks")
            group.create_task(self._tick("edit", lambda watch: watch.next_edit, self._edit), name="edits")

    def _wake(self) -> None:
        for event in self._more.values():
            event.set()

    async def _tick(self, what: str, due: Callable[[Watch], float], act: Callable[[Watch], Awaitable[None]]) -> None:
        more = self._more[what]
        while True:
            more.clear()
            now = self._clock()
            ripe = [watch for watch in self._watched.values() if due(watch) <= now and not watch.over.done()]
            for watch, error in zip(ripe, await self._all(act, ripe), strict=True):
                if error and not watch.over.done():
                    watch.over.set_exception(error)
            pending = [due(watch) for watch in self._watched.values() if not watch.over.done()]
            wait = max(min(pending) - self._clock(), 0) if pending else None
            try:
                await asyncio.wait_for(more.wait(), wait)
            except TimeoutError:
                continue

    async def _all(self, act: Callable[[Watch], Awaitable[None]], ripe: Iterable[Watch]) -> list[BaseException | None]:
        async def one(watch: Watch) -> None:
            async with self._gate:
                await act(watch)

        return await asyncio.gather(*(one(watch) for watch in ripe), return_exceptions=True)

    async def _look(self, watch: Watch) -> None:
        try:
            progress = await self._looks.look(watch.job.endpoint, watch.request_id)
        except Unavailable as error:
            log.warning("job %s: no look: %s does not answer", watch.job.id, error)
            watch.next_look = self._clock() + self._pace.longest_look
            return
        now = self._clock()
        if isinstance(progress, Finished):
            if not watch.over.done():
                watch.over.set_result(None)
            return
        watch.next_look = now + self._pace.until_look(now - watch.since)
        if watch.saw(progress, now):
            watch.next_edit = min(watch.next_edit, now + self._pace.stage_after)
            self._more["edit"].set()

    async def _edit(self, watch: Watch) -> None:
        now = self._clock()
        status = watch.status(now)
        watch.next_edit = now + self._pace.until_edit(len(self._watched))
        watch.job = await self._show(watch.job, status)
