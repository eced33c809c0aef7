"""The real bot against the stand-ins: one sandbox for each test process, one bot for each test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.domain.pace import Pace
from sandbox import connect
from sandbox.client import Sandbox
from tests.e2e.stage import Stage

# Tests wait for events, never for the clock; what the bot itself waits for is made short.
QUICK = Pace(
    first_look=0.05,
    longest_look=0.2,
    edit_every=0.1,
    stage_after=0.02,
    edits_a_second=1000,
    pause=0.05,
    fetches=(0.02, 0.02),
    grace=0.3,
    farewell=2,
)
ROOMY = {"bucket_limit": 1000, "bucket_window": 1}


@pytest.fixture
async def sandbox(sandbox_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Sandbox]:
    """The sandbox as new, where fal makes nobody wait, and this process led to it as a bot is: by the environment.

    Afterwards every request of the bot must have been valid.
    """
    monkeypatch.chdir(tmp_path)  # where no .env file of a developer lies
    for name, value in connect.environment(sandbox_url, tmp_path).items():
        monkeypatch.setenv(name, value)
    async with Sandbox(sandbox_url) as sandbox:
        await sandbox.post("reset", {})
        await sandbox.post("discord/set", ROOMY)
        await sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 0})
        yield sandbox
        assert [entry for entry in await sandbox.get("discord/record") if "invalid" in entry] == []
        assert await sandbox.get("discord/mistakes") == []


@pytest.fixture
async def stage(sandbox: Sandbox, tmp_path: Path) -> AsyncGenerator[Stage]:
    """The sandbox with a bot that can be started, stopped and started again."""
    stage = Stage(sandbox, tmp_path / "data" / "sandbox", QUICK)
    yield stage
    await stage.stop()


@pytest.fixture
async def bot(stage: Stage) -> Stage:
    """The same with the bot connected."""
    await stage.start()
    return stage
