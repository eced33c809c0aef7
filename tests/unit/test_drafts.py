"""What drafts cost is in the books: lines of their own, which no budget in films counts, also in a crowd."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.store import Store, open_store
from bot.domain.budget import Budget, Span, Spent, Terms, Unit, Whose, last_days, window
from bot.domain.catalogue import TITLES
from bot.domain.draft import Booking
from bot.domain.errors import OverBudget, Refused
from bot.domain.job import State
from bot.domain.permission import PAUSED
from bot.domain.report import BEYOND
from bot.domain.rules import Change, Rules
from bot.domain.scene import ROUTER
from tests.unit.conftest import Ask
from tests.unit.test_words import job

NOW = 1_790_000_000.0
GUILD, ADA, BOB = 2, 1, 11
PRICE = 10_000
DRAFT = Booking(user_id=ADA, guild_id=GUILD, price=PRICE, at=NOW)


def at_most(limit: int, unit: Unit = Unit.MONEY, whose: Whose = Whose.MEMBER) -> Terms:
    """One budget."""
    when = window(Span.DAY, NOW, "UTC")
    return Terms(budgets=(Budget(whose=whose, span=Span.DAY, unit=unit, limit=limit, window=when),), at_once=1)


async def lines(ask: Ask) -> list[tuple[object, ...]]:
    return await ask("SELECT kind, user_id, amount, bonus FROM ledger ORDER BY id")


async def spent(store: Store, user: int = ADA) -> int:
    terms = at_most(0)
    standing = await store.account(user, GUILD, terms)
    return -standing.left(terms.budgets[0])


async def test_five_hundred_at_once_get_exactly_as_many_drafts_as_fit(
    store: Store, database_url: str, ask: Ask
) -> None:
    terms = at_most(7 * PRICE + PRICE - 1, whose=Whose.SERVER)
    async with open_store(database_url) as other:
        books = store.drafts, other.drafts
        crowd = [books[number % 2].book(replace(DRAFT, user_id=number), lambda _: terms) for number in range(1, 501)]
        told = await asyncio.gather(*crowd, return_exceptions=True)
    assert [type(one) for one in told if isinstance(one, BaseException)] == [OverBudget] * 493
    assert [kind for kind, *_ in await lines(ask)] == ["draft"] * 7


@pytest.mark.parametrize(
    ("cost", "paid", "excess"), [(0, 0, 0), (579, 579, 0), (PRICE, PRICE, 0), (12_000, PRICE, 2_000)]
)
async def test_what_a_draft_took_too_much_comes_back_and_what_it_cost_beyond_is_nobodys(
    store: Store, cost: int, paid: int, excess: int
) -> None:
    booked = await store.drafts.book(DRAFT, lambda _: at_most(PRICE))
    assert await spent(store) == PRICE
    await store.drafts.settle(booked, cost)
    assert await spent(store) == paid
    days = [when for _, when in last_days(1, NOW, "UTC")]
    told = {
        (user, endpoint, films): amount
        for _, user, endpoint, films, amount in await store.reports.spending(GUILD, days)
    }
    expected = {(ADA, ROUTER, 0): paid, (BEYOND, ROUTER, 0): excess}
    assert told == {key: amount for key, amount in expected.items() if amount}
    assert await store.reports.by_server(days[0]) == ({GUILD: Spent(paid + excess, 0)} if paid + excess else {})
    assert [line.kind for line in await store.traces.spending(ADA)] == ["draft"] * (1 + (paid < PRICE))


async def test_budgets_in_films_and_films_under_way_are_no_matter_of_a_draft(store: Store, ask: Ask) -> None:
    await store.drafts.book(DRAFT, lambda _: at_most(0, Unit.FILMS))
    films = at_most(1, Unit.FILMS)
    await store.accept(replace(job(), user_id=ADA, guild_id=GUILD, price=0), lambda job, _: (job, Terms()))
    await store.drafts.book(DRAFT, lambda _: films)
    assert (await store.account(ADA, GUILD, films)).left(films.budgets[0]) == 1
    with pytest.raises(OverBudget, match=r"^A draft costs up to \$0.01, and \$0.00 of your daily budget of \$0.00"):
        await store.drafts.book(replace(DRAFT, user_id=BOB), lambda _: at_most(1))
    with pytest.raises(OverBudget, match="You may make no films here"):
        await store.drafts.book(DRAFT, lambda _: Terms(at_once=0))
    assert [kind for kind, *_ in await lines(ask)].count("draft") == 2


async def test_credit_pays_what_the_allowance_does_not_and_comes_back_first(store: Store, ask: Ask) -> None:
    note = Change(guild_id=GUILD, by_id=9, at=NOW, text="x")
    await store.servers.grant(GUILD, ADA, 50_000, lambda _: note)
    booked = await store.drafts.book(DRAFT, lambda _: at_most(4_000))
    assert booked.bonus == 6_000
    await store.drafts.settle(booked, 3_000)
    assert (await lines(ask))[1:] == [("draft", ADA, PRICE, -6_000), ("draft", ADA, -7_000, 6_000)]
    assert (await store.account(ADA, GUILD, Terms())).bonus == 50_000
    assert await spent(store) == 3_000


async def test_the_servers_settings_of_that_moment_hold(store: Store, ask: Ask) -> None:
    def judge(rules: Rules) -> Terms:
        if rules.paused:
            raise Refused(PAUSED)
        return Terms()

    await store.servers.change(Change(guild_id=GUILD, by_id=9, at=NOW, text="x"), paused=True)
    with pytest.raises(Refused, match="let nothing new be made"):
        await store.drafts.book(DRAFT, judge)
    assert await lines(ask) == []


async def test_nothing_more_is_booked_for_somebody_who_was_forgotten_meanwhile(store: Store, ask: Ask) -> None:
    booked = await store.drafts.book(DRAFT, lambda _: at_most(PRICE))
    await store.traces.forget(ADA, NOW + 1)
    await store.drafts.settle(booked, 0)
    assert [kind for kind, *_ in await lines(ask)] == ["draft", "forget"]


def test_a_draft_has_no_price_of_a_unit_that_fal_could_be_asked_for() -> None:
    assert ROUTER not in TITLES


async def test_who_is_left_out_of_scenes_is_found_among_many(store: Store) -> None:
    await store.members.prefer(ADA, unread=True)
    await store.members.prefer(BOB, unread=True)
    await store.members.prefer(BOB, unread=False, private=True)
    assert await store.members.unread({ADA, BOB, 3}) == {ADA}
    assert await store.members.unread(set()) == set()


async def test_the_last_film_of_a_channel_is_the_newest_that_stands_there(store: Store, ask: Ask) -> None:
    there: list[dict[str, Any]] = [
        {"message_id": 5},
        {"message_id": 7},
        {"message_id": 9, "channel_id": 4},
        {"message_id": 11, "removed_at": 1.0},
        {"message_id": 12, "direct": True},
        {"message_id": 13, "user_id": 0},
        {"message_id": None},
    ]
    rows = [
        replace(job(), id=f"job{number}", origin=f"x{number}", state=State.DELIVERED, **one)
        for number, one in enumerate(there)
    ]
    for one in rows:
        await store.accept(one, lambda job, _: (job, Terms()))
    assert [one.id for one in await store.films.last_of(job().channel_id, 9)] == ["job1", "job0"]
    assert [one.id for one in await store.films.last_of(job().channel_id, 1)] == ["job1"]
    assert await store.films.last_of(44, 9) == []
