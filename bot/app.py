"""Puts the bot together from its parts, logs it in and runs it."""

import asyncio
import contextlib
import secrets
import sqlite3
import time
from collections.abc import AsyncGenerator

import discord
import yarl
from alembic.util import CommandError
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.download import Downloads
from bot.adapters.fal import http_session, open_fal
from bot.adapters.media import Media
from bot.adapters.messenger import Messenger
from bot.adapters.store import Store, open_store
from bot.client import COGS, Zoetrope
from bot.domain.catalogue import CATALOGUE
from bot.domain.errors import Misconfigured
from bot.domain.money import micro
from bot.domain.pace import Pace
from bot.runner import Runner
from bot.settings import WHERE, Settings
from bot.studio import Chance, Studio
from bot.world import World

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without the letters that are read as others
SEEDS = 2**31
CANCEL_AGAIN = 0.5  # seconds


def new_job_id() -> str:
    """Ten letters and digits: 50 bits, short enough for a nonce of Discord and to be read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


async def serve(settings: Settings, *, pace: Pace | None = None) -> None:
    """Run the bot until it is cancelled. Raises Misconfigured where it cannot start."""
    settings.check()
    pace = pace or Pace()
    _point_discord(settings)
    _make_folder(settings)
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_session())
        fal = await stack.enter_async_context(open_fal(settings.fal_key.get_secret_value()))
        await fal.check_key()
        store = await stack.enter_async_context(_database(settings))
        chance = Chance(job_id=new_job_id, seed=lambda: secrets.randbelow(SEEDS), clock=time.time)
        # The studio hands jobs to the runner, which shows them through the client, whose commands ask the studio.
        studio = Studio(store, CATALOGUE, micro(settings.daily_usd), chance, lambda job: runner.take(job))
        client = await stack.enter_async_context(Zoetrope(studio, cogs=COGS))
        world = World(
            jobs=store,
            models=fal,
            downloads=Downloads(http),
            media=Media(),
            channel=Messenger(client, time.time, pace.token),
            folder=settings.data,
            clock=time.time,
        )
        runner = Runner(world, CATALOGUE, pace)
        await _login(client, settings)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(runner.run(), name="runner")
                await runner.up.wait()
                group.create_task(stay_connected(client), name="gateway")
        except* Misconfigured as reasons:
            raise reasons.exceptions[0] from None


def _make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"ZOETROPE_DATA: {settings.data} cannot be made: {error.strerror}.") from error


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncGenerator[Store]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(open_store(settings.database))
        except (SQLAlchemyError, CommandError, sqlite3.Error) as error:
            raise Misconfigured(f"The database cannot be opened, so the bot does not start: {error.args[0]}") from error
        yield store


def _point_discord(settings: Settings) -> None:
    """Other addresses for Discord, for a proxy or the stand-in: discord.py reads these public class attributes."""
    if settings.discord_api:
        Route.BASE = settings.discord_api
    if settings.discord_gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)
    if settings.discord_cdn:
        Asset.BASE = settings.discord_cdn  # pyright: ignore[reportAttributeAccessIssue] - typed as a constant


async def stay_connected(client: discord.Client) -> None:
    """Hold the connection to Discord's gateway, which discord.py renews by itself, until Discord ends it for good.

    Ends when it is cancelled, also while discord.py connects anew: there it swallows a cancellation and goes on
    (discord/shard.py 2.7, `reidentify` and `reconnect`).
    """
    connection = asyncio.create_task(client.connect(), name="connection")
    try:
        await asyncio.wait([connection])
        connection.result()
    except (discord.ConnectionClosed, discord.GatewayNotFound, discord.PrivilegedIntentsRequired) as error:
        raise Misconfigured(f"Discord has ended the connection for good: {error}") from error
    finally:
        while not connection.done():
            connection.cancel()
            await asyncio.wait([connection], timeout=CANCEL_AGAIN)


async def _login(client: Zoetrope, settings: Settings) -> None:
    try:
        await client.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure as error:
        raise Misconfigured(
            f"DISCORD_TOKEN: Discord refuses this token. It must be {WHERE['DISCORD_TOKEN']}"
        ) from error
    except (discord.HTTPException, OSError) as error:
        raise Misconfigured(f"Discord cannot be reached, so the bot does not start: {error}") from error
