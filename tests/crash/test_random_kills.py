"""Killed again and again under many jobs, wherever it happens to be, the bot ends each of them once."""

import asyncio
import contextlib
import itertools
import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.crash.count import FILM, LOST, UNSENT, is_notice, outcomes
from tests.crash.life import Fate, Lives
from tests.e2e.stage import Stage, picture

KILLS = int(os.environ.get("SOAK_KILLS", "50"))  # in each test
JOBS = 20  # at the same time
MOST_POINTS = 80  # that a life comes to
PEOPLE, PLACES = ("ada", "bob", "cyd"), ("films", "general")
OPEN = "SELECT count(*) AS number FROM jobs WHERE closed_at IS NULL"
PICTURE = picture(64, 64)
Turns = Iterator[tuple[str, str]]


async def ask(stage: Stage, turns: Turns) -> None:
    """As many jobs as are missing."""
    [row] = await stage.rows(OPEN)
    for _ in range(JOBS - row["number"]):
        person, channel = next(turns)
        await stage.animate(person=person, channel=channel, image=PICTURE, seed=7)


async def feed(stage: Stage, turns: Turns) -> None:
    """Keep so many jobs going, until cancelled."""
    await stage.sandbox.online()
    async with stage.sandbox.events() as events:
        while True:
            await ask(stage, turns)
            async for name, message in events:
                # a card that has become a film, or a notice
                if name == "message_delete" or (name == "message_update" and is_notice(message)):
                    break


@pytest.mark.timeout(max(120, 4 * KILLS))
@pytest.mark.parametrize("seed", range(4))
async def test_each_of_many_jobs_ends_once_however_often_the_bot_is_killed(
    stage: Stage, lives: Lives, seed: int
) -> None:
    chance, turns = random.Random(seed), itertools.cycle(itertools.product(PEOPLE, PLACES))
    if seed % 2:
        lives.public()
    await stage.queue()
    life = lives.begin()
    await stage.sandbox.online()
    await ask(stage, turns)
    life.kill()
    await life.ended()
    await stage.release()
    for _ in range(KILLS):
        life = lives.begin(Fate(number=chance.randint(1, MOST_POINTS)))
        feeding = asyncio.create_task(feed(stage, turns))
        assert await life.ended() == -9
        feeding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feeding
    lives.begin()
    await stage.all_closed()
    found = await outcomes(stage)
    assert Counter(one.state for one in found.values())["delivered"] >= JOBS // 2
    assert {id: one for id, one in found.items() if one not in (FILM, LOST, UNSENT)} == {}
