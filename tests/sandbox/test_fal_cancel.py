"""What becomes of a request that is cancelled, and of one who may not ask the platform."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.fal_stage import WAN_22, Stage, small, staged, until

ASKED = f"https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id={WAN_22}"


@pytest.fixture
async def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


async def cancelled(fal: Stage, url: str) -> tuple[int, Any]:
    """What fal answers to a cancel."""
    reply = await fal.web.put(url)
    return reply.status_code, reply.json()


async def test_a_cancel_may_remove_what_waits_and_nobody_ever_heard_of_it(fal: Stage) -> None:
    await fal.set(queue_seconds=60, cancel="removed")
    handle = await fal.submit(WAN_22, {}, "http://127.0.0.1:9/hook")
    assert await cancelled(fal, handle.cancel_url) == (200, {"status": "OK"})
    for url in (handle.status_url, handle.response_url, handle.cancel_url):
        reply = await (fal.web.put(url) if url == handle.cancel_url else fal.web.get(url))
        assert reply.status_code == 404
    assert (await fal.web.get(handle.status_url)).json() == {"status": "NOT_FOUND"}
    assert (await fal.web.get(ASKED)).json()["items"] == []
    [told] = await fal.requests()
    assert (told["removed"], told["cancelled"], told["status"], told["queue_position"]) == (
        True,
        True,
        "IN_QUEUE",
        None,
    )
    assert [what for event, what in fal.told if event == "request"][-1] == told
    await fal.set(queue_seconds=0)
    assert [(one["status"], one["deliveries"]) for one in await fal.requests()] == [("IN_QUEUE", [])]


async def test_a_cancel_that_removes_what_waits_only_asks_what_runs_to_end(fal: Stage) -> None:
    await fal.set(run_seconds=60, cancel="removed")
    handle = await fal.submit(WAN_22, small(await fal.upload()))
    await until(lambda: [what for event, what in fal.told if event == "request" and what["status"] == "IN_PROGRESS"])
    assert await cancelled(fal, handle.cancel_url) == (202, {"status": "CANCELLATION_REQUESTED"})
    await until(lambda: fal.told[-1][0] == "request" and fal.told[-1][1]["answer_status"] == 499)
    assert (await fal.web.get(handle.response_url)).status_code == 499


@pytest.mark.parametrize("waits", [True, False])
async def test_a_cancel_may_be_ignored_and_the_film_is_made(fal: Stage, waits: bool) -> None:  # noqa: FBT001
    url = await fal.upload()
    await fal.set(queue_seconds=60 if waits else 0, run_seconds=60, cancel="ignored")
    handle = await fal.submit(WAN_22, small(url))
    assert await cancelled(fal, handle.cancel_url) == (202, {"status": "CANCELLATION_REQUESTED"})
    await fal.set(queue_seconds=0, run_seconds=0)
    assert (await handle.get(interval=0.02))["video"]["url"]
    [told] = await fal.requests()
    assert (told["cancelled"], told["answer_status"], told["cost_usd"] > 0) == (False, 200, True)


async def test_a_key_may_not_be_allowed_to_ask_the_platform_and_still_make_films(fal: Stage) -> None:
    await fal.set(platform=False)
    for url in (ASKED, f"https://api.fal.ai/v1/models/pricing?endpoint_id={WAN_22}"):
        reply = await fal.web.get(url)
        assert (reply.status_code, reply.json()["error"]["type"]) == (403, "authorization_error")
    assert await (await fal.submit(WAN_22, small(await fal.upload()))).get(interval=0.02)
    await fal.set(platform=True)
    assert (await fal.web.get(ASKED)).status_code == 200


@pytest.mark.parametrize(
    "knob",
    [{"platform": 1}, {"cancel": "maybe"}, {"cancel": ["removed"]}, {"rotate_keys": False}, {"rotate_keys": 1}],
    ids=str,
)
async def test_a_knob_that_is_turned_too_far_is_refused(fal: Stage, knob: Any) -> None:
    reply = await fal.control.post("/_sim/fal/set", json=knob)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(f"{next(iter(knob))} must be ")


async def test_a_reset_turns_the_knobs_back(fal: Stage) -> None:
    before = (await fal.control.get("/_sim/fal/settings")).json()
    await fal.set(platform=False, cancel="removed", logs=False, rotate_keys=True)
    fal.standin.reset()
    after = (await fal.control.get("/_sim/fal/settings")).json()
    assert (after["platform"], after["cancel"], after["logs"]) == (True, "requested", True)
    assert set(after) == set(before)
