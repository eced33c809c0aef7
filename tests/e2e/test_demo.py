"""`zoetrope demo`: a stranger's first minute."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from tests.e2e.stage import Decoded, picture


def demo(*arguments: str, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "demo", "--port", "0", *arguments]
    clean = {name: os.environ[name] for name in ("PATH", "DISCORD_OPENAPI") if name in os.environ}
    return subprocess.run(
        command, cwd=folder, env=clean, input=typed, capture_output=True, text=True, timeout=60, check=False
    )


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


def test_once_fails_with_the_bots_own_words(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("no picture")
    ran = demo("--once", "--image", "photo.jpg", "--prompt", "x", "--out", "film.mp4", folder=tmp_path)
    assert ran.returncode == 1
    assert "That file is not a picture" in ran.stdout
    assert not (tmp_path / "film.mp4").exists()


def test_once_without_a_picture_says_so_at_once(tmp_path: Path) -> None:
    ran = demo("--once", "--image", "photo.jpg", "--prompt", "x", "--out", "film.mp4", folder=tmp_path)
    assert ran.returncode == 1
    assert "photo.jpg is not there" in ran.stderr


def test_a_person_types_commands_and_reads_the_channel(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture().data)
    typed = '/animate image:photo.jpg prompt:"a slow wave" model:wan-9\nsay hello\nas bob\n/nothing\nquit\n'
    ran = demo(folder=tmp_path, typed=typed)
    assert ran.returncode == 0, ran.stderr
    assert "ada        hello" in ran.stdout
    assert "bob in #films>" in ran.stdout
    assert ran.stdout.count("That did not work") == 2


def test_once_with_a_place_that_is_not_there_says_so_before_a_film_is_made(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture().data)
    ran = demo("--once", "--image", "photo.jpg", "--prompt", "x", "--out", "nowhere/film.mp4", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (1, "nowhere is not there, so the film could not be stored.\n")


def test_a_bot_that_cannot_start_shows_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture().data)
    ran = demo(
        *("--once", "--image", "photo.jpg", "--prompt", "x", "--out", "film.mp4", "--fal", "live"), folder=tmp_path
    )
    assert ran.returncode == 2
    assert "The bot did not start:" in ran.stderr
    assert "FAL_KEY is missing" in ran.stderr
