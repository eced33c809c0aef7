"""What the end-to-end tests do again and again, in the words of a story."""

import asyncio
import contextlib
import io
import socket
from collections.abc import AsyncGenerator
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import aiosqlite
import av
from PIL import Image, ImageChops, ImageOps, ImageStat

from bot.adapters.fal import http_session
from bot.app import serve
from bot.domain.pace import Pace
from bot.settings import Settings
from sandbox.client import Json, Sandbox, Upload
from tests import films, media_files

RED = 0xE74C3C
GENEROUS: dict[str, Any] = {
    "daily_usd": Decimal(100),
    "bot_daily_usd": None,
    "films_at_once": None,
    "confirm_usd": None,
    "server_daily_usd": None,
}


def picture(width: int = 320, height: int = 192, kind: str = "JPEG", *, turned: bool = False) -> Upload:
    """A picture with something to see in it, small, so that its film is quickly made; another one if `turned`."""
    image = Image.radial_gradient("L").transform((width, height), Image.Transform.EXTENT, (0, 0, 256, 256))
    image = ImageOps.invert(image) if turned else image
    file = io.BytesIO()
    Image.merge("RGB", (image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), image)).save(file, kind)
    return Upload(f"picture.{kind.lower()}", file.getvalue(), f"image/{kind.lower()}")


def wav(seconds: float) -> Upload:
    """A hum of so many seconds."""
    return Upload("hum.wav", media_files.wav(seconds), "audio/wav")


class Stage:
    """A sandbox, a bot that can be stopped and started, and its data folder."""

    def __init__(self, sandbox: Sandbox, data: Path, pace: Pace) -> None:
        self.sandbox, self.data, self.pace = sandbox, data, pace
        self._running: asyncio.Task[None] | None = None

    async def start(self, *, pace: Pace | None = None, public_port: int | None = None, **set_: Any) -> None:
        """Start the bot in this process and wait until it is connected; at `public_port` fal reaches it.

        `set_` are settings of the bot, which is generous without them.
        """
        settings = Settings(data=self.data, web_port=public_port or 0, **GENEROUS | set_)
        settings.public_url = f"http://127.0.0.1:{public_port}" if public_port else ""
        self._running = asyncio.create_task(serve(settings, pace=pace or self.pace))
        online = asyncio.create_task(self.sandbox.online())
        await asyncio.wait({self._running, online}, return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            online.cancel()
            ended, self._running = self._running, None
            ended.result()

    async def stop(self) -> None:
        """Stop the bot and wait until it has closed everything."""
        if self._running is not None:
            running, self._running = self._running, None
            running.cancel()
            await asyncio.wait([running])
            if not running.cancelled():
                running.result()

    async def ended(self) -> None:
        """Wait until the bot has ended by itself. Raises what it ended with."""
        assert self._running
        await asyncio.wait([self._running], timeout=20)
        await self.stop()

    async def animate(
        self, *, person: str = "ada", channel: str = "films", force: bool = False, **options: Any
    ) -> Json:
        """Somebody types /animate with these options. The bot's first response."""
        # one seed, as the stand-in remembers the films that it made
        given = {"image": picture(), "prompt": "the tide comes in", "quality": "draft", "seed": 7, **options}
        given = {name: value for name, value in given.items() if value is not None}
        return await self.sandbox.command(person, channel, "animate", given, force=force)

    async def refusal(self, person: str = "ada", channel: str = "films") -> str:
        """Wait for an answer that only this person sees; its text. Nothing else may be in the channel."""
        messages = await self.sandbox.until(
            lambda seen: seen if seen and seen[-1]["content"] else None, channel, person
        )
        [message] = messages
        assert message["flags"] & 64
        return message["content"]

    async def film(self, channel: str = "films") -> Json:
        """Wait for a message with a film, alone in the channel because its card is gone; the message."""
        [message] = await self.sandbox.until(
            lambda seen: seen if len(seen) == 1 and seen[0]["attachments"] else None, channel
        )
        return message

    async def notice(self, channel: str = "films") -> str:
        """Wait for a card that says that there will be no film; what it says."""
        [message] = await self.sandbox.until(lambda seen: seen if seen and _red(seen[-1]) else None, channel)
        return message["embeds"][0]["fields"][0]["value"]

    async def status(self, text: str, channel: str = "films") -> None:
        """Wait until a card's status contains this text."""
        await self.sandbox.until(lambda seen: any(text in card_status(message) for message in seen) or None, channel)

    async def shown(self, label: str, channel: str = "films") -> Json:
        """Wait for a message that has a button with this label; the newest."""
        return await self.sandbox.until(
            lambda seen: next((one for one in reversed(seen) if label in labels(one)), None), channel
        )

    async def press(self, label: str, person: str = "ada", channel: str = "films") -> Json:
        """Press the button of this label as soon as it is there; the message below which it was."""
        message = await self.shown(label, channel)
        await self.click(message, label, person)
        return message

    async def click(self, message: Json, label: str, person: str = "ada") -> None:
        """Press a button of this message. Raises Refused where it is not there any more."""
        await self.sandbox.post("discord/click", {"person": person, "message_id": message["id"], "label": label})

    async def whispered(self, text: str, person: str = "ada", channel: str = "films") -> None:
        """Wait until this person was told something with this text that nobody else sees."""
        await self.sandbox.until(
            lambda seen: any(text in one["content"] and one["flags"] & 64 for one in seen) or None, channel, person
        )

    async def requests(self) -> list[Json]:
        """What fal was asked to make."""
        return await self.sandbox.get("fal/requests")

    async def from_fal(self, url: str) -> bytes:
        """A file of fal's storage."""
        async with http_session() as http, http.get(url) as reply:
            reply.raise_for_status()
            return await reply.read()

    async def queue(self) -> None:
        """From now on fal lets everybody wait in its queue, until `release`."""
        await self.sandbox.post("fal/set", {"queue_seconds": 3600})

    async def release(self) -> None:
        """fal goes on with what waits in its queue or is being rendered."""
        await self.sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 0})

    async def queued(self) -> Json:
        """Wait until a card says that fal has the job; fal's request."""
        await self.status("In fal's queue")
        [request] = await self.requests()
        return request

    async def under_way(self) -> Json:
        """Somebody has asked for a film, and it waits in fal's queue until `release`; fal's request."""
        await self.queue()
        await self.animate()
        return await self.queued()

    async def submitted(self, count: int = 1) -> None:
        """Wait until fal has so many requests, whether the bot knows of them or not."""
        async with asyncio.timeout(20), self.sandbox.events("events") as events:
            while len(await self.requests()) < count:
                await anext(events)

    async def done_at_fal(self) -> None:
        """Wait until fal has ended its first request, whether the bot knows that or not."""
        await self.submitted()
        async with self.sandbox.events("events") as events:
            while (await self.requests())[0]["status"] != "COMPLETED":
                await anext(events)

    async def asked(self, line: str, times: int = 1) -> list[Json]:
        """Wait until fal was asked so often for what begins so, as "PUT queue.fal.run"; these calls."""
        async with asyncio.timeout(20):
            while True:
                calls = [one for one in await self.sandbox.get("fal/record") if _line(one).startswith(line)]
                if len(calls) >= times:
                    return calls
                await asyncio.sleep(0.02)  # the stand-in tells of a call when it is over, and this one may hang

    async def found(self, query: str) -> list[Json]:
        """Wait until this query of the bot's database gives something; what it gives."""
        async with asyncio.timeout(20):
            while not (rows := await self.rows(query)):  # noqa: ASYNC110 - a database has no events
                await asyncio.sleep(0.02)
        return rows

    async def row(self) -> Json:
        """The one job there is, as the database has it."""
        [row] = await self.rows("SELECT * FROM jobs")
        return row

    async def rows(self, query: str) -> list[Json]:
        """What a query of the bot's database gives."""
        async with aiosqlite.connect(self.data / "zoetrope.db") as database:
            database.row_factory = aiosqlite.Row
            return [dict(row) for row in await database.execute_fetchall(query)]

    async def closed(self) -> Json:
        """Wait until there is nothing left to do for the job; its row."""
        async with asyncio.timeout(20):
            while (row := await self.row())["closed_at"] is None:  # noqa: ASYNC110 - a database has no events
                await asyncio.sleep(0.02)
        return row

    async def all_closed(self, seconds: float = 60) -> None:
        """Wait until there is nothing left to do for any job."""
        async with asyncio.timeout(seconds):
            while await self.rows("SELECT id FROM jobs WHERE closed_at IS NULL"):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)

    async def change(self, statement: str) -> None:
        """Change the bot's database behind its back, as a death at an awkward moment leaves it."""
        async with aiosqlite.connect(self.data / "zoetrope.db") as database:
            await database.execute(statement)
            await database.commit()

    @contextlib.asynccontextmanager
    async def locked_database(self) -> AsyncGenerator[None]:
        """Somebody else writes to the database for the length of the block, so that the bot has to wait."""
        async with aiosqlite.connect(self.data / "zoetrope.db", isolation_level=None) as database:
            await database.execute("BEGIN IMMEDIATE")
            yield
            await database.execute("ROLLBACK")

    async def spent(self) -> int:
        """What members have spent, in micro-dollars."""
        return await self._booked("kind <> 'excess'")

    async def excess(self) -> int:
        """What fal billed beyond that, in micro-dollars."""
        return await self._booked("kind = 'excess'")

    async def _booked(self, which: str) -> int:
        [row] = await self.rows(f"SELECT coalesce(sum(amount), 0) AS sum FROM ledger WHERE {which}")
        return row["sum"]


def labels(message: Json) -> list[str]:
    """What the buttons of a message say."""
    return [button.get("label", "") for row in message["components"] for button in row["components"]]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def card_status(message: Json) -> str:
    """The line of a card that says how the job stands."""
    return " ".join(field["value"] for embed in message["embeds"] for field in embed.get("fields", ()))


def _line(call: Json) -> str:
    return f"{call['method']} {call['host']}{call['path']}"


def _red(message: Json) -> bool:
    return any(embed.get("color") == RED for embed in message["embeds"])


def difference(one: Image.Image, other: Image.Image) -> float:
    """The root mean square of the differences of all pixels, 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(one, ImageOps.fit(other, one.size))).rms)


class Decoded:
    """What a film's file holds."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.video[0]
            self.codec, self.pixels = stream.codec_context.name, stream.codec_context.pix_fmt
            self.size, self.rate = (stream.width, stream.height), stream.average_rate
            audio = next(iter(container.streams.audio), None)
            self.sound = float((audio.duration or 0) * (audio.time_base or 0)) if audio else 0.0  # seconds
        self.faststart = data.index(b"moov") < data.index(b"mdat")

    @cached_property
    def frames(self) -> list[Image.Image]:
        """Its pictures; to decode them takes a while."""
        return films.pictures(self._data)
