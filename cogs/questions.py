"""What a reaction cannot open by itself, a button can: it stands below the film for a while."""

import asyncio
import contextlib
from typing import Any

import discord

from bot.components import view
from bot.domain.action import BUTTON_ID, BY_NAME, Action
from bot.domain.card import told_of
from bot.domain.errors import Unavailable, Undeliverable
from bot.domain.job import Job
from bot.domain.language import aloud, say, sentence
from bot.trouble import translated

SECONDS = 120.0  # that a button stands there
LEAVING = 2.0  # seconds for taking all of them away when the bot stops
MOST = 100  # of them at once
ASK = sentence("For that I have to ask something first. The button asks, and I take this message away.")


class Questions:
    """The buttons that stand there. One that a death has left works as well, but stays until it is pressed."""

    def __init__(self, client: discord.Client, seconds: float = SECONDS) -> None:
        self._client, self._seconds = client, seconds
        self._standing: dict[tuple[str, str], asyncio.Task[None]] = {}  # by film and action

    async def leave(self) -> None:
        """Take all of them away now, as far as Discord answers in time."""
        if leaving := [*self._standing.values()]:
            for task in leaving:
                task.cancel()
            await asyncio.wait(leaving, timeout=LEAVING)

    async def ask(self, below: discord.PartialMessage, job: Job, action: Action) -> None:
        """Answer a film with the button, once for each film and action; where the bot may not, nothing happens."""
        key = job.id, action.name
        if key in self._standing or len(self._standing) >= MOST:
            return
        with aloud():
            text, button = say(ASK), action.button(job.id)
        with contextlib.suppress(Undeliverable, Unavailable), translated(self._client):
            sent = await below.reply(text, view=view([button]), mention_author=False, silent=True)
            self._standing[key] = asyncio.create_task(self._gone_after(key, sent), name=f"question about {job.id}")

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Take the message away whose button was pressed, if it is such a one."""
        pressed: dict[str, Any] = dict(interaction.data or {})
        found, message = BUTTON_ID.fullmatch(str(pressed.get("custom_id", ""))), interaction.message
        if found is None or message is None or not _ours(message, found["action"]):
            return
        if task := self._standing.get((found["job"], found["action"])):
            task.cancel()
        else:
            await self._remove(message)

    async def _gone_after(self, key: tuple[str, str], message: discord.Message) -> None:
        try:
            await asyncio.sleep(self._seconds)
        finally:  # or it was pressed, or the bot stops
            await self._remove(message)
            self._standing.pop(key, None)

    async def _remove(self, message: discord.Message) -> None:
        with contextlib.suppress(Undeliverable, Unavailable), translated(self._client):
            await message.delete()


def _ours(message: discord.Message, action: str) -> bool:
    """A film can be a reply without a file, too, where it is too large for its channel: but it tells of itself."""
    asks = action in BY_NAME and BY_NAME[action].asks
    other = message.attachments or message.embeds or message.flags.ephemeral or told_of(message.content)
    return asks and message.reference is not None and not other
