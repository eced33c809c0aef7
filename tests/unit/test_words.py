"""What the channel reads: never too long, never markup or a ping from a prompt, never raw data of fal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.action import BUTTON_ID
from bot.domain.card import (
    PROMPT_SHOWN,
    STATUS_SHOWN,
    asking,
    called_off,
    caption,
    card,
    charged,
    ended,
    quote,
    waiting,
)
from bot.domain.catalogue import CATALOGUE, by_id
from bot.domain.job import Job, State
from bot.domain.money import Entry, dollars, dollars_left
from bot.domain.progress import BAR, Finished, Queued, Running, Typical, bar, running, span, steps
from bot.domain.usage import line

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
        upload_limit=None,
        door="animate",
        endpoint=ENDPOINT.id,
        title=ENDPOINT.title,
        length=ENDPOINT.length(arguments),
        arguments=arguments,
        media={"image_url": "https://cdn.discordapp.com/x"},
        options={"model": "wan-2.1", "quality": "standard", "shape": "auto"},
        price=ENDPOINT.price(arguments),
        remains="$1.23 left today",
        created_at=1000.0,
        **columns,  # pyright: ignore[reportArgumentType] - a test's own columns
    )


@given(st.text(max_size=6000).map("x".__add__))
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
        ("hidden\u202eright\u200bto left\x00", "hiddenrightto left"),
        ("y" * 400, "y" * (PROMPT_SHOWN - 1) + "…"),
    ],
)
def test_a_prompt_is_shown_as_plain_text_on_one_line(prompt: str, shown: str) -> None:
    assert quote(prompt) == shown


def test_a_card_tells_model_quality_length_price_and_what_is_left() -> None:
    shown = card(job("the tide"), "s")
    assert shown.details == "Wan 2.1 · standard · 720p · 5.1 s of film · seed 7 · $0.40 · $1.23 left today"
    assert not shown.bad


@pytest.mark.parametrize(
    ("state", "title"),
    [(State.FAILED, "No film this time"), (State.LOST, "The film got lost"), (State.CANCELLED, "Cancelled")],
)
def test_a_card_of_an_end_without_film_says_why(state: State, title: str) -> None:
    shown = ended(job(state=state, reason="The dog ate it."))
    assert (shown.title, shown.status, shown.bad) == (title, "The dog ate it.", True)


def test_a_card_of_an_end_names_the_job_for_whoever_looks_for_it_in_the_log() -> None:
    assert ended(job(state=State.FAILED)).details.endswith("job 0123456789")


def test_the_caption_pings_its_owner_and_tells_how_to_make_the_film_again() -> None:
    made = job("a tide", seed=9, width=832, height=480, seconds=5.0625)
    assert caption(made, 1075.0) == (
        "<@1> a tide\n-# Wan 2.1 · 832 × 480 · 5.1 s · seed 9 · $0.40 · took 1 min 15 s · job 0123456789"
    )


@pytest.mark.parametrize(("expanded", "told"), [(None, False), (" a tide ", False), ("a tide, *wide* shot", True)])
def test_the_caption_tells_the_prompt_as_the_model_enriched_it_when_it_differs(
    expanded: str | None, *, told: bool
) -> None:
    line = "\n-# The model made of it: a tide, \\*wide\\* shot\n"
    assert (line in caption(job("a tide", expanded=expanded), 1075.0)) is told


@given(st.text(max_size=6000).map("x".__add__), st.text(max_size=6000))
def test_no_enriched_prompt_breaks_the_limit_of_a_message(prompt: str, expanded: str) -> None:
    assert len(caption(job(prompt, expanded=expanded), 1010.0)) <= 2000 - 400  # the link to a large film comes behind


UNLIKE = {"first": (1200, 800), "last": (800, 800)}


def test_a_card_that_asks_tells_the_sizes_and_has_a_button_for_each_way() -> None:
    shown = asking(job(sizes=UNLIKE), 2000.0)
    assert shown.status.startswith("`first` is 1200 × 800 and `last` is 800 × 800 pixels.")
    assert "<t:2000:R>" in shown.status
    assert [(button.label, button.id) for button in shown.buttons] == [
        ("Crop to the shape of first", "answer:0123456789:first"),
        ("Crop both a little", "answer:0123456789:both"),
        ("Call it off", "answer:0123456789:cancel"),
    ]
    assert all(BUTTON_ID.fullmatch(button.id) for button in shown.buttons)


@given(st.tuples(*[st.integers(1, 50_000)] * 4))
def test_no_size_breaks_the_limits_of_a_card_that_asks(sides: tuple[int, ...]) -> None:
    told = asking(job(sizes={"first": sides[:2], "last": sides[2:]}), 2000.0).status
    assert told.endswith("at no cost.")
    assert len(told) <= STATUS_SHOWN


# ---- progress ----


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Queued(0), "In fal's queue, next in line"),
        (Queued(3), "In fal's queue, 3 ahead"),
        (Finished(), "Rendered, fetching the film"),
        (Running(0.25), "▰▰▰▱▱▱▱▱▱▱▱▱ 25% · 20 s so far · about 1 min left, by the model's steps"),
        (Running(), "▰▰▱▱▱▱▱▱▱▱▱▱ 20 s so far · usually 1 min 40 s more, at a guess"),
    ],
)
def test_progress_is_told_in_one_line(progress: Queued | Running | Finished, shown: str) -> None:
    assert waiting(progress, elapsed=20, usual=Typical(120)) == shown


def test_a_film_that_takes_longer_than_usual_is_said_to() -> None:
    assert running(Running(), elapsed=300, usual=Typical(120)).endswith("5 min so far · longer than usual, at a guess")


@given(st.floats(1e-4, 1), st.floats(0, 1e6), st.floats(1, 1e4))
def test_a_bar_is_never_full_before_the_film_is_there(done: float, elapsed: float, typical: float) -> None:
    line = running(Running(done), elapsed, Typical(typical))
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


@pytest.mark.parametrize(
    ("cost", "booked", "shown", "off"),
    [
        (None, None, "$0.40", "$0.40 stay charged"),
        (200_000, None, "$0.20", "$0.20 stay charged"),
        (4_000_000, None, "$0.40", "$0.40 stay charged"),
        (0, None, "$0.00", "Nothing was charged"),
        (200_000, Entry.REFUND, "on the house", "Nothing was charged"),
    ],
)
def test_what_is_shown_is_what_is_paid_and_never_more_than_was_told(
    cost: int | None, booked: Entry | None, shown: str, off: str
) -> None:
    made = job(cost=cost, booked=booked, state=State.DELIVERED)
    assert charged(made) == shown
    assert f" · {shown} · took" in caption(made, 1010.0)
    assert f" · {shown} · `" in line(made)
    assert off in called_off(made, paid=True)
    assert f"Try again for {dollars(made.price)}" in [button.label for button in ended(job(state=State.LOST)).buttons]


def test_an_endpoint_is_found_by_fals_id() -> None:
    assert all(by_id(CATALOGUE)(endpoint.id) is endpoint for endpoint in CATALOGUE)
    assert by_id(CATALOGUE)("gone") is None
