"""A story is the chain of films up to one of them, whatever branches there are; it goes on where its owner goes on."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.store import Store, open_store
from bot.domain.budget import Terms
from bot.domain.catalogue import STITCH
from bot.domain.job import Job, State, made_of
from bot.domain.money import Entry
from bot.domain.retention import DAY, Keep
from bot.domain.story import MOST, MOST_READ, Made, lines, tip
from tests.unit.test_words import job
from tests.unit.under import under

ADA, BOB, GUILD = 1, 2, 2
FREE = under(Terms())
# the film that each goes on from, by numbers; none of them, or one that is there already: that is any forest
forests = st.lists(st.floats(0, 1), max_size=30).map(
    lambda shares: [None if share < 0.1 else int(share * number) - 1 for number, share in enumerate(shares)]
)


def film(number: int, after: int | None = None, *, user: int = ADA, at: float | None = None) -> Job:
    return replace(
        job(f"scene {number}"),
        id=f"job{number}",
        origin=f"{user}:{number}",
        user_id=user,
        after_id=None if after is None or after < 0 else f"job{after}",
        created_at=1000.0 + number if at is None else at,
    )


async def there(store: Store, one: Job) -> Job:
    made = await store.accept(one, FREE)
    for state in (State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED, State.POSTING):
        made = await store.move(made, state, at=one.created_at)
    made = await store.move(made, State.DELIVERED, at=one.created_at, settle=Entry.SETTLE, message_id=9)
    return await store.note(made, closed_at=one.created_at)


def chain(afters: Sequence[int | None], last: int) -> list[str]:
    """The way up, step by step."""
    way, number = list[str](), last
    while number is not None and number >= 0 and f"job{number}" not in way:
        way.append(f"job{number}")
        number = afters[number]
    return way[::-1]


@given(forests.filter(bool), st.integers(1, 8))
@settings(max_examples=12)
def test_the_way_to_a_film_is_the_same_whatever_branches_there_are(afters: list[int | None], most: int) -> None:
    async def ask(folder: str) -> None:
        async with open_store(f"sqlite+aiosqlite:///{folder}/zoetrope.db") as store:
            for number, after in enumerate(afters):
                await store.accept(film(number, after), FREE)
            for last in {0, len(afters) // 2, len(afters) - 1}:
                found = await store.stories.chain(f"job{last}", most)
                assert [one.id for one in found] == chain(afters, last)[-most:]

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(ask(folder))


async def test_a_loop_hangs_nobody_and_what_is_not_there_has_no_scenes(store: Store) -> None:
    for number, after in ((1, 2), (2, 1), (3, 3)):
        await store.accept(film(number, after), FREE)
    assert [one.id for one in await store.stories.chain("job1", 20)] == ["job2", "job1"]
    assert [one.id for one in await store.stories.chain("job3", 20)] == ["job3"]
    assert await store.stories.chain("job4", 20) == []


@given(forests, st.sets(st.integers(0, 30)), st.integers(0, 30))
def test_a_story_goes_on_at_the_newest_film_that_is_there_and_was_made_from_where_it_began(
    afters: list[int | None], gone: set[int], start: int
) -> None:
    made = [
        Made(f"job{number}", None if after is None else f"job{after}", number not in gone)
        for number, after in enumerate(afters)
        if number > start
    ]
    below = [
        number
        for number in range(start + 1, len(afters))
        if number not in gone and f"job{start}" in chain(afters, number)[:-1]
    ]
    assert tip(f"job{start}", made) == f"job{max(below, default=start)}"


async def test_a_story_is_somebodys_in_a_server_and_counts_what_he_asked_for_since(store: Store) -> None:
    stories = store.stories
    assert await stories.tip(ADA, GUILD) is None
    await there(store, film(1))
    early = await there(store, film(2, 1))
    await stories.begin(ADA, GUILD, "job1", 1002.5)
    assert await stories.tip(ADA, GUILD) == "job1", "what is older does not count"
    await there(store, film(3, 1, user=BOB))
    await store.accept(film(4, 1), FREE)
    assert await stories.tip(ADA, GUILD) == "job1", "nor what another made, or what is not there"
    await there(store, film(5, 1))
    last = await there(store, film(6, 5))
    assert await stories.tip(ADA, GUILD) == "job6"
    await store.note(last, removed_at=2000.0)
    assert await stories.tip(ADA, GUILD) == "job5"
    assert await stories.tip(ADA, 22) is None
    await stories.begin(ADA, GUILD, early.id, 3000.0)
    assert await stories.tip(ADA, GUILD) == early.id
    await stories.begin(ADA, GUILD, None, 3000.0)
    assert await stories.tip(ADA, GUILD) is None


async def test_what_is_asked_for_twice_is_one_job_until_it_has_ended(store: Store) -> None:
    stitch = replace(film(1), endpoint=STITCH, media=made_of(["job7"]), price=0, origin="stitch:job7:0.5:1:0")
    accepted = await store.accept(stitch, FREE)
    assert await store.stories.ended(ADA, "stitch:job7:0.5:1:") == 0
    await store.move(accepted, State.FAILED, at=1.0, settle=Entry.REFUND)
    assert await store.stories.ended(ADA, "stitch:job7:0.5:1:") == 1
    assert [await store.stories.ended(ADA, other) for other in ("stitch:job7:0.5:11:", "stitch:job7:0.5:1:1")] == [0, 0]
    assert await store.stories.ended(BOB, "stitch:job7:0.5:1:") == 0


async def test_a_story_goes_with_who_is_forgotten_and_with_whose_film_it_is(store: Store) -> None:
    await there(store, film(1))
    await there(store, film(2, user=BOB))
    for user, name in ((ADA, "job1"), (BOB, "job1")):
        await store.stories.begin(user, GUILD, name, 1.0)
    await store.stories.begin(BOB, 22, "job2", 1.0)
    assert (await store.traces.kept(ADA)).preferences
    assert await store.traces.preferences(BOB) == {"stories": {"2": "job1", "22": "job2"}}
    await store.traces.forget(ADA, 5000.0)
    assert not (await store.traces.kept(ADA)).preferences
    assert await store.traces.preferences(BOB) == {"stories": {"22": "job2"}}
    await store.retention.disown(5000.0 + (Keep().owners or 0) * DAY)
    assert await store.traces.preferences(BOB) == {}


async def test_a_story_goes_with_its_server(store: Store) -> None:
    await there(store, film(1))
    await store.stories.begin(ADA, GUILD, "job1", 1.0)
    await store.retention.left(GUILD, 10.0)
    await store.retention.abandon(20.0, 20.0)
    assert await store.stories.tip(ADA, GUILD) is None


@pytest.mark.parametrize("prompt", ["*" * 6000, "x" * 6000])
def test_the_lines_of_all_scenes_fit_an_embed(prompt: str) -> None:
    scenes = [replace(job(prompt), message_id=2**63, channel_id=2**63, guild_id=2**63) for _ in range(MOST)]
    assert len(lines(scenes)) <= MOST_READ
    assert lines(scenes).count("\n") == MOST - 1
