"""What a chart of spending shows, as plain values, and how its numbers and days are written. Money is micro-dollars."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.domain.language import say, sentence
from bot.domain.money import MICRO, dollars

CENT = 10_000  # micro-dollars
MOST_STEPS = 5  # of an axis
BRIEF_FROM = 100_000 * MICRO
UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
EVERY = (1, 2, 3, 5, 7, 10, 14)  # days from label to label
EVERY_MONTHS = (1, 2, 3, 6)
MONTHS = (
    *(sentence("Jan"), sentence("Feb"), sentence("Mar"), sentence("Apr"), sentence("May"), sentence("Jun")),
    *(sentence("Jul"), sentence("Aug"), sentence("Sep"), sentence("Oct"), sentence("Nov"), sentence("Dec")),
)

Parts = tuple[int, ...]  # of one amount: for each of the chart's kinds what it has of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Spending by day, without a gap from the first day on."""

    title: str
    first: date
    amounts: Sequence[Parts]


class Rank(NamedTuple):
    """One in a list of who or what it was spent by."""

    label: str
    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Such a list, in its order."""

    title: str
    rows: Sequence[Rank]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture: the days, and below them lists side by side, which name the kinds; without one a legend does."""

    title: str
    note: str
    kinds: tuple[str, ...]  # such as models: each has a colour
    days: Days
    ranks: tuple[Ranks, ...] = ()


def scale(most: int) -> list[int]:
    """The marks of an axis from 0 on, in round steps; the last is the first that is not below `most`."""
    size = 1
    while size * 10 * MOST_STEPS < most:
        size *= 10
    step = next(size * round_ for round_ in (1, 2, 5, 10) if size * round_ * MOST_STEPS >= most)
    return [*range(0, max(most, 1) + step, step)][: -(-max(most, 1) // step) + 1]


def mark(amount: int, step: int) -> str:
    """A mark of an axis with these steps: $0.50, $20, $1.5M."""
    if step >= BRIEF_FROM // MOST_STEPS and amount >= BRIEF_FROM:
        return brief(amount)
    if step % MICRO == 0 or not amount:
        return f"${amount // MICRO:,}"
    fraction = f"{amount % MICRO:06}"
    digits = 2 if step % CENT == 0 else len(f"{step % MICRO:06}".rstrip("0"))
    return f"${amount // MICRO:,}.{fraction[:digits]}"


def brief(amount: int) -> str:
    """An amount in little room: $3.20, $120.5k; what is less than a cent is exact."""
    if 0 < amount < CENT:
        return f"$0.{amount:06}".rstrip("0")
    if amount < BRIEF_FROM:
        return dollars(amount)
    unit, sign = next((unit, sign) for unit, sign in UNITS if amount >= unit * MICRO)
    tenths = amount * 10 // (unit * MICRO)
    return f"${tenths // 10:,}{f'.{tenths % 10}' if tenths % 10 else ''}{sign}"


def day_name(day: date) -> str:
    """Nov 22."""
    return say("{month} {day}", month=_month(day), day=day.day)


def day_labels(
    first: date, count: int, slot: float, width: Callable[[str], float], gap: float
) -> Sequence[tuple[int, str]]:
    """Which of the days are named, by their number from 0 on, and how: as many as fit below slots of this width.

    A label stands in the middle below its slot, takes what `width` says, and keeps `gap` to the next.
    """
    for labels in _candidates(first, count):
        if all(
            (after - before) * slot >= (width(one) + width(other)) / 2 + gap
            for (before, one), (after, other) in pairwise(labels)
        ):
            return labels
    return [(count - 1, day_name(first + timedelta(count - 1)))]


def _candidates(first: date, count: int) -> Iterator[list[tuple[int, str]]]:
    days = [first + timedelta(number) for number in range(count)]
    for every in EVERY:  # back from the last day, which is today
        yield [(number, day_name(days[number])) for number in range((count - 1) % every, count, every)]
    for every in EVERY_MONTHS:
        begin = [(number, day) for number, day in enumerate(days) if day.day == 1 and (day.month - 1) % every == 0]
        yield [(number, str(day.year) if day.month == 1 else _month(day)) for number, day in begin]


def _month(day: date) -> str:
    return say(MONTHS[day.month - 1])
