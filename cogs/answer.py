"""The buttons below a card that asks its owner something. They carry the job's id alone, so they work for ever."""

import asyncio
import re
from typing import Any, Self, cast

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.card import ANSWER_ID


class Answer(discord.ui.DynamicItem[discord.ui.Button[Any]], template=ANSWER_ID):
    """A button whose press answers a job's question."""

    def __init__(self, button: discord.ui.Button[Any], job_id: str, answer: str) -> None:
        super().__init__(button)
        self._job_id, self._answer = job_id, answer

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(discord.ui.Button(custom_id=match[0]), match["job"], match["answer"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        # discord.py would only log what goes wrong here
        [error] = await asyncio.gather(self._tell_studio(interaction), return_exceptions=True)
        if isinstance(error, Exception):
            await cast("Zoetrope", interaction.client).tell_trouble(interaction, error)

    async def _tell_studio(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()  # the card is brought up to date by whoever carries the job
        await cast("Zoetrope", interaction.client).studio.answer(interaction.user.id, self._job_id, self._answer)


class Answers(commands.Cog):
    """Listens to the buttons."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(Answer)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Answers(bot))
