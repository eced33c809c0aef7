"""Who may what by a reaction, as one table; and what is heard once is not done twice."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot.actions import SEEN, Actions, Person, Post
from bot.adapters.store import Store
from bot.archive import Viewer
from bot.complaints import PASSED_ON
from bot.domain.action import TABLE, Action, by_emoji
from bot.domain.budget import Terms
from bot.domain.button import Button
from bot.domain.errors import OverBudget, Repeated, Stopping, Unavailable
from bot.domain.job import Job
from bot.domain.order import Order
from bot.reacting import Came, Reacting
from bot.studio import Asker
from tests.unit.test_archive import archive
from tests.unit.test_boards import GUILD, HOME, MOD, NOW, Hung, complaints_of, gallery_of, shown
from tests.unit.test_moderation import Hands, delivered, endings_of
from tests.unit.test_words import job
from tests.unit.under import under

OWNER, BOB, MODERATOR, BLOCKED = 1, 11, 9, 13
MADE, ASKED, DONE, NOTHING = "made", "asked", "done", "nothing"
ALL = {OWNER: MADE, BOB: MADE, MODERATOR: MADE, BLOCKED: NOTHING}
NONE = dict.fromkeys(ALL, NOTHING)
ANYBODY_ASKED = {OWNER: ASKED, BOB: ASKED, MODERATOR: ASKED, BLOCKED: NOTHING}
DECIDES = "is for <@1> to decide"
# what comes of it on a film that is there, and on the card of one that is being made
MATRIX: dict[str, tuple[dict[int, str], dict[int, str]]] = {
    "🔁": (ALL, NONE),
    "✏️": (ANYBODY_ASKED, NONE),
    "⬆️": (ALL, NONE),
    "⏩": (ANYBODY_ASKED, NONE),
    "🌉": (ANYBODY_ASKED, NONE),
    "🛑": (NONE, {OWNER: DONE, BOB: DECIDES, MODERATOR: DONE, BLOCKED: NOTHING}),
    "✉️": ({OWNER: DONE, BOB: DONE, MODERATOR: DONE, BLOCKED: NOTHING}, NONE),
    "⭐": ({OWNER: DONE, BOB: DONE, MODERATOR: DONE, BLOCKED: NOTHING}, NONE),
    "🚩": (
        {OWNER: "your own film", BOB: "passed on", MODERATOR: "passed on", BLOCKED: NOTHING},
        NONE,
    ),
    "🗑️": ({OWNER: ASKED, BOB: DECIDES, MODERATOR: ASKED, BLOCKED: NOTHING}, NONE),
}


class Studio:
    """Accepts what it is asked for, or refuses it."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.refusal: Exception | None = None
        self.asked_at: float | None = None

    async def rerun(self, asker: Asker, old: Job) -> Job:
        self.asked_at = asker.asked_at
        return await self.film(asker, old)

    async def film(self, asker: Asker, order: object, **_: object) -> Job:
        if self.refusal:
            raise self.refusal
        return replace(job(), id=f"of{asker.user_id}")

    def order(self, job: Job) -> Any:
        return Order(door="animate", options=job.options, media={})

    async def origin(self, action: str, asker: Asker, old: Job) -> str:
        return f"{action}:{old.id}:{asker.user_id}"

    def begin(self, job: Job) -> None:
        self.begun.append(job.id)


class Stage:
    """A film, and what takes reactions to it; what was sent, to whom."""

    def __init__(self, store: Store, film: Job, folder: Path, now: float = NOW) -> None:
        self.store, self.film, self.sent = store, film, list[int]()
        self.studio: Any = Studio()
        films, post = archive(film, folder), cast("Post", None)  # sending is tried elsewhere
        self.gallery = gallery_of(store)
        endings, complaints = endings_of(store, folder, Hands()), complaints_of(store, Hung())
        actions = Actions(self.studio, films, endings, self.gallery, complaints, post)
        actions.tells = {**actions.tells, "send": self._send}
        parts = store.films, store.marks, store.servers, actions, self.studio, self.gallery
        self.reacting = Reacting(*parts, lambda: now)

    async def _send(self, person: Person, _: str) -> str:
        self.sent.append(person.viewer.user_id)
        return "It is in our direct messages."

    async def react(self, user_id: int, emoji: str) -> Came:
        return await self.reacting.added(person(user_id), self.film, action(emoji))


def action(emoji: str) -> Action:
    found = by_emoji(emoji)
    assert found
    return found


def person(user_id: int) -> Person:
    asker = Asker(origin="x", user_id=user_id, guild_id=GUILD, channel_id=HOME, application_id=1, interaction_token="")
    viewer = Viewer(
        user_id=user_id,
        guild_id=GUILD,
        manages=user_id == MODERATOR,
        age_restricted=False,
        channel_id=HOME,
        channels=frozenset({HOME}),
    )
    return Person(asker=asker, viewer=viewer)


async def stage_of(store: Store, folder: Path, *, there: bool) -> Stage:
    film = await shown(store, options={"quality": "draft"})
    if not there:
        asked = replace(job(), id="running", origin="y", seen_in=HOME, channel_id=HOME)
        film = await store.accept(asked, under(Terms()))
    await store.servers.revise(
        GUILD, lambda rules: (replace(rules, blocked=frozenset({BLOCKED})), MOD.change("x", 1.0))
    )
    return Stage(store, film, folder)


def test_the_table_of_who_may_what_has_all_actions() -> None:
    assert [*MATRIX] == [one.emoji for one in TABLE]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("emoji", MATRIX)
async def test_who_may_what_by_a_reaction(store: Store, tmp_path: Path, emoji: str, *, there: bool) -> None:
    stage = await stage_of(store, tmp_path, there=there)
    for user_id, becomes in MATRIX[emoji][0 if there else 1].items():
        if emoji == "🛑" and becomes == DONE:  # each calls off one of his own
            stage = await stage_of_running(store, tmp_path, user_id)
        before = len(stage.studio.begun), len(stage.sent), (await state(store, stage.film))
        came = await stage.react(user_id, emoji)
        assert came.asks == (becomes == ASKED)
        assert len(stage.studio.begun) - before[0] == (becomes == MADE)
        if becomes in (MADE, ASKED, DONE, NOTHING):
            assert came.told == ""
        else:
            assert becomes in came.told
        changed = (len(stage.studio.begun), len(stage.sent), await state(store, stage.film)) != before
        assert changed == (becomes in (MADE, DONE, "passed on"))


async def stage_of_running(store: Store, folder: Path, number: int) -> Stage:
    asked = replace(job(), id=f"running{number}", origin=f"z{number}", seen_in=HOME, channel_id=HOME)
    return Stage(store, await store.accept(asked, under(Terms())), folder)


async def state(store: Store, film: Job) -> tuple[object, ...]:
    known = await store.find(film.id)
    assert known
    stars = [await store.marks.stars(film.id, 0), (await store.marks.reports(film.id)).members]
    return known.state, known.unwanted_at, *stars


async def test_what_was_heard_is_done_again_only_after_it_was_gone(store: Store, tmp_path: Path) -> None:
    stage = await stage_of(store, tmp_path, there=True)
    for _ in range(2):
        await stage.react(BOB, "🔁")
    assert stage.studio.begun == ["of11"]
    await stage.reacting.removed(BOB, stage.film, action("🔁"))
    await stage.react(BOB, "🔁")
    assert stage.studio.begun == ["of11"] * 2
    assert await store.marks.heard([stage.film.id]) == {(stage.film.id, BOB, "again"): True}


async def test_a_star_stands_as_long_as_its_reaction_or_until_its_button_takes_it_back(
    store: Store, tmp_path: Path
) -> None:
    stage = await stage_of(store, tmp_path, there=True)
    await stage.react(BOB, "⭐")
    assert await stage.gallery.toggle(stage.film, BOB) == "Your star is taken back."
    await stage.react(BOB, "⭐")  # as the bot hears it when it is back: the reaction still stands
    assert await store.marks.stars(stage.film.id, OWNER) == 0
    assert "bring a film into <#30>: 2." in await stage.gallery.toggle(stage.film, BOB)
    await stage.reacting.removed(BOB, stage.film, action("⭐"))
    await stage.react(12, "⭐")
    await stage.react(12, "🔁")
    assert await store.marks.stars(stage.film.id, OWNER) == 1
    await stage.reacting.cleared(stage.film, action("🔁"))
    assert await store.marks.stars(stage.film.id, OWNER) == 1
    await stage.reacting.cleared(stage.film, None)
    assert await store.marks.stars(stage.film.id, OWNER) == 0
    assert await store.marks.heard([stage.film.id]) == {}


@pytest.mark.parametrize("refusal", [Stopping("x"), Unavailable("x")])
async def test_what_could_not_be_done_now_is_done_when_it_is_heard_again(
    store: Store, tmp_path: Path, refusal: Exception
) -> None:
    stage = await stage_of(store, tmp_path, there=True)
    stage.studio.refusal = refusal
    with pytest.raises(type(refusal)):
        await stage.react(BOB, "🔁")
    assert await store.marks.heard([stage.film.id]) == {(stage.film.id, BOB, "again"): False}
    stage.studio.refusal = None
    for _ in range(2):
        await stage.react(BOB, "🔁")
    assert stage.studio.begun == ["of11"]


async def test_what_came_of_a_reaction_before_a_death_is_the_same_film_after_it(store: Store, tmp_path: Path) -> None:
    stage = await stage_of(store, tmp_path, there=True)
    assert await store.marks.hear(stage.film.id, BOB, "again", NOW - 10) == NOW - 10
    await stage.react(BOB, "🔁")
    assert stage.studio.asked_at == NOW - 10


async def test_what_is_not_there_for_a_card_is_heard_on_its_film(store: Store, tmp_path: Path) -> None:
    stage = await stage_of(store, tmp_path, there=False)
    await stage.react(BOB, "⭐")
    film = await store.note(await delivered(store, stage.film), message_id=8)
    await Stage(store, film, tmp_path).react(BOB, "⭐")
    assert await store.marks.stars(film.id, OWNER) == 1


async def test_what_is_refused_is_told_with_what_may_be_done_instead_and_what_runs_already_is_not(
    store: Store, tmp_path: Path
) -> None:
    stage = await stage_of(store, tmp_path, there=True)
    stage.studio.refusal = over = OverBudget("x", 5)
    over.buttons = (Button("Make it with less", "cheaper:1"),)
    assert await stage.react(BOB, "🔁") == Came(told="x", buttons=over.buttons)
    stage.studio.refusal = Repeated("x")
    assert await stage.react(OWNER, "🔁") == Came()


async def test_films_and_cards_of_servers_are_found_by_their_messages(store: Store, tmp_path: Path) -> None:
    film = (await stage_of(store, tmp_path, there=True)).film
    asked = await store.accept(replace(job(), id="card", origin="c", channel_id=4), under(Terms()))
    await store.note(asked, card_id=8)
    found = [await store.films.of_message(number) for number in (7, 8, 9)]
    assert [one and one.id for one in found] == [film.id, "card", None]
    recent = Stage(store, film, tmp_path, film.created_at + 13 * 86400).reacting
    assert await recent.shown(5) == {HOME: {7: film.id}, 4: {8: "card"}}
    assert len(await recent.shown(1)) == 1
    assert await Stage(store, film, tmp_path, film.created_at + 15 * 86400).reacting.shown(5) == {}


async def test_who_reports_by_a_reaction_is_told_that_others_see_it(store: Store, tmp_path: Path) -> None:
    stage = await stage_of(store, tmp_path, there=True)
    asker = replace(person(BOB).asker, origin="reaction:1")
    came = await stage.reacting.added(replace(person(BOB), asker=asker), stage.film, action("🚩"))
    assert came.told == f"{PASSED_ON} {SEEN}"
    await stage.reacting.removed(BOB, stage.film, action("🚩"))
    assert (await store.marks.reports(stage.film.id)).members == 1
