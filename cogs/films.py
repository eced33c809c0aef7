"""The slash commands for films: /animate, /morph, and one for each model with all that it can do."""

from typing import Any

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.doors import Door
from bot.domain.order import Attached, Order
from cogs.asking import take_in
from cogs.options import film_command
from cogs.person import asker


class Films(commands.Cog):
    """Brings a command along for each door of the studio."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        for door in self._bot.cases.studio.doors.values():
            self._bot.tree.add_command(film_command(door, self._ask))

    async def _ask(self, interaction: discord.Interaction, door: Door, given: dict[str, Any]) -> None:
        media = {option.called for option in door.media}
        order = Order(
            door=door.name,
            options={name: value for name, value in given.items() if name not in media},
            media={name: Attached(url=given[name].url, size=given[name].size) for name in media & given.keys()},
        )
        studio = self._bot.cases.studio
        await take_in(interaction, studio, studio.film(asker(interaction), order))


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Films(bot))
