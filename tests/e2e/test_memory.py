"""A film goes through the disk: how large it is does not show in the memory of the bot."""

import asyncio
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.client import Json, Sandbox
from tests import films
from tests.e2e.demo import clean
from tests.e2e.stage import picture

MB = 10**6


@asynccontextmanager
async def running(sandbox: Sandbox, folder: Path) -> AsyncGenerator[int]:
    """The bot in a process of its own; its id."""
    command = [sys.executable, "-m", "bot", "run", "--sandbox", sandbox.url]
    with (folder / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=clean(), stderr=log)
    try:
        await sandbox.online()
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


def memory(pid: int, what: str) -> int:
    """Bytes that are resident now (VmRSS), or were at most since `forget_peak` (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(rf"{what}:\s+(\d+) kB", status)[0]) * 1024


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # https://docs.kernel.org/filesystems/proc.html


async def posted(sandbox: Sandbox, film: bytes, *, count: int) -> Json:
    """Somebody asks for a film, and this is what fal has made; the message that brings it, the channel's `count`th."""
    async with films.served(film) as (url, _):
        body = {"video": {"url": url}, "seed": 7}
        await sandbox.post("fal/set", {"outcome": {"error_status": 200, "body": body}})
        options = {"image": picture(), "prompt": "a wave", "model": "wan-2.1", "quality": "draft"}
        await sandbox.command("ada", "films", "animate", options)
        seen = await sandbox.until(
            lambda seen: seen if len(seen) == count and all(one["attachments"] for one in seen) else None, seconds=40
        )
    return seen[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of another process's memory")
async def test_a_film_of_90_mb_takes_the_bot_less_than_40_mb_of_memory(sandbox: Sandbox, tmp_path: Path) -> None:
    await sandbox.post("discord/set", {"boost_tier": 3})
    small = films.film()
    async with running(sandbox, tmp_path) as pid:
        await posted(sandbox, small, count=1)  # what is loaded once is loaded now
        before = memory(pid, "VmRSS")
        forget_peak(pid)
        message = await posted(sandbox, films.padded(small, 90 * MB), count=2)
        assert message["attachments"][0]["size"] == 90 * MB
        assert memory(pid, "VmHWM") - before < 40 * MB
