"""Tests speak to this machine alone; what takes longest begins first, and what is costly to start is shared."""

import gc
import os
import signal
import sys
from collections.abc import Generator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs] - it has none

from sandbox import connect
from tests import postgres as server

PAGE = "tests/page/"
LONGEST_FIRST = (
    PAGE,
    "test_random_kills",
    "tests/crash/",
    "tests/faults/",
    "tests/e2e/test_demo",
    "tests/e2e/",
)
HERE = ("127.0.0.1", "::1", "localhost", None)


def pytest_configure() -> None:
    """Turn every attempt to leave the machine into an error where it is made; nothing fails for being slow."""
    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")
    sys.addaudithook(_stay_here)
    server.put_aside()
    # a shell starts what it has in the background deaf to Ctrl-C, and what a test starts would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Order(LoadScopeScheduling):
    """Each test goes to the next free worker, but all of the page to one, which has the browser, demo and small bot.

    `--dist loadgroup` of pytest-xdist 3.8 does not: it renames tests, which pytest 9.2 does not let it do.
    """

    def _split_scope(self, nodeid: str) -> str:
        return PAGE if nodeid.startswith(PAGE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Order:
    """In the order in which they were collected."""
    config.option.loadscopereorder = False
    return Order(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is alone with it at the end."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, name in enumerate(LONGEST_FIRST) if name in item.nodeid), len(LONGEST_FIRST))


@pytest.fixture(scope="session")
def sandbox_url() -> Generator[str]:
    """A sandbox in a process of its own."""
    with connect.own_sandbox() as url:
        yield url


@pytest.fixture(scope="session")
def own_database() -> Generator[str]:
    """A database of this process alone on the PostgreSQL server; its URL."""
    if not server.server():
        pytest.skip("DATABASE_URL names no PostgreSQL server")
    name = f"zoetrope_test_{os.getpid()}"
    server.make(name)
    yield server.database(name)
    server.drop(name)


@pytest.fixture
async def postgres(own_database: str) -> str:
    """The same without a row in it."""
    await server.empty(own_database)
    return own_database


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def _stay_here(event: str, details: tuple[Any, ...]) -> None:
    host: str | None = None
    if event == "socket.connect" and isinstance(details[1], tuple):
        host = cast("tuple[str, int]", details[1])[0]
    elif event == "socket.getaddrinfo":
        host = details[0]
    if host not in HERE:
        raise RuntimeError(f"a test tried to reach {host}")
