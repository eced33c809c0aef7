"""What a member may ask for. Every door leads here: permission, options and budget are checked in one place."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.domain.budget import Limits, Terms
from bot.domain.card import AGAIN, CANCEL, YES, called_off
from bot.domain.catalogue import by_id
from bot.domain.crop import ways
from bot.domain.doors import Door, doors
from bot.domain.endpoint import MEDIA, Endpoint, Value
from bot.domain.errors import Invalid, Refused, Stale
from bot.domain.job import ENDED, Job, State
from bot.domain.money import Entry
from bot.domain.rules import Judge, Rules
from bot.domain.wording import clean, searched

SETTLED = "That question is settled already."
STOPPING = "I am being restarted. Please ask again in a minute; nothing was spent."
PAUSED = "Those who manage this server let nothing new be made for now. Nothing was spent. Please try again later."
UNSENT = frozenset({State.ACCEPTED, State.ASKING, State.UPLOADED})  # for which nothing can have been paid
# of a job, when it is repeated: what was asked for
ASKED = ("door", "endpoint", "title", "length", "arguments", "media", "options", "price", "sizes", "answer")
TOO_LATE = {
    State.POSTING: "It is too late for that: the film is being posted.",
    State.DELIVERED: "It is too late for that: the film is there.",
}


class Books(Protocol):
    """Where jobs are accepted and kept: see bot.adapters.store."""

    async def accept(self, job: Job, judge: Judge) -> Job: ...
    async def find(self, job_id: str) -> Job | None: ...
    async def move(self, job: Job, state: State, *, at: float, settle: Entry | None = None, **columns: Any) -> Job: ...
    async def note(self, job: Job, **columns: Any) -> Job: ...


class Carrier(Protocol):
    """Who carries jobs: see bot.runner."""

    @property
    def open(self) -> bool: ...
    def take(self, job: Job) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, where, and how to answer."""

    origin: str  # what makes this request one request: interaction:<snowflake>
    user_id: int
    guild_id: int | None
    channel_id: int
    application_id: int
    interaction_token: str
    upload_limit: int | None = None  # bytes that Discord lets this member's files have there
    roles: tuple[int, ...] = ()
    lacking: tuple[str, ...] = ()  # permissions that the bot would need in that channel and does not have


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that came with a request."""

    url: str
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A film as it was asked for: the door, and its options as they were typed, by their names."""

    door: str
    options: Mapping[str, Value | None]
    media: Mapping[str, Attached]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Where ids, seeds and the time come from."""

    job_id: Callable[[], str]
    hook_token: Callable[[], str]
    seed: Callable[[], int]
    clock: Callable[[], float]  # seconds UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What whoever runs the bot offers."""

    catalogue: tuple[Endpoint, ...]
    limits: Limits
    confirm_above: int | None = None  # micro-dollars that a member is asked about, where his server sets nothing else


class Studio:
    """The use cases."""

    def __init__(self, books: Books, carrier: Carrier, offer: Offer, chance: Chance) -> None:
        self._books, self._carrier, self._offer, self._chance = books, carrier, offer, chance
        self._endpoint, self.doors = by_id(offer.catalogue), doors(offer.catalogue)

    async def film(self, asker: Asker, order: Order) -> Job:
        """Accept a film: the job is stored and its price reserved when this returns.

        Raises Invalid with every problem of the options, OverBudget, or Refused where the bot could not answer.
        """
        self._may_begin(asker)
        door = self.doors[order.door]
        options = _filled(door, order.options)
        endpoint, arguments = self._check(door, options, order.media)
        job = self._new(
            asker,
            asker.origin,
            door=door.name,
            endpoint=endpoint.id,
            title=endpoint.title,
            length=endpoint.length(arguments),
            arguments=arguments,
            media={
                name: order.media[option].url
                for name, option in door.called(endpoint).items()
                if order.media.get(option)
            },
            options=options,
            price=endpoint.price(arguments),
        )
        return await self._accept(asker, job, confirm=True)

    async def again(self, asker: Asker, job_id: str) -> Job:
        """Accept once more what brought no film, at the same price. Twice asked it is one job.

        Raises Refused where that may not be, OverBudget as `film` does.
        """
        self._may_begin(asker)
        old = await self._owned(asker.user_id, job_id)
        if old.state not in AGAIN:
            raise Refused("There is nothing to try again: that film is done, being made or called off.")
        endpoint = self._endpoint(old.endpoint)
        if endpoint is None or endpoint.price(old.arguments) != old.price:
            raise Refused("That model is no longer offered at this price. Please ask anew by a command.")
        asked = {name: getattr(old, name) for name in ASKED}
        fresh = self._new(asker, f"again:{old.id}", parent_id=old.id, **asked)
        job = await self._accept(asker, fresh)
        if job.id != fresh.id:
            raise Refused(f"It was tried again already, as job {job.id}.")
        return job

    async def cancel(self, user_id: int, job_id: str) -> None:
        """Call a film off. What is not paid yet is free; what fal has answers decides what is paid.

        Raises Refused where that is not his to say, or too late.
        """
        while True:
            job = await self._owned(user_id, job_id)
            if job.state in TOO_LATE:
                raise Refused(TOO_LATE[job.state])
            if job.state in ENDED:
                raise Refused("That film is off already.")
            with contextlib.suppress(Stale):  # it has come further in this moment: look again
                return self._carrier.take(await self._called_off(job))

    async def _called_off(self, job: Job) -> Job:
        now = self._chance.clock()
        if job.state in UNSENT:
            free = called_off(job, paid=False)
            return await self._books.move(job, State.CANCELLED, at=now, settle=Entry.REFUND, reason=free)
        if job.state is State.FETCHED:
            paid = called_off(job, paid=True)
            return await self._books.move(job, State.CANCELLED, at=now, settle=Entry.SETTLE, reason=paid)
        return await self._books.note(job, unwanted_at=job.unwanted_at or now)

    def begin(self, job: Job) -> None:
        """The member was answered, or cannot be: let the job be carried."""
        self._carrier.take(job)

    async def answer(self, user_id: int, job_id: str, answer: str) -> None:
        """A member says how a job that asks is to go on. Raises Refused where that is not his to say, or is settled."""
        job = await self._owned(user_id, job_id)
        if job.state is not State.ASKING:
            raise Refused(SETTLED)
        now = self._chance.clock()
        try:
            if answer == CANCEL:
                job = await self._called_off(job)
            elif job.asks_price and answer == YES:
                job = await self._books.move(job, State.ACCEPTED, at=now, asked_at=now)
            elif not job.asks_price and answer in ways(job.unlike, job.shape):
                job = await self._books.move(job, State.ACCEPTED, at=now, asked_at=now, answer=answer)
            else:
                raise Refused("That is not one of the answers any more. Please choose another.")
        except Stale:
            raise Refused(SETTLED) from None
        self._carrier.take(job)

    def _new(self, asker: Asker, origin: str, **asked: Any) -> Job:
        """A job as it begins; `asked` are its columns that say what for."""
        return Job(
            id=self._chance.job_id(),
            origin=origin,
            user_id=asker.user_id,
            guild_id=asker.guild_id,
            channel_id=asker.channel_id,
            application_id=asker.application_id,
            interaction_token=asker.interaction_token,
            upload_limit=asker.upload_limit,
            created_at=self._chance.clock(),
            wording=searched(str(asked["arguments"]["prompt"])),
            hook_token=self._chance.hook_token(),
            **asked,
        )

    async def _accept(self, asker: Asker, job: Job, *, confirm: bool = False) -> Job:
        """Store it, to be carried; what costs much waits for its owner's word first, if that is to be asked for."""

        def judge(job: Job, rules: Rules) -> tuple[Job, Terms]:
            if rules.paused:
                raise Refused(PAUSED)
            above = self._offer.confirm_above if rules.confirm_above is None else rules.confirm_above
            if confirm and above is not None and job.price > above:
                job = replace(job, state=State.ASKING, asked_at=job.created_at)
            return job, rules.terms(self._offer.limits, asker.roles, job.created_at)

        return await self._books.accept(job, judge)

    async def _owned(self, user_id: int, job_id: str) -> Job:
        """The member's own job. Raises Refused for another's, and for one that is not there."""
        job = await self._books.find(job_id)
        if job is None:
            raise Refused("I do not know that film any more.")
        if job.user_id != user_id:
            raise Refused(f"That is for <@{job.user_id}> to decide, whose film it is.")
        return job

    def _may_begin(self, asker: Asker) -> None:
        if not self._carrier.open:
            raise Refused(STOPPING)
        if asker.lacking:
            needed = ", ".join(asker.lacking)
            help_out = "Please ask a moderator to allow it, or use another channel."
            raise Refused(f"I may not post films in this channel: I lack {needed}. Nothing was spent. {help_out}")

    def _check(
        self, door: Door, options: Mapping[str, Value], media: Mapping[str, Attached]
    ) -> tuple[Endpoint, Mapping[str, Value]]:
        problems = [*_media_problems(door, media)]
        if door.everyday:  # whose choices are its own; all else is checked by the endpoint
            known = {option.name: option for option in door.options}
            problems += [_no_option(name, door) for name in options if name not in known]
            chosen = [option for option in door.options if option.choices]
            problems += [text for one in chosen if (text := one.problem(options[one.name], one.name))]
        if endpoint := door.endpoint(options):
            given = door.given(endpoint, options)
            if endpoint.takes("seed") and given.get("seed") is None:
                given["seed"] = self._chance.seed()
            try:
                arguments = endpoint.arguments(given, door.called(endpoint))
                if not problems:
                    return endpoint, arguments
            except Invalid as more:
                problems += more.problems
        raise Invalid((*problems, "Nothing was spent."))


def _filled(door: Door, typed: Mapping[str, Value | None]) -> dict[str, Value]:
    """The options as typed, with the defaults of those that were left out; texts without what nobody sees."""
    defaults = {one.called: one.default for one in door.options if one.kind not in MEDIA and one.default is not None}
    given = {
        name: clean(value) if isinstance(value, str) else value for name, value in typed.items() if value is not None
    }
    return defaults | given


def _media_problems(door: Door, media: Mapping[str, Attached]) -> Iterable[str]:
    known = {option.called for option in door.media}
    yield from (_no_option(name, door) for name in media if name not in known)
    for option in door.media:
        if (attached := media.get(option.called)) is None:
            if option.required:
                yield f"`{option.called}` is missing."
        elif attached.size > option.most_bytes:
            most = f"at most {_megabytes(option.most_bytes)} can be taken"
            yield f"`{option.called}` has {_megabytes(attached.size, digits=1)}; {most}."


def _no_option(name: str, door: Door) -> str:
    return f"`{name}` is not an option of /{door.name}."


def _megabytes(size: int, digits: int = 0) -> str:
    return f"{size / 1e6:.{digits}f} MB"
