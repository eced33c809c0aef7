"""The catalogue against the endpoints' documents, and what holds for every endpoint, also for one added tomorrow."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue import CATALOGUE, QUALITIES, by_id
from bot.domain.doors import EVERYDAY
from bot.domain.endpoint import MEDIA, Endpoint, Kind, Parameter, Value
from bot.domain.errors import Invalid

DOCUMENTED = json.loads((Path(__file__).parents[2] / "sandbox/fal/endpoints.json").read_text())
TYPES = {
    Kind.TEXT: "string",
    Kind.PICTURE: "string",
    Kind.SOUND: "string",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.FLAG: "boolean",
}
each_endpoint = pytest.mark.parametrize("endpoint", CATALOGUE, ids=lambda endpoint: endpoint.name)
# an endpoint is added in the catalogue alone; the stand-in gets its document when it is to play it
documented_endpoint = pytest.mark.parametrize("id_", DOCUMENTED)


def found(id_: str) -> Endpoint:
    endpoint = by_id(CATALOGUE)(id_)
    assert endpoint
    return endpoint


@documented_endpoint
def test_every_parameter_is_the_documented_one(id_: str) -> None:
    documented = {parameter["name"]: parameter for parameter in DOCUMENTED[id_]["input"]}
    assert {parameter.name: described(parameter) for parameter in found(id_).parameters} == documented


@documented_endpoint
def test_every_file_may_be_what_the_document_allows(id_: str) -> None:
    for parameter in found(id_).media:
        rules = DOCUMENTED[id_]["files"][parameter.name]
        assert parameter.most_bytes <= rules.get("max_bytes", parameter.most_bytes)
        if parameter.kind is Kind.SOUND:
            assert (parameter.low, parameter.high) == (rules["min_seconds"], rules["max_seconds"])
        else:
            assert found(id_).sides[0] >= rules.get("min_side", 0)
            assert found(id_).sides[1] <= rules.get("max_side", found(id_).sides[1])


def described(parameter: Parameter) -> dict[str, Any]:
    """A parameter in the form of the documents."""
    text, number = parameter.kind is Kind.TEXT, parameter.kind in (Kind.INTEGER, Kind.NUMBER)
    return {
        "name": parameter.name,
        "type": TYPES[parameter.kind],
        "required": parameter.required,
        "default": parameter.default,
        "minimum": parameter.low if number else None,
        "maximum": parameter.high if number else None,
        "max_length": parameter.high if text else None,
        "enum": list(parameter.choices) or None,
    }


@each_endpoint
def test_every_preset_makes_arguments_that_have_a_price_and_a_length(endpoint: Endpoint) -> None:
    assert tuple(endpoint.presets) == QUALITIES
    prices = [endpoint.price(endpoint.arguments({"prompt": "x", **preset})) for preset in endpoint.presets.values()]
    assert prices == sorted(prices)
    assert prices[0] > 0
    for preset in endpoint.presets.values():
        assert 1 <= endpoint.length(endpoint.arguments({"prompt": "x", **preset})) <= 60


@each_endpoint
def test_defaults_are_sent_and_nothing_unknown_ever_is(endpoint: Endpoint) -> None:
    made = endpoint.arguments({"prompt": "x"})
    expected = {one.name for one in endpoint.parameters if one.kind not in MEDIA and one.default is not None} | {
        "prompt"
    }
    assert made.keys() == expected
    elsewhere = {one.name for other in CATALOGUE for one in other.parameters}
    for name in {*elsewhere, "strength", "image_size", "loras", ""}:
        if not endpoint.takes(name):
            with pytest.raises(Invalid, match=f"`{name}` is not an option"):
                endpoint.arguments({"prompt": "x", name: 1})


@documented_endpoint
@given(data=st.data())
def test_whatever_is_given_is_either_refused_in_words_or_fits_the_document(id_: str, data: st.DataObject) -> None:
    endpoint = found(id_)
    values = st.one_of(st.text(max_size=900), st.integers(-200, 200), st.floats(-50, 50), st.booleans())
    choices = [st.sampled_from(one.choices) for one in endpoint.parameters if one.choices]
    names = st.sampled_from([one.name for one in endpoint.parameters if one.kind not in MEDIA])
    some: dict[str, Value] = data.draw(st.dictionaries(names, st.one_of(values, *choices), max_size=4))
    try:
        made = endpoint.arguments({"prompt": "x", **some}, EVERYDAY)
    except Invalid as refusal:
        made, problems = {}, refusal.problems
    else:
        problems = ()
        assert endpoint.price(made) > 0
    assert all(problem.startswith("`") and problem.endswith(".") for problem in problems)
    for parameter in DOCUMENTED[id_]["input"]:
        if (value := made.get(parameter["name"])) is not None:
            assert fits(parameter, value)


def fits(parameter: dict[str, Any], value: Value) -> bool:
    """Whether a value is what the document asks for."""
    wanted = {"string": str, "integer": int, "number": float, "boolean": bool}[parameter["type"]]
    if type(value) is not wanted or (parameter["enum"] and value not in parameter["enum"]):
        return False
    if isinstance(value, str):
        return len(value) <= (parameter["max_length"] or len(value))
    low, high = parameter["minimum"], parameter["maximum"]
    return (low is None or value >= low) and (high is None or value <= high)


@pytest.mark.parametrize(
    ("id_", "given", "micro"),
    [
        ("fal-ai/wan-i2v", {"resolution": "480p"}, 200_000),
        ("fal-ai/wan-i2v", {"resolution": "720p"}, 400_000),
        ("fal-ai/wan-i2v", {"resolution": "720p", "num_frames": 82}, 500_000),
        ("fal-ai/wan-flf2v", {"resolution": "480p", "num_frames": 100}, 250_000),
        ("fal-ai/wan/v2.2-a14b/image-to-video", {}, 405_000),
        ("fal-ai/wan/v2.2-a14b/image-to-video", {"resolution": "580p", "num_frames": 17}, 63_750),
        ("fal-ai/wan/v2.2-a14b/image-to-video", {"resolution": "480p", "num_frames": 121}, 302_500),
        ("wan/v2.6/image-to-video", {"resolution": "720p"}, 500_000),
        ("wan/v2.6/image-to-video", {"duration": "15"}, 2_250_000),
    ],
)
def test_prices_are_those_of_fals_pages(id_: str, given: dict[str, Value], micro: int) -> None:
    endpoint = found(id_)
    assert endpoint.price(endpoint.arguments({"prompt": "x", **given})) == micro


def test_the_length_of_a_film_counts_interpolated_frames() -> None:
    wan22 = found("fal-ai/wan/v2.2-a14b/image-to-video")
    smooth = wan22.length(wan22.arguments({"prompt": "x"}))
    slow = wan22.length(wan22.arguments({"prompt": "x", "adjust_fps_for_interpolation": False}))
    assert smooth == pytest.approx(161 / 32)
    assert slow == pytest.approx(161 / 16)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"num_frames": 80}, "`num_frames` must be between 81 and 100; you gave 80."),
        ({"num_frames": 101}, "`num_frames` must be between 81 and 100; you gave 101."),
        ({"num_frames": 90.0}, "`num_frames` must be a whole number."),
        ({"num_frames": True}, "`num_frames` must be a whole number."),
        ({"shift": float("nan")}, "`shift` must be between 1 and 10; you gave nan."),
        ({"resolution": "4k"}, "`resolution` must be one of 480p, 720p."),
        ({"aspect_ratio": "4:3"}, "`shape` must be one of auto, 16:9, 9:16, 1:1."),
        ({"prompt": " "}, "`prompt` is empty: say in a few words what should happen."),
        ({"prompt": None}, "`prompt` is missing."),
        ({"prompt": "\u200b\u2060"}, "`prompt` is empty: say in a few words what should happen."),
        ({"seed": 2**53}, "`seed` must be a whole number of at most 9,007,199,254,740,991."),
        ({"seed": -(10**30)}, "`seed` must be a whole number of at most 9,007,199,254,740,991."),
        ({"strength": 1}, "`strength` is not an option of Wan 2.1."),
    ],
)
def test_a_problem_is_told_in_the_words_of_the_option(given: dict[str, Value | None], says: str) -> None:
    with pytest.raises(Invalid) as refused:
        CATALOGUE[0].arguments({"prompt": "x", **given}, EVERYDAY)
    assert refused.value.problems == (says,)
