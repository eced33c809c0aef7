"""The catalogue against the endpoints' documents, and what holds for every endpoint, also for one added tomorrow."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue import CALLED, CATALOGUE, QUALITIES, by_id, one_picture
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


def test_the_catalogue_has_exactly_the_documented_endpoints() -> None:
    assert {endpoint.id for endpoint in CATALOGUE} == DOCUMENTED.keys()


@each_endpoint
def test_every_parameter_is_the_documented_one(endpoint: Endpoint) -> None:
    documented = {parameter["name"]: parameter for parameter in DOCUMENTED[endpoint.id]["input"]}
    assert {parameter.name: described(parameter) for parameter in endpoint.parameters} == documented


def described(parameter: Parameter) -> dict[str, Any]:
    """A parameter in the form of the documents."""
    text = parameter.kind is Kind.TEXT
    return {
        "name": parameter.name,
        "type": TYPES[parameter.kind],
        "required": parameter.required,
        "default": parameter.default,
        "minimum": None if text else parameter.low,
        "maximum": None if text else parameter.high,
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
def test_every_help_fits_into_discords_option_descriptions(endpoint: Endpoint) -> None:
    assert len(endpoint.name) <= 100
    assert len(f"{endpoint.title}: {endpoint.help}") <= 100
    assert all(1 <= len(parameter.help) <= 100 for parameter in endpoint.parameters)


@each_endpoint
def test_defaults_are_sent_and_nothing_unknown_ever_is(endpoint: Endpoint) -> None:
    made = endpoint.arguments({"prompt": "x"})
    expected = {one.name for one in endpoint.parameters if one.kind not in MEDIA and one.default is not None} | {
        "prompt"
    }
    assert made.keys() == expected
    for name in ("strength", "image_size", "loras", "image_url"):
        if not endpoint.takes(name):
            with pytest.raises(Invalid, match=name):
                endpoint.arguments({"prompt": "x", name: 1})


@each_endpoint
@given(data=st.data())
def test_whatever_is_given_is_either_refused_in_words_or_fits_the_document(
    endpoint: Endpoint, data: st.DataObject
) -> None:
    values = st.one_of(st.text(max_size=900), st.integers(-200, 200), st.floats(-50, 50), st.booleans())
    choices = [st.sampled_from(one.choices) for one in endpoint.parameters if one.choices]
    names = st.sampled_from([one.name for one in endpoint.parameters if one.kind not in MEDIA])
    some: dict[str, Value] = data.draw(st.dictionaries(names, st.one_of(values, *choices), max_size=4))
    try:
        made = endpoint.arguments({"prompt": "x", **some}, CALLED)
    except Invalid as refusal:
        made, problems = {}, refusal.problems
    else:
        problems = ()
        assert endpoint.price(made) > 0
    assert all(problem.startswith("`") and problem.endswith(".") for problem in problems)
    for parameter in DOCUMENTED[endpoint.id]["input"]:
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
    ("endpoint", "given", "micro"),
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
def test_prices_are_those_of_fals_pages(endpoint: str, given: dict[str, Value], micro: int) -> None:
    found = by_id(CATALOGUE)(endpoint)
    assert found
    assert found.price(found.arguments({"prompt": "x", **given})) == micro


def test_the_length_of_a_film_counts_interpolated_frames() -> None:
    wan22 = by_id(CATALOGUE)("fal-ai/wan/v2.2-a14b/image-to-video")
    assert wan22
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
        ({"resolution": "4k"}, "`resolution` must be one of 480p, 720p."),
        ({"aspect_ratio": "4:3"}, "`shape` must be one of auto, 16:9, 9:16, 1:1."),
        ({"prompt": " "}, "`prompt` is empty: say in a few words what should happen."),
        ({"prompt": None}, "`prompt` is missing."),
        ({"strength": 1}, "`strength` is not an option of Wan 2.1."),
    ],
)
def test_a_problem_is_told_in_the_words_of_the_option(given: dict[str, Value | None], says: str) -> None:
    with pytest.raises(Invalid) as refused:
        one_picture(CATALOGUE)[0].arguments({"prompt": "x", **given}, CALLED)
    assert refused.value.problems == (says,)
