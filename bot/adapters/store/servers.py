"""What each server has set, and who changed what."""

from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.ledger import CREDIT, grant
from bot.adapters.store.tables import changes, servers
from bot.adapters.store.tables import limits as limits_of
from bot.domain.budget import Allowance, Limits, Span, Unit, Whose
from bot.domain.rules import Change, Rules

_guild = sa.bindparam("guild", type_=sa.BigInteger)
SERVER = sa.select(servers).where(servers.c.guild_id == _guild)
LIMITS = sa.select(limits_of).where(limits_of.c.guild_id == _guild)
SETTINGS = [column for column in servers.c if column is not servers.c.guild_id]
NOTHING: Limits = {}


class Servers:
    """The settings of the servers. All methods raise Unavailable as those of the jobs do; then nothing is changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rules(self, guild_id: int | None) -> Rules:
        """What a server has set, and the defaults where that is nothing."""
        return await self._database.transaction(lambda tx: rules_of(tx, guild_id))

    async def change(
        self, change: Change, *, limits: Limits = NOTHING, lifted: Collection[Allowance] = (), **settings: Any
    ) -> None:
        """Set limits and other settings, and note who did it. What is `lifted` is again as the operator has it."""

        async def work(tx: AsyncConnection) -> None:
            for allowance in (*limits, *lifted):
                row = {**allowance._asdict(), "guild_id": change.guild_id}
                this = [limits_of.c[name] == value for name, value in row.items()]
                await tx.execute(sa.delete(limits_of).where(*this))
                if allowance in limits:
                    await tx.execute(sa.insert(limits_of), row | {"amount": limits[allowance]})
            if settings:
                await _set(tx, change.guild_id, replace(await rules_of(tx, change.guild_id), **settings))
            await tx.execute(sa.insert(changes), asdict(change))

        await self._database.transaction(work, alone=True)

    async def revise(self, guild_id: int, turn: Callable[[Rules], tuple[Rules, Change]]) -> str:
        """Change the settings by what they are in this transaction, and note who did it; what is noted.

        `turn` gives them as they are to be, but for the limits, or raises Refused so that nothing is done.
        """

        async def work(tx: AsyncConnection) -> str:
            rules, change = turn(await rules_of(tx, guild_id))
            await _set(tx, guild_id, rules)
            await tx.execute(sa.insert(changes), asdict(change))
            return change.text

        return await self._database.transaction(work, alone=True)

    async def grant(self, guild_id: int, user_id: int, amount: int, note: Callable[[int], Change]) -> int:
        """Add to a member's credit, or take from it as much as is there; micro-dollars that he has then.

        `note` is given what was really added, and says what is noted, or raises Refused so that nothing is done.
        """

        async def work(tx: AsyncConnection) -> int:
            before = int((await tx.execute(CREDIT, {"guild": guild_id, "user": user_id})).scalar_one())
            given = max(amount, -before)
            change = note(given)
            await grant(tx, change, user_id, given)
            await tx.execute(sa.insert(changes), asdict(change))
            return before + given

        return await self._database.transaction(work, alone=True)

    async def log(self, guild_id: int, *, skip: int = 0, count: int = 10) -> list[Change]:
        """Who changed what, the newest first."""
        columns = [column for column in changes.c if column is not changes.c.id]
        newest = sa.select(*columns).where(changes.c.guild_id == guild_id).order_by(changes.c.id.desc())

        async def work(tx: AsyncConnection) -> list[Change]:
            rows = (await tx.execute(newest.offset(skip).limit(count))).mappings().all()
            return [Change(**one) for one in rows]

        return await self._database.transaction(work)


async def rules_of(tx: AsyncConnection, guild_id: int | None) -> Rules:
    """What a server has set, in this transaction."""
    server = (await tx.execute(SERVER, {"guild": guild_id})).one_or_none()
    rows = (await tx.execute(LIMITS, {"guild": guild_id})).all()
    found = {Allowance(Whose(row.whose), Span(row.span), Unit(row.unit), row.role_id): row.amount for row in rows}
    if server is None:
        return Rules(limits=found)
    columns: dict[str, Any] = {column.name: getattr(server, column.name) for column in SETTINGS}
    return Rules(limits=found, **{name: _set_of(value) for name, value in columns.items()})


async def _set(tx: AsyncConnection, guild_id: int, rules: Rules) -> None:
    """Store all settings but the limits."""
    columns: dict[str, Any] = {column.name: getattr(rules, column.name) for column in SETTINGS}
    row = {name: _list_of(value) for name, value in columns.items()}
    await tx.execute(sa.delete(servers).where(servers.c.guild_id == guild_id))
    await tx.execute(sa.insert(servers), row | {"guild_id": guild_id})


def _set_of(value: Any) -> Any:
    return frozenset(cast("list[Any]", value)) if isinstance(value, list) else value


def _list_of(value: Any) -> Any:
    return sorted(cast("frozenset[Any]", value)) if isinstance(value, frozenset) else value
