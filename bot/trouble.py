"""Discord's errors in the domain's words."""

import contextlib
from collections.abc import Generator

import aiohttp
import discord

from bot.domain.errors import TooLarge, Unavailable, Undeliverable

TOO_LARGE = {40005, 50045, 400001}


@contextlib.contextmanager
def translated(client: discord.Client) -> Generator[None]:
    """Inside, what Discord refuses for good is Undeliverable or TooLarge; where it does not answer now, Unavailable."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status >= 500 or error.status in (401, 429):  # 401: the operator has renewed the bot's token
            raise Unavailable("Discord") from error
        if error.status == 413 or error.code in TOO_LARGE:
            raise TooLarge from error
        raise Undeliverable(error.text) from error
    except (discord.RateLimited, aiohttp.ClientError, OSError) as error:
        raise Unavailable("Discord") from error
    except RuntimeError as error:
        if not client.is_closed():
            raise
        raise Unavailable("Discord") from error  # which has ended the connection for good; so the session is closed
