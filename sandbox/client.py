"""The control API as a story is told: people act, and one waits until the channel shows something."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

Json = dict[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """The control API refused a call; the text says why."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person attaches."""

    name: str
    data: bytes
    content_type: str = "application/octet-stream"


class Sandbox:
    """A running sandbox, by its URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(self.url, timeout=aiohttp.ClientTimeout(total=None, sock_connect=10))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.close()

    async def get(self, path: str, **query: str) -> Any:
        """GET /_sim/<path>."""
        async with self._http.get(f"/_sim/{path}", params=query) as reply:
            return await _answer(reply)

    async def post(self, path: str, body: Json, files: Mapping[str, Upload] | None = None) -> Any:
        """POST /_sim/<path>; `files` are named in `body` as "@name"."""
        if not files:
            async with self._http.post(f"/_sim/{path}", json=body) as reply:
                return await _answer(reply)
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps(body), content_type="application/json")
        for name, file in files.items():
            form.add_field(name, io.BytesIO(file.data), filename=file.name, content_type=file.content_type)
        async with self._http.post(f"/_sim/{path}", data=form) as reply:
            return await _answer(reply)

    async def command(
        self, person: str, channel: str, name: str, options: Mapping[str, Any], *, force: bool = False
    ) -> Json:
        """A person types a slash command; an option may be an Upload. The bot's first response.

        `force` sends what Discord's own client would refuse, as a hand-made client can.
        """
        files = {key: value for key, value in options.items() if isinstance(value, Upload)}
        given = {key: f"@{key}" if key in files else value for key, value in options.items()}
        body = {"person": person, "channel": channel, "name": name, "options": given, "force": force}
        return await self.post("discord/command", body, files)

    async def messages(self, channel: str = "films", person: str = "ada") -> list[Json]:
        """What that person sees in the channel, oldest first."""
        return await self.get("discord/messages", channel=channel, person=person)

    async def until(
        self, seen: Callable[[list[Json]], T | None], channel: str = "films", person: str = "ada", seconds: float = 20
    ) -> T:
        """Wait until `seen` finds what it looks for in the channel's messages, and return that.

        Raises AssertionError with the channel as it stands when that takes longer than `seconds`.
        """
        messages: list[Json] = []
        try:
            async with asyncio.timeout(seconds), self.events() as events:
                while True:
                    messages = await self.messages(channel, person)
                    if found := seen(messages):
                        return found
                    await anext(events)
        except TimeoutError:
            raise AssertionError(f"waited {seconds} s in vain; #{channel} shows {messages}") from None

    @contextlib.asynccontextmanager
    async def events(
        self, stream: str = "discord/events", **query: str
    ) -> AsyncGenerator[AsyncGenerator[tuple[str, Json]]]:
        """What happens from now on: pairs of an event's name and its data. The stream `events` has everything."""
        async with self._http.get(f"/_sim/{stream}", params=query) as reply:
            reply.raise_for_status()
            await reply.content.readline()  # the stream is open: nothing from here on is missed
            yield _events(reply)

    async def online(self, seconds: float = 20) -> None:
        """Wait until the bot is connected, and so has told its commands."""
        async with asyncio.timeout(seconds), self.events() as events:
            while not (await self.get("discord/world"))["bot"]["online"]:
                await anext(events)

    async def download(self, url: str) -> bytes:
        """The bytes of an attachment."""
        async with self._http.get(url) as reply:
            reply.raise_for_status()
            return await reply.read()


async def _events(reply: aiohttp.ClientResponse) -> AsyncGenerator[tuple[str, Json]]:
    name = ""
    async for line in reply.content:
        key, _, value = line.decode().rstrip("\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield name, json.loads(value)


async def _answer(reply: aiohttp.ClientResponse) -> Any:
    body = await reply.json()
    if not reply.ok:
        raise Refused(body.get("error", body))
    return body
