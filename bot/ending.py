"""How a film is called off or deleted: at the word of its owner, or of those who manage the server where it is."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Protocol

from bot.domain.card import called_off, quote
from bot.domain.errors import Refused, Stale, Undeliverable
from bot.domain.job import ENDED, Job, State
from bot.domain.language import say, sentence
from bot.domain.money import Entry
from bot.domain.retention import NOBODY, mention
from bot.domain.rules import Change
from bot.office import Caller
from bot.studio import Carrier
from bot.world import World

# for which nothing can have been paid
UNSENT = frozenset({State.ACCEPTED, State.ASKING, State.GATHERING, State.UPLOADED})
UNKNOWN = sentence(
    "I do not know that film here. Please choose one of the list, or give the ten characters after “job”."
)
TOO_LATE = {
    State.POSTING: sentence(
        "It is too late for that: the film is being posted. It stays charged, and can be deleted then."
    ),
    State.DELIVERED: sentence(
        "It is too late for that: the film is there. It stays charged, and can be deleted instead."
    ),
}
OFF = sentence(
    "That film is off already, so nothing was changed. Its card says what became of it; please ask anew for another."
)
UNDER_WAY = sentence(
    "That film is not done yet, so nothing is deleted. Please cancel it first, or wait until it is there."
)
NO_FILM = sentence("That one ended without a film, so nothing is deleted. Please choose one of the list.")
DELETED = sentence("That film is deleted already, so nothing was changed. Please choose one of the list.")


class Boards(Protocol):
    """What stands of films in other channels: see bot.boards."""

    def renew(self, job_id: str) -> None: ...


class Endings:
    """What may be asked of films besides making them. Who may neither own nor manage is refused here."""

    def __init__(self, world: World, carrier: Carrier, boards: Boards) -> None:
        self._world, self._carrier, self._boards = world, carrier, boards

    async def cancel(self, caller: Caller, job_id: str) -> Job:
        """Call a film off: the job afterwards. What is not paid yet is free; what fal has answers decides what is paid.

        Raises Refused where that is not his to say, or too late.
        """
        while True:
            job = await self._of(caller, job_id)
            if job.state in TOO_LATE:
                raise Refused(say(TOO_LATE[job.state]))
            if job.state in ENDED:
                raise Refused(say(OFF))
            with contextlib.suppress(Stale):  # it has come further in this moment: look again
                job = await self._called_off(job, caller)
                self._carrier.take(job)
                return job

    async def _called_off(self, job: Job, caller: Caller) -> Job:
        first = job.unwanted_at is None
        moderated = caller.user_id != job.user_id if first else job.moderated
        off = say("The film `{film}` of {owner} was called off.", **_named(job))
        log = self._log(caller, job, off) if first else None
        if job.state in UNSENT or job.state is State.FETCHED:
            paid = job.state is State.FETCHED
            with self._world.speaking(job.user_id):  # who reads it on its card
                told = called_off(replace(job, moderated=moderated), paid=paid)
            books = Entry.SETTLE if paid else Entry.REFUND
            return await self._world.jobs.move(
                job, State.CANCELLED, at=self._world.clock(), settle=books, log=log, reason=told, moderated=moderated
            )
        at = job.unwanted_at or self._world.clock()
        return await self._world.jobs.note(job, log=log, unwanted_at=at, moderated=moderated)

    async def deletable(self, caller: Caller, job_id: str) -> Job:
        """The film, if he may delete it and there is something to delete. Raises Refused."""
        job = await self._of(caller, job_id)
        if job.state not in ENDED:
            raise Refused(say(UNDER_WAY))
        if job.state is not State.DELIVERED:
            raise Refused(say(NO_FILM))
        if job.removed_at is not None and job.message_id is None:
            raise Refused(say(DELETED))
        return job

    async def question(self, caller: Caller, job_id: str) -> str:
        """What is asked before a film is deleted. Raises Refused as `deletable` does."""
        job = await self.deletable(caller, job_id)
        film = say("The film of {owner}: {prompt}", owner=mention(job.user_id), prompt=quote(job.prompt))
        if job.message_id:
            goes = say("Its message goes, and what I keep of the film and its pictures. That cannot be taken back.")
        else:
            goes = say(
                "What I keep goes of the film and its pictures; its message is gone already. That cannot be taken back."
            )
        return f"{film}\n{goes}"

    async def delete(self, caller: Caller, job_id: str) -> str:
        """Delete a film: its message and our files; the row stays, and the money. What is left to do, in a sentence.

        One that was joined of it and others is a film of its own, and stays until that is deleted, too.

        What breaks off half-way is finished by asking once more: the row says last that it is done. Raises Refused, and
        Unavailable where Discord does not answer.
        """
        while True:
            job = await self.deletable(caller, job_id)
            stands = await self._standing(job)
            await asyncio.to_thread(self._world.clear, job)
            if stands:
                done = say("The film `{film}` of {owner} was deleted, but its message still stands.", **_named(job))
            else:
                done = say("The film `{film}` of {owner} was deleted.", **_named(job))
            with contextlib.suppress(Stale):  # somebody else carries it since: all of it can be done again
                await self._world.jobs.note(
                    job,
                    log=self._log(caller, job, done),
                    removed_at=job.removed_at or self._world.clock(),
                    message_id=job.message_id if stands else None,
                    film_url=None,
                )
                self._boards.renew(job.id)
                return stands or say("The film is deleted, here and in its channel. What it cost stays charged.")

    async def _standing(self, job: Job) -> str:
        """Remove the message; where that is refused, how to do it by hand."""
        if job.message_id is None:  # it was hidden
            return ""
        try:
            await self._world.channel.remove(job)
        except Undeliverable as refused:
            link = f"https://discord.com/channels/{job.guild_id or '@me'}/{job.channel_id}/{job.message_id}"
            return say(
                "What I kept of the film is deleted, and what it cost stays charged. "
                "But Discord does not let me remove its message ({reason}); please do so yourself: {link}",
                reason=refused,
                link=link,
            )
        return ""

    def _log(self, caller: Caller, job: Job, text: str) -> Change | None:
        """What a server reads of what is done to its members' films; what he does to his own is nobody's business."""
        if caller.user_id == job.user_id:
            return None
        return caller.change(text, self._world.clock())

    async def _of(self, caller: Caller, job_id: str) -> Job:
        """His own film, or one of the server that he manages. Raises Refused."""
        job = await self._world.jobs.find(job_id)
        if job is None or job.user_id == NOBODY or (job.user_id != caller.user_id and job.guild_id != caller.guild_id):
            raise Refused(say(UNKNOWN))
        if job.user_id != caller.user_id and not caller.manages:
            owner = f"<@{job.user_id}>"
            raise Refused(say("That is for {owner} to decide, whose film it is. Nothing was changed.", owner=owner))
        return job


def _named(job: Job) -> dict[str, str]:
    return {"film": job.id, "owner": f"<@{job.user_id}>"}
