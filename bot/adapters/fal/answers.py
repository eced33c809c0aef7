"""Reads fal's answers: what they say, in the domain's words."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import aiohttp

from bot.domain.endpoint import Value
from bot.domain.errors import Busy, Final, Refused, Unavailable
from bot.domain.language import say, sentence
from bot.domain.money import MICRO
from bot.domain.pricing import Told
from bot.domain.progress import Finished, Progress, Queued, Running, steps

MOST_BUSY_SECONDS = 300.0
MOST_SEED = 2**63  # more does not fit into a database
MOST_UNITS, MOST_USD = 10**6, 1000  # of one film, for one unit: more is nonsense, and might not fit either
# of a result that may come later; 401, 403: the operator has a key to renew or a bill to pay
PASSING = frozenset({202, 401, 403, 408, 425})
SHOWN = 200  # characters of fal's own words, for the operator
CLOCKS = 60  # seconds by which fal's clock and ours may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a finished request brought: where the film can be fetched, and what the model says it used."""

    url: str
    seed: int | None
    prompt: str | None  # as the model enriched it
    units: float | None = None  # that fal bills, where it says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a language model said; `output` is empty where it failed."""

    output: str
    cost: int | None  # micro-dollars, where fal says so


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of fal's over HTTP; `body` is a text where it is no JSON, and fal has no other JSON than objects."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] | str

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for; to be led elsewhere is not."""
        return 200 <= self.status < 300

    def good(self) -> dict[str, Any]:
        """The body of one that is. Raises Unavailable for any other."""
        if not self.ok or not isinstance(self.body, dict):
            raise Unavailable("fal") from self.cause
        return self.body

    @property
    def cause(self) -> Exception:
        """What it says, for the log and the operator."""
        return ValueError(f"{self.status}: {json.dumps(self.body)[:SHOWN]}")

    @property
    def busy(self) -> Busy:
        """Seconds of a Retry-After, 0 without one; a date in it is not understood, nor too long a time believed."""
        asked = self.headers.get("Retry-After", "")
        seconds = min(float(asked), MOST_BUSY_SECONDS) if asked.isdecimal() else 0.0
        return Busy(sentence("fal, which is too busy,"), seconds)

    @property
    def declines(self) -> bool:
        """Whether fal will not do what it was asked, and so has not."""
        return 400 <= self.status < 500 and self.status != 408

    @property
    def passes(self) -> bool:
        """Whether a result may come later, by what it is below 500."""
        detail = self.body.get("detail") if isinstance(self.body, dict) else self.body
        return self.status in PASSING or (self.status == 400 and "in progress" in str(detail))

    @property
    def refusal(self) -> dict[str, Any] | str:
        """The body, with the type of the error that may stand in a header alone."""
        header = {"error_type": self.headers.get("X-Fal-Error-Type")}
        return header | self.body if isinstance(self.body, dict) else self.body

    def erased(self) -> bool:
        """Whether a deletion has left nothing; False where the key may not ask for one. Raises Unavailable."""
        if self.status in (401, 403):
            return False
        if self.status == 404:
            return True
        told = self.body if isinstance(self.body, dict) else {}
        files: list[dict[str, Any]] = told.get("cdn_delete_results") or []
        if not self.ok or any(file.get("exception") is not None for file in files):
            raise Unavailable("fal") from self.cause
        return True

    @property
    def units(self) -> float | None:
        """The units that a result says are billed; None where it does not, or nonsense."""
        try:
            units = float(self.headers.get("X-Fal-Billable-Units", ""))
        except ValueError:
            return None
        return units if 0 <= units <= MOST_UNITS else None  # also no NaN


async def answer_of(reply: aiohttp.ClientResponse) -> Answer:
    """What came, read to its end."""
    text = await reply.text(errors="replace")
    try:
        return Answer(reply.status, reply.headers, json.loads(text))
    except ValueError:
        return Answer(reply.status, reply.headers, text)


def film(payload: Mapping[str, Any]) -> Result:
    """The film that a result brings. Raises Final where there is none."""
    try:
        url = str(payload["video"]["url"])
    except (KeyError, TypeError):
        url = ""
    if not url.startswith(("https://", "http://")):
        raise Final(say("fal says that the film is finished, but not where it is. Please try again."))
    seed = payload.get("seed")
    prompt = payload.get("actual_prompt") or payload.get("prompt")
    fits = isinstance(seed, int) and abs(seed) < MOST_SEED
    return Result(url=url, seed=seed if fits else None, prompt=str(prompt) if prompt else None)


def said(body: Mapping[str, Any]) -> Reply:
    """What a language model said, as far as it can be read."""
    output, usage = body.get("output"), body.get("usage")
    cost = _cost(cast("Mapping[str, Any]", usage)) if isinstance(usage, dict) else None
    whole = isinstance(output, str) and not body.get("error")  # what came until it failed is half a sentence
    return Reply(output=str(output) if whole else "", cost=cost)


def _cost(usage: Mapping[str, Any]) -> int | None:
    match usage.get("cost"):
        case bool():
            return None
        case int(usd) | float(usd) if 0 <= usd <= MOST_USD:  # also no NaN
            return round(usd * MICRO)
        case _:
            return None


def progress(status: Mapping[str, Any]) -> Progress:
    """How a request stands. Raises Unavailable for a status that nobody knows."""
    match status:
        case {"status": "IN_QUEUE"}:
            ahead = status.get("queue_position")
            return Queued(ahead if isinstance(ahead, int) else 0)
        case {"status": "IN_PROGRESS"}:
            logs: list[dict[str, Any]] = status.get("logs") or []
            return Running(steps([str(line.get("message", "")) for line in logs]))
        case {"status": "COMPLETED"}:
            metrics: dict[str, Any] = status.get("metrics") or {}
            seconds = metrics.get("inference_time")
            return Finished(float(seconds) if isinstance(seconds, int | float) and 0 < seconds < math.inf else None)
        case _:
            raise Unavailable("fal")


def prices(body: Mapping[str, Any]) -> dict[str, Told]:
    """What one unit of each endpoint is and costs. Raises Refused for what makes no sense."""
    told: Any = body.get("prices")
    if not isinstance(told, list):
        raise Refused(f"fal tells no prices, so none is changed. It says {json.dumps(body)[:SHOWN]}")
    return dict(map(_price, cast("list[Any]", told)))


def _price(item: Any) -> tuple[str, Told]:
    match item:
        case {"unit_price": bool()}:
            endpoint, unit, unit_price = "", "", 0
        case {
            "endpoint_id": str(endpoint),
            "unit_price": int(usd) | float(usd),
            "unit": str(unit),
            "currency": "USD",
        }:
            unit_price = round(usd * MICRO) if 0 < usd <= MOST_USD else 0  # also no NaN
        case _:
            endpoint, unit, unit_price = "", "", 0
    if not unit_price:
        told = json.dumps(item)[:SHOWN]
        raise Refused(f"fal tells a price that this bot does not understand, so none is changed. It says {told}")
    return endpoint, Told(unit_price, unit)


def is_ours(item: Mapping[str, Any], arguments: Mapping[str, Value], since: float) -> bool:
    """Whether a request in fal's list is the one with these arguments, sent at or after `since` (seconds UTC).

    The pictures' addresses are each job's own, so no other request has the same arguments.
    """
    given: Any = item.get("json_input")
    if not isinstance(given, dict):
        return False
    sent = item.get("sent_at")
    recent = not sent or datetime.fromisoformat(sent).timestamp() >= since - CLOCKS
    known = cast("dict[str, Any]", given)
    return "request_id" in item and recent and all(known.get(name) == value for name, value in arguments.items())
