"""Whatever a piece of work does, it does to its own process alone, and that is gone afterwards."""

import asyncio
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.media.work import LONGEST_ANSWER, Bounds, Lost, Workers
from bot.domain.errors import Broken, Final, TooLarge
from bot.domain.language import speaking
from tests.unit import media_trouble as trouble
from tests.unit.pseudo import PSEUDO

MODULES = (trouble.__name__,)
AMPLE = Bounds(seconds=20, memory=2 * 2**30)
CRASH = "the program that opens it crashes"


async def run(function: Callable[..., object], *arguments: object, bounds: Bounds = AMPLE) -> object:
    return await Workers(MODULES).run(function, *arguments, bounds=bounds)


def ps(pid: int, what: str) -> str:
    return subprocess.run(["ps", "-o", f"{what}=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()


async def gone(pid: int) -> None:
    """Wait until this process is no more, or only its entry, which whoever adopted it has not yet removed."""
    await trouble.until(lambda: ps(pid, "stat")[:1] in ("", "Z"))


async def noted(path: Path) -> int:
    await trouble.until(path.exists)
    return int(path.read_text())


async def test_what_a_function_gives_comes_back() -> None:
    assert await run(divmod, 7, 3) == [2, 1]


async def test_each_piece_of_work_has_a_process_of_its_own() -> None:
    workers = Workers(MODULES)
    pids = [await workers.run(os.getpid, bounds=AMPLE) for _ in range(2)]
    assert len({*pids, os.getpid()}) == 3


@pytest.mark.parametrize("kind", [Final, Broken, TooLarge])
async def test_what_a_function_says_is_wrong_comes_back(kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"^It is “so”\.$"):
        await run(trouble.complain, kind.__name__, "It is “so”.")


async def test_what_a_function_says_is_wrong_is_said_in_the_language_of_the_one_who_waits() -> None:
    with speaking(PSEUDO), pytest.raises(Final) as told:
        await run(trouble.complain, "Final", "It has {count} legs, {why}.", {"count": "5", "why": "{count}"})
    assert str(told.value) == "⟦It has ⟧5⟦ legs, ⟧{count}⟦.⟧"
    with speaking(PSEUDO), pytest.raises(Lost, match=f"⟦{CRASH}⟧"):
        await run(os._exit, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{x.__class__} {x[0]} {x!r} {x:>99999} {0} {} {{x}} {gone} {", None),
        ("{x} {list} {raised}", "1 [{'a': None}] {raised}"),
        ("{x}" * 1000, "1" * 500),
    ],
)
async def test_no_sentence_of_a_process_that_was_taken_over_gets_more_than_values(text: str, told: str | None) -> None:
    answer = json.dumps({"raised": "Final", "text": text, "x": "1", "list": [{"a": None}], "__class__": "2"})
    with pytest.raises(Final) as said:
        await run(trouble.lie, answer.encode())
    assert str(said.value) == (told or text.replace("{{x}}", "{1}"))


@pytest.mark.parametrize(
    ("function", "argument", "why"),
    [
        (signal.raise_signal, signal.SIGABRT, CRASH),
        (signal.raise_signal, signal.SIGSEGV, CRASH),
        (os._exit, 0, CRASH),
        (int, "what the function is not made for", CRASH),
        (bytearray, 4 * 2**30, "it needs too much memory"),
        (signal.raise_signal, signal.SIGKILL, "it needs too much memory"),  # as Linux does where there is none left
    ],
)
async def test_what_ends_a_process_is_told(
    function: Callable[..., object], argument: object, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Lost, match=f"^{why}$"):
        await run(function, argument)
    assert why != CRASH or "ended with exit code" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        pickle.dumps({"value": 1}),
        b'{"value": 1',
        b'{"raised": "SystemExit", "text": "1"}',
        b'{"raised": "Final", "text": ""}',
        b"[" * LONGEST_ANSWER,
        json.dumps({"value": "x" * LONGEST_ANSWER}).encode(),
        b"\xff\xfe",
    ],
)
async def test_a_process_that_was_taken_over_can_say_nothing_but_what_is_expected(answer: bytes) -> None:
    with pytest.raises(Lost):
        await run(trouble.lie, answer)


async def test_a_process_that_never_stops_answering_is_not_listened_to() -> None:
    with pytest.raises(Lost, match=r"^(?!it takes more than)"):
        await run(trouble.lie, b" " * LONGEST_ANSWER, 10**9, bounds=Bounds(seconds=2, memory=2 * 2**30))


async def test_what_stalls_is_ended_when_its_time_is_up(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Lost, match=r"it takes more than 0\.5 seconds"):
        await run(trouble.note_and_stall, tmp_path / "pid", bounds=Bounds(seconds=0.5, memory=2 * 2**30))
    assert time.monotonic() - began < 10
    await gone(await noted(tmp_path / "pid"))


async def test_work_that_nobody_waits_for_any_more_is_ended(tmp_path: Path) -> None:
    work = asyncio.create_task(run(trouble.note_and_stall, tmp_path / "pid"))
    pid = await noted(tmp_path / "pid")
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not ps(pid, "stat"), "not even its entry is left"


def test_work_is_ended_when_all_tasks_are_cancelled_twice_as_at_the_end_of_a_loop(tmp_path: Path) -> None:
    async def leave() -> int:
        work = asyncio.create_task(run(trouble.note_and_stall, tmp_path / "pid"))
        pid = await noted(tmp_path / "pid")
        work.cancel()
        await asyncio.sleep(0)
        return pid

    asyncio.run(gone(asyncio.run(leave())))


async def test_others_go_on_while_one_works(tmp_path: Path) -> None:
    workers = Workers(MODULES)
    work = asyncio.create_task(workers.run(trouble.note_and_stall, tmp_path / "pid", bounds=AMPLE))
    await noted(tmp_path / "pid")
    assert await workers.run(abs, -1, bounds=AMPLE) == 1
    work.cancel()


async def test_work_does_not_end_because_everything_here_is_told_to() -> None:
    assert await run(trouble.shrug) == "still here"


async def test_work_has_limits_of_its_own() -> None:
    bounds = Bounds(seconds=7.5, memory=3 * 2**30)
    assert await run(resource.getrlimit, resource.RLIMIT_CPU, bounds=bounds) == [30, 30]
    assert await run(resource.getrlimit, resource.RLIMIT_CORE, bounds=bounds) == [0, 0]
    if sys.platform == "linux":
        assert await run(resource.getrlimit, resource.RLIMIT_AS, bounds=bounds) == [3 * 2**30] * 2
        assert await run(Path.read_text, Path("/proc/self/oom_score_adj")) == "1000\n"


async def test_work_goes_on_when_the_fork_server_was_killed() -> None:
    server = await run(os.getppid)
    assert isinstance(server, int)
    os.kill(server, signal.SIGKILL)
    await gone(server)
    assert await run(abs, -1) == 1


BOT = """
import asyncio, sys
from pathlib import Path
from bot.adapters.media.work import Bounds, Workers
from tests.unit.media_trouble import note_and_stall
bounds = Bounds(seconds=60, memory=2**31)
asyncio.run(Workers(("tests.unit.media_trouble",)).run(note_and_stall, Path(sys.argv[1]), bounds=bounds))
"""


async def test_nothing_is_left_when_the_bot_is_killed(tmp_path: Path) -> None:
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, tmp_path / "pid")
    pid = await noted(tmp_path / "pid")
    server = int(ps(pid, "ppid"))
    bot.kill()
    await bot.wait()
    await gone(pid)
    await gone(server)
