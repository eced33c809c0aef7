"""What files do to those who open them, without the files: functions for a process of its own."""

import asyncio
import gc
import os
import resource
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from bot.domain.errors import Broken, Final, TooLarge


def complain(name: str, text: str, *values: dict[str, str]) -> None:
    raise {"Final": Final, "Broken": Broken, "TooLarge": TooLarge}[name](text, *values)


def note_and_stall(path: Path) -> None:
    """Leave the number of this process, and stay."""
    path.with_suffix(".part").write_text(str(os.getpid()))
    path.with_suffix(".part").replace(path)
    time.sleep(60)


def shrug() -> str:
    """Be told to end, in the ways in which everything is told at once that runs here."""
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)
    return "still here"


def lie(answer: bytes, times: int = 1) -> None:
    """What code could do that took this process over: answer in its place."""
    [pipe] = [one.fileno() for one in gc.get_objects() if isinstance(one, Connection) and one.writable]
    for _ in range(times):
        os.write(pipe, answer)
    os._exit(0)


async def until(so: Callable[[], bool]) -> None:
    """Wait until something is so in another process; at most 20 s."""
    async with asyncio.timeout(20):
        while not so():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.02)


def address_space() -> int:
    """Bytes that this process has, where Linux tells."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 0
