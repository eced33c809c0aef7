"""What is kept of a member: he reads it, has it sent to him, and has it deleted. Servers that the bot leaves."""

import asyncio
import csv
import io
import json
import zipfile
from dataclasses import replace

from cogs.privacy import DELETE
from sandbox.client import Json
from tests.e2e.stage import Stage
from tests.e2e.test_budgets import film, told


async def copy(bot: Stage) -> zipfile.ZipFile:
    """What ada was sent directly."""
    message: Json = await bot.sandbox.until(lambda seen: seen[0] if seen else None, "dm")
    [attached] = message["attachments"]
    assert attached["filename"].endswith("-1.zip")
    return zipfile.ZipFile(io.BytesIO(await bot.sandbox.download(attached["url"])))


def files(bot: Stage) -> set[str]:
    """What lies in the data folder of jobs."""
    return {path.parent.name for path in bot.data.glob("*/*") if path.is_file()}


async def test_a_member_has_all_that_is_kept_of_him_sent_and_then_deleted(bot: Stage) -> None:
    await film(bot)
    row, [made] = await bot.row(), await bot.requests()
    text = await told(bot, "ada", "privacy show")
    assert "**Films**: as they came from fal" in text
    assert "**Of you**: 1 film, the first <t:" in text

    assert "It is in our direct messages, in 1 message." in await told(bot, "ada", "privacy export")
    sent = await copy(bot)
    names = {name.replace(row["id"], "JOB") for name in sent.namelist()}
    documents = {"README.txt", "films.json", "spending.csv", "marks.csv", "preferences.json"}
    documents |= {"settings.csv", "grants.csv", "blocked.json"}
    assert names == {*documents, "films/JOB.mp4", "pictures/JOB-image_url.jpg"}
    [told_film] = json.loads(sent.read("films.json"))
    assert told_film["arguments"]["prompt"] == "the tide comes in"
    assert told_film["user_id"] == str(row["user_id"])
    assert not {"hook_token", "interaction_token"} & told_film.keys()
    lines = [*csv.DictReader(io.StringIO(sent.read("spending.csv").decode()))]
    assert [(line["kind"], line["dollars"]) for line in lines] == [("reserve", "0.200000"), ("settle", "0.000000")]
    assert sent.read(f"films/{row['id']}.mp4") == (bot.data / "films" / f"{row['id']}.mp4").read_bytes()
    assert files(bot) == {"films", "pictures"}  # nothing of the copy stays
    assert "You had a copy less than an hour ago" in await told(bot, "ada", "privacy export")

    assert "This cannot be undone." in await told(bot, "ada", "privacy delete")
    await bot.stop()
    await bot.start(pace=replace(bot.pace, settling=0), keep_pictures_days=0)
    async with asyncio.timeout(20):
        while files(bot) != {"films"}:  # noqa: ASYNC110 - a folder has no events
            await asyncio.sleep(0.02)
    await bot.press(DELETE)
    [call] = await bot.asked("DELETE api.fal.ai")
    assert call["path"] == f"/v1/models/requests/{made['request_id']}/payloads"
    await bot.found("SELECT 1 FROM jobs WHERE request_id IS NULL")
    assert (await bot.requests())[0]["erased"]
    assert files(bot) == set()
    after = await bot.row()
    assert (after["user_id"], after["arguments"], after["film_url"], after["message_id"]) == (0, "{}", None, None)
    assert await bot.spent() == 200_000
    assert [one["user_id"] for one in await bot.rows("SELECT DISTINCT user_id FROM ledger")] == [row["user_id"]]
    await bot.press(DELETE)  # once more, which changes nothing

    def answers(seen: list[Json]) -> bool | None:
        texts = [embed.get("description", "") for one in seen for embed in one["embeds"]]
        first = "It is deleted: 1 film, 1 file, and what you had chosen."
        done = any(first in text and "fal has deleted what it stored of 1 film." in text for text in texts)
        return (done and any("It is deleted: 0 films, 0 files" in text for text in texts)) or None

    assert await bot.sandbox.until(answers)


async def test_what_cannot_be_done_is_told_with_what_to_do(bot: Stage) -> None:
    await bot.sandbox.post("discord/set", {"close_dms": "ada"})
    assert "Please allow direct messages" in await told(bot, "ada", "privacy export")
    await bot.sandbox.post("discord/set", {"open_dms": "ada"})
    assert "It is in our direct messages" in await told(bot, "ada", "privacy export")
    assert (await copy(bot)).read("films.json") == b"[]"

    await told(bot, "ada", "privacy delete")
    await bot.under_way()
    refused = "You have 1 film under way. Please wait for it, or cancel it, and ask again. Nothing was deleted."
    assert refused in await told(bot, "ada", "privacy delete")
    await bot.press(DELETE)
    await bot.sandbox.until(lambda seen: sum(refused in one["content"] for one in seen) == 2 or None)
    assert (await bot.row())["user_id"] != 0
    await bot.release()
    await bot.closed()
    await bot.sandbox.post("fal/set", {"platform": False})
    await bot.press(DELETE)
    left = "fal does not let this bot delete what it stores of 1 film: it does so itself after 30 days."
    await bot.sandbox.until(lambda seen: any(left in str(one["embeds"]) for one in seen) or None)
    assert (await bot.row())["request_id"]  # to be asked for again


async def test_a_server_that_the_bot_leaves_is_noted_until_it_is_back(bot: Stage) -> None:
    """Also one that it left while it was not there."""
    await film(bot)
    [server] = (await bot.sandbox.get("discord/world"))["guilds"]
    await bot.stop()
    await bot.sandbox.post("discord/set", {"leave_guild": True})
    await bot.start()
    assert await bot.found("SELECT guild_id FROM departures") == [{"guild_id": int(server["id"])}]
    await bot.sandbox.post("discord/set", {"leave_guild": False})
    await bot.found("SELECT 1 FROM (SELECT count(*) AS n FROM departures) WHERE n = 0")
    await bot.sandbox.post("discord/set", {"leave_guild": True})
    await bot.found("SELECT guild_id FROM departures")
