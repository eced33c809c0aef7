"""A database that cannot be read or written for now is told as such, and nothing is changed."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.adapters.store import Store, engine_for, open_store
from bot.adapters.store.database import Database
from bot.domain.budget import Terms
from bot.domain.errors import Unavailable
from bot.domain.job import Job, State
from bot.domain.money import Entry
from tests.unit.test_words import job
from tests.unit.under import under

NOW = 1_790_000_000.0
TERMS = under(Terms())
TOLD = "The bot's own database"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "zoetrope.db"


@pytest.fixture
async def known(file: Path) -> AsyncGenerator[Job]:
    """A job in a good database; afterwards it must be as it was."""
    url = f"sqlite+aiosqlite:///{file}"
    async with open_store(url) as store:
        known = await store.accept(replace(job(), created_at=NOW), TERMS)
    yield known
    async with open_store(url) as store:
        assert await store.read(known) == known
    with closing(sqlite3.connect(file)) as database:
        assert list(database.execute("SELECT kind FROM ledger")) == [("reserve",)]


@pytest.fixture
async def engine(file: Path, request: pytest.FixtureRequest) -> AsyncGenerator[AsyncEngine]:
    """A way to it that is bad: the query of its URL, and what is said to SQLite besides."""
    query, pragma = request.param
    url = f"sqlite+aiosqlite:///file:{file}?uri=true&{query}"
    engine = engine_for(url, pool_timeout=0.05)

    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine.sync_engine, "connect", connected)
    yield engine
    await engine.dispose()


async def told(store: Store, known: Job) -> None:
    """Nothing can be written, and that is told."""
    another = replace(known, id="another", origin="interaction:2")
    for write in (
        store.accept(another, TERMS),
        store.move(known, State.CANCELLED, at=NOW, settle=Entry.REFUND),
        store.note(known, card_id=1),
        store.hear(known.id, "r", None, at=NOW),
        store.claim(),
    ):
        with pytest.raises(Unavailable, match=TOLD):
            await write


async def test_a_transaction_that_cannot_be_committed_does_not_stay_open(file: Path, known: Job) -> None:
    late = "CREATE TABLE late (job TEXT REFERENCES jobs (id) DEFERRABLE INITIALLY DEFERRED);"
    refuse = "CREATE TRIGGER refuse AFTER UPDATE ON jobs BEGIN INSERT INTO late VALUES ('nobody'); END;"
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        with closing(sqlite3.connect(file)) as other:
            other.executescript(late + refuse)
            with pytest.raises(IntegrityError):
                await store.note(known, card_id=1)
            assert await store.read(known) == known
            other.executescript("DROP TRIGGER refuse;")


@pytest.mark.parametrize(
    "engine",
    [("mode=ro", "busy_timeout=10"), ("mode=rw", "query_only=ON"), ("mode=rw", "max_page_count=1")],
    ids=["read-only file", "read-only", "full"],
    indirect=True,
)
async def test_a_database_that_takes_nothing_is_told_and_harms_no_job(engine: AsyncEngine, known: Job) -> None:
    bulky = replace(known, media={"image_url": "x" * 100_000}, id="another", origin="interaction:2")
    with pytest.raises(Unavailable, match=TOLD):
        await Store(Database(engine)).accept(bulky, TERMS)


@pytest.mark.parametrize("engine", [("mode=ro", "busy_timeout=10"), ("mode=rw", "busy_timeout=10")], indirect=True)
async def test_no_write_gets_through_to_what_is_read_only_or_locked(
    engine: AsyncEngine, known: Job, file: Path
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await told(Store(Database(engine)), known)
        other.execute("ROLLBACK")


@pytest.mark.parametrize("engine", [("mode=rw", "user_version")], indirect=True)
async def test_whoever_waits_too_long_for_his_turn_is_told(engine: AsyncEngine, known: Job) -> None:
    async with engine.connect():
        await told(Store(Database(engine)), known)


@pytest.mark.parametrize("engine", [("mode=rw", "user_version")], indirect=True)
async def test_a_broken_connection_is_replaced(engine: AsyncEngine, known: Job) -> None:
    store = Store(Database(engine))
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
    assert driver
    await driver.close()
    with pytest.raises(ValueError, match="no active connection"):
        await store.read(known)
    assert await store.read(known) == known


async def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite+aiosqlite:///{tmp_path / 'gone' / 'zoetrope.db'}")
    with pytest.raises(Unavailable, match=TOLD):
        await Store(Database(engine)).claim()
    await engine.dispose()
    for thread in threading.enumerate():  # aiosqlite does not wait for what it began: it must end before the loop does
        if "connection_worker" in thread.name:
            await asyncio.to_thread(thread.join)


async def test_a_mistake_of_ours_is_no_trouble_of_the_databases(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(OperationalError, match="no such table"):
        await Store(Database(engine)).claim()
    await engine.dispose()


async def test_a_store_that_is_closed_begins_nothing_more(file: Path) -> None:
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        await store.accept(replace(job(), created_at=NOW), TERMS)
    with pytest.raises(Unavailable, match=TOLD):
        await store.claim()
