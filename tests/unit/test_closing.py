"""Who has no film in the end is not handed it by another door: neither its file nor its address is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.store import Store
from bot.delivery import Delivery
from bot.domain.budget import Terms
from bot.domain.card import Card, Posted, Shown
from bot.domain.catalogue import BESIDE
from bot.domain.job import Done, Job, State
from bot.domain.money import Entry
from bot.domain.pace import Pace
from bot.world import World
from tests.unit.test_words import job
from tests.unit.under import under

NONE: Any = None


class Channel:
    """Takes every card, and remembers what was told besides."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def post(self, job: Job, text: str, film: Path | None) -> Posted:
        self.told.append(("ping", text))
        return Posted(8)

    async def tell(self, job: Job, text: str) -> None:
        self.told.append(("dm", text))

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


async def compared(store: Store, folder: Path, done: Done, state: State) -> tuple[list[tuple[str, str]], list[Job]]:
    """A comparison ends without the film of both, of which one is there: what its owner is told, and its films."""
    silent = [replace(job(), id=f"job{one}", origin=f"x:{one}", done=Done.SILENT) for one in range(2)]
    asks = replace(job(), origin="x", endpoint=BESIDE, done=done, state=State.ASKING)
    asks = await store.accept(asks, under(Terms()))
    made, first, _ = await store.gather(asks, silent, under(Terms()), at=1000.0)
    await store.move(first, State.FAILED, at=1000.0, settle=Entry.REFUND)
    made = await store.move(made, state, at=1000.0, reason="Fewer than two.")
    parts: dict[str, Any] = dict.fromkeys(("models", "downloads", "media", "hook"))
    channel: Any = Channel()
    world = World(jobs=store, channel=channel, folder=folder, clock=lambda: 2000.0, **parts)
    assert (await Delivery(world, NONE, Pace()).close(made)).closed_at == 2000.0
    return channel.told, [film for one in silent if (film := await store.find(one.id))]


@pytest.mark.parametrize("done", Done)
async def test_who_compares_hears_as_he_prefers_that_there_is_no_film_of_all(
    store: Store, tmp_path: Path, done: Done
) -> None:
    """His films are silent, so that the one of all is what tells him; where that one fails the others have ended."""
    told, _ = await compared(store, tmp_path, done, State.FAILED)
    assert [how for how, _ in told] == ([] if done is Done.SILENT else [done.value])
    assert all("Fewer than two." in text and ("<@1>" in text) == (how == "ping") for how, text in told)


async def test_films_that_go_on_after_a_comparison_was_called_off_tell_of_themselves(
    store: Store, tmp_path: Path
) -> None:
    told, films = await compared(store, tmp_path, Done.DM, State.CANCELLED)
    assert (told, [film.done for film in films]) == ([], [Done.SILENT, Done.DM])
