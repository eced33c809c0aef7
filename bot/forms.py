"""What members fill in about films that are there, and the films that come of it."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from bot.actions import Actions, Person
from bot.archive import Archive
from bot.domain import form
from bot.domain.catalogue import PROMPT
from bot.domain.doors import ANIMATE, MORPH, SPOILER
from bot.domain.endpoint import Kind, Parameter, Value
from bot.domain.errors import Refused
from bot.domain.form import FILM, MOST_TEXT, NEGATIVES, PICTURE, Form, Given, texts
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.media import frame
from bot.domain.order import Attached, Order
from bot.studio import DEARER, Studio, replied

SAME = sentence("Nothing is different, so no film was made and nothing was spent. 🔁 makes one with another seed.")
NOWHERE = sentence("Please choose a film or attach a picture: it is where the bridge leads. Nothing was spent.")


class Alike(NamedTuple):
    """How a film like another is asked for: the option for its one picture, and the most characters of a prompt."""

    picture: str
    most: int


class Forms:
    """The use cases. All raise Refused with a sentence, and Unavailable as the store does."""

    def __init__(self, studio: Studio, archive: Archive, actions: Actions) -> None:
        self._studio, self._archive, self._actions = studio, archive, actions
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
        picture = alike.picture if alike else self._studio.door(ANIMATE).media[0].called
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
        needed = [medium for medium in endpoint.media if medium.required] if endpoint else []
        if endpoint is None or [medium.kind for medium in needed] != [Kind.PICTURE]:
            return None
        [prompt] = [one for one in endpoint.parameters if one.name == PROMPT.name]
        most = min(int(prompt.high), MOST_TEXT) if prompt.high else MOST_TEXT
        return Alike(door.called(endpoint)[needed[0].name], most)

    # ---- to another film ----

    async def _to_bridge(self, person: Person, job_id: str) -> Form:
        job = await self._lasting("bridge", person, job_id)
        self._studio.door(MORPH)
        return form.bridging(job, await self._archive.around(person.viewer, form.MOST_FILMS))

    async def _bridge(self, person: Person, job_id: str, given: Given) -> Job:
        job = await self._lasting("bridge", person, job_id)
        to, covered = given.get(PICTURE), job.spoiler
        if not isinstance(to, Attached):
            if not (chosen := _text(given, FILM)):
                raise Refused(say(NOWHERE))
            other = await self._archive.here(person.viewer, chosen)
            await self._archive.shareable(person.viewer, other)
            to, covered = Attached(url=frame(other.id, "first"), size=0), covered or other.spoiler
        door = self._studio.door(MORPH)
        ends = Attached(url=frame(job.id, "last"), size=0), to
        wish = Order(
            door=door.name,
            options={**texts(given), SPOILER.called: covered},
            media=dict(zip((one.called for one in door.media), ends, strict=True)),
            after_id=job.id,
            reply_to=replied(person.asker, job),
        )
        return await self._make("bridge", person, job, wish)

    async def _lasting(self, name: str, person: Person, job_id: str) -> Job:
        """The film, if that may be done with it, and with its pictures."""
        job = await self._actions.film(name, person, job_id)
        await self._archive.shareable(person.viewer, job)
        return job

    async def _make(self, action: str, person: Person, job: Job, order: Order) -> Job:
        """The same asked for twice is one film until it has ended; with other words it is another one."""
        words = repr(sorted(order.options.items())) + repr(sorted((k, v.url) for k, v in order.media.items()))
        digest = hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
        origin = await self._studio.origin(action, person.asker, job, digest)
        return await self._studio.film(person.asker, order, origin=origin)


def _text(given: Given, name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _wanted(option: Parameter, order: Order, given: Given) -> Value | None:
    """What an option is to be: as before where nothing is said, but what is not to be seen can be taken back."""
    before, typed = order.options.get(option.called), _text(given, option.called)
    if typed or option.called not in NEGATIVES or not before or len(str(before)) > MOST_TEXT:
        return typed or before
    return "" if option.default else None
