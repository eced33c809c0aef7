"""A bot that is killed while it brings an old database up to date leaves it whole; the next start goes on."""

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

import bot.adapters.store
from bot.adapters.store import open_store
from bot.adapters.store.schema import HEAD
from bot.adapters.store.tables import meta
from bot.domain.budget import Terms
from bot.domain.errors import Misconfigured
from bot.domain.job import Job
from bot.domain.money import Entry
from tests.unit.test_words import job
from tests.unit.under import under

MIGRATIONS = Path(bot.adapters.store.__file__).parent / "migrations"
LINES = "done reserve, done settle, back reserve, back refund, open reserve"
SORTED = "(SELECT * FROM ledger ORDER BY id)"
ENDS = {"done": Entry.SETTLE, "back": Entry.REFUND, "open": None}  # how each old job's money ended


def config(**attributes: object) -> Config:
    made = Config(attributes=attributes)
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database of the first release, with three jobs."""
    file = tmp_path / "zoetrope.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(config(connection=connection), "0001")
    engine.dispose()
    with closing(sqlite3.connect(file)) as database, database:
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(jobs)")]
        for number, (name, entry) in enumerate(ENDS.items()):
            given = dict.fromkeys(columns) | {
                "id": name, "origin": f"interaction:{number}", "user_id": 1, "channel_id": 3, "application_id": 4,
                "interaction_token": "t", "endpoint": "fal-ai/wan-i2v", "title": "Wan", "length": 5.0,
                "arguments": '{"prompt": "x"}', "pictures": '{"image_url": "https://x"}', "options": "{}",
                "price": 200_000, "created_at": 1000.0 + number, "remaining": 1_999_999, "state": "waiting", "epoch": 2,
            }  # fmt: skip
            database.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * len(columns))})", list(given.values()))
            for kind in ("reserve", *([entry] if entry else ())):
                line = name, kind, {"done": 2}.get(name), 1000.0 + number, 1000.0 if kind == "reserve" else 2000.0
                database.execute("INSERT INTO ledger VALUES (?, ?, 1, ?, 1, ?, ?)", line)
    return file


def killed_before(file: Path, number: int) -> bool:
    """Open the database in a process that dies before its so manieth statement; whether it came to that."""
    process = multiprocessing.get_context("fork").Process(target=_dying, args=(file, number))
    process.start()
    process.join()
    assert process.exitcode in (-signal.SIGKILL, 0)
    return process.exitcode != 0


def _dying(file: Path, number: int) -> None:
    seen = 0

    def count(*told: object) -> None:
        nonlocal seen
        seen += not any(str(one).lstrip().startswith(("SELECT", "PRAGMA")) for one in told)  # which change nothing
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)

    asyncio.run(_opened(file))


async def _opened(file: Path) -> list[Job | None]:
    """The three jobs as a normal start finds them."""
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        return [await store.find(name) for name in ENDS]


def check(file: Path) -> None:
    """Everything is there and up to date after a normal start."""
    for known, booked in zip(asyncio.run(_opened(file)), ENDS.values(), strict=True):
        assert known
        assert (known.media, known.arguments, known.door) == ({"image_url": "https://x"}, {"prompt": "x"}, "animate")
        assert (known.remains, known.bonus, known.cost, known.unit_price) == ("$1.99 left today", 0, None, None)
        assert (known.wording, known.done, known.spoiler, known.removed_at) == ("x", "ping", False, None)
        assert (known.booked, known.epoch, known.hook_token, known.heard, known.price) == (booked, 2, "", None, 200_000)
    head = ScriptDirectory.from_config(config()).get_current_head()
    with closing(sqlite3.connect(file)) as database:
        for query, value in (
            ("SELECT version_num FROM alembic_version", head),
            ("PRAGMA integrity_check", "ok"),
            ("SELECT count(*) FROM pragma_foreign_key_check", 0),
            ("SELECT count(*) FROM ledger", 5),
            (f"SELECT group_concat(job_id || ' ' || kind, ', ') FROM {SORTED}", LINES),
            (
                "SELECT count(*) FROM ledger WHERE amount = 1 AND bonus = 0 AND endpoint = 'fal-ai/wan-i2v'",
                5,
            ),
            (f"SELECT group_concat(accepted_at, ' ') FROM {SORTED}", "1000.0 1000.0 1001.0 1001.0 1002.0"),
            (f"SELECT group_concat(at, ' ') FROM {SORTED}", "1000.0 2000.0 1000.0 2000.0 1000.0"),
            (f"SELECT group_concat(guild_id, ' ') FROM {SORTED}", "2 2 0 0 0"),
        ):
            assert list(database.execute(query)) == [(value,)]


def test_the_migrations_make_exactly_the_tables_that_a_new_database_has(file: Path) -> None:
    asyncio.run(_opened(file))
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), meta) == []
    engine.dispose()
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_reactions_to_films_from_before_they_were_heard_are_not_looked_for(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE jobs SET guild_id = 2, message_id = 5, created_at = unixepoch() - 60")
    assert asyncio.run(_shown(file)) == ["new"]


async def _shown(file: Path) -> list[str]:
    """The films whose reactions are looked for, where one is new."""
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        new = await store.accept(replace(job(), id="new", origin="new", created_at=time.time()), under(Terms()))
        await store.note(new, card_id=6)
        return [one.job_id for one in await store.films.shown(0, 9)]


def test_a_database_of_a_newer_bot_is_told(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    with pytest.raises(Misconfigured, match="cannot be brought up to date"):
        asyncio.run(_opened(file))


def test_who_comes_beside_a_bot_changes_no_database_of_an_older_one(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        before = [*database.iterdump()]
    with pytest.raises(Misconfigured, match="start the bot of this version once"):
        asyncio.run(_beside(file))
    with closing(sqlite3.connect(file)) as database:
        assert [*database.iterdump()] == before
    asyncio.run(_opened(file))
    asyncio.run(_beside(file))
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Misconfigured, match="of a newer version"):
        asyncio.run(_beside(file))


async def _beside(file: Path) -> None:
    async with open_store(f"sqlite+aiosqlite:///{file}", beside=True):
        pass


def test_killed_before_any_statement_of_the_migrations_the_next_start_makes_it_whole(file: Path) -> None:
    first, number, seen = file.read_bytes(), 1, set[str]()
    while killed_before(file, number):
        with closing(sqlite3.connect(file)) as database:
            left_as = "".join(database.iterdump())
        if left_as not in seen:  # what a transaction had not committed is as if it had not been done
            check(file)
        seen.add(left_as)
        for left in file.parent.iterdir():
            left.unlink()
        file.write_bytes(first)
        number += 1
    check(file)
    assert number > 20
