"""Small things that every part of the stand-in shares: JSON, ids, time, answers and refusals."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from aiohttp import web

Json = dict[str, Any]
Clock = Callable[[], float]

EPOCH_MS = 1420070400000  # the first millisecond of Discord's ids

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SILENT = 1 << 12
COMPONENTS_V2 = 1 << 15


class Upload(NamedTuple):
    """A file as it came in a form."""

    name: str
    data: bytes


Files = dict[int, Upload]


class Ids:
    """Snowflakes that always grow, also when the clock stands still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> str:
        self._last = max(self._last + 1, (int(self._clock() * 1000) - EPOCH_MS) << 22)
        return str(self._last)


class Refusal(Exception):
    """An answer to the bot in Discord's error shape."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code, **more}


class CallerMistake(Exception):
    """The person at the control API asked for something that Discord's client would not let them do."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def bad_form(*complaints: str) -> Refusal:
    """Discord's 400 for a body that does not fit."""
    errors = {"_errors": [{"code": "INVALID", "message": text} for text in complaints]}
    return Refusal(400, 50035, "Invalid Form Body", errors=errors)


def unknown(code: int, what: str) -> Refusal:
    """Discord's 404 for something that is not there, or no more."""
    return Refusal(404, code, f"Unknown {what}")


def reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer, or 204 for None.

    The type is exactly `application/json`: discord.py leaves the body unparsed when a charset follows (http.py:113).
    """
    if body is None:
        return web.Response(status=204, headers=headers)
    data = json.dumps(body).encode()
    return web.Response(body=data, status=status, headers={**(headers or {}), "Content-Type": "application/json"})


def clone(value: Any) -> Any:
    """A copy of JSON that later changes do not reach; several times quicker than `copy.deepcopy`."""
    return json.loads(json.dumps(value))


def iso(seconds: float) -> str:
    """A moment as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def objects(value: Any) -> list[Json]:
    """The JSON objects of a list; anything else is left out, so that a malformed body cannot break a rule."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("Json", item) for item in items if isinstance(item, dict)]


def walk(components: Any) -> Iterator[Json]:
    """Every component of a message or modal, depth first."""
    for item in objects(components):
        yield item
        yield from walk(item.get("components"))
        yield from walk([item.get("accessory"), item.get("component")])


@dataclass(frozen=True)
class Call:
    """One request of the bot, read."""

    at: dict[str, str]
    query: dict[str, str]
    body: Any
    files: Files

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query between 1 and `most`."""
        text = self.query.get(name, str(default))
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise bad_form(f"{name}: a number between 1 and {most}")
        return int(text)
