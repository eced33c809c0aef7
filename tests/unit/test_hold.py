"""One bot at a time on a PostgreSQL database, whatever becomes of the connection by which it holds it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.adapters.store import held
from bot.adapters.store.hold import HOLDER
from bot.domain.errors import Misconfigured
from tests.postgres import do
from tests.unit import line
from tests.unit.line import Line

OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'Zoetrope, process %'"
BEAT = 0.05  # seconds


@pytest.fixture
async def wire(postgres: str) -> AsyncGenerator[Line]:
    """The way to the database."""
    async with line.to(postgres) as wire:
        yield wire


def nothing() -> None:
    """What is done about a loss in a test that has none."""
    raise AssertionError("nothing was lost")


async def holder(url: str) -> int | None:
    """The session that holds the database."""
    return next((pid for pid, *_ in await do(url, HOLDER.text)), None)


async def changed(url: str, before: int | None) -> int | None:
    """Wait until another session holds it, or none; that one."""
    while (now := await holder(url)) == before:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(BEAT)
    return now


async def is_held(url: str) -> None:
    """A bot that starts now is refused."""
    with pytest.raises(Misconfigured, match="Another bot works on this database"):
        async with held(url, nothing):
            pass


async def test_a_second_bot_is_told_who_is_there_until_the_first_ends(postgres: str) -> None:
    async with held(postgres, nothing):
        with pytest.raises(Misconfigured) as told:
            async with held(postgres, nothing):
                pass
        assert str(told.value).startswith("Another bot works on this database: Zoetrope, process ")
        assert str(told.value).endswith(" UTC. Stop it first, or give this one another database with DATABASE_URL.")
    async with held(postgres, nothing):
        assert await holder(postgres)
    assert await holder(postgres) is None


async def test_a_connection_that_the_server_ends_is_made_anew(postgres: str) -> None:
    async with held(postgres, nothing, beat=BEAT):
        before = await holder(postgres)
        await do(postgres, f"SELECT pg_terminate_backend({before})")
        while await changed(postgres, before) is None:
            before = None
        await is_held(postgres)


async def test_who_was_away_while_another_came_sees_it_and_stops(wire: Line, postgres: str) -> None:
    lost = asyncio.Event()
    async with held(wire.url, lost.set, beat=BEAT):
        before = await holder(postgres)
        wire.cut()
        assert await changed(postgres, before) is None
        async with held(postgres, nothing):
            wire.mend()
            await lost.wait()


async def test_a_connection_of_ours_whose_end_the_server_sees_late_is_no_other_bot(wire: Line, postgres: str) -> None:
    async with held(wire.url, nothing, beat=BEAT):
        before = await holder(postgres)
        wire.cut(both=False)
        wire.mend()
        while (await do(postgres, f"SELECT count(*) {OURS}")) != [(2,)]:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(BEAT)
        await do(postgres, f"SELECT pg_terminate_backend({before})")
        while await changed(postgres, before) is None:
            before = None
        await is_held(postgres)


async def test_who_gives_no_sign_is_succeeded(postgres: str) -> None:
    async with held(postgres, nothing, beat=60, lease=0.5):
        before = await holder(postgres)
        assert before
        assert await changed(postgres, before) is None
        async with held(postgres, nothing):
            pass
