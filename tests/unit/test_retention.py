"""What need not be kept goes, and the books stay right: whoever is forgotten is found nowhere, and gains nothing."""

import asyncio
import struct
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.files import Files
from bot.adapters.store import Store
from bot.adapters.store.retention import COPIED, UNNAMED, UNSAID
from bot.adapters.store.tables import jobs
from bot.adapters.voices import voices
from bot.domain.budget import Budget, Span, Terms, Unit, Whose, window
from bot.domain.catalogue import STITCH
from bot.domain.errors import OverBudget, Refused, Stale, Unavailable
from bot.domain.job import Job, State, made_of
from bot.domain.language import ENGLISH, Voice, speaking
from bot.domain.money import Entry
from bot.domain.retention import DAY, KINDS, Keep, Kept, Kind, counts_from, next_night, question, shown
from bot.domain.rules import Change, Judge
from bot.erasing import Erasing
from bot.nightly import Nightly
from tests.unit.test_words import job
from tests.unit.under import under

NOW = 1_790_000_000.0
NEXT_MONTH = NOW + 45 * DAY
PRICE = job().price
GUILD, OTHER = 2, 22
ADA, BOB = 987_654_321_012_345_678, 11
MARKER = "Xyzzy-marker"
FREE = under(Terms())
BOOKS = "SELECT guild_id, kind, sum(amount), sum(bonus), count(*) FROM ledger WHERE amount GROUP BY 1, 2"
# what stays of a job that is nobody's: what it was by, how long it took, what it cost
STAYS = {
    *("id", "guild_id", "application_id", "door", "endpoint", "title", "length", "price", "created_at", "parent_id"),
    *("bonus", "cost", "booked", "state", "asked_at", "request_id", "submitted_at", "unwanted_at", "ready_at"),
    *("rendered_seconds", "width", "height", "seconds", "fetched_at", "ended_at", "closed_at"),
    *("done", "spoiler", "removed_at", "moderated", "unit_price", "direct", "after_id"),
}


def asked(number: int, *, user: int = ADA, guild: int | None = GUILD, at: float = NOW) -> Job:
    """A request full of what its owner would not have known."""
    text = f"{MARKER} {number} " + "tide " * 400  # longer than a page of the database takes
    return replace(
        job(text),
        id=f"job{number}",
        origin=f"reaction:{user}:{number}",
        user_id=user,
        guild_id=guild,
        created_at=at,
        media={"image_url": f"https://cdn.discordapp.com/{MARKER}"},
        options={"prompt": text},
        interaction_token=MARKER,
        hook_token=MARKER,
        wording=text,
    )


async def made(store: Store, asks: Job, *, judge: Judge = FREE, closed: bool = True) -> Job:
    """A film that was made, with its traces."""
    done = await store.accept(asks, judge)
    for state in (State.UPLOADED, State.SUBMITTING):
        done = await store.move(done, state, at=asks.created_at, uploads={"image_url": MARKER})
    told: dict[str, Any] = {"video": {"url": MARKER}}
    done = await store.move(done, State.WAITING, at=asks.created_at, request_id=f"request-{asks.id}", heard=told)
    for state in (State.FETCHED, State.POSTING):
        done = await store.move(done, state, at=asks.created_at, film_url=MARKER, expanded=MARKER)
    done = await store.move(done, State.DELIVERED, at=asks.created_at, settle=Entry.SETTLE, message_id=ADA + 1)
    return await store.note(done, closed_at=asks.created_at) if closed else done


async def rows(file: Path, query: str) -> list[Any]:
    async with aiosqlite.connect(file) as database:
        return [tuple(row) for row in await database.execute_fetchall(query)]


async def write(file: Path, statement: str) -> None:
    async with aiosqlite.connect(file) as database:
        await database.execute(statement)
        await database.commit()


class Fal:
    """Deletes what it is asked to, or may not, or does not answer."""

    def __init__(self, *answers: bool | None) -> None:
        self.asked: list[str] = []
        self._answers = [*answers]

    async def erase(self, request_id: str) -> bool:
        self.asked.append(request_id)
        answer = self._answers.pop(0) if self._answers else True
        if answer is None:
            raise Unavailable("fal")
        return answer


@pytest.fixture
def fal() -> Fal:
    return Fal()


def nightly(store: Store, folder: Path, fal: Fal, at: float, **days: int | None) -> Nightly:
    return Nightly(store.retention, Files(folder), Erasing(fal, store.retention), Keep(**days), lambda: at)


def at_most(limit: int, span: Span, zone: str = "UTC", now: float = NOW) -> Judge:
    when = window(span, now, zone)
    budget = Budget(whose=Whose.MEMBER, span=span, unit=Unit.MONEY, limit=limit, window=when)
    return under(Terms(budgets=(budget,)))


def lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(MARKER.encode())


def left(folder: Path) -> set[str]:
    return {f"{path.parent.name}/{path.name}" for path in folder.glob("*/*")}


# ---- of a member who is forgotten ----


def test_each_column_of_a_job_is_removed_or_tells_of_nobody() -> None:
    assert jobs.c.keys() == [name for name in jobs.c.keys() if (name in STAYS) != (name in UNNAMED)]  # noqa: SIM118
    assert UNSAID.keys() < COPIED.keys() < UNNAMED.keys()


async def test_whoever_is_forgotten_is_found_nowhere_and_the_books_stay_right(
    store: Store, file: Path, tmp_path: Path, fal: Fal
) -> None:
    """Nowhere: not in the bytes of the database and its log either."""
    change = Change(guild_id=GUILD, by_id=ADA, at=NOW, text=f"<@{ADA}> was given $1.00, and so was <@{BOB}>.")
    await store.servers.grant(GUILD, ADA, 1_000_000, lambda _: change)
    await store.servers.grant(GUILD, BOB, 500_000, lambda _: change)
    await store.servers.change(replace(change, guild_id=OTHER + 1), paused=True)
    await made(store, asked(0), judge=at_most(0, Span.DAY))
    for number in range(1, 24):
        await made(store, asked(number, guild=(GUILD, OTHER, None)[number % 3], at=NOW + number))
    for number in range(24, 28):
        await made(store, asked(number, user=BOB))
    await write(
        file, f"INSERT INTO members (user_id, negative, done, private, unread) VALUES ({ADA}, '{MARKER}', 'dm', 1, 1)"
    )
    for action in ("favourite", "again"):
        await store.marks.put("job24", ADA, action, NOW)
        await store.marks.hear("job24", ADA, action, NOW)
        await store.marks.put("job1", BOB, action, NOW)
    await store.marks.put("job25", BOB, "favourite", NOW)
    for job_id in ("job1", "job25"):
        await store.boards.begin(job_id, "favourite", ADA + 2, NOW)
    assert [mark.reaction for mark in await store.traces.marks(ADA)].count(True) == 2
    before, bobs = await rows(file, BOOKS), await rows(file, f"SELECT * FROM jobs WHERE user_id = {BOB}")
    assert await store.traces.kept(ADA) == Kept(
        films=24, since=NOW, credit=1_000_000 - PRICE, lines=49, preferences=True, marks=4
    )

    forgotten = await store.traces.forget(ADA, NOW + 100)
    requests = forgotten.films
    assert requests == {f"job{number}": f"request-job{number}" for number in range(24)}
    assert not forgotten.copies
    await nightly(store, tmp_path, fal, NOW + DAY).once()
    assert {*fal.asked} == {*requests.values()}
    assert (await store.traces.kept(ADA)).lines == 49 + 4  # still in the books
    await nightly(store, tmp_path, fal, NEXT_MONTH).once()
    assert len(fal.asked) == 24
    assert await store.traces.kept(ADA) == Kept()
    for table in ("marks", "boards"):
        assert await rows(file, f"SELECT job_id FROM {table}") == [("job25",)]
    assert await rows(file, BOOKS) == before
    assert await rows(file, "SELECT sum(bonus) FROM ledger WHERE user_id = 0") == [(0,)]
    assert await rows(file, f"SELECT * FROM jobs WHERE user_id = {BOB}") == bobs
    assert await rows(file, f"SELECT bonus, by_id FROM ledger WHERE user_id = {BOB} AND by_id = 0") == [(500_000, 0)]
    [line, _] = await store.servers.log(GUILD)
    assert (line.by_id, line.text) == (-1, f"somebody who is forgotten was given $1.00, and so was <@{BOB}>.")
    assert [one.by_id for one in await store.servers.log(OTHER + 1)] == [-1]

    there = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert f"{MARKER} 25 ".encode() in there
    assert [name for name in [f"{MARKER} {number} " for number in range(24)] if name.encode() in there] == []
    assert str(ADA).encode() not in there
    assert struct.pack(">q", ADA) not in there


async def test_whoever_comes_back_the_same_month_has_no_budget_anew(store: Store, tmp_path: Path, fal: Fal) -> None:
    """In whatever time zone, and however often he has himself forgotten; credit that was left is lost."""
    change = Change(guild_id=GUILD, by_id=BOB, at=NOW, text="x")
    await store.servers.grant(GUILD, ADA, PRICE, lambda _: change)
    await made(store, asked(1), judge=at_most(PRICE, Span.MONTH))
    for again in (1, 2):
        await store.traces.forget(ADA, NOW + again)
        await nightly(store, tmp_path, fal, NOW + DAY * again).once()
        for zone in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12"):
            for span in (Span.DAY, Span.MONTH):
                with pytest.raises(OverBudget):
                    await store.accept(asked(2, at=NOW + 3), at_most(PRICE, span, zone))
    assert (await store.traces.kept(ADA)).lines == 4  # one closing line, as nothing has come since
    await nightly(store, tmp_path, fal, NEXT_MONTH).once()
    terms = at_most(PRICE, Span.MONTH, now=NEXT_MONTH)
    await store.accept(asked(2, at=NEXT_MONTH), terms)
    with pytest.raises(OverBudget):
        await store.accept(asked(3, at=NEXT_MONTH), terms)


async def test_nobody_is_forgotten_while_he_has_films_under_way(store: Store, file: Path) -> None:
    """What has ended can be neither waited for at the film nor cancelled: then that it is not told yet is said."""
    await made(store, asked(1), closed=False)
    await made(store, asked(2))
    with pytest.raises(Refused, match=r"The notice of how 1 film ended is still on its way.*Nothing was deleted"):
        await store.traces.forget(ADA, NOW)
    await store.accept(asked(3), FREE)
    kept = await store.traces.kept(ADA)
    assert (kept.under_way, kept.untold) == (1, 1)
    with pytest.raises(Refused, match=r"1 film under way.*Nothing was deleted"):
        await store.traces.forget(ADA, NOW)
    assert await rows(file, "SELECT count(*) FROM jobs WHERE user_id = 0 OR arguments = '{}'") == [(0,)]


async def test_what_others_made_once_more_stays_theirs_but_not_what_he_had_sent(
    store: Store, file: Path, tmp_path: Path, fal: Fal
) -> None:
    """However often it was made again, also by himself; what is cut off before the files are gone is done at night."""
    parents = {2: 1, 3: 2, 4: None, 5: 4, 6: 5}
    await made(store, asked(1))
    for number, parent in parents.items():
        repeats = asked(number, user=ADA if number == 5 else BOB)
        await made(store, replace(repeats, parent_id=f"job{parent}" if parent else None))
    await made(store, replace(asked(7, user=BOB), parent_id="job1"), closed=False)  # which nobody touches
    names = [f"job{number}" for number in range(1, 8)]
    lay(tmp_path, *(f"{kind}/{name}.x" for name in names for kind in ("pictures", "sounds", "films")))
    forgotten = await store.traces.forget(ADA, NOW)
    assert (forgotten.films.keys(), {*forgotten.copies}) == ({"job1", "job5"}, {"job2", "job3", "job6"})
    await nightly(store, tmp_path, fal, NOW, pictures=None, films=None).once()
    assert left(tmp_path) == {
        *(f"films/{name}.x" for name in names if name not in forgotten.films),
        *(f"{kind}/job{number}.x" for kind in ("pictures", "sounds") for number in (4, 7)),
    }
    assert await rows(file, f"SELECT id FROM jobs WHERE user_id = {BOB} AND arguments = '{{}}' ORDER BY id") == [
        ("job2",),
        ("job3",),
        ("job6",),
    ]
    assert {*fal.asked} == {f"request-job{number}" for number in (1, 2, 3, 5, 6)}


async def test_pictures_that_others_took_from_his_films_go_and_their_words_stay(store: Store, file: Path) -> None:
    """Also from what was made once more of his."""
    await made(store, asked(1))
    await made(store, replace(asked(2, user=BOB), parent_id="job1"))
    for number, taken in {
        3: "film:job1:last",
        4: "film:job2:first",
        5: "film:job9:last",
        6: "https://film:job1:last",
    }.items():
        await made(store, replace(asked(number, user=BOB), media={"image_url": taken}))
    forgotten = await store.traces.forget(ADA, NOW)
    assert {*forgotten.copies} == {"job2", "job3", "job4"}
    told = "SELECT id FROM jobs WHERE origin LIKE 'copy:%' AND arguments != '{}' ORDER BY id"
    assert await rows(file, told) == [("job3",), ("job4",)]


async def test_what_others_joined_of_his_films_goes_with_them_and_what_they_joined_of_that(
    store: Store, file: Path, tmp_path: Path, fal: Fal
) -> None:
    """But not what is of their own alone; what is cut off before the files are gone is done at night."""
    await made(store, asked(1))
    for number, of in {
        2: made_of(["job9", "job1"]),
        3: made_of(["job2", "job9"]),
        4: made_of(["job9", "job8"]),
        5: {"image_url": "film:job3:last"},
    }.items():
        theirs = replace(asked(number, user=BOB), created_at=NOW + number, media=of)
        await made(store, replace(theirs, endpoint=STITCH) if number < 5 else theirs)
    lay(tmp_path, *(f"films/job{number}.x" for number in range(1, 6)))
    forgotten = await store.traces.forget(ADA, NOW)
    assert ({*forgotten.copies}, {*forgotten.joined}) == ({"job2", "job3", "job5"}, {"job2", "job3"})
    await nightly(store, tmp_path, fal, NOW, pictures=None, films=None).once()
    assert left(tmp_path) == {"films/job4.x", "films/job5.x"}
    told = f"SELECT id FROM jobs WHERE user_id = {BOB} AND arguments != '{{}}' ORDER BY id"
    assert await rows(file, told) == [("job4",), ("job5",)]


async def test_whoever_had_read_a_job_before_writes_no_trace_back(store: Store) -> None:
    read = await made(store, asked(1))
    await store.traces.forget(ADA, NOW)
    with pytest.raises(Stale):
        await store.note(read, message_id=read.message_id)


async def test_no_webhook_revives_a_job_of_nobody(store: Store) -> None:
    lost = await store.accept(asked(1), FREE)
    for state in (State.UPLOADED, State.SUBMITTING):
        lost = await store.move(lost, state, at=NOW)
    lost = await store.move(lost, State.LOST, at=NOW, settle=Entry.REFUND)
    await store.note(lost, closed_at=NOW)
    await store.traces.forget(ADA, NOW)
    assert await store.hear("job1", "r", {}, at=NOW) is None
    found = await store.find("job1")
    assert found
    assert (found.forgotten, found.hook_token, found.prompt) == (True, "", "(no longer kept)")


# ---- of what is old ----


async def test_each_kind_is_kept_for_its_days_and_no_longer(store: Store, file: Path, tmp_path: Path, fal: Fal) -> None:
    await made(store, asked(1))
    await made(store, asked(2), closed=False)  # which nobody touches
    for name in ("job1", "job2", "nobodys"):
        lay(tmp_path, f"pictures/{name}-image_url.jpg", f"sounds/{name}-audio.mp3", f"films/{name}.mp4")
    lay(tmp_path, "films/.being-made", "incoming/job1-image_url")
    there = left(tmp_path)
    days = {"pictures": 3, "films": 5, "prompts": 7, "accounts": 60, "left": None}

    def at(day: float) -> Nightly:
        return nightly(store, tmp_path, fal, NOW + day * DAY, **days)

    await at(2.9).once()
    assert left(tmp_path) == there
    await at(3.1).once()
    assert left(tmp_path) == (there := there - {"pictures/job1-image_url.jpg", "sounds/job1-audio.mp3"})
    await at(4.9).once()
    assert left(tmp_path) == there
    await at(5.1).once()
    assert left(tmp_path) == there - {"films/job1.mp4"}
    await at(6.9).once()
    assert await rows(file, "SELECT count(*) FROM jobs WHERE arguments = '{}'") == [(0,)]
    await at(7.1).once()
    assert await rows(file, "SELECT id, user_id FROM jobs WHERE arguments = '{}'") == [("job1", ADA)]
    assert fal.asked == ["request-job1"]
    await at(59).once()
    assert await rows(file, "SELECT count(*) FROM jobs WHERE user_id = 0") == [(0,)]
    books = await rows(file, BOOKS)
    await at(61).once()
    assert await rows(file, "SELECT id, user_id FROM jobs ORDER BY id") == [("job1", 0), ("job2", ADA)]
    assert await rows(file, f"SELECT count(*) FROM ledger WHERE user_id = {ADA}") == [(0,)]
    assert await rows(file, BOOKS) == books
    await nightly(store, tmp_path, fal, NOW + 999 * DAY, **dict.fromkeys(days)).once()
    assert await rows(file, "SELECT id FROM jobs WHERE arguments != '{}'") == [("job2",)]


@pytest.mark.parametrize("longer", ["pictures", "films", "prompts"])
async def test_what_is_kept_longer_than_the_books_is_kept_with_its_owner(
    store: Store, file: Path, tmp_path: Path, fal: Fal, longer: str
) -> None:
    """For more days, and for ever; only the lines of the books are nobody's then."""
    await made(store, asked(1))
    kinds = {"pictures": "pictures/job1-image_url.jpg", "films": "films/job1.mp4"}
    lay(tmp_path, *kinds.values())
    days = {"pictures": 3, "films": 5, "prompts": 7, "accounts": 60, "left": None}
    said = "SELECT user_id, message_id, arguments != '{}' FROM jobs"
    for more, at in ((900, 899), (None, 36_500)):
        await nightly(store, tmp_path, fal, NOW + at * DAY, **(days | {longer: more})).once()
        assert await rows(file, said) == [(ADA, ADA + 1, longer == "prompts")]
        assert left(tmp_path) == ({kinds[longer]} if longer in kinds else set())
        assert await rows(file, f"SELECT 1 FROM ledger WHERE user_id = {ADA}") == []
    await nightly(store, tmp_path, fal, NOW + 901 * DAY, **(days | {longer: 900})).once()
    assert await rows(file, said) == [(0, None, False)]
    assert left(tmp_path) == set()


async def test_what_is_no_longer_kept_of_a_film_leaves_it_where_it_can_be_found_and_deleted(
    store: Store, tmp_path: Path, fal: Fal
) -> None:
    before = await made(store, asked(1))
    await nightly(store, tmp_path, fal, NOW + 366 * DAY).once()
    after = await store.find("job1")
    assert after
    assert after.forgotten
    assert after.link == before.link is not None


async def test_credit_does_not_expire_with_the_lines_that_say_so(store: Store, file: Path, tmp_path: Path) -> None:
    """Nor does what counts in this month go, however few days are to be kept."""
    change = Change(guild_id=GUILD, by_id=BOB, at=NOW, text="x")
    for user in (ADA, BOB):
        await store.servers.grant(GUILD, user, 3 * PRICE, lambda _: change)
    await made(store, asked(1), judge=at_most(0, Span.DAY))
    await nightly(store, tmp_path, Fal(), NOW + 60, accounts=0).once()
    assert (await store.traces.kept(ADA)).lines == 3
    for _ in range(2):
        await nightly(store, tmp_path, Fal(), NEXT_MONTH, accounts=0).once()
    assert (await store.traces.kept(ADA)).credit == 2 * PRICE
    assert await rows(file, "SELECT sum(bonus) FROM ledger WHERE user_id = 0") == [(0,)]
    await store.accept(asked(2, at=NEXT_MONTH), at_most(0, Span.DAY, now=NEXT_MONTH))
    assert await store.servers.log(GUILD) == []
    assert await rows(file, "SELECT DISTINCT by_id FROM ledger WHERE by_id IS NOT NULL") == [(0,)]


async def test_a_server_that_was_left_is_forgotten_unless_the_bot_comes_back(
    store: Store, file: Path, tmp_path: Path, fal: Fal
) -> None:
    change = Change(guild_id=GUILD, by_id=BOB, at=NOW, text="x")
    for guild in (GUILD, OTHER):
        await store.servers.change(replace(change, guild_id=guild), paused=True)
        await made(store, asked(guild, guild=guild))
    await store.servers.grant(GUILD, ADA, 5, lambda _: change)
    await made(store, asked(3, user=BOB), closed=False)  # which is told of as soon as that can be
    lay(tmp_path, "films/job2.mp4", "films/job22.mp4")
    gone = store.retention
    assert await gone.member_of([OTHER, 99], NOW) == [GUILD]
    assert await gone.member_of([99], NOW + DAY) == [OTHER]
    assert await gone.member_of([99], NOW + 2 * DAY) == []
    await gone.left(GUILD, NOW + 3 * DAY)  # the first time counts
    await gone.joined(OTHER)
    await nightly(store, tmp_path, fal, NOW + 29.9 * DAY).once()
    assert (await store.servers.rules(GUILD)).paused
    await nightly(store, tmp_path, fal, NOW + 30.1 * DAY).once()
    assert not (await store.servers.rules(GUILD)).paused
    assert await store.servers.log(GUILD) == []
    assert (await store.servers.rules(OTHER)).paused
    assert left(tmp_path) == {"films/job22.mp4"}
    assert await rows(file, "SELECT id, user_id FROM jobs") == [("job2", 0), ("job22", ADA), ("job3", BOB)]
    assert await rows(file, "SELECT * FROM departures") == []
    assert await gone.member_of([OTHER], NOW) == [GUILD]  # for that one
    await nightly(store, tmp_path, fal, NEXT_MONTH + 31 * DAY).once()
    assert await rows(file, f"SELECT DISTINCT guild_id FROM ledger WHERE user_id = {ADA}") == [(OTHER,)]


# ---- fal, and whatever does not answer ----


@pytest.mark.parametrize(
    ("answers", "asked_for", "stays"),
    [
        ([], 9, []),
        ([True, False], 4, ["job1", *(f"job{number}" for number in range(4, 9))]),  # it is not for this key
        ([None] * 9, 9, [f"job{number}" for number in range(9)]),  # nobody answers
        ([None], 9, ["job0"]),  # one is not to be had yet, and keeps no other waiting
    ],
)
async def test_fal_is_asked_again_for_what_it_has_not_deleted(
    store: Store, tmp_path: Path, answers: list[bool | None], asked_for: int, stays: list[str]
) -> None:
    for number in range(9):
        await made(store, asked(number, at=NOW - number))
    await store.traces.forget(ADA, NOW)
    fal = Fal(*answers)
    await nightly(store, tmp_path, fal, NOW + 60).once()
    assert len(fal.asked) == asked_for
    assert sorted(await store.retention.unerased(0)) == stays
    assert await store.retention.unerased(NOW + 1) == {}  # fal itself does not store them for so long
    assert await store.retention.unerased(0) == {}


async def test_requests_that_fal_never_deletes_keep_no_other_waiting_for_ever() -> None:
    """Where nothing comes of three rounds fal is let be; the next night the others have their turn."""
    stuck = {f"stuck{number}" for number in range(14)}
    waiting = {name: name for name in [*sorted(stuck), "a", "b", "c"]}

    class Stubborn:
        asked = 0

        async def erase(self, request_id: str) -> bool:
            self.asked += 1
            if request_id in stuck:
                raise Unavailable("fal")
            return True

        async def erased(self, job_ids: Collection[str]) -> None:
            for job_id in job_ids:
                del waiting[job_id]

    fal = Stubborn()
    erasing = Erasing(fal, fal)
    await erasing.of(dict(waiting))
    assert (fal.asked, len(waiting)) == (12, 17)
    assert (await erasing.of(dict(waiting))).done == 3
    assert waiting.keys() == stuck


async def test_the_night_waits_for_what_does_not_answer(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "films").touch()  # which is no folder
    running = asyncio.create_task(nightly(store, tmp_path, Fal(), NOW).run(0))
    async with asyncio.timeout(20):
        while not caplog.records:  # noqa: ASYNC110 - a log has no events
            await asyncio.sleep(0.01)
    assert "removed later: The bot's own disk does not answer" in caplog.text
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])


# ---- words and times ----


def test_the_night_is_the_next_at_its_hour() -> None:
    three = datetime(2026, 3, 1, 3, tzinfo=UTC).timestamp()
    assert next_night(three - 1) == three
    assert next_night(three) == next_night(three + 1) == three + DAY


@given(
    st.floats(0, 4e9),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "Pacific/Pago_Pago"]),
)
def test_what_counts_in_a_window_anywhere_is_never_too_old(now: float, zone: str) -> None:
    start = counts_from(now)
    assert start <= window(Span.MONTH, now, zone).start
    assert now - start < 35 * DAY


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_says_for_how_long(kind: Kind) -> None:
    if kind.days:
        assert kind.how_long(Keep(**{kind.days: 1})).startswith("1 day")
        assert kind.how_long(Keep(**{kind.days: None})).startswith("for ever")
    assert kind.how_long(Keep())


@pytest.mark.parametrize("voice", [ENGLISH, *voices().values()])
def test_what_is_read_fits_an_embed_in_every_language(voice: Voice) -> None:
    most = Kept(films=2**62, since=2**62, credit=2**62, lines=2**62, preferences=True, marks=2**62)
    with speaking(voice):
        assert len(shown(Keep(pictures=36_500, accounts=None), most)) <= 4096
        assert len(question(most)) <= 4096


def test_only_who_has_credit_is_told_that_he_loses_it() -> None:
    assert "Is lost" in question(Kept(credit=1))
    assert "Is lost" not in question(Kept())
    assert "`/preferences scenes: False` anew" in question(Kept())


async def test_reactions_are_remembered_as_long_as_they_are_looked_back_for_and_stars_as_long_as_the_film(
    store: Store, file: Path, tmp_path: Path, fal: Fal
) -> None:
    for number in (1, 2):
        done = await made(store, asked(number))
        await store.marks.put(done.id, BOB, "favourite", NOW)
        await store.boards.begin(done.id, "report", 1, NOW)
        for at, action in ((NOW, "again"), (NOW, "favourite")):
            await store.marks.hear(done.id, BOB, action, at)
    await store.note(done, removed_at=NOW)
    await nightly(store, tmp_path, fal, NOW + 16 * DAY).once()
    kept = await rows(file, "SELECT job_id, action, reaction FROM marks ORDER BY reaction")
    assert kept == [("job1", "favourite", 0), ("job1", "favourite", 1)]
    assert await rows(file, "SELECT job_id FROM boards") == [("job1",)]


async def test_what_was_put_on_films_of_a_server_goes_with_it(
    store: Store, file: Path, tmp_path: Path, fal: Fal
) -> None:
    for number, guild in ((1, GUILD), (2, OTHER)):
        done = await made(store, asked(number, guild=guild))
        await store.marks.put(done.id, BOB, "favourite", NOW)
        await store.boards.begin(done.id, "favourite", 1, NOW)
    await store.retention.left(GUILD, NOW)
    await nightly(store, tmp_path, fal, NOW + 31 * DAY).once()
    for table in ("marks", "boards"):
        assert await rows(file, f"SELECT job_id FROM {table}") == [("job2",)]
