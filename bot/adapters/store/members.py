"""What members have chosen for themselves."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.tables import members
from bot.domain.job import Done
from bot.domain.preferences import Preferences

CHOSEN = [column for column in members.c if column is not members.c.user_id]
OF_MEMBER = sa.select(*CHOSEN).where(members.c.user_id == sa.bindparam("user", type_=sa.BigInteger))


class Members:
    """The preferences of the members. All methods raise Unavailable as those of the jobs do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preferences(self, user_id: int) -> Preferences:
        """What a member has chosen, or what is usual."""
        return await self._database.transaction(lambda tx: _preferences(tx, user_id))

    async def languages(self) -> dict[int, str]:
        """Who has chosen a language, and which."""
        chosen = sa.select(members.c.user_id, members.c.language).where(members.c.language.is_not(None))

        async def work(tx: AsyncConnection) -> dict[int, str]:
            return {user_id: language for user_id, language in await tx.execute(chosen)}

        return await self._database.transaction(work)

    async def unread(self, user_ids: Collection[int]) -> set[int]:
        """Those of these members of whose messages no scene is made."""
        theirs = sa.select(members.c.user_id).where(members.c.user_id.in_(user_ids), members.c.unread)

        async def work(tx: AsyncConnection) -> set[int]:
            return {user_id for (user_id,) in (await tx.execute(theirs)).all()}

        return await self._database.transaction(work)

    async def prefer(self, user_id: int, **chosen: Any) -> Preferences:
        """Change some of it, or all where nothing is named: back to what is usual. What holds then."""

        async def work(tx: AsyncConnection) -> Preferences:
            now = replace(await _preferences(tx, user_id), **chosen) if chosen else Preferences()
            await tx.execute(sa.delete(members).where(members.c.user_id == user_id))
            if now != Preferences():
                row = {column.name: getattr(now, column.name) for column in CHOSEN}
                await tx.execute(sa.insert(members), row | {"user_id": user_id})
            return now

        return await self._database.transaction(work, alone=True)


async def _preferences(tx: AsyncConnection, user_id: int) -> Preferences:
    row = (await tx.execute(OF_MEMBER, {"user": user_id})).mappings().one_or_none()
    if row is None:
        return Preferences()
    columns: dict[str, Any] = {**row, "done": Done(row["done"])}
    return Preferences(**columns)
