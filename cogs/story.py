"""/story: films that go on where others end, shown on one sheet and joined into one film."""

import contextlib
import io
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.errors import Refused, Unavailable
from bot.domain.history import label, matches
from bot.domain.language import say
from cogs.asking import acknowledge, take_in, tell
from cogs.person import person, viewer

Interaction = discord.Interaction[Any]
Film = app_commands.Range[str, 1, 100]
PICTURE = "story.png"


class Story(commands.GroupCog, group_name="story", group_description="Films that go on where others end"):
    """What a member does with his story in a server."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        cast("app_commands.Group", self.app_command).guild_only = True

    @app_commands.command(description="Let your story here go on at a film")
    @app_commands.describe(film="Which; usually your newest one")
    async def start(self, interaction: Interaction, film: Film | None = None) -> None:
        """Told to the one who asks alone."""
        await tell(interaction, self._bot.cases.stories.start(viewer(interaction), _number(film)))

    @app_commands.command(description="Show the scenes of your story on one picture")
    @app_commands.describe(film="Up to which film; usually the last one of your story")
    async def show(self, interaction: Interaction, film: Film | None = None) -> None:
        """To the one who asks alone."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        text, picture = await self._bot.cases.stories.show(viewer(interaction), _number(film))
        embed = discord.Embed(description=text, colour=discord.Colour.blurple())
        embed.set_image(url=f"attachment://{PICTURE}")
        file = discord.File(io.BytesIO(picture), PICTURE, description=say("A frame of each scene, numbered"))
        await interaction.followup.send(embed=embed, file=file, ephemeral=True)

    @app_commands.command(description="Join the scenes of your story into one film, for nothing")
    @app_commands.describe(
        film="Up to which film; usually the last one of your story",
        fade="For how many seconds each scene goes over into the next; usually 0",
    )
    async def stitch(
        self, interaction: Interaction, film: Film | None = None, fade: app_commands.Range[float, 0, 2] = 0
    ) -> None:
        """A film in the channel."""
        cases = self._bot.cases
        await take_in(interaction, cases.studio, cases.stories.stitch(person(interaction), _number(film), fade))

    @app_commands.command(description="Leave the last scene out of your story; its film stays")
    async def undo(self, interaction: Interaction) -> None:
        """Told to the one who asks alone."""
        await tell(interaction, self._bot.cases.stories.undo(viewer(interaction)))

    @start.autocomplete("film")
    @show.autocomplete("film")
    @stitch.autocomplete("film")
    async def _films(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        with contextlib.suppress(Refused, Unavailable):  # there is no place to tell it
            found = await self._bot.cases.stories.offered(viewer(interaction), matches(typed))
            return [app_commands.Choice(name=label(job), value=job.id) for job in found]
        return []


def _number(film: str | None) -> str | None:
    return film.strip().lower() if film else None


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Story(bot))
