"""/privacy: what is kept of a member, a copy of it, and its end. Servers that the bot joins and leaves."""

import logging
import re
from collections.abc import Awaitable
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.errors import Unavailable
from bot.domain.language import say, sentence
from cogs.asking import guarded, tell

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
DELETE = sentence("Delete everything")
FORGET = re.compile(r"forget:(?P<user>[0-9]{1,20})")


class Forget(discord.ui.DynamicItem[discord.ui.Button[Any]], template=FORGET):
    """The button below the question whether everything is to be deleted. Whose it is stands in its id."""

    def __init__(self, user_id: int) -> None:
        label, style = say(DELETE), discord.ButtonStyle.danger
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=f"forget:{user_id}"))
        self._user_id = user_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["user"]))

    async def callback(self, interaction: Interaction) -> None:
        privacy = cast("Zoetrope", interaction.client).cases.privacy
        await guarded(interaction, tell(interaction, privacy.delete(self._user_id, by=interaction.user.id)))


class Privacy(commands.GroupCog, group_name="privacy", group_description="What this bot keeps of you"):
    """What a member may do about it."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(Forget)

    @app_commands.command(description="What is kept of you, why, and for how long")
    async def show(self, interaction: discord.Interaction) -> None:
        """All kinds, and how much of it is his."""
        await tell(interaction, self._bot.cases.privacy.show(interaction.user.id))

    @app_commands.command(description="Get a copy of all that is kept of you, by direct message")
    async def export(self, interaction: discord.Interaction) -> None:
        """ZIPs."""
        await tell(interaction, self._bot.cases.privacy.export(interaction.user.id))

    @app_commands.command(description="Delete what is kept of you; you are asked first")
    async def delete(self, interaction: discord.Interaction) -> None:
        """A question with a button."""
        view = discord.ui.View(timeout=None).add_item(Forget(interaction.user.id))
        view.stop()  # its press is found by its id
        await tell(interaction, self._bot.cases.privacy.question(interaction.user.id), view)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """All servers are known now, also those that do not answer."""
        await _noted(self._bot.cases.privacy.member_of([guild.id for guild in self._bot.guilds]))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Again, maybe."""
        await _noted(self._bot.cases.privacy.joined(guild.id))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Removed, or the server is gone; one that only does not answer is another event."""
        await _noted(self._bot.cases.privacy.left(guild.id))


async def _noted(noting: Awaitable[None]) -> None:
    try:
        await noting
    except Unavailable as error:
        log.warning("it is not noted in which servers the bot is, until the next start: %s", error.__cause__)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Privacy(bot))
