"""Killed at each point, the bot ends each job once when it is back: counted at both stand-ins and in the books."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from sandbox.client import Json
from tests.crash.count import FAILED, FILM, LOST, NOTHING, UNSENT, Outcome, outcome
from tests.crash.life import Fate, Life, Lives
from tests.e2e.stage import Stage

REFUSAL: Json = {"error_status": 422, "body": {"detail": [{"loc": ["body"], "msg": "no", "type": "image_load_error"}]}}
# Each act that makes a film, in order. A test compares them with what the bot really does.
FILM_ACTS = (
    "accept",
    "show A film is being made",
    "note card_id",
    "fetch image",
    "prepare",
    "upload",
    "move to uploaded",
    "move to submitting",
    "submit",
    "move to waiting",
    "note ready_at",
    "result",
    "fetch the film",
    "check",
    "move to fetched",
    "move to posting",
    "post",
    "move to delivered",
    "withdraw",
    "note closed_at",
)
SPECIAL = {"before accept": NOTHING, "after move to submitting": UNSENT, "before submit": UNSENT}


async def killed(stage: Stage, lives: Lives, point: str, story: Callable[[Stage], Awaitable[None]]) -> None:
    """A life that ends at `point` of a story, and another one that brings it to its end."""
    life = lives.begin(Fate(point=point))
    await stage.sandbox.online()
    telling = asyncio.ensure_future(story(stage))
    assert await life.ended() == -9, "it did not come to this point"
    telling.cancel()
    await asyncio.wait([telling])
    await stage.release()
    await over(stage, lives.begin())


async def over(stage: Stage, life: Life) -> None:
    """Wait until nothing is left to do."""
    await stage.sandbox.online()
    if await stage.rows("SELECT id FROM jobs"):
        await stage.closed()
    life.stop()
    await life.ended()


async def a_film(stage: Stage) -> None:
    await stage.animate()


@pytest.mark.parametrize("act", FILM_ACTS)
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_bot_killed_at_any_point_of_a_film_makes_it_once(
    stage: Stage, lives: Lives, moment: str, act: str
) -> None:
    point = f"{moment} {act}"
    await killed(stage, lives, point, a_film)
    assert await outcome(stage) == SPECIAL.get(point, FILM)


async def test_these_are_all_the_points_of_a_film(stage: Stage, lives: Lives) -> None:
    life = lives.begin(Fate(traced=True))
    await stage.sandbox.online()
    await stage.animate()
    await stage.film()
    await over_now(stage, life)
    passed = dict.fromkeys(life.passed())
    expected = {f"{moment} {act}" for act in ("claim", *FILM_ACTS) for moment in ("before", "after")}
    assert set(passed) - {"before past", "after past"} == expected


async def over_now(stage: Stage, life: Life) -> None:
    await stage.closed()
    life.stop()
    await life.ended()


__all__ = ["FAILED", "LOST", "Mapping", "Outcome"]
