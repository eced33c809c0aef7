"""A member calls a film off: what is not paid yet is free, and what fal has answers decides what is paid."""

from dataclasses import replace

import pytest

from sandbox.client import Json, Refused
from tests.e2e.conftest import QUICK
from tests.e2e.stage import Stage, labels

FREE = "You called it off. Nothing was charged to your budget."
PAID = "You called it off, but fal had finished it: $0.21 stay charged. The film is not posted."
PRICE = 202_500
CALL_OFF = "PUT queue.fal.run"
FILM = "GET v3.fal.media"
POST = "POST /channels/{channel_id}/messages"
REFUSAL: Json = {"error_status": 422, "body": {"detail": [{"loc": ["body"], "msg": "no", "type": "image_load_error"}]}}
BLIND = replace(QUICK, first_look=60, longest_look=60)  # it does not see what fal does


@pytest.fixture
async def blind(stage: Stage) -> Stage:
    """A bot that does not look at fal by itself."""
    await stage.start(pace=BLIND)
    return stage


async def called_off(bot: Stage, *, paid: bool) -> None:
    """It ends as called off: the books say so and the notice says so, and no film is posted."""
    assert await bot.notice() == (PAID if paid else FREE)
    row = await bot.closed()
    assert (row["state"], row["booked"]) == ("cancelled", "settle" if paid else "refund")
    assert await bot.spent() == (PRICE if paid else 0)
    [card] = await bot.sandbox.messages()
    assert labels(card) == []


# ---- in every stage ----


async def test_while_what_was_sent_is_read_it_is_free(bot: Stage) -> None:
    hanging = {"kind": "slow", "seconds": 30, "times": 100, "match": "v3.fal.media/files/upload"}
    await bot.sandbox.post("fal/fault", hanging)
    await bot.animate()
    await bot.asked("POST v3.fal.media")
    await bot.press("Cancel")
    await called_off(bot, paid=False)
    assert await bot.requests() == []
    assert await bot.asked(CALL_OFF, times=0) == []


async def test_in_fals_queue_it_is_free(bot: Stage) -> None:
    request = await bot.under_way()
    await bot.press("Cancel")
    await called_off(bot, paid=False)
    [asked] = await bot.asked(CALL_OFF)
    assert request["request_id"] in asked["path"]


async def test_while_it_is_rendered_it_is_free_if_fal_stops_in_time(bot: Stage) -> None:
    await bot.sandbox.post("fal/set", {"run_seconds": 3600})
    await bot.animate()
    await bot.status("so far")
    await bot.press("Cancel")
    await called_off(bot, paid=False)


async def test_while_the_film_is_fetched_it_stays_charged(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "slow", "seconds": 30, "times": 100, "match": FILM})
    await bot.animate()
    await bot.asked(FILM)
    await bot.press("Cancel")
    await called_off(bot, paid=True)


async def test_between_fetching_and_posting_it_stays_charged(bot: Stage) -> None:
    """The film has vanished from the disk, so that it stands there for a while."""
    await bot.under_way()
    await bot.release()
    await bot.film()
    await bot.closed()
    await bot.stop()
    await bot.change("UPDATE jobs SET state = 'fetched', closed_at = NULL, ended_at = NULL, booked = NULL")
    await bot.change("UPDATE jobs SET card_id = NULL, interaction_token = ''")
    await bot.change("DELETE FROM ledger WHERE kind = 'settle'")
    next((bot.data / "films").iterdir()).unlink()
    row = await bot.row()
    await bot.sandbox.post("discord/delete", {"message_id": str(row["message_id"])})
    await bot.sandbox.post("fal/fault", {"kind": "nginx_502", "times": 1000, "match": FILM})
    await bot.start()
    await bot.press("Cancel")
    await called_off(bot, paid=True)


async def test_while_the_film_is_posted_it_is_too_late(bot: Stage) -> None:
    await bot.under_way()
    await bot.sandbox.post("discord/fault", {"kind": "timeout", "seconds": 60, "match": POST})
    await bot.release()
    await bot.found("SELECT id FROM jobs WHERE state = 'posting'")
    await bot.press("Cancel")
    await bot.whispered("It is too late for that: the film is being posted.")
    await bot.stop()
    await bot.start()
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen) or None)
    assert await bot.spent() == PRICE


# ---- what fal answers ----


async def test_what_fal_had_finished_stays_charged_as_fal_bills_it(blind: Stage) -> None:
    await blind.sandbox.post("fal/set", {"units": 1})
    await blind.animate()
    await blind.done_at_fal()
    await blind.press("Cancel")
    assert await blind.notice() == PAID.replace("$0.21", "$0.08")
    row = await blind.closed()
    assert (row["state"], row["booked"], row["cost"]) == ("cancelled", "settle", 80_000)
    assert await blind.spent() == 80_000


async def test_what_fal_had_refused_is_free(blind: Stage) -> None:
    await blind.sandbox.post("fal/set", {"outcome": REFUSAL})
    await blind.animate()
    await blind.done_at_fal()
    await blind.press("Cancel")
    await called_off(blind, paid=False)


async def test_what_fal_finishes_all_the_same_stays_charged(bot: Stage) -> None:
    await bot.sandbox.post("fal/set", {"cancel": "ignored"})
    await bot.under_way()
    await bot.press("Cancel")
    await bot.asked(CALL_OFF)
    await bot.status("Calling it off at fal")
    [card] = await bot.sandbox.messages()
    assert labels(card) == []
    await bot.release()
    await called_off(bot, paid=True)


async def test_what_fal_takes_out_of_its_queue_is_free(bot: Stage) -> None:
    await bot.sandbox.post("fal/set", {"cancel": "removed"})
    await bot.under_way()
    await bot.press("Cancel")
    await called_off(bot, paid=False)


async def test_a_fal_that_is_down_is_asked_again(bot: Stage) -> None:
    await bot.under_way()
    await bot.sandbox.post("fal/fault", {"kind": "json_503", "times": 2, "match": CALL_OFF})
    await bot.press("Cancel")
    await called_off(bot, paid=False)
    assert len(await bot.asked(CALL_OFF)) == 3


# ---- presses ----


async def test_pressed_twice_while_the_database_is_locked_it_is_called_off_once(bot: Stage) -> None:
    await bot.under_way()
    card = await bot.shown("Cancel")
    async with bot.locked_database():
        for _ in range(2):
            await bot.click(card, "Cancel")
    await called_off(bot, paid=False)
    kinds = [line["kind"] for line in await bot.rows("SELECT kind FROM ledger ORDER BY at")]
    assert kinds == ["reserve", "refund"]


async def test_only_the_owner_may_call_it_off(bot: Stage) -> None:
    await bot.under_way()
    await bot.press("Cancel", person="bob")
    await bot.whispered("to decide, whose film it is", person="bob")
    await bot.release()
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen) or None)
    assert (await bot.row())["unwanted_at"] is None


@pytest.mark.parametrize(("state", "told"), [("delivered", "the film is there"), ("failed", "is off already")])
async def test_after_the_end_there_is_nothing_to_call_off(bot: Stage, state: str, told: str) -> None:
    await bot.under_way()
    card = await bot.shown("Cancel")
    await bot.stop()
    await bot.change(f"UPDATE jobs SET state = '{state}', ended_at = 1, closed_at = 1")
    await bot.start()
    await bot.click(card, "Cancel")
    await bot.whispered(told)


async def test_the_button_of_a_card_that_is_off_is_gone(bot: Stage) -> None:
    await bot.under_way()
    card = await bot.press("Cancel")
    await bot.closed()
    with pytest.raises(Refused):
        await bot.click(card, "Cancel")


# ---- the bot dies ----


async def test_a_button_outlives_the_bot(bot: Stage) -> None:
    await bot.under_way()
    card = await bot.shown("Cancel")
    await bot.stop()
    await bot.start()
    await bot.click(card, "Cancel")
    await called_off(bot, paid=False)


async def test_what_was_called_off_before_a_death_is_called_off_at_fal_afterwards(bot: Stage) -> None:
    await bot.under_way()
    await bot.stop()
    await bot.change("UPDATE jobs SET unwanted_at = 1")
    await bot.start()
    await called_off(bot, paid=False)
    assert (await bot.requests())[0]["cancelled"]


@pytest.mark.parametrize("state", ["submitting", "uploaded"])
async def test_what_was_called_off_while_it_was_sent_is_found_and_called_off(bot: Stage, state: str) -> None:
    """It died in mid-submit, or the submit did not leave."""
    await bot.under_way()
    await bot.stop()
    await bot.change(f"UPDATE jobs SET state = '{state}', unwanted_at = 1, request_id = NULL")
    await bot.start()
    await called_off(bot, paid=False)
    [request] = await bot.requests()
    assert request["cancelled"] == (state == "submitting")
