"""Stories: chains of films of which each begins where the one before ends; shown on one sheet, joined into one film."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.actions import Person
from bot.archive import Archive, Viewer
from bot.domain.catalogue import STITCH
from bot.domain.doors import SAFETY
from bot.domain.errors import Broken, Final, Refused
from bot.domain.job import Job, State, made_of
from bot.domain.language import aloud, say, say_number, sentence
from bot.domain.story import MOST, called, lines
from bot.studio import Studio, replied

NONE_YET = sentence("You have no story here yet: `/story start` begins one with a film of yours.")
NO_FILM = sentence("You have no finished film here yet: `/animate` makes one, and `/story start` goes on from it.")
ONE = sentence("That is one scene, which need not be joined: ⏩ below its film makes the next one.")
GO_ON = sentence("⏩ below the last film makes the next scene; `/story stitch` joins them.")


class Books(Protocol):
    """Where stories are kept: see bot.adapters.store."""

    async def tip(self, user_id: int, guild_id: int) -> str | None: ...
    async def begin(self, user_id: int, guild_id: int, tip_id: str | None, at: float) -> None: ...
    async def chain(self, job_id: str, most: int) -> list[Job]: ...
    async def ended(self, user_id: int, origin: str) -> int: ...


class Films(Protocol):
    """What was made: see bot.adapters.store."""

    async def newest(
        self, user_id: int, guild_id: int | None, count: int, *, states: frozenset[State] = ...
    ) -> list[Job]: ...


class Media(Protocol):
    """Shows films on one picture: see bot.adapters.media."""

    async def sheet(self, scenes: Sequence[Path], made: Path) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """The scenes of a story that somebody may see where he asks, the last one at the end."""

    films: Sequence[Job]
    paths: Sequence[Path]
    missing: str = ""  # why it does not begin with its first scene, in a sentence

    @property
    def text(self) -> str:
        """A line for each."""
        return "\n".join(filter(None, [lines(self.films), self.missing]))


class Stories:
    """The use cases. All of them raise Refused with a sentence, and Unavailable as the store does."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        books: Books,
        films: Films,
        archive: Archive,
        studio: Studio,
        media: Media,
        folder: Path,
        clock: Callable[[], float],
    ) -> None:
        self._books, self._films, self._archive, self._studio = books, films, archive, studio
        self._media, self._folder, self._clock = media, folder, clock
        self._sheet = asyncio.Lock()

    async def start(self, viewer: Viewer, film: str | None) -> str:
        """Let his story here go on at a film, by itself the newest one of his: what it is made of so far."""
        scenes = await self._scenes(viewer, film or await self._newest(viewer))
        tip = scenes.films[-1]
        await self._books.begin(viewer.user_id, viewer.guild_id or 0, tip.id, self._clock())
        begun = say_number(
            "Your story here goes on with this film, its only scene so far:",
            "Your story here goes on with the last of these {number} scenes:",
            len(scenes.films),
        )
        return "\n".join([begun, scenes.text, say(GO_ON)])

    async def show(self, viewer: Viewer, film: str | None) -> tuple[str, bytes]:
        """The scenes of his story, or of another up to a film: what they are, and a picture of all of them."""
        scenes = await self._scenes(viewer, film or await self._tip(viewer))
        made = self._folder / "incoming" / f"{scenes.films[-1].id}-sheet.png"
        async with self._sheet:
            await asyncio.to_thread(made.parent.mkdir, parents=True, exist_ok=True)
            try:
                await self._media.sheet(scenes.paths, made)
                picture = await asyncio.to_thread(made.read_bytes)
            except (Broken, Final) as error:
                raise Refused(str(error)) from error
            finally:
                made.unlink(missing_ok=True)
        return scenes.text, picture

    async def undo(self, viewer: Viewer) -> str:
        """Leave the last scene out of his story: where it goes on now. What is made of that scene counts no more."""
        tip = await self._tip(viewer)
        before = (await self._books.chain(tip, 2))[-1].after_id
        await self._books.begin(viewer.user_id, viewer.guild_id or 0, before, self._clock())
        if before is None:
            return say("That was the first scene, so you have no story here any more. Its film stays.")
        left = say("The last scene is left out of your story; its film stays.")
        try:
            scenes = await self._scenes(viewer, before)
        except Refused as why:
            return f"{left} {why}"
        return "\n".join([" ".join([left, say("It goes on with the last of these:")]), scenes.text])

    async def stitch(self, person: Person, film: str | None, fade: float) -> Job:
        """Accept one film of the scenes of his story, or of another up to a film; it costs nothing.

        `fade` is for how many seconds each scene goes over into the next. While it is being made, it is not made again,
        whatever the fade.
        """
        asker = person.asker
        scenes = await self._scenes(person.viewer, film or await self._tip(person.viewer), public=True)
        films = scenes.films
        if len(films) < 2:
            raise Refused(" ".join(filter(None, [say(ONE), scenes.missing])))
        tip = films[-1]
        origin = f"stitch:{tip.id}:{asker.user_id}:"
        with aloud():  # it will stand in the channel
            title, name = say("Story"), called(films, whole=not scenes.missing)
        unchecked = {SAFETY: False} if any(one.unchecked for one in films) else {}
        return await self._studio.local(
            asker,
            origin=f"{origin}{await self._books.ended(asker.user_id, origin)}",
            door="story",
            endpoint=STITCH,
            title=title,
            length=sum(one.seconds or one.length for one in films),
            arguments={"prompt": name, "fade": fade, **unchecked},
            media=made_of(one.id for one in films),
            options={},
            price=0,
            spoiler=any(one.spoiler for one in films),
            reply_to=replied(asker, tip),
        )

    async def offered(self, viewer: Viewer, typed: str) -> list[Job]:
        """His last films here whose prompt has that, or the one of this number, which are there."""
        found = await self._archive.mine(viewer, typed)
        return [job for job in found if job.state is State.DELIVERED and job.removed_at is None]

    async def _newest(self, viewer: Viewer) -> str:
        made = await self._films.newest(viewer.user_id, viewer.guild_id, 1, states=frozenset({State.DELIVERED}))
        if not made:
            raise Refused(say(NO_FILM))
        return made[0].id

    async def _tip(self, viewer: Viewer) -> str:
        if tip := await self._books.tip(viewer.user_id, viewer.guild_id or 0):
            return tip
        raise Refused(say(NONE_YET))

    async def _scenes(self, viewer: Viewer, last: str, *, public: bool = False) -> Scenes:
        """The scenes up to a film: the last ones, if there are many, or if one of them cannot be shown here.

        Those that he may look at, or if `public` those that others may see, too.
        """
        chain = await self._books.chain(last, MOST + 1)
        found: list[tuple[Job, Path]] = []
        missing = ""
        for job in reversed(chain):
            if len(found) == MOST:
                missing = say("That is as many scenes as can be shown or joined; there are more before them.")
                break
            try:
                seen = await self._archive.look(viewer, job.id)
                path = await self._archive.shareable(viewer, seen) if public else self._archive.kept(viewer, seen)
                found.append((seen, path))
            except Refused as why:
                missing = say("It begins after the film `{film}`: {why}", film=job.id, why=why)
                break
        if not found:
            why = missing or say("I know no film of that number that you could see here.")
            instead = say("`/story start` chooses another film, and `/story undo` goes back to the scene before.")
            raise Refused(f"{why} {instead}")
        films, paths = zip(*reversed(found), strict=True)
        return Scenes(films=films, paths=paths, missing=missing)
