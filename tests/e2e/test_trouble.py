"""Trouble outside, one piece at a time: no job is dropped, none gets another's film, none holds up another."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.client import Json
from tests import films
from tests.e2e.stage import Stage

SUBMIT = "POST queue.fal.run"
LOOK = "GET queue.fal.run"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"


def title(message: Json) -> str:
    """The title of a card, if it is one."""
    return next((embed["title"] for embed in message["embeds"]), "")


async def test_a_lost_submit_never_takes_the_film_of_another_with_the_same_seed(bot: Stage) -> None:
    await bot.animate(seed=7)
    await bot.film()
    await bot.sandbox.post("fal/fault", {"kind": "json_503", "match": SUBMIT})
    await bot.animate(person="bob", seed=7)
    await bot.sandbox.until(lambda seen: "The film got lost" in [title(message) for message in seen])
    assert await bot.spent() == 202_500


@pytest.mark.parametrize("kind", ["drop_after_accept", "drop_connection"])
async def test_a_job_whose_answer_was_lost_is_carried_all_the_same(bot: Stage, kind: str) -> None:
    await bot.sandbox.post("discord/fault", {"kind": kind, "match": CALLBACK})
    await bot.animate()
    await bot.film()


async def test_a_job_whose_late_answer_was_lost_is_carried_all_the_same(bot: Stage) -> None:
    await bot.sandbox.post("discord/fault", {"kind": "drop_after_accept", "match": CALLBACK})
    async with bot.locked_database():
        await bot.animate()
    await bot.film()


async def test_where_no_card_could_be_shown_nothing_is_left_beside_the_film(bot: Stage) -> None:
    await bot.sandbox.post("discord/fault", {"kind": "drop_connection", "match": "PATCH /webhooks", "times": 100})
    await bot.animate()
    await bot.film()


async def test_fal_must_have_answered_before_a_submit_counts_as_lost(bot: Stage) -> None:
    await bot.sandbox.post("fal/fault", {"kind": "drop_reply_after_accept"})
    await bot.sandbox.post("fal/fault", {"kind": "json_503", "match": "GET api.fal.ai", "times": 3})
    await bot.animate()
    await bot.film()
    assert len(await bot.requests()) == 1


async def test_a_look_that_hangs_delays_no_other_film(bot: Stage) -> None:
    first = await bot.under_way()
    hanging = {"kind": "slow", "seconds": 30, "times": 1, "match": f"requests/{first['request_id']}/status"}
    await bot.sandbox.post("fal/fault", hanging)
    await bot.release()
    await bot.animate(person="bob")
    [film] = await bot.sandbox.until(lambda seen: [one for one in seen if one["attachments"]], seconds=15)
    assert film["mentions"][0]["username"] == "bob"


@pytest.mark.parametrize(
    "body", [{}, {"video": None}, {"video": {}}, {"video": {"url": None}}, {"video": {"url": "data:video/mp4;base64,"}}]
)
async def test_a_result_without_a_film_ends_the_job(bot: Stage, body: Json) -> None:
    await bot.sandbox.post("fal/set", {"outcome": {"error_status": 200, "body": body}})
    await bot.animate()
    assert "not where it is" in await bot.notice()
    assert await bot.spent() == 0


async def test_an_address_that_nobody_can_fetch_ends_the_job(bot: Stage) -> None:
    body = {"video": {"url": "http://:0/film.mp4"}, "seed": 1}
    await bot.sandbox.post("fal/set", {"outcome": {"error_status": 200, "body": body}})
    await bot.animate()
    assert "no address that works" in await bot.notice()
    assert await bot.spent() == 0


async def test_a_seed_that_no_database_holds_stops_no_film(bot: Stage) -> None:
    async with films.served(films.film()) as (url, _):
        body = {"video": {"url": url}, "seed": 2**64}
        await bot.sandbox.post("fal/set", {"outcome": {"error_status": 200, "body": body}})
        await bot.animate(seed=42)
        message = await bot.film()
    assert "seed 42 · " in message["content"]


async def test_nothing_half_done_is_left_by_an_earlier_life(bot: Stage) -> None:
    await bot.stop()
    left = ["incoming/0-image_url", "pictures/.0.jpg/made", "films/.0.mp4/passes", "films/0.new", "films/0-smaller.mp4"]
    left += ["films/0.new.part"]
    for name in left:
        (bot.data / name).parent.mkdir(parents=True, exist_ok=True)
        (bot.data / name).write_bytes(b"x")
    kept = bot.data / "films" / "0.mp4"
    kept.write_bytes(b"x")
    await bot.start()
    assert [file for file in bot.data.rglob("*") if file.is_file() and file.parent != bot.data] == [kept]


async def test_a_film_that_vanished_from_the_disk_is_fetched_again(bot: Stage) -> None:
    await bot.animate()
    first = await bot.film()
    await bot.closed()
    await bot.stop()
    await bot.change("UPDATE jobs SET state = 'fetched', closed_at = NULL, ended_at = NULL, message_id = NULL")
    await bot.change("DELETE FROM ledger WHERE kind = 'settle'")
    await bot.sandbox.post("discord/delete", {"message_id": first["id"]})
    next((bot.data / "films").iterdir()).unlink()
    await bot.start()
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen))


async def test_a_job_of_a_model_that_is_no_longer_offered_ends_in_words(bot: Stage) -> None:
    await bot.under_way()
    await bot.stop()
    await bot.change("UPDATE jobs SET state = 'accepted', endpoint = 'somebody/gone', request_id = NULL")
    await bot.start()
    assert "no longer offers that model" in await bot.notice()
    await bot.animate(person="bob")  # and the bot goes on
    await bot.release()
    await bot.sandbox.until(lambda seen: any(one["attachments"] for one in seen))


async def test_a_notice_that_the_channel_refuses_reaches_the_owner(bot: Stage) -> None:
    await bot.under_way()
    await bot.stop()
    [card] = await bot.sandbox.messages()
    await bot.sandbox.post("discord/delete", {"message_id": card["id"]})
    await bot.sandbox.post("discord/set", {"remove_permission": "SEND_MESSAGES", "channel": "films"})
    await bot.change("UPDATE jobs SET state = 'failed', reason = 'The dog ate it.'")
    await bot.start()
    message = await bot.sandbox.until(lambda seen: seen[0] if seen else None, "dm")
    assert "The dog ate it." in message["content"]


async def test_a_command_that_fails_in_the_bot_is_told_with_its_number(bot: Stage) -> None:
    await bot.change("ALTER TABLE ledger RENAME TO elsewhere")
    await bot.animate()
    refusal = await bot.refusal()
    assert "Something went wrong in the bot" in refusal
    assert "nothing was spent" in refusal.lower()


async def test_films_by_the_stand_in_in_a_real_server_are_kept_apart_from_production(
    stage: Stage, tmp_path: Path
) -> None:
    """`run --fal sandbox`: here the stand-in for Discord plays the real one, known by its settings alone."""
    services = await stage.sandbox.get("connect")
    real = {"DISCORD_TOKEN": services["discord"]["token"], "ZOETROPE_DISCORD_API": services["discord"]["api"]}
    real |= {"ZOETROPE_DISCORD_GATEWAY": services["discord"]["gateway"], "ZOETROPE_DATA": str(tmp_path / "data")}
    clean = {"PATH": os.environ["PATH"], **real}
    command = [sys.executable, "-m", "bot", "run", "--fal", "sandbox"]
    process = await asyncio.create_subprocess_exec(*command, env=clean, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        await stage.sandbox.online()
        await stage.animate()
        await stage.film()
    finally:
        process.terminate()
        await process.wait()
    assert await stage.requests() == []  # this sandbox's fal was not asked: the bot had one of its own
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["sandbox"]
