"""The same by several models: one question, all films or none, and one that shows them side by side."""

import asyncio

from bot.domain.money import dollars
from tests.e2e.stage import Stage, card_status, labels, picture
from tests.e2e.test_budgets import told

BESIDE = "SELECT * FROM jobs WHERE endpoint = 'zoetrope/beside'"


async def compare(bot: Stage, *models: str, person: str = "ada") -> None:
    given = {f"model{number}": model for number, model in enumerate(models, 1)}
    options = {"image": picture(), "prompt": "the tide comes in", "quality": "draft", **given}
    await bot.sandbox.command(person, "films", "compare", options)


async def test_two_models_are_compared_after_one_price_whatever_restarts(bot: Stage) -> None:
    await compare(bot, "wan-2.1", "wan-2.1")
    await bot.whispered("A comparison needs different models.")
    await bot.queue()
    await compare(bot, "wan-2.1", "wan-2.2")
    question = await bot.shown("Call it off")
    [asks] = await bot.rows(BESIDE)
    price = dollars(asks["price"])
    assert labels(question) == [f"Make all for {price}", "Call it off"]
    assert f"Together they cost {price}" in card_status(question)
    assert await bot.spent() == asks["price"], "it is reserved while it asks"
    await bot.stop()
    await bot.start()

    await bot.click(question, f"Make all for {price}", "bob")
    await bot.whispered("That is for <@", "bob")
    await told(bot, "mod", "admin limits", per="a day", films=1)
    await bot.click(question, f"Make all for {price}")
    await bot.whispered("The films do not all fit, so none of them is made. Of the first that does not: ")
    assert [row["state"] for row in await bot.rows("SELECT state FROM jobs")] == ["asking"]
    await told(bot, "mod", "admin limits", per="a day", lift="no limit")
    await asyncio.gather(*[bot.click(question, f"Make all for {price}") for _ in range(2)])
    await bot.whispered("That question is settled already")
    await bot.status("Its films are being made: 0 of 2 have ended.")
    await bot.submitted(2)
    await bot.sandbox.until(lambda seen: len([one for one in seen if one["embeds"]]) == 3 or None)  # each has a card
    await bot.stop()
    await bot.start()
    await bot.release()
    await bot.all_closed()
    messages = [one for one in await bot.sandbox.messages() if one["attachments"] or one["embeds"]]
    contents = [one["content"].splitlines()[-1].split(" · ")[0] for one in messages]
    assert sorted(contents[:2]) == ["-# Wan 2.1", "-# Wan 2.2"]
    assert contents[2:] == ["-# Wan 2.1, Wan 2.2"]
    assert " · free · " in messages[2]["content"]
    assert [len(one["mentions"]) for one in messages] == [0, 0, 1], "it pings once"
    assert (await bot.spent(), len(await bot.requests())) == (asks["price"], 2)
    seeds = await bot.rows("SELECT DISTINCT json_extract(arguments, '$.seed') FROM jobs WHERE price < 300000")
    assert len(seeds) == 1, "the films have one seed"
