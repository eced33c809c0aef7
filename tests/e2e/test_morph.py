"""From one picture to another: /morph, and what happens where the two have not the same shape."""

import asyncio
import io
import time
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from sandbox.client import Json, Refused, Upload
from tests.e2e.stage import Decoded, Stage, card_status, difference, picture


def plain(width: int, height: int, colour: str) -> Upload:
    """A picture of one colour with a dark frame, so that a cut shows."""
    image = Image.new("RGB", (width, height), "black")
    image.paste(Image.new("RGB", (width - 40, height - 40), colour), (20, 20))
    file = io.BytesIO()
    image.save(file, "PNG")
    return Upload(f"{colour}.png", file.getvalue(), "image/png")


PRIMARY = 1  # the style of a button that is meant to be pressed
FIRST, LAST = plain(640, 384, "teal"), plain(400, 400, "orange")


async def morph(bot: Stage, first: Upload, last: Upload, **options: Any) -> Json:
    """ada types /morph."""
    # one seed, as the stand-in remembers the films that it made
    given = {"first": first, "last": last, "prompt": "one becomes the other", "quality": "draft", "seed": 7, **options}
    return await bot.sandbox.command("ada", "films", "morph", given)


async def question(bot: Stage) -> Json:
    """Wait for a card that asks; the message."""
    [message] = await bot.sandbox.until(lambda seen: seen if seen and _asks(seen[-1]) else None)
    return message


def _asks(message: Json) -> bool:
    return any(button["style"] == PRIMARY for row in message["components"] for button in row["components"])


def labels(message: Json) -> list[str]:
    return [button["label"] for row in message["components"] for button in row["components"]]


async def press(bot: Stage, message: Json, label: str, person: str = "ada") -> Json:
    return await bot.sandbox.post("discord/click", {"person": person, "message_id": message["id"], "label": label})


async def test_two_pictures_become_a_film_from_one_to_the_other(bot: Stage) -> None:
    last = picture(640, 384, turned=True)
    await morph(bot, FIRST, last)
    message = await bot.film()
    film = Decoded(await bot.sandbox.download(message["attachments"][0]["url"]))
    assert difference(film.frames[0], Image.open(io.BytesIO(FIRST.data))) < 12
    assert difference(film.frames[-1], Image.open(io.BytesIO(last.data))) < 12
    assert "Wan 2.1 first and last frame · 816 × 496 · 5.1 s" in message["content"]


async def test_shapes_that_differ_are_told_before_anything_is_paid(bot: Stage) -> None:
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    assert labels(message) == ["Crop to the shape of first", "Crop both a little", "Call it off"]
    assert "`first` stays whole; `last` is cut to 400 × 240: it loses 40%" in card_status(message)
    assert "Nothing is paid yet." in card_status(message)
    assert await bot.requests() == []
    assert (await bot.row())["state"] == "asking"


@pytest.mark.parametrize(
    ("label", "sizes"),
    [
        ("Crop to the shape of first", [(640, 384), (400, 240)]),
        ("Crop both a little", [(496, 384), (400, 310)]),
    ],
)
async def test_an_answer_crops_the_pictures_and_makes_the_film(
    bot: Stage, label: str, sizes: list[tuple[int, int]]
) -> None:
    await morph(bot, FIRST, LAST)
    await press(bot, await question(bot), label)
    await bot.film()
    [request] = await bot.requests()
    assert [(await fal_has(bot, request["input"][name])).size for name in ("start_image_url", "end_image_url")] == sizes


async def fal_has(bot: Stage, url: str) -> Image.Image:
    """A picture that fal was given, fetched from fal's storage."""
    return Image.open(io.BytesIO(await bot.from_fal(url)))


async def test_a_shape_that_was_chosen_is_the_one_that_is_offered(bot: Stage) -> None:
    await morph(bot, FIRST, LAST, shape="square")
    message = await question(bot)
    assert labels(message) == ["Crop to 1:1", "Call it off"]
    await press(bot, message, "Crop to 1:1")
    await bot.film()
    [request] = await bot.requests()
    assert (await fal_has(bot, request["input"]["start_image_url"])).size == (384, 384)


async def test_the_models_own_command_asks_the_same(bot: Stage) -> None:
    options = {"first": FIRST, "last": LAST, "prompt": "x", "resolution": "480p"}
    await bot.sandbox.command("ada", "films", "wanflf", options)
    await press(bot, await question(bot), "Crop both a little")
    await bot.film()


async def test_calling_it_off_costs_nothing(bot: Stage) -> None:
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    await press(bot, message, "Call it off")
    assert await bot.notice() == "You called it off. Nothing was charged to your budget."
    assert (await bot.closed())["state"] == "cancelled"
    assert await bot.spent() == 0
    assert await bot.requests() == []
    [card] = await bot.sandbox.messages()
    assert card["components"] == []


async def test_only_the_owner_may_answer(bot: Stage) -> None:
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    await press(bot, message, "Call it off", person="bob")
    [_, told] = await bot.sandbox.until(lambda seen: seen if len(seen) == 2 else None, person="bob")
    assert "for <@" in told["content"]
    assert told["flags"] & 64
    assert (await bot.row())["state"] == "asking"


async def test_a_press_that_comes_too_late_is_told_so(bot: Stage) -> None:
    await bot.queue()
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    await press(bot, message, "Crop both a little")
    await bot.queued()
    with pytest.raises(Refused):  # the buttons are gone by now
        await press(bot, message, "Call it off")
    assert len(await bot.requests()) == 1


async def test_two_presses_at_once_make_one_film(bot: Stage) -> None:
    await bot.queue()
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    async with bot.locked_database():  # so that both are there before either counts
        for label in ("Crop both a little", "Crop to the shape of first"):
            await press(bot, message, label)
    await bot.queued()
    told = await bot.sandbox.until(lambda seen: seen if len(seen) == 2 else None)
    assert "settled already" in told[-1]["content"]
    assert len(await bot.requests()) == 1


async def test_a_question_that_nobody_answers_ends_at_no_cost(stage: Stage) -> None:
    await stage.start(pace=replace(stage.pace, answer=0.3))
    await morph(stage, FIRST, LAST)
    assert await stage.notice() == "Nobody said how to go on, so I let it be. Nothing was charged to your budget."
    assert await stage.spent() == 0


async def test_an_answer_in_the_last_moment_counts(stage: Stage) -> None:
    """The deadline passes while the answer waits for the database: who comes second finds the job moved already."""
    await stage.start(pace=replace(stage.pace, answer=0.5))
    await morph(stage, FIRST, LAST)
    message = await question(stage)
    row = await stage.row()
    async with stage.locked_database():
        await press(stage, message, "Crop both a little")
        await asyncio.sleep(max(row["asked_at"] + 0.6 - time.time(), 0))
    await stage.film()


async def test_the_question_goes_away_with_the_answer(bot: Stage) -> None:
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    await bot.sandbox.post("fal/fault", {"kind": "slow", "seconds": 30, "match": "v3.fal.media/files/upload"})
    await press(bot, message, "Crop both a little")
    [card] = await bot.sandbox.until(lambda seen: seen if not _asks(seen[0]) else None)
    assert card["embeds"][0]["title"] == "A film is being made"


async def test_a_question_is_asked_until_it_is_seen(bot: Stage) -> None:
    await bot.sandbox.post("discord/fault", {"kind": "drop_connection", "match": "PATCH /webhooks", "times": 4})
    await morph(bot, FIRST, LAST)
    await press(bot, await question(bot), "Crop both a little")
    await bot.film()


async def test_a_question_that_the_channel_refuses_ends_at_no_cost(bot: Stage) -> None:
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    await bot.stop()
    await bot.sandbox.post("discord/delete", {"message_id": message["id"]})
    await bot.sandbox.post("discord/set", {"remove_permission": "SEND_MESSAGES", "channel": "films"})
    await bot.start()
    told = await bot.sandbox.until(lambda seen: seen[0] if seen else None, "dm")
    assert "I may not ask here what to do about it" in told["content"]
    assert "Nothing was charged" in told["content"]
    assert await bot.spent() == 0


async def test_a_question_outlives_the_bot(bot: Stage) -> None:
    await morph(bot, FIRST, LAST)
    message = await question(bot)
    await bot.stop()
    await bot.start()
    await press(bot, message, "Crop both a little")
    await bot.film()
    assert len(await bot.requests()) == 1
