"""A stage for tests of the window: a fal to look at, the window before it, and unmodified clients that go through."""

import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.fal.gate import Gate
from sandbox.fal.window import FalWindow
from tests.sandbox.fal_stage import Json, Stage, staged

KEY = "some-key-id:some-key-secret"


@dataclass
class View:
    """The window, its control API, clients that go through it, and every event as it was when it was told."""

    window: FalWindow
    control: httpx.AsyncClient
    web: httpx.AsyncClient
    told: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])

    async def requests(self) -> list[Json]:
        return (await self.control.get("/_sim/fal/requests")).json()

    async def record(self) -> list[Json]:
        return (await self.control.get("/_sim/fal/record")).json()

    def events(self, name: str) -> list[Json]:
        return [what for event, what in self.told if event == name]


@asynccontextmanager
async def viewed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, key: str = KEY, **upstream: Any
) -> AsyncGenerator[View]:
    """A window onto the fal that `upstream` leads to; the environment leads to the window."""
    told: list[tuple[str, Json]] = []
    window = FalWindow(tell=lambda event, what: told.append((event, json.loads(json.dumps(what)))), **upstream)
    await window.start(folder)
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", window.proxy_url)
    monkeypatch.setenv("SSL_CERT_FILE", str(window.ca_path))
    app = web.Application()
    app.router.add_routes(window.control_routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}") as control,
        httpx.AsyncClient(headers={"Authorization": f"Key {key}"}, timeout=30) as direct,
    ):
        try:
            yield View(window, control, direct, told)
        finally:
            await runner.cleanup()
            await window.close()


@dataclass
class Onto:
    """The stand-in plays the real fal: `far` is what reaches it, `near` what the window shows, `client` asks."""

    far: Stage
    near: View
    client: fal_client.AsyncClient


@asynccontextmanager
async def onto_standin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Onto]:
    """The stand-in, without delays, behind the window."""
    near, far = folder / "near", folder / "far"
    near.mkdir()
    far.mkdir()
    async with staged(far, monkeypatch) as stage:
        standin = stage.standin
        way = {"proxy": standin.proxy_url, "trust": trusting(standin.ca_path)}
        async with viewed(near, monkeypatch, standin.key, **way) as view:
            client = fal_client.AsyncClient(key=standin.key)
            try:
                yield Onto(stage, view, client)
            finally:
                # fal_client 1.0.3 has no public way to close
                await (await client._client).aclose()  # pyright: ignore[reportPrivateUsage]


@asynccontextmanager
async def onto(serve: Handler, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[View]:
    """A fal that answers every call by `serve`, behind the window."""
    near, far = folder / "near", folder / "far"
    near.mkdir()
    far.mkdir()
    gate = Gate(serve, lambda _: None, streams=True)
    await gate.open(far)
    try:
        async with viewed(near, monkeypatch, proxy=gate.url, trust=trusting(gate.ca_path)) as view:
            yield view
    finally:
        await gate.close()


def trusting(ca_path: Path) -> ssl.SSLContext:
    """Trusts this authority and no other."""
    return ssl.create_default_context(cafile=str(ca_path))
