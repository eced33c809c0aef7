"""Puts the bot together from its parts, logs it in and runs it."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Generator, Iterator
from typing import cast

import discord
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import web
from bot.accounts import Accounts
from bot.actions import Actions
from bot.adapters import lock
from bot.adapters.board import Wall
from bot.adapters.charts import draw
from bot.adapters.download import Downloads
from bot.adapters.fal import http_session, open_fal
from bot.adapters.files import Files
from bot.adapters.media import Media
from bot.adapters.messenger import Messenger
from bot.adapters.signature import Signatures
from bot.adapters.store import file_of, held, on_server, open_store
from bot.adapters.voices import voices
from bot.archive import Archive
from bot.boards import Boards
from bot.client import COGS, UseCases, Zoetrope
from bot.comparison import Comparisons
from bot.complaints import Complaints
from bot.domain.catalogue import CATALOGUE, TITLES
from bot.domain.errors import Misconfigured, Unavailable
from bot.domain.job import Job
from bot.domain.money import micro
from bot.domain.pace import Pace
from bot.ending import Endings
from bot.erasing import Erasing
from bot.forms import Forms
from bot.gallery import Gallery
from bot.languages import Languages
from bot.messages import Messages
from bot.moderation import Moderation
from bot.nightly import Nightly
from bot.office import Office
from bot.people import People
from bot.privacy import Privacy
from bot.reacting import Reacting
from bot.reports import Reports
from bot.runner import Runner
from bot.scenes import Drafting, Scenes, Sources
from bot.settings import WHERE, Settings
from bot.story import Stories
from bot.studio import Chance, Offer, Studio
from bot.world import World

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without the letters that are read as others
SEEDS = 2**31
CANCEL_AGAIN = 0.5  # seconds
NO_INTENT = (
    "ZOETROPE_READ_MESSAGES is on, and Discord does not let this application read messages. Switch on “Message Content "
    "Intent” at https://discord.com/developers/applications: your application, Bot; or switch the setting off."
)
TAKEN_OVER = "Another bot has taken over this one's database, as this one gave no sign, or its lock is gone: it stops."


def new_job_id() -> str:
    """Ten letters and digits: 50 bits, short enough for a nonce of Discord and to be read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


def as_it_is(world: World) -> World:
    """The world without anything put around it."""
    return world


async def serve(settings: Settings, *, pace: Pace | None = None, around: Callable[[World], World] = as_it_is) -> None:
    """Run the bot until it is cancelled. Raises Misconfigured where it cannot start, or another takes over.

    `around` may put something around the world, for those who want to know what the bot does to it, or stop it there.
    """
    settings.check()
    pace = pace or Pace()
    _point_discord(settings)
    _make_folder(settings)
    async with contextlib.AsyncExitStack() as stack:
        lost = asyncio.Event()
        if file := file_of(settings.database):
            await stack.enter_async_context(lock.held(file, time.time, lost.set))
        elif on_server(settings.database):
            await stack.enter_async_context(held(settings.database, lost.set))
        http = await stack.enter_async_context(http_session())
        fal = await stack.enter_async_context(open_fal(settings.fal_key.get_secret_value()))
        await fal.check_key()
        store = await stack.enter_async_context(open_store(settings.database))
        chance = Chance(
            job_id=new_job_id,
            hook_token=secrets.token_urlsafe,
            seed=lambda: secrets.randbelow(SEEDS),
            clock=time.time,
        )
        languages = Languages(store.members, voices(), settings.language)
        await languages.recall()
        client = Zoetrope(lambda: cases, cogs=COGS, reads=settings.read_messages)
        messenger = Messenger(client, time.time, pace.token)
        files, erasing = Files(settings.data), Erasing(fal, store.retention)
        nightly = Nightly(store.retention, files, erasing, settings.keep, time.time)
        media = Media()
        world = around(
            World(
                jobs=store,
                models=fal,
                downloads=Downloads(http),
                media=media,
                channel=messenger,
                hook=lambda job: _hook(settings, job),
                folder=settings.data,
                clock=time.time,
                speaking=languages.speaking,
            )
        )
        runner = Runner(world, CATALOGUE, pace)
        offer = Offer(
            catalogue=CATALOGUE,
            limits=settings.limits,
            prices=store.prices.now,
            confirm_above=settings.confirm_above,
        )
        studio = Studio(world.jobs, store.films, store.members, runner, offer, chance)
        wall = Wall(client)
        boards = Boards(
            world.jobs,
            store.marks,
            store.boards,
            store.servers,
            store.members,
            wall,
            messenger.limit,
            settings.data,
            languages.speaking,
            time.time,
            pace,
        )
        endings = Endings(world, runner, boards)
        gallery = Gallery(store.marks, store.servers, store.members, boards, time.time)
        complaints = Complaints(world, store.marks, store.servers, boards, wall, time.time)
        archive = Archive(store, store.films, store.members, studio, runner, media, settings.data)
        actions = Actions(studio, archive, endings, gallery, complaints, messenger)
        cases = UseCases(
            studio=studio,
            archive=archive,
            actions=actions,
            forms=Forms(studio, archive, actions),
            messages=Messages(studio, archive, time.time, settings.discord_cdn),
            stories=Stories(store.stories, store.films, archive, studio, media, settings.data, time.time),
            comparisons=Comparisons(studio),
            reacting=Reacting(store.films, store.marks, store.servers, actions, studio, gallery, time.time),
            complaints=complaints,
            people=People(store.members, languages),
            office=Office(store.servers, settings.limits, time.time),
            moderation=Moderation(store.servers, store.films, endings, time.time),
            endings=endings,
            accounts=Accounts(store, store.films, store.servers, settings.limits, time.time),
            reports=Reports(store.reports, store.servers, draw, TITLES, time.time),
            privacy=Privacy(
                store.traces, store.retention, files, erasing, messenger, languages, settings.keep, time.time
            ),
            scenes=Scenes(
                Drafting(
                    reads=settings.read_messages,
                    model=settings.scene_model,
                    price=micro(settings.scene_usd),
                    limits=settings.limits,
                ),
                Sources(channel=messenger, members=store.members, servers=store.servers, model=fal),
                store,
                store.drafts,
                studio,
                archive,
                time.time,
            ),
            languages=languages,
        )
        await stack.enter_async_context(client)
        if settings.public_url:
            signatures = Signatures(http, time.time)
            await stack.enter_async_context(web.serving(settings.web_host, settings.web_port, runner, signatures))
        await _login(client, settings)
        with _reason_told():
            async with asyncio.TaskGroup() as group:
                group.create_task(runner.run(), name="runner")
                group.create_task(_until_taken_over(lost), name="lock")
                await runner.up.wait()
                group.create_task(nightly.run(pace.settling), name="nightly")
                group.create_task(boards.run(), name="boards")
                group.create_task(stay_connected(client, runner.over), name="gateway")


@contextlib.contextmanager
def _reason_told() -> Generator[None]:
    """What ends the bot's tasks is one reason, where the operator can do something about it."""
    try:
        yield
    except ExceptionGroup as errors:  # what `except*` raises is a group again before Python 3.11.4
        reasons = [*_leaves(errors)]
        if any(not isinstance(reason, Misconfigured | Unavailable) for reason in reasons):
            raise
        if mistakes := [reason for reason in reasons if isinstance(reason, Misconfigured)]:
            raise mistakes[0] from None
        raise Misconfigured(f"{reasons[0]} does not answer, so the bot does not start.") from errors


def _leaves(error: Exception) -> Iterator[Exception]:
    """The errors of a group, also of a group of groups."""
    if isinstance(error, ExceptionGroup):
        for one in cast("ExceptionGroup[Exception]", error).exceptions:
            yield from _leaves(one)
    else:
        yield error


async def _until_taken_over(lost: asyncio.Event) -> None:
    await lost.wait()
    raise Misconfigured(TAKEN_OVER)


def _hook(settings: Settings, job: Job) -> str | None:
    return web.hook(settings.public_url, job.id, job.hook_token) if settings.public_url else None


def _make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"ZOETROPE_DATA: {settings.data} cannot be made: {error.strerror}.") from error


def _point_discord(settings: Settings) -> None:
    """Other addresses for Discord, for a proxy or the stand-in: discord.py reads these public class attributes."""
    if settings.discord_api:
        Route.BASE = settings.discord_api
    if settings.discord_gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)
    if settings.discord_cdn:
        Asset.BASE = settings.discord_cdn  # pyright: ignore[reportAttributeAccessIssue] - typed as a constant


async def stay_connected(client: discord.Client, over: asyncio.Event) -> None:
    """Hold the connection to Discord's gateway, which discord.py renews by itself, until Discord ends it for good.

    Ends when it is cancelled, but not before `over` is set: until then members are told that the bot stops. Also while
    discord.py connects anew: there it swallows a cancellation and goes on (discord/shard.py 2.7, `reidentify` and
    `reconnect`).
    """
    connection = asyncio.create_task(client.connect(), name="connection")
    try:
        await asyncio.wait([connection])
        connection.result()
    except asyncio.CancelledError:
        await over.wait()
        raise
    except (discord.ConnectionClosed, discord.GatewayNotFound, discord.PrivilegedIntentsRequired) as error:
        if isinstance(error, discord.PrivilegedIntentsRequired) and client.intents.message_content:
            raise Misconfigured(NO_INTENT) from error
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
