"""The page in a real browser, before the real bot and the stand-ins: one browser and one demo for each worker."""

import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from sandbox import connect
from sandbox.client import Sandbox
from tests.e2e.demo import running
from tests.page.visitor import FLAGS, PATIENCE, Seats, Visitors, chromium_path

NO_BROWSER = (
    "the page is tried in Chromium: install Debian's package chromium-headless-shell, or chromium, "
    "or name a browser in ZOETROPE_CHROMIUM"
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    found = chromium_path()
    if not found:
        pytest.skip(NO_BROWSER)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncGenerator[Browser]:
    """Chromium, without a window."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo_url(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[str]:
    """`zoetrope demo` as a person starts it: stand-ins, page and the real bot."""
    del chromium  # without a browser nothing needs to be started
    async with running(tmp_path_factory.mktemp("demo"), "--no-browser") as (_, sandbox):
        yield sandbox.url


@pytest.fixture(scope="session")
def props_url(chromium: str) -> Generator[str]:
    """A sandbox with a small bot that shows whatever Discord's client can show."""
    del chromium
    with connect.own_sandbox() as url:
        root = Path(__file__).parents[2]
        process = subprocess.Popen([sys.executable, "-m", "tests.page.props_bot", url], cwd=root)
        try:
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest_asyncio.fixture(loop_scope="session")
async def demo(demo_url: str) -> AsyncGenerator[Sandbox]:
    """The demo as new, where fal is quick; afterwards every request of the bot must have been valid."""
    async with Sandbox(demo_url) as sandbox:
        if not (await sandbox.get("bot"))["running"]:
            await sandbox.post("bot", {"do": "start"})
        await sandbox.online()
        await sandbox.post("reset", {})
        await sandbox.post("fal/set", {"queue_seconds": 0.2, "run_seconds": 0.5})
        yield sandbox
        assert [entry for entry in await sandbox.get("discord/record") if "invalid" in entry] == []


@pytest_asyncio.fixture(loop_scope="session")
async def props(props_url: str) -> AsyncGenerator[Sandbox]:
    """The sandbox with the small bot, as new."""
    async with Sandbox(props_url) as sandbox:
        await sandbox.online()
        await sandbox.post("reset", {})
        yield sandbox


@pytest.fixture(scope="session")
def seats(browser: Browser) -> Seats:
    """The windows of that browser."""
    return Seats(browser)


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(seats: Seats) -> AsyncGenerator[Visitors]:
    """People in front of the page; afterwards none of them may have seen an error or left the machine."""
    visitors = Visitors(seats)
    yield visitors
    await visitors.leave()
    assert visitors.problems == []
