"""What a member may ask for. Every door leads here: permission, options and budget are checked in one place."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.domain.budget import Limits, Terms
from bot.domain.button import Button, button_id
from bot.domain.card import CANCEL, YES, called_off
from bot.domain.catalogue import by_id
from bot.domain.crop import ways
from bot.domain.doors import Door, doors
from bot.domain.endpoint import Endpoint
from bot.domain.errors import OverBudget, Refused, Repeated, Stale, Stopping
from bot.domain.job import ENDED, Job, State
from bot.domain.language import aloud, say, sentence
from bot.domain.money import Entry, dollars
from bot.domain.order import Attached, Order, Wanted, cheaper, differences, wanted
from bot.domain.permission import Place, permitted
from bot.domain.preferences import Preferences
from bot.domain.pricing import repriced
from bot.domain.retention import NOBODY
from bot.domain.rules import Judge, Rules
from bot.domain.wording import searched

SETTLED = sentence("That question is settled already: the film's own message says how it stands.")
DEARER = sentence(
    "Its price has changed, or the model is no longer offered. Nothing was spent. Please ask anew by a command."
)
STOPPING = sentence("I am being restarted. Please ask again in a minute; nothing was spent.")
# of a job, when it is repeated: what was asked for
ASKED = (
    *("door", "endpoint", "title", "length", "arguments", "media", "options", "price", "sizes", "answer", "done"),
    *("spoiler", "after_id"),
)
NOT_ALL = sentence("The films do not all fit, so none of them is made. Of the first that does not:")
MOST_DECLINED = 1000  # orders that are remembered for the button that makes them cheaper


class Books(Protocol):
    """Where jobs are accepted and kept: see bot.adapters.store."""

    async def accept(self, job: Job, judge: Judge) -> Job: ...
    async def gather(self, job: Job, films: Sequence[Job], judge: Judge, *, at: float) -> tuple[Job, ...]: ...
    async def find(self, job_id: str) -> Job | None: ...
    async def move(
        self,
        job: Job,
        state: State,
        *,
        at: float,
        settle: Entry | None = None,
        judge: Judge | None = None,
        **columns: Any,
    ) -> Job: ...


class Films(Protocol):
    """What was made: see bot.adapters.store."""

    async def repeated(self, job_id: str, user_id: int, origin: str, since: float | None) -> int: ...


class People(Protocol):
    """What members have chosen: see bot.adapters.store."""

    async def preferences(self, user_id: int) -> Preferences: ...


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
    seen_in: int | None = None  # the channel whose viewers see what is done here; None: that is nobody else
    parent_id: int | None = None  # the channel that this one belongs to, if it is a thread
    age_restricted: bool = False
    application_id: int
    interaction_token: str
    upload_limit: int | None = None  # bytes that Discord lets this member's files have there
    roles: tuple[int, ...] = ()
    lacking: tuple[str, ...] = ()  # permissions that the bot would need in that channel and does not have
    asked_at: float | None = None  # seconds UTC, where that was not now


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Where ids, seeds and the time come from."""

    job_id: Callable[[], str]
    hook_token: Callable[[], str]
    seed: Callable[[], int]
    clock: Callable[[], float]  # seconds UTC


async def as_listed() -> Mapping[str, int]:
    """No price is another than the catalogue's."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What whoever runs the bot offers."""

    catalogue: tuple[Endpoint, ...]
    limits: Limits
    prices: Callable[[], Awaitable[Mapping[str, int]]] = as_listed  # of a unit now, where that is not the catalogue's
    confirm_above: int | None = None  # micro-dollars that a member is asked about, where his server sets nothing else


def replied(asker: Asker, old: Job) -> int | None:
    """The message of a film, if what is made of it can be a reply to that: in the same channel alone."""
    return old.message_id if old.channel_id == asker.channel_id and not old.direct else None


class Studio:
    """The use cases."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self, books: Books, films: Films, people: People, carrier: Carrier, offer: Offer, chance: Chance
    ) -> None:
        self._books, self._films, self._people = books, films, people
        self._carrier, self._offer, self._chance = carrier, offer, chance
        # who asked and where, what would have fitted, at which price
        self._declined: OrderedDict[str, tuple[Asker, Order, int]] = OrderedDict()
        self._endpoint, self.doors = by_id(offer.catalogue), doors(offer.catalogue)

    async def quote(self, asker: Asker, order: Order) -> Wanted:
        """What an order would come to for him now, with its price; nothing is accepted. Raises as `film` does, but for
        what budgets and the server say.
        """
        self._may_begin(asker)
        mine, prices = await self._people.preferences(asker.user_id), await self._offer.prices()
        return wanted(self.doors[order.door], order, prices, preferred=mine.options)

    async def film(
        self, asker: Asker, order: Order, *, origin: str = "", ask: bool = False, told: int | None = None
    ) -> Job:
        """Accept a film: the job is stored and its price reserved when this returns.

        `origin` is what makes it one, where that is not the request itself. Its owner is asked about the price first
        where that is high, or if `ask`, but not where he was `told` it (micro-dollars): then it must still hold. Raises
        Invalid with every problem of the options, OverBudget, or Refused where the bot could not answer, and where it
        was accepted before.
        """
        return await self._film(asker, order, origin or asker.origin, told=told, ask=ask)

    async def cheaper(self, asker: Asker, key: str) -> Job:
        """Accept the cheaper film that was offered where a budget was too small. Raises as `film` does."""
        declined = self._declined.get(key)
        if declined is None:
            raise Refused(say("I do not have what you asked for any more. Please ask anew. Nothing was spent."))
        asked, order, price = declined
        if asked.user_id != asker.user_id:
            user_id = asked.user_id
            raise Refused(say("That is for <@{user_id}> to decide, who asked. Nothing was spent.", user_id=user_id))
        if asker.guild_id is None:  # he was told so directly: it is made where he asked
            asker = replace(asked, interaction_token=asker.interaction_token)
        return await self._film(asker, order, f"cheaper:{key}", told=price)

    async def _film(
        self, asker: Asker, order: Order, origin: str, *, told: int | None = None, ask: bool = False
    ) -> Job:
        """`told` is the price (micro-dollars) that was on the button; without one he may be asked about it first."""
        fresh = await self.prepared(asker, order, origin)
        if told is not None and fresh.price != told:
            raise Refused(say(DEARER))
        return await self._once(asker, fresh, confirm=told is None, ask=ask)

    async def prepared(self, asker: Asker, order: Order, origin: str) -> Job:
        """The job that would come of an order, which is neither stored nor judged. Raises as `film` does."""
        self._may_begin(asker)
        door = self.doors[order.door]
        mine, prices = await self._people.preferences(asker.user_id), await self._offer.prices()
        asked = wanted(door, order, prices, preferred=mine.options, seed=self._chance.seed())
        return self._new(
            asker,
            origin,
            door=door.name,
            endpoint=asked.endpoint.id,
            title=asked.endpoint.title,
            length=asked.endpoint.length(asked.arguments),
            arguments=asked.arguments,
            media=asked.media,
            options=asked.options,
            price=asked.price,
            unit_price=asked.endpoint.unit_price,
            done=mine.done,
            spoiler=bool(asked.options.get("spoiler")),
            parent_id=order.parent_id,
            after_id=order.after_id,
            reply_to=order.reply_to,
        )

    async def local(self, asker: Asker, *, origin: str, ask: bool = False, **asked: Any) -> Job:
        """Accept a film that the bot makes itself of others, once for its origin; `asked` are the columns that say how.

        Its owner is asked first, if `ask`. Raises Refused where that may not be, or is being made already.
        """
        self._may_begin(asker)
        mine = await self._people.preferences(asker.user_id)
        return await self._once(asker, self._new(asker, origin, **{"done": mine.done, **asked}), ask=ask)

    async def _instead(self, asker: Asker, asked: Job, most: int) -> tuple[Button, ...]:
        """A button for the film nearest to the one that was asked for that fits into the budget."""
        door, order = self.doors.get(asked.door), self.order(asked)
        if door is None or order is None:
            return ()
        found = cheaper(door, order, asked.price, await self._offer.prices(), most)
        if found is None:
            return ()
        instead, price = found
        key = self._chance.job_id()
        self._declined[key] = asker, instead, price
        while len(self._declined) > MOST_DECLINED:
            self._declined.popitem(last=False)
        label = say(
            "Make it with {differences} for {price}", differences=differences(instead, order), price=dollars(price)
        )
        return (Button(label, button_id("cheaper", key)),)

    def door(self, name: str) -> Door:
        """A door by its name. Raises Refused where no model is offered for it."""
        if name not in self.doors:
            raise Refused(say("No model that can do this is offered here any more. Nothing was spent."))
        return self.doors[name]

    def order(self, job: Job) -> Order | None:
        """What a job was asked for by; None where it cannot be asked for so any more."""
        door, endpoint = self.doors.get(job.door), self._endpoint(job.endpoint)
        if door is None or endpoint is None or job.forgotten:
            return None
        called = door.called(endpoint)
        return Order(
            door=door.name,
            options={**{one.called: None for one in door.options}, **job.options},
            media={called.get(name, name): Attached(url=url, size=0) for name, url in job.media.items()},
            parent_id=job.parent_id,
            after_id=job.after_id,
            reply_to=job.reply_to,
        )

    async def again(self, asker: Asker, old: Job) -> Job:
        """Accept once more what brought its owner no film, at the same price. Twice asked it is one job.

        Raises Refused where that may not be, OverBudget as `film` does.
        """
        self._may_begin(asker)
        _check_owner(asker.user_id, old)
        if old.forgotten:
            raise Refused(
                say("What it was made with is no longer kept. Please ask anew by a command. Nothing was spent.")
            )
        endpoint = await self._priced(old)
        if endpoint is None or endpoint.price(old.arguments) != old.price:
            raise Refused(say("That model is no longer offered at this price. Please ask anew by a command."))
        asked = {name: getattr(old, name) for name in ASKED} | {"unit_price": endpoint.unit_price}
        answers = old.reply_to if old.channel_id == asker.channel_id else None
        fresh = self._new(asker, f"again:{old.id}", parent_id=old.id, reply_to=answers, **asked)
        return await self._once(asker, fresh)

    async def rerun(self, asker: Asker, old: Job, told: int | None = None) -> Job:
        """Accept once more what was made before, with a new seed; who asks pays.

        `told` is the price (micro-dollars) that he was told; without one he may be asked about it first. While it is
        being made for him, it is not made for him again. Raises Refused where it cannot be made, or not at that price,
        and OverBudget as `film` does.
        """
        self._may_begin(asker)
        endpoint = await self._priced(old)
        price = endpoint.price(old.arguments) if endpoint else None
        if endpoint is None or price != (price if told is None else told):
            raise Refused(say(DEARER))
        mine = await self._people.preferences(asker.user_id)
        arguments = {**old.arguments, **({"seed": self._chance.seed()} if "seed" in old.arguments else {})}
        options = {name: value for name, value in old.options.items() if name != "seed"}
        asked = {name: getattr(old, name) for name in ASKED}
        asked |= {
            "arguments": arguments,
            "options": options,
            "price": price,
            "unit_price": endpoint.unit_price,
            "done": mine.done,
        }
        origin = await self.origin("rerun", asker, old)
        fresh = self._new(asker, origin, parent_id=old.id, reply_to=replied(asker, old), **asked)
        return await self._once(asker, fresh, confirm=told is None)

    async def origin(self, action: str, asker: Asker, old: Job, words: str = "") -> str:
        """What makes it one job however often somebody asks for it, with these words, until it has ended."""
        begins = "".join(f"{part}:" for part in (action, old.id, asker.user_id, words) if part)
        return f"{begins}{await self._films.repeated(old.id, asker.user_id, begins, asker.asked_at)}"

    def endpoint_of(self, model: str) -> str:
        """The endpoint of the model of this name."""
        return next((one.id for one in self._offer.catalogue if one.name == model), model)

    async def costs_now(self, job: Job) -> int | None:
        """What the same film would cost if it were asked for now, in micro-dollars; None where it cannot be made."""
        endpoint = await self._priced(job)
        return endpoint.price(job.arguments) if endpoint and job.state in ENDED else None

    def begin(self, job: Job) -> None:
        """The member was answered, or cannot be: let the job be carried."""
        self._carrier.take(job)

    async def answer(self, asker: Asker, job_id: str, answer: str) -> None:
        """A member says how a job that asks is to go on.

        Raises Refused where that is not his to say, or is settled, or where its server does not let it be made any
        more: then it goes on asking.
        """
        job, now = await self.asked(asker, job_id), self._chance.clock()
        try:
            if answer == CANCEL:
                with aloud():  # it will stand on the card
                    free = called_off(job, paid=False)
                job = await self._books.move(job, State.CANCELLED, at=now, settle=Entry.REFUND, reason=free)
            elif job.asks_price and answer == YES and not job.local:
                judge = self._judge(asker, job, confirm=False)
                job = await self._books.move(job, State.ACCEPTED, at=now, judge=judge, asked_at=now)
            elif not job.asks_price and answer in ways(job.unlike, job.shape):
                job = await self._books.move(job, State.ACCEPTED, at=now, asked_at=now, answer=answer)
            else:
                raise Refused(say("That is not one of the answers any more. Please choose another."))
        except Stale:
            raise Refused(say(SETTLED)) from None
        self._carrier.take(job)

    async def asked(self, asker: Asker, job_id: str) -> Job:
        """A job that asks him something. Raises Refused where that is another's, or settled."""
        job = await self._owned(asker.user_id, job_id)
        if job.state is not State.ASKING:
            raise Refused(say(SETTLED))
        return job

    async def gather(self, asker: Asker, job: Job, films: Sequence[Job]) -> None:
        """He agrees to the price of several films, told in one question: all of them are accepted, or none.

        Raises Refused as `answer` does, and OverBudget where they do not all fit: then it goes on asking.
        """
        if sum(film.price for film in films) != job.price:
            raise Refused(say(DEARER))
        judge = self._judge(asker, job, confirm=False)
        try:
            taken = await self._books.gather(job, films, judge, at=self._chance.clock())
        except Stale:
            raise Refused(say(SETTLED)) from None
        except OverBudget as refusal:
            raise OverBudget(f"{say(NOT_ALL)} {refusal}") from None
        for one in taken:
            self._carrier.take(one)

    async def _priced(self, job: Job) -> Endpoint | None:
        """A job's endpoint at the price that it has now; None where it cannot be asked for again."""
        endpoint = None if job.forgotten else self._endpoint(job.endpoint)
        return repriced(endpoint, await self._offer.prices()) if endpoint else None

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
            seen_in=asker.seen_in,
            created_at=self._chance.clock(),
            wording=searched(str(asked["arguments"]["prompt"])),
            hook_token=self._chance.hook_token(),
            **asked,
        )

    async def _once(self, asker: Asker, fresh: Job, *, confirm: bool = False, ask: bool = False) -> Job:
        """Accept it, to be carried, unless that was done for the same origin; what costs much waits for a word first.

        Raises OverBudget with a button for what would fit.
        """
        try:
            job = await self._books.accept(fresh, self._judge(asker, fresh, confirm=confirm, ask=ask))
        except OverBudget as refusal:
            refusal.buttons = await self._instead(asker, fresh, refusal.most) if refusal.most else ()
            raise
        if job.id != fresh.id:
            raise Repeated(
                say(
                    "That was asked for already, as job {job}. Nothing more was spent; `/job` tells how it stands.",
                    job=job.id,
                )
            )
        return job

    def _judge(self, asker: Asker, job: Job, *, confirm: bool, ask: bool = False) -> Judge:
        """What a server's settings mean for a job that he asks for, or answers for: it may be answered elsewhere."""
        place = Place(channel_id=job.channel_id, parent_id=asker.parent_id, age_restricted=asker.age_restricted)

        def judge(job: Job, rules: Rules) -> tuple[Job, Terms]:
            door = self.doors.get(job.door)
            job = permitted(job, rules, place, everyday=door is not None and door.everyday)
            above = self._offer.confirm_above if rules.confirm_above is None else rules.confirm_above
            if ask or (confirm and above is not None and job.price > above):
                job = replace(job, state=State.ASKING, asked_at=job.created_at)
            return job, rules.terms(self._offer.limits, asker.roles, job.created_at)

        return judge

    async def _owned(self, user_id: int, job_id: str) -> Job:
        """The member's own job. Raises Refused for another's, and for one that is not there."""
        job = await self._books.find(job_id)
        if job is None or job.user_id == NOBODY:
            raise Refused(say("I do not know that film any more. Please look for it in `/history`."))
        _check_owner(user_id, job)
        return job

    def _may_begin(self, asker: Asker) -> None:
        if not self._carrier.open:
            raise Stopping(say(STOPPING))
        if asker.lacking:
            raise Refused(
                say(
                    "I may not post films in this channel: I lack {needed}. Nothing was spent. "
                    "Please ask a moderator to allow it, or use another channel.",
                    needed=", ".join(asker.lacking),
                )
            )


def _check_owner(user_id: int, job: Job) -> None:
    if job.user_id != user_id:
        raise Refused(say("That is for <@{user_id}> to decide, whose film it is.", user_id=job.user_id))
