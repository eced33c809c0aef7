"""A draft of a conversation: who may have one, of whose words and with which picture, and what it costs in the end."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.actions import Person
from bot.archive import Viewer
from bot.domain.budget import Allowance, Span, Standing, Terms, Unit, Whose
from bot.domain.catalogue import CATALOGUE
from bot.domain.draft import DRAFT_ID, Booking, Draft, Frame
from bot.domain.errors import Busy, Invalid, Refused, Unavailable, Unclear, Undeliverable
from bot.domain.job import Job, State
from bot.domain.order import Attached
from bot.domain.permission import BLOCKED, PAUSED
from bot.domain.preferences import Preferences
from bot.domain.prompting import NEGATIVES
from bot.domain.rules import Rules
from bot.domain.scene import NOTHING_DRAFTED, NOTHING_SAID, Said
from bot.scenes import (
    HOUR,
    MAY_NOT_READ,
    MOST_AN_HOUR,
    NO_FRAME,
    NO_PICTURE,
    OFF,
    ONE_AT_A_TIME,
    UNREAD,
    UNREADABLE,
    Drafting,
    Scenes,
    Sources,
)
from bot.studio import Asker, Chance, Offer, Studio
from tests.unit.test_studio import Books as Jobs
from tests.unit.test_studio import Hands, People
from tests.unit.test_words import job

ADA, BOB, GUILD, FILMS = 1, 2, 2, 3
PRICE = 10_000
ASKER = Asker(origin="x", user_id=ADA, guild_id=GUILD, channel_id=FILMS, application_id=4, interaction_token="t")
VIEWER = Viewer(
    user_id=ADA, guild_id=GUILD, manages=False, age_restricted=False, channel_id=FILMS, channels=frozenset({FILMS})
)
HERS = Person(asker=ASKER, viewer=VIEWER)
OLD, NEW = (Attached(url=f"https://cdn/{name}.png", size=9) for name in ("old", "new"))
TALK = [
    Said(author_id=ADA, text="a fox", message_id=10, picture=OLD),
    Said(author_id=BOB, text="in the snow", message_id=20, picture=NEW),
]


@dataclass
class Reply:
    output: str = "The fox sleeps."
    cost: int | None = 500


class Outside:
    """All that a draft needs, as it is told; it remembers what it was asked."""

    def __init__(self) -> None:
        self.talk, self.rules, self.left_out = TALK, Rules(), set[int]()
        self.reply: Reply | Exception = Reply()
        self.film: Job | None = None
        self.mine = Preferences()
        self.bonus, self.now = 0, 1000.0
        self.read: list[tuple[int, int | None, int]] = []
        self.asked: list[tuple[str, str, str]] = []
        self.booked: list[int] = []
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()
        self.broken = False

    async def last(self, channel_id: int, guild_id: int | None, count: int) -> list[Said]:
        self.read.append((channel_id, guild_id, count))
        if self.broken:
            raise Undeliverable("Missing Access")
        return self.talk

    async def preferences(self, user_id: int) -> Preferences:
        return self.mine

    async def unread(self, user_ids: Collection[int]) -> set[int]:
        return self.left_out & {*user_ids}

    async def ask(self, model: str, instruction: str, data: str) -> Reply:
        self.asked.append((model, instruction, data))
        self.begun.set()
        await self.go.wait()
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    async def account(self, user_id: int, guild_id: int | None, terms: Terms) -> Standing:
        return Standing(spent={}, bonus=self.bonus)

    async def book(self, draft: Booking, judge: Callable[[Rules], Terms]) -> Booking:
        judge(self.rules)
        self.booked.append(draft.price)
        return draft

    async def settle(self, draft: Booking, cost: int) -> None:
        if self.broken:
            raise Unavailable("The database")
        self.booked.append(cost - draft.price)

    async def last_film(self, viewer: Viewer) -> Job | None:
        return self.film

    async def here(self, viewer: Viewer, job_id: str) -> Job:
        if self.film is None or job_id != self.film.id:
            raise Refused("I know no film of that number.")
        return self.film

    async def shareable(self, viewer: Viewer, job: Job) -> Path:
        if job.removed_at:
            raise Refused("That film is not kept here any more.")
        if job.hidden:
            raise Refused("That film is hidden.")
        return Path(job.id)


class Servers:
    """Their settings."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def rules(self, guild_id: int | None) -> Rules:
        return self._outside.rules


def scenes(outside: Outside, *, reads: bool = True, limit: int | None = None) -> Scenes:
    chance = Chance(job_id=lambda: "1" * 10, hook_token=lambda: "t", seed=lambda: 1, clock=lambda: 1000.0)
    studio = Studio(Jobs(None), People(), People(), Hands(), Offer(catalogue=CATALOGUE, limits={}), chance)
    limits = {} if limit is None else {Allowance(Whose.MEMBER, Span.DAY, Unit.MONEY): limit}
    drafting = Drafting(reads=reads, model="some/model", price=PRICE, limits=limits)
    sources = Sources(channel=outside, members=outside, servers=Servers(outside), model=outside)
    archive: Any = outside
    return Scenes(drafting, sources, outside, outside, studio, archive, lambda: outside.now)


async def drawn(
    made: Scenes, person: Person = HERS, picture: Attached | None = None, *, may_read: bool = True
) -> Draft:
    return await made.scene(person, 20, picture, may_read=may_read)


async def refused(asked: Any) -> str:
    with pytest.raises(Refused) as told:
        await asked
    return str(told.value)


async def test_a_draft_has_what_the_model_answered_the_price_of_its_film_and_its_own() -> None:
    outside = Outside()
    draft = await drawn(scenes(outside))
    assert (draft.prompt, draft.frame, draft.price) == ("The fox sleeps.", Frame(url=NEW.url, size=9), 405_000)
    assert draft.text == "A film of this costs $0.41 with Wan 2.2.\nThis draft cost $0.0005."
    assert outside.read == [(FILMS, GUILD, 20)]
    [(model, _, data)] = outside.asked
    assert (model, "a fox" in data, "in the snow" in data) == ("some/model", True, True)
    assert outside.booked == [PRICE, 500 - PRICE]
    assert [DRAFT_ID.fullmatch(button.id) is not None for button in draft.buttons] == [True, True]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Rules(paused=True, unread=frozenset({FILMS})), PAUSED),
        (Rules(blocked=frozenset({ADA}), unread=frozenset({FILMS})), BLOCKED),
        (Rules(forbidden=frozenset({33}), unread=frozenset({FILMS})), "No films are made in this channel"),
        (Rules(unread=frozenset({FILMS})), UNREAD),
        (Rules(unread=frozenset({33})), UNREAD),
        (Rules(), MAY_NOT_READ),
    ],
)
async def test_nothing_is_read_where_a_server_lets_no_draft_be_made(rules: Rules, says: str) -> None:
    outside = Outside()
    outside.rules = rules
    thread = replace(HERS, asker=replace(ASKER, parent_id=33))
    assert says in await refused(drawn(scenes(outside, limit=0), thread, may_read=False))
    assert await refused(drawn(scenes(outside, reads=False), thread)) == OFF
    assert (outside.read, outside.asked, outside.booked) == ([], [], [])


async def test_nothing_is_read_for_a_draft_that_does_not_fit_into_a_budget() -> None:
    outside = Outside()
    assert "A draft costs up to $0.01" in await refused(drawn(scenes(outside, limit=PRICE - 1)))
    assert outside.read == []


async def test_who_could_not_make_the_film_is_told_so_before_anything_is_read() -> None:
    outside, made = Outside(), scenes(Outside())
    lacking = replace(HERS, asker=replace(ASKER, lacking=("“Attach files”",)))
    assert "I may not post films in this channel" in await refused(drawn(made, lacking))
    with pytest.raises(Invalid, match="at most"):
        await drawn(made, picture=Attached(url="x", size=10**12))
    assert outside.read == []


async def test_who_wants_to_be_left_out_is_with_words_and_pictures() -> None:
    outside = Outside()
    outside.left_out = {BOB}
    draft = await drawn(scenes(outside))
    assert draft.frame.url == OLD.url
    assert "snow" not in outside.asked[0][2]
    outside.left_out = {ADA, BOB}
    assert await refused(drawn(scenes(outside))) == NOTHING_SAID
    assert len(outside.asked) == 1


@pytest.mark.parametrize(
    ("message", "given", "begins"),
    [
        (15, None, Frame(url=NEW.url, size=9)),
        (25, None, Frame(film=job().id)),
        (25, OLD, Frame(url=OLD.url, size=9)),
    ],
)
async def test_the_film_begins_with_what_was_attached_or_is_newest(
    message: int, given: Attached | None, begins: Frame
) -> None:
    outside = Outside()
    outside.film = replace(job(), message_id=message)
    draft = await drawn(scenes(outside), picture=given)
    assert draft.frame == begins
    assert (draft.source is not None) == bool(begins.film)
    huge = Attached(url="x", size=10**12)
    outside.talk, outside.film = [replace(one, picture=huge) for one in TALK], None
    with pytest.raises(Invalid, match="at most"):
        await drawn(scenes(outside))
    assert len(outside.asked) == 1
    outside.talk, outside.film = [replace(one, picture=None) for one in TALK], replace(job(), message_id=message)
    assert (await drawn(scenes(outside))).frame == Frame(film=job().id)
    outside.film = None
    assert await refused(drawn(scenes(outside))) == NO_FRAME


@pytest.mark.parametrize(
    ("reply", "says", "booked"),
    [
        (Unclear(), "so $0.01 stay charged", [PRICE]),
        (Refused("fal says no."), "fal says no.", [PRICE, -PRICE]),
        (Reply(output="I'm sorry"), NOTHING_DRAFTED, [PRICE, 500 - PRICE]),
        (Reply(output="", cost=None), NOTHING_DRAFTED, [PRICE]),
    ],
)
async def test_what_was_not_paid_comes_back_and_what_nobody_knows_stays(
    reply: Reply | Exception, says: str, booked: list[int]
) -> None:
    outside = Outside()
    outside.reply = reply
    assert says in await refused(drawn(scenes(outside)))
    assert outside.booked == booked


async def test_what_never_left_comes_back_and_an_unknown_cost_is_told_as_the_most() -> None:
    outside = Outside()
    for error in (Unavailable("fal"), Busy("fal", 1)):
        outside.reply = error
        with pytest.raises(type(error)):
            await drawn(scenes(outside))
    assert outside.booked == [PRICE, -PRICE] * 2
    outside.reply = Reply(cost=None)
    assert (await drawn(scenes(outside))).paid == "This draft cost $0.01 at the most."
    outside.reply = Reply(cost=PRICE + 1)
    assert (await drawn(scenes(outside))).paid == "This draft cost $0.01."


async def test_a_database_that_is_gone_takes_no_draft_from_who_has_paid_it() -> None:
    outside = Outside()
    outside.go.clear()
    drawing = asyncio.create_task(drawn(scenes(outside)))
    await outside.begun.wait()
    outside.broken = True
    outside.go.set()
    assert (await drawing).paid == "This draft cost $0.01 at the most."


async def test_a_channel_that_cannot_be_read_is_told() -> None:
    outside = Outside()
    outside.broken = True
    assert await refused(drawn(scenes(outside))) == UNREADABLE


async def test_one_member_has_one_draft_at_a_time_and_not_too_many_in_an_hour() -> None:
    outside = Outside()
    made = scenes(outside)
    outside.go.clear()
    first = asyncio.create_task(drawn(made))
    await outside.begun.wait()
    assert await refused(drawn(made)) == ONE_AT_A_TIME
    other = asyncio.create_task(drawn(made, replace(HERS, asker=replace(ASKER, user_id=BOB))))
    outside.go.set()
    await asyncio.gather(first, other)
    for _ in range(MOST_AN_HOUR - 1):
        await drawn(made)
    assert f"The next one can be made <t:{1000 + HOUR:.0f}:R>" in await refused(drawn(made))
    outside.now += HOUR
    await drawn(made)


async def test_parts_become_a_draft_that_cost_nothing() -> None:
    made = scenes(Outside())
    draft = await made.composed(HERS, {"subject": "a cat", "motion": "its tail sways"}, NEW)
    assert (draft.prompt, draft.paid) == ("A cat, just as in the picture. Its tail sways.", "")
    assert [button.label for button in draft.buttons] == [
        "Make it for $0.41",
        "Make it without the usual flaws",
        "✏️ Edit",
    ]
    with pytest.raises(Invalid, match="`motion` is empty"):
        await made.composed(HERS, {"subject": "a cat"}, NEW)
    assert await refused(made.composed(HERS, {"subject": "a cat", "motion": "sways"}, None)) == NO_PICTURE


async def test_a_film_is_made_of_a_draft_at_the_price_that_was_told_and_from_a_film_that_is_there() -> None:
    outside = Outside()
    made, frame = scenes(outside), Frame(film=job().id)
    assert "I know no film" in await refused(made.film(HERS, "x", frame, origin="draft:1:make", told=405_000))
    outside.film, outside.mine = job(), Preferences(negative="hats")
    film = await made.film(HERS, "x", frame, origin="draft:1:make", told=405_000, clean=True)
    assert (film.origin, film.after_id, film.parent_id) == ("draft:1:make", job().id, None)
    assert film.media == {"image_url": f"film:{job().id}:last"}
    assert film.arguments["negative_prompt"] == ", ".join(["hats", *NEGATIVES])
    assert "Its price has changed" in await refused(made.film(HERS, "x", frame, origin="d", told=1))
    outside.film = replace(job(), removed_at=1.0)
    assert "not kept" in await refused(made.film(HERS, "x", frame, origin="d", told=405_000))
    outside.film = job(state=State.DELIVERED, message_id=None)
    assert "is hidden" in await refused(made.film(HERS, "x", frame, origin="e", told=405_000))


async def test_who_has_changed_a_draft_is_asked_where_that_costs_something_else_than_he_was_told() -> None:
    outside, frame = Outside(), Frame(film=job().id)
    outside.film = job()
    options = {"quality": "draft", "prompt": "y"}
    asks = await scenes(outside).edited(HERS, frame, options, origin="i", told=405_000)
    assert (asks.prompt, asks.options["quality"], asks.state) == ("y", "draft", State.ASKING)
    told = await scenes(outside).edited(HERS, frame, options, origin="i", told=asks.price)
    assert (told.price, told.state) == (asks.price, State.ACCEPTED)


async def test_what_is_covered_stays_covered_in_the_film_of_a_draft() -> None:
    outside, options = Outside(), {"prompt": "y", "spoiler": ""}
    pictures = [(Frame(url=f"https://cdn/{name}.png?ex=1"), name.startswith("SPOILER")) for name in ("SPOILER_a", "a")]
    for hidden in (True, False):
        outside.film = replace(job(), spoiler=hidden)
        for frame, covered in [(Frame(film=job().id), hidden), *pictures]:
            made = await scenes(outside).film(HERS, "x", frame, origin="d", told=405_000, clean=True)
            assert made.spoiler == covered
            changed = await scenes(outside).edited(HERS, frame, options, origin="d", told=405_000)
            assert changed.spoiler == covered
