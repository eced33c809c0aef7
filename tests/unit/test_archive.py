"""Who may look at which film, have it shown and made once more."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.archive import BUSY, GONE, NOT_HERE, PRIVATE, UNKNOWN, UNREPEATABLE, Archive, Viewer
from bot.domain import action
from bot.domain.card import caption, tells_of
from bot.domain.catalogue import CATALOGUE
from bot.domain.errors import Broken, Refused, TooLarge, Unavailable
from bot.domain.history import Query, Which, everything
from bot.domain.job import Job, State
from bot.domain.preferences import Preferences
from bot.domain.retention import UNKEPT
from cogs.buttons import ACTIONS
from tests.unit.test_words import job

ADA, BOB, GUILD, FILMS, THREAD = 1, 2, 2, 3, 33
BOBS = Viewer(
    user_id=BOB, guild_id=GUILD, manages=False, age_restricted=False, channel_id=FILMS, channels=frozenset({FILMS})
)
MODS = replace(BOBS, manages=True, channels=frozenset[int]())
ADAS = replace(BOBS, user_id=ADA, channels=frozenset[int]())
CHECKED = {**job().arguments, "enable_safety_checker": True}
THERE = replace(job(), state=State.DELIVERED, message_id=9, seen_in=FILMS, channel_id=FILMS, arguments=CHECKED)


class Books:
    """One job, and whether its owner keeps it to himself; every film costs 5."""

    def __init__(self, known: Job, *, private: bool = False) -> None:
        self.known, self._private = known, private
        self.several = {known.id: known}

    async def find(self, job_id: str) -> Job | None:
        return self.several.get(job_id)

    async def newest(self, *_: Any, channels: Collection[int] | None = None, **__: Any) -> list[Job]:
        return [self.known]

    async def around(self, user_id: int, guild_id: int | None, channels: Collection[int], count: int) -> list[Job]:
        return [self.known]

    async def under_way(self, guild_id: int | None) -> list[Job]:
        return [self.known]

    async def last_of(self, channel_id: int, count: int) -> list[Job]:
        gone = replace(self.known, id="gone")
        return [gone, self.known][:count] if self.known.channel_id == channel_id else []

    async def preferences(self, user_id: int) -> Preferences:
        return Preferences(private=self._private)

    def endpoint_of(self, model: str) -> str:
        return model

    async def costs_now(self, job: Job) -> int | None:
        return 5

    def status(self, job: Job) -> str:
        return "In fal's queue"


class Media:
    """Makes films smaller when it is told to."""

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def fit(self, film: Path, made: Path, *, limit: int) -> None:
        self.begun.set()
        await self.go.wait()
        if not limit:
            raise TooLarge
        made.write_bytes(film.read_bytes()[:limit])

    async def last_frame(self, film: Path, made: Path) -> None:
        if not film.exists():
            raise Broken("There is no film.")
        made.write_bytes(b"frame")


def archive(known: Job, folder: Path, *, private: bool = False, media: Media | None = None) -> Archive:
    books = Books(known, private=private)
    for name, data in (("films", b"film" * 4), ("pictures", b"picture")):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / (f"{known.id}.mp4" if name == "films" else f"{known.id}-image_url.jpg")).write_bytes(data)
    return Archive(books, books, books, books, books, media or Media(), folder)


async def refused(asked: Any) -> str:
    with pytest.raises(Refused) as told:
        await asked
    return str(told.value)


@pytest.mark.parametrize(
    ("film", "viewer", "private", "told"),
    [
        (THERE, BOBS, False, ""),
        (THERE, BOBS, True, PRIVATE),
        (THERE, ADAS, True, ""),
        (THERE, MODS, True, ""),
        (THERE, replace(MODS, guild_id=22), False, UNKNOWN),
        (THERE, replace(BOBS, channels=frozenset({4})), False, UNKNOWN),
        (replace(THERE, channel_id=THREAD), BOBS, False, ""),  # a public thread
        (replace(THERE, channel_id=THREAD, seen_in=None), BOBS, False, UNKNOWN),  # a private one
        (replace(THERE, channel_id=THREAD, seen_in=None), replace(BOBS, channels=frozenset({THREAD})), False, ""),
        (replace(THERE, removed_at=1.0), BOBS, False, UNKNOWN),
        (replace(THERE, removed_at=1.0), ADAS, False, ""),
        (replace(THERE, message_id=None), BOBS, False, UNKNOWN),  # hidden
        (replace(THERE, message_id=None), ADAS, False, ""),
        (replace(THERE, message_id=None), MODS, False, ""),
        (replace(THERE, user_id=0), MODS, False, UNKNOWN),
    ],
)
async def test_who_may_look_at_a_film(tmp_path: Path, film: Job, viewer: Viewer, private: bool, told: str) -> None:  # noqa: FBT001 - drawn
    looking = archive(film, tmp_path, private=private).look(viewer, film.id)
    if told:
        assert await refused(looking) == told
    else:
        assert await looking == film


async def test_a_history_is_shut_where_its_owner_wants_that_and_the_queue_tells_no_more_than_is_seen(
    tmp_path: Path,
) -> None:
    shut = archive(THERE, tmp_path, private=True)
    assert await refused(shut.history(MODS, Query(user_id=ADA))) == PRIVATE
    assert (await shut.history(ADAS, Query(user_id=ADA))).films == [THERE]
    hidden = archive(replace(THERE, state=State.WAITING, seen_in=None, channel_id=THREAD), tmp_path)
    assert (await hidden.queue(BOBS, 1)).text == "1. A film in another channel"
    assert "In fal's queue" in (await hidden.queue(ADAS, 1)).text
    asking = archive(replace(THERE, state=State.ASKING), tmp_path)
    assert "waits for its owner's word" in (await asking.queue(BOBS, 1)).text


@pytest.mark.parametrize(
    "changed",
    [
        {"removed_at": 1.0},
        {"moderated": True},
        {"state": State.WAITING},
        {"arguments": {}},
        {"media": {"image_url": "x", "end_image_url": "x"}},  # of which one picture is gone
    ],
)
async def test_what_was_deleted_or_is_not_kept_is_not_made_once_more(tmp_path: Path, changed: dict[str, Any]) -> None:
    offered = archive(THERE, tmp_path)
    assert offered.repeatable(THERE) == THERE
    assert (await offered.sheet(BOBS, THERE.id)).now_costs == 5
    gone = archive(replace(THERE, **changed), tmp_path)
    with pytest.raises(Refused) as refusal:
        gone.repeatable(replace(THERE, **changed))
    assert str(refusal.value) == UNREPEATABLE
    assert (await gone.sheet(ADAS, THERE.id)).now_costs is None


async def test_a_film_is_shown_from_the_store_made_smaller_one_at_a_time(tmp_path: Path) -> None:
    media = Media()
    shown = archive(THERE, tmp_path, media=media)
    async with shown.film(BOBS, THERE.id, 100) as (_, film):
        assert film.read_bytes() == b"film" * 4

    async def smaller() -> bytes:
        async with shown.film(BOBS, THERE.id, 6) as (_, film):
            return film.read_bytes()

    first = asyncio.create_task(smaller())
    await media.begun.wait()
    assert await refused(smaller()) == BUSY
    media.go.set()
    assert await first == b"filmfi"
    with pytest.raises(Refused, match=r"too large to be shown here\. It is at https://discord\.com/channels/2/3/9"):
        async with shown.film(BOBS, THERE.id, 0):
            pass
    assert [path.name for path in (tmp_path / "films").iterdir()] == [f"{THERE.id}.mp4"]
    (tmp_path / "films" / f"{THERE.id}.mp4").unlink()
    assert await refused(smaller()) == GONE


@pytest.mark.parametrize("arguments", [{"enable_safety_checker": False}, {}])
async def test_what_was_made_without_the_safety_checker_is_shown_where_only_adults_are(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    film = replace(THERE, arguments={**THERE.arguments, **arguments} if arguments else {})
    unsafe = archive(film, tmp_path)
    with pytest.raises(Refused, match=NOT_HERE):
        async with unsafe.film(BOBS, film.id, 100):
            pass
    async with unsafe.film(replace(BOBS, age_restricted=True), film.id, 100) as (shown, _):
        assert shown == film


async def test_the_whole_prompt_is_for_who_sees_the_message_and_can_be_copied(tmp_path: Path) -> None:
    text = "line one (slow)\n- pan left, #tag"
    film = replace(THERE, arguments={**THERE.arguments, "prompt": text, "negative_prompt": ""})
    kept = archive(film, tmp_path, private=True)
    assert everything(await kept.here(BOBS, film.id)) == text
    assert await refused(kept.here(replace(BOBS, channel_id=5), film.id)) == PRIVATE
    assert everything(replace(film, arguments={})) == UNKEPT


def test_a_message_tells_of_a_film_by_a_line_that_no_prompt_can_have() -> None:
    told = caption(job("my film\n-# x · job 0123456789"), 2000.0)
    other = replace(job("-# x · job 0123456789", expanded="x · job 0123456789"), id="9876543210")
    assert tells_of(job(), told)
    assert tells_of(job(), told + "\nThe film is too large to be posted here.")
    assert not tells_of(job(), caption(other, 2000.0))
    assert tells_of(other, caption(other, 2000.0))


def test_each_button_does_something_and_every_query_fits_into_one() -> None:
    assert set(action.ACTIONS) == ACTIONS.keys()
    for endpoint in CATALOGUE:
        query = Query(user_id=10**19, page=999_999, model=endpoint.name, which=Which.UNDER_WAY, search="x" * 36)
        assert len(query.id) <= 100


async def test_the_last_film_of_a_channel_is_one_that_is_kept_and_may_be_shown_there(tmp_path: Path) -> None:
    unsafe = replace(THERE, arguments={**CHECKED, "enable_safety_checker": False})
    films = archive(THERE, tmp_path)
    assert await films.last_film(BOBS) == THERE
    assert await films.last_film(replace(BOBS, channel_id=THREAD)) is None
    assert await archive(unsafe, tmp_path).last_film(BOBS) is None
    assert await archive(unsafe, tmp_path).last_film(replace(BOBS, age_restricted=True)) == unsafe
    async with films.frame(BOBS, THERE.id) as frame:
        assert frame
        assert frame.read_bytes() == b"frame"
    assert not frame.exists()


async def test_a_picture_that_cannot_be_shown_takes_nothing_of_what_is_shown_beside_it(tmp_path: Path) -> None:
    async def shown(films: Archive, viewer: Viewer = BOBS) -> bool:
        async with films.frame(viewer, THERE.id) as frame:
            return frame is not None

    class Shut(Books):
        async def find(self, job_id: str) -> Job | None:
            raise Unavailable("The database")

    films, shut = archive(THERE, tmp_path), Shut(THERE)
    assert await shown(films)
    assert not await shown(films, replace(BOBS, channel_id=THREAD, channels=frozenset[int]()))
    assert not await shown(Archive(shut, shut, shut, shut, shut, Media(), tmp_path))
    (tmp_path / "incoming").rmdir()
    (tmp_path / "incoming").write_bytes(b"no folder")
    assert not await shown(films)
    (tmp_path / "incoming").unlink()
    (tmp_path / "films" / f"{THERE.id}.mp4").unlink()
    assert not await shown(films)
    assert await films.last_film(BOBS) is None
