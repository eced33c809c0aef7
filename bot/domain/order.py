"""What a member asks for by a command, checked: which endpoint is sent what, and what he could ask for instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

from bot.domain.doors import Door
from bot.domain.endpoint import MEDIA, Endpoint, Value
from bot.domain.errors import Invalid
from bot.domain.language import say, sentence
from bot.domain.pricing import repriced
from bot.domain.wording import clean

FREE = sentence("Nothing was spent.")
# the options by which a film is made cheaper, the one that is changed first at the end
SAVING = ("model", "duration", "resolution", "quality")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that came with a request."""

    url: str
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A film as it was asked for: the door, and its options as they were typed, by their names.

    One that is None is left out on purpose: its default holds, whatever the member prefers.
    """

    door: str
    options: Mapping[str, Value | None]
    media: Mapping[str, Attached]
    parent_id: str | None = None  # the job that it repeats, whose files are kept
    after_id: str | None = None  # the film with whose last frame it begins
    reply_to: int | None = None  # the message that it answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order that can be carried out. `price` is in micro-dollars, `length` in seconds of film."""

    endpoint: Endpoint
    options: Mapping[str, Value]
    arguments: Mapping[str, Value]
    media: Mapping[str, str]  # parameter -> address

    @property
    def price(self) -> int:
        return self.endpoint.price(self.arguments)


def wanted(
    door: Door, order: Order, prices: Mapping[str, int], *, preferred: Mapping[str, Value] | None = None, seed: int = 0
) -> Wanted:
    """What an order comes to, at the present prices of units (micro-dollars by endpoint).

    `preferred` holds for options that were left out; `seed` where none was given.

    Raises Invalid with every problem of the options.
    """
    options = _filled(door, order.options, preferred or {})
    problems = [*_media_problems(door, order.media)]
    if door.everyday:  # whose choices are its own; all else is checked by the endpoint
        known = {option.name: option for option in door.options}
        problems += [_no_option(name, door) for name in options if name not in known]
        chosen = [option for option in door.options if option.choices]
        problems += [text for one in chosen if (text := one.problem(options[one.name], one.name))]
    if endpoint := door.endpoint(options):
        given = door.given(endpoint, options)
        if endpoint.takes("seed") and given.get("seed") is None:
            given["seed"] = seed
        try:
            arguments = endpoint.arguments(given, door.called(endpoint))
            if not problems:
                media = {
                    name: order.media[option].url
                    for name, option in door.called(endpoint).items()
                    if order.media.get(option)
                }
                priced = repriced(endpoint, prices)
                return Wanted(endpoint=priced, options=options, arguments=arguments, media=media)
        except Invalid as more:
            problems += more.problems
    raise Invalid((*problems, say(FREE)))


def cheaper(door: Door, order: Order, price: int, prices: Mapping[str, int], most: int) -> tuple[Order, int] | None:
    """The order nearest to this one whose film costs less than `price` and at most `most`, and what it costs.

    Money is micro-dollars; the options of the order are filled in.

    None where there is none.
    """
    given = order.options
    names = [option.called for option in door.options if option.called in SAVING and option.choices]
    names.sort(key=SAVING.index)
    choices = {option.called: option.choices for option in door.options if option.called in names}
    found: list[tuple[int, int, int, Order]] = []  # of those that cost the same, the later choice is the better one
    for number, values in enumerate(product(*(choices[name] for name in names))):
        chosen = dict(zip(names, values, strict=True))
        one = replace(order, options={**given, **chosen})
        try:
            costs = wanted(door, one, prices).price
        except Invalid:
            continue
        if costs <= most and costs < price:
            kept = sum(2**rank for rank, name in enumerate(names[::-1]) if chosen[name] == given.get(name))
            found.append((kept, costs, number, one))
    if not found:
        return None
    _, costs, _, best = max(found, key=lambda one: one[:3])
    return best, costs


def differences(order: Order, asked: Order) -> str:
    """What is different in an order from what was asked for: quality draft, model wan-2.1."""
    changed = {name: value for name, value in order.options.items() if value != asked.options.get(name)}
    return ", ".join(f"{name} {say(str(value))}" for name, value in changed.items())


def _filled(door: Door, typed: Mapping[str, Value | None], preferred: Mapping[str, Value]) -> dict[str, Value]:
    """The options as typed, with the defaults of those that were left out; texts without what nobody sees."""
    options = {one.called: one for one in door.options if one.kind not in MEDIA}
    defaults = {name: one.default for name, one in options.items() if one.default is not None}
    likes = {
        name: value
        for name, value in preferred.items()
        if door.everyday
        and name in options.keys() - typed.keys()
        and (not options[name].choices or value in options[name].choices)
    }
    given = {
        name: clean(value) if isinstance(value, str) else value for name, value in typed.items() if value is not None
    }
    return defaults | likes | given


def _media_problems(door: Door, media: Mapping[str, Attached]) -> Iterable[str]:
    known = {option.called for option in door.media}
    yield from (_no_option(name, door) for name in media if name not in known)
    for option in door.media:
        if (attached := media.get(option.called)) is None:
            if option.required:
                yield say("`{option}` is missing.", option=option.called)
        elif attached.size > option.most_bytes:
            yield say(
                "`{option}` has {size}; at most {most} can be taken.",
                option=option.called,
                size=_megabytes(attached.size, digits=1),
                most=_megabytes(option.most_bytes),
            )


def _no_option(name: str, door: Door) -> str:
    return say("`{option}` is not an option of /{command}.", option=name, command=door.name)


def _megabytes(size: int, digits: int = 0) -> str:
    return f"{size / 1e6:.{digits}f} MB"
