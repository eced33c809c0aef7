"""The database: jobs and money, what each server has set, and fal's prices."""

import contextlib
from collections.abc import AsyncGenerator

from bot.adapters.store.database import Database, engine_for
from bot.adapters.store.database import file_of as file_of
from bot.adapters.store.films import Films
from bot.adapters.store.jobs import Jobs
from bot.adapters.store.members import Members
from bot.adapters.store.prices import Prices
from bot.adapters.store.schema import bring_up_to_date
from bot.adapters.store.servers import Servers


class Store(Jobs):
    """The jobs; beside them what was made, the servers, the members and the prices. Make it with `open_store`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.films, self.servers, self.members = Films(database), Servers(database), Members(database)
        self.prices = Prices(database)


@contextlib.asynccontextmanager
async def open_store(url: str) -> AsyncGenerator[Store]:
    """The database at `url` (SQLAlchemy's form), brought up to date, closed at the end."""
    engine = engine_for(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(bring_up_to_date)
        database = Database(engine)
        yield Store(database)
        await database.settle()
    finally:
        await engine.dispose()
