"""The watcher sees what has finished and ends when it is told to, whatever happens in the same moment."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import Busy
from bot.domain.job import Job
from bot.domain.pace import Pace
from bot.domain.progress import Finished, Progress, Queued, Typical
from bot.watcher import AT_ONCE, Watcher
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


class TooBusy:
    """A fal that asks to be left alone for so many seconds, each time; it notes when it was asked."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.asked = asyncio.Queue[float]()

    async def look(self, endpoint: str, request_id: str) -> Progress:
        self.asked.put_nowait(time.time())
        raise Busy("fal, which is too busy,", self._seconds)


async def test_a_fal_that_asks_to_be_left_alone_is_left_alone_by_all_jobs() -> None:
    """The second job comes while the first one's answer still holds."""
    fal, alone = TooBusy(0.3), 0.3
    watcher = Watcher(fal, show, time.time, Pace(first_look=0.01, longest_look=0.02, stage_after=60))
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(watcher.run())]
    asked: list[float] = []
    async with asyncio.timeout(5):
        for name in ("1", "2"):
            sent = replace(job(submitted_at=time.time()), id=name)
            tasks.append(asyncio.create_task(watcher.arrival(sent, name, Typical(60))))
            asked.append(await fal.asked.get())
        asked += [await fal.asked.get(), await fal.asked.get()]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert asked[1] - asked[0] >= alone
    assert asked[3] - asked[1] >= alone  # two may be under way when the first is answered


class Soon:
    """A fal that has finished when it is looked at for the third time."""

    def __init__(self) -> None:
        self._looks = Counter[str]()

    async def look(self, endpoint: str, request_id: str) -> Progress:
        self._looks[request_id] += 1
        return Finished(1) if self._looks[request_id] == 3 else Queued(1)


async def hang(job: Job, status: str) -> Job:
    """A Discord that never answers."""
    await asyncio.Event().wait()
    return job


@pytest.mark.parametrize(("jobs", "edit", "seen"), [(1, 0.1, 1), (AT_ONCE + 5, 60, 5)], ids=["its own", "others"])
async def test_a_card_that_cannot_be_edited_keeps_no_film_back(jobs: int, edit: float, seen: int) -> None:
    pace = Pace(first_look=0.01, longest_look=0.02, stage_after=0, edit_every=0, longest_edit=edit)
    fal, watched = Soon(), [replace(job(submitted_at=time.time()), id=str(number)) for number in range(jobs)]
    watcher = Watcher(fal, hang, time.time, pace)
    running = asyncio.create_task(watcher.run())
    arrivals = [asyncio.create_task(watcher.arrival(one, one.id, Typical(60))) for one in watched]
    for _, arrival in zip(range(seen), asyncio.as_completed(arrivals, timeout=5), strict=False):
        assert await arrival == Finished(1)
    for task in (running, *arrivals):
        task.cancel()
    await asyncio.sleep(0)
