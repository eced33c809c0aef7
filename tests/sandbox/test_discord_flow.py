"""A small real discord.py bot goes through what it needs: login, commands, answers, files, components, messages."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from typing import Any

import av
import discord
import pytest
from discord.http import Route

from tests.sandbox.discord_bot import Bot, Buttons, Layout, file, picture
from tests.sandbox.discord_stage import Stage, raised, running, until

EPHEMERAL = 64


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with raised(monkeypatch) as stage:
        yield stage


@pytest.mark.skipif("DISCORD_OPENAPI" not in os.environ, reason="no description: set DISCORD_OPENAPI")
async def test_a_body_that_does_not_fit_is_refused_and_recorded(stage: Stage, bot: Bot) -> None:
    assert stage.standin.checked
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(
            Route("POST", "/channels/{channel_id}/messages", channel_id=channel_of(bot).id),
            json={"content": 5},
        )
    assert refused.value.code == 50035
    entry = stage.standin.record.entries.pop()
    assert (entry["status"], len(entry["invalid"])) == (400, 1)


@pytest.fixture
async def bot(stage: Stage) -> AsyncIterator[Bot]:
    async with running(stage) as bot:
        yield bot


def channel_of(bot: Bot, name: str = "films") -> discord.TextChannel:
    return next(one for one in bot.guilds[0].text_channels if one.name == name)


async def film(stage: Stage, bot: Bot) -> Any:
    """One finished film → its message."""
    options = {"what": "film", "image": "@picture", "count": 2, "style": "Wild"}
    body = {"person": "ada", "channel": "films", "name": "make", "options": options}
    answer = await stage.post("command", body, picture=picture())
    assert answer["kind"] == "deferred"
    await bot.waiter.until("film")
    return (await stage.messages())[0]


async def test_a_bot_logs_in_and_its_commands_keep_their_ids(stage: Stage, bot: Bot) -> None:
    [guild] = bot.guilds
    assert (guild.member_count, len(guild.members), guild.me.name) == (6, 6, "zoetrope")
    assert {command.name for command in bot.synced} == {"make", "admin", "Animate this"}
    again = await bot.tree.sync()
    assert [command.id for command in again] == [command.id for command in bot.synced]
    assert await bot.tree.sync(guild=guild) == []
    world = await stage.get("world")
    assert world["bot"]["online"] is True
    assert {command["name"] for command in world["commands"]} == {"make", "admin", "Animate this"}


async def test_a_wrong_token_is_refused(stage: Stage) -> None:
    stage.standin.token = "wrong"
    with pytest.raises(discord.LoginFailure):
        async with running(stage):
            pass


async def test_a_slash_command_with_a_picture_is_deferred_edited_and_followed_up(stage: Stage, bot: Bot) -> None:
    message = await film(stage, bot)
    _, attachment, more = await bot.waiter.until("film")
    edits = [entry["body"].get("content") for entry in await stage.record() if entry["method"] == "PATCH"]
    assert edits == [f"picture_1.png {len(picture())} 64 2 wild", "done"]
    assert (message["content"], message["flags"], attachment.size) == ("done", 0, 70000)
    assert await attachment.read() == b"x" * 70000
    await more.edit(content="changed")
    assert [one["content"] for one in await stage.messages()] == ["done", "changed"]
    await more.delete()
    assert [one["content"] for one in await stage.messages()] == ["done"]


async def test_a_direct_answer_tells_its_message(stage: Stage, bot: Bot) -> None:
    answer = await stage.run("direct")
    _, message_id = await bot.waiter.until("direct")
    assert (answer["kind"], answer["message"]["id"], answer["message"]["content"]) == (
        "message",
        str(message_id),
        "direct",
    )
    assert answer["acknowledged_ms"] < 3000


async def test_the_first_follow_up_fills_a_deferred_answer_that_only_one_person_sees(stage: Stage, bot: Bot) -> None:
    answer = await stage.run("secret")
    await bot.waiter.until("secret")
    [message] = await stage.messages()
    assert (message["id"], message["content"]) == (answer["message"]["id"], "fills the deferred answer")
    assert message["flags"] == EPHEMERAL
    assert await stage.messages(person="bob") == []
    assert [one async for one in channel_of(bot).history()] == []
    with pytest.raises(discord.NotFound) as refused:
        await channel_of(bot).get_partial_message(int(message["id"])).edit(content="by the bot's token")
    assert refused.value.code == 10008


async def test_a_message_menu_gets_the_whole_message(stage: Stage, bot: Bot) -> None:
    said = {"person": "cyd", "channel": "films", "content": "look", "attachments": ["@a"]}
    message = await stage.post("message", said, a=picture())
    menu = {"person": "bob", "channel": "films", "name": "Animate this", "message_id": message["id"]}
    answer = await stage.post("menu", menu)
    assert answer["message"]["content"] == f"look [{len(picture())}]"
    assert answer["message"]["interaction_metadata"]["user"]["username"] == "bob"


async def test_an_option_completes_itself(stage: Stage, bot: Bot) -> None:
    typing = {"person": "ada", "channel": "films", "name": "make", "options": {"what": "fox"}, "focused": "what"}
    assert await stage.post("autocomplete", typing) == {"choices": [{"name": "fox slowly", "value": "slow"}]}


async def test_buttons_are_found_by_label_or_custom_id(stage: Stage, bot: Bot) -> None:
    message = await film(stage, bot)
    click = {"person": "bob", "message_id": message["id"]}
    later = await stage.post("click", click | {"label": "Later"})
    assert later["kind"] == "deferred"

    async def whispered() -> Any:
        return [one for one in await stage.messages(person="bob") if one["content"] == "only for you"]

    assert (await until(whispered))[0]["flags"] == EPHEMERAL
    again = await stage.post("click", click | {"custom_id": "again"})
    assert (again["kind"], again["message"]["content"], again["message"]["attachments"]) == ("message", "again", [])
    await stage.post("click", click | {"label": "Nothing"}, status=404)
    assert "disabled" in (await stage.post("click", click | {"label": "Closed"}, status=400))["error"]


async def test_selects_take_options_and_people_by_name(stage: Stage, bot: Bot) -> None:
    message = (await stage.run("direct"))["message"]
    pick = {"person": "bob", "message_id": message["id"], "custom_id": "colour"}
    assert (await stage.post("select", pick | {"values": ["Red", "b"]}))["message"]["content"] == "chose ['b', 'r']"
    await stage.post("select", pick | {"values": ["green"]}, status=400)
    await stage.post("select", pick | {"values": []}, status=400)
    who = pick | {"custom_id": "who", "values": ["cyd"]}
    assert (await stage.post("select", who))["message"]["content"] == "chose ['cyd']"


async def test_a_modal_is_filled_by_label_or_custom_id_and_takes_files(stage: Stage, bot: Bot) -> None:
    message = (await stage.run("direct"))["message"]
    opened = await stage.post("click", {"person": "bob", "message_id": message["id"], "label": "Change"})
    assert (opened["kind"], opened["modal"]["title"]) == ("modal", "Change it")
    filled = {"person": "bob", "modal_id": opened["modal"]["modal_id"]}
    await stage.post("modal", filled | {"person": "ada", "fields": {"Prompt": "x"}}, status=404)
    await stage.post("modal", filled | {"fields": {"seed": "42"}}, status=400)
    await stage.post("modal", filled | {"fields": {"Prompt": "x" * 501}}, status=400)
    fields = {"Prompt": "a fox", "seed": "42", "Reference": "@file"}
    answer = await stage.post("modal", filled | {"fields": fields}, file=b"abc")
    assert (answer["kind"], answer["message"]["content"]) == ("message", "a fox with 42 [3]")
    await stage.post("modal", filled | {"fields": fields}, status=404, file=b"abc")


async def test_media_of_a_layout_view_are_unfurled(stage: Stage, bot: Bot) -> None:
    message = (await stage.run("layout"))["message"]
    gallery = message["components"][0]["components"][1]
    media = gallery["items"][0]["media"]
    assert message["flags"] & 1 << 15
    assert (media["url"].startswith(stage.standin.url), media["content_type"]) == (True, "video/mp4")
    assert isinstance(Layout().children[0], discord.ui.Container)


async def test_messages_are_sent_edited_replied_to_and_deleted(stage: Stage, bot: Bot) -> None:
    channel = channel_of(bot)
    embed = discord.Embed(title="t").set_image(url="attachment://a.png")
    sent = await channel.send("two", files=[file("a.png"), file("b.txt")], embed=embed, view=Buttons())
    assert [attachment.filename for attachment in sent.attachments] == ["b.txt"]
    assert str(sent.embeds[0].image.url).startswith(stage.standin.url)
    kept = await sent.edit(content="kept", attachments=[sent.attachments[0], file("ü c.txt")])
    assert [attachment.filename for attachment in kept.attachments] == ["b.txt", "u_c.txt"]
    with pytest.raises(discord.HTTPException) as refused:
        await sent.edit(content=None, embeds=[], attachments=[], view=None)
    assert refused.value.code == 50006
    fetched = await channel.fetch_message(sent.id)
    assert (fetched.content, len(fetched.components)) == ("kept", 3)
    reply = await sent.reply("re")
    assert reply.reference
    assert reply.reference.message_id == sent.id
    async with channel.typing():
        pass
    await sent.delete()
    with pytest.raises(discord.NotFound):
        await fetched.attachments[0].read()
    with pytest.raises(discord.NotFound) as gone:
        await channel.fetch_message(sent.id)
    assert gone.value.code == 10008


async def test_history_has_pages(stage: Stage, bot: Bot) -> None:
    channel = channel_of(bot)
    sent = [await channel.send(str(number)) for number in range(6)]
    assert [one.content async for one in channel.history(limit=2)] == ["5", "4"]
    assert [one.content async for one in channel.history(limit=2, before=sent[4])] == ["3", "2"]
    assert [one.content async for one in channel.history(limit=2, after=sent[1])] == ["2", "3"]
    assert sorted([one.content async for one in channel.history(limit=3, around=sent[2])]) == ["1", "2", "3"]


async def test_reactions_are_counted_listed_and_taken_away(stage: Stage, bot: Bot) -> None:
    sent = await channel_of(bot).send("react")
    await stage.post("react", {"person": "bob", "message_id": str(sent.id), "emoji": "🔁"})
    assert bot.user
    assert await bot.waiter.until("reaction") == ("reaction", "🔁", "bob", bot.user.id)
    await sent.add_reaction("🔁")
    [shown] = await stage.messages(person="bob")
    assert [(one["count"], one["me"]) for one in shown["reactions"]] == [(2, True)]
    assert [(one["count"], one["me"]) for one in (await stage.messages())[0]["reactions"]] == [(2, False)]
    [reaction] = (await channel_of(bot).fetch_message(sent.id)).reactions
    assert [user.name async for user in reaction.users()] == ["bob", "zoetrope"]
    await stage.post("react", {"person": "bob", "message_id": str(sent.id), "emoji": "🔁", "remove": True})
    await sent.remove_reaction("🔁", bot.user)
    assert "reactions" not in (await stage.messages())[0]
    with pytest.raises(discord.HTTPException) as refused:
        await sent.add_reaction("nonsense")
    assert refused.value.code == 10014


async def test_a_nonce_shows_once_for_five_minutes_and_is_told_to_nobody(stage: Stage, bot: Bot) -> None:
    channel = channel_of(bot)
    first, second = [await channel.send("once", nonce=7) for _ in range(2)]
    assert first.id == second.id
    stage.clock.ahead += 301
    third = await channel.send("once", nonce=7)
    assert third.id != first.id
    assert all("nonce" not in message for message in await stage.messages())


async def test_direct_messages_reach_the_person(stage: Stage, bot: Bot) -> None:
    ada = next(member for member in bot.guilds[0].members if member.name == "ada")
    await ada.send("your film")
    assert [one["content"] for one in await stage.messages(channel="dm")] == ["your film"]
    assert await stage.messages(channel="dm", person="bob") == []
    answer = await stage.run("plain", channel="dm")
    assert answer["message"]["content"].startswith("plain 1 plain None")


async def test_the_bot_finds_out_who_and_what_there_is(stage: Stage, bot: Bot) -> None:
    guild = await bot.fetch_guild(bot.guilds[0].id)
    assert (guild.name, guild.approximate_member_count) == (bot.guilds[0].name, 6)
    assert [one.name for one in await guild.fetch_channels()] == ["general", "films", "nsfw", "readonly"]
    assert {role.name for role in await guild.fetch_roles()} == {"@everyone", "member", "moderator", "zoetrope"}
    ada = next(member for member in bot.guilds[0].members if member.name == "ada")
    assert (await guild.fetch_member(ada.id)).joined_at == ada.joined_at
    assert (await bot.fetch_user(ada.id)).global_name == "Ada"
    assert (await bot.fetch_channel(channel_of(bot).id)).guild.id == guild.id  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert (await bot.application_info()).owner.name == "owner"
    with pytest.raises(discord.NotFound) as refused:
        await guild.fetch_member(1)
    assert refused.value.code == 10007


async def test_a_sharded_client_logs_in(stage: Stage) -> None:
    ready = asyncio.Event()
    client = discord.AutoShardedClient(intents=discord.Intents.default(), guild_ready_timeout=0.05)

    @client.event
    async def on_ready() -> None:  # pyright: ignore[reportUnusedFunction]
        ready.set()

    async with client:
        running = asyncio.create_task(client.start(stage.standin.token))
        async with asyncio.timeout(8):
            await ready.wait()
        assert [guild.name for guild in client.guilds] == ["Picture House"]
        await client.close()
        await running


async def test_a_film_is_measured(stage: Stage, bot: Bot) -> None:
    data = io.BytesIO()
    made: Any = av.open(data, "w", format="mp4")
    with made as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 64, 32
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame(64, 32, "yuv420p")))
        container.mux(stream.encode())
    data.seek(0)
    sent = await channel_of(bot).send(file=discord.File(data, "film.mp4"))
    [attachment] = (await stage.messages())[0]["attachments"]
    assert (attachment["content_type"], attachment["width"], attachment["height"]) == ("video/mp4", 64, 32)
    assert attachment["duration_secs"] == pytest.approx(2, abs=0.2)
    assert sent.attachments[0].width == 64


async def test_an_update_keeps_files_unless_the_caller_wants_it_otherwise(stage: Stage, bot: Bot) -> None:
    message = (await stage.run("direct"))["message"]
    update = {"person": "ada", "message_id": message["id"], "label": "Update"}
    assert len((await stage.post("click", update))["message"]["attachments"]) == 1
    await stage.post("set", {"updates_drop_files": True})
    assert (await stage.post("click", update))["message"]["attachments"] == []


async def test_an_ephemeral_message_is_there_for_its_reader_alone(stage: Stage, bot: Bot) -> None:
    message = (await stage.run("direct"))["message"]
    who = {"person": "bob", "message_id": message["id"], "custom_id": "who", "values": ["cyd"]}
    whisper = (await stage.post("select", who))["message"]
    react = {"message_id": whisper["id"], "emoji": "🔁"}
    await stage.post("react", react | {"person": "ada"}, status=404)
    await stage.post("react", react | {"person": "bob"}, status=400)
    assert whisper not in await stage.messages(person="ada")
    assert whisper in await stage.messages(person="bob")


async def test_what_people_write_is_whole_for_a_bot_that_may_and_wants_to_read_it(stage: Stage) -> None:
    pictures = {"person": "ada", "channel": "films", "content": "look", "attachments": ["@a"]}
    plain = discord.Intents.default()
    reading = discord.Intents.default()
    reading.message_content = True
    for intents, whole in ((plain, False), (reading, True)):
        async with running(stage, intents) as bot:
            hearing = asyncio.create_task(bot.wait_for("message"))
            await asyncio.sleep(0)
            await stage.post("message", pictures, a=picture())
            told = await hearing
            [read] = [message async for message in channel_of(bot).history(limit=1)]
            for message in (told, read):
                assert (message.content, len(message.attachments)) == (("look", 1) if whole else ("", 0))
    await stage.post("set", {"message_content": False})
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(stage, reading):
            pass
    async with running(stage, plain) as bot:
        assert not (await bot.application_info()).flags.gateway_message_content_limited
    await stage.post("set", {"message_content": 1}, status=400)
