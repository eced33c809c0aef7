"""How pictures of what was spent are shown, and the report of a server."""

import io

import discord

from bot.domain.language import say, sentence
from bot.office import Caller
from bot.reports import Picture, Reports
from cogs.asking import acknowledge

PICTURE, TABLE = "spending.png", "spending.csv"
TOO_LARGE = sentence("The table would be larger than Discord takes here. One of fewer days is smaller.")


def show(embed: discord.Embed, picture: Picture) -> discord.File:
    """Put a picture into an embed; the file to send with it."""
    embed.set_image(url=f"attachment://{PICTURE}")
    return discord.File(io.BytesIO(picture.png), PICTURE, description=picture.alt)


async def report(interaction: discord.Interaction, reports: Reports, caller: Caller, days: int) -> None:
    """Tell the one who asked alone what was spent. Raises Refused for who may not manage the server."""
    await acknowledge(interaction, thinking=True, ephemeral=True)
    told = await reports.report(caller, days)
    embed = discord.Embed(description=told.report.text(), colour=discord.Colour.blurple())
    files = [show(embed, told.picture)] if told.report.of_members else []
    table = told.report.table.encode()
    if len(table) > interaction.filesize_limit:
        embed.set_footer(text=say(TOO_LARGE))
    elif files:
        files.append(discord.File(io.BytesIO(table), TABLE))
    await interaction.followup.send(embed=embed, files=files, ephemeral=True)
