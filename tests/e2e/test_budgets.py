"""Budgets as people meet them: a member reads how he stands, a moderator sets what may be spent, others may not."""

import asyncio
import io
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.office import NOT_YOURS
from sandbox.client import Json
from tests.e2e.stage import Stage, card_status

ODD: dict[str, Any] = {"model": "wan-2.1", "quality": "draft"}  # which costs $0.20


async def told(bot: Stage, person: str, name: str, **options: Any) -> str:
    """What the bot answers to this command, to this person alone."""
    before = {message["id"] for message in await bot.sandbox.messages(person=person)}
    first = await bot.sandbox.command(person, "films", name, options)
    assert first["acknowledged_ms"] < 3000

    def answer(seen: list[Json]) -> str | None:
        fresh = [one for one in seen if one["id"] not in before]
        assert all(one["flags"] & 64 for one in fresh), "others see it as well"
        return " ".join(_text(one) for one in fresh) or None

    return await bot.sandbox.until(answer, person=person)


def _text(message: Json) -> str:
    parts = [message["content"]]
    for embed in message["embeds"]:
        parts += [embed.get("description", ""), *(field["value"] for field in embed.get("fields", ()))]
    return "\n".join(filter(None, parts))


async def pictures(bot: Stage, person: str) -> list[Image.Image]:
    """Those in embeds that this person sees."""
    embeds = [embed for message in await bot.sandbox.messages(person=person) for embed in message["embeds"]]
    shown = [embed["image"]["url"] for embed in embeds if "image" in embed]
    return [Image.open(io.BytesIO(await bot.sandbox.download(url))) for url in shown]


async def film(bot: Stage, person: str = "ada") -> None:
    """Somebody makes a film that costs $0.20."""
    films = len(await bot.rows("SELECT id FROM jobs WHERE state = 'delivered'"))
    await bot.animate(person=person, **ODD)
    await bot.found(f"SELECT 1 FROM (SELECT count(*) AS n FROM jobs WHERE closed_at IS NOT NULL) WHERE n > {films}")


async def test_a_member_reads_what_is_spent_what_is_left_and_his_last_films(bot: Stage) -> None:
    fresh = await told(bot, "ada", "usage")
    assert "**Today** ▱▱▱▱▱▱▱▱▱▱▱▱ $0.00 of $100.00 · renews <t:" in fresh
    assert "None yet: `/animate` makes one." in fresh
    await film(bot)
    await told(bot, "mod", "admin grant", member="ada", dollars=1.5)
    await told(bot, "mod", "admin limits", who="each member", per="a day", films=3)
    text = await told(bot, "ada", "usage")
    row = await bot.row()
    assert "$0.20 of $100.00" in text
    assert "1 of 3 films · renews" in text
    assert "**Bonus credit** $1.50" in text
    link = f"https://discord.com/channels/{row['guild_id']}/{row['channel_id']}/{row['message_id']}"
    assert f"[the tide comes in]({link}) · Wan 2.1 · $0.20 · `{row['id']}`" in text
    assert "None yet" in await told(bot, "bob", "usage")
    assert await pictures(bot, "bob") == []
    [picture] = await pictures(bot, "ada")  # none while nothing was spent
    assert picture.size[0] == 1040
    bodies = [one["body"] for one in await bot.sandbox.get("discord/record") if "/webhooks/" in one["path"]]
    [alt] = [file["description"] for body in bodies for file in body.get("attachments") or ()]
    assert re.fullmatch(r"Spending by day, \w+ \d+.* to \w+ \d+, \d+: \$0.20 · 1 film. \w+ \d+ \$0.20.", alt)


async def test_a_moderator_reads_what_was_spent_with_a_picture_and_a_table(bot: Stage) -> None:
    assert "Nothing was spent here, " in await told(bot, "mod", "admin report")
    await told(bot, "mod", "admin timezone", timezone="Pacific/Kiritimati")
    await film(bot)
    await film(bot, person="mod")
    text = await told(bot, "mod", "admin report", days=7)
    ada, mod = [row["user_id"] for row in await bot.rows("SELECT user_id FROM jobs ORDER BY created_at")]
    assert "$0.40 · 2 films\nDays begin at midnight, Pacific/Kiritimati." in text
    assert {f"1. <@{min(ada, mod)}> $0.20 · 1 film", f"2. <@{max(ada, mod)}> $0.20 · 1 film"} < {*text.splitlines()}
    assert text.endswith("**Models**\n- Wan 2.1 $0.40 · 2 films")
    assert [picture.size[0] for picture in await pictures(bot, "mod")] == [1040]
    files = [file for one in await bot.sandbox.messages(person="mod") for file in one["attachments"]]
    [table] = [file for file in files if file["filename"] == "spending.csv"]
    lines = (await bot.sandbox.download(table["url"])).decode().splitlines()
    day = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
    assert lines[0] == "date,member,model,films,dollars"
    assert set(lines[1:]) == {f"{day},{user},Wan 2.1,1,0.200000" for user in (ada, mod)}


async def test_what_fal_bills_less_is_given_back_and_what_it_bills_more_is_not_charged(
    bot: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for units, spent in ((0.25, 100_000), (5, 300_000)):  # at $0.40, of a film that costs $0.20
        await bot.sandbox.post("fal/set", {"units": units})
        await film(bot)
        assert await bot.spent() == spent
    assert await bot.excess() == 1_800_000
    newest = [one["content"] for one in await bot.sandbox.messages()]
    assert [" · $0.10 · " in text for text in newest] == [True, False]
    assert [" · $0.20 · " in text for text in newest] == [False, True]
    rows = await bot.rows("SELECT price, unit_price, cost FROM jobs ORDER BY created_at")
    assert [tuple(row.values()) for row in rows] == [(200_000, 400_000, 100_000), (200_000, 400_000, 2_000_000)]
    usage = await told(bot, "ada", "usage")
    assert "$0.30 of $100.00" in usage
    assert usage.index("· Wan 2.1 · $0.20 ·") < usage.index("· Wan 2.1 · $0.10 ·")
    assert f"job {(await bot.rows('SELECT id FROM jobs ORDER BY created_at'))[1]['id']}: fal bills $2.00" in caplog.text


async def test_what_a_moderator_sets_holds_at_once_and_is_in_the_log(bot: Stage) -> None:
    assert "Each member may spend at most $100.00 a day. (as whoever runs this bot has it)" in await told(
        bot, "mod", "admin limits"
    )
    assert "may spend at most $0.30 a day" in await told(bot, "mod", "admin limits", dollars=0.3)
    assert "may spend at most $0.50 a month" in await told(
        bot, "mod", "admin limits", who="this server", per="a month", dollars=0.5
    )
    await film(bot)
    await bot.animate(**ODD)
    await bot.whispered("This film costs $0.20, and $0.10 of your daily budget of $0.30 is left. It renews <t:")
    assert "has $0.10 of bonus credit now" in await told(bot, "mod", "admin grant", member="ada", dollars=0.1)
    await film(bot)
    await bot.animate(person="bob", **ODD)
    await bot.whispered("and $0.10 of this server's monthly budget of $0.50 is left", person="bob")
    assert "Each member may spend any amount a day." in await told(bot, "mod", "admin limits", lift="no limit")
    log = await told(bot, "mod", "admin log")
    assert log.index("any amount a day") < log.index("$0.10 of bonus credit") < log.index("at most $0.30 a day")
    assert await bot.spent() == 400_000


async def test_a_role_has_limits_of_its_own_or_none(bot: Stage) -> None:
    await told(bot, "mod", "admin limits", dollars=0)
    await told(bot, "mod", "admin limits", role="moderator", dollars=0.2)
    await bot.animate(**ODD)
    await bot.whispered("Your daily budget of $0.00 is used up")
    await film(bot, person="mod")
    await told(bot, "mod", "admin roles", role="member", exempt=True)
    await film(bot)
    assert "You have no limits of your own here." in await told(bot, "ada", "usage")
    assert "have limits as everybody" in await told(bot, "mod", "admin roles", role="member", exempt=False)
    await bot.animate(**ODD)
    await bot.whispered("Your daily budget of $0.00 is used up")


async def test_what_whoever_runs_the_bot_sets_for_a_server_is_told_and_holds(stage: Stage) -> None:
    await stage.start(server_daily_usd="0.30")
    for options in ({"dollars": 5}, {"lift": "no limit"}):
        text = await told(stage, "mod", "admin limits", who="this server", **options)
        assert "whoever runs this bot allows less, and that holds: This server may spend at most $0.30 a day." in text
    assert "This server may spend at most $0.30 a day. (as" in await told(stage, "mod", "admin limits")
    await film(stage)
    await told(stage, "mod", "admin timezone", timezone="Pacific/Kiritimati")
    await stage.animate(**ODD)
    await stage.whispered("$0.10 of this server's daily budget of $0.30 is left")


async def test_trying_again_is_no_way_around_a_pause_or_a_role(bot: Stage) -> None:
    await bot.sandbox.post("fal/set", {"outcome": {"error_status": 500, "body": {"detail": "x"}}})
    await bot.animate(**ODD)
    again = await bot.shown("Try again for $0.20")
    await told(bot, "mod", "admin pause")
    await bot.click(again, "Try again for $0.20")
    await bot.whispered("let nothing new be made")
    await told(bot, "mod", "admin resume")
    await told(bot, "mod", "admin limits", role="member", dollars=0.1)
    await bot.click(again, "Try again for $0.20")
    await bot.whispered("of your daily budget of $0.10 is left. Please ask those who manage this server for more.")
    as_usual = await told(bot, "mod", "admin limits", role="member", lift="as usual")
    assert "have what each member has, counted in dollars" in as_usual


async def test_days_begin_where_the_server_is(bot: Stage) -> None:
    name = "Asia/Kathmandu"
    choices = await bot.sandbox.post(
        "discord/autocomplete",
        {
            "person": "mod",
            "channel": "films",
            "name": "admin timezone",
            "options": {"timezone": "kath"},
            "focused": "timezone",
        },
    )
    assert {"name": name, "value": name} in choices["choices"]
    assert f"Days and months begin at midnight, {name}." in await told(bot, "mod", "admin timezone", timezone=name)
    assert name in await told(bot, "mod", "admin limits")
    assert "I know no time zone of that name" in await told(bot, "mod", "admin timezone", timezone="Atlantis")


async def test_a_pause_lets_what_is_under_way_be_finished_and_nothing_new_begin(bot: Stage) -> None:
    await bot.under_way()
    assert "Nothing new is made here" in await told(bot, "mod", "admin pause")
    await bot.animate(person="bob")
    await bot.whispered("Those who manage this server let nothing new be made for now", person="bob")
    await bot.release()
    await bot.film()
    assert "Films are made here again." in await told(bot, "mod", "admin resume")
    await film(bot, person="bob")


async def test_what_costs_much_is_asked_about_before_it_is_spent_also_after_a_restart(bot: Stage) -> None:
    assert "Before more than $0.30 are spent on a film" in await told(bot, "mod", "admin confirm", dollars=0.3)
    await film(bot)  # for $0.20
    await bot.animate(model="wan-2.1", quality="standard")
    asked = await bot.shown("Make it for $0.40")
    assert asked["embeds"][0]["title"] == "Shall I make this film?"
    assert "It costs $0.40." in card_status(asked)
    await bot.click(asked, "Make it for $0.40", person="bob")
    await bot.whispered("to decide, whose film it is", person="bob")
    await bot.stop()
    assert len(await bot.requests()) == 1
    await bot.start()
    await bot.click(asked, "Make it for $0.40")
    await bot.all_closed()
    assert await bot.spent() == 600_000
    assert len(await bot.requests()) == 2


async def test_what_is_not_wanted_at_its_price_or_cannot_be_asked_about_costs_nothing(stage: Stage) -> None:
    await stage.start(confirm_usd="0.39")
    await stage.animate(model="wan-2.1", quality="standard")
    await stage.press("Call it off")
    assert "Nothing was charged" in await stage.notice()
    assert (await stage.closed())["state"] == "cancelled"
    await stage.animate(model="wan-2.1", quality="standard")
    asked = await stage.shown("Make it for $0.40")
    await stage.stop()
    await stage.sandbox.post("discord/delete", {"message_id": asked["id"]})
    await stage.sandbox.post("discord/set", {"remove_permission": "SEND_MESSAGES", "channel": "films"})
    await stage.start(confirm_usd="0.39")
    [told_directly] = await stage.sandbox.until(lambda seen: seen or None, "dm")
    assert "may not ask here. Please use another channel. Nothing was charged" in told_directly["content"]
    assert await stage.spent() == 0


async def test_films_at_once_are_limited(bot: Stage) -> None:
    await told(bot, "mod", "admin limits", per="at once", films=1)
    await bot.under_way()
    await bot.animate()
    await bot.whispered("You have 1 film under way, and 1 film at once is the most here. Please wait for one")
    await bot.release()
    assert (await bot.closed())["state"] == "delivered"


async def test_what_is_done_is_never_told_as_not_done(bot: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Else a moderator would grant it twice."""
    await bot.sandbox.post("discord/fault", {"kind": "drop_connection", "match": "POST /webhooks"})
    await bot.sandbox.command("mod", "films", "admin grant", {"member": "ada", "dollars": 5})
    async with asyncio.timeout(20):
        while "was not answered with “<@" not in caplog.text:  # noqa: ASYNC110 - a log has no events
            await asyncio.sleep(0.02)
    assert await bot.rows("SELECT bonus FROM ledger") == [{"bonus": 5_000_000}]
    assert not any("nothing is done" in message["content"] for message in await bot.sandbox.messages(person="mod"))
    assert "Bonus credit** $5.00" in await told(bot, "ada", "usage")


async def test_many_limits_come_in_pages_and_blocked_members_are_listed(bot: Stage) -> None:
    [server] = (await bot.sandbox.get("discord/world"))["guilds"]
    for role in range(1, 201):
        await bot.change(f"INSERT INTO limits VALUES ({server['id']}, {role}, 'member', 'day', 'films', {role})")
    assert (await told(bot, "mod", "admin limits")).endswith("at most 20 films a day.\nMore on page 2.")
    assert "Members with <@&200> may make at most 200 films a day." in await told(bot, "mod", "admin limits", page=10)
    assert "There is no page 12." in await told(bot, "mod", "admin limits", page=12)
    assert await told(bot, "mod", "admin block") == "Nobody is blocked."
    assert "can make no films here" in await told(bot, "mod", "admin block", member="ada")
    assert (await told(bot, "mod", "admin block")).startswith("Blocked: <@")
    assert "There is no page 2." in await told(bot, "mod", "admin block", page=2)
    assert "There is no page 2." in await told(bot, "mod", "admin channels", page=2)
    assert "There is no page 2." in await told(bot, "mod", "admin words", page=2)


FORBIDDEN: list[tuple[str, dict[str, Any]]] = [
    ("limits", {}),
    ("limits", {"dollars": 5}),
    ("limits", {"films": 5}),
    ("limits", {"lift": "no limit"}),
    ("roles", {"role": "member", "exempt": True}),
    ("grant", {"member": "ada", "dollars": 5}),
    ("timezone", {"timezone": "UTC"}),
    ("confirm", {"dollars": 1}),
    ("pause", {}),
    ("resume", {}),
    ("log", {}),
    ("channels", {}),
    ("channels", {"channel": "films", "use": "forbid"}),
    ("block", {"member": "bob"}),
    ("unblock", {"member": "bob"}),
    ("words", {}),
    ("words", {"add": "tide"}),
    ("safety", {}),
    ("safety", {"checker": "off"}),
    ("cancel", {"film": "0123456789"}),
    ("delete", {"film": "0123456789"}),
    ("report", {}),
]


async def test_who_may_not_manage_the_server_is_refused_by_the_bot_as_well(bot: Stage) -> None:
    """Discord hides the commands from members, but a server can change that."""
    await bot.sandbox.post("discord/set", {"commands_for_all": True})
    for count, (name, options) in enumerate(FORBIDDEN, 1):
        await bot.sandbox.command("ada", "films", f"admin {name}", options)
        await bot.sandbox.until(lambda seen, count=count: seen if len(seen) == count else None)
    for message in await bot.sandbox.messages():
        assert (message["content"], message["flags"] & 64) == (NOT_YOURS, 64)
    assert await bot.rows("SELECT * FROM changes") == []
    assert await bot.rows("SELECT * FROM ledger") == []


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"dollars": 1, "films": 1}, "one of `dollars`, `films` and `lift` at a time"),
    ({"per": "at once", "dollars": 1}, "At once, films are counted"),
    ({"who": "this server", "per": "at once", "films": 1}, "At once, films are counted"),
    ({"who": "this server", "role": "member", "dollars": 1}, "A role narrows what each member may do"),
    ({"who": "this server", "role": "member", "lift": "no limit"}, "A role narrows what each member may do"),
    ({"who": "this server", "per": "at once", "lift": "no limit"}, "At once, films are counted"),
]


async def test_what_makes_no_sense_is_told_and_changes_nothing(bot: Stage) -> None:
    for options, words in NONSENSE:
        assert words in await told(bot, "mod", "admin limits", **options)
    for amount, words in ((0, "That is nothing."), (0.001, "whole cents"), (-5, "has no credit here")):
        assert words in await told(bot, "mod", "admin grant", member="ada", dollars=amount)
    assert "whole cents" in await told(bot, "mod", "admin limits", dollars=0.005)
    assert "There is no page 9" in await told(bot, "mod", "admin log", page=9)
    assert await bot.rows("SELECT * FROM changes") == []
