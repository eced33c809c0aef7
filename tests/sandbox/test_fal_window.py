"""The window onto the real fal: what an unmodified client meets that goes through it, and what it shows of that."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import fal_client
import httpx
import pytest

from bot.adapters.fal import open_fal
from bot.domain.errors import Unclear
from tests.sandbox.fal_stage import MORPH, WAN_21, WAN_22, WAN_26, Json, picture, png, small, until
from tests.sandbox.window_stage import Onto, onto_standin, trusting, viewed


@pytest.fixture
async def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Onto]:
    async with onto_standin(tmp_path, monkeypatch) as staged:
        yield staged


async def upload(fal: Onto) -> str:
    return await fal.client.upload(png(picture()), "image/png", "a.png")


async def test_a_film_comes_through_byte_for_byte_and_the_table_tells_what_fal_tells(fal: Onto) -> None:
    given = small(await upload(fal), seed=5)
    handle = await fal.client.submit(WAN_22, given)
    result = await handle.get(interval=0.02)
    seen, original = [(await web.get(result["video"]["url"])).content for web in (fal.near.web, fal.far.web)]
    assert seen == original
    assert len(seen) == result["video"]["file_size"]
    [near], [far] = await fal.near.requests(), await fal.far.requests()
    assert set(near) == set(far)
    timed = ("submitted_at", "started_at", "ended_at", "render_seconds")
    assert {name: near[name] for name in near if name not in timed} == {
        name: far[name] for name in far if name not in timed
    }
    assert near["submitted_at"] <= near["ended_at"]
    assert (near["result"], near["seed"], near["billable_units"]) == (result, 5, pytest.approx(17 / 16 / 2))


async def test_the_record_tells_every_call_as_fal_was_asked(fal: Onto) -> None:
    handle = await fal.client.submit(
        WAN_22, small(await upload(fal)), priority="low", webhook_url="https://a.example/7"
    )
    await handle.get(interval=0.02)
    near, far = await fal.near.record(), await fal.far.record()
    assert [entry | {"at": 0, "ms": 0} for entry in near] == [entry | {"at": 0, "ms": 0} for entry in far]
    assert near[2]["headers"] == {"X-Fal-Queue-Priority": "low"}
    assert fal.near.events("call") == [{"service": "fal", **entry} for entry in near]
    assert [request["webhook_url"] for request in await fal.near.requests()] == ["https://a.example/7"]


async def test_each_change_is_told_once_with_the_place_in_the_queue(fal: Onto) -> None:
    await fal.far.set(queue_seconds=60, run_seconds=60)
    handle = await fal.client.submit(WAN_22, small(await upload(fal)))
    for _ in range(3):
        assert isinstance(await handle.status(), fal_client.Queued)
    await fal.far.set(queue_seconds=0)
    await until(lambda: [what for _, what in fal.far.told if what["status"] == "IN_PROGRESS"])
    for _ in range(3):
        assert isinstance(await handle.status(), fal_client.InProgress)
    await fal.far.set(run_seconds=0)
    await handle.get(interval=0.02)
    told = fal.near.events("request")
    shown = [(what["status"], what["queue_position"], what["answer_status"]) for what in told]
    assert shown == [
        ("IN_QUEUE", 3, None),
        ("IN_PROGRESS", None, None),
        ("COMPLETED", None, None),
        ("COMPLETED", None, 200),
    ]
    assert told[-1] == (await fal.near.requests())[0]
    assert told[-1]["submitted_at"] <= told[-1]["started_at"] <= told[-1]["ended_at"]


@pytest.mark.parametrize(
    ("endpoint", "given", "dollars"),
    [
        (WAN_21, {"resolution": "480p"}, 0.2),
        (MORPH, {"num_frames": 100}, 0.5),
        (WAN_22, {"num_frames": 81, "image_url": "https://v3.fal.media/a.png"}, 0.405),
        (WAN_26, {"duration": "10", "resolution": "1080p"}, 1.5),
        (WAN_21, {"resolution": "8k"}, None),
    ],
)
async def test_what_a_film_costs_by_the_price_list_is_told_from_the_submit_on(
    fal: Onto, endpoint: str, given: Json, dollars: float | None
) -> None:
    await fal.far.set(queue_seconds=60)
    await fal.client.submit(endpoint, {"prompt": "x"} | given)
    assert [request["cost_usd"] for request in await fal.near.requests()] == [dollars]


async def test_what_fal_refuses_as_the_result_is_told_and_free(fal: Onto) -> None:
    handle = await fal.client.submit(WAN_21, {"prompt": "x"})
    with pytest.raises(fal_client.FalClientHTTPError) as refused:
        await handle.get(interval=0.02)
    [told] = await fal.near.requests()
    assert (refused.value.status_code, told["answer_status"], told["cost_usd"]) == (422, 422, 0)
    assert told["result"]["detail"] == refused.value.message


async def test_a_result_that_is_asked_for_too_early_is_no_result(fal: Onto) -> None:
    await fal.far.set(queue_seconds=60)
    handle = await fal.client.submit(WAN_21, {"prompt": "x"})
    assert (await fal.near.web.get(handle.response_url)).status_code == 400
    [told] = await fal.near.requests()
    assert (told["status"], told["answer_status"], told["result"]) == ("IN_QUEUE", None, None)


async def test_a_request_that_is_cancelled_is_shown_so(fal: Onto) -> None:
    await fal.far.set(queue_seconds=60)
    handle = await fal.client.submit(WAN_21, {"prompt": "x"})
    await handle.cancel()
    [told] = await fal.near.requests()
    assert (told["cancelled"], told["status"], told["answer_status"]) == (True, "IN_QUEUE", None)
    assert told["removed"] is False
    with pytest.raises(fal_client.FalClientHTTPError):
        await handle.get(interval=0.02)
    [told] = await fal.near.requests()
    assert (told["status"], told["answer_status"]) == ("COMPLETED", 499)


async def test_a_request_that_a_cancel_removed_is_shown_so(fal: Onto) -> None:
    await fal.far.set(queue_seconds=60, cancel="removed")
    handle = await fal.client.submit(WAN_21, {"prompt": "x"})
    await handle.cancel()
    [told] = await fal.near.requests()
    assert (told["cancelled"], told["removed"]) == (True, True)


async def test_a_lost_reply_stays_lost_and_the_paid_call_is_sent_once(fal: Onto) -> None:
    await fal.far.fault("drop_reply_after_accept")
    with pytest.raises(httpx.TransportError):
        await fal.near.web.post(f"https://queue.fal.run/{WAN_21}", json={"prompt": "x"})
    assert len(await fal.far.requests()) == 1
    assert len(await fal.far.record()) == 1
    [entry] = await fal.near.record()
    assert (entry["status"], entry["route"]) == (0, "/{endpoint}")
    assert entry["error"].startswith("The connection to queue.fal.run broke off")
    assert await fal.near.requests() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_call_that_would_do_no_harm_twice_is_sent_once_as_well(fal: Onto, method: str) -> None:
    await fal.far.fault("drop_reply_after_accept", match=method)
    with pytest.raises(httpx.TransportError):
        await fal.near.web.request(method, f"https://queue.fal.run/{WAN_21}/requests/7/cancel", content=b"")
    assert [entry["method"] for entry in await fal.far.record()] == [method]


async def test_the_bot_meets_an_unknown_outcome_and_finds_its_request_again(fal: Onto) -> None:
    given = {"prompt": "x", "image_url": await upload(fal), "seed": 5}
    await fal.far.fault("drop_reply_after_accept")
    async with open_fal(fal.far.standin.key) as bot:
        with pytest.raises(Unclear):
            await bot.submit(WAN_22, given, None, lambda status, _: f"{status}")
        found = await bot.find(WAN_22, given, since=0)
    [told] = await fal.near.requests()
    assert (told["request_id"], told["endpoint"], told["input"]) == (found, WAN_22, given)
    assert (told["submitted_at"], told["cost_usd"]) == ((await fal.near.record())[-2]["at"], 0.405)


async def test_a_lost_submit_that_nobody_could_read_is_not_taken_for_another(fal: Onto) -> None:
    await fal.far.fault("drop_reply_after_accept")
    with pytest.raises(httpx.TransportError):
        await fal.near.web.post(f"https://queue.fal.run/{WAN_21}", content=b"[")
    await fal.far.web.post(f"https://queue.fal.run/{WAN_21}", json={"prompt": "x"})
    address = "https://api.fal.ai/v1/models/requests/by-endpoint"
    listed = await fal.near.web.get(address, params={"endpoint_id": WAN_21, "expand": "payloads"})
    assert len(listed.json()["items"]) == 1
    assert await fal.near.requests() == []


async def test_a_result_that_has_expired_since_is_still_shown(fal: Onto) -> None:
    handle = await fal.client.submit(WAN_22, small(await upload(fal)))
    result = await handle.get(interval=0.02)
    fal.far.standin.reset()
    assert (await fal.near.web.get(handle.response_url)).status_code == 404
    [told] = await fal.near.requests()
    assert (told["answer_status"], told["result"]) == (200, result)


async def test_a_film_that_breaks_off_breaks_off_for_the_client(fal: Onto) -> None:
    result = await (await fal.client.submit(WAN_22, small(await upload(fal)))).get(interval=0.02)
    await fal.far.fault("video_truncated")
    async with fal.near.web.stream("GET", result["video"]["url"]) as reply:
        assert reply.headers["content-length"] == str(result["video"]["file_size"])
        with pytest.raises(httpx.TransportError):
            await reply.aread()
    assert (await fal.near.record())[-1]["status"] == 0


async def test_an_answer_that_only_says_no_passes_as_it_is(fal: Onto) -> None:
    await fal.far.fault("locked_account")
    with pytest.raises(fal_client.FalClientHTTPError) as refused:
        await fal.client.submit(WAN_21, {"prompt": "x"})
    assert (refused.value.status_code, str(refused.value.message)[:15]) == (403, "User is locked.")
    await fal.far.fault("nginx_502", match="GET")
    reply = await fal.near.web.get(f"https://queue.fal.run/{WAN_21}/requests/7")
    assert (reply.status_code, "nginx" in reply.text) == (502, True)
    assert await fal.near.requests() == []


async def test_a_request_from_before_the_window_was_opened_is_known_by_what_is_asked_about_it(fal: Onto) -> None:
    handle = await fal.client.submit(WAN_22, small(await upload(fal)))
    fal.near.window.reset()
    assert (await fal.near.requests(), await fal.near.record()) == ([], [])
    result = await handle.get(interval=0.02)
    [told] = await fal.near.requests()
    assert (told["request_id"], told["endpoint"], told["result"]) == (handle.request_id, "fal-ai/wan", result)
    assert (told["submitted_at"], told["cost_usd"]) == (None, None)


async def test_the_key_is_nowhere(fal: Onto, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    handle = await fal.client.submit(WAN_22, small(await upload(fal)))
    await handle.get(interval=0.02)
    await fal.far.fault("drop_reply_after_accept", match="GET")
    with pytest.raises(httpx.TransportError):
        await fal.near.web.get(handle.status_url)
    shown = [await fal.near.record(), await fal.near.requests(), fal.near.told]
    kept = [path.read_text() for path in (tmp_path / "near").iterdir()]
    everything = "".join([json.dumps(shown), caplog.text, *kept])
    assert len(fal.near.told) > 3
    for part in ("Authorization", *fal.far.standin.key.split(":")):
        assert part not in everything


async def test_only_hosts_of_fal_are_reached_whatever_a_call_calls_itself(fal: Onto) -> None:
    with pytest.raises(httpx.ProxyError):
        await fal.near.web.get("https://example.com/")
    named = await fal.near.web.get("https://queue.fal.run/", headers={"Host": "example.com"})
    assert (named.status_code, named.json()["detail"][:11]) == (403, "example.com")
    shown = [(entry["method"], entry["host"], entry["status"]) for entry in await fal.near.record()]
    assert shown == [("CONNECT", "example.com:443", 403), ("GET", "example.com", 403)]
    assert await fal.far.record() == []


async def test_nothing_can_be_set_or_made_to_fail(fal: Onto) -> None:
    for path, body in (("set", {"queue_seconds": 1}), ("fault", {"kind": "slow"})):
        reply = await fal.near.control.post(f"/_sim/fal/{path}", json=body)
        assert (reply.status_code, reply.json()["error"][:21]) == (409, "This is the real fal:")
    assert (fal.near.window.key, fal.near.window.waiting_faults()) == ("", [])


async def test_a_fal_whose_certificate_nobody_vouches_for_is_not_asked(
    fal: Onto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with viewed(tmp_path, monkeypatch, proxy=fal.far.standin.proxy_url) as doubting:
        with pytest.raises(httpx.TransportError):
            await doubting.web.get("https://queue.fal.run/")
        assert "Certificate" in (await doubting.record())[0]["error"]
    assert await fal.far.record() == []


async def test_the_operators_own_proxy_leads_to_fal_and_their_passwords_for_others_stay_out_of_it(
    fal: Onto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login operator password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    standin = fal.far.standin
    async with viewed(tmp_path, monkeypatch, standin.key, trust=trusting(standin.ca_path)) as view:
        monkeypatch.setenv("HTTPS_PROXY", standin.proxy_url)
        reply = await view.web.post(f"https://queue.fal.run/{WAN_21}", json={})
    assert [request["request_id"] for request in await fal.far.requests()] == [reply.json()["request_id"]]
