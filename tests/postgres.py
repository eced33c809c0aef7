"""A PostgreSQL server for the tests, where DATABASE_URL names one when they begin."""

import asyncio
import os
import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from bot.adapters.store import on_server
from bot.adapters.store.postgres import engine_for
from bot.adapters.store.schema import VERSION
from bot.adapters.store.tables import meta

KEPT = "TESTS_DATABASE_URL"
DATABASE = re.compile(r"(?<=[^/])/[^/?]*(?=\?|$)")
EMPTY = (
    f"DO $$ BEGIN IF to_regclass('{VERSION.name}') IS NOT NULL THEN"
    f" TRUNCATE {', '.join(meta.tables)} RESTART IDENTITY; END IF; END $$"
)


def put_aside() -> None:
    """No bot of a test may keep its books where the environment of whoever runs the tests says."""
    if given := os.environ.pop("DATABASE_URL", ""):
        os.environ[KEPT] = given  # the workers of pytest-xdist inherit it


def server() -> str:
    """The URL of the server, "" where there is none."""
    given = os.environ.get(KEPT, "")
    return given if on_server(given) else ""


def database(name: str) -> str:
    """The URL of a database on the server."""
    return DATABASE.sub(f"/{name}", server(), count=1)


async def do(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Let the server at `url` do this at once; what the last of it gives."""
    engine = engine_for(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    rows: list[tuple[Any, ...]] = []
    async with engine.connect() as connection:
        for one in statements:
            result = await connection.execute(sa.text(one))
            rows = [tuple(row) for row in result.all()] if result.returns_rows else []
    await engine.dispose()
    return rows


def make(name: str) -> None:
    """A database without anything in it."""
    drop(name)
    asyncio.run(do(server(), f"CREATE DATABASE {name}"))


def drop(name: str) -> None:
    """Whoever is still connected to it is not asked."""
    asyncio.run(do(server(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


async def empty(url: str) -> None:
    """Take out all rows; the tables stay, as it takes longer to make them than most tests take."""
    await do(url, EMPTY)
