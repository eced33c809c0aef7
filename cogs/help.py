"""/help: what there is, and how to write a prompt."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.language import say
from bot.domain.prompting import guide

ADMIN = "admin"


class Help(commands.GroupCog, group_name="help", group_description="What there is, and how to write a prompt"):
    """Tells the one who asks alone."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    @app_commands.command(description="What this bot can do")
    async def commands(self, interaction: discord.Interaction) -> None:
        """Each command with what it says of itself."""
        manages = interaction.permissions.manage_guild
        known = sorted(self._bot.tree.get_commands(), key=lambda one: one.name)
        told = [one for one in known if not isinstance(one, app_commands.ContextMenu)]
        lines = [f"`/{one.name}` {say(one.description)}" for one in told if manages or one.name != ADMIN]
        leaves = say("/scene leaves out what you write once you say so: `/preferences scenes: False`.")
        await _tell(interaction, "\n".join([*lines, "", leaves]))

    @app_commands.command(description="How to write a prompt that works, with examples")
    async def prompting(self, interaction: discord.Interaction) -> None:
        """The guide."""
        await _tell(interaction, guide())


async def _tell(interaction: discord.Interaction, text: str) -> None:
    embed = discord.Embed(description=text, colour=discord.Colour.blurple())
    await interaction.response.send_message(embed=embed, ephemeral=True)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Help(bot))
