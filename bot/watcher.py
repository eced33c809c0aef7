"""Watches every submitted job: one ticker says when to look at fal and when to bring a card up to date."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.domain.card import waiting
from bot.domain.errors import Busy, Unavailable
from bot.domain.finish import finish
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.pace import Pace
from bot.domain.progress import Finished, Progress, Queued, Running, Typical

log = logging.getLogger(__name__)
AT_ONCE = 20  # looks under way together, and as many edits
CALLING_OFF = sentence("Calling it off at fal")


class Looks(Protocol):
    """Tells how a request stands at fal."""

    async def look(self, endpoint: str, request_id: str) -> Progress: ...


Show = Callable[[Job, str], Coroutine[Any, Any, Job]]  # brings the card up to date where its text has changed


@dataclass(slots=True, kw_only=True)
class Watch:
    """One submitted job, as the ticker sees it. Times are seconds UTC."""

    job: Job
    request_id: str
    usual: Typical
    since: float  # it was submitted
    next_look: float
    next_edit: float
    recovered: bool  # it was submitted some time ago, so nobody has seen when its rendering began
    progress: Progress | None = None
    rendering_since: float | None = None
    resting: bool = False  # until it is its turn
    turn: asyncio.Event = field(default_factory=asyncio.Event)

    def saw(self, progress: Progress, now: float) -> bool:
        """Take in how the request stands; whether it has come to another stage."""
        moved = type(progress) is not type(self.progress)
        if isinstance(progress, Running) and self.rendering_since is None:
            # when it began is known to nobody who was not there: since the submit at the most
            self.rendering_since = self.since if self.recovered and self.progress is None else now
        if isinstance(progress, Queued):
            self.rendering_since = None  # fal may put a request back into its queue
        self.progress = progress
        return moved

    def status(self, now: float) -> str:
        """The line about it on the card."""
        if self.job.unwanted_at is not None:
            return say(CALLING_OFF)
        elapsed = now - (self.rendering_since or now)
        return waiting(self.progress, elapsed=elapsed, usual=self.usual) if self.progress else say("Sent to fal")


class Watcher:
    """Tells each submitted job when to look at fal and to edit its card; its own task does so, and delays no other."""

    def __init__(
        self,
        looks: Looks,
        show: Show,
        clock: Callable[[], float],
        pace: Pace,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._looks, self._show, self._clock, self._pace, self._chance = looks, show, clock, pace, chance
        self._watched: dict[str, Watch] = {}
        self._changed = asyncio.Event()
        self._look_gate, self._edit_gate = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        self._left_alone_until = 0.0  # seconds UTC; fal asked for it

    async def arrival(self, job: Job, request_id: str, usual: Typical) -> Finished:
        """Look, and edit the card, until fal has an answer for this request. Raises what no later look can mend."""
        now = self._clock()
        since = job.submitted_at or now
        recovered = now - since > self._pace.longest_look
        watch = Watch(
            job=job,
            request_id=request_id,
            usual=usual,
            since=since,
            next_look=now if recovered else now + self._pace.first_look,
            next_edit=now if job.unwanted_at else now + self._pace.stage_after,
            recovered=recovered,
        )
        self._watched[job.id] = watch
        try:
            while True:
                await self._rest(watch)
                now = self._clock()
                if self._due_look(watch) <= now and (finished := await self._look(watch)):
                    return finished
                if watch.next_edit <= now:
                    await self._edit(watch)
        finally:
            del self._watched[job.id]

    async def run(self) -> None:
        """Tick until cancelled: whose turn it is wakes up."""
        while True:
            self._changed.clear()
            now = self._clock()
            due = [now + self._pace.longest_pause]
            for watch in self._watched.values():
                if watch.resting:
                    due.append(min(self._due_look(watch), watch.next_edit))
                    if due[-1] <= now:
                        watch.turn.set()
            # not wait_for: before Python 3.12 it swallows a cancellation that comes together with the event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(min(due) - self._clock(), 0)):
                    await self._changed.wait()

    def _due_look(self, watch: Watch) -> float:
        return max(watch.next_look, self._left_alone_until)

    async def _rest(self, watch: Watch) -> None:
        """Return when it is this one's turn."""
        watch.turn.clear()
        watch.resting = True
        self._changed.set()
        await watch.turn.wait()
        watch.resting = False

    async def _look(self, watch: Watch) -> Finished | None:
        try:
            async with self._look_gate:
                progress = await self._looks.look(watch.job.endpoint, watch.request_id)
        except Unavailable as error:
            log.warning("job %s: no look: %s does not answer", watch.job.id, error)
            watch.next_look = self._clock() + self._pace.longest_look
            if isinstance(error, Busy):
                self._leave_alone(error.seconds)
            return None
        now = self._clock()
        if isinstance(progress, Finished):
            return _known(progress, watch, now)
        moved = watch.saw(progress, now)
        age = now - (watch.rendering_since or watch.since)
        watch.next_look = now + self._pace.until_look(progress, age, watch.usual.seconds, self._chance())
        if moved:
            watch.next_edit = min(watch.next_edit, now + self._pace.stage_after)
        return None

    def _leave_alone(self, seconds: float) -> None:
        """Nobody looks for so long; then not all at the same moment."""
        self._left_alone_until = max(self._left_alone_until, self._clock() + seconds)
        for watch in self._watched.values():
            watch.next_look = self._left_alone_until + self._chance() * self._pace.longest_look

    async def _edit(self, watch: Watch) -> None:
        watch.next_edit = self._clock() + self._pace.until_edit(len(self._watched))
        if self._edit_gate.locked():
            return  # Discord is slow, and a look is not to wait for it
        async with self._edit_gate:
            # not torn: a card that is posted anew must be known by whoever takes it away
            watch.job = await finish(self._shown(watch))

    async def _shown(self, watch: Watch) -> Job:
        with contextlib.suppress(TimeoutError):
            # discord.py alone would try for minutes, and so long nobody could call the job off
            async with asyncio.timeout(self._pace.longest_edit):
                return await self._show(watch.job, watch.status(self._clock()))
        log.warning("job %s: Discord takes no edit of its card for now", watch.job.id)
        return watch.job


def _known(finished: Finished, watch: Watch, now: float) -> Finished:
    """How long it took, from what we saw ourselves where fal does not say and we were there all the time."""
    if finished.seconds is not None or watch.rendering_since is None or watch.recovered:
        return finished
    return Finished(now - watch.rendering_since)
