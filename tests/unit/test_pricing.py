"""A film costs what it did, times what fal asks for a unit now; and what was asked before is never forgotten."""

from pathlib import Path

import aiosqlite
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.store import Store
from bot.domain.catalogue import CATALOGUE
from bot.domain.endpoint import Endpoint
from bot.domain.money import dollars_exactly
from bot.domain.pricing import Told, billed, fresh, listed, renewed, repriced
from sandbox.fal import film
from sandbox.fal.account_site import UNITS

WAN_21 = CATALOGUE[0]
MOST = 1_000_000_000  # micro-dollars, for a unit
films = st.sampled_from([(endpoint, quality) for endpoint in CATALOGUE for quality in endpoint.presets])
played = films.filter(lambda one: one[0].id in film.UNIT_PRICES)  # by the stand-in


@given(films, st.integers(1, MOST))
def test_the_price_told_covers_what_the_same_units_cost_and_no_whole_micro_dollar_more(
    wanted: tuple[Endpoint, str], unit_price: int
) -> None:
    endpoint, quality = wanted
    arguments = endpoint.arguments({"prompt": "x", **endpoint.presets[quality]})
    now = repriced(endpoint, {endpoint.id: unit_price})
    assert now.unit_price == unit_price
    exactly = endpoint.price(arguments) * unit_price / endpoint.unit_price
    assert now.price(arguments) == pytest.approx(exactly, rel=1e-9, abs=1)
    assert now.price(arguments) * endpoint.unit_price >= endpoint.price(arguments) * unit_price
    assert now.length(arguments) == endpoint.length(arguments)


@given(played)
def test_where_nothing_is_told_of_an_endpoint_its_price_is_the_catalogues_which_is_what_its_units_cost(
    wanted: tuple[Endpoint, str],
) -> None:
    endpoint, quality = wanted
    arguments = endpoint.arguments({"prompt": "x", **endpoint.presets[quality]})
    same = repriced(endpoint, {"another": 1})
    assert same.price(arguments) == endpoint.price(arguments)
    assert same.unit_price == endpoint.unit_price == film.UNIT_PRICES[endpoint.id]
    units = film.price(endpoint.id, dict(arguments)) / film.UNIT_PRICES[endpoint.id]
    assert billed(units, endpoint.unit_price) == endpoint.price(arguments)


def test_an_operator_reads_what_a_unit_and_a_film_cost_and_what_has_become_of_it() -> None:
    now = repriced(WAN_21, {WAN_21.id: 425_500})
    same, new = Told(400_000, "videos"), Told(425_500, "videos")
    assert listed(WAN_21) == "Wan 2.1: $0.40 a unit (videos); a standard film $0.40."
    assert renewed(WAN_21, WAN_21, same) == "Wan 2.1: unchanged at $0.40 a unit (videos)."
    assert renewed(WAN_21, now, new) == (
        "Wan 2.1: from $0.40 to $0.4255 a unit (videos); a standard film $0.43 instead of $0.40."
    )
    assert renewed(now, now, None) == "Wan 2.1: fal names no price, so it stays at $0.4255 a unit (videos)."


def test_the_price_of_another_unit_is_not_taken_and_the_operator_reads_that_and_what_to_do() -> None:
    told = Told(80_000, "seconds")
    assert not fresh(WAN_21, told)
    assert fresh(WAN_21, Told(80_000, "videos"))
    assert not fresh(WAN_21, Told(400_000, "videos"))
    assert not fresh(WAN_21, None)
    assert renewed(WAN_21, WAN_21, told) == (
        "Wan 2.1: fal asks $0.08 for a unit of seconds, and how many of those a film takes this bot does not know. "
        "So it stays at $0.40 a unit (videos). Please look for a newer version of the bot."
    )


def test_the_catalogue_and_the_stand_in_mean_the_same_by_a_unit() -> None:
    assert {endpoint.id: endpoint.unit for endpoint in CATALOGUE} == UNITS


def test_a_fraction_of_a_cent_is_told_where_it_matters() -> None:
    told = [dollars_exactly(amount) for amount in (0, 1, 85_000, 400_000, 1_000_000, 1_234_500_000)]
    assert told == ["$0.00", "$0.000001", "$0.085", "$0.40", "$1.00", "$1,234.50"]


async def test_the_newest_price_holds_and_the_older_ones_stay_on_record(store: Store, file: Path) -> None:
    assert await store.prices.now() == {}
    await store.prices.change({"a": 1, "b": 2}, at=1.0)
    await store.prices.change({}, at=2.0)
    await store.prices.change({"a": 3}, at=3.0)
    assert await store.prices.now() == {"a": 3, "b": 2}
    async with aiosqlite.connect(file) as database:
        rows = await database.execute_fetchall("SELECT endpoint, unit_price, at FROM prices ORDER BY id")
    assert [tuple(row) for row in rows] == [("a", 1, 1.0), ("b", 2, 1.0), ("a", 3, 3.0)]
