"""Who may do what with a film, however it stands: one table, for the buttons, the reactions, and the forms."""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.actions import NOT_NOW, Actions, Person
from bot.archive import GONE, NOT_HERE, PRIVATE, UNKNOWN, UNREPEATABLE, Archive, Viewer
from bot.domain.action import BY_NAME
from bot.domain.catalogue import CATALOGUE
from bot.domain.doors import SAFETY
from bot.domain.errors import Refused
from bot.domain.form import Given
from bot.domain.job import Job, State
from bot.domain.permission import BLOCKED
from bot.domain.rules import Judge, Rules
from bot.ending import OFF, TOO_LATE, Endings
from bot.ending import UNKNOWN as UNKNOWN_ENDING
from bot.forms import Forms
from bot.studio import Asker, Chance, Offer, Studio
from bot.world import World
from tests.unit.test_archive import Books as Films
from tests.unit.test_archive import Media
from tests.unit.test_studio import Hands, People
from tests.unit.test_words import job

ADA, BOB, MOD, GUILD, CHANNEL = 1, 2, 9, 2, 3
DRAFT = {"model": "wan-2.1", "quality": "draft", "shape": "auto", "prompt": "x"}
ARGUMENTS = {**job().arguments, "resolution": "480p", SAFETY: True}
FILM = replace(job(), message_id=9, seen_in=CHANNEL, options=DRAFT, arguments=ARGUMENTS, price=200_000)


class Books(Films):
    """One film, and whether somebody is blocked; what is accepted is remembered."""

    def __init__(self, known: Job, *, private: bool, blocked: bool) -> None:
        super().__init__(known, private=private)
        self.rules, self.accepted = Rules(blocked=frozenset({BOB} if blocked else ())), list[Job]()

    async def accept(self, job: Job, judge: Judge) -> Job:
        job, _ = judge(job, self.rules)
        self.accepted.append(job)
        return job

    async def gather(self, job: Job, films: Sequence[Job], judge: Judge, *, at: float) -> tuple[Job, ...]:
        raise AssertionError("nothing is compared here")

    async def move(self, job: Job, *_: Any, **__: Any) -> Job:
        return job

    async def note(self, job: Job, **_: Any) -> Job:
        return job


class Post:
    """Remembers to whom what was sent."""

    def __init__(self) -> None:
        self.given: list[tuple[int, str]] = []

    async def give(self, user_id: int, job: Job, film: Path, *, text: str, settings: str) -> None:
        self.given.append((user_id, settings))


class Wall:
    """Takes each star and each report."""

    async def toggle(self, job: Job, user_id: int) -> str:
        return f"{user_id} stars {job.id}"

    async def report(self, job: Job, user_id: int) -> str:
        return f"{user_id} reports {job.id}"


def kept(
    known: Job, folder: Path, *, private: bool = False, blocked: bool = False
) -> tuple[Studio, Archive, Books, Hands]:
    """One film, whose files are kept, and what is behind all that can be done with it."""
    for kind, name in (("films", f"{known.id}.mp4"), ("pictures", f"{known.id}-image_url.jpg")):
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / name).write_bytes(b"x")
    books, hands = Books(known, private=private, blocked=blocked), Hands()
    ids = iter(f"{number:010}" for number in range(100))
    chance = Chance(job_id=lambda: next(ids), hook_token=lambda: "t", seed=lambda: 1, clock=lambda: 1000.0)
    studio = Studio(books, People(), People(), hands, Offer(catalogue=CATALOGUE, limits={}), chance)
    return studio, Archive(books, books, books, books, books, Media(), folder), books, hands


def stands(known: Job, folder: Path, *, private: bool = False, blocked: bool = False) -> tuple[Actions, Forms, Books]:
    """All that can be done with one film, whose files are kept."""
    studio, archive, books, hands = kept(known, folder, private=private, blocked=blocked)
    wall: Any = Wall()  # boards are tried elsewhere
    outside: Any = dict.fromkeys(("models", "downloads", "media", "channel", "hook"), None)
    world = World(jobs=books, folder=folder, clock=lambda: 1000.0, **outside)  # pyright: ignore[reportArgumentType]
    actions = Actions(studio, archive, Endings(world, hands, wall), wall, wall, Post())
    return actions, Forms(studio, archive, actions), books


def person(user_id: int, *, channel: int = CHANNEL, guild: int = GUILD, adults: bool = False) -> Person:
    """Somebody in a channel, of which he sees no other."""
    asker = Asker(
        origin="x", user_id=user_id, guild_id=guild, channel_id=channel, application_id=4, interaction_token="t"
    )
    viewer = Viewer(
        user_id=user_id,
        guild_id=guild,
        manages=user_id == MOD,
        age_restricted=adults,
        channel_id=channel,
        channels=frozenset({channel}),
    )
    return Person(asker=asker, viewer=viewer)


GIVEN: Given = {"prompt": "y", "film": FILM.id, "quality": "draft"}
WHO = {
    "owner": person(ADA),
    "other": person(BOB),
    "manager": person(MOD),
    "blocked": person(BOB),
    "private": person(BOB),  # its owner keeps his films to himself, but this one stands before him
    "elsewhere": person(BOB, channel=4),
    "server": person(MOD, guild=22, channel=33),
}
SAID = {
    "B": BLOCKED,
    "N": NOT_NOW,
    "O": f"That is for <@{ADA}> to decide, whose film it is",
    "U": UNKNOWN,
    "u": UNKNOWN_ENDING,
    "f": OFF,
    "l": TOO_LATE[State.DELIVERED],
}
# of each state, and each action in it: what comes of it for each of WHO, + where it is done
TABLE = {
    State.DELIVERED: {
        "again": "+++B+UU",
        "edit": "+++B+UU",
        "better": "+++B+UU",
        "continue": "+++B+UU",
        "bridge": "+++B+UU",
        "send": "+++++UU",
        "cancel": "lOlOOOu",
        "delete": "+O+OOUU",
        "favourite": "+++++UU",
        "report": "+++++UU",
    },
    State.FAILED: {
        "again": "+OOOOUU",
        "edit": "+++B+UU",
        "better": "NNNNNUU",
        "continue": "NNNNNUU",
        "send": "NNNNNUU",
        "cancel": "fOfOOOu",
        "delete": "NNNNNUU",
    },
    State.CANCELLED: {"again": "+++B+UU", "edit": "+++B+UU", "bridge": "NNNNNUU", "cancel": "fOfOOOu"},
    State.WAITING: {
        "again": "NNNNNUU",
        "edit": "NNNNNUU",
        "continue": "NNNNNUU",
        "send": "NNNNNUU",
        "cancel": "+O+OOOu",
        "delete": "NNNNNUU",
    },
}
CASES = [
    pytest.param(state, action, who, told, id=f"{action} by {who}, {state}")
    for state, rows in TABLE.items()
    for action, row in rows.items()
    for who, told in zip(WHO, row, strict=True)
]


def done(name: str, actions: Actions, forms: Forms, who: Person) -> Awaitable[object]:
    """What comes of an action, by whatever door."""
    if name in ("edit", "continue", "bridge"):
        return forms.film(name, who, FILM.id, GIVEN)
    if name in actions.makes:
        return actions.make(name, who, FILM.id)
    if name in actions.tells:
        return actions.tell(name, who, FILM.id)
    return actions.film(name, who, FILM.id)


@pytest.mark.parametrize(("state", "action", "who", "told"), CASES)
async def test_who_may_do_what(tmp_path: Path, state: State, action: str, who: str, told: str) -> None:
    here = replace(FILM, state=state)
    actions, forms, books = stands(here, tmp_path, private=who == "private", blocked=who == "blocked")
    if told != "+":
        with pytest.raises(Refused) as refused:
            await done(action, actions, forms, WHO[who])
        assert SAID[told] in str(refused.value)
    else:
        await done(action, actions, forms, WHO[who])
    makes = action in ("again", "edit", "better", "continue", "bridge") and told == "+"
    assert [one.user_id for one in books.accepted] == ([WHO[who].asker.user_id] if makes else [])


def test_each_action_has_its_row() -> None:
    assert {name for rows in TABLE.values() for name in rows} == BY_NAME.keys()


@pytest.mark.parametrize("name", ["edit", "continue", "bridge"])
@pytest.mark.parametrize(
    ("changed", "who", "private", "told"),
    [
        ({}, person(BOB), False, ""),
        ({"removed_at": 1.0}, person(BOB), False, UNKNOWN),
        ({"removed_at": 1.0}, person(ADA), False, NOT_NOW),
        ({"channel_id": 4}, person(BOB), False, ""),  # a public thread of this channel
        ({"channel_id": 4}, person(BOB), True, PRIVATE),
        ({"user_id": 0}, person(MOD, channel=5), False, UNKNOWN),
    ],
)
async def test_a_form_is_opened_for_those_who_may_fill_it_in(  # noqa: PLR0913 - drawn
    tmp_path: Path,
    name: str,
    changed: dict[str, Any],
    who: Person,
    private: bool,  # noqa: FBT001
    told: str,
) -> None:
    _, forms, _ = stands(replace(FILM, state=State.DELIVERED, **changed), tmp_path, private=private)
    if told:
        with pytest.raises(Refused, match=told[:40]):
            await forms.ask(name, who, FILM.id)
    else:
        assert (await forms.ask(name, who, FILM.id)).id == f"{name}:{FILM.id}"


UNSAFE = {**FILM.arguments, SAFETY: False}


@pytest.mark.parametrize("name", ["continue", "bridge", "send"])
async def test_frames_are_taken_of_films_that_are_kept_and_may_be_shown_there(tmp_path: Path, name: str) -> None:
    film = replace(FILM, state=State.DELIVERED, arguments=UNSAFE)
    actions, forms, books = stands(film, tmp_path)
    with pytest.raises(Refused, match=NOT_HERE[:40]):
        await done(name, actions, forms, person(BOB))
    await done(name, actions, forms, person(BOB, adults=True))
    (tmp_path / "films" / f"{FILM.id}.mp4").unlink()
    with pytest.raises(Refused, match=GONE[:40]):
        await done(name, actions, forms, person(BOB, adults=True))
    assert len(books.accepted) == (name != "send")


@pytest.mark.parametrize("changed", [{"moderated": True}, {"media": {"image_url": "x", "end_image_url": "y"}}])
async def test_what_is_not_kept_or_was_called_off_by_moderators_is_not_edited(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    _, forms, _ = stands(replace(FILM, state=State.CANCELLED, **changed), tmp_path)
    with pytest.raises(Refused, match=UNREPEATABLE[:40]):
        await forms.film("edit", person(ADA), FILM.id, GIVEN)
