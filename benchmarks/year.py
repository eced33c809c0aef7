"""How quick the bot is with a year behind it: a search in a history, a server's report, a request for a film.

Makes 100,000 jobs with their lines in the ledger, as 200 members of a few servers would have made them in a year, and
for the search as many of one member, who looks for what he never wrote. Prints medians and the worst, in milliseconds.
"""

import asyncio
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.adapters.charts import draw
from bot.adapters.store import Store, open_store
from bot.adapters.store.tables import jobs as table
from bot.archive import Archive, Viewer
from bot.domain.budget import Allowance, Limits, Span, Unit, Whose, last_days
from bot.domain.catalogue import CATALOGUE, TITLES
from bot.domain.history import Query, Which
from bot.domain.job import Job, State
from bot.domain.money import Entry
from bot.domain.report import Tally
from bot.domain.rules import Rules
from bot.domain.wording import searched
from bot.office import Caller
from bot.reports import Reports
from tests.unit.test_words import job as a_job
from tests.unit.under import under

JOBS, MEMBERS, DAYS = 100_000, 200, 365
POPULAR = (20, 5, 50, 15, 10)  # models, in percent
SERVERS, SHARES = (1 << 60, 2 << 60, 3 << 60), (90, 7, 3)  # of the jobs, in percent
NOW = 1_790_000_000.0
YEAR = DAYS * 86_400.0
LEDGER = ("job_id", "kind", "user_id", "guild_id", "endpoint", "amount", "bonus", "accepted_at", "at")
SAID = (
    "a the of in over under slowly quietly tide comes goes waves sea boat lighthouse gull sand storm light morning "
    "evening fog rain snow forest river stone bridge tower town street window lamp cat dog horse fox owl child dancer "
    "painter smoke fire cloud moon star camera pans left right closer away while turns smiles looks runs falls rises"
)
NEVER = "xylophone"
LIMIT = 10_000 * 1_000_000  # micro-dollars, which nobody reaches
LIMITS: Limits = {
    Allowance(Whose.MEMBER, Span.DAY, Unit.MONEY): LIMIT,
    Allowance(Whose.MEMBER, Span.ONCE, Unit.FILMS): JOBS,
    Allowance(Whose.SERVER, Span.DAY, Unit.MONEY): LIMIT,
    Allowance(Whose.SERVER, Span.MONTH, Unit.MONEY): LIMIT,
    Allowance(Whose.BOT, Span.DAY, Unit.MONEY): LIMIT,
}


def prompt(chance: random.Random) -> str:
    """20 to 200 characters."""
    most = chance.randint(20, 200)
    words = chance.choices(SAID.split(), k=most // 3)
    return " ".join(words)[:most]


def year(members: int) -> Iterator[Job]:
    """The jobs, the oldest first; some members make many of them."""
    chance = random.Random(7)
    endpoints = [(endpoint.id, endpoint.title) for endpoint in CATALOGUE]
    endpoints += [(f"fal-ai/model-{number}", f"Model {number}") for number in range(len(POPULAR) - len(endpoints))]
    weights = [1 / (number + 3) for number in range(members)]
    for number in range(JOBS):
        [(endpoint, title)] = chance.choices(endpoints, POPULAR)
        text = prompt(chance)
        [user] = chance.choices(range(members), weights)
        [guild] = chance.choices(SERVERS, SHARES) if members > 1 else SERVERS[:1]
        created = NOW - YEAR + YEAR * (number + chance.random()) / JOBS
        refunded = chance.random() < 0.08
        yield replace(
            a_job(text),
            id=f"{number:010}",
            origin=f"interaction:{number}",
            user_id=(9 << 56) + user,
            guild_id=guild,
            endpoint=endpoint,
            title=title,
            price=chance.choice((200_000, 400_000, 405_000, 500_000, 750_000)),
            created_at=created,
            state=State.FAILED if refunded else State.DELIVERED,
            booked=Entry.REFUND if refunded else Entry.SETTLE,
            request_id=f"request-{number}",
            rendered_seconds=60.0,
            message_id=(5 << 58) + number,
            ended_at=created + 90,
            closed_at=created + 91,
            wording=searched(text),
        )


def fill(file: Path, members: int) -> None:
    """Write a year into a database that has its tables."""
    columns = table.c.keys()
    with closing(sqlite3.connect(file)) as database, database:
        for job in year(members):
            values = [getattr(job, name) for name in columns]
            put(database, "jobs", dict(zip(columns, map(plain, values), strict=True)))
            who = (job.user_id, job.guild_id, job.endpoint)
            end = -job.price if job.booked is Entry.REFUND else 0
            for kind, amount in ((Entry.RESERVE, job.price), (job.booked, end)):
                line = (job.id, kind, *who, amount, 0, job.created_at, job.created_at)
                put(database, "ledger", dict(zip(LEDGER, line, strict=True)))


def plain(value: Any) -> Any:
    """As SQLite stores it."""
    return json.dumps(value) if isinstance(value, dict) else value


def put(database: sqlite3.Connection, name: str, row: dict[str, Any]) -> None:
    database.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        of_many, of_one = Path(folder) / "many.db", Path(folder) / "one.db"
        for file, members in ((of_many, MEMBERS), (of_one, 1)):
            async with open_store(f"sqlite+aiosqlite:///{file}"):
                fill(file, members)
        print(f"{JOBS:,} jobs of a year, {MEMBERS} members, {of_many.stat().st_size / 2**20:.0f} MiB")
        async with open_store(f"sqlite+aiosqlite:///{of_one}") as store:
            await search(store)
        async with open_store(f"sqlite+aiosqlite:///{of_many}") as store:
            await report(store)
            await accept(store)


async def search(store: Store) -> None:
    """/history of a member who has all of the jobs, until its page is there."""
    nobody: Any = None  # who makes and carries films
    archive = Archive(store, store.films, store.members, nobody, nobody, nobody, Path())
    viewer = Viewer(
        user_id=9 << 56, guild_id=SERVERS[0], manages=False, age_restricted=False, channel_id=1, channels=frozenset()
    )
    other, all_films = replace(viewer, user_id=8), Query(user_id=viewer.user_id)
    for what, who, query in (
        ("without a hit", viewer, replace(all_films, search=NEVER)),
        ("with many", viewer, replace(all_films, search="tide")),
        ("with many, on page 1,000", viewer, replace(all_films, search="tide", page=1000)),
        ("without a hit, of those that failed", viewer, replace(all_films, search=NEVER, which=Which.FAILED)),
        ("by somebody who sees none of their channels", other, replace(all_films, search="tide")),
    ):
        took = [await timed(lambda who=who, query=query: archive.history(who, query)) for _ in range(20)]
        show(f"a search in {JOBS:,} films of one member {what}", took)


async def report(store: Store) -> None:
    """What a server of most of the members has spent in a year."""
    reports = Reports(store.reports, store.servers, draw, TITLES, lambda: NOW)
    caller = Caller(user_id=1, guild_id=SERVERS[0], manages=True)
    told = await reports.report(caller, DAYS)
    took = [await timed(lambda: reports.report(caller, DAYS)) for _ in range(10)]
    show(f"/admin report days: {DAYS}, a table of {told.report.table.count(chr(10)) - 1:,} lines and a picture", took)
    dates, spans = zip(*last_days(DAYS, NOW, told.report.zone), strict=True)
    entries = await store.reports.spending(SERVERS[0], spans)
    chart = told.report.chart("Spending", ranked=True)
    show("  of it the query", [await timed(lambda: store.reports.spending(SERVERS[0], spans)) for _ in range(10)])
    show("  of it the sums and the table", [clocked(lambda: Tally(TITLES).add(dates, entries)) for _ in range(10)])
    show("  of it the picture", [await timed(lambda: draw(chart)) for _ in range(10)])


async def accept(store: Store) -> None:
    """One more film, with a limit of every kind that a setting makes."""
    wanted = under(Rules().terms(LIMITS, (), NOW))
    new = replace(a_job(), user_id=9 << 56, guild_id=SERVERS[0], created_at=NOW)
    requests = [replace(new, id=f"new{number}", origin=f"new:{number}") for number in range(100)]
    took = [await timed(lambda asked=asked: store.accept(asked, wanted)) for asked in requests]
    show("a request for a film is accepted and stored", took)


def clocked(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """The same for what is awaited."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def show(what: str, took: list[float]) -> None:
    median, worst = statistics.median(took) * 1000, max(took) * 1000
    print(f"{what}: median {median:.0f} ms, worst {worst:.0f} ms of {len(took)}")


asyncio.run(main())
