"""A bot that is told to stop says so, leaves nothing half done, and ends soon."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator

import pytest

from tests.e2e.stage import Stage, card_status

QUICK_ENOUGH = 15  # seconds; it promises 20
SOON = "I am being restarted and am back in a moment."


async def child(stage: Stage) -> Process:
    """The bot as a process of its own, as its operator runs it; returns when it is connected."""
    command = [sys.executable, "-m", "bot", "run", "--sandbox", stage.sandbox.url]
    environment = os.environ | {"ZOETROPE_DATA": str(stage.data.parent), "ZOETROPE_DAILY_USD": "100"}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.DEVNULL)
    await stage.sandbox.online()
    return process


@pytest.fixture
async def process(stage: Stage) -> AsyncGenerator[Process]:
    """The bot as its operator runs it, connected; ended with the test."""
    process = await child(stage)
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def busy(stage: Stage, *, seconds: float) -> None:
    """One film waits in fal's queue; another one, in #general, is being sent and hangs there."""
    await stage.queue()
    await stage.animate()
    await stage.queued()
    await stage.sandbox.post("fal/fault", {"kind": "slow", "seconds": seconds})
    await stage.animate(channel="general", person="bob")
    await stage.asked("POST queue.fal.run", times=2)


async def ended(process: Process, *, seconds: float = QUICK_ENOUGH) -> int:
    """Its exit code, as soon as there is one."""
    async with asyncio.timeout(seconds):
        return await process.wait()


async def test_told_to_stop_it_tells_its_members_finishes_what_is_paid_and_takes_nothing_new(
    stage: Stage, process: Process
) -> None:
    await busy(stage, seconds=2)
    process.terminate()
    await stage.status(SOON)
    await stage.animate(person="cyd")  # while the paid request is still under way
    await stage.whispered("I am being restarted. Please ask again in a minute; nothing was spent.", "cyd")
    card = await stage.shown("Cancel")  # what is pressed now is kept, and done when it is back
    await stage.click(card, "Cancel")
    assert await ended(process) == 0
    rows = await stage.rows("SELECT request_id, unwanted_at FROM jobs WHERE state = 'waiting' ORDER BY created_at")
    assert [row["request_id"] for row in rows] == [request["request_id"] for request in await stage.requests()]
    assert [row["unwanted_at"] is None for row in rows] == [False, True]
    assert any(SOON in card_status(one) for one in await stage.sandbox.messages("general"))
    await stage.start()
    assert "You called it off" in await stage.notice()
    await stage.status("In fal's queue", "general")
    await stage.release()
    await stage.film("general")
    assert len(await stage.requests()) == 2


async def test_told_twice_it_ends_at_once(stage: Stage, process: Process) -> None:
    await busy(stage, seconds=60)
    process.terminate()
    await stage.status(SOON)
    process.terminate()
    assert await ended(process, seconds=5) == -signal.SIGTERM


async def test_of_two_bots_on_one_folder_the_second_refuses(bot: Stage) -> None:
    command = [sys.executable, "-m", "bot", "run", "--sandbox", bot.sandbox.url]
    environment = os.environ | {"ZOETROPE_DATA": str(bot.data.parent)}
    second = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    _, said = await second.communicate()
    assert second.returncode == 2
    assert f"Another bot works on this database: process {os.getpid()} on " in said.decode()
    await bot.animate()
    await bot.film()
