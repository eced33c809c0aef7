"""The bot as a process of its own, which a person may kill, stop and start while the stand-ins go on."""

import asyncio
import contextlib
import os
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Tell = Callable[[str, Json], None]
KEPT_LINES = 500
LONGEST_LINE = 1 << 16  # bytes
GRACE = 30.0  # seconds to stop in: the bot takes up to 15 to finish a paid request
PATH = "/_sim/bot"
# On Linux a bot is killed when we were killed and could not stop it: PR_SET_PDEATHSIG, which lives through exec. Not by
# preexec_fn, which may hang in a program with threads.
LEASH = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execv(sys.argv[1], sys.argv[1:])"
LEASHED = (sys.executable, "-S", "-c", LEASH) if sys.platform == "linux" else ()
ELSEWHERE = "This sandbox runs no bot of its own: start one with `zoetrope run --sandbox {url}`."


class Impossible(Exception):
    """What was asked for cannot be done as things stand; the text says why."""


class BotProcess:
    """One bot at a time, pointed at the sandbox at `url`.

    What it keeps is in `data`, so that its jobs survive its death, and so is `bot.log` with everything it said. `tell`
    hears `process` whenever it began or ended, and `log` with each line.
    """

    def __init__(self, url: Callable[[], str], data: Path, *, live: bool, tell: Tell) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.log = data / "bot.log"
        self._url = url
        self._data = data
        self._live = live
        self._tell = tell
        self._process: Process | None = None
        self._following: asyncio.Task[None] | None = None
        self._exit_code: int | None = None
        self._started_at: float | None = None
        self._closed = False
        self._starting = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether it has not ended; what it said last is in `lines` once it has."""
        return self._process is not None

    def told(self) -> Json:
        """How it stands. `exit_code` is negative for the number of a signal; `started_at` is in Unix seconds."""
        return {
            "owned": True,
            "running": self.running,
            "pid": self._process.pid if self._process else None,
            "exit_code": self._exit_code,
            "started_at": self._started_at,
            "fal": "live" if self._live else "sandbox",
        }

    async def start(self) -> None:
        """Let it run; it is not connected yet. Raises Impossible if it runs."""
        async with self._starting:
            if self._process or self._closed:
                raise Impossible("The sandbox is ending." if self._closed else "The bot runs already.")
            command = [*LEASHED, sys.executable, "-m", "bot", "run", "--sandbox", self._url()]
            command += ["--fal", "live"] if self._live else []
            own = {"ZOETROPE_DATA": str(self._data), "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"}
            process = await asyncio.create_subprocess_exec(*command, env=os.environ | own, stdout=PIPE, stderr=STDOUT)
            self._process, self._exit_code, self._started_at = process, None, time.time()
            self._following = asyncio.create_task(self._follow(process), name="bot")
        self._tell("process", self.told())

    async def kill(self) -> None:
        """End it as a power cut does. Raises Impossible if it does not run."""
        process = self._alive()
        _send(process.kill)
        await self.ended()

    async def stop(self) -> None:
        """Ask it to end, and wait until it has; after 30 s it is killed. Raises Impossible if it does not run."""
        process = self._alive()
        _send(process.terminate)
        try:
            async with asyncio.timeout(GRACE):
                await self.ended()
        except TimeoutError:
            _send(process.kill)
            await self.ended()

    async def ended(self) -> None:
        """Return when it does not run."""
        if self._following:
            await asyncio.shield(self._following)  # whoever waits may give up waiting

    async def outlives(self, something: Awaitable[object]) -> bool:
        """Wait for `something`, whose error is raised, but no longer than until the bot has ended; whether it runs."""
        awaited, ended = asyncio.ensure_future(something), asyncio.ensure_future(self.ended())
        try:
            await asyncio.wait({awaited, ended}, return_when=asyncio.FIRST_COMPLETED)
            if awaited.done():
                awaited.result()
            if ended.done():
                ended.result()
            return not ended.done()
        finally:
            awaited.cancel()
            ended.cancel()
            await asyncio.wait({awaited, ended})

    def last_words(self, most: int) -> list[str]:
        """The last lines that it said."""
        return list(self.lines)[-most:]

    async def close(self) -> None:
        """Stop it for good. However this is cut short, it does not outlive us."""
        self._closed = True
        async with self._starting:
            process = self._process
        try:
            if process:
                await self.stop()
        finally:
            if process:
                _send(process.kill)

    def _alive(self) -> Process:
        if not self._process:
            raise Impossible("The bot is not running.")
        return self._process

    async def _follow(self, process: Process) -> None:
        """Hear what it says until it has ended."""
        assert process.stdout
        with self.log.open("ab") as log:
            async for line in _lines(process.stdout):
                with contextlib.suppress(OSError):  # a full disc keeps nobody from reading along
                    log.write(line + b"\n")
                    log.flush()
                text = line.decode(errors="replace")
                self.lines.append(text)
                self._tell("log", {"line": text})
        self._exit_code = await process.wait()
        self._process = None
        self._tell("process", self.told())


async def _lines(stream: asyncio.StreamReader) -> AsyncGenerator[bytes]:
    """What comes line by line; a very long line comes in pieces."""
    rest = b""
    while chunk := await stream.read(LONGEST_LINE):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def _send(signal: Callable[[], None]) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
        signal()


class BotRoutes:
    """The control of the bot's process; `bot` is None where whoever wants starts one elsewhere."""

    def __init__(self, bot: BotProcess | None, url: Callable[[], str]) -> None:
        self._bot = bot
        self._url = url

    def routes(self) -> list[web.RouteDef]:
        """How it stands, what to do with it, what it said."""
        return [web.get(PATH, self._look), web.post(PATH, self._act), web.get(f"{PATH}/log", self._log)]

    async def _look(self, _: web.Request) -> web.Response:
        return web.json_response(self._bot.told() if self._bot else {"owned": False})

    async def _log(self, _: web.Request) -> web.Response:
        return web.json_response({"lines": list(self._bot.lines) if self._bot else []})

    async def _act(self, request: web.Request) -> web.Response:
        bot = self._bot
        if not bot:
            return _refused(409, ELSEWHERE.format(url=self._url()))
        try:
            asked: Any = await request.json()
            act = {"kill": bot.kill, "stop": bot.stop, "start": bot.start}[asked["do"]]
        except (ValueError, KeyError, TypeError):
            return _refused(400, 'The body is {"do": "kill"}, or "stop" or "start".')
        try:
            await act()
        except Impossible as reason:
            return _refused(409, str(reason))
        return web.json_response(bot.told())


def _refused(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
