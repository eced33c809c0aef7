"""Tests speak to this machine alone; what takes longest begins first, and what is costly to start is shared."""

import gc
import sys
from collections.abc import Generator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings

from sandbox import connect

# of two workers the one is not idle while the other ends what it began last
LONGEST_FIRST = (
    "tests/page/",
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


def pytest_itemcollected(item: pytest.Item) -> None:
    """One worker has the browser, the demo and the small bot that the page's tests share."""
    if item.nodeid.startswith(LONGEST_FIRST[0]):
        item.add_marker(pytest.mark.xdist_group("page"))


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
