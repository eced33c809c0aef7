"""fal's prices, as they were asked for. Rows are only ever added; the newest of an endpoint holds."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.database import Database
from bot.adapters.store.tables import prices

ALL = sa.select(prices.c.endpoint, prices.c.unit_price).order_by(prices.c.id)  # few: a row for each change


class Prices:
    """The prices. All methods raise Unavailable as those of the jobs do; then nothing is changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> dict[str, int]:
        """What a unit costs, in micro-dollars, by endpoint; none of those whose price is still the catalogue's."""

        async def work(tx: AsyncConnection) -> dict[str, int]:
            return {endpoint: unit_price for endpoint, unit_price in (await tx.execute(ALL)).all()}

        return await self._database.transaction(work)

    async def change(self, changed: Mapping[str, int], at: float) -> None:
        """From now on units cost this, in micro-dollars, by endpoint. `at` is in seconds UTC."""
        rows = [{"endpoint": one, "unit_price": unit_price, "at": at} for one, unit_price in changed.items()]

        async def work(tx: AsyncConnection) -> None:
            if rows:
                await tx.execute(sa.insert(prices), rows)

        await self._database.transaction(work)
