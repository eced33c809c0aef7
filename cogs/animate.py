"""/animate: one picture becomes a film. The everyday door."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.catalogue import QUALITIES, SHAPES, one_picture
from bot.domain.endpoint import Endpoint
from bot.domain.errors import Refused
from bot.studio import Animation, Asker, Attached, Studio

log = logging.getLogger(__name__)

DEFAULT_MODEL, DEFAULT_QUALITY, DEFAULT_SHAPE = "wan-2.2", "standard", "auto"
DESCRIPTION = "Turn a picture into a short film"
ANSWER_SECONDS = 1.5  # half of Discord's 3 s: after that "thinking…" is shown, and the answer comes when it comes
NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)
HELP = {
    "image": "The picture that the film begins with",
    "prompt": "What should happen in the film",
    "model": "Which model makes it",
    "quality": "draft is cheap and quick, best is slow and sharp",
    "shape": "auto follows the picture; another shape cuts it around its middle",
    "seed": "The same seed, picture and options give the same film again",
    "negative": "What should not be seen",
}

AnimateCommand = app_commands.Command[Any, ..., None]


class Animate(commands.Cog):
    """Brings /animate along."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.tree.add_command(animate_command(self._bot.studio, self._bot.catalogue))


def animate_command(studio: Studio, catalogue: tuple[Endpoint, ...]) -> AnimateCommand:
    """The slash command, with a choice for each endpoint of the catalogue that takes one picture."""
    models = [
        app_commands.Choice(name=f"{each.title}: {each.help}", value=each.name) for each in one_picture(catalogue)
    ]

    @app_commands.describe(**HELP)
    @app_commands.choices(model=models, quality=_choices(QUALITIES), shape=_choices(SHAPES))
    async def animate(  # noqa: PLR0913 - discord.py reads the options from these arguments
        interaction: discord.Interaction,
        image: discord.Attachment,
        prompt: str,
        model: str = DEFAULT_MODEL,
        quality: str = DEFAULT_QUALITY,
        shape: str = DEFAULT_SHAPE,
        seed: int | None = None,
        negative: str | None = None,
    ) -> None:
        asked = Animation(
            image=Attached(url=image.url, size=image.size),
            prompt=prompt,
            model=model,
            quality=quality,
            shape=shape,
            seed=seed,
            negative=negative,
        )
        await _ask(interaction, studio, asked)

    command: AnimateCommand = app_commands.Command(name="animate", description=DESCRIPTION, callback=animate)
    command.guild_only = True
    return command


async def _ask(interaction: discord.Interaction, studio: Studio, asked: Animation) -> None:
    """Answer within Discord's 3 s whatever the database does: with a card to come, or with a refusal for the asker."""
    accepting = asyncio.ensure_future(studio.animate(_asker(interaction), asked))
    await asyncio.wait([accepting], timeout=ANSWER_SECONDS)
    late = not accepting.done()
    if late:
        await _think(interaction)
    try:
        job = await accepting
    except Refused as refusal:
        if not late:
            raise
        # take the public "thinking…" away: the refusal is the asker's own
        await interaction.delete_original_response()
        await interaction.followup.send(str(refusal), ephemeral=True)
        return
    try:
        if not late:
            await _think(interaction)
    finally:
        studio.begin(job)  # whatever became of the answer: the job is accepted, and its card finds its place


async def _think(interaction: discord.Interaction) -> None:
    """Show "thinking…" where the card will be. A Discord that refuses even that stops no accepted job."""
    try:
        await interaction.response.defer(thinking=True)
    except discord.HTTPException as error:
        log.warning("interaction %s could not be answered: %s", interaction.id, error)


def _asker(interaction: discord.Interaction) -> Asker:
    return Asker(
        origin=f"interaction:{interaction.id}",
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        lacking=tuple(_lacking(interaction)),
    )


def _lacking(interaction: discord.Interaction) -> Iterable[str]:
    """What the bot would need to post here and does not have, in the words of Discord's settings."""
    if not interaction.is_guild_integration():  # installed by a user alone: nothing can be posted here later
        yield "membership of this server"
        return
    needed = discord.Permissions(NEEDED.value)
    if isinstance(interaction.channel, discord.Thread):
        needed.send_messages, needed.send_messages_in_threads = False, True
    for name, wanted in needed:
        if wanted and not getattr(interaction.app_permissions, name):
            yield f"“{name.replace('_', ' ').capitalize()}”"


def _choices(values: Iterable[str]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=value, value=value) for value in values]


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Animate(bot))
