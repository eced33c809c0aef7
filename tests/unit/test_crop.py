"""How two pictures are made alike: only what must go goes, from both sides, and it is told as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.crop import alike, cut, question, ways
from bot.domain.media import Size

sides = st.integers(200, 2000)
sizes = st.builds(Size, sides, sides)


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        (Size(640, 480), Size(1280, 960), True),
        (Size(1920, 1080), Size(1280, 720), True),
        (Size(1000, 1000), Size(1000, 990), True),
        (Size(1000, 1000), Size(1000, 950), False),
        (Size(480, 640), Size(640, 480), False),
    ],
)
def test_pictures_are_alike_whatever_their_size_if_nobody_sees_a_difference(
    one: Size, other: Size, *, are: bool
) -> None:
    assert alike(one, other) is are
    assert alike(other, one) is are


@given(sizes, sizes)
def test_a_cut_has_the_shape_within_a_pixel_and_keeps_one_side_whole(size: Size, shape: Size) -> None:
    left = cut(size, shape)
    assert left.width == size.width or left.height == size.height
    assert 1 <= left.width <= size.width
    assert 1 <= left.height <= size.height
    exact = min(size.width, size.height * shape.width / shape.height)
    assert left.width == pytest.approx(exact, abs=1)


@given(sizes, sizes, st.sampled_from(["auto", "16:9", "9:16", "1:1"]))
def test_each_way_gives_both_pictures_one_shape(first: Size, last: Size, wanted: str) -> None:
    for way in ways({"first": first, "last": last}, wanted).values():
        one, other = cut(first, way.shape), cut(last, way.shape)
        across = one.width / one.height
        assert across == pytest.approx(other.width / other.height, rel=3 / min(*one, *other))


@given(sizes, sizes)
def test_cutting_both_takes_the_same_share_of_each(first: Size, last: Size) -> None:
    shape = ways({"first": first, "last": last}, "auto")["both"].shape
    left = [cut(size, shape).width * cut(size, shape).height / (size.width * size.height) for size in (first, last)]
    assert left[0] == pytest.approx(left[1], abs=0.12)


def test_what_is_cut_and_how_is_told_before_it_is_done() -> None:
    told = question({"first": Size(640, 384), "last": Size(400, 400)}, "auto")
    assert "`first` is 640 × 384 and `last` is 400 × 400 pixels." in told
    assert "`first` stays whole; `last` is cut to 400 × 240: it loses 40%, 160 pixels at top and bottom." in told
    assert "`first` is cut to 496 × 384: it loses 22%, 144 pixels at left and right" in told


def test_a_shape_that_was_asked_for_is_the_only_way() -> None:
    [way] = ways({"first": Size(640, 384), "last": Size(400, 400)}, "1:1").values()
    assert way.label == "Crop to 1:1"
    assert way.told == "`first` is cut to 384 × 384: it loses 40%, 256 pixels at left and right; `last` stays whole."
