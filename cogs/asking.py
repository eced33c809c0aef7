"""How a request is taken in, whatever door it comes by: answered in time; one for a film is then carried."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any, cast

import discord

from bot.client import Zoetrope
from bot.domain.errors import Refused
from bot.domain.job import Job
from bot.domain.language import say
from bot.studio import Studio

log = logging.getLogger(__name__)

LONGEST = 4096  # characters of an embed's description, Discord's limit
ANSWER_SECONDS = 1.5  # half of Discord's 3 s: after that "thinking…" is shown, and the answer comes when it comes


async def take_in(interaction: discord.Interaction, studio: Studio, asked: Coroutine[Any, Any, Job]) -> None:
    """Answer within Discord's 3 s whatever the database does: with a card to come. What is refused is raised."""
    accepting = asyncio.ensure_future(asked)
    await asyncio.wait([accepting], timeout=ANSWER_SECONDS)
    late = not accepting.done()
    if late:
        await acknowledge(interaction, thinking=True)
    try:
        job = await accepting
    except Refused:
        if late:  # take the public "thinking…" away: the refusal is the asker's own
            await interaction.delete_original_response()
        raise
    try:
        if not late:
            await acknowledge(interaction, thinking=True)
    finally:
        studio.begin(job)  # whatever became of the answer: the job is accepted, and its card finds its place


async def acknowledge(interaction: discord.Interaction, *, thinking: bool = False, ephemeral: bool = False) -> None:
    """Say nothing yet, or show "thinking…" where the answer will be, to the asker alone if `ephemeral`.

    What was asked counts, whatever becomes of it.
    """
    deferring = interaction.response.defer(thinking=thinking, ephemeral=ephemeral)
    [error] = await asyncio.gather(deferring, return_exceptions=True)
    if isinstance(error, BaseException):
        log.warning("interaction %s could not be answered: %r", interaction.id, error)


async def guarded(interaction: discord.Interaction[Any], act: Awaitable[None], **told: Any) -> None:
    """Do what a component asks for, and tell the member what goes wrong: discord.py would only log it.

    `told` is what the client's `tell_trouble` puts beside that.
    """
    client = cast("Zoetrope", interaction.client)
    client.speak_to(interaction)
    [error] = await asyncio.gather(act, return_exceptions=True)
    if isinstance(error, Exception):
        await client.tell_trouble(interaction, error, **told)


async def tell(
    interaction: discord.Interaction[Any], asked: Awaitable[str], view: discord.ui.View | None = None
) -> None:
    """Let the one who asked alone see what came of it, with these buttons."""
    await acknowledge(interaction, thinking=True, ephemeral=True)
    text = await asked
    buttons = view or discord.utils.MISSING
    if len(text) > LONGEST:
        file = discord.File(io.BytesIO(text.encode()), "answer.txt")
        long = say("That is long, so it is a file.")
        sending = interaction.followup.send(long, file=file, view=buttons, ephemeral=True)
    else:
        embed = discord.Embed(description=text, colour=discord.Colour.blurple())
        sending = interaction.followup.send(embed=embed, view=buttons, ephemeral=True)
    await sent(interaction, sending, text)


async def sent(interaction: discord.Interaction[Any], sending: Awaitable[object], text: str) -> None:
    """Send what came of it. Where that fails it is done all the same, so nobody may be told that it is not."""
    [error] = await asyncio.gather(sending, return_exceptions=True)
    if isinstance(error, BaseException):
        log.warning("interaction %s was not answered with “%s”: %r", interaction.id, text, error)
