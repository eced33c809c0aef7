"""A database of its own for each test that asks for one."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.adapters.store import Store, open_store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is, or will be."""
    return tmp_path / "zoetrope.db"


@pytest.fixture
async def store(file: Path) -> AsyncGenerator[Store]:
    """The database, new."""
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        yield store
