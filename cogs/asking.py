"""How a request for a film is taken in, whatever door it comes by: answered in time, then carried."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Coroutine, Iterable
from typing import Any, cast

import discord

from bot.client import Zoetrope
from bot.components import view
from bot.domain.errors import Refused
from bot.domain.job import Job
from bot.studio import Asker, Studio

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.5  # half of Discord's 3 s: after that "thinking…" is shown, and the answer comes when it comes
LONGEST = 4096  # characters of an embed's description, Discord's limit
NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)


async def take_in(interaction: discord.Interaction, studio: Studio, asked: Coroutine[Any, Any, Job]) -> bool:
    """Answer within Discord's 3 s whatever the database does: with a card to come, or with a refusal for the asker.

    Whether it is taken in; what is refused in time is raised.
    """
    accepting = asyncio.ensure_future(asked)
    await asyncio.wait([accepting], timeout=ANSWER_SECONDS)
    late = not accepting.done()
    if late:
        await acknowledge(interaction, thinking=True)
    try:
        job = await accepting
    except Refused as refusal:
        if not late:
            raise
        # take the public "thinking…" away: the refusal is the asker's own
        await interaction.delete_original_response()
        instead: dict[str, Any] = {"view": view(refusal.buttons)} if refusal.buttons else {}
        await interaction.followup.send(str(refusal), ephemeral=True, **instead)
        return False
    try:
        if not late:
            await acknowledge(interaction, thinking=True)
    finally:
        studio.begin(job)  # whatever became of the answer: the job is accepted, and its card finds its place
    return True


async def acknowledge(interaction: discord.Interaction, *, thinking: bool = False, ephemeral: bool = False) -> None:
    """Say nothing yet, or show "thinking…" where the answer will be, to the asker alone if `ephemeral`.

    What was asked counts, whatever becomes of it.
    """
    deferring = interaction.response.defer(thinking=thinking, ephemeral=ephemeral)
    [error] = await asyncio.gather(deferring, return_exceptions=True)
    if isinstance(error, BaseException):
        log.warning("interaction %s could not be answered: %r", interaction.id, error)


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """Answer the one who asked alone, after `acknowledge`; as a file if it is long."""
    if len(text) > LONGEST:
        file = discord.File(io.BytesIO(text.encode()), "answer.txt")
        await interaction.followup.send("That is long, so it is a file.", file=file, ephemeral=True)
    else:
        embed = discord.Embed(description=text, colour=discord.Colour.blurple())
        await interaction.followup.send(embed=embed, ephemeral=True)


async def guarded(interaction: discord.Interaction[Any], act: Awaitable[None]) -> None:
    """Do what a component asks for, and tell the member what goes wrong: discord.py would only log it."""
    [error] = await asyncio.gather(act, return_exceptions=True)
    if isinstance(error, Exception):
        await cast("Zoetrope", interaction.client).tell_trouble(interaction, error)


def asker(interaction: discord.Interaction) -> Asker:
    """Who asks, and where."""
    return Asker(
        origin=f"interaction:{interaction.id}",
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        upload_limit=interaction.filesize_limit,
        roles=roles(interaction),
        lacking=tuple(_lacking(interaction)),
    )


def roles(interaction: discord.Interaction) -> tuple[int, ...]:
    """Those that the asker has in this server."""
    return tuple(role.id for role in interaction.user.roles) if isinstance(interaction.user, discord.Member) else ()


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
