"""What a PostgreSQL server does to the bot: it goes and comes back, loses an answer, and asks for passwords."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store import Store, engine_for, held, open_store
from bot.adapters.store.database import Database
from bot.adapters.store.postgres import alone
from bot.adapters.store.schema import HEAD
from bot.adapters.store.tables import meta
from bot.domain.budget import Terms
from bot.domain.errors import Misconfigured, OverBudget, Unavailable
from bot.domain.job import Job, State
from bot.domain.money import Entry
from bot.domain.rules import Judge
from tests.postgres import do
from tests.unit import line
from tests.unit.line import Line
from tests.unit.test_ledger import asked, at_most
from tests.unit.test_words import job
from tests.unit.under import under

Opened = Callable[[str], AbstractAsyncContextManager[object]]
NOW = 1_790_000_000.0
TERMS: Judge = under(Terms())
JOB = replace(job(), created_at=NOW)
OTHERS = "pid <> pg_backend_pid() AND datname = current_database()"
END_OTHERS = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}"
ALTER = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {}', current_database()); END $$"
END = b"COMMIT;"  # as the driver says it
KINDS = "SELECT kind FROM ledger ORDER BY id"


@pytest.fixture
async def wire(postgres: str) -> AsyncGenerator[Line]:
    """The way to the database."""
    async with line.to(postgres) as wire:
        yield wire


async def told(store: Store, known: Job) -> None:
    """Nothing can be written, and that is told."""
    for write in (
        store.accept(replace(known, id="another", origin="interaction:2"), TERMS),
        store.move(known, State.CANCELLED, at=NOW, settle=Entry.REFUND),
        store.note(known, card_id=1),
        store.hear(known.id, "r", None, at=NOW),
        store.claim(),
    ):
        with pytest.raises(Unavailable, match="The bot's own database"):
            await write


async def test_a_server_that_was_restarted_is_connected_anew(postgres: str) -> None:
    async with open_store(postgres) as store:
        known = await store.accept(JOB, TERMS)
        await do(postgres, END_OTHERS)
        assert await store.read(known) == known


async def test_a_server_that_is_gone_is_told_and_harms_no_job(wire: Line, postgres: str) -> None:
    async with open_store(wire.url) as store:
        known = await store.accept(JOB, TERMS)
        wire.cut()
        await told(store, known)
        wire.mend()
        assert await store.read(known) == known
    assert await do(postgres, KINDS) == [("reserve",)]


async def test_a_server_that_is_only_read_is_told_and_harms_no_job(postgres: str) -> None:
    async with open_store(postgres) as store:
        known = await store.accept(JOB, TERMS)
        await do(postgres, ALTER.format("SET default_transaction_read_only = on"), END_OTHERS)
        try:
            await told(store, known)
        finally:
            change = ALTER.format("RESET default_transaction_read_only")
            await do(postgres, "SET default_transaction_read_only = off", change, END_OTHERS)
        assert await store.read(known) == known


async def test_a_connection_that_breaks_in_a_transaction_undoes_it(wire: Line, postgres: str) -> None:
    async with open_store(wire.url) as store:
        wire.ends_with = b"INSERT INTO ledger"
        with pytest.raises(Unavailable):
            await store.accept(JOB, TERMS)
    assert await do(postgres, "SELECT id FROM jobs") == []


async def test_a_connection_that_breaks_between_two_statements_is_told(wire: Line) -> None:
    engine = engine_for(wire.url)

    async def work(tx: AsyncConnection) -> None:
        driver: Any = (await tx.get_raw_connection()).driver_connection
        wire.cut()
        while not driver.is_closed():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0)
        await tx.execute(sa.text("SELECT 1"))

    with pytest.raises(Unavailable):
        await Database(engine).transaction(work)
    await engine.dispose()


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_commit_whose_answer_is_lost_is_what_the_server_made_of_it(
    wire: Line, postgres: str, *, arrives: bool
) -> None:
    async with open_store(wire.url) as store:
        wire.ends_after, wire.ends_with = (END, None) if arrives else (None, END)
        accepting = asyncio.create_task(store.accept(JOB, TERMS))
        await wire.broken.wait()
        wire.mend()
        if arrives:
            assert await store.read(await accepting) == accepting.result()
        else:
            with pytest.raises(Unavailable):
                await accepting
    assert await do(postgres, KINDS) == [("reserve",)] * arrives


@pytest.mark.parametrize("level", ["serializable", "repeatable read"])
async def test_a_budget_holds_in_a_race_whatever_the_servers_default_is(postgres: str, level: str) -> None:
    await do(postgres, ALTER.format(f"SET default_transaction_isolation = ''{level}''"))
    try:
        async with open_store(postgres) as store:
            crowd = [store.accept(asked(number), at_most(2 * JOB.price)) for number in range(20)]
            answers = await asyncio.gather(*crowd, return_exceptions=True)
    finally:
        await do(postgres, ALTER.format("RESET default_transaction_isolation"))
    assert [type(one) for one in answers if isinstance(one, BaseException)] == [OverBudget] * 18


async def test_a_mistake_of_ours_is_no_trouble_of_the_servers(postgres: str) -> None:
    engine = engine_for(postgres)
    with pytest.raises(ProgrammingError, match="nothing_of_ours"):
        await Database(engine).transaction(lambda tx: tx.execute(sa.text("SELECT * FROM nothing_of_ours")))
    await engine.dispose()


def hold(url: str) -> AbstractAsyncContextManager[None]:
    return held(url, lambda: None)


@pytest.mark.parametrize("opened", [open_store, hold])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+asyncpg://ada:sesame@127.0.0.1:9/films", "cannot be reached: .*127.0.0.1"),
        ("postgres://ada:sesame@127.0.0.1:port/films", "cannot be read"),
        ("postgres://ada:sesame/x@127.0.0.1:9/films", "%2F for /"),
        ("postgres://ada:sesame?x@127.0.0.1:9/films", "cannot be read"),
        ("postgres://ada:sesame#x@127.0.0.1:9/films", "cannot be read"),
        ("postgres://ada:sesame[x@127.0.0.1:9/films", "cannot be read"),
        ("postgres://ada:sesame@127.0.0.1:99999/films", "cannot be read"),
        ("postgres://ada:sesame@127.0.0.1:9/films?sslmode=odd", "sslmode"),
    ],
)
async def test_a_server_that_cannot_be_opened_is_told_without_the_password(url: str, said: str, opened: Opened) -> None:
    with pytest.raises(Misconfigured, match=said) as told:
        async with opened(url):
            pass
    assert "sesame" not in str(told.value)


async def test_a_wrong_password_is_told(postgres: str) -> None:
    role = "zoetrope_test_member"
    await do(postgres, f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role} LOGIN PASSWORD 'sesame'")
    wrong = sa.make_url(postgres).set(username=role, password="barley").render_as_string(hide_password=False)
    try:
        with pytest.raises(Misconfigured, match="password authentication failed") as told:
            async with open_store(wrong):
                pytest.skip("this server asks for no password")
    finally:
        await do(postgres, f"DROP ROLE {role}")
    assert "barley" not in str(told.value)


# ---- migrations ----

FIRST = Path(__file__).with_name("postgres_0005.sql").read_text()


@pytest.mark.parametrize("begun", ["", FIRST], ids=["new", "first release"])
async def test_a_server_has_the_tables_of_the_code_whichever_release_made_them(postgres: str, begun: str) -> None:
    await do(postgres, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", *begun.split(";\n")[:-1])
    async with open_store(postgres) as store:
        await store.accept(JOB, TERMS)
    engine = engine_for(postgres)
    async with engine.begin() as connection:
        assert await connection.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), meta)) == []
    await engine.dispose()
    assert await do(postgres, "SELECT version_num FROM alembic_version") == [(HEAD,)]


async def test_a_database_of_a_newer_bot_is_told(postgres: str) -> None:
    async with open_store(postgres):
        pass
    await do(postgres, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Misconfigured, match="cannot be brought up to date"):
        async with open_store(postgres):
            pass
    await do(postgres, f"UPDATE alembic_version SET version_num = '{HEAD}'")


async def test_two_that_begin_at_once_make_the_tables_once(postgres: str) -> None:
    await do(postgres, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    async def begin() -> None:
        async with open_store(postgres):
            pass

    await asyncio.gather(*(begin() for _ in range(3)))


async def lost(store: Store) -> Job:
    """A job that was given up and closed, to which fal may still have an answer."""
    known = await store.accept(JOB, TERMS)
    for state in (State.UPLOADED, State.SUBMITTING, State.LOST):
        known = await store.move(known, state, at=NOW)
    return await store.note(known, closed_at=NOW)


async def waits(postgres: str, task: asyncio.Task[Any]) -> bool:
    """Whether it waits for a lock, and does not come to its end."""
    while not task.done():
        if await do(postgres, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            return True
    return False


async def test_no_webhook_revives_a_job_while_its_owner_is_forgotten(postgres: str) -> None:
    async with open_store(postgres) as store:
        await lost(store)
        engine = engine_for(postgres)
        async with engine.begin() as other:
            await alone(other)
            hearing = asyncio.create_task(store.hear(JOB.id, "r", None, at=NOW))
            assert await waits(postgres, hearing)
        assert await hearing
        await engine.dispose()


async def test_a_job_that_comes_to_life_while_its_owner_is_forgotten_stays_whole(postgres: str) -> None:
    async with open_store(postgres) as store:
        known = await lost(store)
        engine = engine_for(postgres)
        async with engine.begin() as other:
            await other.execute(sa.text("UPDATE jobs SET closed_at = NULL"))
            forgetting = asyncio.create_task(store.traces.forget(known.user_id, NOW))
            assert await waits(postgres, forgetting)
        assert not (await forgetting).films
        assert await store.read(known) == replace(known, closed_at=None)
        await engine.dispose()
