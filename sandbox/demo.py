"""The bot for somebody without any account: the stand-ins with their page, and the real bot as a process of its own."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.domain.errors import Misconfigured
from sandbox.browser import open_page
from sandbox.client import Sandbox
from sandbox.process import BotProcess
from sandbox.server import serving

LAST_WORDS = 5  # lines
PATIENCE = 60  # seconds for the bot to come online
WHAT_TO_DO = "Open this address in a browser to try the bot. Ctrl-C ends it, and what it kept is gone then."


async def demo(*, port: int, live: bool, browser: bool) -> None:
    """Serve the page until cancelled, and open it with `browser`. The first line on standard output is the URL.

    Raises Misconfigured if the bot cannot start at all; a bot that ends later can be started again on the page.
    """
    async with owned(port, live=live) as (url, bot):
        print(url, flush=True)
        print(WHAT_TO_DO, flush=True)
        await bot.start()
        async with Sandbox(url) as sandbox:
            await online(sandbox, bot)
        if browser:
            open_page(url)
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def staged(port: int, *, live: bool) -> AsyncGenerator[tuple[Sandbox, BotProcess]]:
    """A sandbox and a bot that is connected to it, both ended with the block."""
    async with owned(port, live=live) as (url, bot):
        print(f"The sandbox runs at {url}; the bot's log is in {bot.log} while this runs.", flush=True)
        await bot.start()
        async with Sandbox(url) as sandbox:
            await online(sandbox, bot)
            yield sandbox, bot


@contextlib.asynccontextmanager
async def owned(port: int, *, live: bool) -> AsyncGenerator[tuple[str, BotProcess]]:
    """The URL of a sandbox, and its own bot, which is yet to be started. What both kept is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="zoetrope-demo-") as folder:
        async with serving(port, Path(folder), bot_data=Path(folder), live=live) as served:
            assert served.bot
            yield served.url, served.bot


async def online(sandbox: Sandbox, bot: BotProcess) -> None:
    """Return when the bot is connected. Raises Misconfigured with its last words if it ends instead."""
    try:
        if await bot.outlives(sandbox.online(PATIENCE)):
            return
    except TimeoutError:
        raise Misconfigured("\n".join(["The bot does not come online:", *bot.last_words(LAST_WORDS)])) from None
    raise Misconfigured("\n".join(["The bot did not start:", *bot.last_words(LAST_WORDS)]))
