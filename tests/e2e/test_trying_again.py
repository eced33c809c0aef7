"""What brought no film can be tried again by a press: with all that was asked for, at the same price, once."""

import asyncio

import pytest

from sandbox.client import Json, Refused
from tests.e2e.stage import Stage, labels, picture
from tests.e2e.test_morph import FIRST, LAST, morph, question

AGAIN = "Try again for $0.21"
REFUSAL: Json = {"error_status": 422, "body": {"detail": [{"loc": ["body"], "msg": "no", "type": "image_load_error"}]}}
SAME = ("user_id", "channel_id", "door", "endpoint", "title", "length", "arguments", "options", "price", "answer")
GONE = """UPDATE jobs SET media = replace(media, 'http://', 'http://127.0.0.1:9/')"""  # as if they had expired


async def failed(bot: Stage) -> Json:
    """A film of ada's that fal refuses to make, told to the end; its notice."""
    await bot.sandbox.post("fal/set", {"outcome": REFUSAL})
    await bot.animate(image=picture(400, 300), prompt="two *waves*", shape="square")
    notice = await bot.shown(AGAIN)
    await bot.closed()
    return notice


async def both(bot: Stage) -> tuple[Json, Json]:
    """The first job and the one that repeats it."""
    first, second = await bot.rows("SELECT * FROM jobs ORDER BY created_at")
    return first, second


async def test_tried_again_it_is_the_same_film_from_the_picture_that_was_kept(bot: Stage) -> None:
    notice = await failed(bot)
    await bot.change(GONE)
    await bot.press(AGAIN)
    film = await bot.sandbox.until(lambda seen: next((one for one in seen if one["attachments"]), None))
    await bot.all_closed()
    first, second = await both(bot)
    assert {name: first[name] for name in SAME} == {name: second[name] for name in SAME}
    assert (second["parent_id"], second["state"], second["epoch"]) == (first["id"], "delivered", 0)
    assert [user["username"] for user in film["mentions"]] == ["ada"]
    sent = [request["input"] for request in await bot.requests()]
    pictures = [await bot.from_fal(one.pop("image_url")) for one in sent]
    assert sent[0] == sent[1]
    assert pictures[0] == pictures[1]
    assert await bot.spent() == 202_500
    [old, _] = await bot.sandbox.messages()
    assert (old["id"], labels(old)) == (notice["id"], [])
    with pytest.raises(Refused):
        await bot.click(notice, AGAIN)


async def test_pressed_by_several_and_twice_at_the_same_time_it_is_one_job(bot: Stage) -> None:
    notice = await failed(bot)
    await bot.queue()
    async with bot.locked_database():
        presses = [asyncio.create_task(bot.click(notice, AGAIN, person)) for person in ("ada", "ada", "bob")]
        await asyncio.gather(*presses)
    await bot.whispered("That was asked for already, as job ")
    await bot.whispered("to decide, whose film it is", person="bob")
    await bot.status("In fal's queue")
    await both(bot)
    assert await bot.spent() == 202_500


async def test_what_is_not_his_or_not_to_be_had_again_is_refused(bot: Stage) -> None:
    notice = await failed(bot)
    await bot.click(notice, AGAIN, person="bob")
    await bot.whispered("to decide, whose film it is", person="bob")
    await bot.change("UPDATE jobs SET state = 'waiting'")
    await bot.click(notice, AGAIN)
    await bot.whispered("That cannot be done with this film as it stands")
    await bot.change("UPDATE jobs SET state = 'failed', price = 1")
    await bot.click(notice, AGAIN)
    await bot.whispered("no longer offered at this price")
    await bot.row()
    assert labels(await bot.shown(AGAIN)) == [AGAIN]


async def test_what_the_budget_does_not_allow_is_refused_and_may_be_pressed_later(bot: Stage) -> None:
    """Also where the answer comes late, so that Discord was told to wait."""
    notice = await failed(bot)
    await bot.stop()
    await bot.start(daily_usd="0.20")
    await bot.click(notice, AGAIN)
    await bot.whispered("This film costs $0.21, and $0.20 of your daily budget of $0.20 is left")
    async with bot.locked_database():
        await bot.click(notice, AGAIN, person="bob")  # who is told to wait after 1.5 s
    await bot.whispered("to decide, whose film it is", person="bob")
    assert labels(await bot.shown(AGAIN)) == [AGAIN]
    await bot.stop()
    await bot.start()
    await bot.click(notice, AGAIN)
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen) or None)


async def test_a_morph_is_tried_again_with_the_answer_that_was_given(bot: Stage) -> None:
    await bot.sandbox.post("fal/set", {"outcome": REFUSAL})
    await morph(bot, FIRST, LAST)
    await bot.click(await question(bot), "Crop both a little")
    await bot.shown("Try again for $0.20")
    await bot.closed()
    await bot.change(GONE)
    await bot.press("Try again for $0.20")
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen) or None)
    sent = [request["input"] for request in await bot.requests()]
    cut = [[await bot.from_fal(one.pop(f"{end}_image_url")) for end in ("start", "end")] for one in sent]
    assert cut[0] == cut[1]


async def test_what_was_not_kept_is_fetched_as_usual(bot: Stage) -> None:
    await failed(bot)
    for kept in (bot.data / "pictures").iterdir():
        kept.unlink()
    await bot.press(AGAIN)
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen) or None)
