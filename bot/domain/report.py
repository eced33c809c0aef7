"""What was spent in a server, by day, member and model: as people read it, as a chart, and for spreadsheets.

Money is micro-dollars. What a film costs counts on the day on which it was accepted; one that was refunded counts
nowhere.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TypeVar

from bot.domain.budget import Spent, counted
from bot.domain.chart import Chart, Days, Parts, Rank, Ranks, brief, day_name
from bot.domain.language import say, sentence
from bot.domain.money import MICRO, dollars

K = TypeVar("K", int, str)
GONE = 0  # the id of those whose data was deleted
BEYOND = -1  # instead of a member's: what fal billed beyond the prices that members were told
UNNAMED = {
    GONE: sentence("members who deleted their data"),
    BEYOND: sentence("nobody: billed beyond the prices told"),
}
MOST_RANKS = 10
MOST_KINDS = 7  # models with a colour of their own
MOST_ALT = 1024  # characters of a picture's description, Discord's limit
HEADER = ("date", "member", "model", "films", "dollars")
FORMULA = tuple("=+-@\t\r\n")  # so begins what a spreadsheet takes for one

Entry = tuple[int, int, str, int, int]  # the day by its number, user, endpoint, films, micro-dollars
Who = tuple[int, str]  # a user, and the model that he used


@dataclass(frozen=True, kw_only=True)
class Report:
    """The spending of some days without a gap. A Tally makes it."""

    zone: str  # IANA name: at its midnight days begin
    days: Sequence[date]
    of_days: Mapping[date, Mapping[str, int]]  # by model
    of_members: Mapping[Who, Spent]
    table: str  # CSV with a line for each day, member and model

    @cached_property
    def total(self) -> Spent:
        """All of it."""
        return total(self.of_members.values())

    @cached_property
    def members(self) -> list[tuple[int, Spent]]:
        """By member's id, the most first."""
        return _ranked((user, spent) for (user, _), spent in self.of_members.items())

    @cached_property
    def models(self) -> list[tuple[str, Spent]]:
        """By model, the most first; beyond so many that each has its colour they are others."""
        ranked = _ranked((model, spent) for (_, model), spent in self.of_members.items())
        if len(ranked) <= MOST_KINDS:
            return ranked
        return [*ranked[: MOST_KINDS - 1], (say("others"), total(spent for _, spent in ranked[MOST_KINDS - 1 :]))]

    @property
    def span(self) -> str:
        """From when to when: Oct 24 to Nov 22, 2026."""
        first, last = self.days[0], self.days[-1]
        if first == last:
            return _dated(last)
        since = day_name(first) if first.year == last.year else _dated(first)
        return say("{first} to {last}", first=since, last=_dated(last))

    def text(self) -> str:
        """The total, the first ten members with their numbers, the models; fits an embed's description."""
        midnight = say("Days begin at midnight, {zone}.", zone=self.zone)
        if not self.of_members:
            return say("Nothing was spent here, {span}.", span=self.span) + f" {midnight}"
        rest = [spent for _, spent in self.members[MOST_RANKS:]]
        ranks = [f"{rank}. {_mention(user)} {told(spent)}" for rank, (user, spent) in enumerate(self._first, 1)]
        more = [say("- {number} others {spent}", number=len(rest), spent=told(total(rest)))] if rest else []
        models = [f"- {model} {told(spent)}" for model, spent in self.models]
        head = f"**{self.span}** {told(self.total)}\n{midnight}"
        return "\n".join([head, "", say("**Members**"), *ranks, *more, "", say("**Models**"), *models])

    def alt(self, *, ranked: bool) -> str:
        """The numbers of the chart in short, for who does not see it."""
        if ranked:
            ranks = (f"{rank} {brief(spent.money)}" for rank, (_, spent) in enumerate(self._first, 1))
            models = (f"{model} {brief(spent.money)}" for model, spent in self.models)
            numbers = say(
                "By member: {members}. By model: {models}.", members=", ".join(ranks), models=", ".join(models)
            )
        else:
            sums = ((day, sum(self.of_days[day].values())) for day in self.days if self.of_days[day])
            numbers = ", ".join(f"{day_name(day)} {brief(amount)}" for day, amount in sums) + "."
        whole = say("Spending by day, {span}: {total}.", span=self.span, total=told(self.total)) + f" {numbers}"
        return whole if len(whole) <= MOST_ALT else whole[: MOST_ALT - 1] + "…"

    def chart(self, title: str, *, ranked: bool) -> Chart:
        """The days, and the members and models if `ranked`."""
        rows: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        row_of = {user: min(number, MOST_RANKS) for number, (user, _) in enumerate(self.members)}
        for (user, model), spent in self.of_members.items():
            rows[row_of[user]][model] += spent.money
        labels = [*map(str, range(1, MOST_RANKS + 1)), say("others")]
        members = [Rank(labels[row], self._parts(rows[row])) for row in sorted(rows)]
        models = [Rank(model, self._parts({model: spent.money})) for model, spent in self.models]
        lists = (
            Ranks(title=say("By member, numbered as in the list"), rows=members),
            Ranks(title=say("By model"), rows=models),
        )
        amounts = [self._parts(self.of_days[day]) for day in self.days]
        return Chart(
            title=title,
            note=f"{self.span} · {self.zone}",
            kinds=tuple(model for model, _ in self.models),
            days=Days(title=say("By day"), first=self.days[0], amounts=amounts),
            ranks=lists if ranked and self.of_members else (),
        )

    @property
    def _first(self) -> list[tuple[int, Spent]]:
        return self.members[:MOST_RANKS]

    def _parts(self, of: Mapping[str, int]) -> Parts:
        """An amount by model as the chart has it."""
        place = {model: number for number, (model, _) in enumerate(self.models)}
        made = [0] * len(place)
        for model, amount in of.items():
            made[place.get(model, len(place) - 1)] += amount
        return tuple(made)


class Tally:
    """Adds up what a report says. A year may have a hundred thousand entries, so each step counts."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        """`titles` are the names of the models by endpoint."""
        self._titles = titles
        self._of_days: dict[date, Mapping[str, int]] = {}
        self._money, self._films = defaultdict[Who, int](int), defaultdict[Who, int](int)
        self._lines = [",".join(HEADER)]

    def add(self, days: Sequence[date], entries: Iterable[Entry]) -> None:
        """Count the entries of these days."""
        names, of_days = [str(day) for day in days], [defaultdict[str, int](int) for _ in days]
        for number, user, endpoint, films, amount in entries:
            model = self._titles.get(endpoint, endpoint)
            who = user, model
            of_days[number][model] += amount
            self._money[who] += amount
            self._films[who] += films
            self._lines.append(f"{names[number]},{user},{_cell(model)},{films},{exact(amount)}")
        self._of_days |= zip(days, of_days, strict=True)

    def report(self, zone: str) -> Report:
        """What was counted; days begin at the midnight of `zone`."""
        return Report(
            zone=zone,
            days=[*self._of_days],
            of_days=self._of_days,
            of_members={who: Spent(amount, self._films[who]) for who, amount in self._money.items()},
            table="\r\n".join([*self._lines, ""]),
        )


def told(spent: Spent) -> str:
    """$3.20 · 8 films."""
    return f"{dollars(spent.money)} · {counted(spent.films)}"


@lru_cache(1000)
def exact(amount: int) -> str:
    """Micro-dollars as dollars with all of their six decimals."""
    return f"{'-' * (amount < 0)}{abs(amount) // MICRO}.{abs(amount) % MICRO:06}"


@lru_cache(1000)
def _cell(text: str) -> str:
    """A cell of CSV that no spreadsheet takes for a formula."""
    file = io.StringIO()
    csv.writer(file).writerow([f"'{text}" if text.startswith(FORMULA) else text])
    return file.getvalue().removesuffix("\r\n")


def _mention(user_id: int) -> str:
    return say(UNNAMED[user_id]) if user_id in UNNAMED else f"<@{user_id}>"


def _dated(day: date) -> str:
    return say("{day}, {year}", day=day_name(day), year=day.year)


def total(spent: Iterable[Spent]) -> Spent:
    """All of these."""
    all_of_it = [*spent]
    return Spent(sum(one.money for one in all_of_it), sum(one.films for one in all_of_it))


def _ranked(spent: Iterable[tuple[K, Spent]]) -> list[tuple[K, Spent]]:
    sums: dict[K, Spent] = {}
    for key, one in spent:
        sums[key] = total((sums[key], one)) if key in sums else one
    return sorted(sums.items(), key=lambda item: (-item[1].money, -item[1].films, item[0]))
