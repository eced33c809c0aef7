"""/usage: what a member has spent, and what he may still spend."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.language import say
from cogs.asking import acknowledge
from cogs.person import roles
from cogs.reporting import show


class Usage(commands.Cog):
    """What a member may know of his own films and money."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    @app_commands.command(name="usage", description="What you have spent here, what is left, and when it renews")
    @app_commands.guild_only()
    async def usage(self, interaction: discord.Interaction) -> None:
        """Tell the member alone."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        found = await self._bot.cases.accounts.usage(interaction.user.id, interaction.guild_id, roles(interaction))
        embed = discord.Embed(title=say("Your films here"), description=found.text, colour=discord.Colour.blurple())
        picture = await self._bot.cases.reports.mine(interaction.user.id, interaction.guild_id)
        files = [show(embed, picture)] if picture else []
        await interaction.followup.send(embed=embed, files=files, ephemeral=True)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Usage(bot))
