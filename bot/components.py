"""Buttons as Discord has them."""

from collections.abc import Iterable

import discord

from bot.domain.button import Button


def view(buttons: Iterable[Button]) -> discord.ui.View:
    """These buttons. Their presses are found by their ids (cogs/buttons.py), so discord.py keeps nothing of this."""
    made = discord.ui.View(timeout=None)
    for label, custom_id, calm in buttons:
        style = discord.ButtonStyle.secondary if calm else discord.ButtonStyle.primary
        made.add_item(discord.ui.Button[discord.ui.View](label=label, custom_id=custom_id, style=style))
    made.stop()
    return made
