"""What members fill in about films and pictures that are there, and the films that come of it."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from bot.actions import Actions, Person
from bot.archive import Archive
from bot.domain import form
from bot.domain.catalogue import PROMPT
from bot.domain.doors import QUALITY, SPOILER
from bot.domain.endpoint import Parameter, Value
from bot.domain.errors import Refused
from bot.domain.form import FILM, MOST_TEXT, NEGATIVES, PICTURE, Form
from bot.domain.job import Job, State
from bot.domain.language import say, sentence
from bot.domain.media import at_discord, frame
from bot.domain.order import Attached, Order
from bot.studio import DEARER, Studio, replied

ANIMATE, MORPH = "animate", "morph"  # the everyday doors
Given = Mapping[str, str | Attached | None]
End = Literal["first", "last"]
OTHER: Mapping[End, End] = {"first": "last", "last": "first"}
REMEMBERED_SECONDS = 15 * 60.0
MOST_REMEMBERED = 1000  # members
SAME = sentence("Nothing is different, so no film was made and nothing was spent. 🔁 makes one with another seed.")
NOWHERE = sentence("Please choose a film or attach a picture: it is where the bridge leads. Nothing was spent.")
NO_PICTURE = sentence(
    "There is no picture in that message that I could take. `/animate` takes one that you attach. Nothing was spent."
)
NO_FILM = sentence("That message is not about a film of mine. `/history` shows yours, and `/job` tells all about one.")
MISSING = {
    "first": sentence(
        "That picture is remembered. Choose *Morph to this* on another message within 15 minutes, or attach the other "
        "picture here; I forget it when I am restarted. Nothing was spent."
    ),
    "last": sentence(
        "That picture is remembered. Choose *Morph from this* on another message within 15 minutes, or attach the "
        "other picture here; I forget it when I am restarted. Nothing was spent."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found in a message: a film of ours, or a picture, or neither."""

    job_id: str = ""
    picture: Attached | None = None

    @property
    def written(self) -> str:
        """As a form carries it; `_read` reads it."""
        return self.job_id or (f"{self.picture.size} {self.picture.url}" if self.picture else "")


class Alike(NamedTuple):
    """How a film like another is asked for: the option for its one picture, and the most characters of a prompt."""

    picture: str
    most: int


class Forms:
    """The use cases. All raise Refused with a sentence, and Unavailable as the store does."""

    def __init__(
        self, studio: Studio, archive: Archive, actions: Actions, clock: Callable[[], float], cdn: str
    ) -> None:
        """`cdn` is where Discord serves pictures, where that is another address than its own."""
        self._studio, self._archive, self._actions = studio, archive, actions
        self._clock, self._cdn = clock, cdn
        # who has chosen what for which end of a morph, and when
        self._chosen: OrderedDict[int, tuple[End, Seen, float]] = OrderedDict()
        self._forms: Mapping[str, Callable[[Person, str], Awaitable[Form]]] = {
            "edit": self._to_edit,
            "continue": self._to_continue,
            "bridge": self._to_bridge,
        }
        self._films: Mapping[str, Callable[[Person, str, Given], Awaitable[Job]]] = {
            "edit": self._edit,
            "continue": self._continue,
            "bridge": self._bridge,
        }

    async def ask(self, name: str, person: Person, job_id: str) -> Form:
        """The form of an action."""
        return await self._forms[name](person, job_id)

    async def film(self, name: str, person: Person, job_id: str, given: Given) -> Job:
        """Accept the film that comes of the form; it is not carried yet: see Studio.begin."""
        return await self._films[name](person, job_id, given)

    # ---- other words, and other options ----

    async def _to_edit(self, person: Person, job_id: str) -> Form:
        job, order = await self._editable(person, job_id)
        return form.editing(job, self._studio.doors[order.door], order.options)

    async def _edit(self, person: Person, job_id: str, given: Given) -> Job:
        job, order = await self._editable(person, job_id)
        door = self._studio.doors[order.door]
        asked = {one.id for one in form.editing(job, door, order.options).fields}
        changed = {
            one.called: value
            for one in door.options
            if one.called in asked and (value := _wanted(one, order, given)) != order.options.get(one.called)
        }
        if not changed:
            raise Refused(say(SAME))
        seed = job.arguments.get("seed") if job.seed is None else job.seed
        options = {**order.options, **changed, **({} if seed is None else {"seed": seed})}
        wish = replace(order, options=options, parent_id=job.id, reply_to=replied(person.asker, job))
        return await self._make("edit", person, job, wish)

    async def _editable(self, person: Person, job_id: str) -> tuple[Job, Order]:
        job = self._archive.repeatable(await self._actions.film("edit", person, job_id))
        order = self._studio.order(job)
        if order is None:
            raise Refused(say(DEARER))
        return job, order

    # ---- the next scene ----

    async def _to_continue(self, person: Person, job_id: str) -> Form:
        job = await self._lasting("continue", person, job_id)
        order = self._studio.order(job)
        alike = self._alike(order) if order else None
        return form.continuing(job, alike.most if alike else MOST_TEXT)

    async def _continue(self, person: Person, job_id: str, given: Given) -> Job:
        job = await self._lasting("continue", person, job_id)
        order = self._studio.order(job)
        alike = self._alike(order) if order else None
        if order is None or alike is None:
            order = Order(door=ANIMATE, options={SPOILER.called: job.spoiler}, media={})
        picture = alike.picture if alike else self._studio.doors[ANIMATE].media[0].called
        wish = replace(
            order,
            options={**order.options, PROMPT.called: _text(given, PROMPT.called), "seed": None},
            media={picture: Attached(url=frame(job.id, "last"), size=0)},
            parent_id=None,
            after_id=job.id,
            reply_to=replied(person.asker, job),
        )
        return await self._make("continue", person, job, wish)

    def _alike(self, order: Order) -> Alike | None:
        """How the same is asked for with another picture; None where such films are made from two."""
        door = self._studio.doors[order.door]
        given = {name: value for name, value in order.options.items() if value is not None}
        endpoint = door.endpoint(given)
        if endpoint is None or len(endpoint.pictures) != 1:
            return None
        [prompt] = [one for one in endpoint.parameters if one.name == PROMPT.name]
        most = min(int(prompt.high), MOST_TEXT) if prompt.high else MOST_TEXT
        return Alike(door.called(endpoint)[endpoint.pictures[0].name], most)

    # ---- to another film ----

    async def _to_bridge(self, person: Person, job_id: str) -> Form:
        job = await self._lasting("bridge", person, job_id)
        return form.bridging(job, await self._archive.around(person.viewer, form.MOST_FILMS))

    async def _bridge(self, person: Person, job_id: str, given: Given) -> Job:
        job = await self._lasting("bridge", person, job_id)
        to = given.get(PICTURE)
        if not isinstance(to, Attached):
            if not (other := _text(given, FILM)):
                raise Refused(say(NOWHERE))
            to = await self._end("last", person, Seen(job_id=other))
        ends = {"first": Attached(url=frame(job.id, "last"), size=0), "last": to}
        spoiler = {SPOILER.called: job.spoiler}
        wish = replace(self._morph(given, ends, spoiler), after_id=job.id, reply_to=replied(person.asker, job))
        return await self._make("bridge", person, job, wish)

    async def _lasting(self, name: str, person: Person, job_id: str) -> Job:
        """The film, if that may be done with it, and with its pictures."""
        job = await self._actions.film(name, person, job_id)
        self._archive.kept(person.viewer, job)
        return job

    # ---- from any message ----

    async def details(self, person: Person, seen: Seen) -> str:
        """The film that a message is about: its number."""
        if not seen.job_id:
            raise Refused(say(NO_FILM))
        return (await self._archive.here(person.viewer, seen.job_id)).id

    async def ask_to_animate(self, person: Person, seen: Seen) -> Form:
        """The form for a film that begins with what was found in a message."""
        await self._beginning(person, seen)
        return form.animating(self._studio.doors[ANIMATE], seen.written)

    async def animate(self, person: Person, carried: str, given: Given) -> Job:
        """Accept the film that comes of it."""
        begins = await self._beginning(person, self._read(carried))
        order = replace(begins, options={**begins.options, **_texts(given)})
        return await self._studio.film(person.asker, order)

    async def ask_to_morph(self, end: End, person: Person, seen: Seen) -> Form:
        """The form for a film that begins or ends with what was found in a message, which is remembered."""
        await self._end(end, person, seen)
        other = self._remembered(OTHER[end], person)
        if other is None:
            self._remember(end, person, seen)
        return form.morphing(end, seen.written, self._about(end, known=other is not None))

    async def morph(self, end: End, person: Person, carried: str, given: Given) -> Job:
        """Accept the film that comes of it."""
        seen, other = self._read(carried), given.get(PICTURE)
        if not isinstance(other, Attached):
            if (chosen := self._remembered(OTHER[end], person)) is None:
                self._remember(end, person, seen)
                raise Refused(say(MISSING[end]))
            other = await self._end(OTHER[end], person, chosen)
        ends = {end: await self._end(end, person, seen), OTHER[end]: other}
        job = await self._studio.film(person.asker, self._morph(given, ends, {}))
        self._chosen.pop(person.asker.user_id, None)
        return job

    def _about(self, end: End, *, known: bool) -> str:
        if known and end == "last":
            return say("Left empty, it begins with the picture for which you chose Morph from this")
        if known:
            return say("Left empty, it ends with the picture for which you chose Morph to this")
        if end == "first":
            return say("What it becomes. Or close this, and choose Morph to this on another message")
        return say("What it begins with. Or close this, and choose Morph from this on another message")

    async def _beginning(self, person: Person, seen: Seen) -> Order:
        """An everyday order that begins with it: with the one picture from which a film of ours was made."""
        picture = self._studio.doors[ANIMATE].media[0]
        parent_id = None
        if seen.job_id:
            job = await self._archive.here(person.viewer, seen.job_id)
            order = self._studio.order(job)
            if order and [*order.media] == [picture.called] and self._archive.may_repeat(job):
                parent_id, begins = job.id, Attached(url=job.media[picture.name], size=0)
            else:
                self._archive.kept(person.viewer, job)
                begins = Attached(url=frame(job.id, "first"), size=0)
        else:
            begins = self._picture(seen)
        return Order(door=ANIMATE, options={}, media={picture.called: begins}, parent_id=parent_id)

    async def _end(self, end: End, person: Person, seen: Seen) -> Attached:
        """What stands for it at that end of a morph: of a film the frame that meets the other one."""
        if not seen.job_id:
            return self._picture(seen)
        job = await self._archive.here(person.viewer, seen.job_id)
        self._archive.kept(person.viewer, job)
        return Attached(url=frame(job.id, OTHER[end]), size=0)

    def _picture(self, seen: Seen) -> Attached:
        """The picture, if it is one of Discord's: nobody else's address is ever asked."""
        if seen.picture is None or not at_discord(seen.picture.url, self._cdn):
            raise Refused(say(NO_PICTURE))
        return seen.picture

    def _morph(self, given: Given, ends: Mapping[str, Attached], options: Mapping[str, Value | None]) -> Order:
        door = self._studio.doors[MORPH]
        media = dict(zip((one.called for one in door.media), (ends["first"], ends["last"]), strict=True))
        return Order(door=MORPH, options={**options, **_texts(given)}, media=media)

    def _remember(self, end: End, person: Person, seen: Seen) -> None:
        self._chosen[person.asker.user_id] = end, seen, self._clock()
        self._chosen.move_to_end(person.asker.user_id)
        while len(self._chosen) > MOST_REMEMBERED:
            self._chosen.popitem(last=False)

    def _remembered(self, end: End, person: Person) -> Seen | None:
        known, seen, at = self._chosen.get(person.asker.user_id, ("", None, 0.0))
        return seen if known == end and self._clock() - at < REMEMBERED_SECONDS else None

    def _read(self, carried: str) -> Seen:
        size, _, url = carried.partition(" ")
        if not url:
            return Seen(job_id=size)
        return Seen(picture=Attached(url=url, size=int(size) if size.isdecimal() else 0))

    async def _make(self, action: str, person: Person, job: Job, order: Order) -> Job:
        """The same asked for twice is one film until it has ended; with other words it is another one."""
        words = repr(sorted(order.options.items())) + repr(sorted((k, v.url) for k, v in order.media.items()))
        digest = hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
        origin = f"{await self._studio.origin(action, person.asker, job)}:{digest}"
        return await self._studio.film(person.asker, order, origin=origin)


def _text(given: Given, name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _texts(given: Given) -> dict[str, Value | None]:
    """What was filled in, but for files and films."""
    return {name: value for name, value in given.items() if isinstance(value, str) and name != FILM}


def _wanted(option: Parameter, order: Order, given: Given) -> Value | None:
    """What an option is to be: as before where nothing is said, but what is not to be seen can be taken back."""
    before, typed = order.options.get(option.called), _text(given, option.called)
    if typed or option.called not in NEGATIVES or not before or len(str(before)) > MOST_TEXT:
        return typed or before
    return "" if option.default else None
