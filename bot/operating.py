"""What whoever runs the bot does beside it, in its database: while it runs, and while it does not."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.adapters.store import Store, file_of, open_store
from bot.domain.errors import Misconfigured, Refused
from bot.domain.job import Job, State
from bot.domain.money import dollars
from bot.office import Caller, Office, Wish
from bot.settings import Settings

T = TypeVar("T")
OPERATOR = 0  # in a server's log


async def limits(settings: Settings, guild_id: int, wish: Wish) -> str:
    """Show what is limited in a server, or set it as those could who manage it. Raises Misconfigured."""
    caller = Caller(user_id=OPERATOR, guild_id=guild_id, manages=True)
    return await _in_store(settings, lambda store: _office(settings, store).wish(caller, wish))


async def lost(settings: Settings) -> list[str]:
    """A line for each job of which nobody knows whether fal has been paid for it. Raises Misconfigured."""
    jobs = await _in_store(settings, lambda store: store.films.in_state(State.LOST))
    return [_line(job) for job in jobs]


def _office(settings: Settings, store: Store) -> Office:
    return Office(store.servers, settings.limits, time.time)


async def _in_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    file = file_of(settings.database)
    if file and not file.exists():
        raise Misconfigured(f"There is no database at {file}: the bot makes it when it runs for the first time.")
    async with open_store(settings.database) as store:
        try:
            return await work(store)
        except Refused as refused:
            raise Misconfigured(str(refused)) from refused


def _line(job: Job) -> str:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(job.submitted_at or job.created_at))
    return f"{job.id}  {when}  {dollars(job.price)}  {job.endpoint}  member {job.user_id}  server {job.guild_id}"
