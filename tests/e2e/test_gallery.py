"""Stars bring a film into the gallery, once, and reports before the moderators, who alone say what becomes of it."""

from sandbox.client import Json
from tests.e2e.stage import Stage, labels
from tests.e2e.test_budgets import told
from tests.e2e.test_moderation import made
from tests.e2e.test_reactions import direct, react


async def hangs(bot: Stage, text: str, channel: str = "general") -> Json:
    """Wait until a channel has one message, with this text; that message."""
    return await bot.sandbox.until(
        lambda seen: seen[0] if len(seen) == 1 and text in seen[0]["content"] else None, channel
    )


async def test_stars_bring_a_film_into_the_gallery_once_with_their_count(bot: Stage) -> None:
    await told(bot, "mod", "admin channels", channel="general", use="gallery", stars=2)
    film = await made(bot, spoiler=True)
    await react(bot, "ada", film["message_id"], "⭐")
    await react(bot, "bob", film["message_id"], "⭐")
    message = (await bot.sandbox.messages())[0]
    await bot.click(message, "⭐ Favourite", "cyd")
    shown = await hangs(bot, "⭐ **2**")
    assert f"/{film['channel_id']}/{film['message_id']}" in shown["content"]
    assert [one["filename"] for one in shown["attachments"]] == [f"SPOILER_zoetrope-{film['id']}.mp4"]
    assert shown["mentions"] == []
    await bot.stop()
    await react(bot, "mod", film["message_id"], "⭐")
    await react(bot, "bob", film["message_id"], "⭐", gone=True)
    await bot.change("UPDATE boards SET message_id = NULL")  # killed before it was noted
    await bot.start()
    await react(bot, "owner", film["message_id"], "⭐")
    again = await hangs(bot, "⭐ **3**")
    assert (again["id"], len(again["attachments"])) == (shown["id"], 1)
    await told(bot, "mod", "admin delete", film=film["id"])
    [asked] = [one for one in await bot.sandbox.messages(person="mod") if "Delete it" in labels(one)]
    await bot.click(asked, "Delete it", "mod")
    await bot.sandbox.until(lambda seen: not seen or None, "general")


async def test_a_reported_film_is_hidden_by_who_manages_the_server_and_nobody_else(bot: Stage) -> None:
    film = await made(bot)
    await react(bot, "bob", film["message_id"], "🚩")
    assert "Please tell one of those who manage" in (await direct(bot, "bob", "Nobody here"))["content"]
    await told(bot, "mod", "admin channels", channel="general", use="reports")
    await react(bot, "cyd", film["message_id"], "🚩")
    await direct(bot, "cyd", "That was passed on to those who manage this server.")
    await bot.click((await bot.sandbox.messages())[0], "🚩 Report", "owner")
    report = await hangs(bot, "🚩 2 members report this film.")
    assert labels(report) == ["Hide", "Delete", "Dismiss"]
    for label in ("Hide", "Dismiss"):
        await bot.click(report, label, "cyd")
    await bot.whispered("Only those who may manage this server can do that.", "cyd", "general")
    await bot.stop()
    await bot.start()
    await bot.click(report, "Hide", "mod")
    await hangs(bot, "It is hidden")
    assert await bot.sandbox.messages() == []
    await direct(bot, "ada", "have hidden your film")
    await bot.sandbox.command("bob", "films", "job", {"film": film["id"]})
    await bot.whispered("I know no film of that number", "bob")
    await bot.click(report, "Delete", "mod")
    await bot.sandbox.until(lambda seen: any("Delete it" in labels(one) for one in seen) or None, "general", "mod")
    [asked] = [one for one in await bot.sandbox.messages("general", "mod") if "Delete it" in labels(one)]
    assert "its message is gone already" in str(asked["embeds"])
    await bot.click(asked, "Delete it", "mod")
    await hangs(bot, "The film is deleted.")
    log = await told(bot, "mod", "admin log")
    assert log.index("was deleted.") < log.index("was hidden.")


async def test_what_needs_a_word_first_is_asked_by_a_button_that_goes(bot: Stage) -> None:
    film = await made(bot)
    for person in ("bob", "ada"):
        await react(bot, person, film["message_id"], "🗑️")
    await direct(bot, "bob", "to decide, whose film it is")

    def question(seen: list[Json]) -> Json | None:
        found = [one for one in seen if "🗑️ Delete" in labels(one) and not one["attachments"]]
        assert len(found) <= 1
        return found[0] if found else None

    asked = await bot.sandbox.until(question)
    assert asked["message_reference"]["message_id"] == str(film["message_id"])
    assert asked["mentions"] == []
    await react(bot, "mod", film["message_id"], "🗑️")
    await bot.found("SELECT 1 FROM (SELECT count(*) AS n FROM marks WHERE reaction) WHERE n = 3")
    await bot.click(asked, "🗑️ Delete", "ada")
    await bot.sandbox.until(lambda seen: not any(one["id"] == asked["id"] for one in seen) or None)
    await bot.press("Delete it", "ada")
    await bot.sandbox.until(lambda seen: not any(one["attachments"] for one in seen) or None)
