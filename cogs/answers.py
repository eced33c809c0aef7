"""What members fill in: one listener for the answers of all modals, which are found by their ids."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, cast

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.action import ACTIONS
from bot.domain.button import Button, button_id
from bot.domain.draft import COMPOSE, DRAFT
from bot.domain.language import say
from bot.messages import End
from cogs.asking import guarded, take_in
from cogs.drafts import composed, edited
from cogs.modals import carried, given, typed
from cogs.person import person

Interaction = discord.Interaction[Any]


async def _film(name: str, interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    making = client.cases.forms.film(name, person(interaction), job_id, given(interaction))
    await take_in(interaction, client.cases.studio, making)


async def _animate(interaction: Interaction, client: Zoetrope, *_: str) -> None:
    making = client.cases.messages.animate(person(interaction), carried(interaction), given(interaction))
    await take_in(interaction, client.cases.studio, making)


async def _morph(interaction: Interaction, client: Zoetrope, key: str, _: str) -> None:
    end: End = "last" if key == "last" else "first"
    making = client.cases.messages.morph(end, person(interaction), carried(interaction), given(interaction))
    await take_in(interaction, client.cases.studio, making)


# by the first part of a modal's id; the second, and what there may be behind it, are told
ANSWERS: Mapping[str, Callable[[Interaction, Zoetrope, str, str], Awaitable[None]]] = {
    "edit": partial(_film, "edit"),
    "continue": partial(_film, "continue"),
    "bridge": partial(_film, "bridge"),
    "animate": _animate,
    "morph": _morph,
    DRAFT: edited,
    COMPOSE: composed,
}


class Answers(commands.Cog):
    """Hears what was filled in, also in a modal that was opened before a restart."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Do what the modal was opened for; whatever is refused is told with what was typed, so nothing is lost."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        client, data = cast("Zoetrope", interaction.client), cast("Mapping[str, Any]", interaction.data)
        name, _, rest = str(data["custom_id"]).partition(":")
        key, _, detail = rest.partition(":")
        if answer := ANSWERS.get(name):
            client.speak_to(interaction)
            again = (Button(say("Fill it in again"), button_id(name, key)),) if name in ACTIONS else ()
            await guarded(interaction, answer(interaction, client, key, detail), buttons=again, **typed(interaction))


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Answers())
