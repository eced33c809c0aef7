"""Drafts of prompts: of what was said in a channel, by a language model, and of the parts that a member fills in.

What people said is read, sent and forgotten: it is in no row, no file and no line of the log. A draft is shown to the
one who asked alone, and no film is made before he says so.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.actions import Person
from bot.archive import Archive
from bot.domain.budget import Limits, Standing, Terms, admit_draft
from bot.domain.catalogue import PROMPT
from bot.domain.doors import ANIMATE, NEGATIVE, SPOILER
from bot.domain.draft import Booking, Draft, Frame
from bot.domain.endpoint import Value
from bot.domain.errors import Refused, Unavailable, Unclear, Undeliverable
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.media import covered
from bot.domain.money import dollars_exactly
from bot.domain.order import Attached, Order, Wanted
from bot.domain.permission import Place, admitted
from bot.domain.preferences import Preferences
from bot.domain.prompting import assembled, unflawed
from bot.domain.rules import Rules
from bot.domain.scene import Said, drafted, question
from bot.people import MOST_NEGATIVE
from bot.studio import Studio

log = logging.getLogger(__name__)
PICTURE = "image"  # the option of /animate, by which a draft becomes a film
UNWRITTEN = "…"  # instead of a prompt, of which the price does not depend
MOST_AN_HOUR = 10  # drafts for one member: fal serves one account only so much at once
HOUR = 3600.0  # seconds
OFF = sentence(
    "I do not read messages here, so I can make no scene of them. Nothing was spent. Whoever runs this bot can switch "
    "that on: `ZOETROPE_READ_MESSAGES=true`, and “Message Content Intent” on the page *Bot* of the application at "
    "https://discord.com/developers/applications. Meanwhile `/compose` helps to write a prompt."
)
UNREAD = sentence(
    "Those who manage this server let no scenes be made of this channel. I read nothing, and nothing was spent. "
    "Please ask in another channel, or write a prompt with `/compose`."
)
MAY_NOT_READ = sentence(
    "You may not read older messages in this channel, so I read none for you. Nothing was spent. "
    "Please ask in another channel, or write a prompt with `/compose`."
)
UNREADABLE = sentence(
    "Discord does not let me read older messages in this channel. Nothing was spent. Please ask those who manage this "
    "server to allow me “Read message history” here, or write a prompt with `/compose`."
)
ONE_AT_A_TIME = sentence("Your last draft is still being written. Please wait for it. Nothing more was spent.")
OFTEN = sentence(
    "You had {most} drafts in an hour, which is the most. Nothing was spent. The next one can be made {when}; "
    "`/compose` helps to write a prompt yourself."
)
NO_FRAME = sentence(
    "There is no picture to begin with: none is in the last messages that I may use, and no film of mine is here. "
    "Nothing was spent. Please attach one as `picture`."
)
NO_ANSWER = sentence(
    "The language model was asked, and no answer came that I could read. fal may bill that, so {price} stay charged; "
    "no film was made. Please try again in a minute, or write a prompt with `/compose`."
)
NO_PICTURE = sentence("There is no picture. Nothing was spent. Please attach one.")


class Reply(Protocol):
    """What a language model said, and what fal bills for it, in micro-dollars, where it says so."""

    @property
    def output(self) -> str: ...
    @property
    def cost(self) -> int | None: ...


class Channel(Protocol):
    """What was said: see bot.adapters.messenger."""

    async def last(self, channel_id: int, guild_id: int | None, count: int) -> list[Said]: ...


class Members(Protocol):
    """What they have chosen: see bot.adapters.store."""

    async def preferences(self, user_id: int) -> Preferences: ...
    async def unread(self, user_ids: Collection[int]) -> set[int]: ...


class Servers(Protocol):
    """The same for servers."""

    async def rules(self, guild_id: int | None) -> Rules: ...


class Model(Protocol):
    """The language model: see bot.adapters.fal."""

    async def ask(self, model: str, instruction: str, data: str) -> Reply: ...


class Accounts(Protocol):
    """How members stand: see bot.adapters.store."""

    async def account(self, user_id: int, guild_id: int | None, terms: Terms) -> Standing: ...


class Books(Protocol):
    """What drafts cost: see bot.adapters.store."""

    async def book(self, draft: Booking, judge: Callable[[Rules], Terms]) -> Booking: ...
    async def settle(self, draft: Booking, cost: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """What whoever runs the bot has set."""

    reads: bool  # whether messages may be read
    model: str
    price: int  # micro-dollars: the most that a draft is taken to cost
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where what is needed for a draft comes from."""

    channel: Channel
    members: Members
    servers: Servers
    model: Model


class Scenes:
    """The use cases. All of them raise Refused with a sentence, and Unavailable."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        drafting: Drafting,
        sources: Sources,
        accounts: Accounts,
        books: Books,
        studio: Studio,
        archive: Archive,
        clock: Callable[[], float],
    ) -> None:
        self._drafting, self._sources, self._accounts, self._books = drafting, sources, accounts, books
        self._studio, self._archive, self._clock = studio, archive, clock
        self._writing: set[int] = set()
        self._written: dict[int, deque[float]] = {}  # when a member had his last drafts, seconds UTC

    async def scene(self, person: Person, count: int, picture: Attached | None, *, may_read: bool) -> Draft:
        """A draft of what was said last where he asks, in so many messages.

        `may_read` says whether he may read older messages there. Raises OverBudget where the draft does not fit.
        """
        if not self._drafting.reads:
            raise Refused(say(OFF))
        await self._wanted(person, UNWRITTEN, picture or Attached(url="", size=0))
        asker = person.asker
        terms = self._judge(person, await self._sources.servers.rules(asker.guild_id))
        if not may_read:
            raise Refused(say(MAY_NOT_READ))
        admit_draft(terms, await self._accounts.account(asker.user_id, asker.guild_id, terms), self._drafting.price)
        with self._turn(asker.user_id):
            said = await self._said(person, count)
            asked = question(said)
            frame, source = await self._frame(person, said, picture)
            wanted = await self._wanted(person, UNWRITTEN, Attached(url=frame.address, size=frame.size))
            prompt, paid = await self._drafted(person, asked.instruction, asked.conversation)
        return Draft(
            prompt=prompt, frame=frame, price=wanted.price, model=wanted.endpoint.title, paid=paid, source=source
        )

    async def composed(self, person: Person, parts: Mapping[str, str], picture: Attached | None) -> Draft:
        """A draft put together of its parts. Raises Invalid where some are missing."""
        prompt = assembled(**{"subject": "", "motion": "", **parts})
        if picture is None:
            raise Refused(say(NO_PICTURE))
        wanted = await self._wanted(person, prompt, picture)
        frame = Frame(url=picture.url, size=picture.size)
        return Draft(prompt=prompt, frame=frame, price=wanted.price, model=wanted.endpoint.title, composed=True)

    async def film(  # noqa: PLR0913 - what a film is made of
        self, person: Person, prompt: str, frame: Frame, *, origin: str, told: int, clean: bool = False
    ) -> Job:
        """Accept the film of a draft; it is not carried yet: see Studio.begin.

        `origin` is what makes it one, `told` the price that was on the button (micro-dollars); `clean` is without what
        often goes wrong, besides what he never wants to see. Raises as Studio.film does.
        """
        options: dict[str, Value] = {PROMPT.called: prompt}
        if clean:
            mine = (await self._sources.members.preferences(person.asker.user_id)).negative
            options[NEGATIVE.called] = unflawed(mine or "", MOST_NEGATIVE)
        order = await self._order(person, frame, options)
        return await self._studio.film(person.asker, order, origin=origin, told=told)

    async def edited(
        self, person: Person, frame: Frame, options: Mapping[str, Value], *, origin: str, told: int
    ) -> Job:
        """Accept the film of a draft that he has changed: he is asked first if it costs something else than was told.

        Raises as Studio.film does.
        """
        order = await self._order(person, frame, options)
        costs = (await self._studio.quote(person.asker, order)).price
        if costs == told:
            return await self._studio.film(person.asker, order, origin=origin, told=told)
        return await self._studio.film(person.asker, order, origin=origin, ask=True)

    async def _order(self, person: Person, frame: Frame, options: Mapping[str, Value]) -> Order:
        """How a draft's film is asked for: covered if that is with which it begins. Raises Refused as Archive.kept."""
        spoiler = covered(frame.url)
        if frame.film:
            film = await self._archive.here(person.viewer, frame.film)
            await self._archive.shareable(person.viewer, film)
            spoiler = film.spoiler
        order = _order(options, Attached(url=frame.address, size=frame.size))
        return replace(order, options={**options, SPOILER.called: spoiler}, after_id=frame.film or None)

    async def _wanted(self, person: Person, prompt: str, picture: Attached) -> Wanted:
        """What a film of it comes to, if the bot could make it where he asks."""
        return await self._studio.quote(person.asker, _order({PROMPT.called: prompt}, picture))

    def _judge(self, person: Person, rules: Rules) -> Terms:
        """The limits for a draft where he asks. Raises Refused where his server lets none be made."""
        asker = person.asker
        place = Place(channel_id=asker.channel_id, parent_id=asker.parent_id, age_restricted=asker.age_restricted)
        admitted(asker.user_id, rules, place)
        if not rules.unread.isdisjoint({asker.channel_id, asker.parent_id}):
            raise Refused(say(UNREAD))
        return rules.terms(self._drafting.limits, asker.roles, self._clock())

    async def _said(self, person: Person, count: int) -> list[Said]:
        """What was said by those who let it be read."""
        try:
            found = await self._sources.channel.last(person.asker.channel_id, person.asker.guild_id, count)
        except Undeliverable:
            raise Refused(say(UNREADABLE)) from None
        unread = await self._sources.members.unread({one.author_id for one in found})
        return [one for one in found if one.author_id not in unread]

    async def _frame(self, person: Person, said: Sequence[Said], picture: Attached | None) -> tuple[Frame, str | None]:
        """What the film begins with; of a film its address, too."""
        if picture is not None:
            return Frame(url=picture.url, size=picture.size), None
        film = await self._archive.last_film(person.viewer)
        seen = next((one for one in reversed(said) if one.picture), None)
        if film and film.message_id and (seen is None or seen.message_id < film.message_id):
            return Frame(film=film.id), film.link
        if seen is None or seen.picture is None:
            raise Refused(say(NO_FRAME))
        return Frame(url=seen.picture.url, size=seen.picture.size), None

    async def _drafted(self, person: Person, instruction: str, conversation: str) -> tuple[str, str]:
        """What the language model makes of it, and what that has cost, in a sentence."""
        asker, now, price = person.asker, self._clock(), self._drafting.price
        draft = Booking(user_id=asker.user_id, guild_id=asker.guild_id, price=price, at=now)
        booked = await self._books.book(draft, lambda rules: self._judge(person, rules))
        self._written.setdefault(asker.user_id, deque(maxlen=MOST_AN_HOUR)).append(now)
        try:
            reply = await self._sources.model.ask(self._drafting.model, instruction, conversation)
        except (Unavailable, Refused):
            await self._settle(booked, 0)
            raise
        except Unclear:  # nobody knows whether it is paid
            raise Refused(say(NO_ANSWER, price=dollars_exactly(price))) from None
        if reply.cost is None or not await self._settle(booked, reply.cost):
            paid = say("This draft cost {price} at the most.", price=dollars_exactly(price))
        else:
            paid = say("This draft cost {price}.", price=dollars_exactly(min(reply.cost, price)))
        return drafted(reply.output), paid

    async def _settle(self, booked: Booking, cost: int) -> bool:
        """Whether it could be booked: if not, the most stays charged."""
        try:
            await self._books.settle(booked, cost)
        except Unavailable:
            log.warning(
                "a draft cost %d micro-dollars; %d stay booked, as the database does not answer", cost, booked.price
            )
            return False
        return True

    @contextlib.contextmanager
    def _turn(self, user_id: int) -> Generator[None]:
        """Drafts for one member come one after another, and not too many of them."""
        now = self._clock()
        self._written = {one: at for one, at in self._written.items() if now - at[-1] < HOUR}
        if user_id in self._writing:
            raise Refused(say(ONE_AT_A_TIME))
        last = self._written.get(user_id, ())
        if len(last) == MOST_AN_HOUR and now - last[0] < HOUR:
            raise Refused(say(OFTEN, most=MOST_AN_HOUR, when=f"<t:{last[0] + HOUR:.0f}:R>"))
        self._writing.add(user_id)
        try:
            yield
        finally:
            self._writing.discard(user_id)


def _order(options: Mapping[str, Value], picture: Attached) -> Order:
    return Order(door=ANIMATE, options=options, media={PICTURE: picture})
