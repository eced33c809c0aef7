"""What a member may do about what is kept of him: see it, have it, have it deleted."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from bot.domain import parcel
from bot.domain.budget import counted
from bot.domain.errors import Refused, TooLarge, Undeliverable
from bot.domain.language import say, say_number, sentence
from bot.domain.media import UNBOOSTED
from bot.domain.parcel import Item, Line, Mark, Office, Packing
from bot.domain.retention import DAY, FAL_STORES_SECONDS, Forgotten, Keep, Kept, not_yet, question, shown
from bot.erasing import Erased

log = logging.getLogger(__name__)
FILMS_IN_ONE = 500  # in one document
README_ROOM = 2**18  # bytes
REST = 3600.0  # seconds between two copies for one member
ASKED_AT_ONCE = 40  # requests, of which fal is asked while a member waits
SHUT = sentence(
    "I may not write to you directly. Please allow direct messages from members of this server, and ask again."
)
BUSY = sentence("Your copy is being made already. It comes by direct message.")
UNTAKEN = sentence("Discord does not take so large a file in a direct message now. Please tell whoever runs this bot.")
RECENT = sentence(
    "You had a copy less than an hour ago, in our direct messages. The next one can be made <t:{next}:R>."
)
COPY = sentence("What I keep of you. README.txt says what is in it.")
LATER = sentence("fal is asked again each night about {films}; after {days} days it deletes that itself.")
REFUSED = sentence("fal does not let this bot delete what it stores of {films}: it does so itself after {days} days.")
PART = sentence("What I keep of you, part {number} of {count}. README.txt says what is in it.")


class Traces(Protocol):
    """What members leave: see bot.adapters.store."""

    async def kept(self, user_id: int) -> Kept: ...
    async def films(self, user_id: int, *, skip: int, count: int) -> list[Mapping[str, Any]]: ...
    async def spending(self, user_id: int) -> list[Line]: ...
    async def marks(self, user_id: int) -> list[Mark]: ...
    async def preferences(self, user_id: int) -> Mapping[str, Any]: ...
    async def office(self, user_id: int) -> Office: ...
    async def forget(self, user_id: int, at: float) -> Forgotten: ...


class Retention(Protocol):
    """What is removed, and when: see bot.adapters.store."""

    async def left(self, guild_id: int, at: float) -> None: ...
    async def joined(self, guild_id: int) -> None: ...
    async def member_of(self, guild_ids: Collection[int], at: float) -> list[int]: ...
    async def flush(self) -> None: ...


class Files(Protocol):
    """The files: see bot.adapters.files."""

    async def of(self, wanted: Mapping[str, Collection[str]]) -> list[Item]: ...
    async def jobs(self) -> dict[str, set[str]]: ...
    async def remove(self, doomed: Mapping[str, Collection[str]]) -> int: ...
    def packed(self, name: str, items: Iterable[Item]) -> AbstractAsyncContextManager[Path]: ...


class Erasing(Protocol):
    """fal: see bot.erasing."""

    async def of(self, requests: Mapping[str, str]) -> Erased: ...


class Languages(Protocol):
    """Who has chosen which: see bot.languages."""

    def choose(self, user_id: int, language: str | None) -> None: ...


class Post(Protocol):
    """Direct messages: see bot.adapters.messenger."""

    async def hand(self, user_id: int, text: str, file: Path) -> None: ...


class Privacy:
    """The use cases. Each answers in a sentence, and raises Refused with one, or Unavailable."""

    def __init__(  # noqa: PLR0913 - what it needs of outside
        self,
        traces: Traces,
        retention: Retention,
        files: Files,
        erasing: Erasing,
        post: Post,
        languages: Languages,
        keep: Keep,
        clock: Callable[[], float],
    ) -> None:
        self._traces, self._retention, self._files = traces, retention, files
        self._erasing, self._post, self._keep, self._clock = erasing, post, keep, clock
        self._languages = languages
        self._being_made: set[int] = set()
        self._made: dict[int, float] = {}  # when a member had his last copy, for as long as that matters

    async def show(self, user_id: int) -> str:
        """What is kept, why and for how long, and how much of it is his."""
        return shown(self._keep, await self._traces.kept(user_id))

    # ---- a copy ----

    async def export(self, user_id: int) -> str:
        """Send a member a copy of all that is kept of him, by direct message."""
        now = self._clock()
        self._made = {member: at for member, at in self._made.items() if now - at < REST}
        if user_id in self._being_made:
            raise Refused(say(BUSY))
        if at := self._made.get(user_id):
            raise Refused(say(RECENT, next=f"{at + REST:.0f}"))
        self._being_made.add(user_id)
        try:
            packing = await self._packing(user_id)
            await self._send(user_id, packing)
        finally:
            self._being_made.discard(user_id)
        self._made[user_id] = now
        missing = len(packing.too_large) + len(packing.too_many)
        told = [
            say_number(
                "It is in our direct messages, in {number} message.",
                "It is in our direct messages, in {number} messages.",
                len(packing.parcels),
            )
        ]
        if missing:
            told.append(
                say_number(
                    "{files} file did not fit; README.txt in it says where to get them.",
                    "{files} files did not fit; README.txt in it says where to get them.",
                    missing,
                    files=f"{missing:,}",
                )
            )
        return " ".join(told)

    async def _packing(self, user_id: int) -> Packing:
        documents: list[Item] = []
        links: dict[str, str] = {}
        jobs: dict[str, bool] = {}  # whether their films are his
        while films := await self._traces.films(user_id, skip=len(jobs), count=FILMS_IN_ONE):
            number = f"-{len(documents) + 1}" if documents else ""
            documents.append(parcel.document(f"films{number}.json", parcel.films(films)))
            links |= {f"films/{film['id']}.mp4": film["film_url"] for film in films if film["film_url"]}
            jobs |= {film["id"]: parcel.handed_over(film) for film in films}
        if not documents:
            documents.append(parcel.document("films.json", parcel.films([])))
        chosen = json.dumps(dict(await self._traces.preferences(user_id)), indent=1).encode()
        documents.append(parcel.document("spending.csv", parcel.spending(await self._traces.spending(user_id))))
        documents.append(parcel.document("marks.csv", parcel.marks(await self._traces.marks(user_id))))
        documents.append(parcel.document("preferences.json", chosen))
        documents += parcel.office(await self._traces.office(user_id))
        handed = {job_id for job_id, theirs in jobs.items() if theirs}
        files = await self._files.of({"pictures": jobs.keys(), "sounds": jobs.keys(), "films": handed})
        packing = parcel.packed([*documents, *files], UNBOOSTED - README_ROOM)
        first, *others = packing.parcels
        parcels = [[parcel.readme(packing, links), *first], *others]
        return Packing(parcels=parcels, too_large=packing.too_large, too_many=packing.too_many)

    async def _send(self, user_id: int, packing: Packing) -> None:
        count = len(packing.parcels)
        for number, items in enumerate(packing.parcels, 1):
            text = say(PART, number=number, count=count) if count > 1 else say(COPY)
            async with self._files.packed(f"zoetrope-{user_id}-{number}.zip", items) as path:
                try:
                    await self._post.hand(user_id, text, path)
                except Undeliverable as error:
                    raise Refused(say(SHUT)) from error
                except TooLarge as error:
                    raise Refused(say(UNTAKEN)) from error

    # ---- the end ----

    async def question(self, user_id: int) -> str:
        """What is asked before everything is deleted."""
        kept = await self._traces.kept(user_id)
        if kept.under_way or kept.untold:
            raise Refused(not_yet(kept.under_way, kept.untold))
        return question(kept)

    async def delete(self, user_id: int, *, by: int) -> str:
        """Delete what is kept of a member, as he asks himself.

        What is cut off half-way is finished by the next night, or when asked again.

        Raises Refused while he has films under way, and where another asks.
        """
        if by != user_id:
            raise Refused(say("That is for somebody else to decide. What is kept of you: `/privacy delete`."))
        found = await self._traces.forget(user_id, self._clock())
        self._languages.choose(user_id, None)
        films = found.films.keys()
        sent = films | found.copies
        files = await self._files.remove({"pictures": sent, "sounds": sent, "films": films | found.joined})
        await self._retention.flush()
        log.info("a member is forgotten: %s jobs, %s files", len(films), files)
        requests = {job_id: request_id for job_id, request_id in found.films.items() if request_id}
        now = dict([*requests.items()][:ASKED_AT_ONCE])
        asked = await self._erasing.of(now) if now else Erased(done=0, left=0)
        gone = say(
            "It is deleted: {films}, {files}, and what you had chosen.",
            films=counted(len(films)),
            files=counted_files(files),
        )
        books = say("Your number goes from the books when this month is over.")
        return " ".join([gone, books, *_of_fal(asked, len(requests) - asked.done)])

    # ---- servers ----

    async def left(self, guild_id: int) -> None:
        """The bot is no longer in a server: from now on counts how long what is kept of it stays."""
        await self._retention.left(guild_id, self._clock())
        self._tell_left(guild_id)

    async def joined(self, guild_id: int) -> None:
        """The bot is in a server, again or still."""
        await self._retention.joined(guild_id)

    async def member_of(self, guild_ids: Collection[int]) -> None:
        """The bot is in these servers and in no others."""
        for guild_id in await self._retention.member_of(guild_ids, self._clock()):
            self._tell_left(guild_id)

    def _tell_left(self, guild_id: int) -> None:
        log.info("server %s was left; days until it is forgotten: %s", guild_id, self._keep.left)


def counted_files(files: int) -> str:
    """A number of files in words."""
    return say_number("{files} file", "{files} files", files, files=f"{files:,}")


def _of_fal(asked: Erased, left: int) -> Iterable[str]:
    if asked.done:
        yield say("fal has deleted what it stored of {films}.", films=counted(asked.done))
    if asked.refused or left:
        rest = REFUSED if asked.refused else LATER
        yield say(rest, films=counted(left), days=f"{FAL_STORES_SECONDS / DAY:.0f}")
