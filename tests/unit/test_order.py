"""Where a budget is too small, the nearest film that fits is offered, at the price that is told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.budget import Allowance, Span, Unit, Whose
from bot.domain.catalogue import CATALOGUE
from bot.domain.doors import doors
from bot.domain.errors import OverBudget, Refused
from bot.domain.job import State
from bot.domain.order import Order, cheaper, differences, wanted
from bot.studio import DEARER, Chance, Offer, Studio
from tests.unit.test_newcomer import ASKER, IMAGE_OF_MEMBER, Books, Hands, People
from tests.unit.test_words import job

DOORS = doors(CATALOGUE)
ANIMATE = Order(door="animate", options={"prompt": "x", "model": "wan-2.1"}, media=IMAGE_OF_MEMBER)


def studio(books: Books, prices: dict[str, int], limit: int) -> Studio:
    async def now() -> dict[str, int]:
        return prices

    chance = Chance(job_id=lambda: "0123456789", hook_token=lambda: "t", seed=lambda: 42, clock=lambda: 1000.0)
    limits = {Allowance(Whose.MEMBER, Span.DAY, Unit.MONEY): limit}
    offer = Offer(catalogue=CATALOGUE, limits=limits, prices=now)
    return Studio(books, People(), People(), Hands(), offer, chance)


async def test_the_cheaper_film_is_for_who_was_refused_at_the_price_that_he_was_told() -> None:
    prices: dict[str, int] = {}
    asked = studio(Books(), prices, 300_000)
    with pytest.raises(OverBudget) as refused:
        await asked.film(ASKER, ANIMATE)
    [button] = refused.value.buttons
    assert button.label == "Make it with quality draft for $0.20"
    key = button.id.removeprefix("cheaper:")
    with pytest.raises(Refused, match="to decide, who asked"):
        await asked.cheaper(replace(ASKER, user_id=77), key)
    prices["fal-ai/wan-i2v"] = 500_000  # so that it costs $0.25
    with pytest.raises(Refused, match=DEARER):
        await asked.cheaper(ASKER, key)
    prices.clear()
    assert (await asked.cheaper(ASKER, key)).price == 200_000
    with pytest.raises(Refused, match="do not have what you asked for any more"):
        await asked.cheaper(ASKER, "9876543210")


async def test_what_is_made_once_more_is_offered_cheaper_too_from_the_same_files() -> None:
    old = replace(job(), id="9999999999", state=State.DELIVERED, price=400_000)
    old = replace(old, options={**old.options, "prompt": old.prompt})
    asked = studio(Books(), {}, 300_000)
    with pytest.raises(OverBudget) as refused:
        await asked.rerun(ASKER, old, 400_000)
    [button] = refused.value.buttons
    assert button.label == "Make it with quality draft for $0.20"
    instead = await asked.cheaper(ASKER, button.id.removeprefix("cheaper:"))
    assert (instead.price, instead.parent_id, instead.media) == (200_000, old.id, old.media)


@pytest.mark.parametrize(
    ("door", "options", "most", "offered"),
    [
        ("animate", {"model": "wan-2.6", "quality": "best"}, 600_000, "quality standard"),
        ("animate", {"model": "wan-2.6", "quality": "best"}, 300_000, "model wan-2.2, quality draft"),
        ("animate", {"model": "wan-2.1", "quality": "draft"}, 199_999, None),
        ("wan26", {"duration": "15", "resolution": "1080p"}, 1_500_000, "resolution 720p"),
        ("wan26", {"duration": "15", "resolution": "1080p"}, 800_000, "duration 5"),
        ("wan21", {"resolution": "480p"}, 100_000, None),
    ],
)
def test_as_little_as_possible_is_changed(door: str, options: dict[str, str], most: int, offered: str | None) -> None:
    order = Order(door=door, options={"prompt": "x", **options}, media=IMAGE_OF_MEMBER)
    asked = wanted(DOORS[door], order, {})
    filled = replace(order, options=asked.options)
    found = cheaper(DOORS[door], filled, asked.price, {}, most)
    assert (found and differences(found[0], filled)) == offered


@given(
    st.sampled_from(["wan-2.1", "wan-2.2", "wan-2.6"]),
    st.sampled_from(["draft", "standard", "best"]),
    st.integers(0, 2_000_000),
)
def test_what_is_offered_is_cheaper_fits_and_can_be_had(model: str, quality: str, most: int) -> None:
    order = replace(ANIMATE, options={"prompt": "x", "model": model, "quality": quality})
    asked = wanted(DOORS["animate"], order, {})
    filled = replace(order, options=asked.options)
    if found := cheaper(DOORS["animate"], filled, asked.price, {}, most):
        assert found[1] == wanted(DOORS["animate"], found[0], {}).price
        assert found[1] <= most
        assert found[1] < asked.price
    else:
        assert most < 200_000 or asked.price <= 202_500


def test_what_is_left_out_on_purpose_is_as_usual_whatever_the_member_prefers() -> None:
    likes = {"negative": "rain", "quality": "best"}
    plain = wanted(
        DOORS["animate"], replace(ANIMATE, options={**ANIMATE.options, "negative": None}), {}, preferred=likes
    )
    assert (plain.options.get("negative"), plain.options["quality"]) == (None, "best")
    assert wanted(DOORS["animate"], ANIMATE, {}, preferred=likes).options["negative"] == "rain"
