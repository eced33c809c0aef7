"""What can be chosen from the menu of any message: films from its picture, and all about a film of ours."""

from collections.abc import Iterator
from typing import Any, cast

import discord
from discord import app_commands

from bot.client import Zoetrope
from bot.domain.action import BUTTON_ID
from bot.domain.card import told_of
from bot.domain.order import Attached
from bot.messages import End, Messages, Seen
from cogs.asking import acknowledge
from cogs.history import show_sheet
from cogs.modals import ask
from cogs.person import person

Interaction = discord.Interaction[Any]
Told = discord.Message | discord.MessageSnapshot
OF_KEYS = frozenset({"cheaper"})  # buttons that have no job's id


async def _animate(interaction: Interaction, message: discord.Message) -> None:
    await ask(interaction, _messages(interaction).ask_to_animate(person(interaction), seen(interaction, message)))


async def _morph_from(interaction: Interaction, message: discord.Message) -> None:
    await _morph("first", interaction, message)


async def _morph_to(interaction: Interaction, message: discord.Message) -> None:
    await _morph("last", interaction, message)


async def _morph(end: End, interaction: Interaction, message: discord.Message) -> None:
    found = seen(interaction, message)
    await ask(interaction, _messages(interaction).ask_to_morph(end, person(interaction), found))


async def _details(interaction: Interaction, message: discord.Message) -> None:
    await acknowledge(interaction, thinking=True, ephemeral=True)
    job_id = _messages(interaction).details(seen(interaction, message))
    await show_sheet(interaction, job_id)


MENUS = {
    "Animate this": _animate,
    "Morph from this": _morph_from,
    "Morph to this": _morph_to,
    "Film details": _details,
}


def seen(interaction: Interaction, message: discord.Message) -> Seen:
    """What there is in a message: a film of ours, or else its first picture, also if it was forwarded."""
    user = interaction.client.user
    if user is not None and message.author.id == user.id and (job_id := _film(message)):
        return Seen(job_id=job_id)
    told: list[Told] = [message, *message.message_snapshots]
    return Seen(picture=next((picture for one in told for picture in _pictures(one)), None))


def _film(message: discord.Message) -> str:
    """The film that a message of ours is about: as its buttons say, or its line of facts."""
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    ids = (getattr(button, "custom_id", None) or "" for row in rows for button in row.children)
    found = (match for one in ids if (match := BUTTON_ID.fullmatch(one)) and match["action"] not in OF_KEYS)
    return next((match["job"] for match in found), None) or told_of(message.content)


def _pictures(message: Told) -> Iterator[Attached]:
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith("image/"):
            yield Attached(url=attachment.url, size=attachment.size)
    for embed in message.embeds:
        for url in (embed.image.proxy_url, embed.thumbnail.proxy_url):  # which Discord serves, unlike the picture's own
            if url:
                yield Attached(url=url, size=0)


def _messages(interaction: Interaction) -> Messages:
    return cast("Zoetrope", interaction.client).cases.messages


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    for name, act in MENUS.items():
        menu = app_commands.ContextMenu(name=name, callback=act)
        menu.guild_only = True
        bot.tree.add_command(menu)
