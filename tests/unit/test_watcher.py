"""The watcher ends when it is told to, whatever happens in the same moment."""

import asyncio
import time

import pytest

from bot.domain.job import Job
from bot.domain.pace import Pace
from bot.domain.progress import Progress, Queued, Typical
from bot.watcher import Watcher
from tests.unit.test_words import job


class Queue:
    """A fal in whose queue nothing moves."""

    async def look(self, endpoint: str, request_id: str) -> Progress:
        return Queued(1)


async def show(job: Job, status: str) -> Job:
    return job


@pytest.mark.parametrize("later", range(6))
async def test_a_job_that_comes_as_the_bot_stops_does_not_keep_it_going(later: int) -> None:
    """`later` counts the turns of the event loop between the two."""
    watcher = Watcher(Queue(), show, time.time, Pace(first_look=60, stage_after=60))
    running = asyncio.create_task(watcher.run())
    await asyncio.sleep(0.01)  # it waits for something to happen
    arrival = asyncio.create_task(watcher.arrival(job(submitted_at=time.time()), "1", Typical(60)))
    for _ in range(later):
        await asyncio.sleep(0)
    running.cancel()
    ended, _ = await asyncio.wait([running], timeout=1)
    assert ended
    arrival.cancel()
    running.cancel()
    await asyncio.wait([arrival, running])
