"""Shows jobs in Discord's channels: the card, kept up to date, and the film, posted once."""

import contextlib
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path

import aiohttp
import discord

from bot.domain.card import Card
from bot.domain.errors import TooLarge, Unavailable, Undeliverable
from bot.domain.job import Job

CALM, BAD = discord.Colour.blurple(), discord.Colour.red()
NO_SUCH_TOKEN = {50027, 10015}  # the interaction's token has run out, or it was never answered
UNKNOWN_MESSAGE = 10008
TOO_LARGE = {40005, 50045, 400001}
LOOKED_THROUGH = 100  # messages of a channel
ALT_TEXT = 1024  # characters, Discord's limit


class Messenger:
    """Discord's channels for the jobs of one bot.

    All methods raise Unavailable where Discord does not answer now and Undeliverable where it refuses for good.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float], token_seconds: float) -> None:
        self._client, self._clock, self._token_seconds = client, clock, token_seconds

    async def show(self, job: Job, card: Card) -> int:
        """Bring the job's card up to date and return its message id: another one if the old card is gone."""
        embed = _embed(card)
        with _translated():
            if job.card_id and await self._edit(job, job.card_id, embed):
                return job.card_id
            message = await self._channel(job).send(embed=embed, nonce=f"card-{job.id}")
        return message.id

    async def withdraw(self, job: Job) -> None:
        """Remove the job's card; one that is gone already is fine."""
        if job.card_id is None:
            return
        with _translated(), contextlib.suppress(discord.NotFound):
            if not await self._by_token(job, lambda webhook, card_id: webhook.delete_message(card_id)):
                await self._channel(job).get_partial_message(job.card_id).delete()

    async def post(self, job: Job, text: str, film: Path | None) -> int:
        """Post the finished film as a new message that pings its owner, and return the message's id.

        Raises TooLarge if Discord does not take the file here. Repeated within minutes, it shows once: the job's id is
        the nonce (https://docs.discord.com/developers/resources/message).
        """
        with _translated():
            return await self._send(self._channel(job), job, text, film)

    async def direct(self, job: Job, text: str, film: Path | None) -> int:
        """The same to the owner alone, by direct message."""
        with _translated():
            owner = await self._client.create_dm(discord.Object(job.user_id))
            return await self._send(owner, job, text, film)

    async def find(self, job: Job) -> int | None:
        """The message with the job's film, if it stands in the channel already."""
        me = self._client.user
        after = discord.Object(job.card_id) if job.card_id else None
        with _translated(), contextlib.suppress(discord.Forbidden):  # not allowed to read: then the nonce must do
            async for message in self._channel(job).history(limit=LOOKED_THROUGH, after=after, oldest_first=False):
                if me and message.author.id == me.id and job.id in message.content:
                    return message.id
        return None

    async def _send(self, to: discord.abc.Messageable, job: Job, text: str, film: Path | None) -> int:
        owner = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(job.user_id)])
        if film is None:
            return (await to.send(text, nonce=job.id, allowed_mentions=owner)).id
        with film.open("rb") as data:
            file = discord.File(data, f"zoetrope-{job.id}.mp4", description=job.prompt[:ALT_TEXT])
            return (await to.send(text, file=file, nonce=job.id, allowed_mentions=owner)).id

    async def _edit(self, job: Job, card_id: int, embed: discord.Embed) -> bool:
        """Whether the card is still there to be edited."""
        try:
            if not await self._by_token(job, lambda webhook, card_id: webhook.edit_message(card_id, embed=embed)):
                await self._channel(job).get_partial_message(card_id).edit(embed=embed)
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return False
        return True

    async def _by_token(self, job: Job, act: Callable[[discord.Webhook, int], Awaitable[object]]) -> bool:
        """Do something to the card by the interaction's token, which is exempt from the bot's own limits.

        Whether that worked: the token lives for 15 min, and not at all if the interaction was never answered.
        """
        alive = job.interaction_token and self._clock() - job.created_at < self._token_seconds
        if job.card_id is None or not alive:
            return False
        webhook = discord.Webhook.partial(job.application_id, job.interaction_token, client=self._client)
        try:
            await act(webhook, job.card_id)
        except discord.HTTPException as error:
            if error.code in NO_SUCH_TOKEN:
                return False
            raise
        return True

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)


@contextlib.contextmanager
def _translated() -> Generator[None]:
    """Discord's errors in the domain's words."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status >= 500 or error.status == 429:
            raise Unavailable("Discord") from error
        if error.status == 413 or error.code in TOO_LARGE:
            raise TooLarge from error
        raise Undeliverable(error.text) from error
    except (discord.RateLimited, aiohttp.ClientError, OSError) as error:
        raise Unavailable("Discord") from error


def _embed(card: Card) -> discord.Embed:
    embed = discord.Embed(title=card.title, description=f"> {card.prompt}", colour=BAD if card.bad else CALM)
    embed.add_field(name="", value=card.status, inline=False)
    return embed.set_footer(text=card.details)
