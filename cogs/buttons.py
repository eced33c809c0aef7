"""The buttons below cards and notices. They carry the job's id alone, so they work for ever."""

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, cast

import discord
from discord.ext import commands

from bot.client import Zoetrope
from bot.domain.button import BUTTON_ID
from bot.domain.history import everything
from bot.domain.job import Job
from cogs.asking import acknowledge, asker, guarded, take_in, tell
from cogs.history import show_film, viewer

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
        await guarded(interaction, ACTIONS[self._action](interaction, self._job_id, self._detail))


async def _answer(interaction: Interaction, job_id: str, answer: str) -> None:
    await acknowledge(interaction)
    await _client(interaction).studio.answer(interaction.user.id, job_id, answer)


async def _cancel(interaction: Interaction, job_id: str, _: str) -> None:
    await acknowledge(interaction)
    await _client(interaction).studio.cancel(interaction.user.id, job_id)


async def _again(interaction: Interaction, job_id: str, _: str) -> None:
    studio = _client(interaction).studio
    if await take_in(interaction, studio, studio.again(asker(interaction), job_id)):
        await _without_buttons(interaction)


async def _cheaper(interaction: Interaction, key: str, _: str) -> None:
    studio = _client(interaction).studio
    await take_in(interaction, studio, studio.cheaper(asker(interaction), key))


async def _rerun(interaction: Interaction, job_id: str, price: str) -> None:
    client = _client(interaction)

    async def rerun() -> Job:
        old = await client.archive.look(viewer(interaction), job_id)
        return await client.studio.rerun(asker(interaction), old, int(price))

    await take_in(interaction, client.studio, rerun())


async def _prompt(interaction: Interaction, job_id: str, _: str) -> None:
    """The whole prompt, which everybody may read who sees the part of it above the button."""
    await acknowledge(interaction, thinking=True, ephemeral=True)
    await tell(interaction, everything(await _client(interaction).studio.known(job_id)))


async def _film(interaction: Interaction, job_id: str, _: str) -> None:
    await show_film(interaction, job_id)


async def _without_buttons(interaction: Interaction) -> None:
    if interaction.message:  # a courtesy: pressed again, it would only be refused
        with contextlib.suppress(discord.HTTPException):
            await interaction.message.edit(view=None)


def _client(interaction: Interaction) -> Zoetrope:
    return cast("Zoetrope", interaction.client)


ACTIONS: Mapping[str, Callable[[Interaction, str, str], Awaitable[None]]] = {
    "answer": _answer,
    "cancel": _cancel,
    "again": _again,
    "cheaper": _cheaper,
    "rerun": _rerun,
    "prompt": _prompt,
    "film": _film,
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
