"""The files of jobs in the data folder: whose they are, their copies for whom they belong to, and their end."""

import asyncio
import contextlib
import re
import zipfile
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from bot.domain.errors import Unavailable
from bot.domain.language import sentence
from bot.domain.parcel import Item

FOLDERS = ("pictures", "sounds", "films")
EXPORTS = "exports"  # emptied by bot.intake at each start
JOB = re.compile(r"[^-.]+")  # with which the name of each file begins; none that is being made
T = TypeVar("T")


class Files:
    """The data folder. All methods raise Unavailable while it cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def jobs(self) -> dict[str, set[str]]:
        """The jobs that have files, by the folder in which they are."""
        return await _in_thread(lambda: {name: {job for job, _ in self._files(name)} for name in FOLDERS})

    async def of(self, wanted: Mapping[str, Collection[str]]) -> list[Item]:
        """The files of these jobs in these folders, the oldest name first."""
        return await _in_thread(lambda: [item for name, jobs in wanted.items() for item in self._items(name, jobs)])

    async def remove(self, doomed: Mapping[str, Collection[str]]) -> int:
        """Remove the files of these jobs in these folders; how many there were. What is gone already is fine."""
        return await _in_thread(lambda: sum(self._remove(name, frozenset(jobs)) for name, jobs in doomed.items()))

    @contextlib.asynccontextmanager
    async def packed(self, name: str, items: Iterable[Item]) -> AsyncGenerator[Path]:
        """A ZIP of these, there for the length of the block. What was removed meanwhile is left out."""
        path = self._folder / EXPORTS / name
        try:
            await _in_thread(lambda: _pack(path, items))
            yield path
        finally:
            await _in_thread(lambda: path.unlink(missing_ok=True))

    def _files(self, name: str) -> Iterator[tuple[str, Path]]:
        """Each file of a folder with its job."""
        folder = self._folder / name
        for path in sorted(folder.iterdir()) if folder.exists() else ():
            if job := JOB.match(path.name):
                yield job[0], path

    def _items(self, name: str, jobs: Collection[str]) -> Iterator[Item]:
        for job, path in self._files(name):
            with contextlib.suppress(FileNotFoundError):
                if job in jobs:
                    yield Item(f"{name}/{path.name}", path, path.stat().st_size)

    def _remove(self, name: str, jobs: frozenset[str]) -> int:
        found = [path for job, path in self._files(name) if job in jobs]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)


def _pack(path: Path, items: Iterable[Item]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", strict_timestamps=False) as made:
        for item in items:
            if isinstance(item.source, bytes):
                made.writestr(item.name, item.source, zipfile.ZIP_DEFLATED)
                continue
            with contextlib.suppress(FileNotFoundError):
                made.write(item.source, item.name)  # stored: films and pictures grow no smaller


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise Unavailable(sentence("The bot's own disk")) from error
