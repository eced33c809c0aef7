"""Who may answer a job's question, and what becomes of it, however many answer at once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.adapters.store import Store
from bot.domain.budget import Terms
from bot.domain.card import YES
from bot.domain.catalogue import CATALOGUE
from bot.domain.doors import SAFETY
from bot.domain.errors import Refused, Stale
from bot.domain.job import Job, State
from bot.domain.money import Entry
from bot.domain.permission import BLOCKED, PAUSED
from bot.domain.preferences import Preferences
from bot.domain.rules import Change, Judge, Rules
from bot.studio import Asker, Chance, Offer, Studio
from tests.unit.test_words import UNLIKE, job
from tests.unit.under import under

ASKING = job(state=State.ASKING, sizes=UNLIKE, asked_at=900.0)


class Books:
    """Has one job, which may be moved once, as the guarded statement of the real one."""

    def __init__(self, job: Job | None, *, stale: bool = False) -> None:
        self.moved: list[tuple[State, Entry | None, dict[str, object]]] = []
        self._job, self._stale = job, stale

    async def accept(self, job: Job, judge: Judge) -> Job:
        return judge(job, Rules())[0]

    async def gather(self, job: Job, films: Sequence[Job], judge: Judge, *, at: float) -> tuple[Job, ...]:
        raise AssertionError("nothing is compared here")

    async def find(self, job_id: str) -> Job | None:
        return self._job if self._job and self._job.id == job_id else None

    async def move(
        self,
        job: Job,
        state: State,
        *,
        at: float,
        settle: Entry | None = None,
        judge: Judge | None = None,
        **columns: object,
    ) -> Job:
        if self._stale:
            raise Stale(job.id)
        self.moved.append((state, settle, {"at": at, **columns}))
        return job

    async def note(self, job: Job, **columns: object) -> Job:
        raise AssertionError("nothing is noted here")


class People:
    """Nobody has chosen anything, or made a film before."""

    async def preferences(self, user_id: int) -> Preferences:
        return Preferences()

    async def repeated(self, job_id: str, user_id: int, origin: str, since: float | None) -> int:
        return 0


class Hands:
    """Remembers what it was given to carry."""

    open = True

    def __init__(self) -> None:
        self.taken: list[str] = []

    def take(self, job: Job) -> None:
        self.taken.append(job.id)


def asker(user_id: int) -> Asker:
    return Asker(origin="x", user_id=user_id, guild_id=2, channel_id=3, application_id=4, interaction_token="t")


def studio(books: Books | Store, hands: Hands) -> Studio:
    chance = Chance(job_id=lambda: "1" * 10, hook_token=lambda: "t", seed=lambda: 1, clock=lambda: 1000.0)
    return Studio(books, People(), People(), hands, Offer(catalogue=CATALOGUE, limits={}), chance)


@pytest.mark.parametrize(
    ("answer", "moved"),
    [
        ("first", (State.ACCEPTED, None, {"at": 1000.0, "asked_at": 1000.0, "answer": "first"})),
        ("both", (State.ACCEPTED, None, {"at": 1000.0, "asked_at": 1000.0, "answer": "both"})),
        (
            "cancel",
            (
                State.CANCELLED,
                Entry.REFUND,
                {"at": 1000.0, "reason": "You called it off. Nothing was charged to your budget."},
            ),
        ),
    ],
)
async def test_the_owners_answer_moves_the_job_and_wakes_who_carries_it(answer: str, moved: object) -> None:
    books, hands = Books(ASKING), Hands()
    await studio(books, hands).answer(asker(ASKING.user_id), ASKING.id, answer)
    assert books.moved == [moved]
    assert hands.taken == [ASKING.id]


@pytest.mark.parametrize(
    ("books", "user_id", "answer", "says"),
    [
        pytest.param(Books(None), 1, "first", "do not know that film", id="no such job"),
        pytest.param(Books(job(state=State.WAITING)), 1, "first", "settled already", id="it goes on already"),
        pytest.param(Books(job(state=State.CANCELLED)), 1, "first", "settled already", id="it is over"),
        pytest.param(Books(ASKING, stale=True), 1, "first", "settled already", id="somebody was quicker"),
        pytest.param(Books(ASKING), 2, "cancel", "for <@1> to decide", id="somebody else's film"),
        pytest.param(Books(ASKING), 1, "asked", "not one of the answers", id="an answer to another question"),
    ],
)
async def test_what_is_no_answer_is_refused_and_changes_nothing(
    books: Books, user_id: int, answer: str, says: str
) -> None:
    hands = Hands()
    with pytest.raises(Refused, match=says):
        await studio(books, hands).answer(asker(user_id), ASKING.id, answer)
    assert (books.moved, hands.taken) == ([], [])


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Rules(paused=True), PAUSED),
        (Rules(blocked=frozenset({ASKING.user_id})), BLOCKED),
        (Rules(forbidden=frozenset({ASKING.channel_id})), "No films are made in this channel"),
        (Rules(words=frozenset({ASKING.prompt})), "takes no prompts with"),
    ],
)
async def test_what_a_server_has_set_meanwhile_holds_for_who_agrees_to_a_price(
    store: Store, rules: Rules, says: str
) -> None:
    asks = await store.accept(replace(ASKING, sizes=None), under(Terms()))
    hands = Hands()
    asked = studio(store, hands)
    await store.servers.revise(2, lambda _: (rules, Change(guild_id=2, by_id=9, at=1.0, text="x")))
    with pytest.raises(Refused, match=says):
        await asked.answer(asker(asks.user_id), asks.id, YES)
    assert (await store.find(asks.id), hands.taken) == (asks, [])
    await store.servers.revise(2, lambda _: (Rules(), Change(guild_id=2, by_id=9, at=2.0, text="x")))
    await asked.answer(asker(asks.user_id), asks.id, YES)
    after = await store.find(asks.id)
    assert after
    assert (after.state, after.asked_at) == (State.ACCEPTED, 1000.0)
    assert hands.taken == [asks.id]


async def test_what_is_tried_again_answers_the_same_film_where_that_is_in_the_same_channel() -> None:
    failed = job(state=State.FAILED, reply_to=77)
    for channel, answers in ((3, 77), (4, None)):
        asks = replace(asker(failed.user_id), channel_id=channel)
        assert (await studio(Books(failed), Hands()).again(asks, failed)).reply_to == answers


async def test_only_what_has_ended_with_the_same_words_makes_room_for_them_again(store: Store) -> None:
    chance, offer = Chance(job_id=str, hook_token=str, seed=int, clock=float), Offer(catalogue=(), limits={})
    asked, film, asks = Studio(store, store.films, People(), Hands(), offer, chance), job(), asker(1)
    origin = await asked.origin("edit", asks, film, "a")
    done = await store.accept(replace(film, id="made", parent_id=film.id, origin=origin), under(Terms()))
    assert await asked.origin("edit", asks, film, "a") == origin
    await store.move(done, State.FAILED, at=1000.0, settle=Entry.REFUND)
    assert await asked.origin("edit", asks, film, "a") == "edit:0123456789:1:a:1"
    assert await asked.origin("edit", asks, film, "b") == "edit:0123456789:1:b:0"


async def test_who_agrees_to_a_price_where_the_safety_checker_is_on_again_has_it_on(store: Store) -> None:
    off = {**ASKING.arguments, SAFETY: False}
    asks = await store.accept(replace(ASKING, sizes=None, arguments=off), under(Terms()))
    await studio(store, Hands()).answer(asker(asks.user_id), asks.id, YES)
    after = await store.find(asks.id)
    assert after
    assert after.arguments == {**off, SAFETY: True}
