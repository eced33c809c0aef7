"""Drafts as their askers see them: prompt and picture in a message, which carries all that its buttons need."""

import contextlib
import re
from functools import partial
from typing import Any, Self, cast

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.components import view
from bot.domain.doors import ANIMATE
from bot.domain.draft import DRAFT, DRAFT_ID, Draft, Frame
from bot.domain.errors import Refused
from bot.domain.form import PARTS, PICTURE, changing, texts
from bot.domain.language import say, sentence
from bot.domain.order import Attached
from cogs.asking import acknowledge, guarded, sent, take_in
from cogs.modals import given, modal, stateless
from cogs.person import person, viewer

Interaction = discord.Interaction[Any]
CALM = discord.Colour.blurple()
FRAME = "frame.jpg"
GONE = sentence("This draft does not have all that its film needs any more. Nothing was spent. Please ask for another.")


async def show(interaction: Interaction, draft: Draft) -> None:
    """Show a draft to the one who asks, and to nobody else; he was told already that it is being made."""
    title = say("Your prompt") if draft.composed else say("A scene from this conversation")
    embed = discord.Embed(title=title, description=draft.prompt, colour=CALM)
    embed.add_field(name="", value=draft.text, inline=False)
    send = partial(interaction.followup.send, embed=embed, view=view(draft.buttons), ephemeral=True)
    if not draft.frame.film:
        embed.set_image(url=draft.frame.url)
        return await sent(interaction, send(), "a draft")
    async with _client(interaction).cases.archive.frame(viewer(interaction), draft.frame.film) as frame:
        if frame is None:
            return await sent(interaction, send(), "a draft")
        embed.set_image(url=f"attachment://{FRAME}")
        with contextlib.closing(discord.File(frame, FRAME)) as file:
            return await sent(interaction, send(file=file), "a draft")


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=DRAFT_ID):
    """A button below a draft."""

    def __init__(self, match: re.Match[str]) -> None:
        super().__init__(discord.ui.Button(custom_id=match[0]))
        self._deed, self._told, self._film = match["deed"], int(match["told"]), match["film"]

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match)

    async def callback(self, interaction: Interaction) -> None:
        await guarded(interaction, self._do(interaction))

    async def _do(self, interaction: Interaction) -> None:
        client = _client(interaction)
        prompt, frame = _drawn(interaction.message, self._film)
        if self._deed == "edit":
            form = changing(prompt, self._told, self._film, client.cases.studio.door(ANIMATE))
            await interaction.response.send_modal(stateless(modal(form)))
            return
        below = interaction.message.id if interaction.message else interaction.id
        making = client.cases.scenes.film(
            person(interaction),
            prompt,
            frame,
            origin=f"{DRAFT}:{below}:{self._deed}",
            told=self._told,
            clean=self._deed == "clean",
        )
        await take_in(interaction, client.cases.studio, making)


def _drawn(message: discord.Message | None, film: str) -> tuple[str, Frame]:
    """Prompt and picture of the draft that a message shows."""
    embed = next(iter(message.embeds if message else ()), None)
    url = "" if embed is None else embed.image.url or ""
    if embed is None or not embed.description or not (film or url):
        raise Refused(say(GONE))
    return embed.description, Frame(film=film) if film else Frame(url=url)


async def edited(interaction: Interaction, client: Zoetrope, told: str, film: str) -> None:
    """The draft was changed: make its film."""
    _, frame = _drawn(interaction.message, film)
    origin, price = f"interaction:{interaction.id}", int(told) if told.isdecimal() else 0
    options = texts(given(interaction))
    making = client.cases.scenes.edited(person(interaction), frame, options, origin=origin, told=price)
    await take_in(interaction, client.cases.studio, making)


async def composed(interaction: Interaction, client: Zoetrope, *_: str) -> None:
    """The parts of a prompt were filled in: show the draft."""
    fields = given(interaction)
    await acknowledge(interaction, thinking=True, ephemeral=True)
    parts = {name: text for name, text in texts(fields).items() if name in PARTS}
    picture = fields.get(PICTURE)
    asked = person(interaction), parts, picture if isinstance(picture, Attached) else None
    await show(interaction, await client.cases.scenes.composed(*asked))


def _client(interaction: Interaction) -> Zoetrope:
    return cast("Zoetrope", interaction.client)


class Drafts(commands.Cog):
    """Listens to the buttons below drafts."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(Press)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Drafts(bot))
