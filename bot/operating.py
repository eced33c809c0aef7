"""What whoever runs the bot does beside it, in its database: while it runs, and while it does not."""

import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

from bot.adapters.charts import draw
from bot.adapters.store import Store, file_of, open_store
from bot.domain.budget import Spent
from bot.domain.catalogue import CATALOGUE, TITLES
from bot.domain.endpoint import Endpoint
from bot.domain.errors import Misconfigured, Refused, Unavailable
from bot.domain.job import Job, State
from bot.domain.money import dollars
from bot.domain.pricing import fresh, listed, renewed, repriced
from bot.domain.report import UNNAMED, total
from bot.office import Caller, Office, Wish
from bot.reports import Reports
from bot.settings import WHERE, Settings

T = TypeVar("T")
OPERATOR = 0  # in a server's log
IN_FORCE = (
    "Films that are asked for from now on cost that, also in a bot that runs. Those asked for before stay as told."
)


async def limits(settings: Settings, guild_id: int, wish: Wish) -> str:
    """Show what is limited in a server, or set it as those could who manage it. Raises Misconfigured."""
    caller = Caller(user_id=OPERATOR, guild_id=guild_id, manages=True)
    return await _in_store(settings, lambda store: _office(settings, store).wish(caller, wish))


class Written(NamedTuple):
    """Where a report goes besides the screen."""

    table: Path | None = None  # CSV
    picture: Path | None = None  # PNG


async def report(settings: Settings, guild_id: int, days: int, files: Written) -> str:
    """What was spent in a server in the last days, as a table, also written into these files. Raises Misconfigured."""

    async def work(store: Store) -> str:
        caller = Caller(user_id=OPERATOR, guild_id=guild_id, manages=True)
        told = await _reports(store).report(caller, days)
        for file, data in ((files.table, told.report.table.encode()), (files.picture, told.picture.png)):
            if file:
                _write(file, data)
        report = told.report
        members = [(UNNAMED.get(user) or str(user), spent) for user, spent in report.members]
        head = f"Server {guild_id}, {report.span}, days of {report.zone}"
        return "\n\n".join([head, _table("member", members), _table("model", report.models)])

    return await _in_store(settings, work)


async def reports(settings: Settings, days: int) -> str:
    """What was spent in each server in the last days, as a table. Raises Misconfigured."""
    spent = await _in_store(settings, lambda store: _reports(store).by_server(days))
    servers = sorted(spent.items(), key=lambda item: item[1].money, reverse=True)
    named = [(str(server) if server else "none", one) for server, one in servers]
    return f"The last {days} days of UTC\n\n{_table('server', named)}"


async def lost(settings: Settings) -> list[str]:
    """A line for each job of which nobody knows whether fal has been paid for it. Raises Misconfigured."""
    jobs = await _in_store(settings, lambda store: store.films.in_state(State.LOST))
    return [_line(job) for job in jobs]


async def prices(settings: Settings) -> list[str]:
    """A line for each model: its price, as the bot uses it. Raises Misconfigured."""
    return [*map(listed, await _in_store(settings, _offered))]


async def refresh(settings: Settings) -> list[str]:
    """Ask fal for its prices, and have the bot use them: a line for what becomes of each. Raises Misconfigured."""
    from bot.adapters.fal import open_fal  # here, as it takes half a second, and the other commands need none of it

    key = settings.fal_key.get_secret_value()
    if not key:
        raise Misconfigured(f"FAL_KEY is missing: {WHERE['FAL_KEY']}")

    async def work(store: Store) -> list[str]:
        before = await _offered(store)
        async with open_fal(key) as fal:
            told = await fal.prices([endpoint.id for endpoint in before])
        changed = {one.id: told[one.id].unit_price for one in before if fresh(one, told.get(one.id))}
        await store.prices.change(changed, time.time())
        pairs = zip(before, await _offered(store), strict=True)
        lines = [renewed(old, new, told.get(new.id)) for old, new in pairs]
        return [*lines, *([IN_FORCE] if changed else [])]

    return await _in_store(settings, work)


async def _offered(store: Store) -> list[Endpoint]:
    """The catalogue at the prices of now."""
    now = await store.prices.now()
    return [repriced(endpoint, now) for endpoint in CATALOGUE]


def _office(settings: Settings, store: Store) -> Office:
    return Office(store.servers, settings.limits, time.time)


def _reports(store: Store) -> Reports:
    return Reports(store.reports, store.servers, draw, TITLES, time.time)


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise Misconfigured(f"{file} cannot be written: {error.strerror}.") from error


def _table(name: str, of: Iterable[tuple[str, Spent]]) -> str:
    """A line for each, and the total, in columns as wide as they must be."""
    counted = [*of]
    counted.append(("total", total(spent for _, spent in counted)))
    rows = [(name, "films", "dollars"), *((who, f"{one.films:,}", dollars(one.money)) for who, one in counted)]
    first, second, third = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(f"{who:<{first}}  {films:>{second}}  {money:>{third}}" for who, films, money in rows)


async def _in_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    file = file_of(settings.database)
    if file and not file.exists():
        raise Misconfigured(f"There is no database at {file}: the bot makes it when it runs for the first time.")
    async with open_store(settings.database, beside=True) as store:
        try:
            return await work(store)
        except Refused as refused:
            raise Misconfigured(str(refused)) from refused
        except Unavailable as error:
            raise Misconfigured(f"{error} does not answer, so nothing is changed. Please try again later.") from error


def _line(job: Job) -> str:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(job.submitted_at or job.created_at))
    return f"{job.id}  {when}  {dollars(job.price)}  {job.endpoint}  member {job.user_id}  server {job.guild_id}"
