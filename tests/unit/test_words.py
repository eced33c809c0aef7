"""What the channel reads: never too long, never markup or a ping from a prompt, never raw data of fal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.card import PROMPT_SHOWN, STATUS_SHOWN, caption, card, ended, quote, waiting
from bot.domain.catalogue import CALLED, CATALOGUE, by_id
from bot.domain.errors import OverBudget
from bot.domain.job import Job, State
from bot.domain.money import Budget, Window, day, dollars, dollars_left
from bot.domain.progress import BAR, Finished, Queued, Running, bar, running, span, steps
from bot.domain.refusal import MODEL, in_words

ENDPOINT = CATALOGUE[0]


def job(prompt: str = "x", **columns: object) -> Job:
    arguments = ENDPOINT.arguments({"prompt": prompt, "seed": 7})
    return Job(
        id="0123456789",
        origin="interaction:1",
        user_id=1,
        guild_id=2,
        channel_id=3,
        application_id=4,
        interaction_token="token",
        endpoint=ENDPOINT.id,
        title=ENDPOINT.title,
        length=ENDPOINT.length(arguments),
        arguments=arguments,
        pictures={"image_url": "https://cdn.discordapp.com/x"},
        options={"model": "wan-2.1", "quality": "standard", "shape": "auto"},
        price=ENDPOINT.price(arguments),
        remaining=1_239_999,
        created_at=1000.0,
        **columns,  # pyright: ignore[reportArgumentType] - a test's own columns
    )


@given(st.text(min_size=1, max_size=6000).filter(str.strip))
def test_no_prompt_breaks_the_limits_of_a_message_or_an_embed(prompt: str) -> None:
    shown = card(job(prompt), prompt)
    assert len(shown.prompt) <= 2 * PROMPT_SHOWN
    assert len(shown.status) <= STATUS_SHOWN
    assert "\n" not in shown.prompt
    assert len(caption(job(prompt), 1010.0)) <= 2000


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a *bold* [link](https://x.y)", "a \\*bold\\* \\[link\\]\\(https://x.y\\)"),
        ("<@1> @everyone", "\\<@1\\> @everyone"),
        ("two\n\nlines\t here", "two lines here"),
        ("hidden\u202eright\u200bto left\x00", "hidden right to left"),
        ("y" * 400, "y" * (PROMPT_SHOWN - 1) + "…"),
    ],
)
def test_a_prompt_is_shown_as_plain_text_on_one_line(prompt: str, shown: str) -> None:
    assert quote(prompt) == shown


def test_a_card_tells_model_quality_length_price_and_what_is_left() -> None:
    shown = card(job("the tide"), "s")
    assert shown.details == "Wan 2.1 · standard · 5.1 s of film · $0.40 · $1.23 left today"
    assert not shown.bad


@pytest.mark.parametrize(
    ("state", "title"),
    [(State.FAILED, "No film this time"), (State.LOST, "The film got lost"), (State.CANCELLED, "Cancelled")],
)
def test_a_card_of_an_end_without_film_says_why(state: State, title: str) -> None:
    shown = ended(job(state=state, reason="The dog ate it."))
    assert (shown.title, shown.status, shown.bad) == (title, "The dog ate it.", True)


def test_the_caption_pings_its_owner_and_tells_how_to_make_the_film_again() -> None:
    assert caption(job("a tide", seed=9), 1075.0) == (
        "<@1> a tide\n-# Wan 2.1 · seed 9 · $0.40 · took 1 min 15 s · job 0123456789"
    )


# ---- progress ----


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Queued(0), "In fal's queue, next in line"),
        (Queued(3), "In fal's queue, 3 ahead"),
        (Finished(), "Rendered, fetching the film"),
        (Running(0.25), "▰▰▰▱▱▱▱▱▱▱▱▱ 25% · 20 s so far · about 1 min left"),
        (Running(), "▰▰▱▱▱▱▱▱▱▱▱▱ 20 s so far · usually 1 min 40 s more"),
    ],
)
def test_progress_is_told_in_one_line(progress: Queued | Running | Finished, shown: str) -> None:
    assert waiting(progress, elapsed=20, typical=120) == shown


def test_a_film_that_takes_longer_than_usual_is_said_to() -> None:
    assert running(Running(), elapsed=300, typical=120).endswith("5 min so far · longer than usual")


@given(st.floats(1e-4, 1), st.floats(0, 1e6), st.floats(1, 1e4))
def test_a_bar_is_never_full_before_the_film_is_there(done: float, elapsed: float, typical: float) -> None:
    line = running(Running(done), elapsed, typical)
    assert line.count("▰") + line.count("▱") == BAR
    assert "100%" not in line


@given(st.floats(-1, 2))
def test_a_bar_has_always_the_same_length(share: float) -> None:
    assert len(bar(share)) == BAR


@pytest.mark.parametrize(
    ("logs", "share"),
    [
        ([], None),
        (["loading weights"], None),
        (["step 12/30"], 0.4),
        (["1/30", " 40%|####      | 12/30 [00:10<00:15]"], 0.4),
        (["12/30", "saved to out"], 0.4),
        (["0/30"], None),
        (["40/30"], None),
    ],
)
def test_steps_are_read_from_what_a_model_prints(logs: list[str], share: float | None) -> None:
    assert steps(logs) == share


@given(st.lists(st.text()))
def test_no_log_breaks_the_reading_of_steps(logs: list[str]) -> None:
    share = steps(logs)
    assert share is None or 0 < share <= 1


def test_seconds_are_told_as_people_do() -> None:
    assert [span(value) for value in (-3, 0.4, 59.4, 60, 80, 299, 301)] == [
        "0 s",
        "0 s",
        "59 s",
        "1 min",
        "1 min 20 s",
        "4 min 59 s",
        "5 min",
    ]


# ---- money ----


def test_a_price_is_rounded_up_and_what_is_left_down() -> None:
    assert [dollars(value) for value in (0, 1, 10_000, 405_000, 2_250_000, -10_000)] == [
        "$0.00",
        "$0.01",
        "$0.01",
        "$0.41",
        "$2.25",
        "-$0.01",
    ]
    assert dollars_left(19_999) == "$0.01"


@given(st.floats(0, 4e9))
def test_every_moment_lies_in_its_day(now: float) -> None:
    window = day(now)
    assert window.start <= now < window.end
    assert window.end - window.start == 86_400
    assert day(window.end).start == window.end


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_budget_is_never_overspent(limit: int, spent: int, price: int) -> None:
    budget = Budget(limit=limit, window=Window(0, 86_400))
    if spent + price <= limit:
        assert budget.after(spent, price) == limit - spent - price
    else:
        with pytest.raises(OverBudget, match="renews <t:86400:R>"):
            budget.after(spent, price)


# ---- fal's refusals ----

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PROBLEM = st.fixed_dictionaries(
    {},
    optional={"loc": JSON, "type": st.sampled_from(sorted(MODEL)) | JSON, "ctx": JSON, "msg": st.just("SECRET")},
)


@given(st.integers(400, 599), st.fixed_dictionaries({"detail": st.lists(PROBLEM, max_size=3) | JSON}) | JSON)
def test_every_answer_of_fal_becomes_sentences_without_raw_data(status: int, body: object) -> None:
    told = in_words(status, body, CALLED)
    assert told.endswith(".")
    assert "SECRET" not in told
    assert "{" not in told


def test_every_type_of_a_models_error_has_its_own_sentence() -> None:
    context = {"gt": 1, "ge": 2, "lt": 3, "le": 4, "multiple_of": 5, "expected": ["a", "b"], "max_length": 6}
    for kind in MODEL:
        problem = {"loc": ["body", "negative_prompt"], "type": kind, "ctx": context, "msg": "SECRET"}
        told = in_words(422, {"detail": [problem]}, CALLED)
        assert "does not know" not in told
        assert "negative_prompt" not in told


def test_the_same_problem_is_told_once() -> None:
    twice = {"detail": [{"loc": ["body", "prompt"], "type": "content_policy_violation"}] * 2}
    assert in_words(422, twice, CALLED).count("safety check") == 1


@pytest.mark.parametrize("status", [403, 402])
def test_a_locked_account_is_recognised_by_its_text(status: int) -> None:
    body = json.loads('{"detail": "User is locked. Reason: Exhausted balance."}')
    assert "account of this bot is locked" in in_words(status, body, CALLED)


def test_an_endpoint_is_found_by_fals_id() -> None:
    assert all(by_id(CATALOGUE)(endpoint.id) is endpoint for endpoint in CATALOGUE)
    assert by_id(CATALOGUE)("gone") is None
