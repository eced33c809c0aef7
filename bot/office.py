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
from bot.domain.language import say, sentence
from bot.domain.money import dollars_left, micro
from bot.domain.retention import SOMEBODY, mention
from bot.domain.rules import FORGOTTEN, Change, Rules

NOT_YOURS = sentence("Only those who may manage this server can do that. Nothing was changed. Please ask one of them.")
PAGE = 10  # lines
LIMITS_PAGE = 20  # of them, where they are short
CENT = 10_000  # micro-dollars
AS_EACH = {
    Unit.MONEY: sentence("Members with {role} have what each member has, counted in dollars."),
    Unit.FILMS: sentence("Members with {role} have what each member has, counted in films."),
}


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
            raise Refused(say("Please give one of `dollars`, `films` and `lift` at a time. Nothing was changed."))
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
        told = [allowed(one, limit) for one, limit in sorted(rules.limits.items())]
        told += [
            say("{limit} (as whoever runs this bot has it)", limit=allowed(one, self._operator[one]))
            for one in sorted(usual)
        ]
        told += [
            say("Members with {role} have no limits of their own.", role=f"<@&{role}>") for role in sorted(rules.exempt)
        ]
        lines = [*(f"- {one}" for one in told), _midnight(rules.timezone)]
        return "\n".join(lines) if page is None else paged(lines, page, LIMITS_PAGE)

    async def limit(self, caller: Caller, allowance: Allowance, amount: int) -> str:
        """Set a limit, in micro-dollars or films."""
        admit(caller)
        _check(allowance)
        if allowance.unit is Unit.MONEY:
            _whole_cents(amount)
        told = allowed(allowance, amount)
        await self._servers.change(self._change(caller, told), limits={allowance: amount})
        return " ".join([told, *self._but(allowance, amount)])

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
        return " ".join([told, *(but for one in lifted if unlimited for but in self._but(one, None))])

    def _usual(self, allowance: Allowance) -> str:
        """What holds where a server has set nothing."""
        if allowance.role_id:
            return say(AS_EACH[allowance.unit], role=f"<@&{allowance.role_id}>")
        return allowed(allowance, self._operator.get(allowance))

    def _but(self, allowance: Allowance, limit: int | None) -> Iterable[str]:
        """What holds for a server whatever it sets, where that is less."""
        above = self._operator.get(allowance) if allowance.whose is Whose.SERVER else None
        if above is not None and (limit is None or limit > above):
            less = allowed(allowance, above)
            yield say("But whoever runs this bot allows less, and that holds: {limit}", limit=less)

    async def exempt(self, caller: Caller, role_id: int, *, exempt: bool) -> str:
        """Let members with a role have no limits of their own, or have them again."""
        admit(caller)
        role = f"<@&{role_id}>"
        if exempt:
            told = say("Members with {role} have no limits of their own; those of the server hold.", role=role)
        else:
            told = say("Members with {role} have limits as everybody.", role=role)

        def turn(rules: Rules) -> tuple[Rules, Change]:
            roles = rules.exempt | {role_id} if exempt else rules.exempt - {role_id}
            return replace(rules, exempt=roles), self._change(caller, told)

        return await self._servers.revise(caller.guild_id, turn)

    async def grant(self, caller: Caller, user_id: int, usd: Decimal) -> str:
        """Give a member bonus credit, or take some back."""
        admit(caller)
        amount, member = micro(usd), mention(user_id)
        _whole_cents(amount)

        def note(given: int) -> Change:
            if not given:
                none = sentence(
                    "{member} has no credit here to take back. Nothing was changed. Please choose somebody else."
                )
                raise Refused(say(none, member=member))
            gets = sentence("{member} was given {credit} of bonus credit.")
            told = gets if given > 0 else sentence("{member} lost {credit} of bonus credit.")
            return self._change(caller, say(told, member=member, credit=dollars_left(abs(given))))

        if not amount:
            raise Refused(
                say(
                    "That is nothing. Nothing was changed. Please say how many dollars; a negative number takes credit "
                    "back."
                )
            )
        has = await self._servers.grant(caller.guild_id, user_id, amount, note)
        return say(
            "{member} has {credit} of bonus credit now; it pays what the regular allowance does not, and does not "
            "expire.",
            member=member,
            credit=dollars_left(has),
        )

    async def clock(self, caller: Caller, timezone: str) -> str:
        """Set the time zone at whose midnight budgets renew."""
        admit(caller)
        if timezone not in self.zones:
            raise Refused(
                say(
                    "I know no time zone of that name. Nothing was changed. Please choose one of the list, such as "
                    "Europe/Berlin."
                )
            )
        ends = window(Span.DAY, self._clock(), timezone).end
        told = _midnight(timezone)
        await self._servers.change(self._change(caller, told), timezone=timezone)
        return " ".join([told, say("The next one is {when}.", when=f"<t:{ends:.0f}:R>")])

    async def confirm(self, caller: Caller, above: int) -> str:
        """Let members be asked before more than so many micro-dollars are spent on a film."""
        admit(caller)
        told = say("Before more than {price} are spent on a film, its owner is asked.", price=dollars_left(above))
        await self._servers.change(self._change(caller, told), confirm_above=above)
        return told

    async def pause(self, caller: Caller, *, paused: bool) -> str:
        """Let nothing new be made, or go on."""
        admit(caller)
        told = (
            say("Nothing new is made here; films under way are finished.")
            if paused
            else say("Films are made here again.")
        )
        await self._servers.change(self._change(caller, told), paused=paused)
        return told

    async def log(self, caller: Caller, page: int) -> str:
        """Who changed what, the newest first; pages count from 1."""
        admit(caller)
        found = await self._servers.log(caller.guild_id, skip=(page - 1) * PAGE, count=PAGE + 1)
        lines = [f"- <t:{one.at:.0f}:f> {_who(one)}: {one.text}" for one in found[:PAGE]]
        return _page(lines, page, more=len(found) > PAGE) if found or page > 1 else say("Nothing was changed here yet.")

    def _change(self, caller: Caller, text: str) -> Change:
        return caller.change(text, self._clock())


def admit(caller: Caller) -> None:
    """Raises Refused for who may not manage the server."""
    if not caller.manages:
        raise Refused(say(NOT_YOURS))


def paged(lines: Sequence[str], page: int, count: int = PAGE) -> str:
    """So many of these lines as a page has, and where there are more; pages count from 1."""
    return _page(lines[(page - 1) * count : page * count], page, more=len(lines) > page * count)


def broken(told: str, count: int) -> list[str]:
    """A sentence that lists things, as lines of so many at the most."""
    parts = told.split(", ")
    lines = [", ".join(parts[first : first + count]) for first in range(0, len(parts), count)]
    return [*(f"{line}," for line in lines[:-1]), lines[-1]]


def _page(lines: Sequence[str], page: int, *, more: bool) -> str:
    further = [say("More on page {page}.", page=page + 1)] if more else []
    none = sentence("There is no page {page}. Please choose another; they begin with page 1.")
    return "\n".join([*lines, *further]) or say(none, page=page)


def _midnight(timezone: str) -> str:
    return say("Days and months begin at midnight, {zone}.", zone=timezone)


def _check(allowance: Allowance) -> None:
    if allowance.span is Span.ONCE and (allowance.unit is Unit.MONEY or allowance.whose is Whose.SERVER):
        raise Refused(
            say(
                "At once, films are counted, for members and roles. Nothing was changed. Please choose a day or a "
                "month."
            )
        )
    if allowance.role_id and allowance.whose is Whose.SERVER:
        raise Refused(
            say(
                "A role narrows what each member may do; for the server there is none. Nothing was changed. Please "
                "leave it out."
            )
        )


def _whole_cents(amount: int) -> None:
    if amount % CENT:
        raise Refused(
            say(
                "Money is counted in whole cents here. Nothing was changed. Please give dollars with at most two "
                "decimals."
            )
        )


def _who(change: Change) -> str:
    unnamed = {0: sentence("whoever runs this bot"), FORGOTTEN: SOMEBODY}
    return say(unnamed[change.by_id]) if change.by_id in unnamed else mention(change.by_id)
