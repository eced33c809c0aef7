"""Films of the past as people look at them: found, shown, made once more, and hidden from who may not see them."""

import asyncio
from typing import Any

from bot.domain.action import TABLE
from sandbox.client import Json
from tests.e2e.stage import Stage, labels
from tests.e2e.test_budgets import ODD, film, told


async def answered(bot: Stage, person: str, name: str, **options: Any) -> Json:
    """The message with which the bot answers this command, to this person alone."""
    before = {message["id"] for message in await bot.sandbox.messages(person=person)}
    await bot.sandbox.command(person, "films", name, options)
    return await fresh(bot, person, before)


async def fresh(bot: Stage, person: str, before: set[str]) -> Json:
    """Wait for a message with an embed or a file that was not there before."""

    def answer(seen: list[Json]) -> Json | None:
        new = [
            one for one in seen if one["id"] not in before and (one["embeds"] or one["attachments"] or one["content"])
        ]
        return new[-1] if new else None

    message = await bot.sandbox.until(answer, person=person)
    assert message["flags"] & 64, "others see it as well"
    return message


async def pressed(bot: Stage, person: str, message: Json, label: str) -> Json:
    """The answer to a button, which this person alone sees."""
    before = {one["id"] for one in await bot.sandbox.messages(person=person)}
    await bot.click(message, label, person)
    return await fresh(bot, person, before)


async def test_a_member_finds_a_film_looks_at_it_and_has_it_shown_when_its_message_is_gone(bot: Stage) -> None:
    assert "No films yet" in await told(bot, "ada", "history")
    await bot.animate(**ODD, prompt="the Café by the sea")
    row = await bot.closed()
    for options in ({}, {"search": "CAFE"}, {"model": "wan-2.1"}, {"which": "finished"}):
        text = await told(bot, "ada", "history", **options)
        assert f"[the Café by the sea](https://discord.com/channels/{row['guild_id']}/" in text, options
    for options in ({"search": "100%"}, {"model": "wan-2.6"}, {"which": "failed"}, {"which": "under-way"}):
        assert "No film is like that." in await told(bot, "ada", "history", **options)
    page = await answered(bot, "ada", "history")
    before = {one["id"] for one in await bot.sandbox.messages()}
    await bot.sandbox.post(
        "discord/select", {"person": "ada", "message_id": page["id"], "custom_id": "look", "values": [row["id"]]}
    )
    sheet = await fresh(bot, "ada", before)
    fields = {field["name"]: field["value"] for field in sheet["embeds"][0]["fields"]}
    assert fields["Price"] == "$0.20"
    assert "resolution 480p" in fields["Settings"]
    done = [action.button("").label for action in TABLE if action.name not in ("again", "cancel")]
    assert labels(sheet) == ["Show me the film", "Make it once more for $0.20", *done]
    await bot.sandbox.post("discord/delete", {"message_id": str(row["message_id"])})
    shown = await pressed(bot, "ada", sheet, "Show me the film")
    kept = (bot.data / "films" / f"{row['id']}.mp4").read_bytes()
    assert await bot.sandbox.download(shown["attachments"][0]["url"]) == kept
    (bot.data / "films" / f"{row['id']}.mp4").unlink()
    assert "is not kept here any more" in (await pressed(bot, "ada", sheet, "Show me the film"))["content"]
    assert "I know no film of that number that you could see here" in await told(bot, "ada", "job", film="0000000000")
    choices = await bot.sandbox.post(
        "discord/autocomplete",
        {"person": "ada", "channel": "films", "name": "job", "options": {"film": "café"}, "focused": "film"},
    )
    assert choices["choices"] == [{"name": "the Café by the sea · Wan 2.1", "value": row["id"]}]


async def test_a_film_is_made_once_more_from_kept_pictures_and_paid_by_who_asks(bot: Stage) -> None:
    await film(bot)
    old = await bot.row()
    await bot.change(
        'UPDATE jobs SET created_at = created_at - 20000000, media = \'{"image_url": "https://127.0.0.1:9/gone"}\''
    )
    sheet = await answered(bot, "bob", "job", film=old["id"].upper())
    await bot.queue()
    await asyncio.gather(*(bot.click(sheet, "Make it once more for $0.20", "bob") for _ in range(2)))
    await bot.whispered("That was asked for already, as job", person="bob")
    await bot.release()
    await bot.all_closed()
    [_, new] = await bot.rows("SELECT * FROM jobs ORDER BY created_at")
    assert (new["state"], new["parent_id"], new["price"]) == ("delivered", old["id"], 200_000)
    assert new["user_id"] != old["user_id"]
    assert new["seed"] != old["seed"]
    assert await bot.rows("SELECT sum(amount) AS paid FROM ledger GROUP BY user_id") == [{"paid": 200_000}] * 2
    await bot.change("UPDATE jobs SET arguments = json_set(arguments, '$.resolution', '720p')")
    await bot.click(sheet, "Make it once more for $0.20", "bob")
    await bot.whispered("Its price has changed", person="bob")


async def test_pages_are_turned_by_buttons_that_work_after_a_restart(bot: Stage) -> None:
    await film(bot)
    row = await bot.row()
    names = [name for name in row if name not in ("id", "origin", "request_id", "created_at", "wording")]
    for number in range(9):
        copied = f"'{number:010}', 'x{number}', 'r{number}', created_at - {number + 1}, 'older'"
        into = f"id, origin, request_id, created_at, wording, {', '.join(names)}"
        await bot.change(
            f"INSERT INTO jobs ({into}) SELECT {copied}, {', '.join(names)} FROM jobs WHERE id = '{row['id']}'"
        )
    page = await answered(bot, "ada", "history")
    assert page["embeds"][0]["description"].count("Wan 2.1") == 8
    await bot.stop()
    await bot.start()
    await bot.click(page, "Older")
    older = await bot.shown("Newer")
    assert older["id"] == page["id"]
    assert older["embeds"][0]["description"].count("Wan 2.1") == 2
    assert older["embeds"][0]["footer"]["text"] == "page 2"
    assert "Older" not in labels(older)


async def test_who_keeps_his_films_to_himself_is_not_looked_at_but_by_those_who_manage_the_server(bot: Stage) -> None:
    await film(bot)
    job = (await bot.row())["id"]
    assert job in await told(bot, "bob", "history", member="ada")
    assert "Other members do not see" in await told(bot, "ada", "preferences", private=True)
    assert "keeps his films to himself" in await told(bot, "bob", "history", member="ada")
    assert "keeps his films to himself" in await told(bot, "bob", "job", film=job)
    assert job in await told(bot, "ada", "history", member="ada")
    assert "$0.20" in await told(bot, "mod", "job", film=job)
    await told(bot, "ada", "preferences", reset=True)
    await bot.change("UPDATE jobs SET channel_id = 4711, seen_in = NULL")  # a thread in which nobody is
    assert job not in await told(bot, "bob", "history", member="ada")
    assert "I know no film of that number that you could see here" in await told(bot, "bob", "job", film=job)
    await bot.change("UPDATE jobs SET guild_id = 4711")
    assert "I know no film of that number that you could see here" in await told(bot, "mod", "job", film=job)


async def test_the_queue_tells_how_each_film_stands_and_nothing_of_hidden_channels(bot: Stage) -> None:
    assert "Nothing is being made here now." in await told(bot, "ada", "queue")
    await bot.under_way()
    text = await told(bot, "bob", "queue")
    assert text.splitlines()[0].startswith("1. <@")
    assert "In fal's queue" in text
    queue = (await bot.sandbox.messages(person="bob"))[-1]
    await bot.change("UPDATE jobs SET channel_id = channel_id + 1, seen_in = NULL")
    await bot.click(queue, "Look again", "bob")
    await bot.sandbox.until(
        lambda seen: "1. A film in another channel" in str(seen[-1]["embeds"][0]["description"]) or None, person="bob"
    )
    await bot.change("UPDATE jobs SET channel_id = channel_id - 1, seen_in = channel_id - 1")
    await bot.release()
    await bot.closed()
    await bot.click(queue, "Look again", "bob")
    await bot.sandbox.until(
        lambda seen: any("Nothing is being made" in str(one["embeds"]) for one in seen) or None, person="bob"
    )


async def test_preferences_hold_where_an_option_is_left_out(bot: Stage) -> None:
    chosen = {"model": "wan-2.1", "quality": "draft", "negative": "text\u200b", "done": "send me a message"}
    text = await told(bot, "ada", "preferences", **chosen)
    assert "**Model** wan-2.1\n**Quality** draft\n**Shape** as usual\n**Negative** “text”" in text
    await bot.animate(quality=None, spoiler=True)
    row = await bot.closed()
    assert (row["price"], row["spoiler"], row["done"]) == (200_000, 1, "dm")
    [request] = await bot.requests()
    assert request["input"]["negative_prompt"] == "text"
    [message] = [one for one in await bot.sandbox.messages() if one["attachments"]]
    assert message["attachments"][0]["filename"].startswith("SPOILER_")
    assert message["mentions"] == []
    [direct] = await bot.sandbox.until(lambda seen: seen or None, "dm")
    assert f"Your film is there: https://discord.com/channels/{row['guild_id']}/" in direct["content"]
    assert "either choose something or take everything back" in await told(
        bot, "ada", "preferences", reset=True, model="wan-2.2"
    )
    await told(bot, "ada", "preferences", model="as usual", negative="as usual")
    assert await bot.rows("SELECT model, quality, negative FROM members") == [
        {"model": None, "quality": "draft", "negative": None}
    ]
    await told(bot, "ada", "preferences", reset=True)
    assert await bot.rows("SELECT * FROM members") == []


async def test_over_budget_a_cheaper_film_is_a_button(bot: Stage) -> None:
    await told(bot, "mod", "admin limits", dollars=0.3)
    await bot.animate(model="wan-2.1", quality="standard")
    refused = await bot.shown("Make it with quality draft for $0.20")
    assert "$0.30 of your daily budget of $0.30 is left" in refused["content"]
    await asyncio.gather(*(bot.click(refused, "Make it with quality draft for $0.20") for _ in range(2)))
    await bot.whispered("That was asked for already")
    assert (await bot.closed())["price"] == 200_000
    await bot.animate(model="wan-2.1", quality="standard")
    await bot.whispered("$0.10 of your daily budget of $0.30 is left")
    last = (await bot.sandbox.messages())[-1]
    assert labels(last) == []
    await bot.stop()
    await bot.start()
    await bot.click(refused, "Make it with quality draft for $0.20")
    await bot.whispered("I do not have what you asked for any more.")


async def test_a_long_prompt_is_shown_whole_to_who_wants_to_read_it(bot: Stage) -> None:
    await bot.animate(prompt="word " * 200, **ODD)
    message = await bot.film()
    assert "…" in message["content"]
    before = {one["id"] for one in await bot.sandbox.messages(person="bob")}
    await bot.click(message, "Whole prompt", "bob")
    whole = await fresh(bot, "bob", before)
    assert whole["embeds"][0]["description"].startswith(("word " * 200).strip())
