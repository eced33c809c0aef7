"""A bot that stands still until another has taken up its jobs spoils nothing when it goes on."""

import os
from pathlib import Path

import pytest

from tests.crash.count import FILM, LOST, Outcome, outcome
from tests.crash.life import Fate, Life, Lives
from tests.e2e.stage import Stage

LONG = 600  # seconds, after which nobody waits for a sign of life


def long_ago(file: Path) -> None:
    """Let it seem that nobody has touched this file for long."""
    then = file.stat().st_mtime - LONG
    os.utime(file, (then, then))


async def frozen(stage: Stage, lives: Lives, point: str) -> Life:
    """A bot that stands still at `point` of a film, whose successor has done with the job."""
    life = lives.begin(Fate(point=point, frozen=True))
    await stage.sandbox.online()
    await stage.animate()
    await life.frozen()
    long_ago(stage.data / "zoetrope.db.lock")
    lives.begin()
    await stage.closed()
    return life


@pytest.mark.parametrize(
    ("point", "becomes"),
    [
        ("before move to submitting", FILM),
        ("before submit", LOST),  # nobody can tell this from a death; its webhook would bring it back
        ("after submit", FILM),
        ("before move to waiting", FILM),
        ("before move to fetched", FILM),
        ("before move to posting", FILM),
        ("before post", FILM),
        ("after post", FILM),
        ("before move to delivered", FILM),
        ("before withdraw", FILM),
    ],
)
async def test_a_bot_that_was_taken_for_dead_changes_nothing_when_it_goes_on(
    stage: Stage, lives: Lives, point: str, becomes: Outcome
) -> None:
    life = await frozen(stage, lives, point)
    life.thaw()
    assert await life.ended() == 1, "it sees that it was succeeded, and ends"
    assert await outcome(stage) == becomes


async def test_a_frozen_bots_post_shows_once_however_late_it_comes(stage: Stage, lives: Lives) -> None:
    """Frozen between fence and post, it may post once more, if it does not see before that it was succeeded."""
    life = await frozen(stage, lives, "before post")
    life.thaw()
    await life.ended()
    record = await stage.sandbox.get("discord/record")
    films = [entry for entry in record if entry.get("files") and entry["route"] == "/channels/{channel_id}/messages"]
    assert len({entry["answer"]["id"] for entry in films if "answer" in entry}) == 1
    assert len(films) <= 2
