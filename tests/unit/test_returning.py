"""What was reacted while the bot was away is found with few requests; a question of a reaction goes by itself."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.domain.action import BY_NAME
from bot.domain.card import caption
from cogs.questions import ASK, Questions
from cogs.returning import LONGEST_LIST, Away, looked_through
from tests.unit.test_words import job

CLIENT = discord.Client(intents=discord.Intents.none())
ADA, BOB, ME = 1, 2, 99


@dataclass
class User:
    """Somebody at Discord."""

    id: int
    bot: bool = False


class Reaction:
    """An emoji below a message, with those who put it there."""

    def __init__(self, emoji: str, *users: int) -> None:
        self.emoji, self._users, self.asked = emoji, users, 0
        self.normal_count, self.me = len(users), ME in users

    async def users(self) -> AsyncIterator[User]:
        self.asked += 1
        for user in self._users:
            yield User(user, bot=user == ME)


@dataclass
class Message:
    """A message in a channel."""

    id: int
    reactions: Collection[Reaction] = ()
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def delete(self) -> None:
        self.gone.set()


class Channel:
    """Its messages, the newest first."""

    id = 3

    def __init__(self, *messages: Message, trouble: Exception | None = None) -> None:
        self._messages, self._trouble, self.read = messages, trouble, 0

    async def history(self, *, limit: int) -> AsyncIterator[Message]:
        for message in self._messages[:limit]:
            self.read += 1
            yield message
        if self._trouble:
            raise self._trouble


async def changes(
    channel: Any, films: dict[int, str], *heard: tuple[str, int, str], away: Away | None = None, done: bool = True
) -> Any:
    found = looked_through(channel, films, dict.fromkeys(heard, done), away or Away(CLIENT))
    return {(message, user, action.name, there) async for message, user, action, there in found}


async def test_what_is_new_and_what_is_gone_is_found_and_nobody_is_asked_for_the_rest() -> None:
    offered, others, starred = Reaction("⏩", ME), Reaction("👍", ADA, BOB), Reaction("⭐", ME, BOB)
    again = Reaction("🔁", ADA, BOB, ME)
    channel = Channel(
        Message(20, [Reaction("🔁", ADA)]), Message(10, [offered, others, starred, again]), Message(5), Message(4)
    )
    heard = [("x", ADA, "again"), ("x", ADA, "favourite"), ("x", BOB, "report"), ("y", ADA, "again")]
    assert await changes(channel, {10: "x"}, *heard) == {
        (10, BOB, "again", True),
        (10, BOB, "favourite", True),
        (10, ADA, "favourite", False),
        (10, BOB, "report", False),
    }
    assert (offered.asked, others.asked, starred.asked, channel.read) == (0, 0, 1, 3)


async def test_as_many_as_before_are_the_same_ones_unless_something_stands_with_them_or_is_not_done() -> None:
    again, starred = Reaction("🔁", ME, BOB), Reaction("⭐", BOB)
    heard = [("x", ADA, "again"), ("x", ADA, "favourite")]
    channel = Channel(Message(10, [again, starred]))
    swapped = {(10, BOB, "favourite", True), (10, ADA, "favourite", False)}
    assert await changes(channel, {10: "x"}, *heard) == swapped
    assert again.asked == 0
    again = Reaction("🔁", ADA, ME)
    assert await changes(Channel(Message(10, [again])), {10: "x"}, heard[0], done=False) == {(10, ADA, "again", True)}


@pytest.mark.parametrize(("lists", "members"), [(0, 2), (10, LONGEST_LIST + 1)])
async def test_what_is_not_read_is_neither_new_nor_gone(lists: int, members: int) -> None:
    away, crowd = Away(CLIENT), Reaction("🔁", *range(members))
    away.lists = lists
    assert lists or not await changes(Channel(Message(10, [Reaction("⭐", ADA)])), {10: "x"}, away=away)
    assert await changes(Channel(Message(10, [crowd])), {10: "x"}, ("x", ADA, "again"), away=away) == set()
    assert crowd.asked == 0


@pytest.mark.parametrize(("trouble", "again"), [(OSError("x"), True), (None, False)])
async def test_a_channel_that_does_not_answer_is_looked_through_later(trouble: OSError | None, *, again: bool) -> None:
    away = Away(CLIENT)
    channel = Channel(Message(20), trouble=trouble)
    assert await changes(channel, {10: "x"}, away=away) == set()
    assert away.again == again


async def test_a_question_stands_once_for_a_while() -> None:
    questions, sent = Questions(CLIENT, seconds=0), list[Message]()

    class Below:
        async def reply(self, *_: object, **__: object) -> Message:
            sent.append(Message(len(sent)))
            return sent[-1]

    below: Any = Below()
    for action in ("edit", "edit", "bridge"):
        await questions.ask(below, job(), BY_NAME[action])
    assert len(sent) == 2
    await asyncio.gather(*(message.gone.wait() for message in sent))
    await questions.ask(below, job(), BY_NAME["edit"])
    assert len(sent) == 3
    await sent[2].gone.wait()


async def test_no_question_is_left_when_the_bot_stops() -> None:
    questions, standing = Questions(CLIENT), Message(1)

    class Below:
        async def reply(self, *_: object, **__: object) -> Message:
            return standing

    below: Any = Below()
    await questions.ask(below, job(), BY_NAME["edit"])
    await asyncio.sleep(0)
    await questions.leave()
    assert standing.gone.is_set()


@pytest.mark.parametrize(
    "link", ["", "\nThe film is too large to be posted here. It can be fetched until <t:1:f>: https://x"]
)
async def test_a_question_goes_when_it_is_pressed_and_a_film_stays_also_as_a_link_in_a_reply(link: str) -> None:
    for content, question in ((ASK, True), (caption(job(), 2000.0) + link, False)):
        message = Message(1)
        parts: dict[str, object] = {"content": content, "attachments": [], "embeds": [], "reference": object()}
        vars(message).update(parts, flags=discord.MessageFlags())
        pressed: Any = SimpleNamespace(data={"custom_id": "delete:0123456789"}, message=message)
        await Questions(CLIENT).pressed(pressed)
        assert message.gone.is_set() == question
