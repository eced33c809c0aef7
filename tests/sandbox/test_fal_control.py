"""The knobs and the control routes of the stand-in for fal."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest

from tests.sandbox.fal_stage import WAN_21, WAN_22, Json, Receiver, Stage, receiving, small, staged, until


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as open_receiver:
        yield open_receiver


@pytest.fixture
async def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


async def test_only_so_many_requests_run_at_once_and_the_first_come_first(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(run_seconds=60, concurrency=2)
    handles = [await fal.submit(WAN_22, small(url)) for _ in range(5)]
    await asyncio.sleep(0.05)
    assert [request["status"] for request in await fal.requests()] == ["IN_PROGRESS"] * 2 + ["IN_QUEUE"] * 3
    statuses = [await handle.status() for handle in handles[2:]]
    assert [status.position for status in statuses if isinstance(status, fal_client.Queued)] == [0, 1, 2]
    await handles[0].cancel()
    await asyncio.sleep(0.05)
    assert [request["status"] for request in await fal.requests()] == [
        "COMPLETED",
        "IN_PROGRESS",
        "IN_PROGRESS",
        "IN_QUEUE",
        "IN_QUEUE",
    ]
    assert (await fal.web.post(f"https://fal.run/{WAN_22}", json=small(url))).status_code == 429
    await fal.set(run_seconds=0)
    for handle in handles[1:]:
        assert await handle.get(interval=0.02)
    started = [request["started_at"] for request in (await fal.requests())[1:]]
    assert started == sorted(started)


async def test_an_outcome_is_how_the_next_job_ends_and_no_other(fal: Stage) -> None:
    url = await fal.upload()
    flagged = {"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation", "input": "x"}
    await fal.set(outcome={"error_status": 422, "body": {"detail": [flagged]}})
    refused = await fal.refusal(WAN_22, small(url))
    assert (refused.status_code, refused.message) == (422, [flagged])
    assert await (await fal.submit(WAN_22, small(url))).get(interval=0.02)
    await fal.set(outcome={"error_status": 500, "body": {"detail": "broken", "error_type": "internal_error"}})
    broken = await fal.refusal(WAN_22, small(url))
    assert (broken.status_code, broken.error_type) == (500, "internal_error")
    assert [request["cost_usd"] > 0 for request in await fal.requests()] == [False, True, False]


async def test_a_change_of_knobs_reaches_requests_that_wait_already(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(queue_seconds=60, run_seconds=60)
    handle = await fal.submit(WAN_22, small(url))
    await fal.set(queue_seconds=0, run_seconds=0)
    assert await handle.get(interval=0.02)


async def test_logs_can_be_turned_off(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(logs=False)
    handle = await fal.submit(WAN_22, small(url))
    await handle.get(interval=0.02)
    assert (await handle.status(with_logs=True)) == fal_client.Completed(
        logs=None, metrics=(await fal.web.get(handle.status_url)).json()["metrics"]
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("set", {"speed": 1}),
        ("set", {"queue_seconds": "2"}),
        ("set", {"queue_seconds": -1}),
        ("set", {"concurrency": 1.5}),
        ("set", {"logs": 1}),
        ("set", {"units": "plenty"}),
        ("set", {"units": -1}),
        ("set", {"unit_price": 0.4}),
        ("set", {"unit_price": {WAN_21: "0.4"}}),
        ("set", {"unit_price": {"somebody/gone": 0.4}}),
        ("set", {"outcome": {"error_status": 199, "body": {}}}),
        ("set", {"run_seconds": 3, "speed": 1}),
        ("set", []),
        ("fault", {"kind": "earthquake"}),
        ("fault", {"times": 1}),
        ("fault", {"kind": "slow", "times": 0}),
        ("fault", {"kind": "slow", "seconds": -1}),
        ("fault", {"kind": "slow", "match": 5}),
        ("fault", {"kind": "slow", "when": "now"}),
    ],
    ids=str,
)
async def test_a_control_call_that_makes_no_sense_is_refused_in_a_sentence(fal: Stage, path: str, body: Any) -> None:
    reply = await fal.control.post(f"/_sim/fal/{path}", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"].endswith(".")
    assert (await fal.control.post(f"/_sim/fal/{path}", content=b"{")).status_code == 400


async def test_requests_tell_all_that_a_scenario_asks_for(fal: Stage) -> None:
    given = small(await fal.upload())
    handle = await fal.submit(WAN_22, given)
    await handle.get(interval=0.02)
    [told] = await fal.requests()
    assert told | {"request_id": handle.request_id, "endpoint": WAN_22, "input": given, "status": "COMPLETED"} == told
    assert told["submitted_at"] <= told["started_at"] <= told["ended_at"]
    assert (told["webhook_url"], told["deliveries"]) == (None, [])
    assert 0 < told["render_seconds"] < 5
    assert (told["queue_position"], told["answer_status"]) == (None, 200)
    assert told["result"] == await handle.get()
    assert told["seed"] == told["result"]["seed"]
    assert told["billable_units"] == pytest.approx(told["cost_usd"] / 0.08)


async def test_a_request_that_waits_tells_its_place_and_nothing_of_an_end(fal: Stage) -> None:
    await fal.set(queue_seconds=60)
    for _ in range(2):
        await fal.submit(WAN_22, {"seed": 5})
    told = await fal.requests()
    assert [request["queue_position"] for request in told] == [3, 4]
    assert {(request["result"], request["billable_units"], request["seed"]) for request in told} == {(None, None, 5)}


def changes(fal: Stage) -> list[Json]:
    """The requests that were told of, without a repetition of the same."""
    told = [what for event, what in fal.told if event == "request"]
    return [what for at, what in enumerate(told) if at == 0 or what != told[at - 1]]


async def test_each_change_of_a_request_is_told_when_it_happens(fal: Stage, receiver: Receiver) -> None:
    handle = await fal.submit(WAN_22, small(await fal.upload()), receiver.url)
    await until(lambda: changes(fal) and changes(fal)[-1]["deliveries"])
    told = changes(fal)
    assert {what["request_id"] for what in told} == {handle.request_id}
    assert [(what["status"], len(what["deliveries"])) for what in told] == [
        ("IN_QUEUE", 0),
        ("IN_PROGRESS", 0),
        ("COMPLETED", 0),
        ("COMPLETED", 1),
    ]
    assert told[-1] == (await fal.requests())[0]


async def test_a_request_that_is_cancelled_is_told_as_such_and_as_ended_with_499(fal: Stage) -> None:
    await fal.set(queue_seconds=60)
    handle = await fal.submit(WAN_22, {})
    await handle.cancel()
    await until(lambda: changes(fal)[-1]["ended_at"])
    assert [(what["status"], what["cancelled"], what["answer_status"]) for what in changes(fal)] == [
        ("IN_QUEUE", False, None),
        ("IN_QUEUE", True, None),
        ("COMPLETED", True, 499),
    ]


async def test_each_call_is_told_once_when_it_is_over_torn_ones_and_refused_hosts_too(fal: Stage) -> None:
    await fal.fault("drop_reply_after_accept")
    await fal.submit(WAN_21, {})
    with pytest.raises(httpx.ProxyError):
        await fal.web.get("https://example.com/")
    calls = [what for event, what in fal.told if event == "call"]
    assert [(what["method"], what["host"], what["status"]) for what in calls] == [
        ("POST", "queue.fal.run", 0),
        ("POST", "queue.fal.run", 200),
        ("CONNECT", "example.com:443", 403),
    ]
    assert calls == [{"service": "fal", **entry} for entry in await fal.record()]
    assert fal.standin.key.partition(":")[2] not in json.dumps(fal.told)


async def test_what_still_waits_to_go_wrong_is_told_with_the_times_that_are_left(fal: Stage) -> None:
    await fal.fault("json_503", times=2)
    await fal.fault("slow", seconds=0, match="GET queue.fal.run")
    with pytest.raises(fal_client.FalClientHTTPError):
        await fal.submit(WAN_21, {})
    assert fal.standin.waiting_faults() == [
        {"kind": "json_503", "times": 1, "seconds": None, "match": None},
        {"kind": "slow", "times": 1, "seconds": 0, "match": "GET queue.fal.run"},
    ]
    fal.standin.reset()
    assert fal.standin.waiting_faults() == []


async def test_an_outcome_waits_to_go_wrong_until_a_film_has_taken_it(fal: Stage) -> None:
    flagged, broken = ({"error_status": status, "body": {"detail": "no"}} for status in (422, 500))
    await fal.set(outcome=flagged)
    await fal.set(outcome=broken)
    await fal.fault("slow", seconds=0, match="GET queue.fal.run")
    await fal.submit(WAN_21, {})
    assert fal.standin.waiting_faults() == [
        {"kind": "slow", "times": 1, "seconds": 0, "match": "GET queue.fal.run"},
        {"kind": "outcome", "times": 1, "seconds": None, "match": None, "outcome": broken},
    ]
    await fal.set(outcome=None)
    assert [fault["kind"] for fault in fal.standin.waiting_faults()] == ["slow"]


async def test_the_record_tells_every_call_and_never_the_key(fal: Stage) -> None:
    await fal.upload()
    handle = await fal.client.submit(WAN_21, {}, priority="low")
    await fal.web.get(handle.status_url)
    record = await fal.record()
    assert [(entry["method"], entry["host"], entry["route"], entry["status"]) for entry in record] == [
        ("POST", "rest.fal.ai", "/storage/auth/token", 200),
        ("POST", "v3.fal.media", "/files/upload", 200),
        ("POST", "queue.fal.run", "/{endpoint}", 200),
        ("GET", "queue.fal.run", "/{app}/requests/{id}/status", record[-1]["status"]),
    ]
    assert record[2]["path"] == f"/{WAN_21}"
    assert record[2]["headers"]["X-Fal-Queue-Priority"] == "low"
    assert all(entry["ms"] >= 0 and entry["at"] > 0 for entry in record)
    assert fal.standin.key.partition(":")[2] not in json.dumps(record)
    assert (await fal.control.delete("/_sim/fal/record")).json() == {}
    assert await fal.record() == []


async def test_after_a_reset_all_is_as_new(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(run_seconds=60, outcome={"error_status": 500, "body": {}})
    await fal.fault("locked_account")
    fal.standin.reset()
    assert (await fal.requests(), await fal.record()) == ([], [])
    assert (await fal.web.get(url)).status_code == 404
    await fal.set(queue_seconds=0, run_seconds=0)
    assert await (await fal.submit(WAN_22, small(await fal.upload()))).get(interval=0.02)


async def test_a_reset_ends_what_is_under_way(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(run_seconds=60)
    handle = await fal.submit(WAN_22, small(url))
    fal.standin.reset()
    assert (await fal.web.get(handle.status_url)).status_code == 404


async def test_the_seed_decides_the_seeds_that_inputs_leave_open(fal: Stage) -> None:
    seeds: list[list[int]] = []
    for _ in range(2):
        fal.standin.reset()
        await fal.set(queue_seconds=0, run_seconds=0)
        url = await fal.upload()
        handles = [await fal.submit(WAN_22, small(url)) for _ in range(2)]
        seeds.append([(await handle.get(interval=0.02))["seed"] for handle in handles])
    assert seeds[0] == seeds[1]
    assert seeds[0][0] != seeds[0][1]
