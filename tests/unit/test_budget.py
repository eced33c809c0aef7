"""Budgets: the windows that they count in, whose limits hold, and what fits."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.budget import Allowance, Budget, Span, Spent, Standing, Terms, Unit, Whose, Window, admit, fits, window
from bot.domain.errors import OverBudget
from bot.domain.rules import Rules
from bot.settings import Settings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
DAY, MONTH, ONCE = Span
MONEY, FILMS = Unit
MEMBER, SERVER, BOT = Whose
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Asia/Beirut", "Africa/Cairo"]


# ---- windows ----


@given(st.floats(0, 4e9), st.sampled_from(ZONES), st.sampled_from([DAY, MONTH]))
@example(datetime(2022, 3, 26, 22, 30, tzinfo=UTC).timestamp(), "Asia/Beirut", DAY)  # a day that begins at 1 o'clock
@example(datetime(2011, 12, 30, 9, tzinfo=UTC).timestamp(), "Pacific/Apia", DAY)  # a day that there was not
def test_every_moment_lies_in_its_window_and_the_next_one_begins_where_it_ends(
    now: float, zone: str, span: Span
) -> None:
    found = window(span, now, zone)
    assert found.start <= now < found.end
    assert window(span, found.end, zone).start == found.end
    assert window(span, found.start, zone) == found


def test_a_window_goes_from_midnight_to_midnight_of_its_zone() -> None:
    berlin, new_year = ZoneInfo("Europe/Berlin"), datetime(2026, 12, 31, 23, 30, tzinfo=UTC).timestamp()
    assert window(DAY, new_year, "Europe/Berlin") == (
        datetime(2027, 1, 1, tzinfo=berlin).timestamp(),
        datetime(2027, 1, 2, tzinfo=berlin).timestamp(),
    )
    assert window(MONTH, new_year, "Europe/Berlin").end == datetime(2027, 2, 1, tzinfo=berlin).timestamp()
    assert window(MONTH, new_year, "UTC").end == datetime(2027, 1, 1, tzinfo=UTC).timestamp()


def test_a_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    spring = datetime(2026, 3, 29, 12, tzinfo=UTC).timestamp()
    start, end = window(DAY, spring, "Europe/Berlin")
    assert end - start == 23 * 3600


# ---- whose limits hold ----

EVERYBODY = Allowance(MEMBER, DAY, MONEY)
GOLD, SILVER = EVERYBODY._replace(role_id=7), EVERYBODY._replace(role_id=8)
OPERATOR = {EVERYBODY: 100, Allowance(SERVER, DAY, MONEY): 1000, Allowance(BOT, DAY, MONEY): 5000}


def limit(rules: Rules, roles: tuple[int, ...] = (), whose: Whose = MEMBER) -> int | None:
    """What such a member, or his server or the bot, may spend in a day."""
    found = [one.limit for one in rules.terms(OPERATOR, roles, NOON).budgets if one.whose is whose]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("limits", "roles", "wanted"),
    [
        ({}, (), 100),
        ({EVERYBODY: 300}, (), 300),
        ({EVERYBODY: None}, (), None),
        ({EVERYBODY: 300, GOLD: 700}, (), 300),
        ({EVERYBODY: 300, GOLD: 700, SILVER: 500}, (8, 7), 700),
        ({EVERYBODY: 300, GOLD: 700, SILVER: None}, (8, 7), None),
        ({EVERYBODY: 300, GOLD: 50}, (7,), 50),
        ({GOLD._replace(span=MONTH): 1}, (7,), 100),
    ],
)
def test_the_most_generous_of_a_members_roles_counts_else_what_everybody_has(
    limits: dict[Allowance, int | None], roles: tuple[int, ...], wanted: int | None
) -> None:
    assert limit(Rules(limits=limits), roles) == wanted


def test_an_exempt_role_lifts_a_members_limits_and_no_others() -> None:
    rules = Rules(limits={GOLD: 10}, exempt=frozenset({9}))
    assert (limit(rules, (7, 9)), limit(rules, (7, 9), SERVER), limit(rules, (7, 9), BOT)) == (None, 1000, 5000)
    assert limit(rules, (7,)) == 10


def test_what_a_server_sets_for_itself_holds_beside_what_the_operator_has_set() -> None:
    shared = Allowance(SERVER, DAY, MONEY)
    assert limit(Rules(limits={shared: 400}), whose=SERVER) == 400
    for limits in ({shared: 400}, {shared: 9999}, {shared: None}, {Allowance(BOT, DAY, MONEY): 9999}):
        found = [(one.whose, one.limit) for one in Rules(limits=limits).terms(OPERATOR, (), NOON).budgets]
        assert {(SERVER, 1000), (BOT, 5000)} <= {*found}


def test_windows_follow_the_servers_clock_but_for_what_the_server_must_not_renew_by_setting_it() -> None:
    rules = Rules(timezone="Asia/Kathmandu", limits={Allowance(SERVER, DAY, MONEY): 400})
    windows = {(one.whose, one.limit): one.window for one in rules.terms(OPERATOR, (), NOON).budgets}
    assert windows[MEMBER, 100] == windows[SERVER, 400] == window(DAY, NOON, "Asia/Kathmandu")
    assert windows[SERVER, 1000] == windows[BOT, 5000] == window(DAY, NOON, "UTC")


def test_how_many_films_at_once_is_a_members_limit_as_any_other() -> None:
    once = Allowance(MEMBER, ONCE, FILMS)
    operator = {once: 3}
    assert Rules().terms(operator, (), NOON).at_once == 3
    assert Rules(limits={once._replace(role_id=7): 9}).terms(operator, (7,), NOON).at_once == 9
    assert Rules(exempt=frozenset({7})).terms(operator, (7,), NOON).at_once is None


# ---- what fits ----

WINDOWS = {span: Window(0, 86_400 * (1 + 30 * (span is MONTH))) for span in (DAY, MONTH)}
amounts = st.integers(0, 40)
budgets = st.dictionaries(
    st.tuples(st.sampled_from(Whose), st.sampled_from([DAY, MONTH]), st.sampled_from(Unit)), amounts
)


def built(limits: dict[tuple[Whose, Span, Unit], int]) -> Terms:
    """Terms with these limits."""
    return Terms(
        budgets=tuple(
            Budget(whose=whose, span=span, unit=unit, limit=limit, window=WINDOWS[span])
            for (whose, span, unit), limit in limits.items()
        )
    )


def test_amounts_are_told_with_who_they_are_for_and_when_they_renew() -> None:
    terms = built({(MEMBER, DAY, MONEY): 2_000_000})
    spent = {(MEMBER, WINDOWS[DAY]): Spent(1_900_000, 5)}
    with pytest.raises(OverBudget) as told:
        admit(terms, Standing(spent=spent), 400_000)
    assert str(told.value) == (
        "This film costs $0.40, and $0.10 of your daily budget of $2.00 is left. It renews <t:86400:R>. "
        "Nothing was spent."
    )
    assert told.value.most == 100_000
    with pytest.raises(OverBudget, match=r"and \$0.10 of your .+ and \$0.05 of bonus credit are left"):
        admit(terms, Standing(spent=spent, bonus=59_999), 400_000)
    with pytest.raises(OverBudget, match=r"^Your daily budget of \$2.00 is used up. It renews <t:86400:R>."):
        admit(terms, Standing(spent={(MEMBER, WINDOWS[DAY]): Spent(2_500_000, 5)}), 1)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (
            (SERVER, MONTH, MONEY),
            r"This server's monthly budget of \$0.00 is used up. Please ask those who manage",
        ),
        ((BOT, DAY, MONEY), r"This bot's daily budget of \$0.00 is used up. Please ask whoever runs this bot for more"),
        ((MEMBER, DAY, FILMS), "Your daily budget of 1 film is used up. It renews"),
        ((SERVER, DAY, FILMS), "This server's daily budget of 1 film is used up. It renews"),
    ],
)
def test_each_budget_says_whose_it_is(budget: tuple[Whose, Span, Unit], words: str) -> None:
    whose, span, unit = budget
    spent = {(whose, WINDOWS[span]): Spent(1, 1)}
    with pytest.raises(OverBudget, match=words):
        admit(built({budget: int(unit is FILMS)}), Standing(spent=spent), 1)


def test_who_waits_in_vain_is_told_whom_to_ask_and_no_time() -> None:
    day = {(MEMBER, WINDOWS[DAY]): Spent(0, 0)}
    with pytest.raises(OverBudget, match=r"daily budget of \$0.30 is left\. Please ask those who manage this server"):
        admit(built({(MEMBER, DAY, MONEY): 300_000}), Standing(spent=day), 400_000)
    with pytest.raises(OverBudget, match=r"You may make no films here\. Please ask those who manage"):
        admit(Terms(at_once=0), Standing(spent={}), 1)


def test_what_the_operator_sets_is_counted_as_he_sets_it() -> None:
    given = {"daily_usd": 1, "server_daily_usd": 2, "server_monthly_usd": 3, "bot_daily_usd": 4, "confirm_usd": "0.5"}
    given |= {"monthly_usd": 7, "daily_films": 8, "monthly_films": 9}
    given |= {"server_daily_films": 10, "server_monthly_films": 11, "bot_daily_films": 12}
    settings = Settings(films_at_once=6, **given)  # pyright: ignore[reportArgumentType] - as the environment has them
    assert settings.limits == {
        Allowance(MEMBER, DAY, MONEY): 1_000_000,
        Allowance(SERVER, DAY, MONEY): 2_000_000,
        Allowance(SERVER, MONTH, MONEY): 3_000_000,
        Allowance(BOT, DAY, MONEY): 4_000_000,
        Allowance(MEMBER, ONCE, FILMS): 6,
        Allowance(MEMBER, MONTH, MONEY): 7_000_000,
        Allowance(MEMBER, DAY, FILMS): 8,
        Allowance(MEMBER, MONTH, FILMS): 9,
        Allowance(SERVER, DAY, FILMS): 10,
        Allowance(SERVER, MONTH, FILMS): 11,
        Allowance(BOT, DAY, FILMS): 12,
    }
    assert settings.confirm_above == 500_000


def test_an_empty_setting_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FILMS_AT_ONCE", "SERVER_DAILY_USD", "BOT_DAILY_USD", "CONFIRM_USD", "BOT_DAILY_FILMS"):
        monkeypatch.setenv(f"ZOETROPE_{name}", "")
    settings = Settings()
    assert settings.confirm_above is None
    assert [limit for one, limit in settings.limits.items() if one != EVERYBODY] == [None]


def test_who_has_as_many_films_under_way_as_he_may_is_asked_to_wait() -> None:
    terms = Terms(at_once=2)
    assert admit(terms, Standing(spent={}, under_way=1), 1).bonus == 0
    with pytest.raises(OverBudget, match=r"You have 2 films under way, and 2 films at once is the most here"):
        admit(terms, Standing(spent={}, under_way=2), 1)


def test_what_is_left_is_told_for_money_and_films_and_where_it_is_tightest() -> None:
    limits = {(MEMBER, DAY, MONEY): 2_000_000, (SERVER, MONTH, MONEY): 900_000, (MEMBER, MONTH, FILMS): 3}
    admission = admit(built(limits), Standing(spent={}, bonus=1_000_000), 400_000)
    assert admission == (0, "$0.50 left in this server this month · 2 films left this month · $1.00 bonus")


def test_credit_pays_what_the_regular_allowance_does_not() -> None:
    terms = built({(MEMBER, DAY, MONEY): 100, (MEMBER, DAY, FILMS): 5})
    assert admit(terms, Standing(spent={(MEMBER, WINDOWS[DAY]): Spent(70, 1)}, bonus=50), 40).bonus == 10
    assert admit(terms, Standing(spent={(MEMBER, WINDOWS[DAY]): Spent(0, 5)}, bonus=50), 40).bonus == 40


@given(budgets, st.lists(st.tuples(st.integers(1, 15), st.booleans()), max_size=12), st.integers(0, 60))
def test_no_order_of_films_and_refunds_oversteps_a_budget_and_none_is_refused_that_fits(
    limits: dict[tuple[Whose, Span, Unit], int], films: list[tuple[int, bool]], bonus: int
) -> None:
    terms = built(limits)
    ledger: list[tuple[int, int]] = []  # price and the part of it that was paid with credit

    def standing() -> Standing:
        regular = Spent(sum(price - part for price, part in ledger), sum(price > part for price, part in ledger))
        everything = Spent(sum(price for price, _ in ledger), len(ledger))
        spent = {
            (whose, when): regular if whose is MEMBER else everything for whose in Whose for when in WINDOWS.values()
        }
        return Standing(spent=spent, bonus=bonus - sum(part for _, part in ledger))

    for price, comes_back in films:
        before = standing()
        most = fits(terms, before)
        if most is not None and price > most:
            with pytest.raises(OverBudget) as refused:
                admit(terms, before, price)
            assert refused.value.most == most
            continue
        admission = admit(terms, before, price)
        ledger.append((price, admission.bonus))
        after = standing()
        assert after.bonus >= 0
        assert all(after.left(budget) >= 0 for budget in terms.budgets)
        regular_left = [before.left(one) for one in terms.budgets if one.whose is MEMBER]
        assert not admission.bonus or any(left < price for left in regular_left), "the regular allowance comes first"
        if comes_back:
            ledger.pop()


def test_nothing_limits_whom_nothing_limits() -> None:
    assert fits(Terms(), Standing(spent={})) is None
    assert admit(Terms(), Standing(spent={}), 10**12) == (0, "")
