"""What was spent, with pictures: for those who manage a server, and for each member of his own films."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bot.domain.budget import Spent, Window, last_days
from bot.domain.chart import Chart
from bot.domain.errors import Refused
from bot.domain.language import say, sentence
from bot.domain.report import Entry, Report, Tally
from bot.domain.rules import BOTS_ZONE, Rules
from bot.domain.scene import DRAFTS, ROUTER
from bot.office import NOT_YOURS, Caller

OWN_DAYS = 30  # that a member sees of his own spending
AT_A_TIME = 92  # days that are read in one transaction: others want to be answered meanwhile
DRAWN = sentence("Spending")
OWN_DRAWN = sentence("What you spent here")


class Books(Protocol):
    """Where it is kept: see bot.adapters.store."""

    async def spending(self, guild_id: int, days: Sequence[Window], user_id: int | None = None) -> Sequence[Entry]: ...
    async def by_server(self, window: Window) -> Mapping[int, Spent]: ...


class Servers(Protocol):
    """The same for what a server has set."""

    async def rules(self, guild_id: int | None) -> Rules: ...


class Picture(NamedTuple):
    """A chart as PNG, and its numbers in words for who does not see it."""

    png: bytes
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report, with its picture."""

    report: Report
    picture: Picture


class Reports:
    """The use cases. Days are those of the server's time zone, and the last of them is today."""

    def __init__(
        self,
        books: Books,
        servers: Servers,
        draw: Callable[[Chart], Awaitable[bytes]],
        titles: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        """`titles` are those of the models by endpoint; `draw` makes a PNG."""
        self._books, self._servers, self._draw, self._titles, self._clock = books, servers, draw, titles, clock

    async def report(self, caller: Caller, days: int) -> Told:
        """The spending of a server in the last `days`. Raises Refused for who may not manage it."""
        if not caller.manages:
            raise Refused(say(NOT_YOURS))
        report = await self._report(caller.guild_id, days)
        return Told(report=report, picture=await self._picture(report, DRAWN, ranked=True))

    async def mine(self, user_id: int, guild_id: int | None) -> Picture | None:
        """What a member has spent in a server in the last 30 days, by day; None if that is nothing."""
        report = await self._report(guild_id, OWN_DAYS, user_id)
        return await self._picture(report, OWN_DRAWN, ranked=False) if report.total.money else None

    async def by_server(self, days: int) -> Mapping[int, Spent]:
        """What was spent in each server, 0 for none, in the last days of UTC."""
        windows = last_days(days, self._clock(), BOTS_ZONE)
        return await self._books.by_server(Window(windows[0][1].start, windows[-1][1].end))

    async def _report(self, guild_id: int | None, days: int, user_id: int | None = None) -> Report:
        zone = (await self._servers.rules(guild_id)).timezone
        windows = last_days(days, self._clock(), zone)
        tally = Tally({**self._titles, ROUTER: say(DRAFTS)})
        for begin in range(0, days, AT_A_TIME):
            dates, spans = zip(*windows[begin : begin + AT_A_TIME], strict=True)
            entries = await self._books.spending(guild_id or 0, spans, user_id)
            await asyncio.to_thread(tally.add, dates, entries)
        return tally.report(zone)

    async def _picture(self, report: Report, title: str, *, ranked: bool) -> Picture:
        return Picture(await self._draw(report.chart(say(title), ranked=ranked)), report.alt(ranked=ranked))
