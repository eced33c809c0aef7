"""Webhooks that a test sends itself, keys that change, deliveries that are refused."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.sandbox.fal_stage import WAN_22, Json, Receiver, Stage, receiving, staged, until


@pytest.fixture
async def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as open_receiver:
        yield open_receiver


async def published(fal: Stage) -> list[Json]:
    return (await fal.web.get("https://rest.fal.ai/.well-known/jwks.json")).json()["keys"]


def genuine(key: Json, delivery: tuple[dict[str, str], bytes]) -> bool:
    """Checked with nothing but what fal's documents say."""
    headers, body = delivery
    values = [headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    signed = "\n".join([*values, hashlib.sha256(body).hexdigest()]).encode()
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4)))
    try:
        public.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), signed)
    except InvalidSignature:
        return False
    return True


async def ended(fal: Stage, url: str) -> str:
    """The id of a request that has ended, and whose webhook was lost."""
    await fal.fault("webhook_lost")
    handle = await fal.submit(WAN_22, {}, url)
    await until(lambda: [what for event, what in fal.told if event == "request" and what["status"] == "COMPLETED"])
    return handle.request_id


async def deliver(fal: Stage, **order: Any) -> Json:
    reply = await fal.control.post("/_sim/fal/deliver", json=order)
    reply.raise_for_status()
    return reply.json()


async def test_a_webhook_is_delivered_once_more_as_often_as_one_likes(fal: Stage, receiver: Receiver) -> None:
    id = await ended(fal, receiver.url)
    receiver.answers = [202, 500, 404]
    assert await deliver(fal, request_id=id) == {"statuses": [202]}
    told = await deliver(fal, request_id=id, copies=2)
    assert sorted(told["statuses"]) == [404, 500]  # an order is carried out, and not insisted on
    [key] = await published(fal)
    assert [genuine(key, one) for one in receiver.came] == [True] * 3
    assert {body["status"] for body in receiver.told()} == {"ERROR"}
    [request] = await fal.requests()
    assert sorted(one["status"] for one in request["deliveries"]) == [202, 404, 500]
    assert [what for event, what in fal.told if event == "request"][-1] == request


async def test_a_test_may_deliver_what_it_likes_also_before_the_end(fal: Stage, receiver: Receiver) -> None:
    await fal.set(queue_seconds=60)
    handle = await fal.submit(WAN_22, {}, receiver.url)
    own = {"request_id": "another", "status": "OK", "payload": None}
    assert await deliver(fal, request_id=handle.request_id, body=own) == {"statuses": [200]}
    assert await deliver(fal, request_id=handle.request_id, body=own, forged=True) == {"statuses": [200]}
    [key] = await published(fal)
    assert [genuine(key, one) for one in receiver.came] == [True, False]
    assert receiver.told() == [own, own]
    assert receiver.came[0][0]["x-fal-webhook-request-id"] == handle.request_id


@pytest.mark.parametrize(
    "order",
    [
        {"request_id": "nobody's"},
        {},
        {"copies": 0},
        {"copies": 101},
        {"copies": True},
        {"forged": "yes"},
        {"body": []},
        {"when": "now"},
    ],
    ids=str,
)
async def test_an_order_that_makes_no_sense_is_refused_in_a_sentence(
    fal: Stage, receiver: Receiver, order: Json
) -> None:
    id = await ended(fal, receiver.url)
    given = order if "request_id" in order or not order else {"request_id": id, **order}
    reply = await fal.control.post("/_sim/fal/deliver", json=given)
    assert (reply.status_code, reply.json()["error"][-1]) == (400, ".")
    assert receiver.came == []


async def test_what_has_not_ended_or_has_no_webhook_cannot_be_delivered(fal: Stage, receiver: Receiver) -> None:
    await fal.set(queue_seconds=60)
    for hook, why in ((receiver.url, "has not ended"), (None, "without a webhook")):
        handle = await fal.submit(WAN_22, {}, hook)
        reply = await fal.control.post("/_sim/fal/deliver", json={"request_id": handle.request_id})
        assert reply.status_code == 400
        assert why in reply.json()["error"]


async def test_after_a_rotation_only_the_new_key_is_published_and_signs(fal: Stage, receiver: Receiver) -> None:
    id = await ended(fal, receiver.url)
    keys = await published(fal)
    await deliver(fal, request_id=id)
    for _ in range(2):
        await fal.set(rotate_keys=True)
        keys += await published(fal)
        await deliver(fal, request_id=id)
    assert len(keys) == len({key["x"] for key in keys}) == len({key["kid"] for key in keys}) == 3
    assert [[genuine(key, one) for key in keys] for one in receiver.came] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    fal.standin.reset()
    assert await published(fal) == keys[-1:]


async def test_a_refused_delivery_is_told_at_once_and_tried_again(fal: Stage, receiver: Receiver) -> None:
    receiver.answers = [404, 401, 500, 204]
    await fal.submit(WAN_22, {}, receiver.url)
    await until(lambda: len(receiver.came) == 4)
    await until(lambda: fal.told[-1][1].get("deliveries") and len(fal.told[-1][1]["deliveries"]) == 4)
    counts = [len(what["deliveries"]) for event, what in fal.told if event == "request" and what["deliveries"]]
    assert counts == [1, 2, 3, 4]
    assert [one["status"] for one in (await fal.requests())[0]["deliveries"]] == [404, 401, 500, 204]


async def test_a_hook_that_nobody_answers_is_told_and_tried_again(fal: Stage) -> None:
    handle = await fal.submit(WAN_22, {}, "http://127.0.0.1:9/hook")
    await until(lambda: [what for event, what in fal.told if event == "request" and len(what["deliveries"]) == 2])
    assert (await deliver(fal, request_id=handle.request_id))["statuses"] == ["ClientConnectorError"]
