"""How long a film usually takes is told by the last ones like it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.store import Store
from bot.domain.budget import Terms
from bot.domain.card import waiting
from bot.domain.job import Job
from bot.domain.progress import ENOUGH, Running, Typical, typical
from tests.unit.test_words import job
from tests.unit.under import under

NOW = 1_790_000_000.0
TERMS = under(Terms())
JOB = replace(job(), created_at=NOW)


async def films(store: Store, seconds: Sequence[float | None], **columns: Any) -> None:
    """Films that took so long, the oldest first, made like JOB but for `columns`."""
    for at, took in enumerate(seconds):
        name = f"{len(columns)}{sorted(columns)}{at}"
        made: Job = replace(JOB, id=name, origin=name, created_at=NOW + at, **columns)
        await store.note(await store.accept(made, TERMS), rendered_seconds=took)


async def test_the_newest_films_of_the_same_model_size_and_length_count(store: Store) -> None:
    await films(store, [None, *map(float, range(1, 31))])
    for other in (
        {"endpoint": "another"},
        {"length": JOB.length + 1},
        {"arguments": {**JOB.arguments, "resolution": "another"}},
        {"arguments": {name: value for name, value in JOB.arguments.items() if name != "resolution"}, "door": "x"},
    ):
        await films(store, [1000.0], **other)
    assert await store.past(JOB) == [float(took) for took in range(30, 5, -1)]


async def test_a_model_without_a_choice_of_sizes_has_a_past_too(store: Store) -> None:
    plain = {"arguments": {"prompt": "x"}}
    await films(store, [3.0, 4.0], **plain)
    assert await store.past(replace(JOB, **plain)) == [4.0, 3.0]
    assert await store.past(JOB) == []


async def test_the_past_is_found_by_an_index(store: Store, file: Path) -> None:
    query = "SELECT rendered_seconds FROM jobs WHERE endpoint = 'x' AND length = 1 AND rendered_seconds IS NOT NULL"
    async with aiosqlite.connect(file) as database:
        [plan] = await database.execute_fetchall(f"EXPLAIN QUERY PLAN {query}")
    assert "jobs_rendered" in str(tuple(plan))


@given(st.lists(st.floats(0.1, 1e4), max_size=60), st.floats(1, 1000))
def test_too_few_films_are_no_past_and_one_that_took_for_ever_changes_nothing(past: list[float], guess: float) -> None:
    known = typical(past, guess)
    if len(past) < ENOUGH:
        assert known == Typical(guess, 0)
    else:
        assert min(past) <= known.seconds <= max(past)
        assert known.films == len(past)
        assert sorted(past)[(len(past) - 1) // 2] <= known.seconds <= sorted(past)[len(past) // 2]


def test_the_card_says_how_it_is_known() -> None:
    told = [
        waiting(seen, elapsed=20, usual=usual)
        for seen, usual in ((Running(), Typical(60)), (Running(), Typical(60, 7)), (Running(0.25), Typical(60, 7)))
    ]
    assert [line.rpartition(", ")[2] for line in told] == ["at a guess", "by my last 7 like it", "by the model's steps"]
    assert "usually 40 s more" in told[1]
    assert "about 1 min left" in told[2]
    assert "longer than usual" in waiting(Running(), elapsed=61, usual=Typical(60, 7))
