"""A bot that ends in the middle of a job, in whatever way, finishes it when it is back: once."""

from tests.e2e.stage import Stage


async def test_a_film_that_stands_in_the_channel_already_is_not_posted_again(bot: Stage) -> None:
    await bot.animate()
    first = await bot.film()
    await bot.stop()
    await bot.change("UPDATE jobs SET state = 'posting', closed_at = NULL, ended_at = NULL")
    await bot.change("DELETE FROM ledger WHERE kind = 'settle'")
    await bot.start()
    assert (await bot.closed())["state"] == "delivered"
    [again] = await bot.sandbox.messages()
    assert again["id"] == first["id"]
    sent = [entry for entry in await bot.sandbox.get("discord/record") if entry["route"].endswith("/messages")]
    assert len([entry for entry in sent if entry["method"] == "POST"]) == 1


async def test_a_post_whose_reply_was_lost_shows_one_film(bot: Stage) -> None:
    fault = {"kind": "drop_after_accept", "match": "POST /channels/{channel_id}/messages"}
    await bot.sandbox.post("discord/fault", fault)
    await bot.animate()
    await bot.film()
    assert len(await bot.sandbox.messages()) == 1
    assert (await bot.row())["state"] == "delivered"


async def test_the_notice_of_a_failure_is_brought_after_a_restart(stage: Stage) -> None:
    await stage.start()
    await stage.under_way()
    await stage.stop()
    await stage.change("UPDATE jobs SET state = 'failed', reason = 'The dog ate it.'")
    await stage.start()
    assert await stage.notice() == "The dog ate it."


async def test_a_submit_that_was_under_way_at_a_death_is_looked_up_and_not_repeated(bot: Stage) -> None:
    await bot.under_way()
    await bot.stop()
    await bot.change("UPDATE jobs SET state = 'submitting', request_id = NULL")
    await bot.release()
    await bot.start()
    await bot.film()
    assert len(await bot.requests()) == 1


async def test_a_job_without_a_card_gets_one(bot: Stage) -> None:
    await bot.under_way()
    [card] = await bot.sandbox.messages()
    await bot.stop()
    await bot.sandbox.post("discord/delete", {"message_id": card["id"]})
    await bot.change("UPDATE jobs SET card_id = NULL")
    await bot.start()
    await bot.status("In fal's queue")


async def test_a_submit_under_way_is_finished_and_recorded_when_the_bot_is_told_to_stop(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "slow", "seconds": 1})
    await bot.queue()
    await bot.animate()
    await bot.submitted()
    await bot.stop()
    row = await bot.row()
    assert row["state"] == "waiting"
    assert [request["request_id"] for request in await bot.requests()] == [row["request_id"]]


async def test_a_card_is_edited_by_the_bots_own_token_where_the_interactions_has_run_out(bot: Stage) -> None:
    await bot.under_way()
    [card] = await bot.sandbox.messages()
    await bot.stop()
    await bot.change("UPDATE jobs SET interaction_token = 'gone'")
    await bot.sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 3})
    await bot.start()
    await bot.status("so far")
    [same] = await bot.sandbox.messages()
    assert same["id"] == card["id"]
    await bot.release()
    await bot.film()


async def test_a_post_whose_reply_was_lost_shows_one_film_also_where_the_bot_may_not_look(bot: Stage) -> None:
    await bot.under_way()
    await bot.sandbox.post("discord/set", {"remove_permission": "READ_MESSAGE_HISTORY", "channel": "films"})
    fault = {"kind": "drop_after_accept", "match": "POST /channels/{channel_id}/messages"}
    await bot.sandbox.post("discord/fault", fault)
    await bot.release()
    await bot.film()
    assert (await bot.closed())["state"] == "delivered"
    assert len(await bot.sandbox.messages()) == 1
