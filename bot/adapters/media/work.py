"""Work on files from outside, in a process of its own that can be killed.

A file may make its decoder crash, hang or eat all memory. Whatever it does, it does to that process alone.
"""

import asyncio
import contextlib
import json
import logging
import math
import multiprocessing
import os
import re
import resource
import select
import signal
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from bot.domain.errors import Broken, Final, TooLarge
from bot.domain.finish import finish
from bot.domain.language import say, sentence

log = logging.getLogger(__name__)

KNOWN = {kind.__name__: kind for kind in (Final, Broken, TooLarge)}
LONGEST_ANSWER = 4096  # bytes: less than what a pipe holds, so that the process never waits for us
LONGEST_SENTENCE = 500  # characters
HUNGRY = sentence("it needs too much memory")
CRASHES = sentence("the program that opens it crashes")
PLACE = re.compile(r"\{(\w+)\}")
MOST_THREADS = 4  # in one piece of work


class Lost(Exception):
    """The work did not come to an end. The text says why, as in: The picture cannot be opened: …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a piece of work may take."""

    seconds: float  # on the clock
    memory: int  # bytes of address space, where the system can limit it


class Workers:
    """Runs functions, each in a process that is forked from a server which has imported `modules` already.

    The server starts with the first piece of work, and ends with this process however that ends.
    """

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__, *modules])
        self._lock = threading.Lock()  # multiprocessing keeps a list of processes that is not made for threads

    async def run(self, function: Callable[..., Any], *arguments: object, bounds: Bounds) -> Any:
        """Give what `function` returns, which is made of what JSON knows.

        Raises Final, Broken and TooLarge as the function does, and Lost if it crashed or took more than its bounds. The
        process knows no language: the function raises an English sentence, and beside it what is in its {places}, as
        texts by their names; what is raised here is said.
        When this returns, raises or is cancelled, the process is gone.
        """
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_serve, args=(sender, bounds, function, arguments), daemon=True)
        with receiver:
            try:
                with sender:
                    await finish(asyncio.to_thread(self._start, process))
                async with asyncio.timeout(bounds.seconds):
                    answer = await _received(receiver.fileno())
            except TimeoutError:
                log.warning("%s took more than %g s", function.__name__, bounds.seconds)
                raise Lost(say("it takes more than {seconds} seconds", seconds=f"{bounds.seconds:g}")) from None
            finally:
                if process.is_alive():
                    process.kill()
                await finish(asyncio.to_thread(self._remove, process))
        try:
            return _understood(answer)
        except (ValueError, RecursionError):
            log.warning("%s ended with exit code %s", function.__name__, process.exitcode)
            killed = process.exitcode == -signal.SIGKILL  # not by us: the system ran out of memory
            raise Lost(say(HUNGRY if killed else CRASHES)) from None

    def _start(self, process: ForkServerProcess) -> None:
        with self._lock:
            process.start()

    def _remove(self, process: ForkServerProcess) -> None:
        with self._lock:
            if process.pid is not None:  # it did start
                process.join()


async def _received(pipe: int) -> bytes:
    """All that is written until the other end is closed, or more than the longest answer."""
    received, ended = bytearray(), asyncio.Event()

    def receive() -> None:
        received.extend(more := os.read(pipe, LONGEST_ANSWER))
        if not more or len(received) > LONGEST_ANSWER:
            ended.set()
            loop.remove_reader(pipe)

    loop = asyncio.get_running_loop()
    loop.add_reader(pipe, receive)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pipe)
    return bytes(received)


def _understood(answer: bytes) -> Any:
    """What the function returned. Raises what it raised, and ValueError or RecursionError if this is no answer.

    Never pickle: whoever took over the process could make us run anything.
    """
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    match json.loads(answer):
        case {"value": value}:
            return value
        case {"raised": "MemoryError"}:
            raise Lost(say(HUNGRY))
        case {"raised": str(kind), "text": str(text), **values} if text and kind in KNOWN:
            raise KNOWN[kind](_said(text, values))
        case _:
            raise ValueError(answer)


def _said(text: str, values: Mapping[str, object]) -> str:
    """A sentence in the language of the one who waits.

    Not by `str.format`: of whoever took the process over, a place could ask for more than a value.
    """
    return PLACE.sub(lambda place: str(values.get(place[1], place[0])), say(text))[:LONGEST_SENTENCE]


def _serve(sender: Connection, bounds: Bounds, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    _confine(bounds)
    threading.Thread(target=_leave_when_unheard, args=(sender.fileno(),), daemon=True).start()
    try:
        answer: dict[str, Any] = {"value": function(*arguments)}
    except (Final, Broken, TooLarge) as error:
        text, *values = error.args
        answer = {"raised": type(error).__name__, "text": text, **dict[str, str](*values)}
    except MemoryError:
        answer = {"raised": "MemoryError"}
    with contextlib.suppress(BrokenPipeError):  # the bot is gone
        os.write(sender.fileno(), json.dumps(answer).encode())


def _confine(bounds: Bounds) -> None:
    for told in (signal.SIGINT, signal.SIGTERM):  # the terminal and systemd tell every process; the bot decides
        signal.signal(told, signal.SIG_IGN)
    for kind, most in (
        (resource.RLIMIT_AS, bounds.memory),
        (resource.RLIMIT_CPU, math.ceil(bounds.seconds * MOST_THREADS)),  # in case nobody is left to look at the clock
        (resource.RLIMIT_CORE, 0),  # what members sent is not left lying around
    ):
        with contextlib.suppress(OSError, ValueError):  # macOS knows no limit of memory
            resource.setrlimit(kind, (most, most))
    with contextlib.suppress(OSError):  # Linux: where memory runs out, this process goes and never the bot
        Path("/proc/self/oom_score_adj").write_text("1000")
    warnings.simplefilter("ignore")  # Pillow's remarks on broken metadata


def _leave_when_unheard(pipe: int) -> None:
    """End this process when nobody can read its answer any more: the bot is gone, or has given up on it."""
    reader = select.poll()
    reader.register(pipe, 0)
    reader.poll()
    os._exit(1)
