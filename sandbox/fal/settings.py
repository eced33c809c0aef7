"""The knobs of the stand-in, and what may be turned on them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, cast

from sandbox.fal.endpoints import Json
from sandbox.fal.film import UNIT_PRICES
from sandbox.fal.language import PARTS

CANCELS = ("requested", "removed", "ignored")
BROKEN: Json = {"detail": "Internal server error", "error_type": "internal_error"}
COUNTED, NONSENSE = "counted", "nonsense"
ACTS = ("outcome", "llm", "rotate_keys")  # these are done, and do not stand any way


class Refused(Exception):
    """A control call asked for what does not exist; the text says what, in a sentence."""


@dataclass(frozen=True)
class Outcome:
    """How a model ends instead of making a film."""

    error_status: int
    body: Json


@dataclass
class Settings:
    """`queue_seconds` and `run_seconds` may change while requests wait; 0 means as soon as possible.

    `platform`: the key may ask the platform API. `cancel` is what a cancel does to an unfinished request: it ends with
    499 ("requested"), is gone if it does not run yet ("removed"), or goes on to its film ("ignored"). `rotations`
    counts how often the key that signs webhooks was given up for a new one. `unit_price` has the prices of units, in
    dollars, that are others than the usual ones. `units` is what is billed for a film: what it asks for ("counted") or
    this number; with null or "nonsense" results tell nothing or nonsense about it. `llms` are the next answers of
    language models: how they fail, or what they say other than usual.
    """

    queue_seconds: float = 2
    run_seconds: float = 6
    concurrency: int = 2
    logs: bool = True
    platform: bool = True
    cancel: str = "requested"
    rotations: int = 0
    unit_price: dict[str, float] = field(default_factory=dict[str, float])
    units: float | str | None = COUNTED
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    llms: list[Outcome | Json] = field(default_factory=list["Outcome | Json"])

    def set(self, changes: Json) -> None:
        """All of the changes or, with `Refused`, none."""
        for name, value in changes.items():
            if name not in KNOBS:
                raise Refused(f"There is no knob {name}; there are {', '.join(KNOBS)}.")
            means, fits = KNOBS[name]
            if not fits(value):
                raise Refused(f"{name} must be {means}.")
        for name, value in changes.items():
            if name == "rotate_keys":
                self.rotations += 1
            elif name == "outcome":
                _line_up(self.outcomes, value)
            elif name == "llm":
                _line_up(self.llms, value)
            else:
                setattr(self, name, value)

    def price_of_unit(self, endpoint: str) -> float:
        """What one unit of an endpoint costs, in dollars."""
        return self.unit_price.get(endpoint, UNIT_PRICES[endpoint] / 1_000_000)

    def told(self) -> Json:
        """How the knobs stand, by their names; outcomes are told among the faults that wait."""
        return {name: getattr(self, name) for name in KNOBS if name not in ACTS}

    def waiting(self) -> list[Json]:
        """What no film and no language model has taken yet, in the shape of the faults that wait."""
        waits = {"times": 1, "seconds": None, "match": None}
        films = [waits | {"kind": "outcome", "outcome": asdict(outcome)} for outcome in self.outcomes]
        llms = [asdict(each) if isinstance(each, Outcome) else each for each in self.llms]
        return films + [waits | {"kind": "llm", "llm": told} for told in llms]

    def reset(self) -> None:
        """As at the start, but for the newest key: one that was given up does not come back."""
        fresh = Settings(rotations=self.rotations)
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))


def _line_up(waiting: list[Any], wanted: Json | None) -> None:
    if wanted is None:
        waiting.clear()
    elif "error_status" in wanted:
        waiting.append(Outcome(wanted["error_status"], wanted.get("body", BROKEN)))
    else:
        waiting.append(wanted)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def _units(value: Any) -> bool:
    return value in (COUNTED, NONSENSE, None) or _number(value)


def _prices(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    given = cast("Json", value)
    return set(given) <= set(UNIT_PRICES) and all(_number(price) for price in given.values())


def _outcome(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    has = cast("Json", value)
    status = has.get("error_status")
    fits = isinstance(status, int) and 200 <= status <= 599 and isinstance(has.get("body"), dict)
    return fits and set(has) == {"error_status", "body"}


def _llm(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    has = cast("Json", value)
    if "error_status" in has:
        return _outcome({"body": BROKEN} | has)
    fits = isinstance(has.get("output", ""), str) and isinstance(has.get("usage", {}), dict | None)
    return fits and set(has) <= {*PARTS}


KNOBS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "queue_seconds": ("a number of seconds, 0 or more", _number),
    "run_seconds": ("a number of seconds, 0 or more", _number),
    "concurrency": ("a whole number, 0 or more", _count),
    "logs": ("true or false", _yes_or_no),
    "platform": ("true or false", _yes_or_no),
    "cancel": (" or ".join(CANCELS), lambda value: value in CANCELS),
    "rotate_keys": ("true", lambda value: value is True),
    "unit_price": ("an object of dollars by endpoint", _prices),
    "units": (f"{COUNTED}, {NONSENSE}, null or a number, 0 or more", _units),
    "outcome": ('null or {"error_status": 200 to 599, "body": {…}}', _outcome),
    "llm": (f'null, {{"error_status": 200 to 599, "body"?: {{…}}}} or an object with {", ".join(PARTS)}', _llm),
}
