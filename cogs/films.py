"""The slash commands for films: /animate, /morph, and one for each model with all that it can do."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.doors import Door
from bot.domain.errors import Refused
from bot.studio import Asker, Attached, Order, Studio
from cogs.options import film_command

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.5  # half of Discord's 3 s: after that "thinking…" is shown, and the answer comes when it comes
NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)


class Films(commands.Cog):
    """Brings a command along for each door of the studio."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        for door in self._bot.studio.doors.values():
            self._bot.tree.add_command(film_command(door, self._ask))

    async def _ask(self, interaction: discord.Interaction, door: Door, given: dict[str, Any]) -> None:
        media = {option.called for option in door.media}
        order = Order(
            door=door.name,
            options={name: value for name, value in given.items() if name not in media},
            media={name: Attached(url=given[name].url, size=given[name].size) for name in media & given.keys()},
        )
        await _ask(interaction, self._bot.studio, order)


async def _ask(interaction: discord.Interaction, studio: Studio, order: Order) -> None:
    """Answer within Discord's 3 s whatever the database does: with a card to come, or with a refusal for the asker."""
    accepting = asyncio.ensure_future(studio.film(_asker(interaction), order))
    await asyncio.wait([accepting], timeout=ANSWER_SECONDS)
    late = not accepting.done()
    if late:
        await _think(interaction)
    try:
        job = await accepting
    except Refused as refusal:
        if not late:
            raise
        # take the public "thinking…" away: the refusal is the asker's own
        await interaction.delete_original_response()
        await interaction.followup.send(str(refusal), ephemeral=True)
        return
    try:
        if not late:
            await _think(interaction)
    finally:
        studio.begin(job)  # whatever became of the answer: the job is accepted, and its card finds its place


async def _think(interaction: discord.Interaction) -> None:
    """Show "thinking…" where the card will be. A Discord that refuses even that stops no accepted job."""
    try:
        await interaction.response.defer(thinking=True)
    except discord.HTTPException as error:
        log.warning("interaction %s could not be answered: %s", interaction.id, error)


def _asker(interaction: discord.Interaction) -> Asker:
    return Asker(
        origin=f"interaction:{interaction.id}",
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        upload_limit=interaction.filesize_limit,
        lacking=tuple(_lacking(interaction)),
    )


def _lacking(interaction: discord.Interaction) -> Iterable[str]:
    """What the bot would need to post here and does not have, in the words of Discord's settings."""
    if not interaction.is_guild_integration():  # installed by a user alone: nothing can be posted here later
        yield "membership of this server"
        return
    needed = discord.Permissions(NEEDED.value)
    if isinstance(interaction.channel, discord.Thread):
        needed.send_messages, needed.send_messages_in_threads = False, True
    for name, wanted in needed:
        if wanted and not getattr(interaction.app_permissions, name):
            yield f"“{name.replace('_', ' ').capitalize()}”"


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Films(bot))
