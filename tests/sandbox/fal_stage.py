"""A stage for tests of the stand-in for fal: the stand-in, its control API over HTTP, and unmodified clients of it."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest
from aiohttp import web
from PIL import Image

from sandbox.fal.standin import FalStandin

Json = dict[str, Any]
WAN_21 = "fal-ai/wan-i2v"
WAN_22 = "fal-ai/wan/v2.2-a14b/image-to-video"
WAN_26 = "wan/v2.6/image-to-video"
MORPH = "fal-ai/wan-flf2v"


def picture(width: int = 320, height: int = 240, *, flipped: bool = False) -> Image.Image:
    """A picture with no two corners alike."""
    ramp = Image.linear_gradient("L").resize((width, height))
    round_ = Image.radial_gradient("L").resize((width, height))
    side = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize((width, height))
    made = Image.merge("RGB", (ramp, round_, side))
    return made.transpose(Image.Transpose.ROTATE_180) if flipped else made


def png(image: Image.Image) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def small(url: str, **more: Any) -> Json:
    """An input whose film is made in a tenth of a second."""
    wish = {"prompt": "a fox runs", "image_url": url, "num_frames": 17, "resolution": "480p"}
    return wish | {"interpolator_model": "none"} | more


async def until(condition: Callable[[], Any], seconds: float = 5) -> Any:
    """What the condition gives as soon as it is true."""
    for _ in range(int(seconds * 100)):
        if found := condition():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


@dataclass
class Stage:
    standin: FalStandin
    client: fal_client.AsyncClient
    control: httpx.AsyncClient
    web: httpx.AsyncClient
    told: list[tuple[str, Json]]  # every event so far, as it was when it was told

    async def set(self, **knobs: Any) -> None:
        (await self.control.post("/_sim/fal/set", json=knobs)).raise_for_status()

    async def fault(self, kind: str, **how: Any) -> None:
        (await self.control.post("/_sim/fal/fault", json={"kind": kind, **how})).raise_for_status()

    async def requests(self) -> list[Json]:
        return (await self.control.get("/_sim/fal/requests")).json()

    async def record(self) -> list[Json]:
        return (await self.control.get("/_sim/fal/record")).json()

    async def upload(self, image: Image.Image | None = None) -> str:
        return await self.client.upload(png(image or picture()), "image/png", "a.png")

    async def submit(self, endpoint: str, given: Json, hook: str | None = None) -> fal_client.AsyncRequestHandle:
        return await self.client.submit(endpoint, given, webhook_url=hook)

    async def refusal(self, endpoint: str, given: Json) -> fal_client.FalClientHTTPError:
        """Submit, and return how the result was refused."""
        handle = await self.submit(endpoint, given)
        with pytest.raises(fal_client.FalClientHTTPError) as refused:
            await handle.get(interval=0.02)
        return refused.value


@asynccontextmanager
async def staged(directory: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Stage]:
    """The stand-in without delays, and clients that find it by two environment variables alone."""
    told: list[tuple[str, Json]] = []
    standin = FalStandin(seed=7, tell=lambda event, what: told.append((event, json.loads(json.dumps(what)))))
    await standin.start(directory)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", standin.proxy_url)
    monkeypatch.setenv("SSL_CERT_FILE", str(standin.ca_path))
    app = web.Application()
    app.router.add_routes(standin.control_routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = fal_client.AsyncClient(key=standin.key)
    headers = {"Authorization": f"Key {standin.key}"}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}") as control,
        httpx.AsyncClient(headers=headers) as direct,
    ):
        stage = Stage(standin, client, control, direct, told)
        await stage.set(queue_seconds=0, run_seconds=0)
        yield stage
        # fal_client 1.0.3 has no public way to close
        await (await client._client).aclose()  # pyright: ignore[reportPrivateUsage]
    await runner.cleanup()
    await standin.close()


@dataclass
class Receiver:
    """Takes webhooks: what came, headers and raw body, and the status with which it answers."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    answers: list[int] = field(default_factory=list[int])

    async def take(self, request: web.Request) -> web.Response:
        self.came.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    def told(self) -> list[Json]:
        return [json.loads(body) for _, body in self.came]


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?job=7"
    yield receiver
    await runner.cleanup()
