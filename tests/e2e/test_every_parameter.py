"""Each parameter of each endpoint, typed as an option of the model's own command: seen by fal as typed, and priced.

The cases follow from the catalogue, what fal must see from its documents, which the stand-in reads, and the price from
the stand-in, which counts for itself.
"""

from typing import Any

import pytest

from bot.domain.catalogue import CATALOGUE
from bot.domain.endpoint import MEDIA, Endpoint, Kind, Parameter, Value
from sandbox.client import Json, Refused, Upload
from sandbox.fal import endpoints, film
from tests.e2e.stage import Stage, picture, wav
from tests.e2e.test_budgets import told

DOCUMENTED = endpoints.load()
OFFERED = pytest.mark.parametrize(
    "endpoint", [one for one in CATALOGUE if one.id in DOCUMENTED], ids=lambda one: one.command
)
PLACE = (
    "nsfw"  # an age-restricted channel, where a member may say that the safety checker is off, if his server allows it
)
NO_FILM = {"error_status": 422, "body": {"detail": "no good"}}


def attached(parameter: Parameter) -> Upload:
    return picture(300, 260) if parameter.kind is Kind.PICTURE else wav(3.5)


def typed(parameter: Parameter) -> Value:
    """A good value that is not the one that is taken without it."""
    match parameter.kind:
        case Kind.FLAG:
            return not parameter.default
        case Kind.TEXT:
            others = [choice for choice in parameter.choices if choice != parameter.default]
            return others[-1] if others else "fog over the water"
        case Kind.INTEGER:
            return 1_234_567 if parameter.high is None else int(parameter.high)
        case _:
            assert parameter.high
            return parameter.high - 0.5


def bad(parameter: Parameter) -> list[tuple[Any, str]]:
    """What Discord's own client refuses, and what the bot says to a client that does not."""
    name = f"`{parameter.called}`"
    if parameter.choices:
        return [("nonsense", f"{name} must be one of {', '.join(parameter.choices)}.")]
    if parameter.kind is Kind.TEXT:
        most = int(parameter.high or 0)
        return (
            [("x" * (most + 1), f"{name} has {most + 1} characters; this model takes at most {most}.")] if most else []
        )
    if parameter.kind in MEDIA or parameter.low is None or parameter.high is None:
        return []
    between = f"{name} must be between {parameter.low:g} and {parameter.high:g}"
    step = 1 if parameter.kind is Kind.INTEGER else 0.5
    kind = int if parameter.kind is Kind.INTEGER else float
    outside = [kind(parameter.low - step), kind(parameter.high + step)]
    return [(value, f"{between}; you gave {value}.") for value in outside]


def cheap(endpoint: Endpoint) -> dict[str, Value]:
    """What makes a film of this endpoint small and short."""
    least = {one.name: one.choices[0] if one.choices else int(one.low or 0) for one in endpoint.parameters}
    return {name: least[name] for name in ("resolution", "duration", "num_frames") if endpoint.takes(name)}


async def asked(bot: Stage, endpoint: Endpoint, options: dict[str, Any], *, force: bool = False) -> None:
    """ada types the model's own command, with what it cannot do without."""
    needed = {one.called: attached(one) for one in endpoint.media if one.required}
    await bot.sandbox.command("ada", PLACE, endpoint.command, {"prompt": "a wave", **needed, **options}, force=force)


async def reserved(bot: Stage) -> list[int]:
    """What was reserved for each film, in micro-dollars."""
    return [row["amount"] for row in await bot.rows("SELECT amount FROM ledger WHERE kind = 'reserve' ORDER BY at")]


@OFFERED
async def test_each_parameter_is_typed_checked_sent_and_priced(bot: Stage, endpoint: Endpoint) -> None:
    """One bot for all of them, and no film: what fal was asked is known when it fails."""
    await told(bot, "mod", "admin safety", checker="off")
    for number, parameter in enumerate(endpoint.parameters):
        for value, says in bad(parameter):  # refused by Discord's own client, and by the bot where it is another
            with pytest.raises(Refused):
                await asked(bot, endpoint, {parameter.called: value})
            await asked(bot, endpoint, {parameter.called: value}, force=True)
            seen = await bot.sandbox.until(
                lambda seen, says=says: [one for one in seen if says in one["content"]], PLACE
            )
            assert "Nothing was spent." in seen[-1]["content"], parameter.called
        assert len(await bot.requests()) == len(await reserved(bot)) == number, parameter.called
        value = attached(parameter) if parameter.kind in MEDIA else typed(parameter)
        await bot.sandbox.post("fal/set", {"outcome": NO_FILM})
        await asked(bot, endpoint, {parameter.called: value})
        await bot.submitted(number + 1)
        given: Json = (await bot.requests())[number]["input"]
        if parameter.kind in MEDIA:
            assert given[parameter.name].startswith("https://v3.fal.media/"), parameter.called
        else:
            assert given[parameter.name] == value, parameter.called
        assert given.keys() <= DOCUMENTED[endpoint.id].parameters.keys(), parameter.called
        always = {one.name for one in endpoint.parameters if one.required or one.default is not None}
        assert given.keys() >= always, parameter.called
        price = film.price(endpoint.id, DOCUMENTED[endpoint.id].filled(given))
        assert (await reserved(bot))[number:] == [price], parameter.called


@OFFERED
async def test_all_parameters_at_once_make_a_film(bot: Stage, endpoint: Endpoint) -> None:
    """The stand-in refuses what the endpoint's document does not have."""
    await told(bot, "mod", "admin safety", checker="off")
    values = {one.called: typed(one) for one in endpoint.parameters if one.kind not in MEDIA}
    files = {one.called: attached(one) for one in endpoint.media}
    options = {**values, **files, **cheap(endpoint)}
    await asked(bot, endpoint, options)
    message = await bot.film(PLACE)
    [request] = await bot.requests()
    assert request["input"].keys() == {one.name for one in endpoint.parameters}
    assert "seed 1234567 · " in message["content"]


@OFFERED
async def test_the_safety_checker_is_on_unless_a_member_says_otherwise(bot: Stage, endpoint: Endpoint) -> None:
    await bot.queue()
    await told(bot, "mod", "admin safety", checker="off")
    await asked(bot, endpoint, {})
    await bot.submitted()
    assert (await bot.requests())[0]["input"]["enable_safety_checker"] is True
