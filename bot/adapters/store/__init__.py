"""The database: jobs and money, what each server has set, fal's prices, and what is kept of people."""

import contextlib
from collections.abc import AsyncGenerator

from bot.adapters.store.database import Database, engine_for, opening
from bot.adapters.store.database import on_server as on_server
from bot.adapters.store.drafts import Drafts
from bot.adapters.store.films import Films
from bot.adapters.store.hold import held as held
from bot.adapters.store.jobs import Jobs
from bot.adapters.store.marks import Boards, Marks
from bot.adapters.store.members import Members
from bot.adapters.store.postgres import alone
from bot.adapters.store.prices import Prices
from bot.adapters.store.privacy import Traces
from bot.adapters.store.reports import Reports
from bot.adapters.store.retention import Retention
from bot.adapters.store.schema import bring_up_to_date, check_version
from bot.adapters.store.servers import Servers
from bot.adapters.store.sqlite import file_of as file_of
from bot.adapters.store.stories import Stories


class Store(Jobs):
    """The jobs; beside them all else that is kept, each kind by its name. Make it with `open_store`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.films, self.prices, self.reports = Films(database), Prices(database), Reports(database)
        self.servers, self.members = Servers(database), Members(database)
        self.marks, self.boards = Marks(database), Boards(database)
        self.traces, self.retention = Traces(database), Retention(database)
        self.stories = Stories(database)
        self.drafts = Drafts(database)


@contextlib.asynccontextmanager
async def open_store(url: str, *, beside: bool = False) -> AsyncGenerator[Store]:
    """The database at `url` (SQLAlchemy's form), brought up to date, closed at the end.

    `beside` a bot that may run it must be up to date: it is changed under nobody. Raises Misconfigured where it cannot
    be opened, or is not.
    """
    with opening():
        engine = engine_for(url)
    try:
        with opening():
            async with engine.begin() as connection:
                if on_server(url):
                    await alone(connection)
                await connection.run_sync(check_version if beside else bring_up_to_date)
        database = Database(engine)
        try:
            yield Store(database)
        finally:
            await database.settle()
    finally:
        await engine.dispose()
