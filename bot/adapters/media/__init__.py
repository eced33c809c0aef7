"""Pictures, sounds and films from outside, each opened in a process of its own that can be killed."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.adapters.media import films, fitting, joining, pictures, sounds, stills
from bot.adapters.media.work import Bounds, Lost, Workers
from bot.domain.crop import Shape
from bot.domain.errors import Broken, Final, TooLarge
from bot.domain.finish import finish
from bot.domain.language import say, sentence
from bot.domain.media import Measured, Size

AT_ONCE = 2  # files being opened; beside them one film is made smaller, and one is joined of others
LOADERS = ("Avif", "Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP")  # Pillow looks for them only when it needs them
MODULES = (
    *(f"PIL.{name}ImagePlugin" for name in LOADERS),
    *(module.__name__ for module in (pictures, sounds, stills, fitting, joining)),
)

UNOPENED = sentence("The picture cannot be opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the work on one file may take before it is given up."""

    memory: int = 2 * 2**30  # bytes of address space
    opening: float = 20  # seconds, of a picture or sound
    checking: float = 60  # seconds
    framing: float = 60  # seconds, of single frames
    fitting: float = 300  # seconds
    joining: float = 600  # seconds: a story of ten films of 720p takes a minute or two


LIMITS = Limits()


class Media:
    """Opens pictures, sounds and films. A file that crashes, stalls or swells harms only the process that opens it."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._workers = Workers(MODULES)
        self._short, self._long = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(1)
        self._joins = asyncio.Semaphore(1)  # those are free: what is paid does not wait for them

    async def prepare(self, source: Path, made: Path, *, sides: tuple[int, int], shape: Shape | None = None) -> Size:
        """Make the JPEG at `made` from the picture at `source`: upright, opaque, sRGB, without any metadata.

        `sides` are the smallest and largest side that the model takes, in pixels: larger is scaled down, smaller
        refused. `shape`, such as (16, 9), cuts the picture to this width : height around its middle. `made` is there
        whole or not at all. Gives the size of the picture as it came, upright. Raises Final with a sentence for its
        owner.
        """
        with _told(UNOPENED, Final):
            async with self._short, _beside(made) as part:
                size = await self._run(self._limits.opening, pictures.prepare, source, part, sides, shape)
                await asyncio.to_thread(part.replace, made)
        return Size(*size)

    async def size(self, picture: Path) -> Size:
        """The size of a picture that was made by `prepare`."""
        with _told(UNOPENED, Final):
            async with self._short:
                return Size(*await self._run(self._limits.opening, pictures.size, picture))

    async def sound(self, source: Path, made: Path, *, seconds: tuple[float, float]) -> Path:
        """Copy the WAV or MP3 at `source`, without anything but its sound, to `made` with the suffix .wav or .mp3.

        `seconds` are the shortest and longest that the model takes. What is written is there whole or not at all. Gives
        its path. Raises Final with a sentence for the owner of the sound.
        """
        with _told(sentence("The sound cannot be opened"), Final):
            async with self._short, _beside(made) as part:
                kind = await self._run(self._limits.opening, sounds.copy, source, part, seconds)
                named = made.with_suffix({"wav": ".wav", "mp3": ".mp3"}[kind])
                await asyncio.to_thread(part.replace, named)
        return named

    async def check(self, film: Path, *, seconds: float) -> Measured:
        """Measure the MP4 at `film`.

        Raises Broken if it is none, not whole, or by more than two frames shorter than the `seconds` promised.
        """
        with _told(sentence("The film cannot be opened"), Broken):
            async with self._short:
                size, lasts, plays = await self._run(self._limits.checking, films.check, film, seconds)
        return Measured(size=Size(*size), seconds=lasts, plays=plays)

    async def fit(self, film: Path, made: Path, *, limit: int) -> None:
        """Make the film at `made` from the one at `film`: at most `limit` bytes, and every Discord client plays it.

        `made` is there whole or not at all. Raises TooLarge if that cannot be done with anything left to be seen, and
        Broken if there is no film.
        """
        with _told(sentence("The film cannot be made smaller"), TooLarge):
            async with self._long, _beside(made) as part:
                await self._run(self._limits.fitting, fitting.fit, film, part, limit)
                await asyncio.to_thread(part.replace, made)

    async def last_frame(self, film: Path, made: Path) -> None:
        """Make the JPEG at `made` from the very last frame of the film at `film`, as `prepare` makes pictures.

        `made` is there whole or not at all. Raises Broken if there is no film, and Final with a sentence if it takes
        too much.
        """
        with _told(sentence("The last frame of the film cannot be read"), Final):
            async with self._short, _beside(made) as part:
                await self._run(self._limits.framing, stills.last_frame, film, part)
                await asyncio.to_thread(part.replace, made)

    async def first_frame(self, film: Path, made: Path) -> None:
        """Make the JPEG at `made` from the first frame that a player shows. Promises and raises as `last_frame`."""
        with _told(sentence("The first frame of the film cannot be read"), Final):
            async with self._short, _beside(made) as part:
                await self._run(self._limits.framing, stills.first_frame, film, part)
                await asyncio.to_thread(part.replace, made)

    async def sheet(self, scenes: Sequence[Path], made: Path) -> None:
        """Make the PNG at `made`: a frame from the middle of each of the films, numbered 1, 2… in their order.

        It has at most 1280 × 1280 pixels and 5 MB. Frames are legible up to about 20 films. `made` is there whole or
        not at all. Raises Broken if one of them is no film, and Final with a sentence if it takes too much.
        """
        with _told(sentence("The films cannot be shown together"), Final):
            async with self._short, _beside(made) as part:
                await self._run(self._limits.framing, stills.sheet, scenes, part)
                await asyncio.to_thread(part.replace, made)

    async def stitch(self, scenes: Sequence[Path], made: Path, *, fade: float) -> None:
        """Make the film at `made` from all of these one after the other; every Discord client plays it.

        It has the size of the first and the highest rate; others are letterboxed and their frames repeated. A film
        without sound is silent where another has sound. Each is taken to begin with the last frame of the one before:
        with a `fade` of 0 this frame is left out, and the sound of the same time. A fade of so many seconds mixes
        pictures and sounds, and makes the whole shorter by as much for each joint; it lasts at most 2 s, and at most
        half of the shorter of the two films there.

        `made` is there whole or not at all, and may be larger than what can be posted: see `fit`. Raises Broken if one
        of them is no film, and Final with a sentence if it takes too much.
        """
        with _told(sentence("The films cannot be joined"), Final):
            async with self._joins, _beside(made) as part:
                await self._run(self._limits.joining, joining.stitch, scenes, part, fade)
                await asyncio.to_thread(part.replace, made)

    async def beside(self, compared: Sequence[Path], labels: Sequence[str], made: Path) -> None:
        """Make the film at `made` from two or three that play beside each other, each with its label above it.

        It is at most 1920 pixels wide and as long as the longest: others hold their last frames. The sound is that of
        the first that has one. `made` is there whole or not at all, and may be larger than what can be posted: see
        `fit`. Raises Broken if one of them is no film, and Final with a sentence if it takes too much.
        """
        with _told(sentence("The films cannot be put beside each other"), Final):
            async with self._joins, _beside(made) as part:
                await self._run(self._limits.joining, joining.beside, compared, labels, part)
                await asyncio.to_thread(part.replace, made)

    async def _run(self, seconds: float, function: Callable[..., Any], *arguments: object) -> Any:
        bounds = Bounds(seconds=seconds, memory=self._limits.memory)
        return await self._workers.run(function, *arguments, bounds=bounds)


@contextlib.contextmanager
def _told(what: str, kind: type[Exception]) -> Generator[None]:
    try:
        yield
    except Lost as lost:
        raise kind(say("{what}: {why}.", what=say(what), why=lost)) from lost


@contextlib.asynccontextmanager
async def _beside(made: Path) -> AsyncGenerator[Path]:
    """A file beside `made`, in a folder that is gone afterwards with whatever was left there."""
    folder = made.with_name(f".{made.name}")
    try:
        await finish(asyncio.to_thread(folder.mkdir, exist_ok=True))
        yield folder / "made"
    finally:
        await finish(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))
