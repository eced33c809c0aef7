"""Who asks, and where, as Discord tells it of an interaction."""

from collections.abc import Iterable
from typing import Any

import discord

from bot.actions import Person
from bot.archive import Viewer
from bot.domain.language import say, sentence
from bot.office import Caller
from bot.studio import Asker

Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
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


def reacting(client: discord.Client, member: discord.Member, channel: Place, origin: str) -> Person:
    """The same of a member who reacts in a channel of his server; an answer to that has no token."""
    asks = Asker(
        origin=origin,
        user_id=member.id,
        guild_id=member.guild.id,
        channel_id=channel.id,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        seen_in=_viewers(channel),
        age_restricted=channel.is_nsfw(),
        application_id=client.application_id or 0,
        interaction_token="",
        roles=tuple(role.id for role in member.roles),
        lacking=tuple(_missing(channel, channel.permissions_for(member.guild.me))),
    )
    looks = Viewer(
        user_id=member.id,
        guild_id=member.guild.id,
        manages=member.guild_permissions.manage_guild,
        age_restricted=asks.age_restricted,
        channel_id=channel.id,
        channels=_seen(member, {channel.id}),
    )
    return Person(asker=asks, viewer=looks)


def place(client: discord.Client, channel_id: int) -> Place | None:
    """Where people write in a server, if the bot knows it and what it is below."""
    channel = client.get_channel(channel_id)
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return None
    return channel if isinstance(channel, Place) else None


def lacking(client: discord.Client, channel_id: int) -> tuple[str, ...] | None:
    """What the bot would need to post in a channel of a server and does not have; None: it is no `place`."""
    channel = place(client, channel_id)
    return None if channel is None else tuple(_missing(channel, channel.permissions_for(channel.guild.me)))


def asker(interaction: discord.Interaction) -> Asker:
    """Who asks, and where."""
    channel = interaction.channel
    return Asker(
        origin=f"interaction:{interaction.id}",
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        seen_in=_viewers(channel) if isinstance(channel, discord.Thread) else interaction.channel_id,
        age_restricted=age_restricted(interaction),
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        upload_limit=interaction.filesize_limit,
        roles=roles(interaction),
        lacking=tuple(_lacking(interaction)),
    )


def _viewers(channel: Place) -> int | None:
    """The channel whose viewers see what is posted there; None: those alone who are in a private thread."""
    if isinstance(channel, discord.Thread):
        return None if channel.is_private() else channel.parent_id
    return channel.id


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
    yield from _missing(interaction.channel, interaction.app_permissions)


def _missing(channel: object, held: discord.Permissions) -> Iterable[str]:
    needed = discord.Permissions(NEEDED.value)
    if isinstance(channel, discord.Thread):
        needed.send_messages, needed.send_messages_in_threads = False, True
    for name, wanted in needed:
        if wanted and not getattr(held, name):
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
    member, here = interaction.user, {interaction.channel_id} if interaction.channel_id else set[int]()
    return _seen(member, here) if isinstance(member, discord.Member) else frozenset(here)


def _seen(member: discord.Member, here: set[int]) -> frozenset[int]:
    return frozenset(here | {one.id for one in member.guild.channels if one.permissions_for(member).view_channel})
