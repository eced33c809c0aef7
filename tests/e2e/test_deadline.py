"""What takes too long ends: called off at fal, given back, and told."""

from dataclasses import replace

from tests.e2e.conftest import QUICK
from tests.e2e.stage import Stage

OVER = replace(QUICK, patience=0, give_up=0)  # for what was sent before: the time for it is up
FILM, QUEUE = "GET v3.fal.media", "queue.fal.run"


async def given_up(bot: Stage, reason: str) -> None:
    """It ends as failed for this reason, and its price is given back."""
    assert reason in (told := await bot.notice())
    assert told.endswith("Nothing was charged to your budget.")
    row = await bot.closed()
    assert (row["state"], row["booked"]) == ("failed", "refund")
    assert await bot.spent() == 0
    await bot.shown("Try again for $0.21")


async def test_what_fal_never_finishes_is_called_off(stage: Stage) -> None:
    await stage.start(pace=replace(QUICK, patience=0.7 / 3600))
    await stage.sandbox.post("fal/fault", {"kind": "never_finish"})
    await stage.animate()
    await given_up(stage, "fal did not finish it in 1 s, so I called it off.")
    [request] = await stage.requests()
    assert request["cancelled"]


async def test_what_turns_out_to_be_finished_when_it_is_to_be_called_off_is_delivered(stage: Stage) -> None:
    await stage.start()
    await stage.under_way()
    await stage.stop()
    await stage.release()
    await stage.done_at_fal()
    await stage.start(pace=OVER)
    await stage.film()
    assert len(await stage.asked("PUT queue.fal.run")) == 1


async def test_a_film_that_can_never_be_fetched_is_given_up(stage: Stage) -> None:
    await stage.start()
    await stage.sandbox.post("fal/fault", {"kind": "json_503", "times": 1000, "match": FILM})
    await stage.animate()
    await stage.asked(FILM, times=2)
    await stage.stop()
    await stage.start(pace=OVER)
    await given_up(stage, "fal has finished it, but the film could not be fetched for too long, and I gave up.")


async def test_a_fal_that_is_gone_for_good_is_given_up(stage: Stage) -> None:
    await stage.start()
    await stage.under_way()
    for method in ("GET", "PUT"):
        await stage.sandbox.post("fal/fault", {"kind": "json_503", "times": 1000, "match": f"{method} {QUEUE}"})
    await stage.stop()
    await stage.start(pace=OVER)
    await given_up(stage, "fal did not answer, so what became of it could not be fetched for too long")


async def test_what_was_called_off_ends_as_called_off_also_where_fal_is_gone(stage: Stage) -> None:
    await stage.start()
    await stage.under_way()
    await stage.sandbox.post("fal/fault", {"kind": "json_503", "times": 1000, "match": f"PUT {QUEUE}"})
    await stage.press("Cancel")
    await stage.status("fal does not answer. I keep trying.")
    await stage.stop()
    await stage.start(pace=OVER)
    assert await stage.notice() == "You called it off. Nothing was charged to your budget."
    assert (await stage.closed())["state"] == "cancelled"
    assert await stage.spent() == 0


async def test_after_a_long_absence_a_paid_film_outlives_the_first_hiccup(stage: Stage) -> None:
    await stage.start()
    await stage.under_way()
    await stage.stop()
    await stage.release()
    await stage.done_at_fal()
    await stage.change("UPDATE jobs SET submitted_at = submitted_at - 100000")
    await stage.sandbox.post("fal/fault", {"kind": "json_503", "match": f"PUT {QUEUE}"})
    await stage.start()
    await stage.film()
    assert await stage.spent() == 202_500


async def test_a_submit_that_fal_never_lets_be_looked_for_is_lost(stage: Stage) -> None:
    await stage.start()
    await stage.sandbox.post("fal/fault", {"kind": "drop_reply_after_accept"})
    await stage.sandbox.post("fal/fault", {"kind": "json_503", "times": 1000, "match": "GET api.fal.ai"})
    await stage.animate()
    await stage.asked("GET api.fal.ai")
    await stage.stop()
    await stage.start(pace=OVER)
    assert "It is not sent again by itself." in await stage.notice()
    assert (await stage.closed())["state"] == "lost"
    assert await stage.spent() == 0
