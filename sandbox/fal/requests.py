"""One request to a model: what was asked, how far it is and what came of it."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from sandbox.fal.endpoints import Endpoint, Json
from sandbox.fal.settings import Outcome


class Status(StrEnum):
    """There is no status for failure: the answer of a completed request tells."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True)
class Answer:
    """What the model said in the end: HTTP status and body."""

    status: int
    body: Json

    @property
    def good(self) -> bool:
        return self.status < 400

    @property
    def error_type(self) -> str | None:
        """The type that fal puts into status and header: of the platform's error, or of the first of the model's."""
        detail: Any = self.body.get("detail")
        if isinstance(detail, list):
            types = [cast("Json", item).get("type") for item in cast("list[Any]", detail) if isinstance(item, dict)]
            return str(types[0]) if types else None
        return self.body.get("error_type")


@dataclass
class Request:
    """Times ending in `_at` are Unix seconds; `queued` and `running` are seconds of the event loop's clock."""

    id: str
    endpoint: Endpoint
    input: Json
    seed: int
    hook: str | None
    submitted_at: float
    queued: float
    outcome: Outcome | None = None
    llm: Json = field(default_factory=dict[str, Any])  # what a language model's answer is to say
    direct: bool = False
    early: bool = False  # without queue and delay: its webhook comes before the submit's reply
    settled: bool = False  # nothing more is done for it
    status: Status = Status.IN_QUEUE
    running: float = 0
    started_at: float | None = None
    ended_at: float | None = None
    cancelling: bool = False
    removed: bool = False  # from the queue: fal knows it no more, the control API still tells of it
    expired: bool = False
    erased: bool = False  # what was asked, answered and made was deleted; the control API still tells of it
    answer: Answer | None = None
    cost: int = 0  # micro-dollars
    units: float | None = 0  # None of what is billed by tokens
    render_seconds: float = 0
    deliveries: list[Json] = field(default_factory=list[Json])

    @property
    def app(self) -> str:
        """Owner and alias: the URLs of a request know nothing else of its endpoint."""
        return "/".join(self.endpoint.id.split("/")[:2])

    @property
    def line(self) -> str:
        """Its submit, as faults match it."""
        return f"POST {'' if self.direct else 'queue.'}fal.run/{self.endpoint.id}"

    @property
    def steps(self) -> int:
        return int(self.endpoint.filled(self.input).get("num_inference_steps", 30))

    def urls(self) -> Json:
        url = f"https://queue.fal.run/{self.app}/requests/{self.id}"
        return {
            "request_id": self.id,
            "response_url": url,
            "status_url": f"{url}/status",
            "cancel_url": f"{url}/cancel",
        }

    def logs(self, now: float, run_seconds: float) -> list[Json]:
        """One line for each step done so far, oldest first; `now` is of the event loop's clock."""
        if self.started_at is None or (self.answer and not self.answer.good):
            return []
        done, each = self.steps, run_seconds / self.steps
        if not self.answer:
            done = min(self.steps, math.floor((now - self.running) / each)) if each else self.steps
        return [
            {
                "message": f"{step}/{self.steps}",
                "timestamp": iso(self.started_at + each * step),
                "level": "INFO",
                "source": "USER",
            }
            for step in range(1, done + 1)
        ]

    def told(self) -> Json:
        """What the control API tells; `cost_usd` in dollars, `result` is the answer's body, good or not."""
        return {
            "request_id": self.id,
            "endpoint": self.endpoint.id,
            "input": self.input,
            "status": str(self.status),
            "submitted_at": self.submitted_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "webhook_url": self.hook,
            "deliveries": [*self.deliveries],
            "cost_usd": self.cost / 1_000_000,
            "answer_status": self.answer.status if self.answer else None,
            "render_seconds": self.render_seconds,
            "cancelled": self.cancelling,
            "removed": self.removed,
            "erased": self.erased,
            "seed": self.seed,
            "result": self.answer.body if self.answer else None,
            "billable_units": self.units if self.answer else None,
        }


def iso(at: float) -> str:
    """Unix seconds as fal writes a time."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
