"""Who has no film in the end is not handed it by another door: neither its file nor its address is kept."""

from pathlib import Path
from typing import Any

import pytest

from bot.adapters.store import Store
from bot.delivery import Delivery
from bot.domain.budget import Terms
from bot.domain.card import Card, Shown
from bot.domain.job import Job, State
from bot.domain.money import Entry
from bot.domain.pace import Pace
from bot.world import World
from tests.unit.test_words import job
from tests.unit.under import under

NONE: Any = None


class Channel:
    """Takes every card."""

    async def show(self, job: Job, card: Card) -> Shown:
        return Shown(card_id=7, by_token=False)

    async def withdraw(self, job: Job) -> None:
        """Nothing stands there."""


@pytest.mark.parametrize(
    ("state", "booked", "kept"),
    [
        (State.FAILED, Entry.REFUND, False),  # could be posted nowhere
        (State.CANCELLED, Entry.SETTLE, False),  # called off when it was fetched
        (State.DELIVERED, Entry.SETTLE, True),
    ],
)
async def test_the_film_is_kept_of_those_alone_who_have_it(
    store: Store, tmp_path: Path, state: State, booked: Entry, *, kept: bool
) -> None:
    made = await store.accept(job(), under(Terms()))
    way = State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED
    for step in way if state is State.CANCELLED else (*way, State.POSTING):
        made = await store.move(made, step, at=1000.0)
    heard = {"video": {"url": "https://x"}}
    made = await store.move(made, state, at=1000.0, settle=booked, film_url="https://x", heard=heard)
    parts: dict[str, Any] = dict.fromkeys(("models", "downloads", "media", "hook"))
    channel: Any = Channel()
    world = World(jobs=store, channel=channel, folder=tmp_path, clock=lambda: 2000.0, **parts)
    film, picture = world.path("films", f"{made.id}.mp4"), world.path("pictures", f"{made.id}-image_url.jpg")
    film.touch()
    picture.touch()
    closed = await Delivery(world, NONE, Pace()).close(made)
    assert (film.exists(), bool(closed.film_url), bool(closed.heard)) == (kept, kept, kept)
    assert picture.exists(), "it is needed where he tries again"
    assert closed.closed_at == 2000.0
