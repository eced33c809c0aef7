"""What a member reads of his budgets and films fits Discord's limits, whatever he has asked for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts import LAST
from bot.domain.budget import Budget, Span, Spent, Standing, Terms, Unit, Whose, Window
from bot.domain.job import State
from bot.domain.usage import STATES, Usage, line
from tests.unit.test_words import job

MIDNIGHT = Window(0, 86_400)
LARGE = 2**62
prompts = st.text(max_size=6000).map("x".__add__)


def budget(limit: int, unit: Unit = Unit.MONEY, whose: Whose = Whose.MEMBER) -> Budget:
    return Budget(whose=whose, span=Span.DAY, unit=unit, limit=limit, window=MIDNIGHT)


def usage(*budgets: Budget, spent: Spent, bonus: int = 0, at_once: int | None = None) -> Usage:
    standing = Standing(spent={(one.whose, one.window): spent for one in budgets}, bonus=bonus, under_way=2)
    return Usage(terms=Terms(budgets=budgets, at_once=at_once), standing=standing, last=())


@pytest.mark.parametrize(
    ("limit", "spent", "shown"),
    [
        (1_000_000, 0, "▱▱▱▱▱▱▱▱▱▱▱▱ $0.00 of $1.00"),
        (1_000_000, 500_000, "▰▰▰▰▰▰▱▱▱▱▱▱ $0.50 of $1.00"),
        (1_000_000, 1_000_000, "▰▰▰▰▰▰▰▰▰▰▰▰ $1.00 of $1.00"),
        (500_000, 1_000_000, "▰▰▰▰▰▰▰▰▰▰▰▰ $1.00 of $0.50"),
        (0, 0, "▰▰▰▰▰▰▰▰▰▰▰▰ $0.00 of $0.00"),
    ],
)
def test_a_budget_has_a_bar(limit: int, spent: int, shown: str) -> None:
    assert usage(budget(limit), spent=Spent(spent, 0)).budgets == f"**Today** {shown} · renews <t:86400:R>"


def test_everything_that_limits_a_member_has_its_line() -> None:
    found = usage(
        budget(1, whose=Whose.BOT), budget(3, Unit.FILMS), spent=Spent(0, 1), bonus=1_000_000, at_once=5
    ).budgets
    assert found.splitlines() == [
        "**Today** ▰▰▰▰▱▱▱▱▱▱▱▱ 1 of 3 films · renews <t:86400:R>",
        "**Today, everybody** ▱▱▱▱▱▱▱▱▱▱▱▱ $0.00 of $0.00 · renews <t:86400:R>",
        "**At once** 2 of 5 films under way",
        "**Bonus credit** $1.00, which pays what the rest does not, and does not expire",
    ]


def test_who_has_no_limits_reads_that() -> None:
    assert usage(spent=Spent(0, 0)).budgets == "You have no limits of your own here."


@given(st.integers(0, LARGE), st.integers(-LARGE, LARGE), prompts, st.sampled_from(State))
def test_no_amounts_and_prompts_are_too_long_for_an_embed(limit: int, spent: int, prompt: str, state: State) -> None:
    made = replace(job(prompt), state=state, message_id=2**63, guild_id=2**63, channel_id=2**63)
    every = [
        Budget(whose=whose, span=span, unit=unit, limit=limit, window=Window(LARGE, LARGE))
        for whose in Whose
        for span in (Span.DAY, Span.MONTH)
        for unit in Unit
    ]
    shown = replace(usage(*every, spent=Spent(spent, spent), bonus=limit, at_once=limit), last=[made] * LAST)
    assert len(shown.text) <= 4096
    assert len(shown.films.splitlines()) == LAST


def test_a_film_in_a_list_leads_to_its_message() -> None:
    delivered = job("two waves", state=State.DELIVERED, message_id=9)
    assert line(delivered) == (
        "🎞️ <t:1000:d> [two waves](https://discord.com/channels/2/3/9) · Wan 2.1 · $0.40 · `0123456789`"
    )
    assert line(job("two waves", state=State.FAILED)) == "✖️ <t:1000:d> two waves · Wan 2.1 · failed · `0123456789`"
    assert line(job(state=State.WAITING)).startswith("⏳ ")
    assert {state: str(state) for state in State} == STATES
