"""The bot with its books on a PostgreSQL server."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest
import sqlalchemy as sa

from bot.adapters.store import engine_for, open_store
from bot.adapters.store.hold import HOLDER
from bot.adapters.store.postgres import BOT, OURS
from bot.app import serve
from bot.domain.errors import Misconfigured
from bot.domain.job import State
from bot.settings import Settings
from sandbox.client import Sandbox
from tests.e2e.stage import Stage
from tests.e2e.test_budgets import ODD
from tests.e2e.test_operating import zoetrope
from tests.postgres import do


async def test_a_film_is_made_and_one_bot_at_a_time_holds_the_server(
    stage: Stage, sandbox: Sandbox, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres)
    await stage.start()
    await stage.animate()
    await stage.film()
    with pytest.raises(Misconfigured, match="Another bot works on this database"):
        await serve(Settings(data=stage.data.parent / "another"))
    [server] = (await sandbox.get("discord/world"))["guilds"]
    text = "Each member may spend at most $0.10 a day."
    assert await asyncio.to_thread(zoetrope, stage.data, "limits", server["id"], "--usd", "0.10") == (0, text)
    await stage.animate(person="bob", **ODD)
    await stage.whispered("of your daily budget of $0.10 is left", "bob")
    async with open_store(postgres) as store, taken_over(postgres):
        with pytest.raises(Misconfigured, match="Another bot has taken over"):
            await stage.ended()
        [made] = await store.films.in_state(State.DELIVERED)
        assert made.closed_at
    assert not (stage.data / "zoetrope.db").exists()


@contextlib.asynccontextmanager
async def taken_over(url: str) -> AsyncGenerator[None]:
    """Somebody ends the session that holds the database, and has it in the same moment."""
    [(session, *_)] = await do(url, HOLDER.text)
    engine = engine_for(url)
    async with engine.connect() as connection:
        ending = sa.func.pg_terminate_backend(session), sa.func.pg_advisory_lock(OURS, BOT)
        await connection.execute(sa.select(*ending))
        yield
    await engine.dispose()
