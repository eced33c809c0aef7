"""What is done with a film at somebody's word, whatever the door: each row of the table has its deed here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bot.archive import Archive, Viewer
from bot.complaints import Complaints
from bot.domain.action import BY_NAME, Whose
from bot.domain.card import AGAIN
from bot.domain.catalogue import QUALITIES
from bot.domain.errors import Refused, TooLarge, Undeliverable
from bot.domain.history import Sheet
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.media import UNBOOSTED
from bot.ending import Endings
from bot.gallery import Gallery
from bot.office import Caller
from bot.studio import Asker, Studio, replied

NOT_NOW = sentence("That cannot be done with this film as it stands, so nothing was spent. `/job` tells more of it.")
OWN = sentence("That film was made with settings of its own. Nothing was spent. ✏️ changes them one by one.")
BEST = sentence("That film was made as well as this model can. Nothing was spent. ✏️ offers other models.")
SHUT = sentence(
    "I may not write to you directly. Please allow direct messages from members of this server, and press ✉️ again."
)
ON_ITS_WAY = sentence("It is on its way to you already, by direct message.")
SEEN = sentence("Others can see who put the 🚩 there: you can take yours away, and the report stays.")
UNTAKEN = sentence("Discord does not take so large a file in a direct message now. `/job` shows the film here.")


class Post(Protocol):
    """Direct messages: see bot.adapters.messenger."""

    async def give(self, user_id: int, job: Job, film: Path, *, text: str, settings: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks, and where."""

    asker: Asker
    viewer: Viewer

    @property
    def caller(self) -> Caller:
        """As one who may manage the server, or not."""
        viewer = self.viewer
        return Caller(user_id=viewer.user_id, guild_id=viewer.guild_id or 0, manages=viewer.manages)


class Actions:
    """The deeds. All raise Refused with a sentence, and Unavailable as the store does."""

    def __init__(  # noqa: PLR0913 - what the deeds are done with
        self,
        studio: Studio,
        archive: Archive,
        endings: Endings,
        gallery: Gallery,
        complaints: Complaints,
        post: Post,
    ) -> None:
        self._studio, self._archive, self._endings, self._post = studio, archive, endings, post
        self._gallery, self._complaints = gallery, complaints
        self._being_sent: set[tuple[int, str]] = set()  # to whom, which film
        # of those rows that ask nothing first: what brings another film, and what is told of in a sentence
        self.makes: Mapping[str, Callable[[Person, str], Awaitable[Job]]] = {
            "again": self._again,
            "better": self._better,
        }
        self.tells: Mapping[str, Callable[[Person, str], Awaitable[str]]] = {
            "cancel": self._cancel,
            "send": self._send,
            "favourite": self._favourite,
            "report": self._report,
        }

    async def make(self, name: str, person: Person, job_id: str) -> Job:
        """Accept the film that comes of it; it is not carried yet: see Studio.begin."""
        return await self.makes[name](person, job_id)

    async def tell(self, name: str, person: Person, job_id: str) -> str:
        """Do it: what came of it."""
        return await self.tells[name](person, job_id)

    async def film(self, name: str, person: Person, job_id: str) -> Job:
        """The film, if that may be done with it by the one who asks, as it stands."""
        job, action = await self._archive.here(person.viewer, job_id), BY_NAME[name]
        if action.public:
            await self._archive.public(person.viewer, job)
        if not action.there(job):
            raise Refused(say(NOT_NOW))
        if action.whose is Whose.OWNERS and job.user_id != person.viewer.user_id and not person.viewer.manages:
            raise Refused(say("That is for <@{user_id}> to decide, whose film it is.", user_id=job.user_id))
        return job

    async def rerun(self, person: Person, job_id: str, told: int) -> Job:
        """Make it once more at the price (micro-dollars) that was on the button."""
        job = await self.film("again", person, job_id)
        return await self._studio.rerun(person.asker, self._archive.repeatable(job), told)

    async def _again(self, person: Person, job_id: str) -> Job:
        job = await self.film("again", person, job_id)
        if job.state in AGAIN:
            return await self._studio.again(person.asker, job)
        return await self._studio.rerun(person.asker, self._archive.repeatable(job))

    async def _better(self, person: Person, job_id: str) -> Job:
        """The same seed and prompt with the next better preset; its price is asked about first."""
        job = await self.film("better", person, job_id)
        order = self._studio.order(self._archive.repeatable(job))
        quality = job.options.get("quality")
        if order is None or quality not in QUALITIES:
            raise Refused(say(OWN))
        better = QUALITIES[QUALITIES.index(str(quality)) + 1 :]
        if not better:
            raise Refused(say(BEST))
        seed = job.arguments.get("seed") if job.seed is None else job.seed
        options = {**order.options, "quality": better[0], "seed": seed}
        wish = replace(order, options=options, parent_id=job.id, reply_to=replied(person.asker, job))
        origin = await self._studio.origin("better", person.asker, job)
        return await self._studio.film(person.asker, wish, origin=origin, ask=True)

    async def _send(self, person: Person, job_id: str) -> str:
        """The film and all of its settings by direct message; pressed twice within a moment that is one."""
        job, viewer = await self.film("send", person, job_id), person.viewer
        if (sending := (viewer.user_id, job.id)) in self._being_sent:
            return say(ON_ITS_WAY)
        self._being_sent.add(sending)
        try:
            async with self._archive.film(viewer, job.id, UNBOOSTED) as (shown, film):
                sheet = Sheet(job=shown, mine=shown.user_id == viewer.user_id, now_costs=None, kept=True)
                await self._post.give(viewer.user_id, shown, film, text=sheet.text, settings=sheet.document)
        except Undeliverable:
            raise Refused(say(SHUT)) from None
        except TooLarge:
            raise Refused(say(UNTAKEN)) from None
        finally:
            self._being_sent.discard(sending)
        return say("It is in our direct messages, with all of its settings.")

    async def _cancel(self, person: Person, job_id: str) -> str:
        await self._endings.cancel(person.caller, job_id)
        return say("It is being called off; its card says what becomes of it.")

    async def _favourite(self, person: Person, job_id: str) -> str:
        return await self._gallery.toggle(await self.film("favourite", person, job_id), person.viewer.user_id)

    async def _report(self, person: Person, job_id: str) -> str:
        told = await self._complaints.report(await self.film("report", person, job_id), person.viewer.user_id)
        return " ".join([told, say(SEEN)] if person.asker.origin.startswith("reaction:") else [told])
