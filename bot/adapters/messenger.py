"""Shows jobs in Discord's channels: the card, kept up to date, and the film, posted once."""

import contextlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import discord

from bot.components import view
from bot.domain.action import buttons, offered
from bot.domain.card import Card, Posted, Shown, tells_of, whole
from bot.domain.job import ENDED, Done, Job, State
from bot.domain.media import UNBOOSTED
from bot.domain.order import Attached
from bot.domain.scene import Said
from bot.trouble import translated

# discord.py puts a message's id into the address, where Discord takes this name for the first answer as well
ORIGINAL: Any = "@original"
CALM, BAD = discord.Colour.blurple(), discord.Colour.red()
NO_SUCH_TOKEN = {50027, 10015}  # the interaction's token has run out, or it was never answered
UNKNOWN_MESSAGE = 10008
LOOKED_THROUGH = 1000  # messages of a channel, from when the film was fetched
CLOCKS = 60  # seconds by which Discord's clock and ours may differ
MIB = 2**20
BOOSTED = {2: 50 * MIB, 3: 100 * MIB}  # bytes of a file
ALT_TEXT = 1024  # characters, Discord's limit


class Messenger:
    """Discord's channels for the jobs of one bot.

    All methods raise Unavailable where Discord does not answer now and Undeliverable where it refuses for good.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float], token_seconds: float) -> None:
        self._client, self._clock, self._token_seconds = client, clock, token_seconds

    async def show(self, job: Job, card: Card) -> Shown:
        """Bring the job's card up to date: the answer to its interaction, or a message of its own if that is gone."""
        shown: dict[str, Any] = {"embed": _embed(card), "view": view(card.buttons) if card.buttons else None}
        with self._translated():
            if by_token := await self._by_token(job, lambda webhook, card_id: _edit_by_token(webhook, card_id, shown)):
                return Shown(by_token, by_token=True)
            channel = self._channel(job)
            if job.card_id and await self._edit(channel, job.card_id, shown):
                return Shown(job.card_id, by_token=False)
            sent: discord.Message = await channel.send(**shown, **_answering(job), nonce=f"card-{job.id}")
            if not _shows(sent, card):  # the card as it was sent before, when Discord's reply was lost
                await sent.edit(**shown)
            return Shown(sent.id, by_token=False)

    async def withdraw(self, job: Job) -> None:
        """Remove the job's card, or the "thinking…" that never became one; what is gone already is fine."""
        with self._translated(), contextlib.suppress(discord.NotFound):
            if await self._by_token(job, _delete_by_token) is None and job.card_id:
                await self._channel(job).get_partial_message(job.card_id).delete()

    async def post(self, job: Job, text: str, film: Path | None) -> Posted:
        """Post the finished film as a new message that pings its owner, if he wants that.

        Raises TooLarge if Discord does not take the file here. Repeated within minutes, it shows once: the job's id is
        the nonce (https://docs.discord.com/developers/resources/message).
        """
        return Posted(await self._send(self._channel(job), job, text, film))

    async def direct(self, job: Job, text: str, film: Path | None) -> Posted:
        """The same to the owner alone, by direct message."""
        with self._translated():
            owner = await self._client.create_dm(discord.Object(job.user_id))
        return Posted(await self._send(owner, job, text, film), direct=True)

    async def tell(self, job: Job, text: str) -> None:
        """Tell the owner something about the job, by direct message. Repeated within minutes, it shows once."""
        with self._translated():
            owner = await self._client.create_dm(discord.Object(job.user_id))
            await owner.send(text, nonce=f"told-{job.id}", suppress_embeds=True)

    async def hand(self, user_id: int, text: str, file: Path) -> None:
        """Send a file to a member alone, by direct message. Raises TooLarge if Discord does not take it."""
        with self._translated(), contextlib.closing(discord.File(file)) as sent:
            to = await self._client.create_dm(discord.Object(user_id))
            await to.send(text, file=sent)

    async def give(self, user_id: int, job: Job, film: Path, *, text: str, settings: str) -> None:
        """Send a film to a member alone, by direct message, with its settings as a file beside it.

        Repeated within minutes, it shows once. Raises TooLarge if Discord does not take it.
        """
        nonce = f"{job.id}-{user_id % 10**12}"  # which takes 25 characters
        with self._translated(), contextlib.closing(_film(job, film)) as shown:
            beside = discord.File(io.BytesIO(settings.encode()), f"zoetrope-{job.id}.txt")
            to = await self._client.create_dm(discord.Object(user_id))
            await to.send(text, files=[shown, beside], nonce=nonce, suppress_embeds=True)

    async def find(self, job: Job) -> Posted | None:
        """The message with the job's film, if it stands in the channel, or before its owner, already."""
        with self._translated():
            if found := await self._found(self._channel(job), job):
                return Posted(found)
            with contextlib.suppress(discord.Forbidden):
                if found := await self._found(await self._client.create_dm(discord.Object(job.user_id)), job):
                    return Posted(found, direct=True)
        return None

    async def remove(self, job: Job) -> None:
        """Remove the message with the job's film, from the channel or from before its owner; what is gone is fine."""
        with self._translated(), contextlib.suppress(discord.NotFound):
            user = discord.Object(job.user_id)
            place = await self._client.create_dm(user) if job.direct else self._channel(job)
            await place.get_partial_message(job.message_id or 0).delete()

    async def last(self, channel_id: int, guild_id: int | None, count: int) -> list[Said]:
        """What people said in the last so many messages of a channel, the oldest first; nothing of bots and Discord."""
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        with self._translated():
            newest = [message async for message in channel.history(limit=count)]
        return [_said(message) for message in reversed(newest) if _is_said(message)]

    async def offer(self, job: Job) -> None:
        """Put the emojis on a film by which others learn what can be done; nothing where the bot may not do so."""
        guild = self._client.get_guild(job.guild_id or 0)
        channel = guild and guild.get_channel_or_thread(job.channel_id)
        if guild is None or channel is None or job.message_id is None:
            return
        may = channel.permissions_for(guild.me)
        if not (may.add_reactions and may.read_message_history):
            return
        message = self._channel(job).get_partial_message(job.message_id)
        with self._translated():
            for emoji in offered(job):
                await message.add_reaction(emoji)

    async def _found(self, place: discord.abc.Messageable, job: Job) -> int | None:
        me = self._client.user
        since = datetime.fromtimestamp((job.fetched_at or job.created_at) - CLOCKS, UTC)
        # gone, or not allowed to read: then the nonce must do
        with contextlib.suppress(discord.Forbidden, discord.NotFound):
            async for message in place.history(limit=LOOKED_THROUGH, after=since, oldest_first=True):
                if me and message.author.id == me.id and tells_of(job, message.content):
                    return message.id
        return None

    async def _send(self, to: discord.abc.Messageable, job: Job, text: str, film: Path | None) -> int:
        pinged = [discord.Object(job.user_id)] if job.done is Done.PING else []
        owner = discord.AllowedMentions(everyone=False, roles=False, users=pinged)
        # as it will stand there; a notice has what can be done with a job that has ended
        shown = job if job.state in ENDED else replace(job, state=State.DELIVERED, message_id=0)
        below: dict[str, Any] = {"view": view((*buttons(shown), *whole(job)))}
        answering = {} if isinstance(to, discord.DMChannel) else _answering(job)
        with contextlib.ExitStack() as stack:
            files: list[discord.File] = []
            if film is not None:
                files = [stack.enter_context(contextlib.closing(_film(job, film)))]
            stack.enter_context(self._translated())
            # embeds are for what links in a prompt lead to, which is not to be shown beneath the film
            sent = await to.send(
                text, files=files, nonce=job.id, allowed_mentions=owner, suppress_embeds=True, **below, **answering
            )
        return sent.id

    def limit(self, job: Job) -> int:
        """Bytes that a file may have where the job's film goes.

        A member's own subscription does not count for what a bot posts (https://docs.discord.com/developers/reference),
        a boosted server does.
        """
        guild = self._client.get_guild(job.guild_id) if job.guild_id else None
        everybody = BOOSTED.get(guild.premium_tier, UNBOOSTED) if guild else UNBOOSTED
        return min(job.upload_limit or everybody, everybody)

    async def _edit(self, channel: discord.PartialMessageable, card_id: int, shown: dict[str, Any]) -> bool:
        """Whether the card is still there to be edited by the bot's own token."""
        try:
            await channel.get_partial_message(card_id).edit(**shown)
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return False
        return True

    async def _by_token(self, job: Job, act: Callable[[discord.Webhook, int | None], Awaitable[int]]) -> int | None:
        """Do something to the answer of the interaction by its token, which is exempt from the bot's own limits.

        The message's id; None where the token no longer works, or the message is gone: the token lives for 15 min, and
        not at all if the interaction was never answered.
        """
        if not job.interaction_token or self._clock() - job.created_at > self._token_seconds:
            return None
        webhook = discord.Webhook.partial(job.application_id, job.interaction_token, client=self._client)
        try:
            return await act(webhook, job.card_id)
        except discord.HTTPException as error:
            if error.code in NO_SUCH_TOKEN or error.code == UNKNOWN_MESSAGE:
                return None
            raise

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        return translated(self._client)

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)


def _answering(job: Job) -> dict[str, Any]:
    """As a reply, which pings nobody and is an ordinary message where what it answers is gone."""
    if job.reply_to is None:
        return {}
    film = discord.MessageReference(message_id=job.reply_to, channel_id=job.channel_id, fail_if_not_exists=False)
    return {"reference": film}


def _is_said(message: discord.Message) -> bool:
    return not message.author.bot and message.webhook_id is None and not message.is_system()


def _said(message: discord.Message) -> Said:
    kinds = [(one, one.content_type or guess_type(one.filename)[0] or "") for one in message.attachments]
    pictures = [one for one, kind in kinds if kind.startswith("image/")]
    first = Attached(url=pictures[0].url, size=pictures[0].size) if pictures else None
    return Said(author_id=message.author.id, text=message.content, message_id=message.id, picture=first)


def _film(job: Job, film: Path) -> discord.File:
    return discord.File(film, f"zoetrope-{job.id}.mp4", description=job.prompt[:ALT_TEXT], spoiler=job.spoiler)


async def _edit_by_token(webhook: discord.Webhook, card_id: int | None, shown: dict[str, Any]) -> int:
    return (await webhook.edit_message(card_id or ORIGINAL, **shown)).id


async def _delete_by_token(webhook: discord.Webhook, card_id: int | None) -> int:
    await webhook.delete_message(card_id or ORIGINAL)
    return card_id or 0


def _shows(message: discord.Message, card: Card) -> bool:
    return any(field.value == card.status for embed in message.embeds for field in embed.fields)


def _embed(card: Card) -> discord.Embed:
    embed = discord.Embed(title=card.title, description=f"> {card.prompt}", colour=BAD if card.bad else CALM)
    embed.add_field(name="", value=card.status, inline=False)
    return embed.set_footer(text=card.details)
