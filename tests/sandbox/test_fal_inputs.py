"""What the stand-in refuses, in fal's shape, for each of the four endpoints."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sandbox.fal import endpoints, inputs
from sandbox.fal.endpoints import Endpoint, Json
from sandbox.fal.storage import File, Storage
from tests.media_files import wav
from tests.sandbox.fal_stage import MORPH, WAN_21, WAN_22, WAN_26, picture, png

ENDPOINTS = endpoints.load()
STORAGE = Storage(lambda: 0)
PICTURE = STORAGE.keep("a.png", File("image/png", png(picture(400, 300))))
BOUNDED = [
    (id, name)
    for id, endpoint in ENDPOINTS.items()
    for name, parameter in endpoint.parameters.items()
    if parameter["minimum"] is not None
]
CHOSEN = [
    (id, name)
    for id, endpoint in ENDPOINTS.items()
    for name, parameter in endpoint.parameters.items()
    if parameter["enum"]
]
EVERY = [(id, name) for id, endpoint in ENDPOINTS.items() for name in endpoint.parameters]


def good(endpoint: Endpoint) -> Json:
    pictures = {name: PICTURE for name, rules in endpoint.files.items() if rules["kind"] == "image"}
    return {"prompt": "a fox runs"} | pictures


def errors(endpoint: Endpoint, wish: Json) -> list[Json]:
    try:
        inputs.check(endpoint, wish, STORAGE.fetch)
    except inputs.Unfit as unfit:
        return unfit.body["detail"]
    return []


@pytest.mark.parametrize("id", ENDPOINTS)
def test_an_input_with_nothing_but_what_is_required_is_good_and_so_are_all_defaults(id: str) -> None:
    endpoint = ENDPOINTS[id]
    assert errors(endpoint, good(endpoint)) == []
    assert errors(endpoint, endpoint.filled(good(endpoint))) == []


@pytest.mark.parametrize("id", ENDPOINTS)
def test_all_that_is_missing_and_unknown_is_told_at_once(id: str) -> None:
    told = errors(ENDPOINTS[id], {"prmopt": "x", "fps": 3})
    required = [name for name, parameter in ENDPOINTS[id].parameters.items() if parameter["required"]]
    assert [(error["type"], error["loc"]) for error in told] == [
        *(("missing", ["body", name]) for name in required),
        ("extra_forbidden", ["body", "prmopt"]),
        ("extra_forbidden", ["body", "fps"]),
    ]
    assert all(set(error) >= {"loc", "msg", "type", "input", "url"} for error in told)


@pytest.mark.parametrize(("id", "name"), BOUNDED)
@given(data=st.data())
def test_a_number_is_good_exactly_within_its_range(id: str, name: str, data: st.DataObject) -> None:
    endpoint = ENDPOINTS[id]
    parameter = endpoint.parameters[name]
    least, most = parameter["minimum"], parameter["maximum"]
    numbers = st.integers(least - 5, most + 5)
    if parameter["type"] == "number":
        numbers |= st.floats(least - 5, most + 5)
    value = data.draw(numbers | st.sampled_from([least, most, least - 1, most + 1]))
    told = [(error["type"], error["loc"], error["input"], error["ctx"]) for error in _values(endpoint, name, value)]
    if value < least:
        assert told == [("greater_than_equal", ["body", name], value, {"ge": least})]
    elif value > most:
        assert told == [("less_than_equal", ["body", name], value, {"le": most})]
    else:
        assert told == []


def _values(endpoint: Endpoint, name: str, value: Any) -> list[Json]:
    """Only what is said of this parameter: without files to open it takes no time."""
    wish = good(endpoint) | {name: value, "unknown": 1}
    return [error for error in errors(endpoint, wish) if error["loc"] != ["body", "unknown"]]


@pytest.mark.parametrize(("id", "name"), CHOSEN)
def test_a_choice_is_one_of_those_that_are_offered(id: str, name: str) -> None:
    endpoint = ENDPOINTS[id]
    offered = endpoint.parameters[name]["enum"]
    assert [_values(endpoint, name, value) for value in offered] == [[]] * len(offered)
    [told] = _values(endpoint, name, "other")
    assert (told["type"], told["ctx"]) == ("one_of", {"expected": offered})


@pytest.mark.parametrize(("id", "name"), EVERY)
def test_a_value_of_another_type_is_refused(id: str, name: str) -> None:
    wrong: dict[str, list[Any]] = {
        "string": [5, True, ["x"]],
        "integer": ["81", 81.5, True],
        "number": ["5", False],
        "boolean": ["true", 1],
    }
    kind = ENDPOINTS[id].parameters[name]["type"]
    types = [[error["type"] for error in _values(ENDPOINTS[id], name, value)] for value in wrong[kind]]
    told = {"string": "string_type", "integer": "int_type", "number": "float_type", "boolean": "bool_type"}[kind]
    assert types == [[told]] * len(wrong[kind])


def test_a_duration_is_a_word_not_a_number() -> None:
    assert _values(ENDPOINTS[WAN_26], "duration", "10") == []
    assert [error["type"] for error in _values(ENDPOINTS[WAN_26], "duration", 10)] == ["string_type"]


@pytest.mark.parametrize(("name", "most"), [("prompt", 800), ("negative_prompt", 500)])
def test_texts_have_a_greatest_length(name: str, most: int) -> None:
    assert _values(ENDPOINTS[WAN_26], name, "x" * most) == []
    [told] = _values(ENDPOINTS[WAN_26], name, "x" * (most + 1))
    assert (told["type"], told["ctx"]) == ("string_too_long", {"max_length": most})


@pytest.mark.parametrize("id", ENDPOINTS)
def test_nothing_means_the_default_only_where_there_is_no_other(id: str) -> None:
    assert _values(ENDPOINTS[id], "seed", None) == []
    assert [error["type"] for error in _values(ENDPOINTS[id], "resolution", None)] == ["string_type"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "https://v3.fal.media/files/b/none.png",
        PICTURE.replace("https", "http"),
        PICTURE.replace("v3.fal.media", "v3.fal.media.example.com"),
        "data:image/png;base64,???",
        "nonsense",
    ],
    ids=["elsewhere", "gone", "plain http", "look-alike", "torn data", "nonsense"],
)
def test_a_picture_must_be_one_that_was_uploaded_or_a_data_uri(url: str) -> None:
    [told] = errors(ENDPOINTS[WAN_21], {"prompt": "x", "image_url": url})
    assert (told["type"], told["loc"], told["input"]) == ("file_download_error", ["body", "image_url"], url)


def test_a_data_uri_and_another_media_host_are_good() -> None:
    data = "data:image/png;base64," + base64.b64encode(png(picture())).decode()
    for url in (data, PICTURE.replace("v3.", "v3b.")):
        assert errors(ENDPOINTS[WAN_22], {"prompt": "x", "image_url": url}) == []


def test_a_file_that_is_no_picture_is_refused() -> None:
    torn = STORAGE.keep("a.png", File("image/png", png(picture())[:500]))
    for url in (torn, "data:image/png,hello"):
        [told] = errors(ENDPOINTS[MORPH], {"prompt": "x", "start_image_url": PICTURE, "end_image_url": url})
        assert (told["type"], told["loc"]) == ("image_load_error", ["body", "end_image_url"])


@pytest.mark.parametrize(
    ("size", "kind", "ctx"),
    [
        ((240, 240), None, None),
        ((239, 500), "image_too_small", {"min_height": 240, "min_width": 240}),
        ((240, 7680), None, None),
        ((240, 7681), "image_too_large", {"max_height": 7680, "max_width": 7680}),
    ],
)
def test_the_newest_model_takes_pictures_of_some_sizes_only(
    size: tuple[int, int], kind: str | None, ctx: Json | None
) -> None:
    url = STORAGE.keep("a.png", File("image/png", png(Image.new("L", size))))
    told = errors(ENDPOINTS[WAN_26], {"prompt": "x", "image_url": url})
    assert [(error["type"], error["ctx"]) for error in told] == ([(kind, ctx)] if kind else [])
    assert errors(ENDPOINTS[WAN_22], {"prompt": "x", "image_url": url}) == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (wav(3), None),
        (wav(2.9), "audio_duration_too_short"),
        (wav(30.1), "audio_duration_too_long"),
        (b"no sound at all", "unsupported_audio_format"),
        (png(picture()), "unsupported_audio_format"),
        (bytes(15_000_001), "file_too_large"),
    ],
    ids=["good", "short", "long", "text", "picture", "large"],
)
def test_sound_is_wav_or_mp3_of_3_to_30_seconds_and_at_most_15_megabytes(data: bytes, kind: str | None) -> None:
    url = STORAGE.keep("a.wav", File("audio/wav", data))
    told = errors(ENDPOINTS[WAN_26], {"prompt": "x", "image_url": PICTURE, "audio_url": url})
    assert [(error["type"], error["loc"]) for error in told] == ([(kind, ["body", "audio_url"])] if kind else [])
