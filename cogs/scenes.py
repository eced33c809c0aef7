"""/scene and /compose: drafts of prompts, for the one who asks alone."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.form import composing
from bot.domain.order import Attached
from cogs.asking import acknowledge
from cogs.drafts import show
from cogs.modals import modal, stateless
from cogs.person import person

FEWEST, USUAL, MOST = 5, 20, 50  # messages


class Scenes(commands.Cog):
    """Begins with a prompt."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    @app_commands.command(description="Draft a scene from what was said here last; you read it before a film is made")
    @app_commands.guild_only()
    @app_commands.describe(
        messages="How many of the last messages to read",
        picture="The film begins with it; left out: with the newest film or picture here",
    )
    async def scene(
        self,
        interaction: discord.Interaction,
        messages: app_commands.Range[int, FEWEST, MOST] = USUAL,
        picture: discord.Attachment | None = None,
    ) -> None:
        """A draft by a language model."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        asks = person(interaction)
        attached = Attached(url=picture.url, size=picture.size) if picture else None
        may_read = interaction.permissions.read_message_history
        draft = await self._bot.cases.scenes.scene(asks, messages, attached, may_read=may_read)
        await show(interaction, draft)

    @app_commands.command(description="Put a prompt together from its parts; you read it before a film is made")
    @app_commands.guild_only()
    async def compose(self, interaction: discord.Interaction) -> None:
        """A form, which cogs/drafts.py answers."""
        await interaction.response.send_modal(stateless(modal(composing())))


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Scenes(bot))
