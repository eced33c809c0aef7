"""A bot that cannot start says in plain lines why, and where to get what it needs."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import serve
from bot.domain.errors import Misconfigured, Unavailable
from bot.domain.job import Job
from bot.settings import Settings
from bot.world import World
from tests.e2e.stage import Stage


def zoetrope(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in an empty folder, with nothing set but `environment`."""
    clean = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=30, check=False)


def test_without_token_and_key_it_says_what_is_missing_and_where_to_get_it(tmp_path: Path) -> None:
    ran = zoetrope("run", folder=tmp_path)
    assert ran.returncode == 2
    token, key, demo = ran.stderr.splitlines()
    assert token.startswith("DISCORD_TOKEN is missing")
    assert "https://discord.com/developers/applications" in token
    assert key.startswith("FAL_KEY is missing")
    assert "https://fal.ai/dashboard/keys" in key
    assert "zoetrope demo" in demo
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=x\nFAL_KEY=y\nZOETROPE_DAILY_USD=plenty\n")
    ran = zoetrope("run", folder=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == ["ZOETROPE_DAILY_USD: Input should be a valid decimal"]


def test_settings_are_read_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=x\n")
    ran = zoetrope("run", folder=tmp_path)
    assert [line.split(" ")[0] for line in ran.stderr.splitlines()[:-1]] == ["FAL_KEY"]


async def test_a_wrong_token_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "wrong")
    with pytest.raises(Misconfigured, match=r"DISCORD_TOKEN: Discord refuses this token\. .*developers/applications"):
        await stage.start()


async def test_a_wrong_key_is_told_before_the_bot_goes_online(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "wrong")
    with pytest.raises(Misconfigured, match=r"FAL_KEY: fal refuses this key\. .*fal\.ai/dashboard/keys"):
        await stage.start()
    world = await stage.sandbox.get("discord/world")
    assert not world["bot"]["online"]


async def test_a_database_that_cannot_be_opened_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:////nowhere/zoetrope.db")
    with pytest.raises(Misconfigured, match="nowhere"):
        await stage.start()


async def test_a_discord_that_cannot_be_reached_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOETROPE_DISCORD_API", "http://127.0.0.1:9/api/v10")
    with pytest.raises(Misconfigured, match="Discord cannot be reached"):
        await stage.start()


@pytest.mark.parametrize("command", [("run",), ("jobs", "lost")])
def test_a_database_of_another_kind_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    given = {"DISCORD_TOKEN": "x", "FAL_KEY": "y", "DATABASE_URL": "mysql://ada:sesame@here/films"}
    ran = zoetrope(*command, folder=tmp_path, **given)
    assert ran.returncode == 2
    assert ran.stderr.startswith("DATABASE_URL: a file as sqlite+aiosqlite:///folder/file.db, or a PostgreSQL server")
    assert "sesame" not in ran.stderr


def test_a_sandbox_that_is_not_there_is_told(tmp_path: Path) -> None:
    ran = zoetrope("run", "--sandbox", "http://127.0.0.1:9", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (
        2,
        "No sandbox answers at http://127.0.0.1:9: start one with `zoetrope sandbox`.\n",
    )


async def test_a_port_that_is_taken_is_told(stage: Stage, tmp_path: Path) -> None:
    port = stage.sandbox.url.rpartition(":")[2]
    ran = await asyncio.to_thread(zoetrope, "sandbox", "--port", port, folder=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"Port {port} is taken: choose another one with --port, 0 for any.\n"


async def test_a_data_folder_that_cannot_be_made_is_told(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")
    with pytest.raises(Misconfigured, match=r"ZOETROPE_DATA: .* cannot be made"):
        await stage.start()


class Unclaimed:
    """The bot's database, which is locked just when unfinished jobs are to be taken up."""

    def __init__(self, jobs: object) -> None:
        self._jobs = jobs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    async def claim(self) -> list[Job]:
        raise Unavailable("The bot's own database")


async def test_a_bot_that_cannot_take_up_its_jobs_says_why(stage: Stage) -> None:
    def around(world: World) -> World:
        return replace(world, jobs=Unclaimed(world.jobs))

    with pytest.raises(Misconfigured, match="The bot's own database does not answer, so the bot does not start"):
        await serve(Settings(data=stage.data), around=around)
