"""The buttons below cards and notices. They carry the job's id alone, so they work for ever."""

import contextlib
import io
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Self, cast

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.action import BUTTON_ID, BY_NAME, TABLE
from bot.domain.card import MARKDOWN
from bot.domain.history import everything
from bot.domain.language import say
from cogs.asking import LONGEST, acknowledge, guarded, sent, take_in, tell
from cogs.history import renew_sheet, show_film
from cogs.modals import ask
from cogs.moderation import ask_to_delete
from cogs.person import asker, caller, person, viewer

Interaction = discord.Interaction[Any]


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=BUTTON_ID):
    """A button whose press does something to a job."""

    def __init__(self, button: discord.ui.Button[Any], action: str, job_id: str, detail: str) -> None:
        super().__init__(button)
        self._action, self._job_id, self._detail = action, job_id, detail

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(discord.ui.Button(custom_id=match[0]), match["action"], match["job"], match["detail"] or "")

    async def callback(self, interaction: Interaction) -> None:
        act = ACTIONS[self._action]
        client = cast("Zoetrope", interaction.client)
        await guarded(interaction, act(interaction, client, self._job_id, self._detail))


def is_card(message: discord.Message) -> bool:
    """Whether it is a job's card: a film has no embed, and a file only where that was not too large."""
    return bool(message.embeds) and not message.flags.ephemeral


async def _answer(interaction: Interaction, client: Zoetrope, job_id: str, answer: str) -> None:
    await acknowledge(interaction)
    await client.cases.studio.answer(asker(interaction), job_id, answer)


async def _all(interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    await acknowledge(interaction)
    await client.cases.comparisons.agree(asker(interaction), job_id)


async def _cancel(interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    await acknowledge(interaction)  # the card tells it
    await client.cases.actions.tell("cancel", person(interaction), job_id)
    await renew_sheet(interaction, job_id)


async def _cheaper(interaction: Interaction, client: Zoetrope, key: str, _: str) -> None:
    await take_in(interaction, client.cases.studio, client.cases.studio.cheaper(asker(interaction), key))


async def _prompt(interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    await acknowledge(interaction, thinking=True, ephemeral=True)
    text = everything(await client.cases.archive.here(viewer(interaction), job_id))
    shown = MARKDOWN.sub(r"\\\1", text)
    if len(shown) <= LONGEST:
        return await interaction.followup.send(embed=discord.Embed(description=shown), ephemeral=True)
    file = discord.File(io.BytesIO(text.encode()), "prompt.txt")
    return await interaction.followup.send(say("That is long, so it is a file."), file=file, ephemeral=True)


async def _film(interaction: Interaction, _: Zoetrope, job_id: str, __: str) -> None:
    await show_film(interaction, job_id)


async def _act(name: str, interaction: Interaction, client: Zoetrope, job_id: str, told: str) -> None:
    """What can be done with a film: it asks for words first, makes another film, or is told of in a sentence."""
    if BY_NAME[name].asks:
        await ask(interaction, client.cases.forms.ask(name, person(interaction), job_id))
    elif name in client.cases.actions.makes:
        await _make(name, interaction, client, job_id, told)
    else:
        await tell(interaction, client.cases.actions.tell(name, person(interaction), job_id))


async def _make(name: str, interaction: Interaction, client: Zoetrope, job_id: str, told: str) -> None:
    studio, actions, asks = client.cases.studio, client.cases.actions, person(interaction)
    making = actions.rerun(asks, job_id, int(told)) if told else actions.make(name, asks, job_id)
    await take_in(interaction, studio, making)
    if (below := interaction.message) and is_card(below):
        with contextlib.suppress(discord.HTTPException):  # a card: pressed again, it would only be refused
            await below.edit(view=None)


async def _delete(interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    await acknowledge(interaction, thinking=True, ephemeral=True)
    await client.cases.actions.film("delete", person(interaction), job_id)
    await ask_to_delete(interaction, job_id, await client.cases.endings.question(caller(interaction), job_id))


async def _erase(interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    await acknowledge(interaction)
    told = await client.cases.endings.delete(caller(interaction), job_id)
    embed = discord.Embed(description=told, colour=discord.Colour.blurple())
    # where it was asked whether to delete it
    await sent(interaction, interaction.edit_original_response(embed=embed, view=None), told)


async def _hide(interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    await tell(interaction, client.cases.complaints.hide(caller(interaction), job_id))


async def _dismiss(interaction: Interaction, client: Zoetrope, job_id: str, _: str) -> None:
    await tell(interaction, client.cases.complaints.dismiss(caller(interaction), job_id))


ACTIONS: Mapping[str, Callable[[Interaction, Zoetrope, str, str], Awaitable[None]]] = {
    **{action.name: partial(_act, action.name) for action in TABLE},
    "cancel": _cancel,
    "delete": _delete,
    "answer": _answer,
    "all": _all,
    "cheaper": _cheaper,
    "prompt": _prompt,
    "film": _film,
    "erase": _erase,
    "hide": _hide,
    "dismiss": _dismiss,
}


class Buttons(commands.Cog):
    """Listens to the buttons."""

    def __init__(self, bot: Zoetrope) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(Press)


async def setup(bot: Zoetrope) -> None:
    """discord.py's way to load an extension."""
    await bot.add_cog(Buttons(bot))
