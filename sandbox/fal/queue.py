"""The queue: every request in turn, at most so many at once, each driven by one task."""

import asyncio
import contextlib
import math
import threading
import uuid
from collections.abc import Callable

from sandbox.fal.courier import Courier
from sandbox.fal.endpoints import Endpoint, Json
from sandbox.fal.faults import Faults
from sandbox.fal.language import ROUTER, SECONDS
from sandbox.fal.model import Model, Product
from sandbox.fal.requests import Answer, Request, Status
from sandbox.fal.settings import Outcome, Settings

# Requests of other people that stand before a new one, as the queue pretends.
OTHERS = 3
CANCELLED = Answer(499, {"detail": "Request was cancelled", "error_type": "client_cancelled"})


class Changes:
    """Wakes everybody who waits, each time something changes, and tells of the request that did."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._followers: list[Callable[[Request], None]] = []

    def follow(self, heard: Callable[[Request], None]) -> None:
        """From now on `heard` is called with each request that changed."""
        self._followers.append(heard)

    def tell(self, request: Request | None = None) -> None:
        """Something changed; `request` if that is what did."""
        self._event.set()
        self._event = asyncio.Event()
        if request:
            for heard in self._followers:
                heard(request)

    async def wait(self, seconds: float) -> None:
        """Until the next change, at most so long; infinity is allowed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._event.wait()


class Queue:
    """All requests by id, oldest first, and the tasks that bring them to their end."""

    def __init__(
        self, settings: Settings, faults: Faults, model: Model, courier: Courier, clock: Callable[[], float]
    ) -> None:
        self.requests: dict[str, Request] = {}
        self.changes = Changes()
        self._settings = settings
        self._faults = faults
        self._model = model
        self._courier = courier
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, endpoint: Endpoint, given: Json, hook: str | None, *, direct: bool = False) -> Request:
        """Take in a request, good or not: whether its input fits is found out when it runs."""
        request = Request(
            # Not from the seed: a bot that lives longer than the stand-in must never meet an id again.
            id=str(uuid.uuid4()),
            endpoint=endpoint,
            input=given,
            seed=self._model.seed_of(given),
            hook=hook,
            submitted_at=self._clock(),
            queued=self.now(),
            direct=direct,
        )
        self._decide(request)
        request.early = hook is not None and self._faults.take("webhook_early", request.line) is not None
        request.expired = self._faults.take("result_expired", request.line) is not None
        self.requests[request.id] = request
        # Before its task runs: those who wait already wait again first, and so stay before it.
        self.changes.tell(request)
        task = asyncio.get_running_loop().create_task(self._work(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return request

    def _decide(self, request: Request) -> None:
        """How it ends or what it says, where somebody has set that."""
        waiting = self._settings.llms if request.endpoint.id == ROUTER else self._settings.outcomes
        wanted = waiting.pop(0) if waiting else None
        if isinstance(wanted, Outcome):
            request.outcome = wanted
        elif wanted:
            request.llm = wanted

    def cancel(self, request: Request) -> None:
        """Somebody wants it to end; what that does is a setting."""
        if self._settings.cancel == "ignored":
            return
        request.cancelling = True
        if self._settings.cancel == "removed" and request.status == Status.IN_QUEUE:
            request.removed, request.ended_at = True, self._clock()
        self.changes.tell(request)

    def forget(self) -> None:
        """Give up every request; the tasks end by themselves."""
        for task in self._tasks:
            task.cancel()
        self.requests.clear()
        self.changes.tell()

    async def end(self) -> None:
        """Give up every request and wait until its task has ended."""
        self.forget()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def told_early(self, request: Request) -> None:
        """Until the webhook of an early request has come or never will."""
        while request.early and not request.deliveries and not request.settled and request.id in self.requests:
            await self.changes.wait(0.02)

    def running(self) -> int:
        return sum(request.status == Status.IN_PROGRESS for request in self.requests.values())

    def now(self) -> float:
        """Seconds of the event loop's clock."""
        return asyncio.get_running_loop().time()

    def all_told(self) -> list[Json]:
        """Every request, oldest first."""
        return [self.told(request) for request in self.requests.values()]

    def told(self, request: Request) -> Json:
        """What the control API tells of a request, with its place in the queue."""
        waits = request.status == Status.IN_QUEUE and not request.removed
        return request.told() | {"queue_position": self._position(request) if waits else None}

    def state(self, request: Request, *, with_logs: bool) -> Json:
        """The status object, as polling and events tell it."""
        state: Json = {"status": str(request.status), "logs": None, **request.urls()}
        if request.status == Status.IN_QUEUE:
            return state | {"queue_position": self._position(request)}
        if with_logs and self._settings.logs:
            state["logs"] = request.logs(self.now(), self._settings.run_seconds)
        if request.answer:
            ran = (request.ended_at or 0) - (request.started_at or request.ended_at or 0)
            state["metrics"] = {"inference_time": round(ran, 3)}
            if not request.answer.good:
                state["error"] = f"Invalid status code: {request.answer.status}"
                state["error_type"] = request.answer.error_type
        return state

    def _position(self, request: Request) -> int:
        """How many stand before it: other people's, fewer with time, and our own."""
        total = self._settings.queue_seconds
        share = max(0.0, self._delay(request)) / total if total else 0.0
        return min(OTHERS, math.floor((OTHERS + 1) * share)) + len(self._ahead(request))

    def _ahead(self, request: Request) -> list[Request]:
        waiting = [one for one in self.requests.values() if one.status == Status.IN_QUEUE and not one.cancelling]
        return [one for one in waiting if one.queued < request.queued]

    def _delay(self, request: Request) -> float:
        """Seconds that the queue itself still takes, below 0 when they are over."""
        return request.queued + self._settings.queue_seconds - self.now()

    def _until_start(self, request: Request) -> float:
        """Seconds until it may start, infinite while too many run. Who waits longest is woken first."""
        if request.early or request.direct:
            return 0
        if (delay := self._delay(request)) > 0:
            return delay
        return math.inf if self.running() >= self._settings.concurrency else 0

    async def _until(self, request: Request, left: Callable[[], float]) -> None:
        """Wait until `left` says 0 or the request is to be cancelled."""
        while not request.cancelling and (seconds := left()) > 0:
            await self.changes.wait(seconds)

    async def _work(self, request: Request) -> None:
        await self._until(request, lambda: self._until_start(request))
        if not request.cancelling and self._faults.take("requeue", request.line):
            await self._go_back(request)
        if request.removed:
            return
        answer = CANCELLED if request.cancelling else await self._run(request)
        request.answer, request.status, request.ended_at = answer, Status.COMPLETED, self._clock()
        self.changes.tell(request)
        await self._courier.deliver(request, lambda attempt: self.note(request, attempt))
        request.settled = True

    def note(self, request: Request, attempt: Json) -> None:
        """Its webhook was brought, or was tried to: {at, status}."""
        request.deliveries.append(attempt)
        self.changes.tell(request)

    def _start(self, request: Request) -> None:
        request.status, request.running, request.started_at = Status.IN_PROGRESS, self.now(), self._clock()
        self.changes.tell(request)

    async def _go_back(self, request: Request) -> None:
        """The runner was lost half-way: the request stands in the queue again, at its end."""
        self._start(request)
        await self._until(request, lambda: request.running + self._settings.run_seconds / 2 - self.now())
        request.status, request.queued, request.started_at = Status.IN_QUEUE, self.now(), None
        self.changes.tell(request)
        await self._until(request, lambda: self._until_start(request))

    async def _run(self, request: Request) -> Answer:
        self._start(request)
        stop = threading.Event()
        making = asyncio.get_running_loop().create_task(self._make(request, stop))
        making.add_done_callback(lambda _: self.changes.tell())
        never = self._faults.take("never_finish", request.line) is not None

        def left() -> float:
            if never:
                return math.inf
            if making.done() and making.result().refusal and not request.outcome:
                return 0
            seconds = 0 if request.early else request.running + self._run_seconds(request) - self.now()
            return seconds if seconds > 0 or making.done() else math.inf

        try:
            await self._until(request, left)
            if request.cancelling:
                return CANCELLED
            product = making.result()
            request.render_seconds = max(0.0, product.seconds - self._run_seconds(request))
            return self._model.answer(request, product)
        finally:
            stop.set()
            making.cancel()

    def _run_seconds(self, request: Request) -> float:
        seconds = self._settings.run_seconds
        return min(seconds, SECONDS) if request.endpoint.id == ROUTER else seconds

    async def _make(self, request: Request, stop: threading.Event) -> Product:
        if request.outcome:
            return Product(refusal=Answer(request.outcome.error_status, request.outcome.body))
        return await asyncio.to_thread(self._model.make, request, stop)
