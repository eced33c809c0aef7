"""Going on from a film: with other words, from its last picture, to another film; by its buttons, across restarts."""

import asyncio
import io
from typing import Any

from PIL import Image

from sandbox.client import Json, Upload
from tests.e2e.stage import Decoded, Stage, difference, labels, picture
from tests.e2e.test_budgets import ODD, told

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
