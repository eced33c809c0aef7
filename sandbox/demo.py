"""The bot for somebody without any account: a sandbox and the real bot, each in a process of its own, and the channel
as a transcript."""

import asyncio
import contextlib
import os
import shlex
import sys
import tempfile
import threading
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.domain.errors import Misconfigured
from sandbox import connect
from sandbox.client import Refused, Sandbox, Upload
from sandbox.pictures import draw_samples
from sandbox.transcript import Transcript

Json = dict[str, Any]

CHANNEL, PERSON = "films", "ada"
LONGEST = 15 * 60  # seconds for one film, also by the real fal
HELP = """\
/animate image:PATH prompt:"the tide comes in" [model:wan-2.6] [quality:draft] …   a command of the bot
as NAME        speak as ada, bob, cyd, mod or owner     in NAME   go to #general, #films, #nsfw or #readonly
say TEXT       write a message                          quit      end (so does Ctrl-C)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One film: what to ask for and where to put it."""

    image: Path
    last: Path | None
    prompt: str
    model: str
    seconds: float | None
    out: Path


async def once(wish: Wish, *, port: int, live: bool) -> int:
    """Make one film and store it, printing the channel line by line. The exit code: 0 with a film, else 1."""
    for picture in (wish.image, wish.last):
        if picture and not picture.is_file():
            return _fail(f"{picture} is not there.")
    if not wish.out.parent.is_dir():
        return _fail(f"{wish.out.parent} is not there, so the film could not be stored.")
    async with _stage(port, live=live) as (sandbox, bot):
        try:
            if wish.seconds is not None and not live:
                await sandbox.post("fal/set", {"run_seconds": wish.seconds})
            async with asyncio.timeout(LONGEST):
                code = await _watch(sandbox, bot, *_command(wish), wish.out)
            return await _unfit(sandbox) or code
        except Refused as refusal:
            return _fail(f"The sandbox refuses this: {refusal}")
        except TimeoutError:
            return _fail(f"There is no film after {LONGEST // 60} min.")
        except (aiohttp.ClientError, StopAsyncIteration):
            return _fail("The sandbox ended.")


def _command(wish: Wish) -> tuple[str, Json]:
    """The command to type, and its options."""
    options: Json = {"prompt": wish.prompt, **({"model": wish.model} if wish.model else {})}
    if wish.last:
        return "morph", {"first": _upload(wish.image), "last": _upload(wish.last), **options}
    return "animate", {"image": _upload(wish.image), **options}


async def talk(*, port: int, live: bool) -> None:
    """Print the channel as it changes, and let a person type commands, until they have enough."""
    async with _stage(port, live=live) as (sandbox, bot):
        samples = draw_samples(Path(tempfile.gettempdir()) / "zoetrope-samples")
        print(f"{HELP}\nPictures to try: {' '.join(map(str, samples))}\n")
        reader = Reader(sandbox, _people(await sandbox.get("discord/world")))
        following = asyncio.ensure_future(reader.follow())
        lines = _typed()
        try:
            async with _end_of(bot) as ended:
                while not ended.done():
                    reader.ask()
                    typed = asyncio.ensure_future(anext(lines, "quit"))
                    await _first_of(typed, ended)
                    if typed.cancelled():
                        print("\nThe bot ended.")
                    elif (line := typed.result().strip()) == "quit":
                        break
                    else:
                        await _act(sandbox, reader, line)
        finally:
            await _drop(following)


async def _typed() -> AsyncGenerator[str]:
    """The lines of standard input. They are read in a thread that may be left alone: none can be interrupted."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, "quit")

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield await lines.get()


class Reader:
    """Somebody who looks at a channel: prints what is new there, when it happens and when asked."""

    def __init__(self, sandbox: Sandbox, people: dict[str, str]) -> None:
        self._sandbox, self._people, self._turn = sandbox, people, asyncio.Lock()
        self.turn_to(PERSON, CHANNEL)

    def turn_to(self, person: str, channel: str) -> None:
        """From now on look at this channel as this person."""
        self.person, self.channel, self._transcript = person, channel, Transcript(self._people)

    def ask(self) -> None:
        """Print where one types."""
        print(f"{self.person} in #{self.channel}> ", end="", flush=True)

    async def show(self) -> bool:
        """Print what is new; whether there was anything."""
        async with self._turn:
            lines = self._transcript.news(await self._sandbox.messages(self.channel, self.person))
            if lines:
                print("\r" + "\n".join(line.ljust(len(self.person + self.channel) + 8) for line in lines), flush=True)
            return bool(lines)

    async def follow(self) -> None:
        """Print what is new whenever something happens."""
        async with self._sandbox.events() as events:
            while True:
                if await self.show():
                    self.ask()
                await anext(events)


async def _act(sandbox: Sandbox, reader: Reader, line: str) -> None:
    """One line that a person typed."""
    word, _, rest = line.partition(" ")
    here = {"person": reader.person, "channel": reader.channel}
    world = await sandbox.get("discord/world")
    try:
        if line.startswith("/"):
            name, *words = shlex.split(line[1:])
            await sandbox.command(reader.person, reader.channel, name, _options(words))
        elif word == "say":
            await sandbox.post("discord/message", {**here, "content": rest})
        elif word == "as" and any(person["name"] == rest for person in world["people"]):
            reader.turn_to(rest, reader.channel)
        elif word == "in" and any(channel["name"] == rest for channel in world["guilds"][0]["channels"]):
            reader.turn_to(reader.person, rest)
        elif line:
            print(HELP)
        await reader.show()
    except (Refused, OSError, ValueError) as error:
        print(f"That did not work: {error}")


def _options(words: list[str]) -> Json:
    """The options `name:value`; a value that names a file is attached, a number is a number."""
    options: Json = {}
    for word in words:
        name, _, value = word.partition(":")
        if name in ("image", "first", "last", "audio"):
            options[name] = _upload(Path(value))
        else:
            options[name] = int(value) if value.lstrip("-").isdigit() else value
    return options


async def _watch(sandbox: Sandbox, bot: Process, name: str, options: Json, out: Path) -> int:
    """Ask for the film and print what happens until it is there or will not come."""
    transcript = Transcript(_people(await sandbox.get("discord/world")))
    shown = " ".join(f"{key}: {value.name if isinstance(value, Upload) else value}" for key, value in options.items())
    print(f"{PERSON:<10} /{name} {shown}", flush=True)
    async with sandbox.events() as events, _end_of(bot) as ended:
        first = await sandbox.command(PERSON, CHANNEL, name, options)
        if first["kind"] == "none":
            return _fail("The bot did not answer within Discord's 3 s.")
        while True:
            messages = await sandbox.messages(CHANNEL, PERSON)
            for line in transcript.news(messages):
                print(line, flush=True)
            film = next(filter(None, map(_film, messages)), None)
            if film and len(messages) == 1:  # the progress message is gone, so the bot has done all it wants to do
                _store(out, await sandbox.download(film["url"]))
                print(f"The film is in {out}.")
                return 0
            if any(_is_refusal(message) for message in messages):
                return 1
            if ended.done():
                return _fail("The bot ended.")
            await _first_of(asyncio.ensure_future(anext(events)), ended)


async def _unfit(sandbox: Sandbox) -> int:
    """Whether the bot asked Discord for anything that Discord would refuse as malformed, as an exit code."""
    unfit = [entry for entry in await sandbox.get("discord/record") if "invalid" in entry]
    return _fail(f"The bot sent what does not fit Discord's API: {unfit[0]['invalid']}") if unfit else 0


@contextlib.asynccontextmanager
async def _end_of(bot: Process) -> AsyncGenerator[asyncio.Future[int]]:
    """The end of the bot as something to wait for."""
    ended = asyncio.ensure_future(bot.wait())
    try:
        yield ended
    finally:
        await _drop(ended)


async def _first_of(some: asyncio.Future[Any], ended: asyncio.Future[int]) -> None:
    """Wait for `some`, whose error is raised, but no longer than until the bot has ended."""
    try:
        await asyncio.wait({some, ended}, return_when=asyncio.FIRST_COMPLETED)
        if some.done():
            some.result()
    finally:
        await _drop(some)


async def _drop(task: asyncio.Future[Any]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait([task])


def _film(message: Json) -> Json | None:
    return next((file for file in message["attachments"] if file["filename"].endswith(".mp4")), None)


def _is_refusal(message: Json) -> bool:
    """A message for the asker alone, or a card that has turned red."""
    red = any(embed.get("color") == 0xE74C3C for embed in message["embeds"])
    return red or bool(message["flags"] & 64)


@contextlib.asynccontextmanager
async def _stage(port: int, *, live: bool) -> AsyncGenerator[tuple[Sandbox, Process]]:
    """A sandbox and a bot that is connected to it, both ended with the block. What the bot kept is gone then."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(connect.own_sandbox("--port", str(port)))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zoetrope-demo-"))
        print(f"The sandbox runs at {url}; the bot's log is in {folder}/bot.log while this runs.", flush=True)
        log = stack.enter_context((Path(folder) / "bot.log").open("w"))
        command = [sys.executable, "-m", "bot", "run", "--sandbox", url, *(("--fal", "live") if live else ())]
        environment = os.environ | {"ZOETROPE_DATA": folder, "DATABASE_URL": ""}
        async with Sandbox(url) as sandbox:
            bot = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
            try:
                await _until_online(sandbox, bot, Path(folder) / "bot.log")
                yield sandbox, bot
            finally:
                if bot.returncode is None:
                    bot.terminate()
                await bot.wait()


async def _until_online(sandbox: Sandbox, bot: Process, log: Path) -> None:
    """Return when the bot is connected. Raises Misconfigured with its last words if it ends instead."""
    async with _end_of(bot) as ended:
        await _first_of(asyncio.ensure_future(sandbox.online()), ended)
        if ended.done():
            words = await asyncio.to_thread(log.read_text)
            raise Misconfigured("\n".join(["The bot did not start:", *words.splitlines()[-5:]]))


def _people(world: Json) -> dict[str, str]:
    return {person["id"]: person["name"] for person in [*world["people"], world["bot"]]}


def _store(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _upload(path: Path) -> Upload:
    return Upload(path.name, path.read_bytes())


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1
