"""The part of /admin that is about what may be made, where and by whom, and about films of others."""

import contextlib
from typing import Any, Literal, cast

import discord
from discord import app_commands

from bot.client import Zoetrope
from bot.domain.card import button_id
from bot.domain.errors import Refused, Unavailable
from bot.domain.language import say
from bot.moderation import Use
from cogs.asking import acknowledge, tell
from cogs.person import caller, lacking

Interaction = discord.Interaction[Zoetrope]
Purpose = Literal[
    "allow",
    "forbid",
    "as others",
    "gallery",
    "no gallery",
    "reports",
    "no reports",
    "no scenes",
    "scenes",
    "all channels alike",
]
Page = app_commands.Range[int, 1, 100_000]
PLACES = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
]


class Channel(app_commands.Transformer):
    """The id of a channel in which people write, or of a thread, also of one that the bot does not know."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        return PLACES

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> int:
        return value.id


@app_commands.command(description="Show in which channels films are made, or say what a channel is for")
@app_commands.describe(
    channel="The channel or thread",
    use="allow: in these alone; gallery: films many like; reports: what members report; no scenes: not read",
    stars="With the gallery: how many members, besides its owner, must like a film that comes there",
    page="Of those that are shown",
)
async def channels(
    interaction: Interaction,
    channel: app_commands.Transform[int, Channel] | None = None,
    use: Purpose | None = None,
    stars: app_commands.Range[int, 1, 1000] | None = None,
    page: Page = 1,
) -> None:
    """One channel at a time."""
    moderation, to_be = interaction.client.cases.moderation, Use(use) if use else None
    lacks = lacking(interaction.client, channel) if channel else ()
    await tell(interaction, moderation.channels(caller(interaction), channel, to_be, page, stars, lacks))


@app_commands.command(description="Let a member make no new films here, or show who makes none")
@app_commands.describe(member="Who; also somebody who has left; left out: see who is", page="Of those that are shown")
async def block(interaction: Interaction, member: discord.User | None = None, page: Page = 1) -> None:
    """No new films of one member."""
    moderation, who = interaction.client.cases.moderation, caller(interaction)
    await tell(interaction, moderation.block(who, member.id) if member else moderation.blocked(who, page))


@app_commands.command(description="Let a member make films here again")
@app_commands.describe(member="Who")
async def unblock(interaction: Interaction, member: discord.User) -> None:
    """New films again."""
    await tell(interaction, interaction.client.cases.moderation.unblock(caller(interaction), member.id))


@app_commands.command(description="Show the words that no prompt may have, or change them")
@app_commands.describe(
    add="Words or phrases, parted by commas: whole words, whatever their case and accents",
    remove="The same",
    page="Of those that are shown",
)
async def words(interaction: Interaction, add: str = "", remove: str = "", page: Page = 1) -> None:
    """Words that are refused."""
    await tell(interaction, interaction.client.cases.moderation.words(caller(interaction), add, remove, page))


@app_commands.command(description="Let fal's safety checker be off in age-restricted channels, or on everywhere")
@app_commands.describe(checker="off: in age-restricted channels films are made without it; left out: how it is")
async def safety(interaction: Interaction, checker: Literal["on", "off"] | None = None) -> None:
    """On or off."""
    checked = None if checker is None else checker == "on"
    await tell(interaction, interaction.client.cases.moderation.safety(caller(interaction), checked=checked))


@app_commands.command(description="Call off the film of a member")
@app_commands.describe(film="Which: its job, as the card has it")
async def cancel(interaction: Interaction, film: str) -> None:
    """What the owner may do as well."""
    await tell(interaction, interaction.client.cases.moderation.cancel(caller(interaction), film.strip()))


@app_commands.command(description="Delete the film of a member, in its channel and in this bot")
@app_commands.describe(film="Which: its job, as the film has it")
async def delete(interaction: Interaction, film: str) -> None:
    """Ask once more: it cannot be taken back."""
    await acknowledge(interaction, thinking=True, ephemeral=True)
    text = await interaction.client.cases.moderation.to_delete(caller(interaction), film.strip())
    await ask_to_delete(interaction, film.strip(), text)


async def ask_to_delete(interaction: discord.Interaction[Any], job_id: str, text: str) -> None:
    """Ask the one who has been told that it is being done, with a button that does it."""
    view = discord.ui.View(timeout=None)
    button_of = button_id("erase", job_id)
    view.add_item(discord.ui.Button[Any](label=say("Delete it"), custom_id=button_of, style=discord.ButtonStyle.danger))
    view.stop()  # its press is found by its id
    embed = discord.Embed(title=say("Delete this film?"), description=text, colour=discord.Colour.red())
    await interaction.followup.send(embed=embed, view=view, ephemeral=True)


async def _offered(interaction: Interaction, typed: str, *, ended: bool) -> list[app_commands.Choice[str]]:
    with contextlib.suppress(Refused, Unavailable):  # there is no place to tell it
        films = await interaction.client.cases.moderation.films(caller(interaction), typed, ended=ended)
        return [app_commands.Choice(name=name, value=job_id) for job_id, name in films]
    return []


@cancel.autocomplete("film")
async def under_way(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Films that can be called off."""
    return await _offered(interaction, typed, ended=False)


@delete.autocomplete("film")
async def there(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Films that can be deleted."""
    return await _offered(interaction, typed, ended=True)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension: these join the group that cogs/admin.py has brought along."""
    admin = cast("app_commands.Group", bot.tree.get_command("admin"))
    mine = cast("list[app_commands.Command[Any, ..., Any]]", [channels, block, unblock, words, safety, cancel, delete])
    for command in mine:
        admin.add_command(command)
