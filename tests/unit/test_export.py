"""A copy for a member: everything is in it once, no parcel is larger than Discord takes, what is missing is told."""

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.files import EXPORTS, Files
from bot.adapters.store import Store
from bot.domain.errors import Refused, TooLarge, Undeliverable
from bot.domain.job import State
from bot.domain.parcel import MOST, OVERHEAD, Item, Line, Mark, Office, Packing, office, packed, readme, spending
from bot.domain.retention import Forgotten, Keep, Kept
from bot.domain.rules import Change
from bot.erasing import Erased
from bot.privacy import FILMS_IN_ONE, Privacy

ADA = 1
LIMIT = 5000
EPOCH, LATER = "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"


def items(sizes: list[int]) -> list[Item]:
    return [Item(f"films/{number:010}.mp4", b"", size) for number, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 2 * LIMIT), max_size=60))
def test_everything_is_in_one_parcel_or_told_as_missing(sizes: list[int]) -> None:
    given_ = items(sizes)
    found = packed(given_, LIMIT)
    names = [item.name for parcel in found.parcels for item in parcel]
    assert sorted([*names, *found.too_large, *found.too_many]) == [item.name for item in given_]
    assert len(found.parcels) <= MOST
    assert all(parcel and sum(item.size + OVERHEAD for item in parcel) <= LIMIT for parcel in found.parcels)
    missing = readme(found, {}).source
    assert isinstance(missing, bytes)
    assert all(name in missing.decode() for name in (*found.too_large, *found.too_many))


@given(st.lists(st.integers(0, LIMIT // 2), min_size=1, max_size=12), st.binary(max_size=50))
def test_a_parcel_is_no_larger_than_it_was_counted(sizes: list[int], data: bytes) -> None:
    given_ = [Item(f"{number}-" + "n" * 80, (data * LIMIT)[:size], size) for number, size in enumerate(sizes)]
    for parcel in packed(given_, LIMIT).parcels:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as made:
            for item in parcel:
                made.writestr(item.name, item.source if isinstance(item.source, bytes) else b"")
        assert len(file.getvalue()) <= LIMIT


def test_a_film_that_is_too_large_is_left_out_with_its_address() -> None:
    note = readme(Packing(parcels=[], too_large=["films/x.mp4"]), {"films/x.mp4": "https://fal/x"}).source
    assert b"films/x.mp4 is larger than Discord takes; fal has it for a week after it was made: https://fal/x" in bytes(
        note  # pyright: ignore[reportArgumentType] - a text
    )


def test_money_is_told_exactly() -> None:
    lines = [Line(0.0, 2, "job1", "wan", "reserve", 202_500, 0), Line(1.5, 0, None, None, "grant", 0, -1)]
    assert spending(lines).decode().splitlines() == [
        "time,server,job,model,kind,dollars,credit",
        "1970-01-01T00:00:00Z,2,job1,wan,reserve,0.202500,0.000000",
        "1970-01-01T00:00:01Z,,,,grant,0.000000,-0.000001",
    ]


class Member:
    """What is kept of somebody with many films; he may be written to or not."""

    def __init__(self, films: int = 0, *troubles: Exception) -> None:
        self.sent: list[dict[str, bytes]] = []
        self.forgotten: list[int] = []
        self.waits = asyncio.Event()
        self.waits.set()
        self._films, self._troubles = films, [*troubles]

    async def kept(self, user_id: int) -> Kept:
        return Kept()

    async def films(self, user_id: int, *, skip: int, count: int) -> list[Mapping[str, Any]]:
        await self.waits.wait()
        numbers = range(self._films)[skip : skip + count]
        return [self.row(number) for number in numbers]

    def row(self, number: int) -> dict[str, Any]:
        """The last two are one that could not be posted, and one that was deleted."""
        state = State.FAILED if number == self._films - 2 else State.DELIVERED
        removed_at = 5.0 if number == self._films - 1 else None
        return {"id": f"job{number}", "state": state, "removed_at": removed_at, "film_url": "at fal", "heard": "at fal"}

    async def spending(self, user_id: int) -> list[Line]:
        return []

    async def marks(self, user_id: int) -> list[Mark]:
        return [Mark(0.0, "job1", "favourite", reaction=True)]

    async def preferences(self, user_id: int) -> Mapping[str, Any]:
        return {"done": "dm"}

    async def office(self, user_id: int) -> Office:
        return Office()

    async def forget(self, user_id: int, at: float) -> Forgotten:
        self.forgotten.append(user_id)
        films = {f"job{number}": f"request{number}" for number in range(self._films)}
        return Forgotten(films=films, copies=frozenset({"copy", "both"}), joined=frozenset({"both"}))

    async def hand(self, user_id: int, text: str, file: Path) -> None:
        assert user_id == ADA
        if self._troubles:
            raise self._troubles.pop()
        with zipfile.ZipFile(file) as made:
            self.sent.append({name: made.read(name) for name in made.namelist()})

    async def of(self, requests: Mapping[str, str]) -> Erased:
        self.asked = len(requests)
        return Erased(done=1, left=len(requests) - 1)

    def choose(self, user_id: int, language: str | None) -> None:
        assert language is None

    async def flush(self) -> None: ...

    async def left(self, guild_id: int, at: float) -> None: ...

    async def joined(self, guild_id: int) -> None: ...

    async def member_of(self, guild_ids: object, at: float) -> list[int]:
        return []


def privacy(member: Member, folder: Path, clock: list[float]) -> Privacy:
    return Privacy(member, member, Files(folder), member, member, member, Keep(), lambda: clock[0])


async def test_many_films_are_several_documents_and_their_files(tmp_path: Path) -> None:
    for name in ("films/job1.mp4", "films/job2.mp4", "films/other.mp4", "pictures/job1-image_url.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    with (tmp_path / "films/job2.mp4").open("wb") as film:
        film.truncate(19 * 2**20)  # so that there are two
    with (tmp_path / "films/job1.mp4").open("wb") as film:
        film.truncate(21 * 2**20)
    member = Member(FILMS_IN_ONE + 1)
    text = await privacy(member, tmp_path, [0.0]).export(ADA)
    assert text == (
        "It is in our direct messages, in 1 message. 1 file did not fit; README.txt in it says where to get them."
    )
    [parcel] = member.sent
    documents = ["README.txt", "films.json", "films-2.json", "spending.csv", "marks.csv", "preferences.json"]
    documents += ["settings.csv", "grants.csv", "blocked.json"]
    assert [*parcel] == [*documents, "pictures/job1-image_url.jpg", "films/job2.mp4"]
    assert len(json.loads(parcel["films-2.json"])) == 1
    assert b"films/job1.mp4 is larger than Discord takes" in parcel["README.txt"]
    assert [*(tmp_path / EXPORTS).iterdir()] == []


async def test_a_film_that_its_owner_never_had_or_that_was_deleted_is_not_handed_out(tmp_path: Path) -> None:
    for number in range(3):
        for name in (f"films/job{number}.mp4", f"pictures/job{number}-image_url.jpg"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
    member = Member(3)
    await privacy(member, tmp_path, [0.0]).export(ADA)
    [parcel] = member.sent
    assert [name for name in parcel if name.startswith("films/")] == ["films/job0.mp4"]
    assert len([name for name in parcel if name.startswith("pictures/")]) == 3
    told = [(film["film_url"], film["heard"]) for film in json.loads(parcel["films.json"])]
    assert told == [("at fal", "at fal"), (None, None), (None, None)]


async def test_what_he_has_to_do_with_settings_is_in_his_copy(store: Store) -> None:
    by = Change(guild_id=2, by_id=ADA, at=0, text="<@7> was given $0.50.")
    of = Change(guild_id=3, by_id=8, at=1, text=f"<@{ADA}> is blocked.")
    await store.servers.grant(2, 7, 500_000, lambda _: by)
    await store.servers.revise(3, lambda rules: (replace(rules, blocked=frozenset({ADA, 9})), of))
    await store.servers.change(Change(guild_id=2, by_id=8, at=2, text="<@17> is blocked."), blocked=frozenset({17}))
    documents = {item.name: item.source for item in office(await store.traces.office(ADA))}
    assert documents == {
        "settings.csv": f"time,server,text\r\n{EPOCH},2,{by.text}\r\n{LATER},3,{of.text}\r\n".encode(),
        "grants.csv": f"time,server,credit\r\n{EPOCH},2,0.500000\r\n".encode(),
        "blocked.json": b'["3"]',
    }


async def test_what_was_made_from_his_pictures_goes_and_the_films_of_others_stay(tmp_path: Path) -> None:
    for name in (
        "films/copy.mp4",
        "films/both.mp4",
        "pictures/copy-image_url.jpg",
        "sounds/copy-audio.mp3",
        "films/job0.mp4",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert "1 film, 4 files" in await privacy(Member(1), tmp_path, [0.0]).delete(ADA, by=ADA)
    assert [path.name for path in tmp_path.glob("*/*")] == ["copy.mp4"]


async def test_one_copy_at_a_time_and_in_an_hour(tmp_path: Path) -> None:
    clock, member = [5.0], Member()
    member.waits.clear()
    asked = privacy(member, tmp_path, clock)
    first = asyncio.create_task(asked.export(ADA))
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="being made already"):
        await asked.export(ADA)
    member.waits.set()
    await first
    clock[0] += 3599
    with pytest.raises(Refused, match="less than an hour ago"):
        await asked.export(ADA)
    clock[0] += 2
    await asked.export(ADA)
    assert len(member.sent) == 2


@pytest.mark.parametrize("trouble", [Undeliverable("x"), TooLarge()])
async def test_a_copy_that_could_not_be_sent_may_be_asked_for_again_at_once(tmp_path: Path, trouble: Exception) -> None:
    member = Member(0, trouble)
    asked = privacy(member, tmp_path, [5.0])
    with pytest.raises(Refused):
        await asked.export(ADA)
    assert [*(tmp_path / EXPORTS).iterdir()] == []
    await asked.export(ADA)


async def test_fal_is_asked_for_a_few_while_a_member_waits_and_for_the_rest_at_night(tmp_path: Path) -> None:
    member = Member(50)
    text = await privacy(member, tmp_path, [0.0]).delete(ADA, by=ADA)
    assert member.asked == 40
    assert "fal has deleted what it stored of 1 film. fal is asked again each night about 49 films" in text


async def test_nobody_deletes_what_is_kept_of_another(tmp_path: Path) -> None:
    member = Member(1)
    with pytest.raises(Refused, match="for somebody else to decide"):
        await privacy(member, tmp_path, [0.0]).delete(ADA, by=2)
    assert member.forgotten == []
