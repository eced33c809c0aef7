"""Who may spend how much in which window, and whether one more film fits. Every budget is a sum over the ledger.

A member's regular allowance is used first, then the bonus credit that he was granted, which never expires. A server's
and the bot's own budgets count all that is spent, whoever pays it with what.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.errors import OverBudget
from bot.domain.money import dollars, dollars_left

FREE = "Nothing was spent."


class Whose(enum.StrEnum):
    """Whom a limit is for."""

    MEMBER = enum.auto()  # each member of a server, there
    SERVER = enum.auto()
    BOT = enum.auto()  # all servers together


class Span(enum.StrEnum):
    """Over what time it counts."""

    DAY = enum.auto()
    MONTH = enum.auto()
    ONCE = enum.auto()  # what is being made at one time


class Unit(enum.StrEnum):
    """What it counts."""

    MONEY = enum.auto()  # micro-dollars
    FILMS = enum.auto()


class Window(NamedTuple):
    """A span of time in seconds UTC: from `start` until before `end`."""

    start: float
    end: float


def window(span: Span, now: float, zone: str) -> Window:
    """The day or the month that `now` lies in, from midnight to midnight of a time zone (an IANA name)."""
    local = ZoneInfo(zone)
    today = datetime.fromtimestamp(now, local).date()
    if span is Span.DAY:
        return Window(_midnight(today, local), _midnight(today + timedelta(days=1), local))
    first = today.replace(day=1)
    return Window(_midnight(first, local), _midnight((first + timedelta(days=31)).replace(day=1), local))


def last_days(count: int, now: float, zone: str) -> list[tuple[date, Window]]:
    """So many days of a time zone (an IANA name) up to the one that `now` lies in, from midnight to midnight each."""
    local = ZoneInfo(zone)
    today = datetime.fromtimestamp(now, local).date()
    days = [today + timedelta(number) for number in range(1 - count, 2)]
    return [(day, Window(_midnight(day, local), _midnight(after, local))) for day, after in pairwise(days)]


def _midnight(day: date, zone: ZoneInfo) -> float:
    # where clocks skip midnight this is the moment when they do, so that no window begins before the last one ends
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


class Allowance(NamedTuple):
    """What a limit is a limit of. `role_id` narrows a member's to those who have that role; 0 is everybody."""

    whose: Whose
    span: Span
    unit: Unit
    role_id: int = 0


Limits = Mapping[Allowance, int | None]  # None: no limit, whatever the operator's default


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit in one window: micro-dollars or films."""

    whose: Whose
    span: Span
    unit: Unit
    limit: int
    window: Window

    def __str__(self) -> str:
        """As a member reads it: your daily budget of $2.00."""
        often = {Span.DAY: "daily", Span.MONTH: "monthly"}[self.span]
        amount = dollars_left(self.limit) if self.unit is Unit.MONEY else counted(self.limit)
        return f"{WHOSE[self.whose]} {often} budget of {amount}"


def allowed(allowance: Allowance, limit: int | None) -> str:
    """A limit in a sentence; None is no limit."""
    each = f"Members with <@&{allowance.role_id}>" if allowance.role_id else "Each member"
    who = {Whose.MEMBER: each, Whose.SERVER: "This server", Whose.BOT: "This bot"}[allowance.whose]
    often = {Span.DAY: "a day", Span.MONTH: "a month", Span.ONCE: "at once"}[allowance.span]
    if allowance.unit is Unit.MONEY:
        return f"{who} may spend {'any amount' if limit is None else f'at most {dollars_left(limit)}'} {often}."
    return f"{who} may make {'any number of films' if limit is None else f'at most {counted(limit)}'} {often}."


WHOSE = {Whose.MEMBER: "your", Whose.SERVER: "this server's", Whose.BOT: "this bot's"}
RAISES = {
    Whose.MEMBER: "those who manage this server",
    Whose.SERVER: "those who manage this server",
    Whose.BOT: "whoever runs this bot",
}
UNTIL = {Span.DAY: "today", Span.MONTH: "this month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What applies to one request."""

    budgets: tuple[Budget, ...] = ()
    at_once: int | None = None  # films that a member may have under way in one server


class Spent(NamedTuple):
    """What the ledger says of one window: micro-dollars and films."""

    money: int
    films: int

    def of(self, unit: Unit) -> int:
        """The one or the other."""
        return self.money if unit is Unit.MONEY else self.films


NOTHING = Spent(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a member stands before a request."""

    spent: Mapping[tuple[Whose, Window], Spent]
    bonus: int = 0  # micro-dollars of credit
    under_way: int = 0  # films

    def left(self, budget: Budget) -> int:
        """What a budget has left, which is below 0 where it was lowered since."""
        return budget.limit - self.spent.get((budget.whose, budget.window), NOTHING).of(budget.unit)


class Admission(NamedTuple):
    """One more film fits: micro-dollars of bonus credit that it takes, and what is left afterwards, in words."""

    bonus: int
    left: str


def admit(terms: Terms, standing: Standing, price: int) -> Admission:
    """Whether one more film of this price, in micro-dollars, fits into every budget.

    Raises OverBudget with a sentence about the first that it does not fit into, and with what would fit.
    """
    if terms.at_once is not None and standing.under_way >= terms.at_once:
        if not terms.at_once:
            raise OverBudget(f"You may make no films here. Please ask {RAISES[Whose.MEMBER]}. {FREE}")
        most = f"{counted(terms.at_once)} at once is the most here"
        wait = "Please wait for one, or cancel or answer it"
        raise OverBudget(f"You have {counted(standing.under_way)} under way, and {most}. {wait}. {FREE}")
    shared = [budget for budget in terms.budgets if budget.whose is not Whose.MEMBER]
    own = [budget for budget in terms.budgets if budget.whose is Whose.MEMBER]
    most = fits(terms, standing)
    for budget in shared:
        _check(budget, standing, price, most)
    regular = price
    for budget in own:
        left = standing.left(budget)
        regular = min(regular, max(left, 0) if budget.unit is Unit.MONEY else regular * (left >= 1))
    bonus = price - regular
    if bonus > standing.bonus:
        tightest = next(budget for budget in own if not _has(budget, standing, regular + 1))
        _check(tightest, standing, price, most, standing.bonus)
    return Admission(bonus, _left(terms, standing, price, regular, standing.bonus - bonus))


def fits(terms: Terms, standing: Standing) -> int | None:
    """Micro-dollars of the most expensive film that fits; None where nothing limits that, 0 where none fits."""
    money = [standing.left(one) for one in terms.budgets if one.whose is not Whose.MEMBER and one.unit is Unit.MONEY]
    films = [standing.left(one) for one in terms.budgets if one.whose is not Whose.MEMBER and one.unit is Unit.FILMS]
    if (terms.at_once is not None and standing.under_way >= terms.at_once) or any(left < 1 for left in films):
        return 0
    own = [one for one in terms.budgets if one.whose is Whose.MEMBER]
    if own:
        used_up = any(one.unit is Unit.FILMS and standing.left(one) < 1 for one in own)
        regular = [max(standing.left(one), 0) for one in own if one.unit is Unit.MONEY]
        if used_up:
            money.append(standing.bonus)
        elif regular:
            money.append(min(regular) + standing.bonus)
    return max(min(money), 0) if money else None


def _has(budget: Budget, standing: Standing, price: int) -> bool:
    return standing.left(budget) >= (price if budget.unit is Unit.MONEY else 1)


def _check(budget: Budget, standing: Standing, price: int, most: int | None, bonus: int = 0) -> None:
    if _has(budget, standing, price):
        return
    left, name = standing.left(budget), str(budget)
    in_time = budget.limit >= (price - bonus if budget.unit is Unit.MONEY else 1)
    renews = f"It renews <t:{budget.window.end:.0f}:R>." if in_time else f"Please ask {RAISES[budget.whose]} for more."
    renews = f"{renews} {FREE}"
    if left <= 0 and not bonus:
        raise OverBudget(f"{name[0].upper()}{name[1:]} is used up. {renews}", most)
    credit = f" and {dollars_left(bonus)} of bonus credit" if bonus else ""
    is_left = f"{_amount(budget, max(left, 0))} of {name}{credit} {'are' if credit else 'is'} left"
    raise OverBudget(f"This film costs {dollars(price)}, and {is_left}. {renews}", most)


def _amount(budget: Budget, amount: int) -> str:
    return dollars_left(amount) if budget.unit is Unit.MONEY else counted(amount)


def _left(terms: Terms, standing: Standing, price: int, regular: int, bonus: int) -> str:
    """What remains after this film: of each unit the tightest, and the credit."""
    told: list[str] = []
    for unit in Unit:
        after = [
            (standing.left(budget) - _takes(budget, price, regular), budget)
            for budget in terms.budgets
            if budget.unit is unit
        ]
        if after:
            left, budget = min(after, key=lambda one: one[0])
            here = {Whose.MEMBER: "", Whose.SERVER: " in this server", Whose.BOT: " for everybody"}[budget.whose]
            told.append(f"{_amount(budget, max(left, 0))} left{here} {UNTIL[budget.span]}")
    return " · ".join([*told, *([f"{dollars_left(bonus)} bonus"] if bonus else [])])


def _takes(budget: Budget, price: int, regular: int) -> int:
    part = regular if budget.whose is Whose.MEMBER else price
    return part if budget.unit is Unit.MONEY else int(part > 0)


def counted(films: int) -> str:
    """A number of films in words."""
    return "1 film" if films == 1 else f"{films:,} films"
