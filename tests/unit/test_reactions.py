"""Reactions as they come in: all servers are looked through, nobody waits for what is told, and buttons stay."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import discord

from bot.domain.action import offered
from bot.domain.errors import Unavailable
from bot.domain.job import STITCH, State
from bot.reacting import Came
from cogs.buttons import is_card
from cogs.reactions import LONGEST_TELLING, Reactions
from tests.unit.test_words import job


class Member:
    """Somebody who reads direct messages."""

    def __init__(self) -> None:
        self.id, self.told = 1, list[str]()

    async def send(self, text: str, **_: object) -> None:
        self.told.append(text)


def listening(**reacting: Any) -> Reactions:
    """What listens to reactions, of which this comes."""
    client: Any = SimpleNamespace(cases=SimpleNamespace(reacting=SimpleNamespace(**reacting)), user=None)
    return Reactions(client, again=0)


async def test_each_part_of_the_servers_is_looked_through_when_it_is_there() -> None:
    cog = listening()
    await dict(cog.get_listeners())["on_shard_ready"](1)
    assert cog.missed.is_set()


async def test_what_the_database_did_not_take_is_looked_for_later() -> None:
    async def film(_: int) -> None:
        raise Unavailable("The database")

    async def shown(_: int) -> dict[int, dict[int, str]]:
        looked.set()
        return {}

    cog, looked, event = listening(film=film, shown=shown), asyncio.Event(), SimpleNamespace(message_id=1)
    await cog.cog_load()
    await cog.on_raw_reaction_clear(event)  # pyright: ignore[reportArgumentType]
    await asyncio.wait_for(looked.wait(), 5)
    await cog.cog_unload()


async def test_nobody_is_told_the_same_twice_in_a_minute() -> None:
    cog, member = listening(), Member()
    for text in ("one", "one", "two", "one"):
        await cog.refuse(member, job(), Came(told=text))  # pyright: ignore[reportArgumentType]
    assert member.told == ["one", "two"]


async def test_who_is_told_something_waits_in_a_line_of_its_own_which_is_dropped_where_it_is_full() -> None:
    cog, told, all_told = listening(), list[int](), asyncio.Event()

    async def say() -> None:
        told.append(len(told))
        if len(told) == LONGEST_TELLING:
            all_told.set()

    for _ in range(LONGEST_TELLING + 5):
        cog.tell(say)
    await cog.cog_load()
    await asyncio.wait_for(all_told.wait(), 5)
    await asyncio.sleep(0)
    await cog.cog_unload()
    assert len(told) == LONGEST_TELLING


def test_only_what_does_something_is_offered() -> None:
    film = job(state=State.DELIVERED, message_id=9)
    assert offered(film) == ("🔁", "⏩", "⭐")
    assert offered(replace(film, endpoint=STITCH)) == ("⏩", "⭐")


def test_a_card_is_told_by_its_embed_as_a_film_that_is_a_link_has_no_file() -> None:
    for embeds, card in (([discord.Embed()], True), ([], False)):
        message: Any = SimpleNamespace(embeds=embeds, attachments=[], flags=discord.MessageFlags())
        assert is_card(message) == card
