"""Each member is spoken with in his language, at once and after a restart; what all see is in the usual one."""

from bot.adapters.voices import voices
from bot.domain.card import REFUNDED
from bot.domain.refusal import POLICY_BROKEN
from sandbox.client import Json
from tests.e2e.stage import Stage, card_status, labels
from tests.e2e.test_budgets import told

GERMAN = voices()["de"]
POLICY = {"error_status": 422, "body": {"detail": [{"loc": ["body"], "msg": "no", "type": "content_policy_violation"}]}}


def german(text: str) -> str:
    """A sentence of the code in German, as the catalogue has it."""
    said = GERMAN.gettext(text)
    assert said != text, f"{text!r} is not in the catalogue"
    return said


def headings(seen: list[Json]) -> list[str]:
    """The titles of all embeds, the newest last."""
    return [embed["title"] for message in seen for embed in message["embeds"] if "title" in embed]


async def card(bot: Stage, name: str, status: str) -> Json:
    """Wait until a card with a status that contains this text waits for the film of this member."""
    return await bot.sandbox.until(
        lambda seen: next((one for one in seen if status in card_status(one) and _user(one) == name), None)
    )


async def caption(bot: Stage, name: str) -> tuple[str, str]:
    """Wait until the film of this member is posted; its prompt and the line of facts below it."""
    brought = await bot.sandbox.until(
        lambda seen: next((one for one in seen if one["attachments"] and _user(one) == name), None)
    )
    first, *_, facts = brought["content"].splitlines()
    return first, facts


def _user(message: Json) -> str | None:
    asked: Json | None = message.get("interaction_metadata")
    users: list[Json] = [asked["user"]] if asked else message["mentions"]
    return users[0]["username"] if users else None


async def test_who_has_chosen_german_reads_it_until_he_takes_it_back_and_others_beside_him_do_not(bot: Stage) -> None:
    assert "**Sprache** Deutsch" in await told(bot, "ada", "preferences", language="de")
    assert "**Language** as usual" in await told(bot, "bob", "preferences")

    await bot.queue()
    await bot.animate()
    await bot.animate(person="bob")
    hers = await card(bot, "ada", "Warteschlange")
    assert headings([hers]) == [german("A film is being made")]
    assert labels(hers) == [german("Cancel")]
    assert "Wan 2.2 · Entwurf · 480p · " in str(hers["embeds"])
    his = await card(bot, "bob", "In fal's queue")
    assert (headings([his]), labels(his)) == (["A film is being made"], ["Cancel"])
    await bot.stop()
    await bot.start()
    await card(bot, "ada", "Warteschlange")
    await bot.release()
    _, facts = await caption(bot, "ada")
    assert " · took " not in facts
    _, facts = await caption(bot, "bob")
    assert " · took " in facts

    await bot.sandbox.post("fal/set", {"outcome": POLICY})
    await bot.animate(seed=8)
    notice = await card(bot, "ada", german(POLICY_BROKEN).partition("[")[0])
    assert headings([notice]) == [german("No film this time")]
    assert german(REFUNDED) in card_status(notice)

    for person, heading in (("ada", german("Your films here")), ("bob", "Your films here")):
        await told(bot, person, "usage")
        assert headings(await bot.sandbox.messages(person=person))[-1] == heading

    assert "**Language** as usual" in await told(bot, "ada", "preferences", language="as usual")
    assert "**Sprache** Deutsch" in await told(bot, "ada", "preferences", language="de")
    await told(bot, "ada", "privacy delete")
    await bot.press(german("Delete everything"))
    await bot.found("SELECT 1 WHERE NOT EXISTS (SELECT * FROM members)")
    assert "**Language** as usual" in await told(bot, "ada", "preferences")


async def test_who_has_chosen_nothing_is_answered_in_his_discords_language_and_his_film_is_for_all(bot: Stage) -> None:
    await bot.sandbox.post("discord/set", {"locale": {"cyd": "de"}})
    commands = {each["name"]: each for each in (await bot.sandbox.get("discord/world"))["commands"]}
    assert commands["preferences"]["description_localizations"] == {
        "de": german(commands["preferences"]["description"])
    }

    assert "**Sprache** wie üblich" in await told(bot, "cyd", "preferences")
    await told(bot, "cyd", "usage")
    assert headings(await bot.sandbox.messages(person="cyd"))[-1] == german("Your films here")
    refusal = await told(bot, "cyd", "preferences", negative="no people", reset=True)
    assert refusal.endswith("Es wurde nichts geändert.")

    await bot.queue()
    await bot.animate(person="cyd")
    shown = await card(bot, "cyd", "In fal's queue")
    assert headings([shown]) == ["A film is being made"]
    assert "left today" in str(shown["embeds"]), "what was reserved for him is told to all"
    await bot.release()
    _, facts = await caption(bot, "cyd")
    assert " · took " in facts
    await bot.animate(person="cyd", channel="readonly")
    await bot.whispered("Es wurde nichts ausgegeben.", person="cyd", channel="readonly")
