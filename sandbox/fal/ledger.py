"""What the calls to the real fal tell of the requests that they are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from bot.domain.catalogue import CATALOGUE, by_id
from bot.domain.endpoint import Value
from bot.domain.errors import Invalid
from sandbox.fal.endpoints import Json
from sandbox.fal.exchange import Exchange
from sandbox.fal.record import Tell

IN_QUEUE, IN_PROGRESS, COMPLETED = "IN_QUEUE", "IN_PROGRESS", "COMPLETED"
# Answers of the platform to whoever asks, not of the model to what was asked.
NO_RESULT = (401, 403, 408, 425, 429)
BY_ENDPOINT = "/v1/models/requests/by-endpoint"


@dataclass
class Seen:
    """One request; None is what no call has shown. Times, in Unix seconds, are those of the calls that showed it."""

    id: str
    endpoint: str
    input: Json = field(default_factory=dict[str, Any])
    hook: str | None = None
    submitted_at: float | None = None
    price: float | None = None  # dollars
    status: str = IN_QUEUE
    position: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    cancelled: bool = False
    removed: bool = False
    answer_status: int | None = None
    result: Json | None = None
    units: float | None = None

    def told(self) -> Json:
        """In the shape of the stand-in. `cost_usd` is what fal asks for such a film, from the submit on."""
        seeds = [(self.result or {}).get("seed"), self.input.get("seed")]
        # By fal's documents, what it counts no units for is free, and so is what failed on its own side.
        free = self.units == 0 or (self.answer_status or 0) >= 500
        return {
            "request_id": self.id,
            "endpoint": self.endpoint,
            "input": self.input,
            "status": self.status,
            "submitted_at": self.submitted_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "webhook_url": self.hook,
            "deliveries": [],  # they go from fal to the bot
            "cost_usd": 0.0 if free else self.price,
            "answer_status": self.answer_status,
            "render_seconds": None,
            "cancelled": self.cancelled,
            "removed": self.removed,
            "seed": next((seed for seed in seeds if isinstance(seed, int)), None),
            "result": self.result,
            "billable_units": self.units,
            "queue_position": self.position,
            "erased": False,  # what is deleted at fal is seen in the record
        }


class Ledger:
    """All requests that were seen, and those whose submit got no answer that names them."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._endpoint = by_id(CATALOGUE)
        self._seen: dict[str, Seen] = {}
        self._told: dict[str, Json] = {}
        self._nameless: list[Seen] = []

    def all_told(self) -> list[Json]:
        """Every request, in the order in which they were seen first."""
        return list(self._told.values())

    def clear(self) -> None:
        """As if none had been seen."""
        self._seen.clear()
        self._told.clear()
        self._nameless.clear()

    def learn(self, exchange: Exchange) -> None:
        """Read a call that is over, and tell of the requests that it shows changed."""
        if exchange.host == "api.fal.ai":
            touched = self._named(exchange)
        elif exchange.host.startswith("queue."):
            touched = self._shown(exchange)
        else:
            return
        for seen in touched:
            told = seen.told()
            if told != self._told.get(seen.id):
                self._told[seen.id] = told
                self._tell("request", told)

    def _shown(self, exchange: Exchange) -> list[Seen]:
        app, found, rest = exchange.path.strip("/").partition("/requests/")
        if not found:
            return self._submitted(exchange, app) if exchange.method == "POST" else []
        id, _, action = rest.partition("/")
        match f"{exchange.method} {action}":
            case "GET status":
                return self._status(exchange, id, app)
            case "GET " | "GET response":
                return self._result(exchange, id, app)
            case "PUT cancel" if exchange.status in (200, 202):
                seen = self._find(id, app)
                seen.cancelled = True  # or will be: it may still end well
                seen.removed = exchange.status == 200
                return [seen]
            case _:
                return []

    def _find(self, id: str, app: str) -> Seen:
        """The request; one that was sent before anybody looked is known by owner and alias of its endpoint alone."""
        return self._seen.setdefault(id, Seen(id, app))

    def _submitted(self, exchange: Exchange, endpoint: str) -> list[Seen]:
        given, answer = exchange.asked.json() or {}, exchange.answer() or {}
        hook, price = exchange.query.get("fal_webhook"), self._price(endpoint, given)
        seen = Seen("", endpoint, given, hook, exchange.at, price)
        if isinstance(id := answer.get("request_id"), str):
            seen.id, seen.position = id, _whole(answer.get("queue_position"))
            self._seen[id] = seen
            return [seen]
        if not 400 <= exchange.status < 500 or exchange.status == 408:
            self._nameless.append(seen)  # nobody can tell whether fal has it
        return []

    def _status(self, exchange: Exchange, id: str, app: str) -> list[Seen]:
        answer = exchange.answer() or {}
        if exchange.status not in (200, 202) or not isinstance(status := answer.get("status"), str):
            return []
        seen = self._find(id, app)
        seen.status = status
        seen.position = _whole(answer.get("queue_position")) if status == IN_QUEUE else None
        if status == IN_QUEUE:
            seen.started_at = None  # fal may put a request back
        elif status == IN_PROGRESS:
            seen.started_at = seen.started_at or exchange.at
        elif status == COMPLETED:
            seen.ended_at = seen.ended_at or exchange.at
        return [seen]

    def _result(self, exchange: Exchange, id: str, app: str) -> list[Seen]:
        answer = exchange.answer()
        if not _is_result(exchange, answer):
            return []
        seen = self._find(id, app)
        if seen.answer_status is None:  # later it may have expired
            seen.status, seen.position, seen.ended_at = COMPLETED, None, seen.ended_at or exchange.at
            seen.answer_status, seen.result = exchange.status, answer
            seen.units = _number(exchange.headers.get("X-Fal-Billable-Units"))
        return [seen]

    def _named(self, exchange: Exchange) -> list[Seen]:
        """The requests whose ids came to light after all: by what was sent, as the bot itself recognises its own."""
        listed: object = (exchange.answer() or {}).get("items") if exchange.path == BY_ENDPOINT else None
        items = cast("list[object]", listed) if isinstance(listed, list) else []
        found: list[Seen] = []
        for item in items:
            one = cast("Json", item) if isinstance(item, dict) else {}
            id, seen = one.get("request_id"), next((seen for seen in self._nameless if _is_about(seen, one)), None)
            if seen and isinstance(id, str) and id not in self._seen:
                seen.id = id
                self._seen[id] = seen
                self._nameless.remove(seen)
                found.append(seen)
        return found

    def _price(self, id: str, given: Json) -> float | None:
        """Dollars by the price list, None for what is not on it."""
        endpoint = self._endpoint(id)
        try:
            arguments = endpoint.arguments(cast("Mapping[str, Value | None]", given)) if endpoint else {}
        except Invalid:
            return None
        return endpoint.price(arguments) / 1_000_000 if endpoint else None


def _is_about(seen: Seen, item: Json) -> bool:
    """Whether an item of fal's own list may be this request. fal may add the defaults to what was sent."""
    given: object = item.get("json_input")
    if not seen.input or seen.endpoint != item.get("endpoint_id") or not isinstance(given, dict):
        return False
    had = cast("Json", given)
    return all(had.get(name) == value for name, value in seen.input.items())


def _is_result(exchange: Exchange, answer: Json | None) -> bool:
    """Whether this answers what was asked of the model, rather than saying that nothing does as yet."""
    if exchange.status < 400:
        return exchange.status == 200 and answer is not None
    unfinished = exchange.status == 400 and "in progress" in str((answer or {}).get("detail"))
    gateway = exchange.status >= 502 and "X-Fal-Error-Type" not in exchange.headers
    return not (unfinished or gateway or exchange.status in NO_RESULT)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
