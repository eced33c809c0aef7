"""What was reacted while the bot was away is found with few requests; a question of a reaction goes by itself."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest

from bot.domain.action import BY_NAME
from cogs.questions import Questions
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


async def changes(channel: Any, films: dict[int, str], *heard: tuple[str, int, str], away: Away | None = None) -> Any:
    found = looked_through(channel, films, heard, away or Away(CLIENT))
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


@pytest.mark.parametrize(("lists", "members"), [(0, 2), (10, LONGEST_LIST + 1)])
async def test_what_is_not_read_is_neither_new_nor_gone(lists: int, members: int) -> None:
    away, crowd = Away(CLIENT), Reaction("🔁", *range(members))
    away.lists = lists
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
    await asyncio.gather(*questions.tasks)
    assert all(message.gone.is_set() for message in sent)
    await questions.ask(below, job(), BY_NAME["edit"])
    assert len(sent) == 3
    await asyncio.gather(*questions.tasks)
