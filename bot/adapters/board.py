"""Messages about films in other channels: the gallery, and the one of those who manage the server."""

import contextlib
from pathlib import Path
from typing import Any

import discord

from bot.components import view
from bot.domain.board import Board, Notice, is_notice
from bot.domain.doors import SAFETY
from bot.domain.job import Job
from bot.trouble import translated

LOOKED_THROUGH = 500  # messages of a channel, the newest ones


class Wall:
    """Discord's channels for such messages. All methods raise Unavailable and Undeliverable as the messenger's do."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def may_show(self, job: Job, channel_id: int) -> bool:
        """Whether a film may be shown in another channel of its server.

        Whoever sees that one by his roles must see the film where it stands; what was made where only adults are, or
        without fal's safety checker, is for age-restricted channels alone.
        """
        guild = self._client.get_guild(job.guild_id or 0)
        home = guild and guild.get_channel(job.seen_in or 0)
        there = guild and guild.get_channel_or_thread(channel_id)
        if guild is None or home is None or there is None:
            return False
        private = isinstance(there, discord.Thread) and there.is_private()
        above = there.parent if isinstance(there, discord.Thread) else there
        if private or above is None:
            return False
        restricted = job.arguments.get(SAFETY) is False or _nsfw(home)
        if restricted and not _nsfw(above):
            return False
        return all(
            home.permissions_for(role).view_channel for role in guild.roles if above.permissions_for(role).view_channel
        )

    async def post(self, board: Board, job: Job, notice: Notice, film: Path | None) -> int:
        """Post it, pinging nobody: its id. Raises TooLarge too. Repeated within minutes, it shows once."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(translated(self._client))
            files: list[discord.File] = []
            if film is not None:
                file = discord.File(film, f"zoetrope-{job.id}.mp4", spoiler=job.spoiler)
                files = [stack.enter_context(contextlib.closing(file))]
            sent = await self._channel(board, job).send(
                notice.text, files=files, nonce=f"{board.action}-{job.id}", suppress_embeds=True, **_below(notice)
            )
        return sent.id

    async def find(self, board: Board, job: Job) -> int | None:
        """The message of a row, if it was posted and nobody noted that."""
        me = self._client.user
        with translated(self._client), contextlib.suppress(discord.Forbidden, discord.NotFound):
            async for message in self._channel(board, job).history(limit=LOOKED_THROUGH):
                if message.created_at.timestamp() < board.at - 60:  # clocks differ
                    break
                mine = me and message.author.id == me.id and message.id != job.message_id
                if mine and is_notice(board, message.content):
                    return message.id
        return None

    async def edit(self, board: Board, job: Job, notice: Notice) -> bool:
        """Bring it up to date: whether it still stands."""
        with translated(self._client):
            try:
                await self._message(board, job).edit(content=notice.text, **(_below(notice) or {"view": None}))
            except discord.NotFound:
                return False
        return True

    async def remove(self, board: Board, job: Job) -> None:
        """Take it away; what is gone is fine."""
        with translated(self._client), contextlib.suppress(discord.NotFound):
            await self._message(board, job).delete()

    async def tell(self, user_id: int, text: str, nonce: str) -> None:
        """Tell a member something directly. Repeated within minutes, it shows once."""
        with translated(self._client):
            to = await self._client.create_dm(discord.Object(user_id))
            await to.send(text, nonce=nonce, suppress_embeds=True)

    def _channel(self, board: Board, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(board.channel_id, guild_id=job.guild_id)

    def _message(self, board: Board, job: Job) -> discord.PartialMessage:
        return self._channel(board, job).get_partial_message(board.message_id or 0)


def _nsfw(channel: discord.abc.GuildChannel) -> bool:
    return bool(getattr(channel, "nsfw", False))


def _below(notice: Notice) -> dict[str, Any]:
    return {"view": view(notice.buttons)} if notice.buttons else {}
