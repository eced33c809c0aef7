"""A report says what the ledger says, on the days on which it was asked for, wherever clocks change."""

import csv
import io
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import aiosqlite
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.store import Store
from bot.adapters.voices import voices
from bot.domain.budget import Spent, last_days
from bot.domain.catalogue import TITLES
from bot.domain.chart import Chart, Parts, day_name
from bot.domain.errors import Refused
from bot.domain.language import ENGLISH, Voice, say, speaking
from bot.domain.money import MICRO
from bot.domain.report import GONE, MOST_ALT, MOST_KINDS, MOST_RANKS, Report, Tally, exact
from bot.domain.rules import Change
from bot.office import Caller
from bot.reports import DRAWN, OWN_DRAWN, Reports, Told

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()  # between the changes of clocks of many places
GUILD, OTHER = 2, 22
KINDS = ("reserve", "settle", "refund", "grant")
# where clocks change at midnight, twice by half an hour, not at all, far from UTC
ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati")
MANAGER = Caller(user_id=1, guild_id=GUILD, manages=True)
Line = tuple[str, int, int, str, int, float]  # kind, user, server, endpoint, micro-dollars, accepted at


class Drawn:
    """Instead of a picture what would be on it."""

    def __init__(self) -> None:
        self.charts: list[Chart] = []

    async def draw(self, chart: Chart) -> bytes:
        self.charts.append(chart)
        return b"PNG"


def year(chance: random.Random) -> list[Line]:
    """What a few members did in more than a year, as the ledger has it."""
    lines: list[Line] = []
    for _ in range(400):
        at = NOW + 86_400 * chance.uniform(-380, 1)
        who = chance.choice((GONE, 5, 6, 7)), chance.choice((GUILD, GUILD, OTHER)), chance.choice([*TITLES, "gone/v1"])
        price = chance.choice((200_000, 405_001))
        end = chance.choice((("refund", -price), ("settle", 0), ("settle", -99), ("grant", 0), None))
        lines.append(("reserve", *who, price, at))
        lines += [(end[0], *who, end[1], at)] if end else []
    return lines


async def write(file: Path, lines: Sequence[Line]) -> None:
    async with aiosqlite.connect(file) as database:
        names = "kind, user_id, guild_id, endpoint, amount, accepted_at, bonus, at"
        await database.executemany(f"INSERT INTO ledger ({names}) VALUES (?, ?, ?, ?, ?, ?, 0, 0)", lines)
        await database.commit()


def naive(lines: Sequence[Line], zone: str, days: int, guild: int) -> dict[tuple[date, int, str], Spent]:
    """The same, line by line."""
    local = ZoneInfo(zone)
    today = datetime.fromtimestamp(NOW, local).date()
    sums: Counter[tuple[date, int, str]] = Counter()
    films: Counter[tuple[date, int, str]] = Counter()
    for kind, user, server, endpoint, amount, at in lines:
        day = datetime.fromtimestamp(at, local).date()
        if server == guild and today - timedelta(days) < day <= today:
            key = day, user, TITLES.get(endpoint, endpoint)
            sums[key] += amount
            films[key] += {"reserve": 1, "refund": -1}.get(kind, 0)
    return {key: Spent(sums[key], films[key]) for key in sums if sums[key] or films[key]}


def of_table(table: str) -> dict[tuple[date, int, str], Spent]:
    """What a spreadsheet reads."""
    rows = [*csv.DictReader(io.StringIO(table, newline=""))]
    return {
        (date.fromisoformat(row["date"]), int(row["member"]), row["model"]): Spent(
            int(Decimal(row["dollars"]) * MICRO), int(row["films"])
        )
        for row in rows
    }


async def asked(store: Store, days: int, caller: Caller = MANAGER) -> tuple[Told, Chart]:
    drawn = Drawn()
    told = await Reports(store.reports, store.servers, drawn.draw, TITLES, lambda: NOW).report(caller, days)
    return told, drawn.charts[0]


@pytest.mark.parametrize("zone", ZONES)
async def test_a_report_and_its_picture_add_up_to_the_ledger(store: Store, file: Path, zone: str) -> None:
    lines = year(random.Random(zone))
    await write(file, lines)
    await store.servers.change(Change(guild_id=GUILD, by_id=1, at=NOW, text="x"), timezone=zone)
    for days in (1, 30, 366):
        wanted = naive(lines, zone, days, GUILD)
        told, chart = await asked(store, days)
        assert of_table(told.report.table) == wanted
        assert told.report.total == Spent(
            sum(one.money for one in wanted.values()), sum(one.films for one in wanted.values())
        )
        for ranks in chart.ranks:
            assert _total([row.parts for row in ranks.rows]) == told.report.total.money
        of_days = Counter[date]()
        for (day, _, _), spent in wanted.items():
            of_days[day] += spent.money
        first = chart.days.first
        assert [sum(parts) for parts in chart.days.amounts] == [of_days[first + timedelta(n)] for n in range(days)]


async def test_a_member_sees_his_own_days_and_no_picture_of_nothing(store: Store, file: Path) -> None:
    lines = year(random.Random(1))
    await write(file, lines)
    drawn = Drawn()
    reports = Reports(store.reports, store.servers, drawn.draw, TITLES, lambda: NOW)
    picture = await reports.mine(5, GUILD)
    own = {key: spent for key, spent in naive(lines, "UTC", 30, GUILD).items() if key[1] == 5}
    assert _total(drawn.charts[0].days.amounts) == sum(spent.money for spent in own.values())
    assert drawn.charts[0].ranks == ()
    assert picture
    assert picture.alt.startswith("Spending by day, Oct 4 to Nov 2, 2026: $")
    assert await reports.mine(99, GUILD) is None
    assert await reports.mine(5, None) is None


async def test_each_server_has_its_sum_and_what_was_in_none_too(store: Store, file: Path) -> None:
    lines = [*year(random.Random(2)), ("reserve", 5, 0, "x", 7, NOW), ("reserve", 5, 9, "x", 7, NOW - 86_400 * 40)]
    await write(file, lines)
    found = await Reports(store.reports, store.servers, Drawn().draw, TITLES, lambda: NOW).by_server(30)
    wanted = {guild: naive(lines, "UTC", 30, guild).values() for guild in (GUILD, OTHER, 0)}
    assert found == {
        guild: Spent(sum(one.money for one in of), sum(one.films for one in of)) for guild, of in wanted.items()
    }


async def test_who_may_not_manage_the_server_gets_no_report(store: Store) -> None:
    with pytest.raises(Refused):
        await asked(store, 30, Caller(user_id=1, guild_id=GUILD, manages=False))


@pytest.mark.parametrize("zone", ZONES)
@given(now=st.integers(1_600_000_000, 2_000_000_000), count=st.integers(1, 366))
def test_days_follow_each_other_and_the_last_is_today(zone: str, now: float, count: int) -> None:
    days = last_days(count, now, zone)
    assert len(days) == count
    assert days[-1][1].start <= now < days[-1][1].end
    assert all(one.end == other.start for (_, one), (_, other) in pairwise(days))
    for day, window in days:
        assert datetime.fromtimestamp(window.start, ZoneInfo(zone)).date() == day
        assert datetime.fromtimestamp(window.end - 1, ZoneInfo(zone)).date() == day


# ---- what is read of it ----


def report(*entries: tuple[int, int, str, int, int], days: int = 2) -> Report:
    tally = Tally(TITLES)
    tally.add([date(2026, 11, 1) + timedelta(number) for number in range(days)], entries)
    return tally.report("UTC")


def test_the_text_has_the_members_by_number_and_the_models() -> None:
    entries = [(0, 100 + number, "fal-ai/wan-i2v", 1, 1_000_000 - number) for number in range(MOST_RANKS + 2)]
    text = report(*entries, (1, GONE, "wan/v2.6/image-to-video", 8, 3_200_000)).text()
    assert text.splitlines()[:6] == [
        "**Nov 1 to Nov 2, 2026** $15.20 · 20 films",
        "Days begin at midnight, UTC.",
        "",
        "**Members**",
        "1. members who deleted their data $3.20 · 8 films",
        "2. <@100> $1.00 · 1 film",
    ]
    assert "10. <@108> " in text
    assert "- 3 others $3.00 · 3 films" in text
    assert text.endswith("- Wan 2.1 $12.00 · 12 films\n- Wan 2.6 $3.20 · 8 films")
    assert report().text() == "Nothing was spent here, Nov 1 to Nov 2, 2026. Days begin at midnight, UTC."


@pytest.mark.parametrize("model", ["=1+1", "+x", "-x", "@x", "\tx"])
def test_no_cell_is_a_formula_to_a_spreadsheet(model: str) -> None:
    table = report((0, 5, model, 1, 405_000), (1, 5, 'a "b", c', 1, 1)).table
    assert table == f"date,member,model,films,dollars\r\n2026-11-01,5,'{model},1,0.405000\r\n" + (
        '2026-11-02,5,"a ""b"", c",1,0.000001\r\n'
    )


@given(st.integers(-(2**62), 2**62))
def test_dollars_are_exact(amount: int) -> None:
    assert Decimal(exact(amount)) * MICRO == amount


entry = st.tuples(
    st.integers(0, 1),
    st.integers(0, 2**63),
    st.text(min_size=1, max_size=60),
    st.integers(0, 10**9),
    st.integers(1, 2**50),
)


@given(st.lists(entry, max_size=40))
def test_any_report_fits_an_embed_and_loses_nothing(entries: list[tuple[int, int, str, int, int]]) -> None:
    found = report(*entries)
    assert len(found.text()) <= 4096
    assert all(len(found.alt(ranked=ranked)) <= MOST_ALT for ranked in (True, False))
    chart = found.chart("x", ranked=True)
    spent = sum(amount for *_, amount in entries)
    assert bool(chart.ranks) == bool(entries)
    assert {_total(chart.days.amounts), *(_total([row.parts for row in of.rows]) for of in chart.ranks)} == {spent}
    assert len(chart.kinds) <= MOST_KINDS
    assert all(len(of.rows) <= MOST_RANKS + 1 for of in chart.ranks)


@pytest.mark.parametrize("voice", [ENGLISH, *voices().values()])
def test_a_picture_needs_no_letter_that_its_font_does_not_have(voice: Voice) -> None:
    with speaking(voice):
        chart = report(*((0, user, f"m{user}", 1, user) for user in range(1, 12)), days=365).chart("x", ranked=True)
        written = [chart.days.title, chart.note, *chart.kinds, say(DRAWN), say(OWN_DRAWN), say("Nothing was spent")]
        written += [text for of in chart.ranks for text in (of.title, *(row.label for row in of.rows))]
        written += [day_name(date(2026, month, 1)) for month in range(1, 13)]
    assert [text for text in written if not text.replace("·", "").isascii()] == []


def _total(of: Sequence[Parts]) -> int:
    return sum(map(sum, of))
