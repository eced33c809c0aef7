"""One process with both stand-ins: their protocols, the control API, the page, and how a bot finds them."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.domain.errors import Misconfigured
from sandbox import page
from sandbox.discord.standin import DiscordStandin
from sandbox.discord.wire import CallerMistake
from sandbox.events import Events
from sandbox.fal.standin import FalStandin
from sandbox.fal.window import FalWindow
from sandbox.origin import same_origin
from sandbox.process import BotProcess, BotRoutes

BODY_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True)
class Served:
    """What listens, and the bot if there is one of its own."""

    url: str
    bot: BotProcess | None


@contextlib.asynccontextmanager
async def serving(
    port: int, folder: Path, seed: int = 0, *, bot_data: Path | None = None, live: bool = False
) -> AsyncGenerator[Served]:
    """Both stand-ins and the page on 127.0.0.1 until the end of the block. `folder` takes fal's certificate.

    With `bot_data` there is a bot of its own as well, which keeps its things there; it is yet to be started, and is
    ended with the block. `live`: in place of fal's stand-in a window onto the real fal.
    """
    spec = os.environ.get("DISCORD_OPENAPI")
    events = Events()
    discord = DiscordStandin(spec=Path(spec) if spec else None, seed=seed, events=events)
    fal = FalWindow(tell=events.tell) if live else FalStandin(seed=seed, tell=events.tell)
    bot = BotProcess(lambda: discord.url, bot_data, live=live, tell=events.tell) if bot_data else None
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[same_origin])
    app.add_routes([*discord.routes(), *fal.control_routes(), *Both(discord, fal, events).routes()])
    app.add_routes([*BotRoutes(bot, lambda: discord.url).routes(), *page.routes()])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except (OSError, OverflowError) as error:
            raise Misconfigured(f"Port {port} is taken: choose another one with --port, 0 for any.") from error
        discord.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await fal.start(folder)
        try:
            yield Served(discord.url, bot)
        finally:
            if bot:
                await bot.close()
    finally:
        await discord.close()
        await fal.close()
        await runner.cleanup()


class Both:
    """The control API of both stand-ins together."""

    def __init__(self, discord: DiscordStandin, fal: FalStandin | FalWindow, events: Events) -> None:
        self._discord = discord
        self._fal = fal
        self._events = events

    def routes(self) -> list[web.RouteDef]:
        """What concerns neither of them alone."""
        return [
            web.post("/_sim/reset", self._reset),
            web.get("/_sim/connect", self._connect),
            web.get("/_sim/faults", self._faults),
            web.get("/_sim/events", self._watch),
        ]

    async def _reset(self, _: web.Request) -> web.Response:
        self._discord.reset()
        self._fal.reset()
        self._events.tell("reset", {})
        return web.json_response({})

    async def _connect(self, _: web.Request) -> web.Response:
        """What a bot needs to use the stand-ins in place of the real services."""
        discord, fal = self._discord, self._fal
        websocket = discord.url.replace("http", "ws", 1)
        services = {
            "discord": {
                "api": f"{discord.url}/api/v10",
                "gateway": f"{websocket}/gateway",
                "cdn": discord.url,
                "token": discord.token,
            },
            "fal": {"proxy": fal.proxy_url, "key": fal.key, "certificate": fal.ca_path.read_text()},
        }
        return web.json_response(services)

    async def _faults(self, _: web.Request) -> web.Response:
        """What is still to go wrong."""
        waiting = {"discord": self._discord.waiting_faults(), "fal": self._fal.waiting_faults()}
        return web.json_response(waiting)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        """Everything that happens, as one person sees it, or all of it."""
        person = request.query.get("person")
        try:
            viewer = None if person is None else self._discord.world.person(person)["id"]
        except CallerMistake as mistake:
            return web.json_response({"error": str(mistake)}, status=mistake.status)
        return await self._events.stream(request, viewer)


async def run_sandbox(port: int, folder: Path | None, seed: int) -> None:
    """Serve until cancelled; the first line on standard output is the URL."""
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zoetrope-sandbox-")))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"{folder} cannot be made: {error.strerror}.") from error
        async with serving(port, folder, seed) as served:
            print(served.url, flush=True)  # noqa: T201 - the contract of the command
            await asyncio.Event().wait()
