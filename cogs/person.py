"""Who asks, and where, as Discord tells it of an interaction."""

from collections.abc import Iterable
from typing import Any

import discord

from bot.actions import Person
from bot.archive import Viewer
from bot.domain.language import say, sentence
from bot.office import Caller
from bot.studio import Asker

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


def person(interaction: discord.Interaction[Any]) -> Person:
    """All of it."""
    return Person(asker=asker(interaction), viewer=viewer(interaction))


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


def viewer(interaction: discord.Interaction) -> Viewer:
    """Who looks, and from where."""
    return Viewer(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        manages=interaction.permissions.manage_guild,
        age_restricted=age_restricted(interaction),
        channel_id=interaction.channel_id or 0,
        channels=_channels(interaction),
    )


def _channels(interaction: discord.Interaction) -> frozenset[int]:
    """The channels that the one who asks sees; a thread is seen by who sees its channel, or is in it now."""
    guild, member = interaction.guild, interaction.user
    here = {interaction.channel_id} if interaction.channel_id else set[int]()
    if guild is None or not isinstance(member, discord.Member):
        return frozenset(here)
    return frozenset(here | {one.id for one in guild.channels if one.permissions_for(member).view_channel})
