"""Reactions to a film do what its buttons do, for the member who reacts: once, also when the bot was away."""

import asyncio
from typing import Any

from sandbox.client import Json
from tests.e2e.stage import Stage, labels
from tests.e2e.test_budgets import told
from tests.e2e.test_moderation import made


async def react(bot: Stage, person: str, message: int | str, emoji: str, *, gone: bool = False) -> None:
    """Somebody reacts to a message, or takes that back."""
    asked = {"person": person, "message_id": str(message), "emoji": emoji, "remove": gone}
    await bot.sandbox.post("discord/react", asked)


async def people(bot: Stage) -> dict[str, int]:
    """Their ids at Discord."""
    return {one["name"]: int(one["id"]) for one in (await bot.sandbox.get("discord/world"))["people"]}


async def jobs(bot: Stage, count: int) -> list[Json]:
    """Wait until there are so many jobs; these, the oldest first."""
    await bot.found(f"SELECT 1 FROM (SELECT count(*) AS n FROM jobs) WHERE n >= {count}")
    return await bot.rows("SELECT * FROM jobs ORDER BY created_at")


async def heard(bot: Stage, count: int) -> None:
    """Wait until so many reactions are heard."""
    await bot.found(f"SELECT 1 FROM (SELECT count(*) AS n FROM marks WHERE reaction) WHERE n = {count}")


async def direct(bot: Stage, person: str, text: str) -> Json:
    """Wait until this was told a member alone; that message."""
    return await bot.sandbox.until(
        lambda seen: next((one for one in seen if text in one["content"]), None), "dm", person
    )


async def test_a_film_made_once_more_by_a_reaction_is_paid_by_who_reacts_and_answers_the_film(bot: Stage) -> None:
    film = await made(bot)
    message = (await bot.sandbox.messages())[0]
    assert [(one["emoji"]["name"], one["me"]) for one in message["reactions"]] == [
        ("🔁", False),
        ("⏩", False),
        ("⭐", False),
    ]
    ids = await people(bot)
    await bot.queue()
    await react(bot, "bob", film["message_id"], "🔁")
    _, again = await jobs(bot, 2)
    assert (again["user_id"], again["parent_id"], again["reply_to"]) == (ids["bob"], film["id"], film["message_id"])
    for _ in range(2):  # removed and set again while it runs
        await react(bot, "bob", film["message_id"], "🔁", gone=True)
        await react(bot, "bob", film["message_id"], "🔁")
    await react(bot, "cyd", film["message_id"], "⭐")
    await react(bot, "cyd", film["message_id"], "👍")
    await heard(bot, 2)
    assert len(await jobs(bot, 2)) == 2
    await bot.status("In fal's queue")
    card = (await bot.sandbox.messages())[-1]
    assert card["message_reference"]["message_id"] == str(film["message_id"])
    await react(bot, "cyd", card["id"], "🛑")
    assert "whose film it is" in (await direct(bot, "cyd", "to decide"))["content"]
    await react(bot, "bob", card["id"], "🛑")
    await bot.status("You called it off.")
    spent = await bot.rows("SELECT DISTINCT user_id FROM ledger")
    assert {row["user_id"] for row in spent} == {ids["ada"], ids["bob"]}


async def test_nothing_comes_of_reactions_by_the_blocked_or_to_other_messages(bot: Stage) -> None:
    await bot.sandbox.post("discord/set", {"remove_permission": "ADD_REACTIONS"})
    film = await made(bot)
    assert [one["path"] for one in await bot.sandbox.get("discord/record") if "reactions" in one["path"]] == []
    other = await bot.sandbox.post("discord/message", {"person": "ada", "channel": "films", "content": "hello"})
    await told(bot, "mod", "admin block", member="bob")
    await react(bot, "bob", film["message_id"], "🔁")
    await react(bot, "cyd", other["id"], "🔁")
    await react(bot, "cyd", film["message_id"], "✉️")
    await heard(bot, 2)
    assert len(await jobs(bot, 1)) == 1
    assert await bot.sandbox.messages("dm", "bob") == []


async def test_what_was_reacted_while_the_bot_was_away_is_done_when_it_is_back(bot: Stage) -> None:
    film = await made(bot)
    await bot.queue()
    await react(bot, "cyd", film["message_id"], "⭐")
    await react(bot, "bob", film["message_id"], "🔁")
    await heard(bot, 2)
    await jobs(bot, 2)
    await bot.stop()
    await react(bot, "cyd", film["message_id"], "⭐", gone=True)
    await react(bot, "mod", film["message_id"], "⭐")
    await react(bot, "owner", film["message_id"], "🔁")
    await bot.start()
    assert {row["user_id"] for row in await jobs(bot, 3)} == {
        (await people(bot))[name] for name in ("ada", "bob", "owner")
    }
    stars = "SELECT user_id FROM marks WHERE action = 'favourite' AND NOT reaction"
    await bot.found(f"SELECT 1 FROM ({stars}) WHERE user_id = {(await people(bot))['mod']}")
    await bot.found(f"SELECT 1 FROM (SELECT count(*) AS n FROM ({stars})) WHERE n = 1")
    assert len(await jobs(bot, 3)) == 3


async def test_two_hundred_reactions_in_a_second_make_one_film_for_each_member_within_his_limit(bot: Stage) -> None:
    film = await made(bot)
    await told(bot, "mod", "admin limits", who="each member", per="a day", films=1)
    await bot.queue()

    async def toggled(person: str) -> None:
        for turn in range(40):
            await react(bot, person, film["message_id"], "🔁", gone=bool(turn % 2))
        await react(bot, person, film["message_id"], "🔁")

    await asyncio.gather(*map(toggled, ("ada", "bob", "cyd", "mod", "owner")))
    await heard(bot, 5)
    await direct(bot, "ada", "Your daily budget of 1 film is used up.")
    made_by = [row["user_id"] for row in await jobs(bot, 5)]
    ids: Any = await people(bot)
    assert sorted(made_by) == sorted(ids[name] for name in ("ada", "bob", "cyd", "mod", "owner"))


async def test_what_does_not_fit_into_a_budget_is_told_alone_and_made_cheaper_where_it_was_asked_for(
    bot: Stage,
) -> None:
    film = await made(bot, quality="standard")
    await told(bot, "mod", "admin limits", who="each member", per="a day", dollars=0.25)
    await react(bot, "bob", film["message_id"], "🔁")
    asked = await direct(bot, "bob", "Nothing was spent.")
    [label] = labels(asked)
    await bot.click(asked, label, "bob")
    _, cheaper = await jobs(bot, 2)
    await bot.all_closed()
    assert (cheaper["guild_id"], cheaper["channel_id"]) == (film["guild_id"], film["channel_id"])
    newest = (await bot.sandbox.messages())[-1]
    assert newest["attachments"]
    assert newest["message_reference"]["message_id"] == str(film["message_id"])
    assert [one["id"] for one in await bot.sandbox.messages("dm", "bob")] == [asked["id"]]
