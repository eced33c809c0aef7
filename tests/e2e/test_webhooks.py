"""fal tells the bot of a film's end: the bot hardly ever looks by itself here, so only a webhook can be quick."""

from dataclasses import replace

import aiohttp
import pytest

from sandbox.client import Json
from tests.e2e.conftest import QUICK
from tests.e2e.stage import Stage, free_port

BLIND = replace(QUICK, first_look=60, longest_look=60)
PRICE = 202_500
AGAIN = "Try again for $0.21"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def blind(stage: Stage, port: int) -> Stage:
    """A bot that fal can reach, and that does not look at fal by itself."""
    await stage.start(pace=BLIND, public_port=port)
    return stage


@pytest.fixture
async def seeing(stage: Stage, port: int) -> Stage:
    """A bot that fal can reach, and that looks by itself."""
    await stage.start(public_port=port)
    return stage


async def waits(bot: Stage) -> Json:
    """ada's film waits in fal's queue, and the bot knows its number; fal's request."""
    await bot.queue()
    await bot.animate()
    await bot.found("SELECT id FROM jobs WHERE state = 'waiting'")
    [request] = await bot.requests()
    return request


async def films(bot: Stage, count: int) -> list[Json]:
    """Wait for so many films, and until nothing else is there; all of them."""
    await bot.sandbox.until(lambda seen: sum(bool(one["attachments"]) for one in seen) == count or None)
    await bot.all_closed()
    seen = await bot.sandbox.messages()
    assert len(seen) == count
    return seen


async def deliver(bot: Stage, request: Json, **order: object) -> list[int | str]:
    """fal brings the webhook of a request once more: what it is answered."""
    return (await bot.sandbox.post("fal/deliver", {"request_id": request["request_id"], **order}))["statuses"]


async def delivered(bot: Stage, count: int = 1) -> list[int | str]:
    """Wait until fal has tried so often to bring the webhook of its newest request: what it was answered."""
    async with bot.sandbox.events("events") as events:
        while len(tries := (await bot.requests())[-1]["deliveries"]) < count:
            await anext(events)
    return [one["status"] for one in tries]


async def test_a_film_is_brought_by_its_webhook_and_what_comes_afterwards_changes_nothing(blind: Stage) -> None:
    await blind.sandbox.post("fal/set", {"units": 1})
    await blind.animate()
    assert " · $0.08 · " in (await blind.film())["content"]
    before = await blind.closed()
    assert before["rendered_seconds"] is not None
    assert await blind.spent() == 80_000
    calls = await blind.asked("GET queue.fal.run")  # how long it took and what is billed, and nothing else
    assert sorted(call["path"].endswith("/status") for call in calls) == [False, True]
    [request] = await blind.requests()
    assert await deliver(blind, request, copies=3) == [200] * 3
    assert await blind.closed() == before
    assert await delivered(blind) == [200] * 4
    assert len(await blind.sandbox.messages()) == 1


@pytest.mark.parametrize("kind", ["webhook_early", "webhook_twice", "webhook_late", "result_expired"])
async def test_a_webhook_may_come_early_or_late_or_twice_or_be_all_that_is_left(blind: Stage, kind: str) -> None:
    """Early is before the reply to the submit; what is left is the result, where fal no longer has it."""
    await blind.sandbox.post("fal/fault", {"kind": kind} | ({"seconds": 0.5} if kind == "webhook_late" else {}))
    await blind.animate()
    await films(blind, 1)
    assert len(await blind.requests()) == 1
    assert await blind.spent() == PRICE


async def test_where_fal_says_nothing_beside_its_webhook_the_film_comes_at_its_price(blind: Stage) -> None:
    order = {"kind": "drop_reply_after_accept", "match": "GET queue.fal.run", "times": 1000}
    await blind.sandbox.post("fal/fault", order)
    await blind.animate()
    await films(blind, 1)
    row = await blind.row()
    assert (row["cost"], row["rendered_seconds"]) == (None, None)
    assert await blind.spent() == PRICE


async def test_a_webhook_that_is_lost_is_not_needed(seeing: Stage) -> None:
    await seeing.sandbox.post("fal/fault", {"kind": "webhook_lost"})
    await seeing.animate()
    await films(seeing, 1)


async def test_a_forged_webhook_is_refused_and_the_true_film_comes(seeing: Stage) -> None:
    request = await seeing.under_way()
    evil = {"video": {"url": "https://evil.example"}}
    forged = {"request_id": request["request_id"], "status": "OK", "payload": evil}
    assert await deliver(seeing, request, body=forged, forged=True) == [401]
    assert (await seeing.row())["ready_at"] is None
    await seeing.sandbox.post("fal/fault", {"kind": "webhook_forged"})
    await seeing.release()
    await films(seeing, 1)
    assert await delivered(seeing, 2) == [401, 401]


async def test_what_is_not_for_this_job_changes_nothing(blind: Stage) -> None:
    """Another's token is as bad as none; a request that is not the job's is none of its business."""
    request = await waits(blind)
    await blind.animate(person="bob")
    await blind.found("SELECT id FROM jobs WHERE state = 'waiting' LIMIT 1 OFFSET 1")
    other = (await blind.requests())[-1]
    mixed = request["webhook_url"].rpartition("/")[0] + "/" + other["webhook_url"].rpartition("/")[2]
    async with aiohttp.ClientSession() as http, http.post(mixed, json={}) as reply:
        assert reply.status == 404
    # a true webhook, whose request was not known to be the job's
    answer = {"request_id": request["request_id"], "status": "OK", "payload": {"video": {"url": "http://127.0.0.1:9"}}}
    await blind.change(f"UPDATE jobs SET request_id = 'another' WHERE request_id = '{request['request_id']}'")
    assert await deliver(blind, request, body=answer) == [200]
    assert await blind.rows("SELECT id FROM jobs WHERE ready_at IS NOT NULL") == []
    # nor does it believe what names two requests
    assert await deliver(blind, other, body=answer) == [401]
    await blind.change(f"UPDATE jobs SET request_id = '{request['request_id']}' WHERE request_id = 'another'")
    await blind.release()
    await films(blind, 2)


async def test_a_lost_job_comes_back_to_life_on_the_house_also_if_it_was_tried_again(blind: Stage) -> None:
    await blind.queue()
    await blind.sandbox.post("fal/set", {"platform": False})
    await blind.sandbox.post("fal/fault", {"kind": "drop_reply_after_accept"})
    await blind.animate()
    assert "nobody can tell whether it arrived" in await blind.notice()
    await blind.closed()
    assert await blind.spent() == 0
    await blind.press(AGAIN)
    await blind.found("SELECT id FROM jobs WHERE state = 'waiting'")
    await blind.release()
    both = await films(blind, 2)
    assert sorted("on the house" in one["content"] for one in both) == [False, True]
    assert await blind.spent() == PRICE
    assert len(await blind.requests()) == 2
    assert len(await blind.sandbox.messages()) == 2
    states = await blind.rows("SELECT state, booked FROM jobs ORDER BY created_at")
    assert [tuple(row.values()) for row in states] == [("delivered", "refund"), ("delivered", "settle")]


async def test_a_lost_job_that_comes_back_is_shown_and_may_be_called_off_at_no_cost(blind: Stage) -> None:
    await blind.queue()
    await blind.sandbox.post("fal/set", {"platform": False})
    await blind.sandbox.post("fal/fault", {"kind": "drop_reply_after_accept"})
    await blind.animate()
    await blind.notice()
    await blind.closed()
    await blind.sandbox.post("fal/fault", {"kind": "slow", "seconds": 30, "match": "GET v3.fal.media"})
    await blind.release()
    await blind.asked("GET v3.fal.media")
    await blind.press("Cancel")
    assert await blind.notice() == "You called it off. Nothing was charged to your budget."
    assert (await blind.spent(), await blind.excess()) == (0, PRICE)


async def test_keys_may_be_changed(seeing: Stage, port: int) -> None:
    """fal's keys are asked for at most once a minute: until then polling brings the film."""
    await seeing.animate()
    await films(seeing, 1)
    await seeing.sandbox.post("fal/set", {"rotate_keys": True})
    await seeing.animate(person="bob")
    await films(seeing, 2)
    assert set(await delivered(seeing)) == {401}
    await seeing.stop()
    await seeing.start(public_port=port)
    assert await deliver(seeing, (await seeing.requests())[-1]) == [200]


async def test_a_webhook_that_finds_no_bot_is_brought_again(blind: Stage, port: int) -> None:
    await waits(blind)
    await blind.stop()
    await blind.release()
    assert isinstance((await delivered(blind))[0], str)
    await blind.start(pace=BLIND, public_port=port)
    await films(blind, 1)


async def test_while_the_database_is_locked_fal_is_told_to_come_again(blind: Stage) -> None:
    """For longer than the bot waits for it, 10 s."""
    await waits(blind)
    await blind.status("Sent to fal")  # nothing else waits for the database, which all do one after the other
    async with blind.locked_database():
        await blind.release()
        assert await delivered(blind) == [503]
    await films(blind, 1)
    assert (await blind.row())["state"] == "delivered"
