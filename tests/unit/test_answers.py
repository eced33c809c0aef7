"""What fal's answers are read as, whatever they say."""

import json
from typing import Any

import pytest

from bot.adapters.fal.answers import MOST_UNITS, Answer, prices
from bot.domain.errors import Refused, Unavailable
from bot.domain.pricing import Told

SEEN = {"endpoint_id": "fal-ai/wan-i2v", "unit_price": 0.4, "unit": "videos", "currency": "USD"}


def answer(status: int = 200, body: Any = None, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body or {})


@pytest.mark.parametrize(
    ("told", "units"),
    [
        ("0.5", 0.5),
        ("0", 0),
        ("5.67188", 5.67188),
        ("", None),
        ("many", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        (str(MOST_UNITS + 1), None),
    ],
)
def test_units_that_make_no_sense_are_none(told: str, units: float | None) -> None:
    assert answer(X_Fal_Billable_Units=told).units == units
    assert answer().units is None


@pytest.mark.parametrize(
    ("status", "body", "passes"),
    [
        (200, {}, False),
        (202, {}, True),
        (400, {"detail": "Request is still in progress"}, True),
        (400, "Request is still in progress", True),
        (400, {"detail": "no"}, False),
        (401, {}, True),
        (403, {"detail": "User is locked."}, True),
        (404, {"detail": "Request not found"}, False),
        (408, {}, True),
        (422, {"detail": [{"input": "in progress"}]}, False),
        (499, {}, False),
    ],
)
def test_a_result_may_come_later_or_not(status: int, body: Any, *, passes: bool) -> None:
    assert answer(status, body).passes is passes


@pytest.mark.parametrize(("status", "body"), [(500, {}), (307, {}), (200, "<html>"), (200, ["x"])])
def test_what_is_not_what_was_asked_for_is_no_answer_and_the_log_says_why(status: int, body: Any) -> None:
    with pytest.raises(Unavailable) as trouble:
        answer(status, body).good()
    assert str(trouble.value.__cause__) == f"{status}: {json.dumps(body)}"


@pytest.mark.parametrize(
    ("status", "told", "erased"),
    [
        (200, {"cdn_delete_results": [{"link": "x", "exception": None}]}, True),
        (200, {"cdn_delete_results": [{"link": "x", "exception": None}, {"link": "y", "exception": "no"}]}, None),
        (200, {}, True),
        (204, "", True),
        (404, {}, True),
        (401, {}, False),
        (403, {}, False),
        (400, {}, None),
        (500, {}, None),
    ],
)
def test_a_deletion_is_done_when_no_file_is_left(status: int, told: Any, erased: bool | None) -> None:  # noqa: FBT001 - a case
    if erased is None:
        with pytest.raises(Unavailable):
            answer(status, told).erased()
    else:
        assert answer(status, told).erased() is erased


def test_prices_are_read_as_micro_dollars() -> None:
    other = SEEN | {"endpoint_id": "wan/v2.6/image-to-video", "unit_price": 1}
    assert prices({"prices": [SEEN, other]}) == {
        "fal-ai/wan-i2v": Told(400_000, "videos"),
        "wan/v2.6/image-to-video": Told(1_000_000, "videos"),
    }
    assert prices({"prices": []}) == {}


@pytest.mark.parametrize(
    "item",
    [
        SEEN | {"currency": "EUR"},
        SEEN | {"unit": None},
        SEEN | {"currency": None},
        SEEN | {"unit_price": 0},
        SEEN | {"unit_price": -0.4},
        SEEN | {"unit_price": 1e-9},
        SEEN | {"unit_price": 1e300},
        SEEN | {"unit_price": float("nan")},
        SEEN | {"unit_price": True},
        SEEN | {"unit_price": "0.4"},
        SEEN | {"endpoint_id": 7},
        {},
        "free",
    ],
)
def test_a_price_that_makes_no_sense_is_refused_with_what_fal_says(item: Any) -> None:
    with pytest.raises(Refused) as refused:
        prices({"prices": [SEEN, item]})
    assert "so none is changed" in str(refused.value)
    assert str(refused.value).endswith(json.dumps(item)[:200])


@pytest.mark.parametrize("body", [{}, {"prices": None}, {"prices": {"x": 1}}])
def test_what_has_no_prices_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="so none is changed"):
        prices(body)
