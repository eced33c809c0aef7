"""One life of the bot after another, each a process of its own, which may end or freeze at a named point.

A point lies before or after something that the bot does to the world: it names the act, as in "before submit". The
processes are forked from one that has imported the bot, so that a life begins in a moment.
"""

import asyncio
import contextlib
import gc
import itertools
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from PIL import Image

from bot.app import serve
from bot.domain.crop import Shape
from bot.domain.media import Measured, Size
from bot.domain.pace import Pace
from bot.settings import Settings
from bot.world import World

PRELOADED = [
    "tests.crash.life",
    "cogs.films",
    "cogs.buttons",
    # what is else imported at the first use
    "aiosqlite",
    "anyio._backends._asyncio",
    "httpcore",
]
PATIENCE = 600  # seconds
# Looks change nothing, neither outside nor in the database.
UNSEEN = {"look", "read", "past", "find", "limit", "film", "units"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """How a life ends: at a point by its name, or at the so manieth of any name; `frozen` stops it there instead.

    `traced` lets it tell each point that it comes to; but for `plain` it opens no files, which takes most of its time.
    """

    point: str = ""
    number: int = 0
    frozen: bool = False
    traced: bool = False
    plain: bool = True


class Life:
    """A bot that lives."""

    def __init__(self, process: ForkServerProcess, told: Connection) -> None:
        self._process, self._told = process, told

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return not self._process.is_alive()

    async def ended(self) -> int:
        """Wait until it has ended: its exit code, negative for a signal."""
        await _readable(self._process.sentinel)
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        return code

    async def frozen(self) -> None:
        """Wait until it has come to the point where it stands still."""
        await _readable(self._told.fileno())
        self._told.recv()

    async def passed(self, last: str) -> list[str]:
        """All the points of a traced life that is told to stop at this one."""
        points: list[str] = []
        with contextlib.suppress(EOFError):
            while True:
                await _readable(self._told.fileno())
                points.append(self._told.recv())
                if points[-1] == last:
                    self.stop()
        return points

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._send(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def _send(self, number: int) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)


class Lives:
    """Begins lives of one bot, with this environment, in this folder."""

    def __init__(self, environment: Mapping[str, str], folder: Path, pace: Pace) -> None:
        self._environment, self._folder, self._pace = dict(environment), folder, pace
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._all: list[Life] = []

    def public(self) -> None:
        """From now on fal can reach the bot."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._environment |= {"PUBLIC_URL": f"http://127.0.0.1:{port}", "ZOETROPE_WEB_PORT": str(port)}

    def patient(self) -> None:
        """From now on the bot hardly ever looks at fal by itself."""
        self._pace = replace(self._pace, first_look=PATIENCE, longest_look=PATIENCE)

    def begin(self, fate: Fate | None = None) -> Life:
        """Start the bot. It is not connected yet."""
        receiver, sender = self._context.Pipe(duplex=False)
        told = (self._environment, self._folder, self._pace, fate or Fate(), sender)
        process = self._context.Process(target=_live, args=told)
        process.start()
        sender.close()
        assert isinstance(receiver, Connection)
        self._all.append(Life(process, receiver))
        return self._all[-1]

    async def end(self) -> None:
        """End all that still live."""
        for life in self._all:
            if not life.over:
                with contextlib.suppress(ProcessLookupError):  # it ends just now
                    life.kill()
                await life.ended()


async def _readable(descriptor: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


# ---- inside of the bot's process ----


def _live(environment: dict[str, str], folder: Path, pace: Pace, fate: Fate, told: Connection) -> None:
    gc.freeze()  # what the process that it was forked from has loaded
    os.environ.update(environment)
    os.chdir(folder)
    logging.basicConfig(filename=folder / "bot.log", level=logging.INFO, format=f"{os.getpid()} %(message)s")
    asyncio.run(_until_told(Settings(), pace, Trap(fate, told)))


async def _until_told(settings: Settings, pace: Pace, trap: "Trap") -> None:
    serving = asyncio.create_task(serve(settings, pace=pace, around=trap.around))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


class Trap:
    """Ends or freezes this process where its fate says."""

    def __init__(self, fate: Fate, told: Connection) -> None:
        self._fate, self._told, self._passed = fate, told, itertools.count(1)

    def around(self, world: World) -> World:
        """The same world, in which each act has a point before and after it."""
        parts = {one.name: getattr(world, one.name) for one in fields(world)}
        parts |= {"media": Plain()} if self._fate.plain else {}
        parts = {name: Part(part, self.reached) for name, part in parts.items() if name not in OURS}
        return replace(world, **parts)

    def reached(self, point: str) -> None:
        """The bot stands before or behind something."""
        if self._fate.traced:
            self._told.send(point)
        if point != self._fate.point and next(self._passed) != self._fate.number:
            return
        if self._fate.frozen:
            self._told.send(point)
        os.kill(os.getpid(), signal.SIGSTOP if self._fate.frozen else signal.SIGKILL)


class Plain:
    """Takes each file as it is: what opening them does to a bot is tried elsewhere."""

    async def prepare(self, source: Path, made: Path, *, sides: tuple[int, int], shape: Shape | None) -> Size:
        """A picture as it came."""
        del sides, shape
        made.write_bytes(source.read_bytes())
        return await self.size(made)

    async def size(self, picture: Path) -> Size:
        """That of a picture."""
        with Image.open(picture) as image:
            return Size(*image.size)

    async def check(self, film: Path, *, seconds: float) -> Measured:
        """A film as it should be."""
        return Measured(size=Size(64, 64), seconds=seconds, plays=film.stat().st_size > 0)


OURS = {"hook", "folder", "clock", "speaking"}  # of the world, what does nothing to anybody


class Part:
    """A part of the world that tells what is done with it."""

    def __init__(self, part: object, reached: Callable[[str], None]) -> None:
        self._part, self._reached = part, reached

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._part, name)
        if name in UNSEEN:
            return act

        async def told(*given: Any, **named: Any) -> Any:
            point = named_point(name, given, named)
            self._reached(f"before {point}")
            result = await act(*given, **named)
            self._reached(f"after {point}")
            return result

        return told


def named_point(act: str, given: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    """What the act is called: by the state that is moved to, the column that is noted, the file that is fetched."""
    match act:
        case "move":
            return f"move to {given[1]}"
        case "note":
            return f"note {sorted(named.keys() - {'log', 'moderated'})[0]}"
        case "fetch":
            return f"fetch {str(named['what']).replace('`', '')}"
        case "show":
            return f"show {given[1].title}"
        case _:
            return act
