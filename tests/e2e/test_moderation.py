"""Those who manage a server say what may be made there, and stop what may not: it holds at once, and is in the log."""

from typing import Any

from sandbox.client import Json
from tests.e2e.stage import Stage, labels, picture
from tests.e2e.test_budgets import told

OFF = "Those who manage this server called it off. Nothing was charged to your budget."


async def choices(bot: Stage, command: str, person: str = "mod") -> list[Json]:
    """Which films the bot offers to this command."""
    asked: Json = {"person": person, "channel": "films", "name": f"admin {command}", "options": {}, "focused": "film"}
    return (await bot.sandbox.post("discord/autocomplete", asked))["choices"]


async def question(bot: Stage) -> Json:
    """The moderator is asked whether a film is to be deleted; that message."""
    [asked] = [one for one in await bot.sandbox.messages(person="mod") if "Delete it" in labels(one)]
    return asked


async def made(bot: Stage, **options: Any) -> Json:
    """Somebody makes a film; its row."""
    before = len(await bot.rows("SELECT id FROM jobs"))
    await bot.animate(**options)
    await bot.found(f"SELECT 1 FROM (SELECT count(*) AS n FROM jobs WHERE state = 'delivered') WHERE n > {before}")
    await bot.all_closed()
    return (await bot.rows("SELECT * FROM jobs ORDER BY created_at DESC LIMIT 1"))[0]


async def test_films_are_made_where_the_server_has_them_made(bot: Stage) -> None:
    await bot.sandbox.post("discord/set", {"thread": "reel", "channel": "films"})
    ids = {one["name"]: one["id"] for one in (await bot.sandbox.get("discord/world"))["guilds"][0]["channels"]}
    assert "Films are made in all channels" in await told(bot, "mod", "admin channels")
    allowed = await told(bot, "mod", "admin channels", channel="films", use="allow")
    assert f"Films are made in <#{ids['films']}>" in allowed
    await bot.animate(channel="general")
    await bot.whispered(f"Please ask in <#{ids['films']}>.", channel="general")
    await made(bot, channel="reel")
    await told(bot, "mod", "admin channels", channel="reel", use="forbid")
    await bot.animate(channel="reel")
    await bot.whispered("No films are made in this channel.", channel="reel")
    await bot.sandbox.post("fal/set", {"outcome": {"error_status": 500, "body": {"detail": "x"}}})
    await bot.animate()
    again = await bot.shown("Try again for $0.21")
    await told(bot, "mod", "admin channels", channel="films", use="forbid")
    await bot.click(again, "Try again for $0.21")
    await bot.whispered("No films are made in this channel.")
    log = await told(bot, "mod", "admin log")
    assert f"No films are made in <#{ids['films']}>." in log
    assert len(await bot.rows("SELECT id FROM jobs")) == 2


async def test_who_is_blocked_asks_for_nothing_new_and_gets_what_is_under_way(bot: Stage) -> None:
    await bot.under_way()
    assert "can make no films here any more" in await told(bot, "mod", "admin block", member="ada")
    await bot.animate()
    await bot.whispered("Those who manage this server have blocked you from making films here.")
    await bot.release()
    await bot.closed()
    await told(bot, "mod", "admin unblock", member="ada")
    await made(bot)
    log = await told(bot, "mod", "admin log")
    assert log.index("can make films here again") < log.index("can make no films here")


async def test_a_prompt_with_a_forbidden_word_is_refused_to_its_writer_alone(bot: Stage) -> None:
    assert "||tide||" in await told(bot, "mod", "admin words", add="TÏDE, two words")
    await bot.animate(prompt="the t\u200bide comes in")
    await bot.whispered("This server takes no prompts with “tide”.")
    assert not any("tide" in message["content"] for message in await bot.sandbox.messages(person="bob"))
    await made(bot, prompt="tides of grass", negative="tide")
    assert len(await bot.requests()) == 1


async def test_the_safety_checker_is_off_in_age_restricted_channels_alone(bot: Stage) -> None:
    own: dict[str, Any] = {"image": picture(), "prompt": "x", "num_frames": 81, "enable_safety_checker": False}
    own |= {"resolution": "480p"}
    await bot.sandbox.command("ada", "nsfw", "wan21", own)
    await bot.whispered("or ask those who manage this server", channel="nsfw")
    assert "In age-restricted channels" in await told(bot, "mod", "admin safety", checker="off")
    await made(bot, channel="nsfw")
    await bot.sandbox.command("ada", "nsfw", "wan21", own)
    await bot.submitted(2)
    await bot.all_closed()
    await bot.sandbox.command("ada", "films", "wan21", own)
    await bot.whispered("it can be off in age-restricted channels alone")
    await made(bot)
    await told(bot, "mod", "admin safety", checker="on")
    await made(bot, channel="nsfw")
    checked = [request["input"]["enable_safety_checker"] for request in await bot.requests()]
    assert checked == [False, False, True, True]


async def test_a_moderator_calls_a_film_off_and_its_owner_reads_who_did(bot: Stage) -> None:
    await bot.under_way()
    row = await bot.row()
    assert await choices(bot, "cancel") == [{"name": f"the tide comes in · waiting · {row['id']}", "value": row["id"]}]
    assert await choices(bot, "delete") == []
    await bot.sandbox.post("discord/set", {"commands_for_all": True})
    assert await choices(bot, "cancel", "ada") == []
    assert "is not done yet" in await told(bot, "mod", "admin delete", film=row["id"])
    assert "is being called off at fal" in await told(bot, "mod", "admin cancel", film=row["id"])
    assert await bot.notice() == OFF
    assert (await bot.closed())["moderated"] == 1
    assert await bot.spent() == 0
    assert f"The film `{row['id']}` of <@{row['user_id']}> was called off." in await told(bot, "mod", "admin log")
    assert "is off already" in await told(bot, "mod", "admin cancel", film=row["id"])
    assert "do not know that film here" in await told(bot, "mod", "admin cancel", film="nonsense")


async def test_a_film_is_deleted_with_its_files_once_that_is_confirmed_also_after_a_restart(bot: Stage) -> None:
    row = await made(bot)
    kept = [file for kind in ("films", "pictures") for file in (bot.data / kind).iterdir()]
    assert len(kept) == 2
    [offered] = await choices(bot, "delete")
    assert "the tide comes in" in await told(bot, "mod", "admin delete", film=offered["value"])
    asked = await question(bot)
    assert all(file.exists() for file in kept)
    await bot.stop()
    await bot.start()
    await bot.click(asked, "Delete it", person="mod")
    await bot.sandbox.until(lambda seen: "is deleted" in str(seen[-1]["embeds"]) or None, person="mod")
    assert await bot.sandbox.messages() == []
    assert not any(file.exists() for file in kept)
    after = await bot.row()
    assert (after["message_id"], after["film_url"], after["state"]) == (None, None, "delivered")
    assert after["removed_at"]
    assert await bot.spent() == row["price"]
    assert f"The film `{row['id']}` of <@{row['user_id']}> was deleted." in await told(bot, "mod", "admin log")
    assert f"~~the tide comes in~~ · Wan 2.2 · $0.21 · deleted · `{row['id']}`" in await told(bot, "ada", "usage")
    assert "is deleted already" in await told(bot, "mod", "admin delete", film=row["id"])


async def test_a_film_that_cannot_be_removed_from_its_channel_is_deleted_here_and_there_by_hand(bot: Stage) -> None:
    row = await made(bot)
    await bot.sandbox.post("discord/set", {"remove_permission": "VIEW_CHANNEL", "channel": "films"})
    await told(bot, "mod", "admin delete", film=row["id"])
    await bot.click(await question(bot), "Delete it", person="mod")
    link = f"/{row['guild_id']}/{row['channel_id']}/{row['message_id']}"
    await bot.sandbox.until(lambda seen: link in str(seen[-1]["embeds"]) or None, person="mod")
    assert list((bot.data / "films").iterdir()) == []
    assert (await bot.row())["message_id"] == row["message_id"]
    await bot.sandbox.post("discord/set", {"add_permission": "VIEW_CHANNEL", "channel": "films"})
    await bot.sandbox.post("discord/delete", {"message_id": str(row["message_id"])})
    await told(bot, "mod", "admin delete", film=row["id"])
    await bot.click(await question(bot), "Delete it", person="mod")
    await bot.found("SELECT id FROM jobs WHERE message_id IS NULL")
    log = await told(bot, "mod", "admin log")
    assert log.index("was deleted.") < log.index("was deleted, but its message still stands.")
