"""Asks fal to delete what it stores of requests that are forgotten here."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import Unavailable

log = logging.getLogger(__name__)
TOGETHER = 4  # requests
ROUNDS = 3  # without a deletion, after which fal is let be


class Models(Protocol):
    """fal: see bot.adapters.fal."""

    async def erase(self, request_id: str) -> bool: ...


class Requests(Protocol):
    """Where it is kept what fal still has: see bot.adapters.store."""

    async def erased(self, job_ids: Collection[str]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What fal said: how many requests it has deleted, how many not yet, and whether the key may not ask for that."""

    done: int
    left: int
    refused: bool = False


class Erasing:
    """fal is asked for a few at a time, and let be when it deletes none of several rounds."""

    def __init__(self, models: Models, requests: Requests) -> None:
        self._models, self._requests = models, requests
        self._in_vain: Counter[str] = Counter()  # by job, so that the others have their turn first

    async def of(self, requests: Mapping[str, str]) -> Erased:
        """Ask for these, by their jobs; what is not deleted now is to be asked for again, as it is in our database.

        Raises Unavailable for that alone.
        """
        waiting, done, rounds = sorted(requests.items(), key=lambda one: self._in_vain[one[0]]), 0, ROUNDS
        while waiting and rounds:
            some, waiting = waiting[:TOGETHER], waiting[TOGETHER:]
            told = await asyncio.gather(*(self._erased(request_id) for _, request_id in some))
            gone = [job_id for (job_id, _), erased in zip(some, told, strict=True) if erased]
            self._in_vain.update({job_id for job_id, _ in some}.difference(gone))
            await self._requests.erased(gone)
            done += len(gone)
            if False in told:
                return Erased(done=done, left=len(requests) - done, refused=True)
            rounds = ROUNDS if gone else rounds - 1
        return Erased(done=done, left=len(requests) - done)

    async def _erased(self, request_id: str) -> bool | None:
        """Whether fal has it no more; None where it does not say."""
        try:
            return await self._models.erase(request_id)
        except Unavailable as error:
            log.warning("request %s is not deleted at fal yet: %s", request_id, error.__cause__ or error)
            return None
