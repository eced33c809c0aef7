"""How a request is taken in, whatever door it comes by: answered in time; one for a film is then carried."""

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
from bot.domain.language import say, sentence
from bot.office import Caller
from bot.studio import Asker, Studio

log = logging.getLogger(__name__)

LONGEST = 4096  # characters of an embed's description, Discord's limit
ANSWER_SECONDS = 1.5  # half of Discord's 3 s: after that "thinking…" is shown, and the answer comes when it comes
PRIVATE = (discord.DMChannel, discord.GroupChannel)
NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)
PERMISSIONS = {
    "read_messages": sentence("“Read messages”"),
    "send_messages": sentence("“Send messages”"),
    "embed_links": sentence("“Embed links”"),
    "attach_files": sentence("“Attach files”"),
    "read_message_history": sentence("“Read message history”"),
    "send_messages_in_threads": sentence("“Send messages in threads”"),
}  # in the words of Discord's settings


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


async def guarded(interaction: discord.Interaction[Any], act: Awaitable[None]) -> None:
    """Do what a component asks for, and tell the member what goes wrong: discord.py would only log it."""
    client = cast("Zoetrope", interaction.client)
    client.speak_to(interaction)
    [error] = await asyncio.gather(act, return_exceptions=True)
    if isinstance(error, Exception):
        await client.tell_trouble(interaction, error)


async def tell(
    interaction: discord.Interaction[Any], asked: Awaitable[str], view: discord.ui.View | None = None
) -> None:
    """Let the one who asked alone see what came of it, with these buttons."""
    await acknowledge(interaction, thinking=True, ephemeral=True)
    text = await asked
    buttons = view or discord.utils.MISSING
    if len(text) > LONGEST:
        file = discord.File(io.BytesIO(text.encode()), "answer.txt")
        long = say("That is long, so it is a file.")
        sending = interaction.followup.send(long, file=file, view=buttons, ephemeral=True)
    else:
        embed = discord.Embed(description=text, colour=discord.Colour.blurple())
        sending = interaction.followup.send(embed=embed, view=buttons, ephemeral=True)
    await sent(interaction, sending, text)


async def sent(interaction: discord.Interaction[Any], sending: Awaitable[object], text: str) -> None:
    """Send what came of it. Where that fails it is done all the same, so nobody may be told that it is not."""
    [error] = await asyncio.gather(sending, return_exceptions=True)
    if isinstance(error, BaseException):
        log.warning("interaction %s was not answered with “%s”: %r", interaction.id, text, error)


def caller(interaction: discord.Interaction[Any]) -> Caller:
    """Who asks for something that may be for those alone who manage the server."""
    manages = interaction.permissions.manage_guild
    return Caller(user_id=interaction.user.id, guild_id=interaction.guild_id or 0, manages=manages)


def asker(interaction: discord.Interaction) -> Asker:
    """Who asks, and where."""
    channel = interaction.channel
    return Asker(
        origin=f"interaction:{interaction.id}",
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        seen_in=_seen_in(interaction),
        age_restricted=age_restricted(interaction),
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        upload_limit=interaction.filesize_limit,
        roles=roles(interaction),
        lacking=tuple(_lacking(interaction)),
    )


def _seen_in(interaction: discord.Interaction) -> int | None:
    """The channel whose viewers see what is posted where this is asked."""
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        return None if channel.is_private() else channel.parent_id
    return interaction.channel_id


def age_restricted(interaction: discord.Interaction) -> bool:
    """Whether the channel is for adults alone."""
    channel = interaction.channel
    return channel is not None and not isinstance(channel, PRIVATE) and channel.is_nsfw()


def roles(interaction: discord.Interaction) -> tuple[int, ...]:
    """Those that the asker has in this server."""
    return tuple(role.id for role in interaction.user.roles) if isinstance(interaction.user, discord.Member) else ()


def _lacking(interaction: discord.Interaction) -> Iterable[str]:
    """What the bot would need to post here and does not have."""
    if not interaction.is_guild_integration():  # installed by a user alone: nothing can be posted here later
        yield say("membership of this server")
        return
    needed = discord.Permissions(NEEDED.value)
    if isinstance(interaction.channel, discord.Thread):
        needed.send_messages, needed.send_messages_in_threads = False, True
    for name, wanted in needed:
        if wanted and not getattr(interaction.app_permissions, name):
            yield say(PERMISSIONS[name])
