"""The knobs and the control routes of the stand-in for fal."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import fal_client
import pytest

from tests.sandbox.fal_stage import WAN_21, WAN_22, Stage, small, staged


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
