"""What those who manage a server may set there. Permission is asked here, whatever door a request comes by."""

import enum
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import available_timezones

from bot.domain.budget import Allowance, Limits, Span, Unit, Whose, allowed, window
from bot.domain.errors import Refused
from bot.domain.money import dollars_left, micro
from bot.domain.retention import SOMEBODY, mention
from bot.domain.rules import FORGOTTEN, Change, Rules

NOT_YOURS = "Only those who may manage this server can do that. Nothing was changed. Please ask one of them."
SAME = "Nothing was changed."
PAGE = 10  # lines
LIMITS_PAGE = 20  # of them, where they are short
CENT = 10_000  # micro-dollars
COUNTED = {Unit.MONEY: "dollars", Unit.FILMS: "films"}


class Servers(Protocol):
    """Where it is kept: see bot.adapters.store."""

    async def rules(self, guild_id: int | None) -> Rules: ...
    async def change(
        self, change: Change, *, limits: Limits = ..., lifted: Collection[Allowance] = (), **settings: Any
    ) -> None: ...
    async def revise(self, guild_id: int, turn: Callable[[Rules], tuple[Rules, Change]]) -> str: ...
    async def grant(self, guild_id: int, user_id: int, amount: int, note: Callable[[int], Change]) -> int: ...
    async def log(self, guild_id: int, *, skip: int = 0, count: int = PAGE) -> list[Change]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, in which server."""

    user_id: int
    guild_id: int
    manages: bool  # whether he may manage the server

    def change(self, text: str, at: float) -> Change:
        """What he did, for the log of the server; `at` in seconds UTC."""
        return Change(guild_id=self.guild_id, by_id=self.user_id, at=at, text=text)


class Lift(enum.StrEnum):
    """What holds where a limit is taken away."""

    NONE = "no limit"
    USUAL = "as usual"  # what whoever runs the bot has set


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of the limits: to show them, where nothing is given; else one of `usd`, `films` and `lift`."""

    whose: Whose = Whose.MEMBER
    span: Span = Span.DAY
    role_id: int = 0
    usd: Decimal | None = None
    films: int | None = None
    lift: Lift | None = None
    page: int | None = None  # of those that are shown, counted from 1; None: all of them


class Office:
    """The settings of servers. Each method answers in a sentence, and raises Refused with one."""

    def __init__(self, servers: Servers, operator: Limits, clock: Callable[[], float]) -> None:
        self._servers, self._operator, self._clock = servers, operator, clock

    @cached_property
    def zones(self) -> list[str]:
        """The time zones that there are everywhere, and not on this machine alone."""
        return sorted(available_timezones() - {"localtime", "Factory", "posixrules"})

    async def wish(self, caller: Caller, wish: Wish) -> str:
        """Show the limits, or set one."""
        money = Allowance(wish.whose, wish.span, Unit.MONEY, wish.role_id)
        films = money._replace(unit=Unit.FILMS)
        if sum(option is not None for option in (wish.usd, wish.films, wish.lift)) > 1:
            raise Refused("Please give one of `dollars`, `films` and `lift` at a time. Nothing was changed.")
        if wish.usd is not None:
            return await self.limit(caller, money, micro(wish.usd))
        if wish.films is not None:
            return await self.limit(caller, films, wish.films)
        if wish.lift is not None:
            both = [films] if wish.span is Span.ONCE else [money, films]
            return await self.lift(caller, both, unlimited=wish.lift is Lift.NONE)
        return await self.limits(caller, wish.page)

    async def limits(self, caller: Caller, page: int | None) -> str:
        """Everything that is limited, a line each; a page of it, or all."""
        admit(caller)
        rules = await self._servers.rules(caller.guild_id)
        # for a server both hold
        usual = [one for one in self._operator if one.whose is Whose.SERVER or one not in rules.limits]
        usual = [one for one in usual if one.whose is not Whose.BOT]
        lines = [f"- {allowed(one, limit)}" for one, limit in sorted(rules.limits.items())]
        lines += [f"- {allowed(one, self._operator[one])} (as whoever runs this bot has it)" for one in sorted(usual)]
        lines += [f"- Members with <@&{role}> have no limits of their own." for role in sorted(rules.exempt)]
        lines.append(f"Days and months begin at midnight, {rules.timezone}.")
        return "\n".join(lines) if page is None else paged(lines, page, LIMITS_PAGE)

    async def limit(self, caller: Caller, allowance: Allowance, amount: int) -> str:
        """Set a limit, in micro-dollars or films."""
        admit(caller)
        _check(allowance)
        if allowance.unit is Unit.MONEY:
            _whole_cents(amount)
        told = allowed(allowance, amount)
        await self._servers.change(self._change(caller, told), limits={allowance: amount})
        return told + self._but(allowance, amount)

    async def lift(self, caller: Caller, allowances: Iterable[Allowance], *, unlimited: bool) -> str:
        """Take limits away: `unlimited`, or so that those of whoever runs the bot hold again."""
        admit(caller)
        lifted = [*allowances]
        for one in lifted:
            _check(one)
        if unlimited:
            told = " ".join(allowed(one, None) for one in lifted)
            await self._servers.change(self._change(caller, told), limits=dict.fromkeys(lifted))
        else:
            told = " ".join(map(self._usual, lifted))
            await self._servers.change(self._change(caller, told), lifted=lifted)
        return told + "".join(self._but(one, None) for one in lifted if unlimited)

    def _usual(self, allowance: Allowance) -> str:
        """What holds where a server has set nothing."""
        if allowance.role_id:
            who = f"Members with <@&{allowance.role_id}>"
            return f"{who} have what each member has, counted in {COUNTED[allowance.unit]}."
        return allowed(allowance, self._operator.get(allowance))

    def _but(self, allowance: Allowance, limit: int | None) -> str:
        """What holds for a server whatever it sets."""
        above = self._operator.get(allowance) if allowance.whose is Whose.SERVER else None
        if above is None or (limit is not None and limit <= above):
            return ""
        return f" But whoever runs this bot allows less, and that holds: {allowed(allowance, above)}"

    async def exempt(self, caller: Caller, role_id: int, *, exempt: bool) -> str:
        """Let members with a role have no limits of their own, or have them again."""
        admit(caller)
        what = "no limits of their own; those of the server hold" if exempt else "limits as everybody"
        told = f"Members with <@&{role_id}> have {what}."

        def turn(rules: Rules) -> tuple[Rules, Change]:
            roles = rules.exempt | {role_id} if exempt else rules.exempt - {role_id}
            return replace(rules, exempt=roles), self._change(caller, told)

        return await self._servers.revise(caller.guild_id, turn)

    async def grant(self, caller: Caller, user_id: int, usd: Decimal) -> str:
        """Give a member bonus credit, or take some back."""
        admit(caller)
        amount = micro(usd)
        _whole_cents(amount)

        def note(given: int) -> Change:
            if not given:
                raise Refused(f"<@{user_id}> has no credit here to take back. {SAME} Please choose somebody else.")
            verb = "was given" if given > 0 else "lost"
            return self._change(caller, f"<@{user_id}> {verb} {dollars_left(abs(given))} of bonus credit.")

        if not amount:
            raise Refused(f"That is nothing. {SAME} Please say how many dollars; a negative number takes credit back.")
        has = await self._servers.grant(caller.guild_id, user_id, amount, note)
        stays = "it pays what the regular allowance does not, and does not expire"
        return f"<@{user_id}> has {dollars_left(has)} of bonus credit now; {stays}."

    async def clock(self, caller: Caller, timezone: str) -> str:
        """Set the time zone at whose midnight budgets renew."""
        admit(caller)
        if timezone not in self.zones:
            raise Refused(
                f"I know no time zone of that name. {SAME} Please choose one of the list, such as Europe/Berlin."
            )
        ends = window(Span.DAY, self._clock(), timezone).end
        told = f"Days and months begin at midnight, {timezone}."
        await self._servers.change(self._change(caller, told), timezone=timezone)
        return f"{told} The next one is <t:{ends:.0f}:R>."

    async def confirm(self, caller: Caller, above: int) -> str:
        """Let members be asked before more than so many micro-dollars are spent on a film."""
        admit(caller)
        told = f"Before more than {dollars_left(above)} are spent on a film, its owner is asked."
        await self._servers.change(self._change(caller, told), confirm_above=above)
        return told

    async def pause(self, caller: Caller, *, paused: bool) -> str:
        """Let nothing new be made, or go on."""
        admit(caller)
        told = "Nothing new is made here; films under way are finished." if paused else "Films are made here again."
        await self._servers.change(self._change(caller, told), paused=paused)
        return told

    async def log(self, caller: Caller, page: int) -> str:
        """Who changed what, the newest first; pages count from 1."""
        admit(caller)
        found = await self._servers.log(caller.guild_id, skip=(page - 1) * PAGE, count=PAGE + 1)
        lines = [f"- <t:{one.at:.0f}:f> {_who(one)}: {one.text}" for one in found[:PAGE]]
        return _page(lines, page, more=len(found) > PAGE) if found or page > 1 else "Nothing was changed here yet."

    def _change(self, caller: Caller, text: str) -> Change:
        return caller.change(text, self._clock())


def admit(caller: Caller) -> None:
    """Raises Refused for who may not manage the server."""
    if not caller.manages:
        raise Refused(NOT_YOURS)


def paged(lines: Sequence[str], page: int, count: int = PAGE) -> str:
    """So many of these lines as a page has, and where there are more; pages count from 1."""
    return _page(lines[(page - 1) * count : page * count], page, more=len(lines) > page * count)


def broken(sentence: str, count: int) -> list[str]:
    """A sentence that lists things, as lines of so many at the most."""
    parts = sentence.split(", ")
    lines = [", ".join(parts[first : first + count]) for first in range(0, len(parts), count)]
    return [*(f"{line}," for line in lines[:-1]), lines[-1]]


def _page(lines: Sequence[str], page: int, *, more: bool) -> str:
    return "\n".join([*lines, *([f"More on page {page + 1}."] if more else [])]) or (
        f"There is no page {page}. Please choose another; they begin with page 1."
    )


def _check(allowance: Allowance) -> None:
    if allowance.span is Span.ONCE and (allowance.unit is Unit.MONEY or allowance.whose is Whose.SERVER):
        raise Refused(f"At once, films are counted, for members and roles. {SAME} Please choose a day or a month.")
    if allowance.role_id and allowance.whose is Whose.SERVER:
        raise Refused(
            f"A role narrows what each member may do; for the server there is none. {SAME} Please leave it out."
        )


def _whole_cents(amount: int) -> None:
    if amount % CENT:
        raise Refused(f"Money is counted in whole cents here. {SAME} Please give dollars with at most two decimals.")


def _who(change: Change) -> str:
    unnamed = {0: "whoever runs this bot", FORGOTTEN: SOMEBODY}
    return unnamed.get(change.by_id) or mention(change.by_id)
