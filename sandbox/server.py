"""One process with both stand-ins: their protocols, the control API, and how a bot finds them."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from aiohttp import web

from bot.domain.errors import Misconfigured
from sandbox.discord.standin import DiscordStandin
from sandbox.fal.standin import FalStandin

BODY_BYTES = 128 * 2**20


@contextlib.asynccontextmanager
async def serving(port: int, folder: Path, seed: int = 0) -> AsyncGenerator[str]:
    """Both stand-ins on 127.0.0.1 until the end of the block; gives the URL. `folder` takes fal's certificate."""
    spec = os.environ.get("DISCORD_OPENAPI")
    discord = DiscordStandin(spec=Path(spec) if spec else None, seed=seed)
    fal = FalStandin(seed=seed)

    async def reset(_request: web.Request) -> web.Response:
        discord.reset()
        fal.reset()
        return web.json_response({})

    async def connect(_request: web.Request) -> web.Response:
        """What a bot needs to use the stand-ins in place of the real services."""
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

    app = web.Application(client_max_size=BODY_BYTES)
    app.add_routes([*discord.routes(), *fal.control_routes()])
    app.add_routes([web.post("/_sim/reset", reset), web.get("/_sim/connect", connect)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except (OSError, OverflowError) as error:
            raise Misconfigured(f"Port {port} is taken: choose another one with --port, 0 for any.") from error
        discord.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await fal.start(folder)
        yield discord.url
    finally:
        await discord.close()
        await fal.close()
        await runner.cleanup()


async def run_sandbox(port: int, folder: Path | None, seed: int) -> None:
    """Serve until cancelled; the first line on standard output is the URL."""
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zoetrope-sandbox-")))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"{folder} cannot be made: {error.strerror}.") from error
        async with serving(port, folder, seed) as url:
            print(url, flush=True)  # noqa: T201 - the contract of the command
            await asyncio.Event().wait()
