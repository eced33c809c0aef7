"""The slash commands for films: which options each has, and what a member who fills them in asks of which endpoint.

`/animate` and `/morph` are the everyday doors, with a handful of options that fit every model; each endpoint also has a
command of its own, with all of its parameters under fal's names. All of them follow from the catalogue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.domain.catalogue import PROMPT, QUALITIES, SEED
from bot.domain.endpoint import MEDIA, Endpoint, Kind, Parameter, Value

ANIMATE, MORPH = "animate", "morph"  # the everyday doors
SHAPES = MappingProxyType({"auto": "auto", "wide": "16:9", "tall": "9:16", "square": "1:1"})
# The everyday words for parameters that have an option of another name.
EVERYDAY = MappingProxyType({"negative_prompt": "negative", "aspect_ratio": "shape"})
# What is sent unless the member says otherwise, whatever fal's default is: a community's channel is for everybody.
SAFETY = "enable_safety_checker"
HOUSE: Mapping[str, Value] = MappingProxyType({SAFETY: True})

QUALITY = Parameter(
    name="quality",
    kind=Kind.TEXT,
    help="draft is cheap and quick, best is slow and sharp",
    default="standard",
    choices=QUALITIES,
)
SHAPE = Parameter(
    name="shape",
    kind=Kind.TEXT,
    help="auto follows the picture; another shape cuts it around its middle",
    default="auto",
    choices=tuple(SHAPES),
)
SPOILER = Parameter(name="spoiler", kind=Kind.FLAG, help="Cover the film until somebody wants to see it")
OURS = frozenset({SPOILER.name})  # options that are no matter of fal's
NEGATIVE = Parameter(name="negative", kind=Kind.TEXT, help="What should not be seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A slash command that makes films. With several endpoints, its option `model` chooses among them."""

    name: str
    help: str
    options: tuple[Parameter, ...]
    endpoints: tuple[Endpoint, ...]
    everyday: bool

    @property
    def media(self) -> tuple[Parameter, ...]:
        """The options that take a file."""
        return tuple(option for option in self.options if option.kind in MEDIA)

    def endpoint(self, options: Mapping[str, Value]) -> Endpoint | None:
        """The endpoint that these options choose; None for a model that there is not."""
        if "model" not in options or not self.everyday:
            return self.endpoints[0]
        return next((endpoint for endpoint in self.endpoints if endpoint.name == options["model"]), None)

    def given(self, endpoint: Endpoint, options: Mapping[str, Value]) -> dict[str, Value | None]:
        """What an endpoint's parameters are given by these options; the media are not among them."""
        if not self.everyday:
            return {name: value for name, value in options.items() if name not in OURS}
        given: dict[str, Value | None] = {
            **{name: value for name, value in HOUSE.items() if endpoint.takes(name)},
            **endpoint.presets.get(str(options["quality"]), {}),
            "prompt": options.get("prompt"),
            "negative_prompt": options.get("negative"),
            "seed": options.get("seed"),
        }
        if endpoint.takes("aspect_ratio"):  # else the picture is cut
            given["aspect_ratio"] = SHAPES.get(str(options["shape"]))
        return given

    def called(self, endpoint: Endpoint) -> dict[str, str]:
        """The options' names by fal's names of the parameters, where they differ."""
        if not self.everyday:
            return {medium.name: medium.called for medium in endpoint.media}
        pictures = zip(_needed(endpoint), self.media, strict=True)
        return {own.name: option.called for own, option in pictures} | dict(EVERYDAY)


def doors(catalogue: tuple[Endpoint, ...]) -> dict[str, Door]:
    """All commands for films by name: the everyday ones, then each endpoint's own."""
    everyday = [
        *_everyday(ANIMATE, "Turn a picture into a short film", _from_pictures(1, catalogue), usual="wan-2.2"),
        *_everyday(MORPH, "Turn one picture into another", _from_pictures(2, catalogue)),
    ]
    own = [
        Door(
            name=endpoint.command,
            help=f"{endpoint.title} with all of its options: {endpoint.help}",
            options=(
                *(
                    replace(parameter, default=HOUSE.get(parameter.name, parameter.default))
                    for parameter in sorted(endpoint.parameters, key=lambda parameter: not parameter.required)
                ),
                SPOILER,
            ),
            endpoints=(endpoint,),
            everyday=False,
        )
        for endpoint in catalogue
    ]
    return {door.name: door for door in (*everyday, *own)}


def _from_pictures(count: int, catalogue: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """The endpoints that make a film from so many pictures and need no other file."""
    kinds = (Kind.PICTURE,) * count
    return tuple(each for each in catalogue if tuple(medium.kind for medium in _needed(each)) == kinds)


def _needed(endpoint: Endpoint) -> tuple[Parameter, ...]:
    return tuple(medium for medium in endpoint.media if medium.required)


def _everyday(name: str, text: str, endpoints: tuple[Endpoint, ...], usual: str = "") -> Iterable[Door]:
    """The door to these endpoints, if there are any."""
    if not endpoints:
        return
    names = tuple(endpoint.name for endpoint in endpoints)
    model = Parameter(
        name="model",
        kind=Kind.TEXT,
        help="Which model makes it",
        default=usual if usual in names else names[0],
        choices=names,
        labels={endpoint.name: f"{endpoint.title}: {endpoint.help}" for endpoint in endpoints},
    )
    chosen = (model,) if len(names) > 1 else ()
    options = (*_needed(endpoints[0]), PROMPT, *chosen, QUALITY, SHAPE, SEED, NEGATIVE, SPOILER)
    yield Door(name=name, help=text, options=options, endpoints=endpoints, everyday=True)
