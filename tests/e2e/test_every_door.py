"""Each action by each door, after a restart: by the button below the film, by a reaction, by its sheet."""

import pytest

from bot.domain.action import BY_NAME
from sandbox.client import Json
from tests.e2e.stage import Stage, labels
from tests.e2e.test_budgets import told
from tests.e2e.test_going_on import restart
from tests.e2e.test_moderation import made
from tests.e2e.test_reactions import direct, jobs, people, react


class Door:
    """By which a member comes to a film: what is pressed is found again after a restart."""

    def __init__(self, bot: Stage, door: str, film: Json) -> None:
        self._bot, self._door, self._film = bot, door, film

    async def shown(self, person: str, message: Json) -> Json:
        """The message that has the buttons, for this member: the film or card itself, or its sheet."""
        if self._door != "sheet":
            return message
        title = f"Film {self._film['id']}"
        await self._bot.sandbox.command(person, "films", "job", {"film": self._film["id"]})
        return await self._bot.sandbox.until(
            lambda seen: next((one for one in reversed(seen) if title in map(_title, one["embeds"])), None),
            person=person,
        )

    async def ask(self, person: str, name: str, message: Json) -> Json | None:
        """Do an action; what a press is answered with."""
        action = BY_NAME[name]
        if self._door == "reaction":
            await react(self._bot, person, message["id"], action.emoji)
            if not action.asks:
                return None
            label = action.button("").label
            message = await self._bot.sandbox.until(
                lambda seen: next((one for one in seen if labels(one) == [label]), None), person=person
            )
        below = message if self._door == "reaction" else await self.shown(person, message)
        [custom_id] = [
            item["custom_id"]
            for row in below["components"]
            for item in row["components"]
            if item["custom_id"].startswith(f"{name}:")
        ]
        press = {"person": person, "message_id": below["id"], "custom_id": custom_id}
        return await self._bot.sandbox.post("discord/click", press)


def _title(embed: Json) -> str:
    return embed.get("title", "")


@pytest.mark.parametrize("door", ["button", "reaction", "sheet"])
async def test_each_action_is_done_by_each_door_also_after_a_restart(bot: Stage, door: str) -> None:
    await told(bot, "mod", "admin channels", channel="general", use="reports")
    film = await made(bot, quality="draft")
    [message] = await bot.sandbox.messages()
    way, ids = Door(bot, door, film), await people(bot)
    await restart(bot)
    await bot.queue()

    await way.ask("bob", "again", message)
    _, again = await jobs(bot, 2)
    assert (again["user_id"], again["parent_id"]) == (ids["bob"], film["id"])
    await way.ask("cyd", "better", message)
    *_, better = await jobs(bot, 3)
    assert (better["user_id"], better["state"]) == (ids["cyd"], "asking")

    for name in ("edit", "continue", "bridge"):
        answer = await way.ask("bob", name, message)
        assert answer is not None
        assert answer["modal"]["custom_id"].startswith(f"{name}:{film['id']}")

    await way.ask("bob", "send", message)
    sent = await direct(bot, "bob", "the tide comes in")
    assert sent["attachments"]
    await way.ask("bob", "favourite", message)
    await bot.found(f"SELECT 1 FROM marks WHERE action = 'favourite' AND user_id = {ids['bob']}")
    await way.ask("cyd", "report", message)
    await bot.sandbox.until(lambda seen: any("🚩" in one["content"] for one in seen) or None, "general", "mod")

    off = f"cancel:{again['id']}"
    card = await bot.sandbox.until(lambda seen: next((one for one in seen if off in str(one["components"])), None))
    await Door(bot, door, again).ask("bob", "cancel", card)
    await bot.found(f"SELECT 1 FROM jobs WHERE id = '{again['id']}' AND unwanted_at IS NOT NULL OR state = 'cancelled'")

    await way.ask("ada", "delete", message)
    question = await bot.sandbox.until(
        lambda seen: next((one for one in seen if labels(one) == ["Delete it"]), None), person="ada"
    )
    await bot.click(question, "Delete it")
    await bot.found(f"SELECT 1 FROM jobs WHERE id = '{film['id']}' AND removed_at IS NOT NULL")
