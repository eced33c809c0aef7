"""The database keeps its promises: one winner for each move, money that adds up, a schema that its migrations make."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from bot.adapters.store import Store, open_store
from bot.domain.budget import Budget, Span, Terms, Unit, Whose, window
from bot.domain.catalogue import CATALOGUE
from bot.domain.errors import OverBudget, Stale
from bot.domain.job import ENDED, MOVES, Job, State
from bot.domain.money import Entry
from bot.domain.pace import Pace
from bot.domain.rules import Judge
from bot.runner import Runner
from bot.world import World
from tests.unit.conftest import Ask
from tests.unit.test_words import job
from tests.unit.under import under

NOW = 1_790_000_000.0
JOB = replace(job(), created_at=NOW, remains="")


def daily(limit: int, now: float = NOW) -> Judge:
    """A member may spend so many micro-dollars in a day."""
    day = window(Span.DAY, now, "UTC")
    budget = Budget(whose=Whose.MEMBER, span=Span.DAY, unit=Unit.MONEY, limit=limit, window=day)
    return under(Terms(budgets=(budget,)))


TERMS = daily(1_000_000)


def numbered(number: int, created_at: float = NOW) -> Job:
    """Another request of the same member."""
    return replace(JOB, id=f"job{number}", origin=f"interaction:{number}", created_at=created_at)


async def lines(ask: Ask) -> list[tuple[str, int]]:
    """The ledger."""
    return [(kind, amount) for kind, amount in await ask("SELECT kind, amount FROM ledger ORDER BY id")]


async def test_a_job_comes_back_as_it_was_stored(store: Store) -> None:
    accepted = await store.accept(JOB, TERMS)
    assert accepted == replace(JOB, remains="$0.60 left today")
    assert await store.read(JOB) == accepted


async def test_the_same_request_twice_is_one_job_and_one_charge(store: Store, ask: Ask) -> None:
    await store.accept(JOB, TERMS)
    again = await store.accept(replace(JOB, id="another"), TERMS)
    assert again.id == JOB.id
    assert await lines(ask) == [("reserve", JOB.price)]


async def test_a_budget_holds_in_a_race(store: Store, ask: Ask) -> None:
    asked = [numbered(number) for number in range(40)]
    told = await asyncio.gather(*(store.accept(one, TERMS) for one in asked), return_exceptions=True)
    assert [type(one) for one in told if isinstance(one, BaseException)] == [OverBudget] * 38
    assert await lines(ask) == [("reserve", JOB.price)] * 2


async def test_a_budget_holds_between_two_processes(store: Store, database_url: str) -> None:
    async with open_store(database_url) as other:
        asked = [(store, other)[number % 2].accept(numbered(number), TERMS) for number in range(20)]
        told = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in told if isinstance(one, BaseException)] == [OverBudget] * 18


async def test_the_database_survives_a_power_cut(store: Store, file: Path) -> None:
    async with aiosqlite.connect(file) as database:
        assert list(await database.execute_fetchall("PRAGMA journal_mode")) == [("wal",)]


async def test_a_refused_job_leaves_no_trace(store: Store, ask: Ask) -> None:
    with pytest.raises(OverBudget):
        await store.accept(JOB, daily(0))
    assert await ask("SELECT id FROM jobs") == []


async def test_a_refund_gives_the_money_back_to_the_day_that_paid(store: Store) -> None:
    once, later = daily(JOB.price), NOW + 2 * 86_400
    accepted = await store.accept(JOB, once)
    await store.move(accepted, State.FAILED, at=later, settle=Entry.REFUND, reason="x")
    await store.accept(numbered(2), once)
    then = daily(JOB.price, later)
    await store.accept(numbered(3, created_at=later), then)
    with pytest.raises(OverBudget):
        await store.accept(numbered(4, created_at=later), then)


async def test_yesterdays_films_do_not_count_today(store: Store) -> None:
    once = daily(JOB.price)
    await store.accept(numbered(1, created_at=NOW - 86_400), daily(JOB.price, NOW - 86_400))
    await store.accept(numbered(2), once)


async def test_of_two_moves_from_one_state_only_one_wins(store: Store) -> None:
    accepted = await store.accept(JOB, TERMS)
    ends = [store.move(accepted, State.UPLOADED, at=NOW), store.move(accepted, State.CANCELLED, at=NOW)]
    told = await asyncio.gather(*ends, return_exceptions=True)
    assert [type(one) for one in told].count(Stale) == 1


async def test_whoever_lost_a_job_can_write_it_no_more(store: Store) -> None:
    before = await store.accept(JOB, TERMS)
    [after] = await store.claim()
    for write in (store.note(before, card_id=1), store.move(before, State.UPLOADED, at=NOW), store.read(before)):
        with pytest.raises(Stale):
            await write
    assert (await store.move(after, State.UPLOADED, at=NOW)).state is State.UPLOADED


async def test_a_closed_job_is_not_taken_up_again(store: Store) -> None:
    accepted = await store.accept(JOB, TERMS)
    ended = await store.move(accepted, State.FAILED, at=NOW, settle=Entry.REFUND)
    assert [one.id for one in await store.claim()] == [JOB.id]
    await store.note(await store.read(replace(ended, epoch=1)), closed_at=NOW)
    assert await store.claim() == []


async def test_a_move_that_no_table_allows_is_a_mistake_of_ours(store: Store) -> None:
    accepted = await store.accept(JOB, TERMS)
    with pytest.raises(ValueError, match="may not go from accepted to delivered"):
        await store.move(accepted, State.DELIVERED, at=NOW)


async def test_what_no_job_has_is_a_mistake_of_ours(store: Store) -> None:
    accepted = await store.accept(JOB, TERMS)
    with pytest.raises(ValueError, match="a job has no crad_id"):
        await store.note(accepted, card_id=1, crad_id=2)
    assert await store.read(accepted) == accepted


async def test_an_end_and_its_ledger_line_are_one_step(store: Store, ask: Ask) -> None:
    accepted = await store.accept(JOB, TERMS)
    await store.move(accepted, State.CANCELLED, at=NOW, settle=Entry.REFUND)
    with pytest.raises(Stale):
        await store.move(accepted, State.FAILED, at=NOW, settle=Entry.REFUND)
    assert await lines(ask) == [("reserve", JOB.price), ("refund", -JOB.price)]


async def test_a_cancelled_task_leaves_no_broken_connection(store: Store) -> None:
    writing = asyncio.create_task(store.accept(JOB, TERMS))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert (await store.read(JOB)).id == JOB.id


async def test_a_database_can_be_opened_again(store: Store, database_url: str) -> None:
    await store.accept(JOB, TERMS)
    async with open_store(database_url) as again:
        assert (await again.read(JOB)).id == JOB.id


# ---- states ----


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_moves_and_a_step(state: State, runner: Runner) -> None:
    assert state in MOVES
    assert state in runner.steps


@pytest.mark.parametrize("state", State)
def test_every_state_leads_to_an_end(state: State) -> None:
    reached, new = {state}, {state}
    while new:
        new = {after for before in new for after in MOVES[before]} - reached
        reached |= new
    assert reached & ENDED


@pytest.fixture
def runner() -> Runner:
    """A runner that is asked nothing but its table of steps."""
    none: Any = None
    world = World(
        jobs=none, models=none, downloads=none, media=none, channel=none, hook=none, folder=Path(), clock=lambda: NOW
    )
    return Runner(world, CATALOGUE, Pace())
