"""What goes wrong with Discord, and what the stand-in makes of it: limits, errors, torn connections, lost sessions."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.sandbox.discord_bot import Bot, file
from tests.sandbox.discord_stage import Stage, raised, running, until

SEND = "POST /channels/{channel_id}/messages"


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with raised(monkeypatch, described=False) as stage:
        yield stage


@pytest.fixture
async def bot(stage: Stage) -> AsyncIterator[Bot]:
    async with running(stage) as bot:
        yield bot


def films(bot: Bot) -> discord.TextChannel:
    return next(one for one in bot.guilds[0].text_channels if one.name == "films")


async def statuses(stage: Stage) -> list[int]:
    return [one["status"] for one in await stage.record() if f"{one['method']} {one['route']}" == SEND]


async def test_learned_buckets_are_obeyed_without_a_429(stage: Stage, bot: Bot) -> None:
    await stage.post("set", {"bucket_limit": 3, "bucket_window": 0.4})
    await films(bot).send("learn")
    await asyncio.sleep(0.45)
    start = time.monotonic()
    await asyncio.gather(*(films(bot).send(str(number)) for number in range(9)))
    assert set(await statuses(stage)) == {200}
    assert time.monotonic() - start >= 0.8


async def test_an_empty_bucket_answers_429_with_the_time_to_wait(stage: Stage, bot: Bot) -> None:
    await stage.post("set", {"bucket_limit": 1, "bucket_window": 30})
    url = f"{stage.standin.url}/api/v10/users/@me"
    headers = {"Authorization": f"Bot {stage.standin.token}"}
    async with stage.http.get(url, headers=headers) as answer:
        assert (answer.status, answer.headers["X-RateLimit-Remaining"]) == (200, "0")
    async with stage.http.get(url, headers=headers) as answer:
        told = await answer.json()
        assert (answer.status, told["global"], 29 < told["retry_after"] <= 30) == (429, False, True)
        assert (answer.headers["X-RateLimit-Scope"], answer.headers["Via"]) == ("user", "1.1 google")


@pytest.mark.parametrize(
    ("kind", "seconds", "first"),
    [
        ("rate_limited", 0.3, 429),
        ("shared_limited", 0.3, 429),
        ("global_limited", 0.3, 429),
        ("error_500", 1, 500),
    ],
)
async def test_the_library_waits_and_tries_again(stage: Stage, bot: Bot, kind: str, seconds: float, first: int) -> None:
    await stage.post("fault", {"kind": kind, "seconds": seconds, "match": SEND})
    start = time.monotonic()
    await films(bot).send("through")
    assert await statuses(stage) == [first, 200]
    assert time.monotonic() - start >= seconds


async def test_a_torn_connection_is_no_answer_and_nothing_was_done(stage: Stage, bot: Bot) -> None:
    await stage.post("fault", {"kind": "drop_connection", "match": SEND})
    with pytest.raises(aiohttp.ClientError):
        await films(bot).send("lost")
    assert await statuses(stage) == [0]
    assert await stage.messages() == []


@pytest.mark.parametrize(("kind", "status"), [("error_503", 503), ("cloudflare_limited", 429)])
async def test_the_library_gives_up_at_once(stage: Stage, bot: Bot, kind: str, status: int) -> None:
    await stage.post("fault", {"kind": kind, "match": SEND})
    with pytest.raises(discord.HTTPException) as refused:
        await films(bot).send("no")
    assert refused.value.status == status
    assert (await films(bot).send("the fault is used up")).content == "the fault is used up"


async def test_a_fault_meets_only_what_it_matches_and_as_often_as_ordered(stage: Stage, bot: Bot) -> None:
    channel = films(bot)
    await stage.post("fault", {"kind": "error_503", "times": 2, "match": f"/channels/{channel.id}/messages"})
    general = next(one for one in bot.guilds[0].text_channels if one.name == "general")
    await general.send("elsewhere")
    for _ in range(2):
        with pytest.raises(discord.DiscordServerError):
            await channel.send("no")
    await channel.send("yes")
    await stage.post("fault", {"kind": "earthquake"}, status=400)


async def test_a_reply_can_be_lost_after_the_work_was_done(stage: Stage, bot: Bot) -> None:
    await stage.post("fault", {"kind": "drop_after_accept", "match": SEND})
    with pytest.raises(aiohttp.ClientError):
        await films(bot).send("posted", nonce="job-1")
    assert [one["content"] for one in await stage.messages()] == ["posted"]
    again = await films(bot).send("posted", nonce="job-1")
    assert [one["id"] for one in await stage.messages()] == [str(again.id)]


async def test_a_silence_ends_with_a_torn_connection(stage: Stage, bot: Bot) -> None:
    await stage.post("fault", {"kind": "timeout", "seconds": 0.2, "times": 2, "match": "/users/@me"})
    start = time.monotonic()
    with pytest.raises(aiohttp.ClientError):  # the client tries a GET twice
        async with stage.http.get(f"{stage.standin.url}/api/v10/users/@me"):
            pass
    assert time.monotonic() - start >= 0.2
    assert (await stage.record())[-1]["status"] == 0


async def test_a_resumed_session_gets_what_it_missed(stage: Stage, bot: Bot) -> None:
    session = bot.ws.session_id
    await stage.post("fault", {"kind": "gateway_close", "code": 4000})
    await stage.post("message", {"person": "ada", "channel": "films", "content": "while away"})
    await bot.waiter.until("resumed")
    assert (await bot.waiter.until("message"))[1] == "while away"
    await stage.post("fault", {"kind": "gateway_reconnect"})
    await bot.waiter.until("resumed", 2)
    await stage.post("fault", {"kind": "gateway_drop"})
    await bot.waiter.until("resumed", 3)
    assert bot.ws.session_id == session


async def test_an_invalid_session_makes_the_bot_log_in_anew(stage: Stage, bot: Bot) -> None:
    session = bot.ws.session_id
    await stage.post("fault", {"kind": "gateway_invalid_session"})
    await bot.waiter.until("ready", 2)
    assert bot.ws.session_id != session
    async with stage.http.ws_connect("/gateway") as ws:
        await ws.receive_json()
        await ws.send_json({"op": 6, "d": {"token": stage.standin.token, "session_id": session, "seq": 1}})
        told = await ws.receive_json()
        assert (told["op"], told["d"]) == (9, False)


async def test_an_answer_comes_within_three_seconds_or_never(stage: Stage, bot: Bot) -> None:
    asking = asyncio.create_task(stage.run("wait"))
    await bot.waiter.until("waiting")
    stage.clock.ahead += 4
    bot.go_on.set()
    assert (await bot.waiter.until("error"))[1].code == 10062
    assert await stage.messages() == []
    asking.cancel()


async def test_there_is_one_first_answer(stage: Stage, bot: Bot) -> None:
    await stage.run("twice")
    assert (await bot.waiter.until("error"))[1].code == 40060


async def test_a_token_dies_after_fifteen_minutes(stage: Stage, bot: Bot) -> None:
    await stage.run("defer")
    interaction = (await bot.waiter.until("deferred"))[1]
    other = await films(bot).send("not of this token")
    with pytest.raises(discord.NotFound):
        await interaction.followup.fetch_message(other.id)
    await other.delete()
    stage.clock.ahead += 899
    await interaction.edit_original_response(content="just in time")
    stage.clock.ahead += 2
    with pytest.raises(discord.HTTPException) as refused:
        await interaction.edit_original_response(content="too late")
    assert (refused.value.status, refused.value.code) == (401, 50027)
    [message] = await stage.messages()
    await films(bot).get_partial_message(int(message["id"])).edit(content="by the bot's token")
    assert (await stage.messages())[0]["content"] == "by the bot's token"


async def test_the_webhook_is_unknown_before_the_first_answer(stage: Stage, bot: Bot) -> None:
    asking = asyncio.create_task(stage.run("wait"))
    interaction = (await bot.waiter.until("waiting"))[1]
    with pytest.raises(discord.NotFound) as refused:
        await interaction.followup.send("too early")
    assert refused.value.code == 10015
    bot.go_on.set()
    assert (await asking)["kind"] == "deferred"


async def test_the_upload_limit_is_told_and_kept(stage: Stage, bot: Bot) -> None:
    await stage.post("set", {"upload_limit": 1000})
    assert (await stage.run("plain"))["message"]["content"].endswith(" 1000")
    with pytest.raises(discord.HTTPException) as refused:
        await films(bot).send(file=file("big.bin", 1001))
    assert (refused.value.status, refused.value.code) == (413, 40005)
    await films(bot).send(file=file("fits.bin", 1000))
    await stage.post("set", {"upload_limit": None, "boost_tier": 2})
    assert (await stage.run("plain"))["message"]["content"].endswith(f" {50 << 20}")
    assert bot.guilds[0].premium_tier == 2


async def test_the_bot_going_offline_is_seen(stage: Stage) -> None:
    async def online() -> Any:
        return (await stage.get("world"))["bot"]["online"]

    async def offline() -> bool:
        return not await online()

    assert await offline()
    async with running(stage):
        assert await online()
    await until(offline)


async def test_nobody_answers_where_no_bot_is_connected(stage: Stage) -> None:
    async with running(stage):
        pass
    stage.standin.record.reset()
    start = time.monotonic()
    answer = await stage.run("plain")
    assert (answer["kind"], answer["acknowledged_ms"]) == ("none", None)
    assert time.monotonic() - start >= 3


async def test_files_break_only_where_the_fault_names_them(stage: Stage, bot: Bot) -> None:
    sent = await films(bot).send(file=file("a.bin"))
    await stage.post("fault", {"kind": "error_503"})
    assert await sent.attachments[0].read() == b"x" * 10
    await stage.post("fault", {"kind": "error_500", "match": "/attachments/"})
    with pytest.raises(discord.HTTPException) as refused:
        await sent.attachments[0].read()
    assert refused.value.status == 500


@pytest.mark.parametrize("kind", ["error_500", "rate_limited"])
async def test_a_large_file_meets_an_error_as_an_answer(stage: Stage, bot: Bot, kind: str) -> None:
    await stage.post("fault", {"kind": kind, "seconds": 0.1, "match": SEND})
    await films(bot).send(file=file("big.bin", 12 << 20))
    assert (await statuses(stage))[-1] == 200
