"""The buttons below cards and notices. They carry the job's id alone, so they work for ever."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, cast

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.card import BUTTON_ID
from bot.studio import Studio
from cogs.asking import acknowledge, asker, take_in

Interaction = discord.Interaction[Any]


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=BUTTON_ID):
    """A button whose press does something to a job."""

    def __init__(self, button: discord.ui.Button[Any], action: str, job_id: str, detail: str) -> None:
        super().__init__(button)
        self._action, self._job_id, self._detail = action, job_id, detail

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(discord.ui.Button(custom_id=match[0]), match["action"], match["job"], match["detail"] or "")

    async def callback(self, interaction: Interaction) -> None:
        client = cast("Zoetrope", interaction.client)
        act = ACTIONS[self._action]
        # discord.py would only log what goes wrong here
        [error] = await asyncio.gather(
            act(interaction, client.studio, self._job_id, self._detail), return_exceptions=True
        )
        if isinstance(error, Exception):
            await client.tell_trouble(interaction, error)


async def _answer(interaction: Interaction, studio: Studio, job_id: str, answer: str) -> None:
    await acknowledge(interaction)
    await studio.answer(interaction.user.id, job_id, answer)


async def _cancel(interaction: Interaction, studio: Studio, job_id: str, _: str) -> None:
    await acknowledge(interaction)
    await studio.cancel(interaction.user.id, job_id)


async def _again(interaction: Interaction, studio: Studio, job_id: str, _: str) -> None:
    taken = await take_in(interaction, studio, studio.again(asker(interaction), job_id))
    if taken and interaction.message:  # a courtesy: pressed again, it would only be refused
        with contextlib.suppress(discord.HTTPException):
            await interaction.message.edit(view=None)


ACTIONS: Mapping[str, Callable[[Interaction, Studio, str, str], Awaitable[None]]] = {
    "answer": _answer,
    "cancel": _cancel,
    "again": _again,
}


class Buttons(commands.Cog):
    """Listens to the buttons."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(Press)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Buttons(bot))
