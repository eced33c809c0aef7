"""Who may do what, what the bot is told, and what the control API refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web

from sandbox.discord import DiscordStandin
from tests.sandbox.discord_bot import Bot, file, picture
from tests.sandbox.discord_stage import Stage, raised, running

MINIMUM = 274878024768


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with raised(monkeypatch) as stage:
        yield stage


@pytest.fixture
async def bot(stage: Stage) -> AsyncIterator[Bot]:
    async with running(stage) as bot:
        yield bot


def channel_of(bot: Bot, name: str = "films") -> discord.TextChannel:
    return next(one for one in bot.guilds[0].text_channels if one.name == name)


async def test_the_world_has_its_people_channels_and_bot(stage: Stage) -> None:
    world = await stage.get("world")
    [guild] = world["guilds"]
    assert [(one["name"], one["nsfw"]) for one in guild["channels"]] == [
        ("general", False),
        ("films", False),
        ("nsfw", True),
        ("readonly", False),
    ]
    assert [(one["name"], one["roles"]) for one in world["people"]][3:] == [
        ("mod", ["member", "moderator"]),
        ("owner", ["member"]),
    ]
    assert (guild["premium_tier"], world["bot"]["name"], world["bot"]["online"]) == (0, "zoetrope", False)


def test_the_same_seed_has_the_same_ids() -> None:
    first, second, other = DiscordStandin(seed=1), DiscordStandin(seed=1), DiscordStandin(seed=2)
    assert first.world.guild_id == second.world.guild_id != other.world.guild_id
    assert first.world.people == second.world.people != other.world.people


async def test_the_bot_has_the_minimum_of_permissions_and_the_upload_limit_of_the_guild(stage: Stage, bot: Bot) -> None:
    answer = await stage.run("plain", count=3, style="wild", whom="cyd")
    assert answer["message"]["content"] == f"plain 3 wild cyd {MINIMUM} {20 << 20}"
    assert channel_of(bot).permissions_for(bot.guilds[0].me).value == MINIMUM


async def test_the_bot_may_answer_but_not_send_in_readonly(stage: Stage, bot: Bot) -> None:
    with pytest.raises(discord.Forbidden) as refused:
        await channel_of(bot, "readonly").send("no")
    assert refused.value.code == 50013
    assert (await stage.run("plain", channel="readonly"))["kind"] == "message"


@pytest.mark.parametrize(
    ("permission", "code"), [("VIEW_CHANNEL", 50001), ("SEND_MESSAGES", 50013), ("ATTACH_FILES", 50013)]
)
async def test_a_permission_taken_away_is_missed_and_comes_back(
    stage: Stage, bot: Bot, permission: str, code: int
) -> None:
    await stage.post("set", {"remove_permission": permission, "channel": "films"})
    await bot.waiter.until("channel update")
    assert channel_of(bot).permissions_for(bot.guilds[0].me).value != MINIMUM
    with pytest.raises(discord.Forbidden) as refused:
        await channel_of(bot).send("no", file=file("a.txt"))
    assert refused.value.code == code
    await channel_of(bot, "general").send("elsewhere", file=file("a.txt"))
    await stage.post("set", {"add_permission": permission, "channel": "films"})
    await channel_of(bot).send("yes", file=file("a.txt"))


async def test_history_and_reactions_have_their_permissions(stage: Stage, bot: Bot) -> None:
    sent = await channel_of(bot).send("here")
    await stage.post("set", {"remove_permission": "READ_MESSAGE_HISTORY"})
    assert [one async for one in channel_of(bot).history()] == []
    for refused in (channel_of(bot).fetch_message(sent.id), sent.reply("no"), sent.add_reaction("🔁")):
        with pytest.raises(discord.Forbidden):
            await refused
    await stage.post("set", {"add_permission": "READ_MESSAGE_HISTORY", "remove_permission": "ADD_REACTIONS"})
    with pytest.raises(discord.Forbidden):
        await sent.add_reaction("🔁")
    await stage.post("react", {"person": "ada", "message_id": str(sent.id), "emoji": "🔁"})
    await sent.add_reaction("🔁")  # the emoji is there already


async def test_others_messages_and_reactions_need_manage_messages(stage: Stage, bot: Bot) -> None:
    said = await stage.post("message", {"person": "ada", "channel": "films", "content": "mine"})
    partial = channel_of(bot).get_partial_message(int(said["id"]))
    await stage.post("react", {"person": "bob", "message_id": said["id"], "emoji": "🔁"})
    bob = next(member for member in bot.guilds[0].members if member.name == "bob")
    for refused in (partial.remove_reaction("🔁", bob), partial.clear_reactions(), partial.delete()):
        with pytest.raises(discord.Forbidden):
            await refused
    with pytest.raises(discord.Forbidden) as edited:
        await partial.edit(content="yours")
    assert edited.value.code == 50005
    await stage.post("set", {"add_permission": "MANAGE_MESSAGES"})
    await partial.remove_reaction("🔁", bob)
    assert "reactions" not in (await stage.messages())[0]
    await partial.delete()
    assert await stage.messages() == []


async def test_embeds_vanish_without_embed_links(stage: Stage, bot: Bot) -> None:
    await stage.post("set", {"remove_permission": "EMBED_LINKS", "channel": "films"})
    assert (await channel_of(bot).send("text", embed=discord.Embed(title="t"))).embeds == []
    with pytest.raises(discord.HTTPException) as refused:
        await channel_of(bot).send(embed=discord.Embed(title="t"))
    assert refused.value.code == 50006


async def test_only_who_is_really_pinged_is_mentioned(stage: Stage, bot: Bot) -> None:
    people = {one["name"]: one["id"] for one in (await stage.get("world"))["people"]}
    text = f"@everyone <@{people['ada']}> <@{people['bob']}>"
    channel = channel_of(bot)
    await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
    await channel.send(text, allowed_mentions=discord.AllowedMentions(users=[discord.Object(int(people["bob"]))]))
    await channel.send(text)
    shown = await stage.messages()
    names = [[user["username"] for user in one["mentions"]] for one in shown]
    assert names == [[], ["bob"], ["ada", "bob"]]
    assert not any(one["mention_everyone"] for one in shown)  # the bot may not


async def test_without_the_intent_other_peoples_messages_are_empty(stage: Stage) -> None:
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    async with running(stage, intents) as bot:
        assert bot.user
        say = {"person": "ada", "channel": "films"}
        await stage.post("message", say | {"content": "secret", "attachments": ["@a"]}, a=picture())
        assert (await bot.waiter.until("message"))[1:] == ("", 0)
        assert [one.content async for one in channel_of(bot).history()] == [""]
        await stage.post("message", say | {"content": f"<@{bot.user.id}> hello"})
        assert (await bot.waiter.until("message", 2))[1] == f"<@{bot.user.id}> hello"
        await stage.post("message", say | {"channel": "dm", "content": "whisper"})
        assert (await bot.waiter.until("message", 3))[1] == "whisper"
        sent = await channel_of(bot).send("mine")
        assert (await bot.waiter.until("message", 4))[1] == "mine"
        await stage.post("message", say | {"content": "and this?", "reply_to": str(sent.id)})
        assert (await bot.waiter.until("message", 5))[1] == "and this?"


async def test_events_nobody_asked_for_do_not_come(stage: Stage) -> None:
    async with running(stage, discord.Intents(guilds=True)) as bot:
        assert [member.name for member in bot.guilds[0].members] == ["zoetrope"]
        said = await stage.post("message", {"person": "ada", "channel": "films", "content": "unheard"})
        await stage.post("react", {"person": "ada", "message_id": said["id"], "emoji": "🔁"})
        await stage.post("set", {"delete_channel": "general"})
        await bot.waiter.until("channel delete")
        assert [entry[0] for entry in bot.waiter.seen] == ["ready", "channel delete"]


async def test_a_deleted_channel_is_gone_until_the_reset(stage: Stage, bot: Bot) -> None:
    films = channel_of(bot)
    await films.send("soon gone")
    await stage.post("set", {"delete_channel": "films"})
    await bot.waiter.until("channel delete")
    with pytest.raises(discord.NotFound) as refused:
        await films.send("gone")
    assert refused.value.code == 10003
    await stage.post("command", {"person": "ada", "channel": "films", "name": "make"}, status=404)
    stage.standin.reset()
    assert await bot.waiter.until("channel create") == ("channel create", "films")
    assert await stage.messages() == []
    assert (await films.send("back")).id
    assert (await stage.get("world"))["bot"]["online"] is True


async def test_the_client_checks_options_and_force_gets_past_it(stage: Stage, bot: Bot) -> None:
    ask = {"person": "ada", "channel": "films", "name": "make"}
    for options in (
        {},
        {"what": "ab"},
        {"what": "plain", "count": 5},
        {"what": "plain", "count": "2"},
        {"what": "plain", "style": "loud"},
        {"what": "plain", "nonsense": 1},
        {"what": "plain", "image": "@missing"},
    ):
        told = await stage.post("command", ask | {"options": options}, status=400)
        assert told["error"]
    forced = await stage.post("command", ask | {"options": {"what": "plain", "count": 9}, "force": True})
    assert forced["message"]["content"].startswith("plain 9")  # discord.py does not look either


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"channel": "films", "name": "make"}, 400),
        ({"person": "eve", "channel": "films", "name": "make"}, 404),
        ({"person": "ada", "name": "make"}, 400),
        ({"person": "ada", "channel": "attic", "name": "make"}, 404),
        ({"person": "ada", "channel": "films", "name": "fly"}, 404),
        ({"person": "ada", "channel": "films", "name": "make now"}, 404),
        ({"person": "mod", "channel": "films", "name": "admin"}, 400),
        ({"person": "ada", "channel": "films", "name": "admin quota", "options": {"films": 1}}, 403),
    ],
)
async def test_a_callers_mistake_is_told_in_a_sentence(stage: Stage, bot: Bot, body: Any, status: int) -> None:
    assert (await stage.post("command", body, status=status))["error"]


@pytest.mark.parametrize("person", ["mod", "owner"])
async def test_a_command_for_moderators_is_theirs(stage: Stage, bot: Bot, person: str) -> None:
    body = {"person": person, "channel": "films", "name": "admin quota", "options": {"films": 3}}
    assert (await stage.post("command", body))["message"]["content"] == "quota 3"


async def test_a_guild_may_let_everybody_use_a_command_for_moderators(stage: Stage, bot: Bot) -> None:
    body = {"person": "ada", "channel": "films", "name": "admin quota", "options": {"films": 3}}
    await stage.post("command", body, status=403)
    await stage.post("set", {"commands_for_all": True})
    assert (await stage.post("command", body))["message"]["content"] == "quota 3"


async def test_settings_are_checked_before_anything_changes(stage: Stage) -> None:
    wrongs = ({"boost_tier": 4}, {"remove_permission": "FLY"}, {"delete_channel": "attic"}, {"colour": "red"})
    for wrong in (*wrongs, {"locale": "de"}, {"locale": {"ada": "German"}}, {"locale": {"ada": "de", "bob": None}}):
        status = 404 if "delete_channel" in wrong else 400
        await stage.post("set", {"upload_limit": 1, **wrong}, status=status)
    assert stage.standin.world.limit == 20 << 20
    assert stage.standin.world.locales == {}


async def test_an_interaction_tells_the_language_of_the_persons_client(stage: Stage, bot: Bot) -> None:
    await stage.post("set", {"locale": {"ada": "de", "bob": "es-419"}})
    people = [("ada", "de"), ("bob", "es-419"), ("cyd", "en-US")]
    for count, (person, locale) in enumerate(people, 1):
        await stage.run("defer", person)
        _, interaction = await bot.waiter.until("deferred", count)
        assert (interaction.locale.value, interaction.guild_locale.value) == (locale, "en-US")
    await stage.post("set", {"locale": {"eve": "de"}}, status=404)
    stage.standin.reset()
    assert stage.standin.world.locales == {}


async def test_events_are_streamed_from_the_first_moment(stage: Stage, bot: Bot) -> None:
    async with stage.http.get("/_sim/discord/events?person=bob") as stream:
        assert await stream.content.readline() == b": connected\n"
        await stage.run("secret")  # for ada alone
        said = await stage.post("message", {"person": "ada", "channel": "films", "content": "hi"})
        await stage.post("react", {"person": "bob", "message_id": said["id"], "emoji": "🔁"})
        await channel_of(bot).get_partial_message(int(said["id"])).add_reaction("✅")
        async with channel_of(bot).typing():
            pass
        await stage.post("delete", {"message_id": said["id"]})
        await stage.post("fault", {"kind": "gateway_close"})
        told: list[tuple[str, Any]] = []
        async with asyncio.timeout(5):
            while len(told) < 6:
                line = (await stream.content.readline()).decode()
                if line.startswith("event: "):
                    data = (await stream.content.readline()).decode()
                    told.append((line[7:-1], json.loads(data.removeprefix("data: "))))
    assert [name for name, _ in told] == ["message", "reaction", "reaction", "typing", "message_delete", "bot"]
    assert [told[1][1]["person"], told[1][1]["emoji"]["name"], told[1][1]["added"]] == ["bob", "🔁", True]
    assert [(one["emoji"]["name"], one["count"]) for one in told[2][1]["reactions"]] == [("🔁", 1), ("✅", 1)]
    assert told[-1][1]["online"] is False


async def test_a_client_that_asks_for_no_compression_gets_plain_text(stage: Stage) -> None:
    async with stage.http.ws_connect("/gateway?v=10&encoding=json") as ws:
        assert (await ws.receive_json())["op"] == 10
        await ws.send_json({"op": 2, "d": {"token": stage.standin.token, "intents": 0, "properties": {}}})
        assert (await ws.receive_json())["t"] == "READY"
        await ws.send_json({"op": 1, "d": 1})
        assert (await ws.receive_json())["op"] == 11
    async with stage.http.ws_connect("/gateway") as ws:
        await ws.receive_json()
        await ws.send_json({"op": 2, "d": {"token": "wrong", "intents": 0}})
        await ws.receive()
        assert ws.close_code == 4004


async def test_files_can_be_fetched_in_ranges_and_pictures_are_measured(stage: Stage) -> None:
    data = picture(30, 20)
    said = await stage.post("message", {"person": "ada", "channel": "films", "attachments": ["@a"]}, a=data)
    [attachment] = said["attachments"]
    assert (attachment["filename"], attachment["width"], attachment["height"]) == ("a_1.png", 30, 20)
    async with stage.http.get(attachment["url"]) as answer:
        assert (await answer.read(), answer.headers["Content-Type"]) == (data, "image/png")
    async with stage.http.get(attachment["url"], headers={"Range": "bytes=2-5"}) as answer:
        assert (answer.status, await answer.read()) == (206, data[2:6])
    await stage.post("delete", {"message_id": said["id"]})
    async with stage.http.get(attachment["url"]) as answer:
        assert answer.status == 404


async def test_closing_ends_streams_sessions_and_waiting_requests() -> None:
    standin = DiscordStandin()
    app = web.Application()
    app.add_routes(standin.routes())
    runner = web.AppRunner(app, shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    standin.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with asyncio.timeout(4), aiohttp.ClientSession(standin.url) as http:
        async with http.post("/_sim/discord/fault", json={"kind": "timeout", "times": 5}) as answer:
            assert answer.status == 200
        waiting = asyncio.create_task(http.get("/api/v10/users/@me"))
        async with (
            http.get("/_sim/discord/events") as stream,
            http.ws_connect("/gateway") as ws,
            http.ws_connect("/gateway") as silent,
        ):
            await ws.receive_json()
            await ws.send_json({"op": 2, "d": {"token": standin.token, "intents": 0}})
            await ws.receive_json()
            await silent.receive_json()
            _, closed, _ = await asyncio.gather(standin.close(), silent.receive(), ws.receive())
            assert closed.type == aiohttp.WSMsgType.CLOSE
            assert ws.close_code == 1001
            assert (await stream.read()).startswith(b": connected")
        with pytest.raises(aiohttp.ClientError):
            await waiting
        await runner.cleanup()
