"""/history, /job and /queue: the films that were made here, everything about one, and those that are being made."""

import contextlib
import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.components import view
from bot.domain.history import MOST_SEARCHED, QUERY, Found, Query, Sheet, Which, label, matches
from bot.domain.language import say
from bot.domain.queue import QUEUE, Queue
from cogs.asking import acknowledge, guarded
from cogs.options import choices_of, models
from cogs.person import viewer

Interaction = discord.Interaction[Any]
CALM = discord.Colour.blurple()
LOOK = "look"  # the menu below a page of films
MOST_TYPED = 100  # characters


class History(commands.Cog):
    """Looks at films."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(Turn, Again, Choose)

    @app_commands.command(description="The films that you made here, or another member")
    @app_commands.guild_only()
    @app_commands.describe(
        member="Whose films; usually yours",
        search="Words of the prompt",
        model="Only by this model",
        which="Only those that ended so",
    )
    @app_commands.choices(model=models(), which=choices_of(*(one for one in Which if one)))
    async def history(
        self,
        interaction: discord.Interaction,
        member: discord.User | None = None,
        search: app_commands.Range[str, 1, MOST_SEARCHED] | None = None,
        model: str | None = None,
        which: str | None = None,
    ) -> None:
        """A page of films, for the one who asks alone."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        query = Query(
            user_id=(member or interaction.user).id,
            model=model or "",
            which=Which(which or ""),
            search=matches(search or ""),
        )
        found = await self._bot.cases.archive.history(viewer(interaction), query)
        await interaction.followup.send(**_page(found), ephemeral=True)

    @app_commands.command(description="Everything about one film, and what can be done with it")
    @app_commands.guild_only()
    @app_commands.describe(film="Its number: ten letters and digits, below the film and in /history")
    async def job(self, interaction: discord.Interaction, film: app_commands.Range[str, 1, MOST_TYPED]) -> None:
        """A sheet about the film, for the one who asks alone."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await show_sheet(interaction, film.strip().lower())

    @job.autocomplete("film")
    async def _films(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = await self._bot.cases.archive.mine(viewer(interaction), matches(typed))
        return [app_commands.Choice(name=label(job), value=job.id) for job in found]

    @app_commands.command(description="The films that are being made here now")
    @app_commands.guild_only()
    async def queue(self, interaction: discord.Interaction) -> None:
        """The queue, for the one who asks alone."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        found = await self._bot.cases.archive.queue(viewer(interaction), 1)
        await interaction.followup.send(**_queue(found), ephemeral=True)


class Turn(discord.ui.DynamicItem[discord.ui.Button[Any]], template=QUERY):
    """A button that turns to another page of films."""

    def __init__(self, custom_id: str, query: Query) -> None:
        super().__init__(discord.ui.Button(custom_id=custom_id))
        self._query = query

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match[0], Query.of(match))

    async def callback(self, interaction: Interaction) -> None:
        async def turn() -> None:
            await acknowledge(interaction)
            found = await _client(interaction).cases.archive.history(viewer(interaction), self._query)
            await interaction.edit_original_response(**_page(found))

        await guarded(interaction, turn())


class Again(discord.ui.DynamicItem[discord.ui.Button[Any]], template=QUEUE):
    """A button that turns to another page of the queue, or shows this one as it is now."""

    def __init__(self, custom_id: str, page: int) -> None:
        super().__init__(discord.ui.Button(custom_id=custom_id))
        self._page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match[0], int(match["page"]))

    async def callback(self, interaction: Interaction) -> None:
        async def look() -> None:
            await acknowledge(interaction)
            found = await _client(interaction).cases.archive.queue(viewer(interaction), self._page)
            await interaction.edit_original_response(**_queue(found))

        await guarded(interaction, look())


class Choose(discord.ui.DynamicItem[discord.ui.Select[Any]], template=LOOK):
    """The menu that shows one film of a page."""

    def __init__(self, menu: discord.ui.Select[Any]) -> None:
        super().__init__(menu)

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(cast("discord.ui.Select[Any]", item))

    async def callback(self, interaction: Interaction) -> None:
        async def look() -> None:
            await acknowledge(interaction, thinking=True, ephemeral=True)
            await show_sheet(interaction, self.item.values[0])

        await guarded(interaction, look())


async def show_sheet(interaction: Interaction, job_id: str) -> None:
    """Everything about a film, to the one who asks alone."""
    sheet = await _client(interaction).cases.archive.sheet(viewer(interaction), job_id)
    await interaction.followup.send(**_sheet(sheet), ephemeral=True)


async def renew_sheet(interaction: Interaction, job_id: str) -> None:
    """Bring the sheet up to date above whose button something was done."""
    if interaction.message and interaction.message.flags.ephemeral:
        sheet = await _client(interaction).cases.archive.sheet(viewer(interaction), job_id)
        await interaction.edit_original_response(**_sheet(sheet))


async def show_film(interaction: Interaction, job_id: str) -> None:
    """The film itself from our own store, to the one who asks alone."""
    await acknowledge(interaction, thinking=True, ephemeral=True)
    asking = _client(interaction).cases.archive.film(viewer(interaction), job_id, interaction.filesize_limit)
    async with asking as (job, film):
        with contextlib.closing(discord.File(film, f"zoetrope-{job.id}.mp4", spoiler=job.spoiler)) as file:
            await interaction.followup.send(file=file, ephemeral=True)


def _page(found: Found) -> dict[str, Any]:
    head = say("Films of <@{user_id}>", user_id=found.query.user_id)
    embed = discord.Embed(description=f"{head}\n{found.text}", colour=CALM)
    shown = view(found.buttons)
    if found.choices:
        options = [discord.SelectOption(label=text, value=job_id) for text, job_id in found.choices]
        hint = say("Look at one of them")
        menu = discord.ui.Select[discord.ui.View](custom_id=LOOK, placeholder=hint, options=options)
        shown.add_item(menu)
    return {"embed": embed.set_footer(text=found.about), "view": shown}


def _sheet(sheet: Sheet) -> dict[str, Any]:
    title = say("Film {job}", job=sheet.job.id)
    embed = discord.Embed(title=title, description=sheet.text, colour=CALM)
    for name, text in sheet.fields.items():
        embed.add_field(name=name, value=text, inline=len(text) < 40)
    return {"embed": embed, "view": view(sheet.buttons)}


def _queue(found: Queue) -> dict[str, Any]:
    embed = discord.Embed(title=say("Being made here"), description=found.text, colour=CALM)
    return {"embed": embed, "view": view(found.buttons)}


def _client(interaction: Interaction) -> Zoetrope:
    return cast("Zoetrope", interaction.client)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(History(bot))
