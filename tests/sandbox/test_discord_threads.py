"""Threads, as an unmodified client meets them and as people use them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from tests.sandbox.discord_bot import Bot, Waiter, file
from tests.sandbox.discord_stage import Stage, raised, running

BELOW_FILMS = {"thread": "aside", "channel": "films"}
MAY_NOT = {"remove_permission": "SEND_MESSAGES", "channel": "films"}


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
async def heard(stage: Stage, bot: Bot) -> Waiter:
    """What the bot heard of threads, after the thread "aside" was made below #films."""
    heard = Waiter()

    async def on_thread_create(thread: discord.Thread) -> None:
        await heard.happened("create", thread)

    async def on_thread_join(thread: discord.Thread) -> None:
        await heard.happened("join", thread.name)

    async def on_raw_thread_update(payload: discord.RawThreadUpdateEvent) -> None:
        about = payload.data["thread_metadata"]
        await heard.happened("update", about["archived"], about.get("locked"))

    async def on_raw_thread_delete(payload: discord.RawThreadDeleteEvent) -> None:
        await heard.happened("delete", payload.thread_id)

    for listener in (on_thread_create, on_thread_join, on_raw_thread_update, on_raw_thread_delete):
        bot.event(listener)
    await stage.post("set", BELOW_FILMS)
    return heard


@pytest.fixture
async def thread(heard: Waiter) -> discord.Thread:
    return (await heard.until("create"))[1]


async def says(stage: Stage, text: str, status: int = 200) -> Any:
    return await stage.post("message", {"person": "ada", "channel": "aside", "content": text}, status=status)


async def refusal(request: Any) -> tuple[int, int]:
    """The status and code with which the bot is refused."""
    with pytest.raises(discord.HTTPException) as refused:
        await request
    return refused.value.status, refused.value.code


async def test_the_bot_hears_of_a_thread_and_can_work_in_it(stage: Stage, bot: Bot, thread: discord.Thread) -> None:
    assert (thread.name, thread.type, thread.archived) == ("aside", discord.ChannelType.public_thread, False)
    assert thread.parent
    assert thread.parent.name == "films"
    sent = await thread.send("hello", file=file("a.txt"))
    await sent.edit(content="hello there")
    await sent.add_reaction("🔁")
    async with thread.typing():
        pass
    assert [one.content async for one in thread.history()] == ["hello there"]
    assert [one["content"] for one in await stage.messages("aside")] == ["hello there"]
    assert await stage.messages("films") == []
    fetched = await bot.fetch_channel(thread.id)
    assert isinstance(fetched, discord.Thread)
    assert (fetched.message_count, fetched.total_message_sent, fetched.last_message_id) == (1, 1, sent.id)
    await sent.delete()
    fetched = await bot.fetch_channel(thread.id)
    assert isinstance(fetched, discord.Thread)
    assert (fetched.message_count, fetched.total_message_sent) == (0, 1)


async def test_a_command_in_a_thread_is_answered_there(stage: Stage, bot: Bot, thread: discord.Thread) -> None:
    await stage.run("defer", channel="aside")
    _, interaction = await bot.waiter.until("deferred")
    assert (interaction.channel.id, type(interaction.channel)) == (thread.id, discord.Thread)
    await interaction.edit_original_response(content="done")
    assert [one["content"] for one in await stage.messages("aside")] == ["done"]
    shown = (await stage.run("direct", channel="aside"))["message"]
    assert shown["channel_id"] == str(thread.id)
    clicked = await stage.post("click", {"person": "bob", "message_id": shown["id"], "label": "Update"})
    assert clicked["message"]["content"] == "updated"


async def test_an_interaction_tells_that_its_channel_and_a_chosen_one_are_threads(stage: Stage) -> None:
    await stage.post("set", BELOW_FILMS)
    where = {"name": "where", "type": 7, "description": "A channel"}
    look = {"name": "look", "description": "Look there", "options": [where]}
    path, headers = f"/api/v10/applications/{stage.standin.world.bot['id']}/commands", {"Authorization": "Bot "}
    headers["Authorization"] += stage.standin.token
    async with stage.http.put(path, json=[look], headers=headers) as answer:
        assert answer.status == 200
    async with stage.http.ws_connect("/gateway") as ws:
        await ws.receive_json()
        await ws.send_json({"op": 2, "d": {"token": stage.standin.token, "intents": 1}})
        assert (await ws.receive_json())["t"] == "READY"
        [thread] = (await ws.receive_json())["d"]["threads"]
        asked = {"person": "ada", "channel": "aside", "name": "look", "options": {"where": "aside"}}
        looking = asyncio.create_task(stage.post("command", asked))
        made = (await ws.receive_json())["d"]
        answered = f"/api/v10/interactions/{made['id']}/{made['token']}/callback"
        async with stage.http.post(answered, json={"type": 5}) as answer:
            assert answer.status == 204
        assert (await looking)["kind"] == "deferred"
    for told in (made["channel"], made["data"]["resolved"]["channels"][thread["id"]]):
        about = {key: told[key] for key in ("id", "type", "name", "parent_id", "thread_metadata")}
        assert about == {key: thread[key] for key in about}
        assert (about["type"], about["name"], about["thread_metadata"]["archived"]) == (11, "aside", False)


async def test_writing_in_a_thread_has_a_permission_of_its_own(
    stage: Stage, bot: Bot, heard: Waiter, thread: discord.Thread
) -> None:
    await stage.post("set", MAY_NOT)
    await thread.send("a channel where the bot may not write", file=file("a.txt"))
    await stage.post("set", MAY_NOT | {"remove_permission": "SEND_MESSAGES_IN_THREADS"})
    assert await refusal(thread.send("no")) == (403, 50013)
    await stage.post("set", MAY_NOT | {"add_permission": "SEND_MESSAGES"})
    assert await refusal(thread.send("no")) == (403, 50013)
    world = await stage.get("world")
    assert "SEND_MESSAGES_IN_THREADS" not in world["guilds"][0]["channels"][-1]["bot_may"]
    await stage.post("set", {"remove_permission": "VIEW_CHANNEL", "channel": "films"})
    assert await refusal(thread.send("no")) == (403, 50001)
    await stage.post("set", {"archive": "aside"})
    await stage.post("set", {"add_permission": "VIEW_CHANNEL", "channel": "films"})
    await stage.post("set", {"thread": "later", "channel": "films"})
    await heard.until("create", 2)
    assert [entry[0] for entry in heard.seen if entry[0] == "update"] == []  # it could not see that


async def test_in_an_archived_thread_nothing_is_changed_until_somebody_writes(
    stage: Stage, heard: Waiter, thread: discord.Thread
) -> None:
    sent = await thread.send("before")
    await sent.add_reaction("🔁")
    await stage.post("set", {"archive": "aside"})
    assert await heard.until("update") == ("update", True, False)
    assert await refusal(sent.edit(content="no")) == (400, 50083)
    assert await refusal(sent.add_reaction("✅")) == (400, 50083)
    told = await stage.post("react", {"person": "ada", "message_id": str(sent.id), "emoji": "✅"}, status=400)
    assert told["error"] == "Thread is archived"
    [shown] = await stage.messages("aside")
    assert (shown["content"], len(shown["reactions"])) == ("before", 1)
    await thread.send("after")
    assert await heard.until("update", 2) == ("update", False, False)
    await sent.edit(content="yes")
    await sent.add_reaction("✅")
    await stage.post("set", {"archive": "aside"})
    await sent.delete()  # that is always possible


async def test_a_person_wakes_a_thread_too(stage: Stage, heard: Waiter, thread: discord.Thread) -> None:
    await stage.post("set", {"archive": "aside"})
    await says(stage, "wake up")
    assert [(await heard.until("update", count))[1] for count in (1, 2)] == [True, False]
    await stage.post("set", {"archive": "aside", "locked": True})
    assert (await says(stage, "wake up", status=400))["error"] == "Thread is archived"
    await stage.post("message", {"person": "owner", "channel": "aside", "content": "I may"})
    assert await heard.until("update", 4) == ("update", False, True)


async def test_a_locked_thread_wakes_for_who_may_manage_threads_alone(
    stage: Stage, bot: Bot, heard: Waiter, thread: discord.Thread
) -> None:
    await stage.post("set", {"archive": "aside", "locked": True})
    await heard.until("update")
    assert await refusal(thread.send("no")) == (400, 50083)
    assert (await stage.run("direct", channel="aside"))["kind"] == "none"
    [entry] = [one for one in await stage.record() if one["route"].endswith("/callback")]
    assert (entry["status"], await stage.messages("aside")) == (400, [])
    await stage.post("set", {"add_permission": "MANAGE_THREADS", "channel": "films"})
    await thread.send("yes")
    assert await heard.until("update", 2) == ("update", False, True)


async def test_an_answer_wakes_a_thread_and_its_card_cannot_be_edited_after_that_it_sleeps_again(
    stage: Stage, bot: Bot, heard: Waiter, thread: discord.Thread
) -> None:
    await stage.post("set", {"archive": "aside"})
    assert (await stage.run("defer", channel="aside"))["kind"] == "deferred"
    assert await heard.until("update", 2) == ("update", False, False)
    _, interaction = await bot.waiter.until("deferred")
    await stage.post("set", {"archive": "aside"})
    assert await refusal(interaction.edit_original_response(content="no")) == (400, 50083)


async def test_the_bot_wakes_a_thread_itself_and_archives_it_if_it_may(
    stage: Stage, heard: Waiter, thread: discord.Thread
) -> None:
    assert await refusal(thread.edit(archived=True)) == (403, 50013)
    await stage.post("set", {"archive": "aside"})
    assert (await thread.edit(archived=False)).archived is False
    assert [(await heard.until("update", count))[1] for count in (1, 2)] == [True, False]
    await stage.post("set", {"archive": "aside", "locked": True})
    assert await refusal(thread.edit(archived=False)) == (403, 50013)
    await stage.post("set", {"add_permission": "MANAGE_THREADS", "channel": "films"})
    changed = await thread.edit(archived=False, locked=False)
    assert (changed.archived, changed.locked) == (False, False)
    await thread.edit(archived=True)
    assert await heard.until("update", 5) == ("update", True, False)
    assert await refusal(thread.edit(name="nonsense")) == (400, 50035)


@pytest.mark.parametrize("what", ["aside", "films"])
async def test_a_thread_goes_alone_or_with_its_channel(
    stage: Stage, bot: Bot, heard: Waiter, thread: discord.Thread, what: str
) -> None:
    await stage.post("set", {"thread": "another", "channel": "general"})
    sent = await thread.send("soon gone")
    await stage.post("set", {"delete_channel": what})
    assert await heard.until("delete") == ("delete", thread.id)
    assert await refusal(thread.send("gone")) == (404, 10003)
    assert await refusal(sent.edit(content="gone")) == (404, 10003)
    told = await stage.post("react", {"person": "ada", "message_id": str(sent.id), "emoji": "✅"}, status=404)
    assert told["error"] == f"there is no message '{sent.id}'"
    world = await stage.get("world")
    names = [one["name"] for one in world["guilds"][0]["channels"]]
    assert names == [one for one in ("general", "films", "nsfw", "readonly", "another") if one != what]
    await stage.post("command", {"person": "ada", "channel": "aside", "name": "make"}, status=404)


async def test_a_reset_deletes_threads(stage: Stage, heard: Waiter, thread: discord.Thread) -> None:
    await says(stage, "soon gone")
    stage.standin.reset()
    assert await heard.until("delete") == ("delete", thread.id)
    assert len((await stage.get("world"))["guilds"][0]["channels"]) == 4
    await stage.post("set", BELOW_FILMS)
    assert await stage.messages("aside") == []


async def test_the_world_lists_threads_after_the_channels(stage: Stage) -> None:
    await stage.post("set", {"thread": "late", "channel": "nsfw"})
    await stage.post("set", {"archive": "late", "locked": True})
    shown = (await stage.get("world"))["guilds"][0]["channels"]
    assert [one.get("thread") for one in shown] == [None] * 4 + [True]
    about = {"name": "late", "nsfw": True, "parent": "nsfw", "archived": True, "locked": True}
    assert shown[-1] | about == shown[-1]


async def test_a_modal_of_a_thread_that_is_gone_cannot_be_sent(stage: Stage, thread: discord.Thread) -> None:
    modal = (await stage.run("modal", channel="aside"))["modal"]
    await stage.post("set", {"delete_channel": "aside"})
    body = {"person": "ada", "modal_id": modal["modal_id"], "fields": {"Prompt": "x"}}
    assert (await stage.post("modal", body, status=404))["error"] == "Unknown Channel"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"thread": "new"}, 400),
        ({"thread": "", "channel": "films"}, 400),
        ({"thread": 5, "channel": "films"}, 400),
        ({"thread": "x" * 101, "channel": "films"}, 400),
        ({"thread": "general", "channel": "films"}, 400),
        ({"thread": "dm", "channel": "films"}, 400),
        ({"thread": "aside", "channel": "films"}, 400),
        ({"thread": "new", "channel": "aside"}, 400),
        ({"thread": "new", "channel": "attic"}, 404),
        ({"archive": "films"}, 400),
        ({"archive": "attic"}, 404),
        ({"archive": "aside", "locked": "yes"}, 400),
        ({"locked": True}, 400),
        ({"remove_permission": "ATTACH_FILES", "channel": "aside"}, 400),
    ],
    ids=str,
)
async def test_what_makes_no_sense_changes_nothing(stage: Stage, wrong: Any, status: int) -> None:
    await stage.post("set", BELOW_FILMS)
    before = await stage.get("world")
    assert (await stage.post("set", {"boost_tier": 2, **wrong}, status=status))["error"]
    assert await stage.get("world") == before
