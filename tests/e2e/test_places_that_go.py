"""The place where a film was asked for may change or vanish while it is made: the film finds its owner, or waits."""

from dataclasses import replace

import pytest

from sandbox.client import Json
from tests.e2e.conftest import QUICK
from tests.e2e.stage import Stage


async def direct(bot: Stage) -> Json:
    """Wait for a direct message of the bot to ada; it."""
    return await bot.sandbox.until(lambda seen: seen[0] if seen else None, "dm")


async def paid(bot: Stage) -> None:
    """The one job is delivered, at its price."""
    assert (await bot.closed())["state"] == "delivered"
    assert await bot.spent() == 202_500
    assert len(await bot.requests()) == 1


async def change(bot: Stage, **what: object) -> None:
    await bot.sandbox.post("discord/set", what)


async def test_where_the_card_was_deleted_there_is_another_and_then_the_film(bot: Stage) -> None:
    await bot.under_way()
    [card] = await bot.sandbox.messages()
    await bot.sandbox.post("discord/delete", {"message_id": card["id"]})
    await bot.sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 3600})
    await bot.status("so far")
    await bot.release()
    await bot.film()
    await paid(bot)


async def test_where_the_channel_is_gone_the_film_goes_to_its_owner(bot: Stage) -> None:
    await bot.under_way()
    await change(bot, delete_channel="films")
    await bot.release()
    assert (await direct(bot))["attachments"]
    await paid(bot)


async def test_where_the_bot_was_removed_the_film_waits_until_it_is_back(bot: Stage) -> None:
    """Whoever shares no server with the bot cannot be written to either; the card's token goes on to work."""
    await bot.under_way()
    await change(bot, leave_guild=True)
    await bot.release()
    await bot.status("I may post neither in this channel nor to you directly")
    await change(bot, leave_guild=False)
    await bot.film()
    await paid(bot)


@pytest.mark.parametrize("permission", ["SEND_MESSAGES", "ATTACH_FILES", "VIEW_CHANNEL"])
async def test_where_a_permission_is_taken_away_the_film_goes_to_its_owner(bot: Stage, permission: str) -> None:
    await bot.under_way()
    await change(bot, remove_permission=permission, channel="films")
    await bot.release()
    message = await direct(bot)
    assert message["attachments"]
    await paid(bot)


async def test_where_nothing_may_be_posted_the_film_waits_with_a_notice(bot: Stage) -> None:
    await bot.under_way()
    await change(bot, remove_permission="SEND_MESSAGES", channel="films", close_dms="ada")
    await bot.release()
    await bot.status("I may post neither in this channel nor to you directly")
    await bot.stop()
    await bot.start()
    await change(bot, add_permission="SEND_MESSAGES", channel="films")
    await bot.film()
    await paid(bot)


async def test_a_film_waits_for_a_place_no_longer_than_it_may(stage: Stage) -> None:
    await stage.start(pace=replace(stage.pace, hold=0))
    await stage.under_way()
    await change(stage, remove_permission="SEND_MESSAGES", channel="films", close_dms="ada")
    await stage.release()
    assert "The film was finished" in await stage.notice()
    row = await stage.closed()
    assert (row["state"], row["film_url"]) == ("failed", None)
    assert list((stage.data / "films").iterdir()) == []
    assert (await stage.spent(), await stage.excess()) == (0, row["cost"])


async def test_bad_news_wait_for_a_place_too(bot: Stage) -> None:
    refusal = {"error_status": 422, "body": {"detail": [{"loc": ["body"], "msg": "no", "type": "image_load_error"}]}}
    await bot.sandbox.post("fal/set", {"outcome": refusal})
    await bot.under_way()
    [card] = await bot.sandbox.messages()
    await bot.sandbox.post("discord/delete", {"message_id": card["id"]})
    await change(bot, remove_permission="SEND_MESSAGES", channel="films", close_dms="ada")
    async with bot.sandbox.events("events") as events:
        await bot.release()
        async for name, call in events:
            if name == "call" and call["status"] == 403 and call["route"] == "/channels/{channel_id}/messages":
                break
    await change(bot, open_dms="ada")
    assert "No film this time" in (await direct(bot))["content"]
    assert (await bot.closed())["state"] == "failed"
    assert len(await bot.sandbox.messages("dm")) == 1


async def test_a_film_wakes_an_archived_thread(bot: Stage) -> None:
    await change(bot, thread="a-thread", channel="films")
    await bot.queue()
    await bot.animate(channel="a-thread")
    await bot.status("In fal's queue", "a-thread")
    await change(bot, archive="a-thread")
    await bot.release()
    await bot.film("a-thread")
    await paid(bot)


async def test_where_a_thread_is_locked_the_film_goes_to_its_owner(bot: Stage) -> None:
    await change(bot, thread="a-thread", channel="films")
    await bot.queue()
    await bot.animate(channel="a-thread")
    await bot.status("In fal's queue", "a-thread")
    await change(bot, archive="a-thread", locked=True)
    await bot.release()
    assert (await direct(bot))["attachments"]
    await paid(bot)


async def test_a_film_that_its_owner_has_already_is_not_sent_again(bot: Stage) -> None:
    await bot.under_way()
    await change(bot, delete_channel="films")
    await bot.release()
    await direct(bot)
    await paid(bot)
    await bot.stop()
    await bot.change("UPDATE jobs SET state = 'posting', closed_at = NULL, ended_at = NULL, booked = NULL")
    await bot.change("DELETE FROM ledger WHERE kind = 'settle'")
    await bot.start()
    await paid(bot)
    sent = [one for one in await bot.sandbox.get("discord/record") if one["route"].endswith("/messages")]
    assert len([one for one in sent if one["method"] == "POST" and one["status"] == 200]) == 1


async def test_a_notice_replaces_a_card_whose_reply_was_lost(bot: Stage) -> None:
    """Discord takes the second for the first, posted once more, and shows the first."""
    await bot.under_way()
    await bot.stop()
    [card] = await bot.sandbox.messages()
    await bot.sandbox.post("discord/delete", {"message_id": card["id"]})
    await bot.change("UPDATE jobs SET card_id = NULL, interaction_token = ''")
    fault = {"kind": "drop_after_accept", "match": "POST /channels/{channel_id}/messages"}
    await bot.sandbox.post("discord/fault", fault)
    await bot.start(pace=replace(QUICK, patience=0))  # at once it is called off, and that is told
    assert "so I called it off" in await bot.notice()
