"""A bot that is removed from its guild, and people who take no direct messages."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from tests.sandbox.discord_bot import Bot, Waiter
from tests.sandbox.discord_stage import Stage, raised, running, until

API = "/api/v10"


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with raised(monkeypatch) as stage:
        yield stage


@pytest.fixture
async def bot(stage: Stage, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Bot]:
    async with running(stage) as bot:
        yield bot
    assert [entry.getMessage() for entry in caplog.records if entry.levelname in ("WARNING", "ERROR")] == []


@pytest.fixture
def guilds(bot: Bot) -> Waiter:
    """Hears of the guild's comings and goings."""
    heard = Waiter()

    async def on_guild_join(guild: discord.Guild) -> None:
        await heard.happened("join", guild.name, len(guild.text_channels))

    async def on_guild_remove(guild: discord.Guild) -> None:
        await heard.happened("remove", guild.name)

    async def on_guild_unavailable(guild: discord.Guild) -> None:
        await heard.happened("unavailable", guild.name)

    for listener in (on_guild_join, on_guild_remove, on_guild_unavailable):
        bot.event(listener)
    return heard


def channel_of(bot: Bot, name: str = "films") -> discord.TextChannel:
    return next(one for one in bot.guilds[0].text_channels if one.name == name)


async def user(bot: Bot, stage: Stage, name: str) -> discord.User:
    people = (await stage.get("world"))["people"]
    return await bot.fetch_user(next(int(one["id"]) for one in people if one["name"] == name))


async def refused(stage: Stage, method: str, path: str, **how: Any) -> tuple[int, int]:
    """With which status and code a request of the bot is refused."""
    headers = {"Authorization": f"Bot {stage.standin.token}"}
    async with stage.http.request(method, f"{API}{path}", headers=headers, **how) as answer:
        return answer.status, (await answer.json())["code"]


async def test_a_bot_that_was_removed_hears_it_and_finds_nothing_any_more(
    stage: Stage, bot: Bot, guilds: Waiter
) -> None:
    films = channel_of(bot)
    sent = await films.send("here")
    await stage.post("set", {"leave_guild": True})
    assert await guilds.until("remove") == ("remove", "Picture House")
    assert list(bot.guilds) == []
    for request in (films.send("no"), sent.edit(content="no"), sent.delete(), films.fetch_message(sent.id)):
        with pytest.raises(discord.Forbidden) as answer:
            await request
        assert answer.value.code == 50001
    guild = f"/guilds/{films.guild.id}"
    assert await refused(stage, "GET", f"/channels/{films.id}") == (403, 50001)
    assert await refused(stage, "GET", guild) == (404, 10004)
    assert await refused(stage, "GET", f"{guild}/members/{sent.author.id}") == (403, 50001)
    assert await refused(stage, "PUT", f"/applications/{bot.application_id}{guild}/commands", json=[]) == (403, 50001)
    world = await stage.get("world")
    assert (world["bot"]["in_guild"], world["bot"]["online"]) == (False, True)
    assert [one["bot_may"] for one in world["guilds"][0]["channels"]] == [[]] * 4


async def test_nothing_of_the_guild_reaches_a_bot_that_was_removed(stage: Stage) -> None:
    async with stage.http.ws_connect("/gateway") as ws:
        await ws.receive_json()
        await ws.send_json({"op": 2, "d": {"token": stage.standin.token, "intents": (1 << 16) - 1}})
        assert [(await ws.receive_json())["t"] for _ in range(2)] == ["READY", "GUILD_CREATE"]
        await stage.post("set", {"leave_guild": True})
        said = await stage.post("message", {"person": "ada", "channel": "films", "content": "unheard"})
        await stage.post("react", {"person": "ada", "message_id": said["id"], "emoji": "🔁"})
        await stage.post("set", {"boost_tier": 2, "remove_permission": "ATTACH_FILES", "delete_channel": "general"})
        await stage.post("set", {"thread": "aside", "channel": "films"})
        await stage.post("set", {"leave_guild": True})  # it is away already
        for _ in range(2):
            await stage.post("set", {"leave_guild": False})
        await stage.post("set", {"boost_tier": 1})
        left, back, boosted = [await ws.receive_json() for _ in range(3)]
    assert (left["t"], left["d"]) == ("GUILD_DELETE", {"id": stage.standin.world.guild_id})
    assert (back["t"], [one["name"] for one in back["d"]["threads"]]) == ("GUILD_CREATE", ["aside"])
    assert "unavailable" not in back["d"]
    assert boosted["t"] == "GUILD_UPDATE"


async def test_a_bot_that_comes_back_works_as_before(stage: Stage, bot: Bot, guilds: Waiter) -> None:
    for back in (lambda: stage.post("set", {"leave_guild": False}), None):
        await stage.post("set", {"leave_guild": True})
        if back:
            await back()
        else:
            stage.standin.reset()
        count = 2 if back is None else 1
        assert await guilds.until("join", count) == ("join", "Picture House", 4)
        await channel_of(bot).send("back")
        assert (await stage.run("plain"))["kind"] == "message"


async def test_who_logs_in_after_the_removal_is_in_no_guild(stage: Stage) -> None:
    await stage.post("set", {"leave_guild": True})
    async with running(stage) as bot:
        assert list(bot.guilds) == []
        await stage.post("set", {"leave_guild": False})
        assert await until(lambda: _guilds(bot)) == ["Picture House"]


async def _guilds(bot: Bot) -> list[str]:
    return [guild.name for guild in bot.guilds]


async def test_an_answer_by_the_token_goes_on_to_work_after_the_removal(stage: Stage, bot: Bot) -> None:
    await stage.run("defer")
    _, interaction = await bot.waiter.until("deferred")
    await stage.post("set", {"leave_guild": True})
    await interaction.edit_original_response(content="still here")
    more = await interaction.followup.send("and more", wait=True)
    await more.edit(content="and more than that")
    assert [one["content"] for one in await stage.messages()] == ["still here", "and more than that"]
    await more.delete()
    await interaction.delete_original_response()
    assert await stage.messages() == []


async def test_people_cannot_use_a_bot_that_was_removed(stage: Stage, bot: Bot) -> None:
    shown = (await stage.run("direct"))["message"]
    modal = (await stage.run("modal"))["modal"]
    await stage.post("set", {"leave_guild": True})
    at = {"person": "ada", "channel": "films", "message_id": shown["id"]}
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("command", at | {"name": "make", "options": {"what": "plain"}}),
        ("autocomplete", at | {"name": "make", "options": {}, "focused": "what"}),
        ("menu", at | {"name": "Animate this"}),
        ("click", at | {"label": "Later"}),
        ("select", at | {"custom_id": "colour", "values": ["r"]}),
        ("modal", at | {"modal_id": modal["modal_id"], "fields": {"Prompt": "x"}}),
    )
    for call, body in calls:
        told = await stage.post(call, body, status=403)
        assert "was removed from this guild" in told["error"]
    shown = await stage.get("world?person=ada&channel=films")
    assert {one["usable"] for one in shown["commands"]} == {False}


async def test_without_a_guild_in_common_nobody_takes_a_direct_message(stage: Stage, bot: Bot) -> None:
    ada = await user(bot, stage, "ada")
    first = await ada.send("while we share a guild")
    await stage.post("set", {"leave_guild": True})
    direct = await (await user(bot, stage, "bob")).create_dm()
    for channel in (first.channel, direct):
        with pytest.raises(discord.Forbidden) as answer:
            await channel.send("no")
        assert answer.value.code == 50007
    await stage.post("set", {"leave_guild": False})
    assert (await direct.send("yes")).content == "yes"


async def test_who_takes_no_direct_messages_is_sent_none(stage: Stage, bot: Bot) -> None:
    ada, bob = await user(bot, stage, "ada"), await user(bot, stage, "bob")
    for opened in (lambda: stage.post("set", {"open_dms": "ada"}), None):
        await stage.post("set", {"close_dms": "ada"})
        with pytest.raises(discord.Forbidden) as answer:
            await ada.send("no")
        assert (answer.value.code, answer.value.text) == (50007, "Cannot send messages to this user")
        await bob.send("bob does")
        if opened:
            await opened()
        else:
            stage.standin.reset()
        assert (await ada.send("yes")).content == "yes"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"leave_guild": "yes"}, 400), ({"leave_guild": 1}, 400), ({"close_dms": "eve"}, 404), ({"open_dms": 3}, 404)],
)
async def test_what_makes_no_sense_changes_nothing(stage: Stage, wrong: Any, status: int) -> None:
    told = await stage.post("set", {"boost_tier": 3, **wrong}, status=status)
    assert told["error"]
    assert stage.standin.world.boost_tier == 0
