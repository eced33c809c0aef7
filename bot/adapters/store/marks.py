"""What members have put on films: reactions that were heard, and what came of them and of buttons."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.tables import boards, jobs, marks
from bot.domain.board import DISMISS, REPORT, STAR, Board, Reports
from bot.domain.retention import NOBODY

STEP = 500  # rows
UNHEARD = "unheard"  # on a film from before the bot heard reactions: those to it are only heard while it is there
EARLIER = marks.alias()
OF_FILM = EARLIER.c.job_id == marks.c.job_id, EARLIER.c.action == DISMISS
DISMISSED = sa.select(sa.func.max(EARLIER.c.at)).where(*OF_FILM).correlate(marks).scalar_subquery()
PENDING = marks.c.at > sa.func.coalesce(DISMISSED, 0)  # of a report: not dismissed
COLUMNS = ("job_id", "action", "channel_id", "message_id", "shown", "at")


class Marks:
    """Each is there once, whoever asks how often. All methods raise Unavailable as those of the jobs do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- reactions that were heard ----

    async def hear(self, job_id: str, user_id: int, action: str, at: float) -> float | None:
        """A reaction is heard: when that was first (seconds UTC), if what comes of it is not done yet."""
        return await self._put(job_id, user_id, action, at, reaction=True)

    async def did(self, job_id: str, user_id: int, action: str) -> None:
        """What comes of a reaction is done."""
        this = marks.c.job_id == job_id, marks.c.user_id == user_id, marks.c.action == action, marks.c.reaction
        await self._database.transaction(lambda tx: tx.execute(sa.update(marks).where(*this).values(done=True)))

    async def unhear(self, job_id: str, user_id: int, action: str) -> bool:
        """A reaction is gone: whether it was heard before."""
        return await self._take(job_id, user_id, action, reaction=True)

    async def heard(self, job_ids: Collection[str]) -> dict[tuple[str, int, str], bool]:
        """All reactions that were heard on these films (film, member, action), and whether what comes of it is done."""
        found: dict[tuple[str, int, str], bool] = {}
        ids = sorted(job_ids)
        for first in range(0, len(ids), STEP):
            these = marks.c.job_id.in_(ids[first : first + STEP]), marks.c.reaction
            asked = sa.select(marks.c.job_id, marks.c.user_id, marks.c.action, marks.c.done).where(*these)

            async def work(tx: AsyncConnection, asked: sa.Executable = asked) -> dict[tuple[str, int, str], bool]:
                return {(job_id, user_id, action): done for job_id, user_id, action, done in await tx.execute(asked)}

            found |= await self._database.transaction(work)
        return found

    # ---- what stands: stars and reports ----

    async def put(self, job_id: str, user_id: int, action: str, at: float) -> bool:
        """A member stars or reports a film: whether that is new."""
        return await self._put(job_id, user_id, action, at, reaction=False) is not None

    async def take(self, job_id: str, user_id: int, action: str) -> bool:
        """He takes it back: whether it was there."""
        return await self._take(job_id, user_id, action, reaction=False)

    async def stars(self, job_id: str, owner: int) -> int:
        """How many other members than its owner like a film."""
        theirs = marks.c.job_id == job_id, marks.c.action == STAR, ~marks.c.reaction, marks.c.user_id != owner
        counted = sa.select(sa.func.count()).select_from(marks).where(*theirs)

        async def work(tx: AsyncConnection) -> int:
            return int((await tx.execute(counted)).scalar_one())

        return await self._database.transaction(work)

    async def reports(self, job_id: str) -> Reports:
        """How many report a film, and of how many that is not dismissed."""
        theirs = marks.c.job_id == job_id, ~marks.c.reaction, marks.c.action == REPORT
        asked = sa.select(PENDING).select_from(marks).where(*theirs)

        async def work(tx: AsyncConnection) -> Reports:
            pending = [bool(one) for one in (await tx.execute(asked)).scalars()]
            return Reports(members=len(pending), pending=sum(pending))

        return await self._database.transaction(work)

    async def _put(self, job_id: str, user_id: int, action: str, at: float, *, reaction: bool) -> float | None:
        """When it was put there, if it is new or not done yet."""
        row = {"job_id": job_id, "user_id": user_id, "action": action, "reaction": reaction}
        this = [marks.c[name] == value for name, value in row.items()]
        named = sa.select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.user_id != NOBODY)

        async def work(tx: AsyncConnection) -> float | None:
            if there := (await tx.execute(sa.select(marks.c.at, marks.c.done).where(*this))).one_or_none():
                return None if there.done else float(there.at)
            if (await tx.execute(named)).one_or_none() is None:  # which was forgotten in this moment
                return None
            await tx.execute(sa.insert(marks), row | {"at": at, "done": not reaction})
            return at

        return await self._database.transaction(work, alone=True)

    async def _take(self, job_id: str, user_id: int, action: str, *, reaction: bool) -> bool:
        this = marks.c.job_id == job_id, marks.c.user_id == user_id, marks.c.action == action
        gone = sa.delete(marks).where(*this, marks.c.reaction == sa.literal(reaction))

        async def work(tx: AsyncConnection) -> bool:
            return bool((await tx.execute(gone)).rowcount)

        return await self._database.transaction(work, alone=True)


class Boards:
    """The messages about films, a row each, that is there before its message."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, job_id: str, action: str) -> Board | None:
        """The row, if the film has such a message."""
        return await self._database.transaction(lambda tx: _found(tx, job_id, action))

    async def begin(self, job_id: str, action: str, channel_id: int, at: float) -> Board:
        """A message is to be posted; the first one that was begun counts."""
        row = {"job_id": job_id, "action": action, "channel_id": channel_id, "at": at}

        async def work(tx: AsyncConnection) -> Board:
            if known := await _found(tx, job_id, action):
                return known
            await tx.execute(sa.insert(boards), row)
            return Board(job_id=job_id, action=action, channel_id=channel_id, message_id=None, shown=None, at=at)

        return await self._database.transaction(work, alone=True)

    async def note(self, board: Board, message_id: int, shown: int) -> None:
        """It stands there, and tells of so many."""
        now = sa.update(boards).where(_this(board.job_id, board.action)).values(message_id=message_id, shown=shown)
        await self._database.transaction(lambda tx: tx.execute(now))

    async def drop(self, board: Board) -> None:
        """It is gone."""
        gone = sa.delete(boards).where(_this(board.job_id, board.action))
        await self._database.transaction(lambda tx: tx.execute(gone))

    async def unfinished(self, since: float) -> list[str]:
        """The films of which a message may be missing or not up to date: what is new counts `since` (seconds UTC)."""
        theirs = marks.c.action == boards.c.action, marks.c.job_id == boards.c.job_id, ~marks.c.reaction
        others = sa.or_(marks.c.action != STAR, marks.c.user_id != jobs.c.user_id)
        told = sa.or_(marks.c.action != REPORT, PENDING)
        count = sa.select(sa.func.count()).select_from(marks).where(*theirs, others, told).scalar_subquery()
        gone = sa.and_(boards.c.action == STAR, sa.or_(jobs.c.removed_at.is_not(None), jobs.c.message_id.is_(None)))
        old = sa.or_(boards.c.message_id.is_(None), boards.c.shown.is_(None), boards.c.shown != count, gone)
        stale = sa.select(boards.c.job_id).join(jobs, jobs.c.id == boards.c.job_id).where(old)
        none = ~sa.exists().where(boards.c.job_id == marks.c.job_id, boards.c.action == marks.c.action)
        wanted = marks.c.action.in_((STAR, REPORT)), ~marks.c.reaction, marks.c.at > since
        missing = sa.select(marks.c.job_id).where(*wanted, none)

        async def work(tx: AsyncConnection) -> list[str]:
            return [str(job_id) for job_id in (await tx.execute(sa.union(stale, missing))).scalars()]

        return await self._database.transaction(work)


def _this(job_id: str, action: str) -> sa.ColumnElement[bool]:
    return sa.and_(boards.c.job_id == job_id, boards.c.action == action)


async def _found(tx: AsyncConnection, job_id: str, action: str) -> Board | None:
    asked = sa.select(*(boards.c[name] for name in COLUMNS)).where(_this(job_id, action))
    row = (await tx.execute(asked)).mappings().one_or_none()
    return Board(**row) if row else None
