"""Films that are compared are accepted all or none, and what the bot makes of films is made of those that are there."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.store import Store
from bot.comparison import Comparison, Comparisons
from bot.delivery import Delivery
from bot.domain.action import TABLE
from bot.domain.budget import Terms, Unit, Whose
from bot.domain.card import Card, Shown, asking, called_off, caption, card, ended
from bot.domain.catalogue import BESIDE, CATALOGUE, STITCH
from bot.domain.doors import SAFETY
from bot.domain.endpoint import Value
from bot.domain.errors import Broken, Final, OverBudget, Stale
from bot.domain.history import Sheet
from bot.domain.job import Job, State, made_of
from bot.domain.media import Measured, Size
from bot.domain.money import Entry
from bot.domain.order import Attached
from bot.domain.pace import Pace
from bot.domain.preferences import Preferences
from bot.joining import TOO_FEW, Joining
from bot.studio import Chance, Offer, Studio
from bot.world import World
from tests.unit.conftest import Ask
from tests.unit.test_ledger import NOW, PRICE, asked, at_most, lines
from tests.unit.test_studio import Hands, People, asker
from tests.unit.under import under

FREE = under(Terms())
ASKS = replace(
    asked(9),
    endpoint=BESIDE,
    door="compare",
    title="Wan 2.1, Wan 2.2",
    media={"image": "x"},
    arguments={"prompt": "x"},
    price=3 * PRICE,
    state=State.ASKING,
)
FILMS = [asked(number) for number in (1, 2, 3)]
ENDS = {
    State.DELIVERED: (
        *(State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED),
        *(State.POSTING, State.DELIVERED),
    ),
    State.FAILED: (State.FAILED,),
}


async def gathered(store: Store, films: Sequence[Job] = FILMS) -> Job:
    asks = await store.accept(ASKS, FREE)
    return (await store.gather(asks, films, FREE, at=NOW))[0]


async def end(store: Store, number: int, state: State) -> Job:
    job = await store.find(f"job{number}")
    assert job
    for step in ENDS[state]:
        job = await store.move(job, step, at=NOW, message_id=number if state is State.DELIVERED else None)
    return job


async def test_films_that_do_not_all_fit_are_not_accepted_at_all(store: Store, ask: Ask) -> None:
    """The question reserves what they cost, so it is that which they need; all are one transaction."""
    asks = await store.accept(ASKS, at_most(3 * PRICE))
    with pytest.raises(OverBudget):
        await store.gather(asks, FILMS, at_most(3 * PRICE - 1), at=NOW)
    assert (await store.find(asks.id), await ask("SELECT id FROM jobs")) == (asks, [("job9",)])
    assert await lines(ask) == [("reserve", 3 * PRICE, 0)]
    job, *films = await store.gather(asks, FILMS, at_most(3 * PRICE), at=NOW)
    assert (job.state, job.parts) == (State.GATHERING, ("job1", "job2", "job3"))
    assert [film.state for film in films] == [State.ACCEPTED] * 3
    assert await lines(ask) == [("reserve", 3 * PRICE, 0), ("refund", -3 * PRICE, 0), *[("reserve", PRICE, 0)] * 3]
    with pytest.raises(Stale):
        await store.gather(asks, FILMS, FREE, at=NOW)
    assert len(await ask("SELECT id FROM jobs")) == 4


async def test_what_costs_nothing_fits_into_every_budget_but_is_one_at_once(store: Store) -> None:
    free = [replace(asked(number), endpoint=STITCH, price=0) for number in (5, 6)]
    await store.accept(free[0], at_most(0, Whose.SERVER, Unit.FILMS))
    with pytest.raises(OverBudget, match="1 film under way, and 1 film at once"):
        await store.accept(free[1], under(Terms(at_once=1)))


async def test_what_waits_for_films_is_none_that_is_under_way(store: Store) -> None:
    asks = await store.accept(ASKS, FREE)
    await store.gather(asks, FILMS, under(Terms(at_once=3)), at=NOW)


class Outside:
    """A channel that shows everything, and media that are made at once, or are broken."""

    def __init__(self, error: Exception | None = None) -> None:
        self.made: list[tuple[Any, ...]] = []
        self.shown: list[str] = []
        self.told, self._error = asyncio.Event(), error

    async def show(self, job: Job, card: Card) -> Shown:
        self.shown.append(card.status)
        self.told.set()
        return Shown(1, by_token=True)

    async def stitch(self, scenes: Sequence[Path], made: Path, *, fade: float) -> None:
        self._make(made, [path.name for path in scenes], fade)

    async def beside(self, compared: Sequence[Path], labels: Sequence[str], made: Path) -> None:
        self._make(made, [path.name for path in compared], labels)

    def _make(self, made: Path, *what: Any) -> None:
        if self._error:
            raise self._error
        self.made.append(what)
        made.write_bytes(b"film")

    async def check(self, film: Path, *, seconds: float) -> Measured:
        return Measured(size=Size(10, 20), seconds=3.0, plays=True)


def joining(store: Store, folder: Path, outside: Outside, take: Callable[[Job], None] = lambda _: None) -> Joining:
    parts: dict[str, Any] = dict.fromkeys(("models", "downloads", "hook"))
    media: Any = outside
    world = World(jobs=store, channel=media, media=media, folder=folder, clock=lambda: NOW, **parts)
    return Joining(world, Delivery(world, parts["hook"], Pace()), take)


@pytest.mark.parametrize(
    ("ends", "of"),
    [
        ((State.DELIVERED, State.DELIVERED, State.DELIVERED), ("job1", "job2", "job3")),
        ((State.DELIVERED, State.FAILED, State.DELIVERED), ("job1", "job3")),
        ((State.FAILED, State.FAILED, State.DELIVERED), None),
    ],
)
async def test_films_are_put_side_by_side_when_all_have_ended(
    store: Store, tmp_path: Path, ends: tuple[State, ...], of: tuple[str, ...] | None, ask: Ask
) -> None:
    outside, taken = Outside(), list[str]()
    job = await gathered(store, [replace(film, arguments={**film.arguments, SAFETY: True}) for film in FILMS])
    waits = joining(store, tmp_path, outside, lambda job: taken.append(job.id))
    step = asyncio.create_task(waits.gather(job))
    await outside.told.wait()
    assert outside.shown == ["Its films are being made: 0 of 3 have ended."]
    for number, state in enumerate(ends, 1):
        assert not step.done()
        waits.ended(await end(store, number, state))
        assert taken == [job.id] * number, "the end of each wakes who waits for it"
    waits.ended(FILMS[0])
    assert len(taken) == 3, "once"
    step.cancel()
    job = await waits.gather(await store.read(job))
    if of is None:
        assert (job.state, job.reason) == (State.FAILED, TOO_FEW)
        assert await ask("SELECT kind FROM ledger WHERE job_id = 'job9' ORDER BY id") == [("reserve",), ("refund",)]
    else:
        assert (job.state, job.parts) == (State.ACCEPTED, of)
        assert SAFETY not in job.arguments


async def test_what_a_moderator_hid_meanwhile_is_not_put_beside_others(store: Store, tmp_path: Path) -> None:
    job = await gathered(store)
    ended = [await end(store, number, State.DELIVERED) for number in (1, 2, 3)]
    await store.note(ended[1], message_id=None)
    assert (await joining(store, tmp_path, Outside()).gather(job)).parts == ("job1", "job3")
    await store.note(ended[2], message_id=None)
    (tmp_path / "films").mkdir()
    for film in ended:
        (tmp_path / "films" / f"{film.id}.mp4").write_bytes(b"film")
    with pytest.raises(Final, match="Film 2 of 2 is deleted, hidden, or"):
        await joining(store, tmp_path, Outside()).join(await store.read(job))


@pytest.mark.parametrize("forgotten", [False, True])
async def test_what_is_made_of_films_without_the_safety_checker_is_shown_as_they_are(
    store: Store, tmp_path: Path, *, forgotten: bool
) -> None:
    checked = [replace(film, arguments={**film.arguments, SAFETY: True}) for film in FILMS]
    job = await gathered(store, checked)
    ended = [await end(store, number, State.DELIVERED) for number in (1, 2, 3)]
    unknown: dict[str, Any] = {} if forgotten else {**checked[2].arguments, SAFETY: False}
    await store.note(ended[2], arguments=unknown)
    assert (await joining(store, tmp_path, Outside()).gather(job)).arguments[SAFETY] is False


async def test_a_film_is_made_once_of_what_is_there(store: Store, tmp_path: Path) -> None:
    outside = Outside()
    for film in FILMS[:2]:
        await store.accept(film, FREE)
        (tmp_path / "films").mkdir(exist_ok=True)
        (tmp_path / "films" / f"{film.id}.mp4").write_bytes(b"film")
    both = made_of(film.id for film in FILMS[:2])
    stitch = replace(asked(8), endpoint=STITCH, media=both, price=0, arguments={"prompt": "x", "fade": 0.5})
    job = await store.accept(stitch, FREE)
    made = await joining(store, tmp_path, outside).join(job)
    assert (made.state, made.width, made.height, made.seconds, made.fetched_at) == (State.FETCHED, 10, 20, 3.0, NOW)
    assert outside.made == [(["job1.mp4", "job2.mp4"], 0.5)]
    assert outside.shown == ["Joining 2 scenes. That can take a minute or two."]
    beside = await store.accept(replace(stitch, id="job7", origin="7", endpoint=BESIDE), FREE)
    (tmp_path / "films" / "job7.mp4").write_bytes(b"made before the bot died")
    assert (await joining(store, tmp_path, outside).join(beside)).state is State.FETCHED
    assert len(outside.made) == 1
    beside = await store.accept(replace(beside, id="job6", origin="6"), FREE)
    with pytest.raises(Final, match=r"^Film 2 of 2 is no film"):
        await joining(store, tmp_path, Outside(Broken("Film 2 of 2 is no film"))).join(beside)
    await joining(store, tmp_path, outside).join(beside)
    assert outside.made[1:] == [(["job1.mp4", "job2.mp4"], ["Wan 2.1", "Wan 2.1"])]
    (tmp_path / "films" / "job2.mp4").unlink()
    gone = await store.accept(replace(beside, id="job5", origin="5"), FREE)
    with pytest.raises(Final, match="Film 2 of 2 is deleted, hidden, or not kept any more"):
        await joining(store, tmp_path, outside).join(gone)


def test_of_what_the_bot_makes_itself_nothing_is_offered_that_only_a_model_can_do() -> None:
    made = replace(asked(1), endpoint=STITCH, state=State.DELIVERED, message_id=9, price=0)
    offered = {action.name for action in TABLE if action.there(made)}
    assert offered == {"continue", "bridge", "send", "favourite", "report", "delete"}
    failed = replace(made, state=State.FAILED)
    assert {action.name for action in TABLE if action.there(failed)} == set[str]()
    assert ended(failed).buttons == ()
    assert Sheet(job=failed, mine=True, now_costs=None, kept=False).buttons == ()


def test_its_card_and_its_film_say_that_it_is_free_and_the_question_what_all_cost() -> None:
    question = asking(ASKS, NOW)
    assert (question.title, [button.label for button in question.buttons]) == (
        "Shall I make these films?",
        ["Make all for $1.20", "Call it off"],
    )
    assert "$1.20" in question.details
    gathers = replace(ASKS, state=State.GATHERING, booked=Entry.REFUND)
    assert " · free · " in card(gathers, "x").details
    assert "seed" not in card(gathers, "x").details
    assert " · free · " in caption(replace(gathers, state=State.DELIVERED), NOW)
    assert "go on; each has a card of its own" in called_off(gathers, paid=False)


class Likes(People):
    """A member who changes his mind."""

    def __init__(self) -> None:
        self.now = Preferences(quality="draft", shape="wide")

    async def preferences(self, user_id: int) -> Preferences:
        return self.now


async def test_the_answer_makes_what_the_question_asked_about_with_what_was_preferred_then(store: Store) -> None:
    likes, ids = Likes(), iter(f"{number:010}" for number in range(100))
    chance = Chance(job_id=lambda: next(ids), hook_token=lambda: "t", seed=lambda: 1, clock=lambda: NOW)
    comparisons = Comparisons(Studio(store, likes, likes, Hands(), Offer(catalogue=CATALOGUE, limits={}), chance))
    options: dict[str, Value | None] = {"prompt": "x", "spoiler": True}
    image = Attached(url="https://cdn.discordapp.com/x.png", size=1)
    asks = await comparisons.ask(asker(1), Comparison(models=["wan-2.1", "wan-2.2"], image=image, options=options))
    likes.now = Preferences(quality="best", shape="square", negative="hats")
    await comparisons.agree(asker(1), asks.id)
    beside = await store.read(asks)
    films = [film for part in beside.parts if (film := await store.find(part))]
    assert [film.options["quality"] for film in (asks, *films)] == ["draft"] * 3
    assert [film.options["shape"] for film in films] == ["wide"] * 2
    assert [film.spoiler for film in (beside, *films)] == [True] * 3
    assert not any("hats" in str(film.arguments) for film in films)
    assert sum(film.price for film in films) == asks.price
