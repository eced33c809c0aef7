"""Takes in what others made: the members' pictures and sounds, fal's films. Whole and checked, or not at all."""

import asyncio
import logging
import re
import shutil
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

from bot.domain.crop import Shape, alike, ways
from bot.domain.endpoint import Endpoint, Kind, Parameter
from bot.domain.errors import Broken, Final, TooLarge
from bot.domain.job import Job
from bot.domain.language import say, sentence
from bot.domain.media import FRAME, Measured, Size
from bot.domain.pace import Pace
from bot.world import World

log = logging.getLogger(__name__)


class Picture(NamedTuple):
    """A member's picture: the name of its option, where it is now, and its size as it came."""

    option: str
    path: Path
    size: Size


def unlike(pictures: Iterable[Picture]) -> dict[str, Size]:
    """The sizes of two pictures that have not the same shape, by their option's name; nothing if they are alike."""
    sizes = {picture.option: picture.size for picture in pictures}
    return sizes if len(sizes) == 2 and not alike(*sizes.values()) else {}


FILM_BYTES = 500_000_000
UNKEPT_FILM = sentence("The film from which `{option}` is to be taken is not kept any more. Please attach a picture.")
T = TypeVar("T")


class Intake:
    """Files of jobs, on our disk."""

    def __init__(self, world: World, pace: Pace) -> None:
        self._world, self._pace = world, pace

    async def sweep(self) -> None:
        """Remove what an earlier life of the bot left half-done; all of it can be had again."""
        await asyncio.to_thread(_sweep, self._world.folder)

    async def pictures(self, job: Job, endpoint: Endpoint) -> dict[str, Picture]:
        """Each picture of a job by its parameter, as a JPEG that the model takes. Raises Final."""
        return {one.name: await self._picture(job, endpoint, one) for one in endpoint.pictures if one.name in job.media}

    async def sounds(self, job: Job, endpoint: Endpoint) -> dict[str, Path]:
        """Each sound of a job by its parameter, without its tags. Raises Final."""
        sounds = [one for one in endpoint.media if one.kind is Kind.SOUND and one.name in job.media]
        return {one.name: await self._sound(job, one) for one in sounds}

    async def cut(self, job: Job, endpoint: Endpoint, name: str, picture: Path) -> Path:
        """The picture in the shape that the owner chose for both of them, if he had to choose. Raises Final."""
        if not job.answer:
            return picture
        made = picture.with_name(f"{job.id}-{name}-{job.answer}.jpg")
        if not made.exists():
            shape = ways(job.unlike, job.shape)[job.answer].shape
            await self._world.media.prepare(picture, made, sides=endpoint.sides, shape=shape)
        return made

    async def film(self, job: Job, url: str, path: Path) -> Measured:
        """Fetch the film of a job to `path`: what it measures. Raises Final if it cannot be had whole."""

        async def fetch() -> Measured:
            part = path.with_suffix(".new")
            await self._world.downloads.fetch(url, part, limit=FILM_BYTES, what=say("the film"))
            try:
                measured = await self._world.media.check(part, seconds=job.length)
                if measured.plays or not await self._made_to_play(job, part, path):
                    part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            return measured

        return await self._again(job, fetch)

    async def _made_to_play(self, job: Job, film: Path, made: Path) -> bool:
        """Whether the film could be encoded anew; if not it is still whole, and plays somewhere."""
        try:
            await self._world.media.fit(film, made, limit=FILM_BYTES)
        except TooLarge as error:
            log.warning("job %s: its film stays as it came: %s", job.id, error)
            return False
        return True

    async def _picture(self, job: Job, endpoint: Endpoint, parameter: Parameter) -> Picture:
        made = self._world.path("pictures", f"{job.id}-{parameter.name}.jpg")
        # only where the model would not do it itself
        shape = None if endpoint.takes("aspect_ratio") else _ratio(job.shape)
        media = self._world.media
        if kept := _there(made):  # then its size before is forgotten
            return Picture(parameter.called, kept, await media.size(kept))
        if kept := _there(made, job):
            size = await media.size(kept)
            if min(size) >= endpoint.sides[0] and (shape is None or alike(size, Size(*shape))):
                return Picture(parameter.called, await _copied(kept, made), size)
            size = await media.prepare(kept, made, sides=endpoint.sides, shape=shape)  # of another model, or shape
            return Picture(parameter.called, made, size)
        size = await self._from_member(
            job, parameter, lambda raw: media.prepare(raw, made, sides=endpoint.sides, shape=shape)
        )
        return Picture(parameter.called, made, size)

    async def _sound(self, job: Job, parameter: Parameter) -> Path:
        limits = (parameter.low or 0.0, parameter.high or float("inf"))
        made = self._world.path("sounds", f"{job.id}-{parameter.name}")
        if kept := _there(made):
            return kept
        if kept := _there(made, job):
            return await _copied(kept, made)
        return await self._from_member(job, parameter, lambda raw: self._world.media.sound(raw, made, seconds=limits))

    async def _from_member(self, job: Job, parameter: Parameter, make: Callable[[Path], Awaitable[T]]) -> T:
        """What is made of a member's file, or of a frame of a film of ours; nothing else stays of it."""
        raw = self._world.path("incoming", f"{job.id}-{parameter.name}")
        url, what = job.media[parameter.name], f"`{parameter.called}`"
        fetched = self._world.downloads.fetch
        if taken := FRAME.fullmatch(url):
            await self._take(taken, raw, parameter)
        else:
            await self._again(job, lambda: fetched(url, raw, limit=parameter.most_bytes, what=what))
        try:
            return await make(raw)
        finally:
            raw.unlink()

    async def _take(self, taken: re.Match[str], raw: Path, parameter: Parameter) -> None:
        """A frame of a film of ours. Raises Final."""
        film, media = self._world.path("films", f"{taken['job']}.mp4"), self._world.media
        try:
            if not film.exists():
                raise Broken
            await (media.first_frame if taken["which"] == "first" else media.last_frame)(film, raw)
        except Broken as gone:
            raise Final(say(UNKEPT_FILM, option=parameter.called)) from gone

    async def _again(self, job: Job, fetch: Callable[[], Awaitable[T]]) -> T:
        """Fetch, and what does not come whole once more, a few times. Raises Final with the reason."""
        for pause in self._pace.fetches:
            try:
                return await fetch()
            except Broken as error:
                log.warning("job %s: %s", job.id, error)
            await asyncio.sleep(pause)
        try:
            return await fetch()
        except Broken as error:
            times = say("I fetched it {times} times.", times=len(self._pace.fetches) + 1)
            raise Final(f"{error} {times}") from error


def _there(made: Path, repeats: Job | None = None) -> Path | None:
    """What was made of a member's file in an earlier attempt, or for the job that this one repeats."""
    if repeats and not repeats.parent_id:
        return None
    stem = made.stem.replace(repeats.id, repeats.parent_id or "") if repeats else made.stem
    return next(iter(made.parent.glob(f"{stem}.???")), None)  # .jpg, .wav, .mp3: none that is half-done


async def _copied(there: Path, made: Path) -> Path:
    kept = made.with_suffix(there.suffix)
    part = kept.with_name(f"{kept.name}.new")
    await asyncio.to_thread(shutil.copyfile, there, part)
    return part.replace(kept)


def _sweep(folder: Path) -> None:
    for passing in ("incoming", "exports"):  # files as members sent them, and copies for them
        shutil.rmtree(folder / passing, ignore_errors=True)
    for kind in ("pictures", "sounds", "films"):
        for left in (folder / kind).glob(".*"):
            shutil.rmtree(left, ignore_errors=True)
        for pattern in ("*.part", "*.new", "*-smaller.mp4"):
            for left in (folder / kind).glob(pattern):
                left.unlink(missing_ok=True)


def _ratio(shape: str) -> Shape | None:
    if ":" not in shape:
        return None
    across, down = shape.split(":")
    return int(across), int(down)
