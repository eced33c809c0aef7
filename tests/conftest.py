"""Tests speak to this machine alone."""

import sys
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings

HERE = ("127.0.0.1", "::1", "localhost", None)


def pytest_configure() -> None:
    """Turn every attempt to leave the machine into an error where it is made; nothing fails for being slow."""
    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")
    sys.addaudithook(_stay_here)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is alone with it at the end."""
    items.sort(key=lambda item: "test_random_kills" not in item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report what was measured, also of tests that passed."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name.startswith("measured"):
                terminalreporter.write_line(f"{name}: {value}")


def _stay_here(event: str, details: tuple[Any, ...]) -> None:
    host: str | None = None
    if event == "socket.connect" and isinstance(details[1], tuple):
        host = cast("tuple[str, int]", details[1])[0]
    elif event == "socket.getaddrinfo":
        host = details[0]
    if host not in HERE:
        raise RuntimeError(f"a test tried to reach {host}")
