"""The stand-in for Discord, listening, and discord.py pointed at it, for the tests of the stand-in."""

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord import DiscordStandin
from tests.sandbox.discord_bot import PATIENCE, Bot

Json = dict[str, Any]


class FakeClock:
    """Real time that can be set forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Stage:
    """The stand-in, listening, and its control API."""

    standin: DiscordStandin
    clock: FakeClock
    http: aiohttp.ClientSession

    async def post(self, name: str, body: Json | None = None, status: int = 200, **parts: bytes) -> Any:
        """One call of the control API; `parts` are the files of a form, named part.png."""
        if parts:
            form = aiohttp.FormData()
            form.add_field("payload_json", json.dumps(body), content_type="application/json")
            for part, data in parts.items():
                form.add_field(part, data, filename=f"{part} 1.png")
            request = self.http.post(f"/_sim/discord/{name}", data=form)
        else:
            request = self.http.post(f"/_sim/discord/{name}", json=body or {})
        async with request as answer:
            told = await answer.json()
            assert answer.status == status, told
            return told

    async def get(self, name: str) -> Any:
        async with self.http.get(f"/_sim/discord/{name}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def messages(self, channel: str = "films", person: str = "ada") -> list[Json]:
        return await self.get(f"messages?channel={channel}&person={person}")

    async def run(self, what: str, person: str = "ada", channel: str = "films", **options: Any) -> Json:
        """/make what:… by a person."""
        body = {"person": person, "channel": channel, "name": "make", "options": {"what": what, **options}}
        return await self.post("command", body)

    async def record(self) -> list[Json]:
        return await self.get("record")


@asynccontextmanager
async def raised(monkeypatch: pytest.MonkeyPatch, *, described: bool = True) -> AsyncGenerator[Stage]:
    """A stand-in on a free port, with discord.py pointed at it, and in the end a look at its own mistakes.

    `described`: with Discord's OpenAPI description, if DISCORD_OPENAPI names it.
    """
    clock = FakeClock()
    named = os.environ.get("DISCORD_OPENAPI") if described else None
    standin = DiscordStandin(spec=Path(named) if named else None, clock=clock)
    app = web.Application(client_max_size=128 << 20)
    app.add_routes(standin.routes())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    standin.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    gateway = yarl.URL(standin.url.replace("http", "ws", 1) + "/gateway")
    monkeypatch.setattr(Route, "BASE", f"{standin.url}/api/v10")
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    monkeypatch.setattr(discord.asset.Asset, "BASE", standin.url)
    async with aiohttp.ClientSession(standin.url) as http:
        stage = Stage(standin, clock, http)
        await stage.post("set", {"bucket_limit": 50})
        yield stage
        assert await stage.get("mistakes") == []
        assert [entry for entry in standin.record.entries if "invalid" in entry] == []
    await standin.close()
    await runner.cleanup()


@asynccontextmanager
async def running(stage: Stage, intents: discord.Intents | None = None) -> AsyncGenerator[Bot]:
    """The bot, logged in and ready."""
    every = discord.Intents.default()
    every.members = every.message_content = True
    async with Bot(intents or every) as bot:
        task = asyncio.create_task(bot.start(stage.standin.token))
        ready = asyncio.create_task(bot.waiter.until("ready"))
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            ready.cancel()
            task.result()
        await ready
        yield bot
        await bot.close()
        await task


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """What a question to the stand-in answers once it is true."""
    async with asyncio.timeout(PATIENCE):
        found = await condition()
        while not found:
            await asyncio.sleep(0.02)
            found = await condition()
        return found
