"""Drafts as their askers see them: prompt and picture in a message, which carries all that its buttons need."""

import contextlib
import re
from functools import partial
from typing import Any, Self, cast

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.components import view
from bot.domain.catalogue import MOST_PROMPT
from bot.domain.doors import NEGATIVE
from bot.domain.draft import DRAFT, DRAFT_ID, Draft, Frame
from bot.domain.errors import Refused
from bot.domain.language import say, sentence
from bot.domain.order import Attached
from bot.domain.prompting import MOST_OF
from bot.people import MOST_NEGATIVE
from bot.scenes import DOOR
from cogs.asking import acknowledge, guarded, sent, take_in
from cogs.modals import given, stateless
from cogs.person import person, viewer

Interaction = discord.Interaction[Any]
COMPOSE = "compose"  # the modal
CALM = discord.Colour.blurple()
FRAME = "frame.jpg"
MOST_LABEL = 100  # characters of an option, Discord's limit
CHOSEN = {"model": sentence("Model"), "quality": sentence("Quality"), "shape": sentence("Shape")}  # in the modal
LABELS = {
    "subject": sentence("Subject: who or what stays the same"),
    "motion": sentence("Motion: what moves, and how"),
    "camera": sentence("Camera"),
    "style": sentence("Style, and light"),
}
HINTS = {
    "subject": "an old fisherman with a grey beard",
    "motion": "he breathes calmly, the wind stirs his beard",
    "camera": "slow push in",
    "style": "realistic, cold morning light",
}  # in the language that models know best
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


def composing() -> discord.ui.Modal:
    """The modal that asks for the parts of a prompt."""
    modal = discord.ui.Modal(title=say("Put a prompt together"), custom_id=COMPOSE)
    modal.add_item(discord.ui.Label(text=say("Picture"), component=discord.ui.FileUpload(custom_id="picture")))
    for name, label in LABELS.items():
        field = discord.ui.TextInput[discord.ui.Modal](
            custom_id=name,
            placeholder=HINTS[name],
            max_length=MOST_OF[name],
            required=name in ("subject", "motion"),
        )
        modal.add_item(discord.ui.Label(text=say(label), component=field))
    return modal


def _editing(client: Zoetrope, prompt: str, film: str) -> discord.ui.Modal:
    """The modal that changes a draft before its film is made; what is left empty is as usual."""
    modal = discord.ui.Modal(title=say("Change it, and make it"), custom_id=f"{DRAFT}:{film}")
    text = discord.ui.TextInput[discord.ui.Modal](
        custom_id="prompt", style=discord.TextStyle.paragraph, default=prompt[:MOST_PROMPT], max_length=MOST_PROMPT
    )
    modal.add_item(discord.ui.Label(text=say("Prompt"), component=text))
    for option in client.cases.studio.doors[DOOR].options:
        if option.called in CHOSEN and option.choices:
            values = [(value, say(option.labels.get(value, value))[:MOST_LABEL]) for value in option.choices]
            menu = discord.ui.Select[discord.ui.Modal](
                custom_id=option.called,
                placeholder=say("as usual"),
                required=False,
                min_values=0,
                options=[discord.SelectOption(label=label, value=value) for value, label in values],
            )
            modal.add_item(discord.ui.Label(text=say(CHOSEN[option.called]), component=menu))
    negative = discord.ui.TextInput[discord.ui.Modal](
        custom_id=NEGATIVE.name, placeholder=say("as usual"), required=False, max_length=MOST_NEGATIVE
    )
    modal.add_item(discord.ui.Label(text=say(NEGATIVE.help), component=negative))
    return modal


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
            await interaction.response.send_modal(stateless(_editing(client, prompt, self._film)))
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


async def edited(interaction: Interaction, client: Zoetrope, film: str, _: str) -> None:
    """The draft was changed: make its film."""
    fields = given(interaction)
    options = {name: text for name in (*CHOSEN, NEGATIVE.name) if isinstance(text := fields.get(name), str)}
    _, frame = _drawn(interaction.message, film)
    origin, prompt = f"interaction:{interaction.id}", str(fields.get("prompt") or "")
    making = client.cases.scenes.film(person(interaction), prompt, frame, origin=origin, options=options)
    await take_in(interaction, client.cases.studio, making)


async def composed(interaction: Interaction, client: Zoetrope, *_: str) -> None:
    """The parts of a prompt were filled in: show the draft."""
    fields = given(interaction)
    await acknowledge(interaction, thinking=True, ephemeral=True)
    parts = {name: text for name, text in fields.items() if name in LABELS and isinstance(text, str)}
    picture = fields.get("picture")
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
