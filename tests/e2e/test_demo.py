"""`zoetrope demo`: a stranger's first minute."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.browser import has_screen
from sandbox.client import Json, Refused
from sandbox.once import Wish, once
from tests.e2e.demo import COMMAND, clean, running
from tests.e2e.stage import Decoded, difference, picture

ONE_MODEL = "--model cannot be chosen with --last: one model alone goes"


def demo(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end, in a folder where no .env file lies."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=clean(), capture_output=True, text=True, timeout=60, check=False
    )


async def ended(events: AsyncGenerator[tuple[str, Json]]) -> Json:
    """Wait until the page is told that the bot's process has ended; what it is told."""
    while True:
        name, data = await anext(events)
        if name == "process" and not data["running"]:
            return data


@asynccontextmanager
async def end_of(pid: int) -> AsyncGenerator[asyncio.Event]:
    """What is set when the process has ended, whoever its parent is."""
    loop, over, number = asyncio.get_running_loop(), asyncio.Event(), os.pidfd_open(pid)
    loop.add_reader(number, over.set)
    yield over
    loop.remove_reader(number)
    os.close(number)


def test_once_shows_the_channel_and_stores_the_film(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture(640, 384).data)
    ran = demo(
        *("--once", "--image", "photo.jpg", "--prompt", "the tide comes in", "--out", "film.mp4", "--seconds", "2"),
        folder=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    shown = ran.stdout
    told = [
        "/animate image: photo.jpg",
        "$0.41 · $99.59 left today",
        "In fal's queue",
        "so far",
        "@ada the tide comes in",
        "[zoetrope-",
    ]
    places = [shown.index(part) for part in told]
    assert places == sorted(places)
    film = Decoded((tmp_path / "film.mp4").read_bytes())
    assert (film.codec, film.pixels, film.faststart) == ("h264", "yuv420p", True)
    assert (len(film.frames), film.rate) == (81, Fraction(16))


def test_once_with_two_pictures_makes_a_film_from_one_to_the_other(tmp_path: Path) -> None:
    """Of two shapes, so that the bot asks how to go on, and the first of its ways is taken."""
    first, last = picture(640, 384), picture(400, 400, turned=True)
    (tmp_path / "first.jpg").write_bytes(first.data)
    (tmp_path / "last.jpg").write_bytes(last.data)
    pictures = ("--image", "first.jpg", "--last", "last.jpg")
    ran = demo("--once", *pictures, "--prompt", "x", "--out", "film.mp4", "--seconds", "0", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = ["/morph first: first.jpg last: last.jpg", "is cut to 400 × 240", "ada        presses “Crop to the shape of"]
    places = [ran.stdout.index(part) for part in told]
    assert places == sorted(places)
    film = Decoded((tmp_path / "film.mp4").read_bytes())
    assert difference(film.frames[0], Image.open(io.BytesIO(first.data))) < 12
    assert difference(film.frames[-1], Image.open(io.BytesIO(last.data))) < 12


def test_once_fails_with_the_bots_own_words(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("no picture")
    ran = demo("--once", "--image", "photo.jpg", "--prompt", "x", "--out", "film.mp4", folder=tmp_path)
    assert ran.returncode == 1
    assert "That file is not a picture" in ran.stdout
    assert not (tmp_path / "film.mp4").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"image": Path("gone.jpg")}, "gone.jpg is not there."),
        ({"last": Path("gone.jpg")}, "gone.jpg is not there."),
        ({"last": Path("photo.jpg"), "model": "wan-2.2"}, f"{ONE_MODEL} from one picture to another."),
        ({"out": Path("nowhere/film.mp4")}, "nowhere is not there, so the film could not be stored."),
    ],
)
async def test_once_says_what_cannot_be_before_anything_is_started(
    given: dict[str, Any],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").touch()
    wish = Wish(image=Path("photo.jpg"), last=None, prompt="x", model="", seconds=None, out=Path("film.mp4"))
    assert await once(replace(wish, **given), port=0, live=False) == 1
    assert capsys.readouterr() == ("", f"{says}\n")


def test_a_bot_that_cannot_start_shows_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture().data)
    ran = demo(
        *("--once", "--image", "photo.jpg", "--prompt", "x", "--out", "film.mp4", "--fal", "live"), folder=tmp_path
    )
    assert ran.returncode == 2
    assert "The bot did not start:" in ran.stderr
    assert "FAL_KEY is missing" in ran.stderr


def test_a_bot_that_cannot_start_ends_the_page_too(tmp_path: Path) -> None:
    ran = demo("--no-browser", "--fal", "live", folder=tmp_path)
    assert ran.returncode == 2
    assert "FAL_KEY is missing" in ran.stderr
    assert ran.stdout.splitlines()[0].startswith("http://127.0.0.1:")


async def test_a_bot_that_ends_is_told_of_and_finishes_its_job_once_it_is_started_again(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path, "--no-browser") as (process, sandbox),
        sandbox.events("events", person="ada") as events,
    ):
        await sandbox.post("fal/set", {"queue_seconds": 3600})
        await sandbox.command("ada", "films", "animate", {"image": picture(), "prompt": "a wave", "quality": "draft"})
        told: list[Json] = []
        while not told:  # until fal has it
            name, data = await anext(events)
            told += [data] if name == "request" else []
        killed = await sandbox.post("bot", {"do": "kill"})
        assert (killed["running"], killed["exit_code"], killed["pid"]) == (False, -signal.SIGKILL, None)
        assert await ended(events) == killed
        again = await sandbox.post("bot", {"do": "start"})
        assert again["running"]
        with pytest.raises(Refused, match="runs already"):
            await sandbox.post("bot", {"do": "start"})
        await sandbox.post("fal/set", {"queue_seconds": 0, "run_seconds": 0})
        await sandbox.until(lambda seen: any(one["attachments"] for one in seen) or None)
        assert [one["request_id"] for one in await sandbox.get("fal/requests")] == [told[0]["request_id"]]
        assert (await sandbox.get("bot/log"))["lines"]

        os.kill((await sandbox.get("bot"))["pid"], signal.SIGINT)
        assert (await ended(events))["exit_code"] == 130
        assert process.returncode is None
        assert not (await sandbox.get("bot"))["running"]
        with pytest.raises(Refused, match="not running"):
            await sandbox.post("bot", {"do": "stop"})
        with pytest.raises(Refused, match="The body is"):
            await sandbox.post("bot", {"do": "dance"})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells when somebody's child ends")
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
async def test_no_bot_outlives_the_demo(tmp_path: Path, sign: signal.Signals, code: int) -> None:
    async with (
        running(tmp_path, "--no-browser") as (process, sandbox),
        end_of((await sandbox.get("bot"))["pid"]) as over,
    ):
        process.send_signal(sign)
        assert await process.wait() == code
        assert over.is_set() or sign == signal.SIGKILL  # then the system tells it
        async with asyncio.timeout(20):
            await over.wait()


async def test_the_page_is_opened_in_the_browser_once_the_bot_is_there(tmp_path: Path) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    os.mkfifo(opened)
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o700)
    async with running(tmp_path, BROWSER=f"{browser} %s") as (_, sandbox):
        assert (await asyncio.to_thread(opened.read_text)).strip() == sandbox.url


@pytest.mark.parametrize(
    ("platform", "environment", "screen"),
    [
        ("linux", {}, False),
        ("linux", {"TERM": "xterm", "DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"BROWSER": "firefox"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_browser_is_opened_only_where_there_is_a_screen(
    platform: str, environment: dict[str, str], *, screen: bool
) -> None:
    assert has_screen(platform, environment) is screen


async def test_a_browser_that_draws_in_the_terminal_is_not_opened(tmp_path: Path) -> None:
    browser, opened = tmp_path / "lynx", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o700)
    code = "import sys, sandbox.browser as b; b._open('http://127.0.0.1:9')"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env={"PATH": os.environ["PATH"], "BROWSER": f"{browser} %s"}
    )
    assert await process.wait() == 0
    assert not opened.exists()
