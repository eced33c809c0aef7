"""What is told of a job in the moment in which the bot takes its jobs up."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.store import Store, open_store
from bot.domain.budget import Terms
from bot.domain.card import Card, Shown
from bot.domain.catalogue import CATALOGUE, STITCH
from bot.domain.errors import Final
from bot.domain.job import Job, State, made_of
from bot.domain.pace import Pace
from bot.runner import Runner
from bot.world import World
from tests.unit.test_words import job
from tests.unit.under import under

NOW = time.time()
JOB = replace(job(), created_at=NOW)


class Outside:
    """A fal whose film is none, and a channel that shows everything."""

    def film(self, payload: Mapping[str, Any]) -> None:
        raise Final("There is no film.")

    async def stitch(self, scenes: Sequence[Path], made: Path, *, fade: float) -> None:
        raise Final("There is no film.")

    async def show(self, job: Job, card: Card) -> Shown:
        return Shown(1, by_token=True)


class Late:
    """The database; a webhook comes right before the jobs are taken over."""

    def __init__(self, store: Store) -> None:
        self._store, self.closed = store, asyncio.Event()
        self.runner: Runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def claim(self) -> list[Job]:
        await self.runner.hear(JOB.id, "r", {"video": None})
        return await self._store.claim()

    async def note(self, job: Job, **columns: Any) -> Job:
        noted = await self._store.note(job, **columns)
        if noted.closed_at is not None:
            self.closed.set()
        return noted


async def test_a_webhook_that_comes_while_the_bot_takes_up_its_jobs_delays_none(tmp_path: Path) -> None:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'zoetrope.db'}") as store:
        accepted = await store.accept(JOB, under(Terms()))
        for state in (State.UPLOADED, State.SUBMITTING, State.WAITING):
            accepted = await store.move(accepted, state, at=NOW)
        outside: Any = Outside()
        none: Any = None
        late: Any = Late(store)
        parts = {"models": outside, "channel": outside, "downloads": none, "media": none, "hook": none}
        late.runner = Runner(World(jobs=late, folder=tmp_path, clock=time.time, **parts), CATALOGUE, Pace(pause=0.01))
        running = asyncio.create_task(late.runner.run())
        async with asyncio.timeout(5):
            await late.closed.wait()
        running.cancel()
        await asyncio.wait([running])


@pytest.mark.parametrize(
    ("endpoint", "waited", "gives_up"),
    [(JOB.endpoint, 1000.0, True), (STITCH, 1000.0, False), (STITCH, 2 * 24 * 3600.0, True)],
)
async def test_what_is_free_waits_its_turn_through_a_restart_but_not_for_ever(
    store: Store, tmp_path: Path, endpoint: str, waited: float, *, gives_up: bool
) -> None:
    old = replace(JOB, endpoint=endpoint, media=made_of(["job1"]), created_at=NOW - waited)
    await store.accept(replace(old, price=0), under(Terms()))
    late: Any = Late(store)
    outside: Any = Outside()
    none: Any = None
    parts = {"models": outside, "channel": outside, "downloads": none, "media": outside, "hook": none}
    late.runner = Runner(World(jobs=late, folder=tmp_path, clock=time.time, **parts), CATALOGUE, Pace(pause=0.01))
    running = asyncio.create_task(late.runner.run())
    async with asyncio.timeout(5):
        await late.closed.wait()
    running.cancel()
    await asyncio.wait([running])
    ended = await store.find(old.id)
    assert ended
    assert ("It did not work for too long" in (ended.reason or "")) == gives_up, ended.reason
