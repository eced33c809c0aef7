"""Lets one bot at a time work on a database, on one machine: two would send each job twice."""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import socket
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.errors import Misconfigured

log = logging.getLogger(__name__)
BEAT = 10.0  # seconds between two signs of life
LOOKS = 10  # at the file between them: after a suspension nobody works on for a whole beat
LEASE = 60.0  # seconds without one, after which a holder counts as frozen
TURN_SECONDS = 3  # for those who start at the same time; each needs milliseconds
AGAIN = 0.02  # seconds
MOST_BYTES = 1000  # of a lock file


@contextlib.asynccontextmanager
async def held(
    path: Path, clock: Callable[[], float], on_lost: Callable[[], None], *, beat: float = BEAT
) -> AsyncGenerator[None]:
    """Hold the database at `path` by a locked file beside it, its name with `.lock`; the lock dies with the process.

    A holder that has given no sign for LEASE is frozen and succeeded; when it goes on, its `on_lost` is called, once.
    `clock` tells seconds UTC, `beat` is in seconds. Raises Misconfigured if another holds it, or nobody can.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        async with asyncio.timeout(TURN_SECONDS), _turn(lock.parent):
            file = _take(lock, clock())
    except TimeoutError as error:
        raise Misconfigured(f"Another bot that is starting holds {lock.parent} and does not get on.") from error
    except OSError as error:
        raise Misconfigured(f"ZOETROPE_DATA: {lock} cannot be made: {error.strerror}.") from error
    try:
        beating = asyncio.create_task(_beat(lock, file, clock, on_lost, beat), name="lock")
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait([beating])
    finally:
        os.close(file)  # the file stays: taking it away could take another's


@contextlib.asynccontextmanager
async def _turn(folder: Path) -> AsyncGenerator[None]:
    """One newcomer at a time. Two could find the same frozen holder, and the second replace the first."""
    door = os.open(folder, os.O_RDONLY)
    try:
        while not _locked(door):  # noqa: ASYNC110 - nothing tells when a lock is let go
            await asyncio.sleep(AGAIN)
        yield
    finally:
        os.close(door)


def _take(lock: Path, now: float) -> int:
    """Put a locked file of ours into its place, and return it. Raises Misconfigured, OSError.

    Always a new file: who is frozen keeps the lock of the old one, and sees by that whose turn it is.
    """
    frozen = _frozen(lock, now)
    new = lock.with_name(f"{lock.name}.new")
    file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)  # no child inherits it (PEP 446)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        told = {"pid": os.getpid(), "host": socket.gethostname(), "started_at": now}
        os.write(file, json.dumps(told).encode() + b"\n")
        os.utime(file, (now, now))
        new.replace(lock)
    except OSError:
        os.close(file)
        raise
    if frozen:
        log.warning("%s is succeeded: it held %s and gave no sign for %g s", frozen, lock, LEASE)
    return file


def _frozen(lock: Path, now: float) -> str | None:
    """The holder, if there is one and it gives no sign. Raises Misconfigured if it does."""
    with contextlib.suppress(FileNotFoundError), lock.open("rb") as file:
        if not _locked(file.fileno()):
            holder = _holder(file.read(MOST_BYTES))
            if now - os.fstat(file.fileno()).st_mtime > LEASE:
                return holder
            raise Misconfigured(
                f"Another bot works on this database: {holder}. "
                "Stop it first, or give this one another folder with ZOETROPE_DATA."
            )
    return None


def _holder(text: bytes) -> str:
    try:
        told: Any = json.loads(text)
        since = datetime.fromtimestamp(told["started_at"], UTC)
        return f"process {told['pid']} on {told['host']}, since {since:%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return "a process that has left no name"


def _locked(file: int) -> bool:
    """Whether it could be locked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _beat(lock: Path, file: int, clock: Callable[[], float], on_lost: Callable[[], None], beat: float) -> None:
    last = clock()
    with contextlib.suppress(OSError):  # the file is gone, or takes no more signs of life
        while _is_ours(lock, file):
            if abs(clock() - last) >= beat:  # by the clock that others compare with, also after it was set
                last = clock()
                os.utime(file, (last, last))
            await asyncio.sleep(beat / LOOKS)
    log.error("%s is no longer ours: another bot has taken this one for frozen, or somebody has removed it", lock)
    on_lost()


def _is_ours(lock: Path, file: int) -> bool:
    return os.path.samestat(lock.stat(), os.fstat(file))
