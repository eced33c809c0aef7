"""A database for each test that asks for one: a SQLite file, and PostgreSQL where DATABASE_URL names a server."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.adapters.store import Store, engine_for, open_store
from tests import postgres

Ask = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever asks for a database gets each kind in turn; whoever asks for the file as well means SQLite."""
    if "database_url" in metafunc.fixturenames:
        kinds = ["sqlite", "postgres"] if postgres.server() and "file" not in metafunc.fixturenames else ["sqlite"]
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is, or will be."""
    return tmp_path / "zoetrope.db"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """That of an empty database."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres")
    return f"sqlite+aiosqlite:///{tmp_path / 'zoetrope.db'}"


@pytest.fixture
async def store(database_url: str) -> AsyncGenerator[Store]:
    """The database, new."""
    async with open_store(database_url) as store:
        yield store


@pytest.fixture
async def ask(database_url: str) -> AsyncGenerator[Ask]:
    """What a query of the database gives, asked beside the store."""
    engine = engine_for(database_url)

    async def ask(query: str) -> list[tuple[Any, ...]]:
        async with engine.begin() as connection:
            return [tuple(row) for row in (await connection.execute(sa.text(query))).all()]

    yield ask
    await engine.dispose()
