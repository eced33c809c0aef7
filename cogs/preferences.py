"""/preferences: what a member chooses for himself."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.catalogue import QUALITIES
from bot.domain.doors import SHAPES
from bot.domain.job import Done
from bot.domain.language import NAMES, say
from bot.people import MOST_NEGATIVE, USUAL
from cogs.asking import acknowledge
from cogs.options import choices_of, models

DONE = {"ping me": Done.PING, "send me a message": Done.DM, "be silent": Done.SILENT}


class Preferences(commands.Cog):
    """What holds for a member in all servers."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    @app_commands.command(description="What holds where you leave an option out, and how you hear of your films")
    @app_commands.describe(
        model="Which model makes your films, where it can",
        quality="Their quality",
        shape="Their shape",
        negative=f"What should not be seen in any of them; “{USUAL}” takes it back",
        done="What happens when a film is done",
        private="Whether other members see your films in /history and /job",
        scenes="Whether /scene may make scenes of what you write",
        language="What I speak with you, and on the cards of your films",
        reset="Take all of it back",
    )
    @app_commands.choices(
        model=[*models(), *choices_of(USUAL)],
        quality=choices_of(*QUALITIES, USUAL),
        shape=choices_of(*SHAPES, USUAL),
        language=[*(app_commands.Choice(name=name, value=code) for code, name in NAMES.items()), *choices_of(USUAL)],
    )
    async def preferences(  # noqa: PLR0913 - discord.py reads the options from these arguments
        self,
        interaction: discord.Interaction,
        model: str | None = None,
        quality: str | None = None,
        shape: str | None = None,
        negative: app_commands.Range[str, 1, MOST_NEGATIVE] | None = None,
        done: Literal["ping me", "send me a message", "be silent"] | None = None,
        private: bool | None = None,  # noqa: FBT001 - an option
        scenes: bool | None = None,  # noqa: FBT001 - an option
        language: str | None = None,
        reset: bool = False,  # noqa: FBT001, FBT002 - an option
    ) -> None:
        """Show them, or change some."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        chosen = await self._bot.cases.people.prefer(
            interaction.user.id,
            reset=reset,
            model=model,
            quality=quality,
            shape=shape,
            negative=negative,
            done=DONE[done] if done else None,
            private=private,
            unread=None if scenes is None else not scenes,
            language=language,
        )
        self._bot.speak_to(interaction)  # as he has just chosen, perhaps
        embed = discord.Embed(title=say("Your preferences"), description=chosen.text, colour=discord.Colour.blurple())
        await interaction.followup.send(embed=embed, ephemeral=True)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Preferences(bot))
