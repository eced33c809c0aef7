"""Killed at each point, the bot ends each job once when it is back: counted at both stand-ins and in the books."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.client import Json
from tests.crash.count import CALLED_OFF, FAILED, FILM, LOST, NOTHING, UNSENT, Outcome, outcome
from tests.crash.life import Fate, Lives
from tests.e2e.stage import Stage, picture

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
    "offer",
    "note closed_at",
)
MOMENTS = ("before", "after")
QUESTION = "How shall the pictures fit together?"
SPECIAL = {"before accept": NOTHING, "before submit": UNSENT}


Story = Callable[[Stage], Coroutine[Any, Any, None]]


async def killed(stage: Stage, lives: Lives, point: str, story: Story) -> None:
    """A life that ends at `point` of a story, and the beginning of another one."""
    life = lives.begin(Fate(point=point))
    await stage.sandbox.online()
    telling = asyncio.ensure_future(story(stage))  # which may wait for an answer that never comes
    assert await life.ended() == -9, "it did not come to this point"
    telling.cancel()
    await asyncio.wait([telling])
    lives.begin()
    await stage.sandbox.online()


async def over(stage: Stage) -> Outcome:
    """What has become of the job, when nothing is left to do for it."""
    if await stage.rows("SELECT id FROM jobs"):
        await stage.closed()
    return await outcome(stage)


async def a_film(stage: Stage) -> None:
    """Somebody asks for a film."""
    await stage.animate()


async def called_off(stage: Stage) -> None:
    """It waits in fal's queue, and its owner calls it off."""
    await stage.under_way()
    await press(stage, "Cancel")


async def a_morph(stage: Stage) -> None:
    """Two pictures that have not the same shape, so that its owner is asked."""
    pictures = {"first": picture(320, 192), "last": picture(200, 200, turned=True)}
    await stage.sandbox.command("ada", "films", "morph", {**pictures, "prompt": "x", "quality": "draft", "seed": 7})


async def an_answered_morph(stage: Stage) -> None:
    """The same, and its owner has answered."""
    await a_morph(stage)
    await press(stage, "Crop both a little")


async def press(stage: Stage, label: str) -> None:
    """Wait until a card has this button, and press it."""
    message = await stage.sandbox.until(
        lambda seen: seen[-1] if seen and label in str(seen[-1]["components"]) else None
    )
    await stage.sandbox.post("discord/click", {"person": "ada", "message_id": message["id"], "label": label})


@pytest.mark.parametrize("point", [*(f"before {act}" for act in FILM_ACTS), f"after {FILM_ACTS[-1]}"])
async def test_a_bot_killed_at_any_point_of_a_film_makes_it_once(stage: Stage, lives: Lives, point: str) -> None:
    """Between two acts nothing happens: before the one is after the other."""
    await killed(stage, lives, point, a_film)
    assert await over(stage) == SPECIAL.get(point, FILM)


async def test_these_are_all_the_points_of_a_film(stage: Stage, lives: Lives) -> None:
    life = lives.begin(Fate(traced=True, plain=False))
    await stage.sandbox.online()
    await stage.animate()
    passed = await life.passed("after note closed_at")
    assert set(passed) == {f"{moment} {act}" for act in ("claim", *FILM_ACTS) for moment in MOMENTS}


@pytest.mark.parametrize("point", ["before move to failed", "before show No film this time", "before note closed_at"])
async def test_a_bot_killed_at_any_point_of_a_failure_tells_it_once(stage: Stage, lives: Lives, point: str) -> None:
    await stage.sandbox.post("fal/set", {"outcome": REFUSAL})
    await killed(stage, lives, point, a_film)
    assert await over(stage) == FAILED


@pytest.mark.parametrize("point", ["before move to lost", "before show The film got lost", "before note closed_at"])
async def test_a_bot_killed_while_it_gives_a_job_up_as_lost_tells_it_once(
    stage: Stage, lives: Lives, point: str
) -> None:
    await stage.sandbox.post("fal/set", {"platform": False})
    await stage.sandbox.post("fal/fault", {"kind": "drop_reply_after_accept"})
    await killed(stage, lives, point, a_film)
    assert await over(stage) == LOST


async def test_a_submit_that_nobody_may_look_up_is_lost_and_not_repeated(stage: Stage, lives: Lives) -> None:
    await stage.sandbox.post("fal/set", {"platform": False})
    await killed(stage, lives, "after submit", a_film)
    assert await over(stage) == LOST


@pytest.mark.parametrize(
    "point",
    ["before cancel", "after cancel", "before move to cancelled", "before show Cancelled", "after show Cancelled"],
)
async def test_a_bot_killed_while_it_calls_a_job_off_does_so_when_it_is_back(
    stage: Stage, lives: Lives, point: str
) -> None:
    await killed(stage, lives, point, called_off)
    assert await over(stage) == CALLED_OFF


@pytest.mark.parametrize(("moment", "becomes"), [("before", FILM), ("after", CALLED_OFF)])
async def test_a_job_is_called_off_from_when_that_is_stored(
    stage: Stage, lives: Lives, moment: str, becomes: Outcome
) -> None:
    await killed(stage, lives, f"{moment} note unwanted_at", called_off)
    if becomes is FILM:
        await stage.release()
    assert await over(stage) == becomes


@pytest.mark.parametrize("point", ["before move to asking", *(f"{moment} show {QUESTION}" for moment in MOMENTS)])
async def test_a_question_is_put_again_by_a_bot_that_was_killed(stage: Stage, lives: Lives, point: str) -> None:
    await killed(stage, lives, point, a_morph)
    await press(stage, "Crop both a little")
    assert await over(stage) == FILM


async def test_an_answer_counts_from_when_it_is_stored(stage: Stage, lives: Lives) -> None:
    await killed(stage, lives, "after move to accepted", an_answered_morph)
    assert await over(stage) == FILM


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_webhook_that_kills_the_bot_is_heard_all_the_same(stage: Stage, lives: Lives, moment: str) -> None:
    lives.public()
    lives.patient()  # so that nothing but the webhook can tell it
    await killed(stage, lives, f"{moment} hear", a_film)
    assert await over(stage) == FILM
