"""What can be made of any message that somebody sees: a film of its picture, or of a film of ours in it."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.actions import Person
from bot.archive import Archive
from bot.domain import form
from bot.domain.doors import ANIMATE, MORPH, SPOILER
from bot.domain.errors import Refused
from bot.domain.form import PICTURE, Form, Given, texts
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.media import at_discord, covered, frame
from bot.domain.order import Attached, Order
from bot.studio import Studio

End = Literal["first", "last"]
OTHER: Mapping[End, End] = {"first": "last", "last": "first"}
REMEMBERED_SECONDS = 15 * 60.0
MOST_REMEMBERED = 1000  # members
NO_PICTURE = sentence(
    "There is no picture in that message that I could take. `/animate` takes one that you attach. Nothing was spent."
)
NO_FILM = sentence("That message is not about a film of mine. `/history` shows yours, and `/job` tells all about one.")
MISSING = {
    "first": sentence(
        "That picture is remembered. Choose “Morph to this” on another message within 15 minutes, or attach the other "
        "picture; I forget it when I am restarted. Nothing was spent."
    ),
    "last": sentence(
        "That picture is remembered. Choose “Morph from this” on another message within 15 minutes, or attach the "
        "other picture; I forget it when I am restarted. Nothing was spent."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found in a message: a film of ours, or a picture, or neither."""

    job_id: str = ""
    picture: Attached | None = None

    @property
    def written(self) -> str:
        """As a form carries it; `read` reads it."""
        return self.job_id or (f"{self.picture.size} {self.picture.url}" if self.picture else "")


def read(carried: str) -> Seen:
    """What was found, as a form has carried it."""
    first, _, url = carried.partition(" ")
    if not url:
        return Seen(job_id=first)
    return Seen(picture=Attached(url=url, size=int(first) if first.isdecimal() else 0))


class Taken(NamedTuple):
    """A picture for a film, whether it is covered until somebody wants to see it, and of whose kept files it is one."""

    picture: Attached
    covered: bool
    parent_id: str | None = None


class Messages:
    """The use cases. All raise Refused with a sentence, and Unavailable as the store does."""

    def __init__(self, studio: Studio, archive: Archive, clock: Callable[[], float], cdn: str) -> None:
        """`cdn` is where Discord serves pictures, where that is another address than its own."""
        self._studio, self._archive, self._clock, self._cdn = studio, archive, clock, cdn
        # who has chosen what for which end of a morph, and when
        self._chosen: OrderedDict[int, tuple[End, Seen, float]] = OrderedDict()

    def details(self, seen: Seen) -> str:
        """The film that a message is about: its number."""
        if not seen.job_id:
            raise Refused(say(NO_FILM))
        return seen.job_id

    async def ask_to_animate(self, person: Person, seen: Seen) -> Form:
        """The form for a film that begins with what was found."""
        await self._beginning(person, seen)
        return form.animating(self._studio.door(ANIMATE), seen.written)

    async def animate(self, person: Person, carried: str, given: Given) -> Job:
        """Accept the film that comes of it; it is not carried yet: see Studio.begin."""
        begins, door = await self._beginning(person, read(carried)), self._studio.door(ANIMATE)
        order = Order(
            door=door.name,
            options={**texts(given), SPOILER.called: begins.covered},
            media={door.media[0].called: begins.picture},
            parent_id=begins.parent_id,
        )
        return await self._studio.film(person.asker, order)

    async def ask_to_morph(self, end: End, person: Person, seen: Seen) -> Form:
        """The form for a film that begins or ends with what was found. It is remembered until there is the other."""
        self._studio.door(MORPH)
        await self._taken(end, person, seen)
        other = self._remembered(OTHER[end], person)
        if other is None:
            self._remember(end, person, seen)
        return form.morphing(end, seen.written, _about(end, known=other is not None))

    async def morph(self, end: End, person: Person, carried: str, given: Given) -> Job:
        """Accept the film that comes of it; it is not carried yet: see Studio.begin."""
        seen, attached = read(carried), given.get(PICTURE)
        one = await self._taken(end, person, seen)
        if isinstance(attached, Attached):
            other = Taken(attached, covered=False)
        elif chosen := self._remembered(OTHER[end], person):
            other = await self._taken(OTHER[end], person, chosen)
        else:
            self._remember(end, person, seen)
            raise Refused(say(MISSING[end]))
        first, last = (one, other) if end == "first" else (other, one)
        door = self._studio.door(MORPH)
        order = Order(
            door=door.name,
            options={**texts(given), SPOILER.called: one.covered or other.covered},
            media=dict(zip((each.called for each in door.media), (first.picture, last.picture), strict=True)),
        )
        job = await self._studio.film(person.asker, order)
        self._chosen.pop(person.asker.user_id, None)
        return job

    async def _beginning(self, person: Person, seen: Seen) -> Taken:
        """The picture from which a film of ours was made, where it is kept and the only one; else as `_taken`."""
        if seen.job_id:
            job = await self._archive.public(person.viewer, await self._archive.here(person.viewer, seen.job_id))
            order, image = self._studio.order(job), self._studio.door(ANIMATE).media[0].called
            if order and [*order.media] == [image] and self._archive.may_repeat(job):
                return Taken(order.media[image], job.spoiler, job.id)
        return await self._taken("last", person, seen)

    async def _taken(self, end: End, person: Person, seen: Seen) -> Taken:
        """What stands for it at that end of a morph: of a film the frame that meets the other picture."""
        if seen.job_id:
            job = await self._archive.here(person.viewer, seen.job_id)
            await self._archive.shareable(person.viewer, job)
            return Taken(Attached(url=frame(job.id, OTHER[end]), size=0), job.spoiler)
        # nobody's address but Discord's is ever asked
        if seen.picture is None or not at_discord(seen.picture.url, self._cdn):
            raise Refused(say(NO_PICTURE))
        return Taken(seen.picture, covered(seen.picture.url))

    def _remember(self, end: End, person: Person, seen: Seen) -> None:
        self._chosen[person.asker.user_id] = end, seen, self._clock()
        self._chosen.move_to_end(person.asker.user_id)
        while len(self._chosen) > MOST_REMEMBERED:
            self._chosen.popitem(last=False)

    def _remembered(self, end: End, person: Person) -> Seen | None:
        known, seen, at = self._chosen.get(person.asker.user_id, ("", None, 0.0))
        return seen if known == end and self._clock() - at < REMEMBERED_SECONDS else None


def _about(end: End, *, known: bool) -> str:
    """What is said about the other picture."""
    if known and end == "last":
        return say("Left empty, it begins with the picture for which you chose “Morph from this”")
    if known:
        return say("Left empty, it ends with the picture for which you chose “Morph to this”")
    if end == "first":
        return say("What it becomes; or close this, and choose “Morph to this” on another message")
    return say("What it begins with; or close this, and choose “Morph from this” on another message")
