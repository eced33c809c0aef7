"""Two pictures of one film must have one shape: whether they do, and what is cut off so that they do."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.domain.language import say
from bot.domain.media import Size

ALIKE = 0.02  # of a shape: what nobody sees, and less than what a model's own grid takes
Shape = tuple[int, int]  # across, down


class Way(NamedTuple):
    """One way to make the pictures alike: how its button reads, the shape they get, and what that takes away."""

    label: str
    shape: Shape
    told: str


def alike(one: Size, other: Size) -> bool:
    """Whether two pictures have the same shape, as far as anybody sees."""
    return abs(one.width * other.height / (one.height * other.width) - 1) <= ALIKE


def cut(size: Size, shape: Shape) -> Size:
    """The largest part of a picture that has this shape, in whole pixels."""
    across, down = shape
    width = min(size.width, round(size.height * across / down))
    height = min(size.height, round(size.width * down / across))
    return Size(max(width, 1), max(height, 1))


def ways(pictures: Mapping[str, Size], wanted: str) -> dict[str, Way]:
    """How two pictures, by their option's name, can be made alike: the first way is the least surprising one.

    `wanted` is the shape that was asked for, such as 16:9, or auto.
    """
    [first, last] = pictures.values()
    if ":" in wanted:
        across, down = map(int, wanted.split(":"))
        return {"asked": _way(say("Crop to {shape}", shape=wanted), (across, down), pictures)}
    between = _between(first, last)
    name = next(iter(pictures))
    return {
        "first": _way(say("Crop to the shape of {option}", option=name), (first.width, first.height), pictures),
        "both": _way(say("Crop both a little"), (between.width, between.height), pictures),
    }


def question(pictures: Mapping[str, Size], wanted: str) -> str:
    """What the pictures are, and what each way would do to them."""
    [(one, its_size), (other, other_size)] = pictures.items()
    differ = say(
        "`{one}` is {its_size} and `{other}` is {other_size} pixels. Their shapes differ, and a film has only one.",
        one=one,
        its_size=its_size,
        other=other,
        other_size=other_size,
    )
    return "\n".join([differ, *(f"**{way.label}:** {way.told}" for way in ways(pictures, wanted).values())])


def _way(label: str, shape: Shape, pictures: Mapping[str, Size]) -> Way:
    return Way(label, shape, "; ".join(_loss(name, size, cut(size, shape)) for name, size in pictures.items()) + ".")


def _loss(name: str, size: Size, left: Size) -> str:
    """What a cut around the middle takes away, in words."""
    across, down = size.width - left.width, size.height - left.height
    if not across and not down:
        return say("`{option}` stays whole", option=name)
    told = {"option": name, "size": left, "share": f"{1 - left.width * left.height / (size.width * size.height):.0%}"}
    if down:
        return say("`{option}` is cut to {size}: it loses {share}, {lost} pixels at top and bottom", **told, lost=down)
    return say("`{option}` is cut to {size}: it loses {share}, {lost} pixels at left and right", **told, lost=across)


def _between(one: Size, other: Size) -> Size:
    """The shape that takes the same share away from both."""
    return Size(round((one.width * other.width) ** 0.5), round((one.height * other.height) ** 0.5))
