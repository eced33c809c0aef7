"""A chart can be read whatever was spent: its marks are round, its labels apart, nothing runs out of the picture."""

import asyncio
import gettext
import io
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.adapters.charts import EDGE, GROUND, WIDTH, draw
from bot.domain.chart import MOST_STEPS, Chart, Days, Rank, Ranks, brief, day_labels, mark, scale
from bot.domain.language import speaking

FIRST = date(2025, 11, 3)
amounts = st.one_of(st.just(0), st.integers(1, 10_000), st.integers(1, 10**9), st.integers(1, 2**62))


def chart(*days: tuple[int, ...], kinds: tuple[str, ...] = ("Wan 2.2",), ranks: tuple[Ranks, ...] = ()) -> Chart:
    return Chart(
        title="Spending",
        note="Nov 1, 2025 to Nov 1, 2026 · America/Argentina/ComodRivadavia",
        kinds=kinds,
        days=Days(title="By day", first=FIRST, amounts=days),
        ranks=ranks,
    )


def opened(shown: Chart) -> Image.Image:
    image = Image.open(io.BytesIO(asyncio.run(draw(shown))))
    assert image.format == "PNG"
    return image.convert("RGB")


def frame(image: Image.Image) -> set[tuple[int, ...]]:
    """The colours of the edge, in which nothing may be written or drawn."""
    width, height, edge = *image.size, EDGE - 2
    sides = ((0, 0, width, 16), (0, height - 16, width, height), (0, 0, edge, height), (width - edge, 0, width, height))
    found = (image.crop(side).getcolors(width * height) for side in sides)
    return {colour for colours in found for _, colour in colours or () if isinstance(colour, tuple)}


@st.composite
def charts(draw_: st.DrawFn) -> Chart:
    kinds = tuple(draw_(st.lists(st.text(max_size=80), min_size=1, max_size=9)))
    parts = st.lists(amounts, min_size=len(kinds), max_size=len(kinds)).map(tuple)
    pattern = draw_(st.lists(parts, min_size=1, max_size=5))
    days = (pattern * 366)[: draw_(st.integers(1, 366))]
    rows = st.lists(st.builds(Rank, st.text(max_size=80), parts), max_size=12)
    ranks = [Ranks(title=draw_(st.text(max_size=80)), rows=draw_(rows)) for _ in range(draw_(st.integers(0, 2)))]
    return replace(chart(*days, kinds=kinds, ranks=tuple(ranks)), title=draw_(st.text(max_size=200)))


@settings(deadline=None, max_examples=40)
@given(charts())
def test_any_chart_is_a_picture_of_bounded_size_with_nothing_over_its_edge(shown: Chart) -> None:
    image = opened(shown)
    assert image.width == WIDTH
    assert 400 <= image.height <= 1600
    assert frame(image) == {tuple(bytes.fromhex(GROUND[1:]))}


def test_the_same_chart_is_the_same_picture_and_another_is_not() -> None:
    one, other = chart((1,), (2,)), chart((2,), (1,))
    assert asyncio.run(draw(one)) == asyncio.run(draw(one)) != asyncio.run(draw(other))


def test_nothing_is_drawn_as_nothing_and_a_little_can_be_seen() -> None:
    nothing, little = opened(chart((0,), (0,), (0,))), opened(chart((0,), (1,), (2**50,)))
    blue = (0x5A, 0xB4, 0xEC)
    assert blue not in {colour for _, colour in nothing.getcolors(10**7) or ()}
    columns = {x for x in range(WIDTH) for y in range(little.height) if little.getpixel((x, y)) == blue}
    assert len([x for x in columns if x + 1 not in columns]) == 2  # two bars
    opened(chart())  # no day at all


class Loud(gettext.NullTranslations):
    """Another language."""

    def gettext(self, message: str) -> str:
        return message.upper()


def test_a_picture_is_drawn_in_the_language_of_the_one_who_asked() -> None:
    with speaking(Loud()):
        loud = opened(chart())
    assert loud.tobytes() != opened(chart()).tobytes()


def test_what_the_font_cannot_write_leaves_no_boxes() -> None:
    assert (
        opened(replace(chart((1,)), title="Kино 影 Spending")).tobytes()
        == opened(replace(chart((1,)), title="K  Spending")).tobytes()
    )


# ---- marks and labels ----


@given(st.integers(0, 2**63))
def test_marks_are_few_and_round_and_reach_the_highest(most: int) -> None:
    marks = scale(most)
    steps = {after - before for before, after in pairwise(marks)}
    assert marks[0] == 0
    assert marks[-1] >= most > marks[-2] or most == 0
    assert 2 <= len(marks) <= MOST_STEPS + 1
    [step] = steps
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert len({mark(amount, step) for amount in marks}) == len(marks)


@pytest.mark.parametrize(
    ("amount", "step", "told"),
    [
        (0, 500_000, "$0"),
        (1_500_000, 500_000, "$1.50"),
        (2_000_000, 1_000_000, "$2"),
        (20_000, 10_000, "$0.02"),
        (4_000, 2_000, "$0.004"),
        (6, 2, "$0.000006"),
        (20_000_000_000, 20_000_000_000, "$20,000"),
        (200_000_000_000, 100_000_000_000, "$200k"),
    ],
)
def test_marks_are_written_as_short_as_they_can_be(amount: int, step: int, told: str) -> None:
    assert mark(amount, step) == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (9_990, "$0.00999"),
        (405_000, "$0.41"),
        (99_999_990_000, "$99,999.99"),
        (120_500_000_000, "$120.5k"),
        (999_999_999_999, "$999.9k"),
        (1_000_000_000_000, "$1M"),
        (5 * 10**21, "$5,000T"),
    ],
)
def test_amounts_take_little_room(amount: int, told: str) -> None:
    assert brief(amount) == told


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 366))
def test_labels_of_days_never_overlap(first: date, count: int) -> None:
    slot = 900 / count
    labels = day_labels(first, count, slot, lambda text: 12.0 * len(text), 20)
    assert labels
    for (one, name), (other, next_name) in pairwise(labels):
        assert (other - one) * slot >= 6 * (len(name) + len(next_name)) + 20
    assert len(labels) <= 12
    if count <= 100:  # days are named, today among them
        assert labels[-1][0] == count - 1
        assert labels[-1][1].endswith(f" {(first + timedelta(count - 1)).day}")
