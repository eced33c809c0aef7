"""What a film costs: fal bills units, and the price of a unit may be another than when the catalogue was written.

A film's price is told before it is made, and is the most that its owner pays. It is the catalogue's formula, which
knows how many units a film takes, at the price that a unit has when the film is asked for. A job keeps both prices: a
change of fal's concerns the films that are asked for later.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from bot.domain.endpoint import Arguments, Endpoint
from bot.domain.money import dollars, dollars_exactly


def repriced(endpoint: Endpoint, prices: Mapping[str, int]) -> Endpoint:
    """An endpoint of the catalogue at what a unit costs by these prices, which need not name it, in micro-dollars.

    The price of a film is rounded up to a whole one.
    """
    unit_price = prices.get(endpoint.id, endpoint.unit_price)

    def price(arguments: Arguments) -> int:
        return -(-endpoint.price(arguments) * unit_price // endpoint.unit_price)

    return replace(endpoint, unit_price=unit_price, price=price)


class Told(NamedTuple):
    """What fal tells of an endpoint's price."""

    unit_price: int  # micro-dollars
    unit: str  # as fal names it


def fresh(endpoint: Endpoint, told: Told | None) -> bool:
    """Whether what fal tells is another price of the same unit, at which films can be counted."""
    return told is not None and told.unit == endpoint.unit and told.unit_price != endpoint.unit_price


def billed(units: float, unit_price: int) -> int:
    """What fal bills for so many units, in micro-dollars."""
    return round(units * unit_price)


def listed(endpoint: Endpoint) -> str:
    """A line about what an endpoint costs."""
    return f"{endpoint.title}: {_unit(endpoint)}; a standard film {dollars(_film(endpoint))}."


def renewed(before: Endpoint, now: Endpoint, told: Told | None) -> str:
    """A line about what has become of the price of an endpoint, after what fal has told of it."""
    if told is None:
        return f"{now.title}: fal names no price, so it stays at {_unit(now)}."
    if told.unit != now.unit:
        asks = f"fal asks {dollars_exactly(told.unit_price)} for a unit of {told.unit}"
        unknown = "and how many of those a film takes this bot does not know"
        update = "Please look for a newer version of the bot."
        return f"{now.title}: {asks}, {unknown}. So it stays at {_unit(now)}. {update}"
    if now.unit_price == before.unit_price:
        return f"{now.title}: unchanged at {_unit(now)}."
    change = f"from {dollars_exactly(before.unit_price)} to {_unit(now)}"
    return f"{now.title}: {change}; a standard film {dollars(_film(now))} instead of {dollars(_film(before))}."


def _unit(endpoint: Endpoint) -> str:
    return f"{dollars_exactly(endpoint.unit_price)} a unit ({endpoint.unit})"


def _film(endpoint: Endpoint) -> int:
    """The price of a standard film."""
    return endpoint.price(endpoint.arguments({"prompt": "x", **endpoint.presets.get("standard", {})}))
