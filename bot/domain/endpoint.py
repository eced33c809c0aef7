"""What an endpoint of fal is: a value that says which inputs it takes, what they cost and how its presets differ."""

import enum
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.domain.errors import Invalid
from bot.domain.language import say, sentence

Value = str | int | float | bool
Arguments = Mapping[str, Value]


class Kind(enum.StrEnum):
    """The type of a parameter or option; media are strings to fal (a URL) and attachments to a member."""

    TEXT = enum.auto()
    INTEGER = enum.auto()
    NUMBER = enum.auto()
    FLAG = enum.auto()
    PICTURE = enum.auto()
    SOUND = enum.auto()


MOST_INTEGER = 2**53 - 1  # what JSON carries everywhere, and Discord takes
MEDIA = frozenset({Kind.PICTURE, Kind.SOUND})
NOT_A = {
    Kind.TEXT: sentence("`{option}` must be a text."),
    Kind.INTEGER: sentence("`{option}` must be a whole number."),
    Kind.NUMBER: sentence("`{option}` must be a number."),
    Kind.FLAG: sentence("`{option}` must be yes or no."),
}
TYPES: Mapping[Kind, type] = {Kind.TEXT: str, Kind.INTEGER: int, Kind.NUMBER: float, Kind.FLAG: bool}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One input of an endpoint, named exactly as fal names it; or an option of a command that makes several of them.

    `low` and `high` bound a number, the count of characters of a text, or the seconds of a sound; both are inclusive.
    """

    name: str
    kind: Kind
    help: str
    option: str = ""  # what members call it, where that differs: a medium is no URL to them
    required: bool = False
    default: Value | None = None
    choices: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])  # of choices, where they need more words
    low: float | None = None
    high: float | None = None
    most_bytes: int = 25_000_000  # of a medium

    @property
    def called(self) -> str:
        """What members call it."""
        return self.option or self.name

    def problem(self, value: Value, called: str) -> str | None:
        """A sentence about what is wrong with `value`, or None. `called` is the option as the member typed it."""
        if not _is_a(value, self.kind):
            return say(NOT_A[self.kind], option=called)
        if self.choices and value not in self.choices:
            return say("`{option}` must be one of {choices}.", option=called, choices=", ".join(self.choices))
        if isinstance(value, str):
            return self._text_problem(value, called)
        if self.kind is Kind.INTEGER and abs(value) > MOST_INTEGER:
            most = f"{MOST_INTEGER:,}"
            return say("`{option}` must be a whole number of at most {most}.", option=called, most=most)
        if not (self.low is None or value >= self.low) or not (self.high is None or value <= self.high):  # also NaN
            return self._outside(value, called)
        return None

    def _outside(self, value: Value, called: str) -> str:
        told = {"option": called, "value": value}
        if self.low is None:
            return say("`{option}` must be at most {high}; you gave {value}.", high=f"{self.high:g}", **told)
        if self.high is None:
            return say("`{option}` must be at least {low}; you gave {value}.", low=f"{self.low:g}", **told)
        limits = {"low": f"{self.low:g}", "high": f"{self.high:g}"}
        return say("`{option}` must be between {low} and {high}; you gave {value}.", **limits, **told)

    def _text_problem(self, text: str, called: str) -> str | None:
        if self.required and not any(unicodedata.category(sign)[0] not in "CZ" for sign in text):
            return say("`{option}` is empty: say in a few words what should happen.", option=called)
        if self.high is not None and len(text) > self.high:
            return say(
                "`{option}` has {length} characters; this model takes at most {most}.",
                option=called,
                length=f"{len(text):,}",
                most=f"{self.high:,.0f}",
            )
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One fal model API, described once. Options, checks, price, documentation and tests follow from it."""

    id: str  # as fal names it: fal-ai/wan-i2v
    name: str  # as a member picks it: wan-2.1
    command: str  # that has all of its parameters as options: wan21
    title: str  # as a member reads it: Wan 2.1
    help: str
    parameters: tuple[Parameter, ...]
    price: Callable[[Arguments], int]  # of the arguments, in micro-dollars
    unit: str  # what fal bills, as it names it in its prices: seconds
    unit_price: int  # of one of fal's units, of which each film takes some, in micro-dollars
    length: Callable[[Arguments], float]  # of the film that the arguments ask for, in seconds
    presets: Mapping[str, Arguments] = field(default_factory=dict[str, Arguments])
    typical_seconds: float  # how long one film takes, until the bot has seen some itself
    deadline_seconds: float = 3600.0  # from submit to film, fal's queue included; then it is called off and refunded
    sides: tuple[int, int]  # the smallest and the largest side that a picture may have, in pixels

    @property
    def media(self) -> tuple[Parameter, ...]:
        """The parameters that take a picture or a sound, in order."""
        return tuple(parameter for parameter in self.parameters if parameter.kind in MEDIA)

    @property
    def pictures(self) -> tuple[Parameter, ...]:
        """Those that take a picture, in order."""
        return tuple(parameter for parameter in self.parameters if parameter.kind is Kind.PICTURE)

    def takes(self, name: str) -> bool:
        """Whether the endpoint knows a parameter of this name: one that it does not know is never sent."""
        return any(parameter.name == name for parameter in self.parameters)

    def arguments(self, given: Mapping[str, Value | None], called: Mapping[str, str] | None = None) -> dict[str, Value]:
        """What goes to fal, apart from the media: each known input once, checked, with its default where none is given.

        `called` maps parameter names to the options' names, for the sentences. Raises Invalid with every problem.
        """
        called = called or {}
        problems = [
            say("`{option}` is not an option of {model}.", option=called.get(name, name), model=self.title)
            for name, value in given.items()
            if value is not None and not self.takes(name)
        ]
        made: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.kind in MEDIA:
                continue
            value, name = given.get(parameter.name), called.get(parameter.name, parameter.name)
            value = parameter.default if value is None else value
            if value is None:
                problems += [say("`{option}` is missing.", option=name)] if parameter.required else []
            elif problem := parameter.problem(value, name):
                problems.append(problem)
            else:
                made[parameter.name] = float(value) if parameter.kind is Kind.NUMBER else value
        if problems:
            raise Invalid(tuple(problems))
        return made


def _is_a(value: Value, kind: Kind) -> bool:
    wanted = TYPES[kind]
    # a boolean is an integer to Python, and an integer is a number to everybody
    return type(value) is wanted or (wanted is float and type(value) is int)
