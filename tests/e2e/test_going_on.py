"""Going on from a film: with other words, from its last picture, to another film; by its buttons, across restarts."""

import asyncio
import io
from typing import Any

from PIL import Image

from sandbox.client import Json, Upload
from tests.e2e.stage import Decoded, Stage, difference, labels, picture
from tests.e2e.test_budgets import ODD

EDIT, CONTINUE, BRIDGE, SEND = "✏️ Edit", "⏩ Continue", "🌉 Bridge", "✉️ Send me"


async def made(bot: Stage, count: int = 1) -> list[Json]:
    """Wait until there are so many films and nothing else is to be done; their messages, the oldest first."""
    films = await bot.sandbox.until(
        lambda seen: found if len(found := [one for one in seen if one["attachments"]]) == count else None
    )
    await bot.all_closed()
    return films


async def opened(bot: Stage, message: Json, label: str, person: str = "ada") -> Json:
    """The modal that a press opens."""
    press = {"person": person, "message_id": message["id"], "label": label}
    answer = await bot.sandbox.post("discord/click", press)
    assert answer["kind"] == "modal", answer
    return answer["modal"]


async def chosen(bot: Stage, message: Json, name: str, person: str = "ada") -> Json:
    """What the bot answers to a command of a message's menu."""
    return await bot.sandbox.post("discord/menu", {"person": person, "name": name, "message_id": message["id"]})


async def filled_in(bot: Stage, modal: Json, person: str = "ada", **fields: Any) -> Json:
    """Submit a modal; fields by the names that people read."""
    ids = {top["label"]: top["component"]["custom_id"] for top in modal["components"]}
    files = {name: value for name, value in fields.items() if isinstance(value, Upload)}
    given = {ids[name]: f"@{name}" if name in files else value for name, value in fields.items()}
    return await bot.sandbox.post(
        "discord/modal", {"person": person, "modal_id": modal["modal_id"], "fields": given}, files
    )


def values(modal: Json) -> dict[str, Any]:
    """What stands in a modal, by the names of its fields."""
    found: dict[str, Any] = {}
    for top in modal["components"]:
        inner = top["component"]
        marked = [one["value"] for one in inner.get("options", []) if one.get("default")]
        found[top["label"]] = inner.get("value", "") if inner["type"] == 4 else "".join(marked)
    return found


async def restart(bot: Stage) -> None:
    await bot.stop()
    await bot.start()


async def decoded(bot: Stage, message: Json) -> Decoded:
    return Decoded(await bot.sandbox.download(message["attachments"][0]["url"]))


async def jobs(bot: Stage) -> list[Json]:
    return await bot.rows("SELECT * FROM jobs ORDER BY created_at")


async def closed(bot: Stage, count: int) -> None:
    """Wait until there is nothing left to do for so many jobs."""
    await bot.found(f"SELECT 1 FROM (SELECT count(closed_at) AS n FROM jobs) WHERE n = {count}")


async def test_a_film_is_made_with_other_words_by_a_modal_that_outlives_a_restart(bot: Stage) -> None:
    await bot.animate(prompt="the tide comes in", negative="text", **ODD)
    [film] = await made(bot)
    modal = await opened(bot, film, EDIT, "bob")
    assert values(modal) == {
        "prompt": "the tide comes in",
        "negative": "text",
        "model": "wan-2.1",
        "quality": "draft",
        "shape": "auto",
    }
    await restart(bot)
    await filled_in(bot, modal, "bob")
    await bot.whispered("Nothing is different, so no film was made", person="bob")
    refused = (await bot.sandbox.messages(person="bob"))[-1]
    assert refused["embeds"][0]["description"] == "the tide comes in"
    await filled_in(bot, await opened(bot, film, EDIT, "bob"), "bob", model="wan-2.6", prompt="x" * 801)
    await bot.whispered("`prompt` has 801 characters", person="bob")
    again = (await bot.sandbox.messages(person="bob"))[-1]
    modal = await opened(bot, again, "Fill it in again", "bob")
    assert values(modal) | {"prompt": len(values(modal)["prompt"])} == {
        "prompt": 801,
        "negative": "text",
        "model": "wan-2.6",
        "quality": "draft",
        "shape": "auto",
    }
    await filled_in(bot, modal, "bob", model="wan-2.1", prompt="the tide goes out", negative="")
    [_, second] = await made(bot, 2)
    old, new = await jobs(bot)
    assert second["message_reference"]["message_id"] == film["id"]
    assert (new["parent_id"], new["seed"], new["origin"].split(":")[0]) == (old["id"], old["seed"], "edit")
    assert new["user_id"] != old["user_id"]
    first, other = [request["input"] for request in await bot.requests()]
    assert other["prompt"] == "the tide goes out"
    assert other["negative_prompt"].startswith("bright colors")
    assert await bot.from_fal(first["image_url"]) == await bot.from_fal(other["image_url"])


async def test_a_year_later_a_film_is_made_again_and_the_next_scene_begins_with_its_last_picture(bot: Stage) -> None:
    await bot.animate(**ODD)
    [film] = await made(bot)
    old = await bot.row()
    gone = 'created_at = created_at - 30000000, media = \'{"image_url": "https://127.0.0.1:9/gone"}\''
    await bot.change(f"UPDATE jobs SET {gone}")
    modal = await opened(bot, film, CONTINUE, "bob")
    await restart(bot)
    await bot.queue()
    for _ in range(2):  # the same words twice, before the first has ended
        await filled_in(bot, modal, "bob", prompt="a gull flies past")
        modal = await opened(bot, film, CONTINUE, "bob")
    await bot.whispered("That was asked for already, as job", person="bob")
    await bot.release()
    [_, second] = await made(bot, 2)
    _, new = await jobs(bot)
    assert second["message_reference"]["message_id"] == film["id"]
    assert (new["after_id"], new["parent_id"], new["price"]) == (old["id"], None, old["price"])
    assert (new["endpoint"], new["options"]) == (old["endpoint"], new["options"])
    assert new["user_id"] != old["user_id"]
    assert new["seed"] != old["seed"]
    before, after = await decoded(bot, film), await decoded(bot, second)
    assert difference(before.frames[-1], after.frames[0]) < 6 < difference(before.frames[0], after.frames[0])
    (bot.data / "films" / f"{old['id']}.mp4").unlink()
    await bot.click(second, "🔁 Again", "bob")  # from the picture that was kept, as the film is not any more
    await made(bot, 3)
    assert (await jobs(bot))[-1]["state"] == "delivered"
    await bot.click(film, CONTINUE)
    await bot.whispered("is not kept here any more")
    await bot.click(film, "🔁 Again")
    await made(bot, 4)


async def test_a_bridge_leads_to_another_film_or_to_a_picture(bot: Stage) -> None:
    await bot.animate(**ODD)
    [first] = await made(bot)
    await bot.animate(image=picture(turned=True), **ODD, spoiler=True)
    [_, second] = await made(bot, 2)
    one, other = await jobs(bot)
    modal = await opened(bot, first, BRIDGE, "bob")
    assert {option["value"] for option in modal["components"][1]["component"]["options"]} == {one["id"], other["id"]}
    await restart(bot)
    await filled_in(bot, modal, "bob", prompt="nowhere")
    await bot.whispered("it is where the bridge leads", person="bob")
    modal = await opened(bot, first, BRIDGE, "bob")
    await filled_in(bot, modal, "bob", prompt="the sun sets", film=other["id"], quality="draft")
    [*_, third] = await made(bot, 3)
    bridge = (await jobs(bot))[-1]
    assert (bridge["door"], bridge["after_id"], bridge["spoiler"]) == ("morph", one["id"], 1)
    film = await decoded(bot, third)
    assert difference((await decoded(bot, first)).frames[-1], film.frames[0]) < 8
    assert difference((await decoded(bot, second)).frames[0], film.frames[-1]) < 8
    modal = await opened(bot, first, BRIDGE)
    await filled_in(bot, modal, prompt="the sun sets", picture=picture(turned=True), quality="draft")
    await made(bot, 4)


async def test_a_film_is_sent_with_its_settings_once_by_direct_message_or_refused(bot: Stage) -> None:
    await bot.animate(**ODD, spoiler=True, prompt="the tide\n" + "comes in " * 200)
    [film] = await made(bot)
    await asyncio.gather(*(bot.click(film, SEND, "bob") for _ in range(2)))
    [direct] = await bot.sandbox.until(lambda seen: [one for one in seen if one["attachments"]] or None, "dm", "bob")
    await bot.click(film, SEND, "bob")
    shown, settings = direct["attachments"]
    assert shown["filename"].startswith("SPOILER_")
    text = (await bot.sandbox.download(settings["url"])).decode()
    assert "comes in " * 199 in text
    assert "resolution: 480p" in text
    done = "It is in our direct messages, with all"
    await bot.sandbox.until(lambda seen: str(seen).count(done) > 1 or None, person="bob")
    assert len(await bot.sandbox.messages("dm", "bob")) == 1
    await bot.sandbox.post("discord/set", {"close_dms": "cyd"})
    await bot.click(film, SEND, "cyd")
    await bot.whispered("I may not write to you directly", person="cyd")


async def posted(bot: Stage, image: Upload) -> Json:
    """bob's message with a picture, as others see it."""
    body = {"person": "bob", "channel": "films", "content": "look", "attachments": ["@a"]}
    return await bot.sandbox.post("discord/message", body, {"a": image})


async def test_any_message_with_a_picture_becomes_a_film_by_its_menu(bot: Stage) -> None:
    words = await bot.sandbox.post("discord/message", {"person": "bob", "channel": "films", "content": "hello"})
    for name in ("Animate this", "Morph from this", "Morph to this"):
        await chosen(bot, words, name)
    await bot.whispered("There is no picture in that message that I could take")
    await chosen(bot, words, "Film details")
    await bot.whispered("That message is not about a film of mine")
    message = await posted(bot, picture())
    modal = (await chosen(bot, message, "Animate this"))["modal"]
    await restart(bot)
    await filled_in(bot, modal, prompt="waves", model="wan-2.1", quality="draft")
    film = (await bot.sandbox.until(lambda seen: seen if seen[-1]["content"].startswith("<@") else None))[-1]
    await bot.all_closed()
    [job] = await jobs(bot)
    assert (job["door"], job["price"], job["state"]) == ("animate", 200_000, "delivered")
    await chosen(bot, film, "Film details", "bob")
    sheet = await bot.sandbox.until(lambda seen: next((one for one in seen if one["embeds"]), None), person="bob")
    assert sheet["embeds"][0]["title"] == f"Film {job['id']}"
    assert EDIT in labels(sheet)
    modal = (await chosen(bot, film, "Animate this"))["modal"]  # the picture that it was made from
    await filled_in(bot, modal, prompt="storm", model="wan-2.1", quality="draft")
    await closed(bot, 2)
    first, second = [request["input"]["image_url"] for request in await bot.requests()]
    assert await bot.from_fal(first) == await bot.from_fal(second)


async def test_two_messages_become_a_morph_or_one_and_an_attached_picture(bot: Stage) -> None:
    await bot.animate(**ODD)
    [film] = await made(bot)
    message = await posted(bot, picture(turned=True))
    modal = (await chosen(bot, film, "Morph from this"))["modal"]
    await filled_in(bot, modal, prompt="day becomes night", quality="draft")
    await bot.whispered("That picture is remembered. Choose “Morph to this”")
    modal = (await chosen(bot, message, "Morph to this"))["modal"]
    assert "Left empty, it begins with" in str(modal)
    await filled_in(bot, modal, prompt="day becomes night", quality="draft")
    await closed(bot, 2)
    morph = (await bot.sandbox.messages())[-1]
    shown = await decoded(bot, morph)
    assert difference((await decoded(bot, film)).frames[-1], shown.frames[0]) < 8
    last = Image.open(io.BytesIO(picture(turned=True).data))
    assert difference(last, shown.frames[-1]) < 12
    modal = (await chosen(bot, message, "Morph to this", "bob"))["modal"]
    await restart(bot)
    await filled_in(bot, modal, "bob", prompt="and back", quality="draft", picture=picture())
    await closed(bot, 3)
    assert (await jobs(bot))[-1]["state"] == "delivered"
