"""Who may spend how much in which window, and whether one more film fits. Every budget is a sum over the ledger.

A member's regular allowance is used first, then the bonus credit that he was granted, which never expires. A server's
and the bot's own budgets count all that is spent, whoever pays it with what.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.errors import OverBudget
from bot.domain.language import aloud, say, say_number, sentence
from bot.domain.money import dollars, dollars_left

FREE = sentence("Nothing was spent.")


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


MAY = {
    (Whose.MEMBER, Unit.MONEY): sentence("Each member may spend {amount}."),
    (Whose.MEMBER, Unit.FILMS): sentence("Each member may make {amount}."),
    (Whose.SERVER, Unit.MONEY): sentence("This server may spend {amount}."),
    (Whose.SERVER, Unit.FILMS): sentence("This server may make {amount}."),
    (Whose.BOT, Unit.MONEY): sentence("This bot may spend {amount}."),
    (Whose.BOT, Unit.FILMS): sentence("This bot may make {amount}."),
}
WITH_ROLE_MAY = {
    Unit.MONEY: sentence("Members with {role} may spend {amount}."),
    Unit.FILMS: sentence("Members with {role} may make {amount}."),
}
AT_MOST = {
    Span.DAY: sentence("at most {limit} a day"),
    Span.MONTH: sentence("at most {limit} a month"),
    Span.ONCE: sentence("at most {limit} at once"),
}
ANY = {
    (Unit.MONEY, Span.DAY): sentence("any amount a day"),
    (Unit.MONEY, Span.MONTH): sentence("any amount a month"),
    (Unit.MONEY, Span.ONCE): sentence("any amount at once"),
    (Unit.FILMS, Span.DAY): sentence("any number of films a day"),
    (Unit.FILMS, Span.MONTH): sentence("any number of films a month"),
    (Unit.FILMS, Span.ONCE): sentence("any number of films at once"),
}


def allowed(allowance: Allowance, limit: int | None) -> str:
    """A limit in a sentence; None is no limit."""
    whose, span, unit, role = allowance
    amount = say(ANY[unit, span]) if limit is None else say(AT_MOST[span], limit=_amount(unit, limit))
    if role and whose is Whose.MEMBER:
        return say(WITH_ROLE_MAY[unit], role=f"<@&{role}>", amount=amount)
    return say(MAY[whose, unit], amount=amount)


USED_UP = {
    (Whose.MEMBER, Span.DAY): sentence("Your daily budget of {limit} is used up."),
    (Whose.MEMBER, Span.MONTH): sentence("Your monthly budget of {limit} is used up."),
    (Whose.SERVER, Span.DAY): sentence("This server's daily budget of {limit} is used up."),
    (Whose.SERVER, Span.MONTH): sentence("This server's monthly budget of {limit} is used up."),
    (Whose.BOT, Span.DAY): sentence("This bot's daily budget of {limit} is used up."),
    (Whose.BOT, Span.MONTH): sentence("This bot's monthly budget of {limit} is used up."),
}
# and whether there is bonus credit as well
FILM_SHORT = {
    False: sentence("This film costs {price}, and {left} of {budget} is left."),
    True: sentence("This film costs {price}, and {left} of {budget} and {credit} of bonus credit are left."),
}
DRAFT_SHORT = {
    False: sentence("A draft costs up to {price}, and {left} of {budget} is left."),
    True: sentence("A draft costs up to {price}, and {left} of {budget} and {credit} of bonus credit are left."),
}
NAMED = {  # of which so much is left
    (Whose.MEMBER, Span.DAY): sentence("your daily budget of {limit}"),
    (Whose.MEMBER, Span.MONTH): sentence("your monthly budget of {limit}"),
    (Whose.SERVER, Span.DAY): sentence("this server's daily budget of {limit}"),
    (Whose.SERVER, Span.MONTH): sentence("this server's monthly budget of {limit}"),
    (Whose.BOT, Span.DAY): sentence("this bot's daily budget of {limit}"),
    (Whose.BOT, Span.MONTH): sentence("this bot's monthly budget of {limit}"),
}
LEFT = {
    (Whose.MEMBER, Span.DAY): sentence("{amount} left today"),
    (Whose.MEMBER, Span.MONTH): sentence("{amount} left this month"),
    (Whose.SERVER, Span.DAY): sentence("{amount} left in this server today"),
    (Whose.SERVER, Span.MONTH): sentence("{amount} left in this server this month"),
    (Whose.BOT, Span.DAY): sentence("{amount} left for everybody today"),
    (Whose.BOT, Span.MONTH): sentence("{amount} left for everybody this month"),
}
ASK_MANAGERS = sentence("Please ask those who manage this server for more.")
ASK_OPERATOR = sentence("Please ask whoever runs this bot for more.")


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


def admit(
    terms: Terms, standing: Standing, price: int, short: Mapping[bool, str] = MappingProxyType(FILM_SHORT)
) -> Admission:
    """Whether one more film of this price, in micro-dollars, fits into every budget; one that costs nothing does.

    Raises OverBudget with a sentence about the first that it does not fit into, and with what would fit.
    """
    if terms.at_once is not None and standing.under_way >= terms.at_once:
        _check_allowed(terms)
        full = say(
            "You have {films} under way, and {most} at once is the most here. "
            "Please wait for one, or cancel or answer it. Nothing was spent.",
            films=counted(standing.under_way),
            most=counted(terms.at_once),
        )
        raise OverBudget(full)
    shared = [budget for budget in terms.budgets if price and budget.whose is not Whose.MEMBER]
    own = [budget for budget in terms.budgets if budget.whose is Whose.MEMBER]
    most = fits(terms, standing)
    for budget in shared:
        _check(budget, standing, price, most, short)
    regular = price
    for budget in own:
        left = standing.left(budget)
        regular = min(regular, max(left, 0) if budget.unit is Unit.MONEY else regular * (left >= 1))
    bonus = price - regular
    if bonus > standing.bonus:
        tightest = next(budget for budget in own if not _has(budget, standing, regular + 1))
        _check(tightest, standing, price, most, short, standing.bonus)
    with aloud():  # it will stand on the card
        return Admission(bonus, _left(terms, standing, price, regular, standing.bonus - bonus))


def admit_draft(terms: Terms, standing: Standing, price: int) -> int:
    """Micro-dollars of bonus credit that a draft of this price takes: it is no film, so budgets in films do not count.

    Raises OverBudget as `admit` does, also where he may make no films.
    """
    _check_allowed(terms)
    money = tuple(budget for budget in terms.budgets if budget.unit is Unit.MONEY)
    return admit(Terms(budgets=money), standing, price, DRAFT_SHORT).bonus


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


def _check_allowed(terms: Terms) -> None:
    if terms.at_once == 0:
        raise OverBudget(say("You may make no films here. Please ask those who manage this server. Nothing was spent."))


def _has(budget: Budget, standing: Standing, price: int) -> bool:
    return standing.left(budget) >= (price if budget.unit is Unit.MONEY else 1)


def _check(  # noqa: PLR0913 - what is told of it
    budget: Budget, standing: Standing, price: int, most: int | None, told: Mapping[bool, str], bonus: int = 0
) -> None:
    if _has(budget, standing, price):
        return
    left, which, limit = standing.left(budget), (budget.whose, budget.span), _amount(budget.unit, budget.limit)
    if left <= 0 and not bonus:
        short = say(USED_UP[which], limit=limit)
    else:
        short = say(
            told[bonus > 0],
            price=dollars(price),
            left=_amount(budget.unit, max(left, 0)),
            budget=say(NAMED[which], limit=limit),
            credit=dollars_left(bonus),
        )
    if budget.limit >= (price - bonus if budget.unit is Unit.MONEY else 1):
        then = say("It renews {when}.", when=f"<t:{budget.window.end:.0f}:R>")
    else:
        then = say(ASK_OPERATOR if budget.whose is Whose.BOT else ASK_MANAGERS)
    raise OverBudget(f"{short} {then} {say(FREE)}", most)


def _amount(unit: Unit, amount: int) -> str:
    return dollars_left(amount) if unit is Unit.MONEY else counted(amount)


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
            told.append(say(LEFT[budget.whose, budget.span], amount=_amount(unit, max(left, 0))))
    return " · ".join([*told, *([say("{amount} bonus", amount=dollars_left(bonus))] if bonus else [])])


def _takes(budget: Budget, price: int, regular: int) -> int:
    part = regular if budget.whose is Whose.MEMBER else price
    return part if budget.unit is Unit.MONEY else int(part > 0)


def counted(films: int) -> str:
    """A number of films in words."""
    return say_number("{films} film", "{films} films", films, films=f"{films:,}")
