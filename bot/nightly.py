"""Each night, and soon after the bot starts: removes what need not be kept any more. It disturbs nobody."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from bot.domain.errors import Unavailable
from bot.domain.retention import FAL_STORES_SECONDS, HEARD_SECONDS, Keep, before, counts_from, next_night
from bot.erasing import Erased

log = logging.getLogger(__name__)
AGAIN = 3600.0  # seconds, after which is tried again what was not to be done


class Retention(Protocol):
    """What the database does for it: see bot.adapters.store."""

    async def unsay(self, before: float) -> None: ...
    async def disown(self, before: float) -> None: ...
    async def unmark(self, before: float) -> None: ...
    async def unname(self, before: float, at: float) -> None: ...
    async def mature(self, before: float) -> None: ...
    async def abandon(self, before: float, at: float) -> list[int]: ...
    async def unkept(self, folder: str, job_ids: Collection[str], before: float | None) -> set[str]: ...
    async def unerased(self, since: float) -> dict[str, str]: ...
    async def flush(self) -> None: ...


class Files(Protocol):
    """The files: see bot.adapters.files."""

    async def jobs(self) -> dict[str, set[str]]: ...
    async def remove(self, doomed: Mapping[str, Collection[str]]) -> int: ...


class Erasing(Protocol):
    """fal: see bot.erasing."""

    async def of(self, requests: Mapping[str, str]) -> Erased: ...


class Nightly:
    """The nightly task."""

    def __init__(
        self, retention: Retention, files: Files, erasing: Erasing, keep: Keep, clock: Callable[[], float]
    ) -> None:
        self._retention, self._files, self._erasing = retention, files, erasing
        self._keep, self._clock = keep, clock

    async def run(self, settling: float) -> None:
        """In so many seconds, and then each night, until cancelled."""
        await asyncio.sleep(settling)
        while True:
            try:
                await self.once()
                pause = next_night(self._clock()) - self._clock()
            except Unavailable as error:
                log.warning("what need not be kept is removed later: %s does not answer: %s", error, error.__cause__)
                pause = AGAIN
            await asyncio.sleep(pause)

    async def once(self) -> None:
        """Remove all that is older than it may be. Raises Unavailable; what is done by then is done."""
        now, keep = self._clock(), self._keep
        if (left := before(keep.left, now)) is not None:
            for guild_id in await self._retention.abandon(left, now):
                log.info("server %s, which the bot has left, is forgotten", guild_id)
        if (owned := before(keep.owners, now)) is not None:
            await self._retention.disown(min(owned, counts_from(now)))
        await self._retention.unmark(now - HEARD_SECONDS)
        if (spent := before(keep.accounts, now)) is not None:
            await self._retention.unname(min(spent, counts_from(now)), now)
        if (asked := before(keep.prompts, now)) is not None:
            await self._retention.unsay(asked)
        await self._retention.mature(counts_from(now))
        await self._remove_files(now)
        await self._erasing.of(await self._retention.unerased(now - FAL_STORES_SECONDS))
        await self._retention.flush()

    async def _remove_files(self, now: float) -> None:
        days = {"pictures": self._keep.pictures, "sounds": self._keep.pictures, "films": self._keep.films}
        found = await self._files.jobs()
        doomed = {name: await self._retention.unkept(name, found[name], before(days[name], now)) for name in found}
        if removed := await self._files.remove(doomed):
            log.info("%s files need not be kept any more: removed", removed)
