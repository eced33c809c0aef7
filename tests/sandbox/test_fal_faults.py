"""What goes wrong on purpose, as an unmodified client and a receiver of webhooks meet it."""

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import fal_client
import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sandbox.fal import webhook
from tests.sandbox.fal_stage import WAN_21, WAN_22, Json, Receiver, Stage, receiving, small, staged, until


@pytest.fixture
async def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as open_receiver:
        yield open_receiver


async def genuine(fal: Stage, headers: dict[str, str], body: bytes) -> bool:
    """Checked with nothing but what fal's documents say."""
    keys = (await fal.web.get("https://rest.fal.ai/.well-known/jwks.json")).json()["keys"]
    x = keys[0]["x"]
    values = [headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    signed = "\n".join([*values, hashlib.sha256(body).hexdigest()]).encode()
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
    try:
        public.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), signed)
    except InvalidSignature:
        return False
    return True


def submits(record: list[Json]) -> list[int | None]:
    return [entry["status"] for entry in record if entry["route"] == "/{endpoint}"]


async def test_a_lost_reply_makes_the_client_submit_again(fal: Stage) -> None:
    await fal.fault("drop_reply_after_accept", times=2)
    await fal.submit(WAN_21, {"seed": 5})
    assert [request["input"]["seed"] for request in await fal.requests()] == [5, 5, 5]
    assert submits(await fal.record()) == [0, 0, 200]


async def test_a_single_submit_whose_reply_is_lost_was_accepted(fal: Stage) -> None:
    await fal.fault("drop_reply_after_accept")
    with pytest.raises(httpx.TransportError):
        await fal.web.post(f"https://queue.fal.run/{WAN_21}", json={})
    assert len(await fal.requests()) == 1


@pytest.mark.parametrize(("kind", "attempts"), [("nginx_502", 3), ("rate_limited", 3), ("json_503", 1)])
async def test_only_some_errors_are_retried(fal: Stage, kind: str, attempts: int) -> None:
    await fal.fault(kind, times=2)
    if attempts == 1:
        with pytest.raises(fal_client.FalClientHTTPError):
            await fal.submit(WAN_21, {})
    else:
        await fal.submit(WAN_21, {})
    assert len(submits(await fal.record())) == attempts
    assert len(await fal.requests()) == (0 if attempts == 1 else 1)


async def test_a_slow_submit_is_accepted_before_its_reply(fal: Stage) -> None:
    await fal.fault("slow", seconds=0.3)
    impatient = httpx.Timeout(10, read=0.1)  # connecting may take its time
    with pytest.raises(httpx.ReadTimeout):
        await fal.web.post(f"https://queue.fal.run/{WAN_21}", json={}, timeout=impatient)
    assert len(await fal.requests()) == 1


async def test_a_fault_strikes_where_it_matches(fal: Stage) -> None:
    await fal.fault("json_503", match="GET queue.fal.run")
    handle = await fal.submit(WAN_21, {})
    assert [(await fal.web.get(handle.status_url)).status_code for _ in range(2)] == [503, 200]


async def test_a_fault_that_matches_nothing_in_particular_strikes_a_submit(fal: Stage) -> None:
    handle = await fal.submit(WAN_21, {})
    await fal.fault("json_503")
    assert (await fal.web.get(handle.status_url)).status_code in (200, 202)
    assert (await fal.web.post(f"https://queue.fal.run/{WAN_21}", json={})).status_code == 503


async def test_a_locked_account_is_refused_in_fals_words(fal: Stage) -> None:
    await fal.fault("locked_account")
    with pytest.raises(fal_client.FalClientHTTPError) as refused:
        await fal.submit(WAN_21, {})
    assert (refused.value.status_code, refused.value.message) == (
        403,
        "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
    )
    assert await fal.requests() == []


async def test_a_failing_upload_fails_both_ways_and_the_next_one_works(fal: Stage) -> None:
    await fal.fault("upload_fails")
    with pytest.raises(fal_client.FalClientHTTPError) as failed:
        await fal.upload()
    assert failed.value.status_code == 500
    assert await fal.upload()


async def test_a_film_may_be_missing_once(fal: Stage) -> None:
    result = await (await fal.submit(WAN_22, small(await fal.upload()))).get(interval=0.02)
    await fal.fault("video_404")
    assert [(await fal.web.get(result["video"]["url"])).status_code for _ in range(2)] == [404, 200]


async def test_a_film_may_be_cut_off_half_way(fal: Stage) -> None:
    result = await (await fal.submit(WAN_22, small(await fal.upload()))).get(interval=0.02)
    url, size = result["video"]["url"], result["video"]["file_size"]
    await fal.fault("video_truncated")
    async with fal.web.stream("GET", url) as reply:
        assert reply.headers["content-length"] == str(size)
        with pytest.raises(httpx.RemoteProtocolError):
            await reply.aread()
        assert 0 < reply.num_bytes_downloaded < size
    assert len((await fal.web.get(url)).content) == size


async def test_a_request_may_never_finish_unless_it_is_cancelled(fal: Stage) -> None:
    await fal.fault("never_finish")
    given = small(await fal.upload())
    handle = await fal.submit(WAN_22, given)
    for _ in range(2):
        assert await (await fal.submit(WAN_22, given)).get(interval=0.02)
    assert isinstance(await handle.status(), fal_client.InProgress)
    await handle.cancel()
    with pytest.raises(fal_client.FalClientHTTPError):
        await handle.get(interval=0.02)


async def test_a_request_may_go_back_to_the_queue_and_still_end_well(fal: Stage) -> None:
    url = await fal.upload()
    await fal.set(queue_seconds=0.2, run_seconds=0.4)
    await fal.fault("requeue")
    handle = await fal.submit(WAN_22, small(url))
    seen = [type(event).__name__ async for event in handle.iter_events(interval=0.02)]
    changes = [name for at, name in enumerate(seen) if at == 0 or seen[at - 1] != name]
    assert changes == ["Queued", "InProgress", "Queued", "InProgress", "Completed"]
    assert await handle.get()


async def test_a_result_may_have_expired(fal: Stage) -> None:
    url = await fal.upload()
    await fal.fault("result_expired")
    assert (await fal.refusal(WAN_22, small(url))).status_code == 404
    assert await (await fal.submit(WAN_22, small(url))).get(interval=0.02)


async def test_a_webhook_is_signed_over_its_raw_bytes_and_tells_the_result(fal: Stage, receiver: Receiver) -> None:
    handle = await fal.submit(WAN_22, small(await fal.upload()), receiver.url)
    [(headers, body)] = await until(lambda: receiver.came)
    assert await genuine(fal, headers, body)
    assert not await genuine(fal, headers, json.dumps(json.loads(body), separators=(",", ":")).encode())
    assert abs(int(headers["x-fal-webhook-timestamp"]) - time.time()) < 10
    [told] = receiver.told()
    assert (told["request_id"], told["status"], told["error"]) == (handle.request_id, "OK", None)
    assert told["payload"] == await handle.get()
    [request] = await fal.requests()
    assert request["webhook_url"] == receiver.url
    assert [delivery["status"] for delivery in request["deliveries"]] == [200]


async def test_the_webhook_of_a_failure_tells_the_error(fal: Stage, receiver: Receiver) -> None:
    await fal.submit(WAN_22, {}, receiver.url)
    await until(lambda: receiver.came)
    [told] = receiver.told()
    assert (told["status"], told["error"]) == ("ERROR", "Invalid status code: 422")
    assert [error["type"] for error in told["payload"]["detail"]] == ["missing", "missing"]


async def test_a_refused_webhook_is_tried_again_with_the_same_body(fal: Stage, receiver: Receiver) -> None:
    receiver.answers = [500, 503]
    await fal.submit(WAN_22, {}, receiver.url)
    await until(lambda: len(receiver.came) == 3)
    assert len({body for _, body in receiver.came}) == 1


async def test_webhooks_may_come_twice_forged_or_never(fal: Stage, receiver: Receiver) -> None:
    for kind in ("webhook_twice", "webhook_forged", "webhook_lost"):
        await fal.fault(kind)
        handle = await fal.submit(WAN_22, {}, receiver.url)
        _ = [event async for event in handle.iter_events(interval=0.02)]
    await until(lambda: len(receiver.came) == 3)
    assert [await genuine(fal, *delivery) for delivery in receiver.came] == [True, True, False]
    forged = receiver.told()[2]
    assert (forged["status"], forged["payload"]["video"]["file_name"]) == ("OK", "forged.mp4")
    statuses = [[one["status"] for one in request["deliveries"]] for request in await fal.requests()]
    assert statuses == [[200, 200], [200], []]


async def test_a_webhook_may_come_late(fal: Stage, receiver: Receiver) -> None:
    await fal.fault("webhook_late", seconds=0.4)
    handle = await fal.submit(WAN_22, {}, receiver.url)
    _ = [event async for event in handle.iter_events(interval=0.02)]
    assert receiver.came == []
    await until(lambda: receiver.came)


async def test_a_webhook_may_come_before_the_reply_to_the_submit(fal: Stage, receiver: Receiver) -> None:
    url = await fal.upload()
    await fal.set(queue_seconds=60, run_seconds=60)
    await fal.fault("webhook_early")
    handle = await fal.submit(WAN_22, small(url), receiver.url)
    [told] = receiver.told()
    assert (told["request_id"], told["status"]) == (handle.request_id, "OK")


async def test_a_webhook_to_elsewhere_is_not_sent(fal: Stage) -> None:
    handle = await fal.submit(WAN_22, {}, "https://example.com/hook")
    _ = [event async for event in handle.iter_events(interval=0.02)]
    [request] = await fal.requests()
    assert [delivery["status"] for delivery in request["deliveries"]] == ["refused: not on loopback"]


def test_the_signature_agrees_with_a_known_one() -> None:
    body = (
        b'{"error": null, "gateway_request_id": "123e4567-e89b-12d3-a456-426614174000", "payload": {"seed": 7, '
        b'"video": {"content_type": "video/mp4", "url": "http://127.0.0.1:8899/files/b/x/out.mp4"}}, '
        b'"request_id": "123e4567-e89b-12d3-a456-426614174000", "status": "OK"}'
    )
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    told = webhook.sign(key, "123e4567-e89b-12d3-a456-426614174000", "user-loopback-0001", "1767225600", body)
    assert told["x-fal-webhook-signature"] == (
        "7800c91df01b0df7d5bd46637ab1fa20959f15295608b71ab2a608cfc1064a66"
        "442235cf82196f1051ed6473cc6cd0d8fc8f8e92e9702c30522706526c7dac01"
    )
    assert webhook.jwks(key)["keys"][0]["x"] == "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
