"""Whatever a test waits for is told by one stream of events, and whatever a bot said is on record."""

import json
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from sandbox.client import Sandbox
from sandbox.server import serving
from tests.sandbox.fal_stage import WAN_22, Receiver, receiving

Told = AsyncGenerator[tuple[str, Any]]


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncGenerator[Sandbox]:
    async with serving(0, tmp_path) as served, Sandbox(served.url) as sandbox:
        await sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 0})
        yield sandbox


@pytest.fixture
async def fal(sandbox: Sandbox) -> AsyncGenerator[httpx.AsyncClient]:
    services = (await sandbox.get("connect"))["fal"]
    trusted = ssl.create_default_context(cadata=services["certificate"])
    headers = {"Authorization": f"Key {services['key']}"}
    async with httpx.AsyncClient(proxy=services["proxy"], verify=trusted, headers=headers) as fal:
        yield fal


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncGenerator[aiohttp.ClientSession]:
    token = (await sandbox.get("connect"))["discord"]["token"]
    async with aiohttp.ClientSession(sandbox.url, headers={"Authorization": f"Bot {token}"}) as bot:
        yield bot


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with receiving() as open_receiver:
        yield open_receiver


async def until(events: Told, name: str, **about: Any) -> Any:
    """The next event of a name that has these values."""
    async for told, data in events:
        if told == name and {key: data[key] for key in about} == about:
            return data
    raise AssertionError("the stream has ended")


async def films(sandbox: Sandbox) -> str:
    channels = (await sandbox.get("discord/world"))["guilds"][0]["channels"]
    return next(one["id"] for one in channels if one["name"] == "films")


async def test_a_call_of_either_service_is_told_when_it_is_over(
    sandbox: Sandbox, fal: httpx.AsyncClient, bot: aiohttp.ClientSession
) -> None:
    path = f"/channels/{await films(sandbox)}/messages"
    async with sandbox.events("events") as events:
        async with bot.post(f"/api/v10{path}", json={"content": "hello"}) as answer:
            assert answer.status == 200
        await fal.get("https://queue.fal.run/fal-ai/wan/requests/nobody/status")
        one = await until(events, "call", service="discord", method="POST", path=path)
        other = await until(events, "call", service="fal", method="GET")
    assert (one["route"], one["status"]) == ("/channels/{channel_id}/messages", 200)
    assert (other["route"], other["path"], other["status"]) == (
        "/{app}/requests/{id}/status",
        "/fal-ai/wan/requests/nobody/status",
        404,
    )


async def test_each_change_of_a_request_is_told_and_so_is_each_delivery(
    sandbox: Sandbox, fal: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.answers = [503, 200]
    async with sandbox.events("events") as events:
        submitted = await fal.post(f"https://queue.fal.run/{WAN_22}", params={"fal_webhook": receiver.url}, json={})
        id = submitted.json()["request_id"]
        told = [await until(events, "request", request_id=id) for _ in range(5)]
        assert [(one["status"], [tried["status"] for tried in one["deliveries"]]) for one in told] == [
            ("IN_QUEUE", []),
            ("IN_PROGRESS", []),
            ("COMPLETED", []),
            ("COMPLETED", [503]),
            ("COMPLETED", [503, 200]),
        ]
        assert await sandbox.get("fal/requests") == told[-1:]
        assert await sandbox.post("fal/deliver", {"request_id": id}) == {"statuses": [200]}
        assert len((await until(events, "request", request_id=id))["deliveries"]) == 3


async def test_what_a_bot_wrote_is_on_record_with_its_nonce(sandbox: Sandbox, bot: aiohttp.ClientSession) -> None:
    said = {"content": "a film", "nonce": "job-7", "enforce_nonce": True}
    path = f"/api/v10/channels/{await films(sandbox)}/messages"
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(said), content_type="application/json")
    form.add_field("files[0]", b"film", filename="film.mp4")
    for sent in (form, json.dumps(said)):
        async with bot.post(
            path, data=sent, headers={"Content-Type": "application/json"} if sent != form else {}
        ) as told:
            assert told.status == 200
    record = await sandbox.get("discord/record")
    assert [(entry["body"], entry["files"]) for entry in record] == [(said, ["film.mp4"]), (said, [])]
    assert len({entry["answer"]["id"] for entry in record}) == 1
