"""Every budget is a sum over the ledger: what lines are added, and what they add up to, also in a crowd."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.adapters.store import Store, open_store
from bot.domain.budget import Allowance, Budget, Span, Spent, Terms, Unit, Whose, window
from bot.domain.errors import OverBudget, Refused
from bot.domain.job import Job, State
from bot.domain.money import Entry
from bot.domain.report import BEYOND
from bot.domain.rules import Change, Judge, Rules
from tests.unit.conftest import Ask
from tests.unit.test_words import job
from tests.unit.under import under

NOW = 1_790_000_000.0
PRICE = job().price
GUILD, OTHER = 2, 22
ADA, BOB = 1, 11


def asked(number: int, *, user: int = ADA, guild: int = GUILD) -> Job:
    """Another request."""
    return replace(
        job(), id=f"job{number}", origin=f"interaction:{number}", user_id=user, guild_id=guild, created_at=NOW
    )


def at_most(limit: int, whose: Whose = Whose.MEMBER, unit: Unit = Unit.MONEY, span: Span = Span.DAY) -> Judge:
    """One budget."""
    when = window(span, NOW, "UTC")
    return under(Terms(budgets=(Budget(whose=whose, span=span, unit=unit, limit=limit, window=when),)))


def change(text: str = "x") -> Change:
    return Change(guild_id=GUILD, by_id=9, at=NOW, text=text)


async def give(store: Store, user: int, amount: int) -> int:
    """Grant credit; what the member has then."""
    return await store.servers.grant(GUILD, user, amount, lambda given: change(str(given)))


async def refused(store: Store, job: Job, terms: Judge) -> None:
    with pytest.raises(OverBudget):
        await store.accept(job, terms)


async def lines(ask: Ask) -> list[tuple[str, int, int]]:
    """The ledger: kind, amount and credit."""
    return [
        (kind, amount, bonus) for kind, amount, bonus in await ask("SELECT kind, amount, bonus FROM ledger ORDER BY id")
    ]


async def test_five_hundred_at_once_get_exactly_seven_films(store: Store, database_url: str, ask: Ask) -> None:
    terms = at_most(7 * PRICE + PRICE - 1, Whose.SERVER)
    async with open_store(database_url) as other:  # another process has a connection of its own
        crowd = [(store, other)[number % 2].accept(asked(number, user=number), terms) for number in range(500)]
        told = await asyncio.gather(*crowd, return_exceptions=True)
    assert [type(one) for one in told if isinstance(one, BaseException)] == [OverBudget] * 493
    assert await lines(ask) == [("reserve", PRICE, 0)] * 7


@pytest.mark.parametrize(
    ("whose", "others"),
    [
        (Whose.MEMBER, [asked(2, user=BOB), asked(3, guild=OTHER)]),
        (Whose.SERVER, [asked(2, guild=OTHER)]),
    ],
)
async def test_each_budget_counts_its_own(store: Store, whose: Whose, others: list[Job]) -> None:
    terms = at_most(PRICE, whose)
    await store.accept(asked(1), terms)
    await refused(store, asked(4), terms)
    for other in others:
        await store.accept(other, terms)


async def test_the_hard_stop_counts_everybody_everywhere(store: Store) -> None:
    terms = at_most(PRICE, Whose.BOT)
    await store.accept(asked(1), terms)
    await refused(store, asked(2, user=BOB, guild=OTHER), terms)


async def test_what_lies_at_the_end_of_a_window_counts_in_the_next(store: Store) -> None:
    day = window(Span.DAY, NOW, "UTC")
    await store.accept(replace(asked(1), created_at=day.end), at_most(PRICE))
    await store.accept(replace(asked(2), created_at=day.start), at_most(PRICE))
    await refused(store, replace(asked(3), created_at=day.end - 1), at_most(PRICE))


async def test_what_a_server_sets_holds_from_that_transaction_on(store: Store, ask: Ask) -> None:
    seen: list[bool] = []  # in the order of the transactions

    def judge(job: Job, rules: Rules) -> tuple[Job, Terms]:
        seen.append(rules.paused)
        if rules.paused:
            raise Refused("x")
        return job, Terms()

    crowd = [store.accept(asked(number), judge) for number in range(20)]
    pause = store.servers.change(change(), paused=True)
    told = await asyncio.gather(*crowd[:10], pause, *crowd[10:], return_exceptions=True)
    with pytest.raises(Refused):
        await store.accept(asked(20), judge)
    assert seen == sorted(seen)
    assert [type(one) for one in told if isinstance(one, BaseException)] == [Refused] * (sum(seen) - 1)
    assert await ask("SELECT count(*) FROM jobs") == [(seen.count(False),)]


async def test_the_same_request_is_answered_with_its_job_whatever_the_server_has_set_since(store: Store) -> None:
    def paused(job: Job, rules: Rules) -> tuple[Job, Terms]:
        raise Refused("x")

    accepted = await store.accept(asked(1), at_most(PRICE))
    assert await store.accept(replace(asked(1), id="another"), paused) == accepted


async def test_a_request_that_belongs_to_no_server_has_its_budget_too(store: Store) -> None:
    nowhere = [replace(asked(number), guild_id=None) for number in (1, 2)]
    await store.accept(nowhere[0], at_most(PRICE))
    await refused(store, nowhere[1], at_most(PRICE))
    await refused(store, nowhere[1], under(Terms(at_once=1)))


@pytest.mark.parametrize("whose", Whose)
async def test_films_are_counted_and_one_that_is_refunded_is_not(store: Store, whose: Whose) -> None:
    terms = at_most(2, whose, Unit.FILMS)
    first, _ = await store.accept(asked(1), terms), await store.accept(asked(2), terms)
    await refused(store, asked(3), terms)
    await store.move(first, State.FAILED, at=NOW, settle=Entry.REFUND)
    await store.accept(asked(3), terms)


async def test_films_under_way_are_counted_until_they_have_ended(store: Store) -> None:
    first = await store.accept(asked(1), under(Terms(at_once=1)))
    await refused(store, asked(2), under(Terms(at_once=1)))
    await store.accept(asked(3, user=BOB), under(Terms(at_once=1)))
    await store.move(first, State.CANCELLED, at=NOW, settle=Entry.REFUND)
    await store.accept(asked(2), under(Terms(at_once=1)))


# ---- credit ----


async def test_credit_pays_the_rest_and_a_refund_brings_it_back(store: Store, ask: Ask) -> None:
    await give(store, ADA, 50_000)
    terms = at_most(PRICE - 30_000)
    accepted = await store.accept(asked(1), terms)
    assert (accepted.bonus, accepted.remains) == (30_000, "$0.00 left today · $0.02 bonus")
    await refused(store, asked(2), terms)
    ended = await store.move(accepted, State.FAILED, at=NOW, settle=Entry.REFUND)
    assert ended.booked is Entry.REFUND
    assert await lines(ask) == [("grant", 0, 50_000), ("reserve", PRICE, -30_000), ("refund", -PRICE, 30_000)]
    assert (await store.accept(asked(2), terms)).bonus == 30_000


async def test_credit_is_a_members_own_and_of_one_server(store: Store) -> None:
    await give(store, ADA, PRICE)
    for other in (asked(1, user=BOB), asked(2, guild=OTHER)):
        await refused(store, other, at_most(0))
    assert (await store.accept(asked(3), at_most(0))).bonus == PRICE


async def test_credit_counts_for_the_server_and_its_films_not_for_the_member(store: Store) -> None:
    await give(store, ADA, PRICE)
    await store.accept(asked(1), at_most(0))
    await refused(store, asked(2), at_most(PRICE, Whose.SERVER))
    await refused(store, asked(2), at_most(1, Whose.SERVER, Unit.FILMS))
    await store.accept(asked(2), at_most(1, unit=Unit.FILMS))


async def test_credit_can_be_taken_back_as_far_as_it_is_there(store: Store, ask: Ask) -> None:
    assert await give(store, ADA, 50) == 50
    assert await give(store, ADA, -80) == 0
    assert await lines(ask) == [("grant", 0, 50), ("grant", 0, -50)]


# ---- what it really cost ----


@pytest.mark.parametrize(
    ("credit", "cost", "settled"),
    [
        (0, None, (0, 0)),
        (0, 10 * PRICE, (0, 0)),
        (0, 0, (-PRICE, 0)),
        (0, PRICE - 100, (-100, 0)),
        (70, PRICE - 100, (-100, 70)),
        (70, PRICE - 50, (-50, 50)),
        (70, PRICE + 5, (0, 0)),
    ],
)
async def test_what_fal_bills_is_charged_but_never_more_than_the_price_and_credit_comes_back_first(
    store: Store, ask: Ask, credit: int, cost: int | None, settled: tuple[int, int]
) -> None:
    await give(store, ADA, credit)
    accepted = await store.accept(asked(1), at_most(PRICE - credit))
    for state in (State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED, State.POSTING):
        accepted = await store.move(accepted, state, at=NOW)
    accepted = await store.note(accepted, cost=cost)
    await store.move(accepted, State.DELIVERED, at=NOW, settle=Entry.SETTLE)
    assert next(line for line in await lines(ask) if line[0] == "settle") == ("settle", *settled)


ON_THE_WAY = (State.UPLOADED, State.SUBMITTING, State.WAITING, State.FETCHED)
LIVES: dict[str, tuple[State, ...]] = {
    "delivered": (*ON_THE_WAY, State.POSTING, State.DELIVERED),
    "called off, but finished": (*ON_THE_WAY, State.CANCELLED),
    "could be posted nowhere": (*ON_THE_WAY, State.POSTING, State.FAILED),
    "given up and on the house": (State.UPLOADED, State.SUBMITTING, State.LOST, *ON_THE_WAY[2:], State.POSTING,
                                  State.DELIVERED),
}  # fmt: skip
MONEY = {State.FAILED: Entry.REFUND, State.LOST: Entry.REFUND, State.DELIVERED: Entry.SETTLE}


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("cost", [None, 0, PRICE - 1, PRICE, PRICE + 1, 10 * PRICE])
async def test_the_books_add_up_to_what_fal_billed_and_no_member_pays_what_is_beyond_his_price(
    store: Store, ask: Ask, life: str, cost: int | None
) -> None:
    made = await store.accept(asked(1), at_most(PRICE))
    for state in LIVES[life]:
        made = await store.note(made, cost=cost) if state is State.POSTING or state is State.CANCELLED else made
        ends = Entry.SETTLE if state is State.CANCELLED else MONEY.get(state)
        made = await store.move(made, state, at=NOW, settle=ends)
    pays = 0 if made.booked is Entry.REFUND else made.paid
    day = window(Span.DAY, NOW, "UTC")
    of = [Budget(whose=whose, span=Span.DAY, unit=Unit.MONEY, limit=0, window=day) for whose in Whose]
    spent = (await store.account(ADA, GUILD, Terms(budgets=tuple(of)))).spent
    billed = pays if cost is None else cost
    films = int(made.booked is Entry.SETTLE)
    assert {whose: spent[whose, day] for whose in Whose} == {
        Whose.MEMBER: Spent(pays, films),
        Whose.SERVER: Spent(billed, films),
        Whose.BOT: Spent(billed, films),
    }
    assert await ask("SELECT DISTINCT user_id FROM ledger WHERE kind = 'excess'") == [(0,)] * (billed > pays)
    entries = await store.reports.spending(GUILD, [day])
    beyond = (0, BEYOND, made.endpoint, 0, billed - pays)
    assert [one for one in entries if one[1] != ADA] == ([beyond] if billed > pays else [])
    assert sum(amount for *_, amount in entries) == billed


# ---- what a server has set ----

EVERYBODY = Allowance(Whose.MEMBER, Span.DAY, Unit.MONEY)


async def test_what_a_server_sets_holds_there_and_is_noted(store: Store) -> None:
    assert await store.servers.rules(GUILD) == Rules()
    gold = EVERYBODY._replace(role_id=7)
    await store.servers.change(change("1"), limits={EVERYBODY: 5, gold: None})
    await store.servers.change(change("2"), timezone="Europe/Berlin", exempt=frozenset({7}))
    wanted = Rules(limits={EVERYBODY: 5, gold: None}, timezone="Europe/Berlin", exempt=frozenset({7}))
    assert await store.servers.rules(GUILD) == wanted
    await store.servers.change(change("3"), limits={EVERYBODY: 6}, lifted=[gold], paused=True)
    assert await store.servers.rules(GUILD) == replace(wanted, limits={EVERYBODY: 6}, paused=True)
    assert await store.servers.rules(OTHER) == Rules()
    assert [one.text for one in await store.servers.log(GUILD)] == ["3", "2", "1"]
    assert await store.servers.log(GUILD, skip=1, count=1) == [change("2")]
    assert await store.servers.log(OTHER) == []


async def test_what_is_revised_at_once_is_all_kept(store: Store) -> None:
    def blocking(user: int) -> Callable[[Rules], tuple[Rules, Change]]:
        return lambda rules: (replace(rules, blocked=rules.blocked | {user}), change(f"{user}"))

    told = await asyncio.gather(*(store.servers.revise(GUILD, blocking(user)) for user in (7, 8, 9)))
    assert told == ["7", "8", "9"]
    assert (await store.servers.rules(GUILD)).blocked == {7, 8, 9}
    assert len(await store.servers.log(GUILD)) == 3


async def test_a_member_finds_his_films_of_this_server_the_newest_first(store: Store) -> None:
    for number, asks in enumerate([asked(1), asked(2), asked(3, user=BOB), asked(4, guild=OTHER)]):
        await store.accept(replace(asks, created_at=NOW + number), at_most(10 * PRICE))
    assert [one.id for one in await store.films.newest(ADA, GUILD, 5)] == ["job2", "job1"]
    assert [one.id for one in await store.films.newest(ADA, GUILD, 1)] == ["job2"]
