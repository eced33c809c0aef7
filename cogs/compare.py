"""/compare: the same picture and prompt by two or three models, after one price."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Zoetrope
from bot.comparison import DOOR, Comparison
from bot.domain.catalogue import CATALOGUE, QUALITIES
from bot.domain.doors import doors
from bot.domain.order import Attached
from cogs.asking import take_in
from cogs.options import choices, choices_of
from cogs.person import asker

[MODELS] = [choices(option) for option in doors(CATALOGUE)[DOOR].options if option.name == "model"]


class Compare(commands.Cog):
    """Shows what each model makes of the same."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    @app_commands.command(description="Make the same film by two or three models, and one of them side by side")
    @app_commands.guild_only()
    @app_commands.describe(
        image="The picture that the films begin with",
        prompt="What should happen in the films",
        model1="One model",
        model2="Another model",
        model3="A third model",
        quality="draft is cheap and quick, best is slow and sharp",
        negative="What should not be seen",
        spoiler="Cover the films until somebody wants to see them",
    )
    @app_commands.choices(model1=MODELS, model2=MODELS, model3=MODELS, quality=choices_of(*QUALITIES))
    async def compare(  # noqa: PLR0913 - the options of the command
        self,
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        prompt: str,
        model1: str,
        model2: str,
        model3: str | None = None,
        quality: str | None = None,
        negative: str | None = None,
        spoiler: bool | None = None,  # noqa: FBT001 - an option
    ) -> None:
        """A question about the price of all."""
        given = {"prompt": prompt, "quality": quality, "negative": negative, "spoiler": spoiler}
        wish = Comparison(
            models=[model for model in (model1, model2, model3) if model],
            image=Attached(url=image.url, size=image.size),
            options={name: value for name, value in given.items() if value is not None},
        )
        cases = self._bot.cases
        await take_in(interaction, cases.studio, cases.comparisons.ask(asker(interaction), wish))


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Compare(bot))
