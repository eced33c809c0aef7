"""What members report, and what those who manage the server do about it. Permission is asked here."""

import logging
from collections.abc import Callable
from typing import Protocol

from bot.domain.board import DISMISS, REPORT, Reports
from bot.domain.card import quote
from bot.domain.errors import Refused, Stale, Unavailable, Undeliverable
from bot.domain.job import Job, State
from bot.domain.language import say, sentence
from bot.domain.retention import NOBODY
from bot.domain.rules import Change, Rules
from bot.ending import UNKNOWN, Boards
from bot.office import Caller, admit
from bot.world import World

log = logging.getLogger(__name__)
NOWHERE = sentence(
    "Nobody here has said yet where reports go, so nothing was passed on. Please tell one of those who manage this "
    "server; `/admin channels` lets them choose a channel for that."
)
OWN = sentence("That is your own film, so nothing was passed on. 🗑️ deletes it.")
PASSED_ON = sentence("That was passed on to those who manage this server. They do not read who reported it.")
KNOWN = sentence("You have reported that film already; those who manage this server have it before them.")
GONE = sentence("That film is deleted already, so nothing was changed.")
HIDDEN = sentence("That film is hidden already, so nothing was changed. It can be deleted.")


class Marks(Protocol):
    """What members have put on films: see bot.adapters.store."""

    async def put(self, job_id: str, user_id: int, action: str, at: float) -> bool: ...
    async def take(self, job_id: str, user_id: int, action: str) -> bool: ...
    async def reports(self, job_id: str) -> Reports: ...


class Servers(Protocol):
    """What servers have set, and who did what: see bot.adapters.store."""

    async def rules(self, guild_id: int | None) -> Rules: ...
    async def change(self, change: Change) -> None: ...


class Wall(Protocol):
    """Direct messages: see bot.adapters.board."""

    async def tell(self, user_id: int, text: str, nonce: str) -> None: ...


class Complaints:
    """The use cases. Each answers in a sentence, and raises Refused with one, or Unavailable."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        world: World,
        marks: Marks,
        servers: Servers,
        boards: Boards,
        wall: Wall,
        clock: Callable[[], float],
    ) -> None:
        self._world, self._marks, self._servers = world, marks, servers
        self._boards, self._wall, self._clock = boards, wall, clock

    async def report(self, job: Job, user_id: int) -> str:
        """A member who sees a film reports it; each counts once, and once more where all that was dismissed."""
        if job.user_id == user_id:
            raise Refused(say(OWN))
        if (await self._servers.rules(job.guild_id)).reports_id is None:
            raise Refused(say(NOWHERE))
        if not (await self._marks.reports(job.id)).pending:
            await self._marks.take(job.id, user_id, REPORT)
        new = await self._marks.put(job.id, user_id, REPORT, self._clock())
        self._boards.renew(job.id)  # also one that could not be told of
        return say(PASSED_ON if new else KNOWN)

    async def hide(self, caller: Caller, job_id: str) -> str:
        """Take a film's message away: from then on its owner and those who manage the server see it alone.

        What breaks off half-way is finished by asking once more: the row says last that it is done.
        """
        while True:
            job = await self._reported(caller, job_id)
            if job.hidden:
                raise Refused(say(HIDDEN))
            try:
                await self._world.channel.remove(job)
            except Undeliverable as error:
                raise Refused(
                    say(
                        "Discord does not let me remove its message ({reason}), so nothing was changed. Please do so "
                        "yourself, and press the button again: {link}",
                        reason=error,
                        link=job.link,
                    )
                ) from error
            done = say("The film `{film}` of {owner} was hidden.", film=job.id, owner=f"<@{job.user_id}>")
            try:
                change = caller.change(done, self._clock())
                await self._world.jobs.note(job, log=change, message_id=None, seen_in=None)
            except Stale:  # somebody else carries it since: all of it can be done again
                continue
            self._boards.renew(job.id)
            await self._tell_owner(job)
            return say("The film is hidden. Its owner is told, and can see it with `/job`.")

    async def dismiss(self, caller: Caller, job_id: str) -> str:
        """Let the film be, until it is reported again."""
        job = await self._reported(caller, job_id)
        await self._marks.take(job.id, caller.user_id, DISMISS)
        await self._marks.put(job.id, caller.user_id, DISMISS, self._clock())
        owner = f"<@{job.user_id}>"
        done = say("The reports of the film `{film}` of {owner} were dismissed.", film=job.id, owner=owner)
        await self._servers.change(caller.change(done, self._clock()))
        self._boards.renew(job.id)
        return say("The reports are dismissed, and the film stays. Another report brings it before you again.")

    async def _reported(self, caller: Caller, job_id: str) -> Job:
        """The film of the server that he manages. Raises Refused."""
        admit(caller)
        job = await self._world.jobs.find(job_id)
        known = job is not None and job.user_id != NOBODY and job.guild_id == caller.guild_id
        if job is None or not known or job.state is not State.DELIVERED:
            raise Refused(say(UNKNOWN))
        if job.removed_at is not None:
            raise Refused(say(GONE))
        return job

    async def _tell_owner(self, job: Job) -> None:
        with self._world.speaking(job.user_id):
            told = say(
                "Those who manage the server have hidden your film `{film}`: others do not see it any more, you do "
                "with `/job`. What it cost stays charged. Please ask them why.",
                film=job.id,
            )
            told = f"{told}\n> {quote(job.prompt)}"
        try:
            await self._wall.tell(job.user_id, told, f"hidden-{job.id}")
        except (Undeliverable, Unavailable) as error:
            log.warning("job %s: its owner cannot be told that it is hidden: %r", job.id, error)
