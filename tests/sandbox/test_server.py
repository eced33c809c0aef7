"""Both stand-ins together: the page's stream of events, what is still to go wrong, and who may ask at all."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.client import Refused, Sandbox
from sandbox.discord.control import EVENTS
from sandbox.server import serving

API = "/api/v10"
COMMAND = {"name": "wave", "description": "Say hello", "type": 1}


@pytest.fixture
async def url(tmp_path: Path) -> AsyncGenerator[str]:
    async with serving(0, tmp_path) as served:
        yield served.url


@pytest.fixture
async def sandbox(url: str) -> AsyncGenerator[Sandbox]:
    async with Sandbox(url) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncGenerator[aiohttp.ClientSession]:
    """Something that speaks to Discord as a bot does."""
    services = await sandbox.get("connect")
    headers = {"Authorization": f"Bot {services['discord']['token']}"}
    async with aiohttp.ClientSession(sandbox.url, headers=headers) as bot:
        yield bot


async def the_next(events: AsyncGenerator[tuple[str, Any]], many: int) -> list[tuple[str, Any]]:
    return [await anext(events) for _ in range(many)]


async def test_the_stream_tells_each_request_of_the_bot_once_it_is_answered(
    sandbox: Sandbox, bot: aiohttp.ClientSession
) -> None:
    async with sandbox.events("events", person="ada") as events:
        async with bot.get(f"{API}/users/@me") as answer:
            assert answer.status == 200
        async with bot.get(f"{API}/nowhere") as answer:
            assert answer.status == 404
        await sandbox.post("discord/fault", {"kind": "drop_connection"})
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await bot.post(f"{API}/channels/1/messages")  # a GET would be repeated by the client
        told = await the_next(events, 3)
    record = await sandbox.get("discord/record")
    assert told == [("call", {"service": "discord", **entry}) for entry in record]
    assert [entry["status"] for entry in record] == [200, 404, 0]
    assert record[-1]["faults"] == ["drop_connection"]


async def test_the_stream_tells_that_the_world_is_another_one(sandbox: Sandbox, bot: aiohttp.ClientSession) -> None:
    async with sandbox.events("events") as events:
        for change in (
            {"boost_tier": 2},
            {"remove_permission": "ATTACH_FILES"},  # in every channel, yet told once
            {"delete_channel": "general"},
            {"bucket_limit": 7},  # nobody sees that
        ):
            await sandbox.post("discord/set", change)
        me = (await sandbox.get("discord/world"))["bot"]["id"]
        async with bot.put(f"{API}/applications/{me}/commands", json=[COMMAND]) as answer:
            assert answer.status == 200
        await sandbox.post("reset", {})
        told = await the_next(events, 6)
    assert [name for name, _ in told] == ["world", "world", "world", "world", "call", "reset"]
    assert [data for name, data in told if name != "call"] == [{}] * 5


async def test_the_page_sees_what_its_person_sees(sandbox: Sandbox) -> None:
    said = {"person": "bob", "channel": "films", "content": "hello"}
    async with sandbox.events("events", person="ada") as events:
        message = await sandbox.post("discord/message", said)
        [(name, data)] = await the_next(events, 1)
    assert (name, data["id"], data["content"]) == ("message", message["id"], "hello")
    with pytest.raises(aiohttp.ClientResponseError) as refused:
        async with sandbox.events("events", person="eve"):
            pass
    assert refused.value.status == 404


async def test_the_stream_of_the_tests_has_the_names_of_the_contract_alone(
    sandbox: Sandbox, bot: aiohttp.ClientSession
) -> None:
    said = {"person": "bob", "channel": "films", "content": "hello"}
    async with sandbox.events() as events:
        async with bot.get(f"{API}/users/@me"):
            pass
        await sandbox.post("discord/set", {"boost_tier": 1})
        await sandbox.post("reset", {})
        await sandbox.post("discord/message", said)
        [(name, _)] = await the_next(events, 1)
    assert name == "message"
    contract = {"message", "message_update", "message_delete", "reaction", "modal", "typing", "bot"}
    assert set(EVENTS) == contract


async def test_what_is_still_to_go_wrong_is_told(sandbox: Sandbox, bot: aiohttp.ClientSession) -> None:
    assert await sandbox.get("faults") == {"discord": [], "fal": []}
    await sandbox.post("discord/fault", {"kind": "error_500", "times": 2, "match": "@me"})
    await sandbox.post("fal/fault", {"kind": "slow", "seconds": 3})
    async with bot.get(f"{API}/users/@me") as answer:
        assert answer.status == 500
    waiting = await sandbox.get("faults")
    assert waiting["discord"] == [{"kind": "error_500", "times": 1, "seconds": 1.0, "match": "@me"}]
    assert waiting["fal"] == [{"kind": "slow", "times": 1, "seconds": 3, "match": None}]


async def test_a_sandbox_without_a_bot_of_its_own_says_how_to_start_one(sandbox: Sandbox) -> None:
    assert await sandbox.get("bot") == {"owned": False}
    assert await sandbox.get("bot/log") == {"lines": []}
    with pytest.raises(Refused, match=f"zoetrope run --sandbox {sandbox.url}"):
        await sandbox.post("bot", {"do": "start"})


@pytest.mark.parametrize("path", ["/", "/_sim/bot", "/_sim/connect", "/_sim/discord/world", "/page/index.html"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "localhost:1"},
        {"Host": "localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Host": "localhost:{port}", "Origin": "http://127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_web_page_gets_nothing(url: str, path: str, headers: dict[str, str]) -> None:
    port = url.rpartition(":")[2]
    sent = {name: value.format(port=port) for name, value in headers.items()}
    async with aiohttp.ClientSession(url, headers=sent) as http, http.get(path) as answer:
        assert answer.status == 403
        assert (await answer.json())["error"].endswith("Open the sandbox at its own address.")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:{port}"},
        {"Host": "[::1]:{port}"},
        {"Host": "zoetrope.localhost:{port}", "Origin": "http://zoetrope.localhost:{port}"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_our_own_page_and_programs_on_this_machine_are_answered(url: str, headers: dict[str, str]) -> None:
    port = url.rpartition(":")[2]
    sent = {name: value.format(port=port) for name, value in headers.items()}
    async with aiohttp.ClientSession(url, headers=sent) as http, http.get("/_sim/bot") as answer:
        assert answer.status == 200


async def test_the_bot_may_call_the_stand_in_by_any_name(bot: aiohttp.ClientSession) -> None:
    headers = {"Host": "discord.test", "Origin": "http://discord.test"}
    async with bot.get(f"{API}/users/@me", headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("headers", "status"), [({"Sec-Fetch-Dest": "document"}, 200), ({"Sec-Fetch-Dest": "iframe"}, 403)]
)
async def test_a_link_from_anywhere_leads_to_the_page_but_no_frame_does(
    url: str, headers: dict[str, str], status: int
) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", **headers}
    async with aiohttp.ClientSession(url, headers=sent) as http:
        async with http.get("/") as answer:
            assert answer.status == status
        async with http.get("/_sim/bot") as answer:
            assert answer.status == 403
