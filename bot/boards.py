"""Messages about films in other channels, kept as the rows say: the gallery, and what members report.

Each film has at most one of each kind: its row is there before it is posted, and it is looked for where nobody knows
whether it was.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bot.domain.board import REPORT, STAR, STARS, Board, Notice, Reports, reported, starred
from bot.domain.errors import TooLarge, Unavailable, Undeliverable
from bot.domain.job import Job, State
from bot.domain.pace import Pace
from bot.domain.preferences import Preferences
from bot.domain.retention import DAY, NOBODY
from bot.domain.rules import Rules

log = logging.getLogger(__name__)
LEFT = ""  # no job, but all that were left half-way
RECENT = 14 * DAY  # seconds, in which a star or report may not have been told of yet
REFUSED = 600.0  # seconds, after which what Discord refuses is tried again


class Books(Protocol):
    """Where jobs are kept: see bot.adapters.store."""

    async def find(self, job_id: str) -> Job | None: ...


class Marks(Protocol):
    """What members have put on films: see bot.adapters.store."""

    async def stars(self, job_id: str, owner: int) -> int: ...
    async def reports(self, job_id: str) -> Reports: ...


class Rows(Protocol):
    """What is known of the messages: see bot.adapters.store."""

    async def find(self, job_id: str, action: str) -> Board | None: ...
    async def begin(self, job_id: str, action: str, channel_id: int, at: float) -> Board: ...
    async def note(self, board: Board, message_id: int, shown: int) -> None: ...
    async def drop(self, board: Board) -> None: ...
    async def unfinished(self, since: float) -> Collection[str]: ...


class Members(Protocol):
    """What members have chosen: see bot.adapters.store."""

    async def preferences(self, user_id: int) -> Preferences: ...


class Servers(Protocol):
    """What servers have set: see bot.adapters.store."""

    async def rules(self, guild_id: int | None) -> Rules: ...


class Wall(Protocol):
    """The messages themselves: see bot.adapters.board."""

    def may_show(self, job: Job, channel_id: int) -> bool: ...
    async def post(self, board: Board, job: Job, notice: Notice, film: Path | None) -> int: ...
    async def find(self, board: Board, job: Job) -> int | None: ...
    async def edit(self, board: Board, job: Job, notice: Notice) -> bool: ...
    async def remove(self, board: Board, job: Job) -> None: ...


class Boards:
    """Brings the messages up to date, one after another, and none more often than a card."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        books: Books,
        marks: Marks,
        rows: Rows,
        servers: Servers,
        members: Members,
        wall: Wall,
        limit: Callable[[Job], int],
        folder: Path,
        speaking: Callable[[int], AbstractContextManager[None]],
        clock: Callable[[], float],
        pace: Pace,
    ) -> None:
        """`limit`: the bytes that a file may have in a job's server."""
        self._books, self._marks, self._rows, self._servers, self._wall = books, marks, rows, servers, wall
        self._members, self._limit = members, limit
        self._folder, self._speaking, self._clock, self._pace = folder, speaking, clock, pace
        self._due = {LEFT: 0.0}  # by job, in seconds UTC
        self._rested: dict[str, float] = {}
        self._news = asyncio.Event()

    def renew(self, job_id: str) -> None:
        """Something has changed of a film: its messages follow soon."""
        soon = max(self._clock(), self._rested.get(job_id, 0))
        self._due[job_id] = min(soon, self._due.get(job_id, soon))
        self._news.set()

    async def run(self) -> None:
        """Take up what was left half-way, and then what is new, until cancelled."""
        while True:
            job_id = await self._next()
            now = self._clock()
            self._rested = {job: until for job, until in self._rested.items() if until > now}
            self._rested[job_id] = now + self._pace.edit_every
            try:
                await (self.renewed(job_id) if job_id != LEFT else self._take_up())
            except Unavailable as error:
                log.warning("job %s: what others read of it is not up to date: %s does not answer", job_id, error)
                self._due.setdefault(job_id, now + self._pace.longest_pause)
            except Undeliverable as error:
                log.warning("job %s: what others read of it is not up to date: %s", job_id, error)
                self._due.setdefault(job_id, now + REFUSED)

    async def renewed(self, job_id: str) -> None:
        """Bring the messages about a film up to date, each whatever the other comes to.

        Raises Unavailable and Undeliverable.
        """
        job = await self._books.find(job_id)
        if job is None or job.user_id == NOBODY:
            return
        rules = await self._servers.rules(job.guild_id)
        try:
            await self._gallery(job, rules)
        except (Unavailable, Undeliverable):
            await self._reports(job, rules)
            raise
        await self._reports(job, rules)

    async def _take_up(self) -> None:
        for job_id in await self._rows.unfinished(self._clock() - RECENT):
            self.renew(job_id)

    async def _next(self) -> str:
        """The next film that is due, as soon as it is."""
        while True:
            self._news.clear()
            job_id, at = min(self._due.items(), key=lambda due: due[1], default=("", None))
            if at is not None and at <= self._clock():
                del self._due[job_id]
                return job_id
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if at is None else at - self._clock()):
                    await self._news.wait()

    async def _gallery(self, job: Job, rules: Rules) -> None:
        board = await self._rows.find(job.id, STAR)
        if job.state is not State.DELIVERED or job.removed_at or job.hidden:
            if board:
                await self._taken_down(board, job)
                await self._rows.drop(board)
            return
        stars = await self._marks.stars(job.id, job.user_id)
        if board is None:
            there = rules.gallery_id
            if there is None or stars < (rules.stars or STARS) or not await self._public(job, there):
                return
            board = await self._rows.begin(job.id, STAR, there, self._clock())
        with self._speaking(job.user_id):
            notice = starred(job, stars)
        await self._stand(board, job, notice, stars, film=self._film(job))

    async def _reports(self, job: Job, rules: Rules) -> None:
        reports = await self._marks.reports(job.id)
        board, there = await self._rows.find(job.id, REPORT), rules.reports_id
        new = board is None or reports.pending > (board.shown or 0)
        if board and there and new and (board.shown == 0 or board.channel_id != there):
            with contextlib.suppress(Undeliverable):  # where the bot may not write any more
                await self._taken_down(board, job)
            await self._rows.drop(board)
            board = None
        if board is None:
            if there is None or not reports.pending:
                return
            board = await self._rows.begin(job.id, REPORT, there, self._clock())
        with self._speaking(NOBODY):
            notice = reported(job, reports)
        await self._stand(board, job, notice, reports.pending, again=new)

    async def _stand(  # noqa: PLR0913 - all that a message is made of
        self, board: Board, job: Job, notice: Notice, count: int, *, film: Path | None = None, again: bool = False
    ) -> None:
        """Let the message be there, as it is to be; one that somebody has removed is posted `again`, or not."""
        message_id = board.message_id or await self._wall.find(board, job)
        stands = message_id is not None and await self._wall.edit(replace(board, message_id=message_id), job, notice)
        if message_id is None or (again and not stands):
            message_id = await self._post(board, job, notice, film)
        await self._rows.note(board, message_id, count)

    async def _taken_down(self, board: Board, job: Job) -> None:
        if message_id := board.message_id or await self._wall.find(board, job):
            await self._wall.remove(replace(board, message_id=message_id), job)

    async def _post(self, board: Board, job: Job, notice: Notice, film: Path | None) -> int:
        try:
            return await self._wall.post(board, job, notice, film)
        except TooLarge:
            return await self._wall.post(board, job, notice, None)

    async def _public(self, job: Job, channel_id: int) -> bool:
        """Whether a film may be shown there: never one that only some see, or whose owner keeps his to himself."""
        there = job.seen_in is not None and not job.direct and self._wall.may_show(job, channel_id)
        return there and not (await self._members.preferences(job.user_id)).private

    def _film(self, job: Job) -> Path | None:
        film = self._folder / "films" / f"{job.id}.mp4"
        with contextlib.suppress(FileNotFoundError):
            return film if film.stat().st_size <= self._limit(job) else None
        return None
