"""What fal tells of a job's end is stored once, and no step that is under way meanwhile undoes it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.store import Store
from bot.domain.budget import Terms
from bot.domain.errors import Stale
from bot.domain.job import ENDED, Job, State
from bot.domain.money import Entry
from tests.unit.test_words import job
from tests.unit.under import under

NOW = 1_790_000_000.0
JOB = replace(job(), created_at=NOW)
FILM = {"video": {"url": "https://v3.fal.media/files/film.mp4"}}
S = State


async def brought_to(store: Store, *way: State, **columns: Any) -> Job:
    """A job that has gone this way."""
    now = await store.accept(JOB, under(Terms()))
    for state in way:
        settle = Entry.REFUND if state in ENDED else None
        now = await store.move(now, state, at=NOW, settle=settle, **(columns if state is way[-1] else {}))
    return now


async def hear(store: Store, request_id: str = "r", payload: Mapping[str, Any] | None = FILM) -> Job | None:
    return await store.hear(JOB.id, request_id, payload, at=NOW + 1)


@pytest.mark.parametrize("to", [S.LOST, S.FAILED, S.UPLOADED, S.WAITING])
async def test_whatever_the_submit_seems_to_have_come_to_its_webhook_knows_better(store: Store, to: State) -> None:
    """It comes before the submit is over, in the moment in which that is given up or recorded."""
    before = await brought_to(store, S.UPLOADED, S.SUBMITTING)
    heard = await hear(store)
    assert heard
    with pytest.raises(Stale):
        await store.move(before, to, at=NOW, settle=Entry.REFUND if to in ENDED else None)
    assert await store.read(JOB) == heard
    assert (heard.state, heard.request_id, heard.ready_at, heard.heard) == (S.WAITING, "r", NOW + 1, FILM)


async def test_what_seemed_not_to_have_left_is_not_sent_again(store: Store) -> None:
    before = await brought_to(store, S.UPLOADED, S.SUBMITTING, S.UPLOADED)
    assert await hear(store)
    with pytest.raises(Stale):
        await store.move(before, S.SUBMITTING, at=NOW)


async def test_what_was_lost_comes_back_once_and_stays_refunded(store: Store) -> None:
    lost = await brought_to(store, S.UPLOADED, S.SUBMITTING, S.LOST, reason="x")
    await store.note(lost, closed_at=NOW)
    back = await hear(store)
    assert back
    assert (back.state, back.closed_at, back.ended_at, back.reason, back.booked) == (
        S.WAITING, None, None, None, Entry.REFUND
    )  # fmt: skip
    assert await hear(store) is None
    assert await store.read(JOB) == back


@pytest.mark.parametrize("state", [S.FAILED, S.CANCELLED, S.FETCHED])
async def test_what_has_gone_on_hears_nothing(store: Store, state: State) -> None:
    now = await brought_to(store, S.UPLOADED, S.SUBMITTING, S.WAITING, state, request_id="r")
    assert await hear(store) is None
    assert await store.read(JOB) == now


async def test_another_request_is_not_the_jobs(store: Store) -> None:
    now = await brought_to(store, S.UPLOADED, S.SUBMITTING, S.WAITING, request_id="r")
    assert await hear(store, "another") is None
    assert await store.read(JOB) == now


async def test_what_was_not_sent_hears_nothing(store: Store) -> None:
    await brought_to(store)
    assert await hear(store) is None
