"""One bot at a time, tried with real processes: killed, frozen, continued, and several at once."""

import asyncio
import contextlib
import fcntl
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from bot.adapters.lock import BEAT, LEASE, held
from bot.domain.errors import Misconfigured

ROOT = Path(__file__).parents[2]
START = 1767225600.0  # 2026-01-01
BOT = """
import asyncio, logging, pathlib, sys, time
from bot.adapters.lock import held
from bot.domain.errors import Misconfigured

def say(text):
    print(text, flush=True)

async def main():
    async with held(pathlib.Path(sys.argv[1]), time.time, lambda: say("lost"), beat=0.1):
        say("held")
        await asyncio.to_thread(sys.stdin.readline)

logging.basicConfig(stream=sys.stdout, format="%(message)s")
say("ready")
sys.stdin.readline()
try:
    asyncio.run(main())
    say("over")
except Misconfigured as error:
    say(f"refused: {error}")
"""


class Bot:
    """A process that tries to hold a database, and tells how it goes, in lines."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-c", BOT, str(path)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self.hears() == "ready"

    @property
    def pid(self) -> int:
        return self.process.pid

    def hears(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().rstrip("\n")

    def goes(self) -> None:
        """First let it begin, then let it end."""
        assert self.process.stdin
        self.process.stdin.write("\n")

    def starts(self) -> str:
        self.goes()
        return self.hears()

    def freezes(self) -> None:
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.pid, os.WUNTRACED)  # until it has stopped


Start = Callable[[], Bot]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "zoetrope.db"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "zoetrope.db.lock"


@pytest.fixture
def start(path: Path) -> Generator[Start]:
    bots: list[Bot] = []

    def start() -> Bot:
        bots.append(Bot(path))
        return bots[-1]

    yield start
    for bot in bots:
        bot.process.kill()
        bot.process.communicate()


def age(lock: Path, seconds: float) -> None:
    """Let it look as if its holder had given no sign for so long."""
    then = lock.stat().st_mtime - seconds
    os.utime(lock, (then, then))


async def test_who_holds_it_is_named_in_the_file(path: Path, lock: Path) -> None:
    async with held(path, lambda: START, nothing):
        told = lock.read_text()
        assert json.loads(told) == {"pid": os.getpid(), "host": socket.gethostname(), "started_at": START}
        assert told.count("\n") == 1
        assert lock.stat().st_mtime == START
        assert list(path.parent.iterdir()) == [lock]
        assert beats()
    assert not beats(), "the task ends before its owner"


def beats() -> int:
    """Tasks that give signs of life."""
    return sum(task.get_name() == "lock" for task in asyncio.all_tasks())


def nothing() -> None:
    """What is done about a loss in a test that has none."""
    raise AssertionError("nothing was lost")


def test_a_second_bot_is_told_who_is_there_since_when_and_what_to_do(start: Start, lock: Path) -> None:
    first, second = start(), start()
    assert first.starts() == "held"
    answer = second.starts()
    assert answer.startswith("refused: Another bot works on this database: ")
    assert f"process {first.pid} on {socket.gethostname()}, since 20" in answer
    assert answer.endswith(" UTC. Stop it first, or give this one another folder with ZOETROPE_DATA.")
    assert json.loads(lock.read_text())["pid"] == first.pid


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The machine's clock is nine hours ahead of UTC."""
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("tokyo")
async def test_the_time_is_told_in_utc(path: Path) -> None:
    async with held(path, lambda: START, nothing):
        with pytest.raises(Misconfigured, match="since 2026-01-01 00:00:00 UTC"):
            await taken(path, START + 1)


async def taken(path: Path, now: float = START) -> None:
    """Take it and let it go."""
    async with held(path, lambda: now, nothing):
        pass


def test_when_a_bot_ends_the_next_one_goes_on(start: Start) -> None:
    first, second = start(), start()
    assert first.starts() == "held"
    first.goes()
    assert first.hears() == "over"
    assert second.starts() == "held"


def test_when_a_bot_is_killed_the_next_one_goes_on_at_once(start: Start) -> None:
    first, second = start(), start()
    assert first.starts() == "held"
    first.process.kill()
    first.process.wait()
    assert second.starts() == "held"


def test_a_bot_that_is_frozen_for_a_short_time_keeps_it(start: Start, lock: Path) -> None:
    first, second = start(), start()
    assert first.starts() == "held"
    first.freezes()
    age(lock, LEASE - 30)
    assert second.starts().startswith("refused")
    first.process.send_signal(signal.SIGCONT)
    first.goes()
    assert first.hears() == "over"


def test_a_frozen_bot_is_succeeded_and_stops_when_it_goes_on(start: Start, lock: Path) -> None:
    first, second, third = start(), start(), start()
    assert first.starts() == "held"
    first.freezes()
    age(lock, LEASE + 1)
    warning = second.starts()
    assert warning.startswith(f"process {first.pid} on {socket.gethostname()}, since ")
    assert "is succeeded" in warning
    assert second.hears() == "held"

    first.process.send_signal(signal.SIGCONT)
    assert (
        first.hears()
        == f"{lock} is no longer ours: another bot has taken this one for frozen, or somebody has removed it"
    )
    assert first.hears() == "lost"
    first.goes()
    assert first.hears() == "over", "it is told once"
    assert json.loads(lock.read_text())["pid"] == second.pid
    assert f"process {second.pid} on" in third.starts()


def test_of_several_newcomers_one_wins(start: Start, lock: Path) -> None:
    for _ in range(3):
        frozen, *newcomers = [start() for _ in range(6)]
        lock.unlink(missing_ok=True)
        assert frozen.starts() == "held"
        frozen.freezes()
        age(lock, LEASE + 1)
        with turn_of(lock.parent):  # they all come to the door first
            for newcomer in newcomers:
                newcomer.goes()
        said = [newcomer.hears() for newcomer in newcomers]
        (winner,) = [bot for bot, line in zip(newcomers, said, strict=True) if "is succeeded" in line]
        assert winner.hears() == "held"
        others = [line for line in said if line.startswith("refused")]
        assert len(others) == len(newcomers) - 1
        assert all(f"process {winner.pid} on" in line for line in others)
        for bot in (frozen, *newcomers):
            bot.process.kill()
            bot.process.wait()


@contextlib.contextmanager
def turn_of(folder: Path) -> Generator[None]:
    """Be the newcomer whose turn it is."""
    door = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
    finally:
        os.close(door)


async def test_a_newcomer_that_does_not_get_on_is_not_waited_for_without_end(path: Path) -> None:
    with turn_of(path.parent), pytest.raises(Misconfigured, match="starting"):
        await taken(path)


async def test_a_newcomer_waits_for_its_turn(path: Path) -> None:
    with turn_of(path.parent):
        taking = asyncio.create_task(taken(path))
        await asyncio.sleep(0.1)
        assert not taking.done()
    await taking


async def test_a_second_bot_in_the_same_process_is_refused_too(path: Path) -> None:
    async with held(path, lambda: START, nothing):
        with pytest.raises(Misconfigured, match=f"process {os.getpid()} on"):
            await taken(path)
    await taken(path)


@pytest.mark.parametrize("left", ["", "\x00", "[]", "{", '{"pid": 1}', '{"pid": 1, "host": "a", "started_at": 1e99}'])
async def test_what_a_dead_bot_left_is_no_obstacle(path: Path, lock: Path, left: str) -> None:
    for name in (lock, lock.with_name(f"{lock.name}.new")):
        name.write_text(left * 3)
    async with held(path, lambda: START, nothing):
        assert json.loads(lock.read_text())["pid"] == os.getpid()


@pytest.mark.parametrize("left", ["", "[]", "{", '{"pid": 1}', '{"pid": 1, "host": "a", "started_at": 1e99}'])
async def test_a_holder_without_a_name_is_still_a_holder(path: Path, lock: Path, left: str) -> None:
    async with held(path, lambda: START, nothing):
        lock.write_text(left)
        os.utime(lock, (START, START))
        with pytest.raises(Misconfigured, match="a process that has left no name"):
            await taken(path)


async def test_a_minute_without_a_sign_is_let_pass_and_no_more(path: Path) -> None:
    lost = asyncio.Event()
    async with held(path, lambda: START, lost.set, beat=0.1):
        with pytest.raises(Misconfigured):
            await taken(path, START + 60)
        await taken(path, START + 61)
        async with asyncio.timeout(5):
            await lost.wait()


class Hands:
    """A clock that goes on by `step` seconds whenever it is read, and notes what the file says by then."""

    def __init__(self, lock: Path, step: float, reads: int) -> None:
        self.now, self._lock, self._step, self._reads = START, lock, step, reads
        self.signs: list[float] = []
        self.enough = asyncio.Event()

    def __call__(self) -> float:
        with contextlib.suppress(FileNotFoundError):
            self.signs.append(self._lock.stat().st_mtime)
        if len(self.signs) >= self._reads:
            self.enough.set()
        self.now += self._step
        return self.now


async def test_a_holder_gives_a_sign_every_beat(path: Path, lock: Path) -> None:
    hands = Hands(lock, 0.25, 40)
    async with held(path, hands, nothing, beat=0.5), asyncio.timeout(10):
        await hands.enough.wait()
    signs = sorted(set(hands.signs))
    gaps = [later - earlier for earlier, later in itertools.pairwise(signs)]
    assert len(gaps) > 5
    assert all(0.5 <= gap <= 1 for gap in gaps)


async def test_a_clock_that_is_set_back_stops_no_beat(path: Path, lock: Path) -> None:
    hands = Hands(lock, 0.25, 20)
    async with held(path, hands, nothing, beat=0.5), asyncio.timeout(10):
        await hands.enough.wait()
        hands.now -= 1000
        hands.signs.clear()
        hands.enough.clear()
        await hands.enough.wait()
        assert lock.stat().st_mtime < START


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_loss_is_seen_long_before_the_next_beat_and_told_once(
    path: Path,
    lock: Path,
    caplog: pytest.LogCaptureFixture,
    replaced: bool,  # noqa: FBT001
) -> None:
    """A machine that was suspended has timers that were, too: they do not go off at once."""
    losses: list[float] = []
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def lose() -> None:
        losses.append(loop.time())
        told.set()

    async with held(path, lambda: START, lose):
        await asyncio.sleep(0)
        lock.unlink()
        if replaced:
            lock.write_text("another's")
        began = loop.time()
        async with asyncio.timeout(BEAT):
            await told.wait()
        assert losses[0] - began < BEAT / 2
        await asyncio.sleep(0.1)
    assert len(losses) == 1
    assert "is no longer ours" in caplog.text
    assert lock.exists() == replaced
    if replaced:
        assert lock.read_text() == "another's"
        assert lock.stat().st_mtime > START, "the other's file is not touched"


def missing(folder: Path) -> Path:
    return folder / "missing" / "zoetrope.db"


def under_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "zoetrope.db"


def on_a_folder(folder: Path) -> Path:
    (folder / "zoetrope.db.lock").mkdir()
    return folder / "zoetrope.db"


def read_only(_folder: Path) -> Path:
    return Path("/proc/zoetrope.db")  # where root cannot write either


@pytest.mark.parametrize("where", [missing, under_a_file, on_a_folder, read_only])
async def test_where_no_file_can_be_made_the_reason_is_told(tmp_path: Path, where: Callable[[Path], Path]) -> None:
    path = where(tmp_path)
    with pytest.raises(Misconfigured, match=rf"^ZOETROPE_DATA: {path}\.lock cannot be made: [A-Z][a-z ]+\.$"):
        await taken(path)


async def test_what_goes_wrong_while_it_is_held_comes_out_as_it_is(path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^as it is$"):
        async with held(path, lambda: START, nothing):
            raise Misconfigured("as it is")
    await taken(path)


async def test_a_bot_that_is_cancelled_lets_it_go(path: Path) -> None:
    holding = asyncio.Event()

    async def hold() -> None:
        async with held(path, lambda: START, nothing):
            holding.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await holding.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not beats()
    await taken(path)
