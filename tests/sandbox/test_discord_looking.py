"""What a page asks of the stand-in for Discord: what can be used where, and a channel or record page by page."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.discord_bot import picture
from tests.sandbox.discord_stage import Stage, raised, running


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with raised(monkeypatch) as stage:
        yield stage


async def usable(stage: Stage, person: str, channel: str) -> dict[str, bool]:
    world = await stage.get(f"world?person={person}&channel={channel}")
    return {command["name"]: command["usable"] for command in world["commands"]}


async def test_the_world_tells_which_commands_a_person_can_use_in_a_channel(stage: Stage) -> None:
    async with running(stage):
        member, moderator = await usable(stage, "ada", "films"), await usable(stage, "mod", "films")
        assert (member["make"], member["admin"]) == (True, False)
        assert (moderator["make"], moderator["admin"]) == (True, True)
        assert not any((await usable(stage, "mod", "attic")).values())
        assert all("usable" not in command for command in (await stage.get("world?person=ada"))["commands"])
        told = await stage.post("command", {"person": "ada", "channel": "films", "name": "admin quota"}, status=403)
        assert "may not use admin" in told["error"]


async def test_the_world_has_its_roles(stage: Stage) -> None:
    roles = (await stage.get("world"))["roles"]
    assert [role["name"] for role in roles] == ["@everyone", "member", "moderator", "zoetrope"]
    assert all(role["id"].isdecimal() and role["color"] == 0 for role in roles)


async def test_a_long_channel_is_read_page_by_page(stage: Stage) -> None:
    for number in range(7):
        await stage.post("message", {"person": "ada", "channel": "films", "content": str(number)})
    everything = await stage.messages()
    assert [one["content"] for one in everything] == list("0123456")
    last = await stage.get("messages?channel=films&person=bob&limit=3")
    assert [one["content"] for one in last] == list("456")
    earlier = await stage.get(f"messages?channel=films&person=bob&limit=3&before={last[0]['id']}")
    assert [one["content"] for one in earlier] == list("123")
    first = await stage.get(f"messages?channel=films&person=bob&before={earlier[0]['id']}")
    assert [one["content"] for one in first] == ["0"]


@pytest.mark.parametrize("page", ["limit=0", "limit=-1", "limit=many", "before=yesterday", f"before={'9' * 5000}"])
async def test_a_page_that_makes_no_sense_is_refused(stage: Stage, page: str) -> None:
    async with stage.http.get(f"/_sim/discord/messages?channel=films&person=ada&{page}") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].endswith("is a whole number above 0")


async def test_the_end_of_the_record_can_be_had_alone(stage: Stage) -> None:
    async with running(stage):
        whole = await stage.get("record")
        assert len(whole) > 2
        assert await stage.get("record?limit=2") == whole[-2:]


async def test_a_file_that_is_a_web_page_cannot_act_as_ours(stage: Stage) -> None:
    said = await stage.post("message", {"person": "ada", "channel": "films", "attachments": ["@a"]}, a=picture())
    async with stage.http.get(said["attachments"][0]["url"]) as answer:
        assert answer.headers["Content-Security-Policy"] == "sandbox"
