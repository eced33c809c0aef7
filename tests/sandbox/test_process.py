"""The bot as a process: its words, its end, and that it never outlives whoever started it."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from sandbox.process import BotProcess, Impossible

NOWHERE = "http://127.0.0.1:9"
Told = list[tuple[str, dict[str, Any]]]


def bot_of(folder: Path, told: Told) -> BotProcess:
    """A bot that finds no sandbox, and so ends soon."""
    return BotProcess(lambda: NOWHERE, folder, live=False, tell=lambda name, data: told.append((name, data)))


async def test_what_the_bot_says_and_how_it_ends_is_told_and_kept(tmp_path: Path) -> None:
    told: Told = []
    bot = bot_of(tmp_path, told)
    before = bot.told()
    await bot.start()
    begun = bot.told()
    await bot.ended()
    last_words = f"No sandbox answers at {NOWHERE}: start one with `zoetrope sandbox`."
    assert list(bot.lines) == [last_words]
    assert (tmp_path / "bot.log").read_text() == f"{last_words}\n"
    assert told == [("process", begun), ("log", {"line": last_words}), ("process", bot.told())]
    assert [before["running"], begun["running"], bot.told()["running"]] == [False, True, False]
    assert [before["exit_code"], begun["exit_code"], bot.told()["exit_code"]] == [None, None, 2]
    assert begun["started_at"] == bot.told()["started_at"] is not None
    assert begun["pid"] is not None
    assert bot.told()["pid"] is None


async def test_there_is_one_bot_at_a_time(tmp_path: Path) -> None:
    bot = bot_of(tmp_path, [])
    with pytest.raises(Impossible, match="is not running"):
        await bot.kill()
    started = await asyncio.gather(bot.start(), bot.start(), return_exceptions=True)
    assert [str(refused) for refused in started if refused] == ["The bot runs already."]
    await bot.kill()
    assert bot.told()["exit_code"] == -signal.SIGKILL
    await bot.start()
    await bot.close()
    with pytest.raises(Impossible, match="is ending"):
        await bot.start()


async def test_a_bot_that_does_not_listen_is_killed_when_its_owner_cannot_wait(tmp_path: Path) -> None:
    bot = bot_of(tmp_path, [])
    await bot.start()
    os.kill(bot.told()["pid"], signal.SIGSTOP)
    closing = asyncio.create_task(bot.close())
    await asyncio.sleep(0)  # it has been asked to stop, and is waited for
    assert not closing.done()
    closing.cancel()
    await asyncio.wait([closing])
    await bot.ended()
    assert bot.told()["exit_code"] == -signal.SIGKILL


async def test_something_is_awaited_no_longer_than_the_bot_runs(tmp_path: Path) -> None:
    bot = bot_of(tmp_path, [])
    await bot.start()
    assert await bot.outlives(asyncio.sleep(0))
    assert not await bot.outlives(asyncio.Event().wait())


async def test_a_line_without_end_comes_in_pieces_and_odd_bytes_do_no_harm(tmp_path: Path) -> None:
    bot = bot_of(tmp_path, [])
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nos.write(1, b'caf\\xe9\\n' + b'x' * 200_000 + b'\\nend\\n')\nos._exit(3)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        await bot.start()
    await bot.ended()
    first, *pieces, last = bot.lines
    assert (first, "".join(pieces), last) == ("caf\ufffd", "x" * 200_000, "end")
    assert len(pieces) > 1
    assert bot.told()["exit_code"] == 3
