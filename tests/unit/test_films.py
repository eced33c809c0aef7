"""Films as they are looked for in the database: those that somebody sees, and how often he has made more of one."""

from dataclasses import replace
from typing import Any

from bot.adapters.store import Store
from bot.domain.budget import Terms
from bot.domain.job import State
from tests.unit.test_words import job
from tests.unit.under import under

NOW = 1_790_000_000.0
ADA, BOB, CYD, GUILD, FILMS = 1, 2, 3, 2, 3


async def made(store: Store, number: int, *, state: State = State.DELIVERED, **columns: Any) -> None:
    """A film that has come to this state."""
    usual: dict[str, Any] = {
        "id": f"{number:010}",
        "origin": f"x:{number}",
        "created_at": NOW + number,
        "seen_in": FILMS,
        "message_id": 9,
    }
    film = await store.accept(replace(job(), **usual | columns), under(Terms()))
    path = [State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED, State.POSTING, State.DELIVERED]
    for step in path[: path.index(state) + 1] if state in path else [state]:
        film = await store.move(film, step, at=NOW)


async def test_films_that_somebody_sees_are_those_around_and_his_own(store: Store) -> None:
    await made(store, 1, user_id=ADA)
    await made(store, 2, user_id=ADA, channel_id=33)  # a public thread
    await made(store, 3, user_id=BOB, channel_id=4, seen_in=4)
    await made(store, 4, user_id=CYD)
    unseen: list[dict[str, Any]] = [
        {"state": State.FAILED},
        {"state": State.WAITING},
        {"guild_id": 22},
        {"removed_at": 1.0},
        {"channel_id": 5, "seen_in": None},
        {"direct": True},
        {"user_id": BOB, "message_id": None},  # hidden
        {"user_id": 0},
    ]
    for number, other in enumerate(unseen, 10):
        asked: dict[str, Any] = {"user_id": ADA, **other}
        await made(store, number, **asked)
    await store.members.prefer(CYD, private=True)

    async def around(user_id: int, channels: set[int], count: int = 25) -> list[int]:
        return [int(film.id) for film in await store.films.around(user_id, GUILD, channels, count)]

    assert await around(BOB, {FILMS}) == [3, 2, 1]
    assert await around(CYD, {FILMS}) == [4, 2, 1]
    assert await around(CYD, {4}, 1) == [4]
    assert await around(CYD, {4}) == [4, 3]
    newest = await store.films.newest(ADA, GUILD, 25, channels={FILMS})
    assert {int(film.id) for film in newest}.isdisjoint({15, 16})
    assert 15 in await around(ADA, set()), "he has it alone, and it is his"


async def test_what_has_ended_of_an_action_makes_room_for_the_same_again(store: Store) -> None:
    await made(store, 1, user_id=ADA)
    film = f"{1:010}"
    more: list[tuple[str, dict[str, Any]]] = [
        ("rerun", {"parent_id": film}),
        ("rerun", {"parent_id": film, "state": State.WAITING}),
        ("rerun", {"parent_id": film, "user_id": ADA}),
        ("continue", {"after_id": film}),
        ("continue", {"after_id": film, "state": State.FAILED}),
        ("edit", {"parent_id": "another"}),
    ]
    for number, (action, columns) in enumerate(more, 10):
        asked: dict[str, Any] = {"user_id": BOB, "origin": f"{action}:{number}", **columns}
        await made(store, number, **asked)
    actions = "rerun:", "continue:", "continue:13", "edit:"
    assert [await store.films.repeated(film, BOB, action, None) for action in actions] == [1, 2, 1, 0]
    assert [await store.films.repeated(film, BOB, "rerun:", since) for since in (NOW - 1, NOW)] == [0, 1]
