"""Brings a database's tables up to date: made at once where there are none, else by the migrations."""

from pathlib import Path

import sqlalchemy as sa

from bot.adapters.store.tables import jobs, meta
from bot.domain.errors import Misconfigured

HEAD = "0007"  # the newest migration; a test compares
OLDER = "The database is not brought up to date yet, so nothing is done. Please start the bot of this version once."
NEWER = "The database is of a newer version of the bot, so nothing is done. Please use that version here too."
VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))


def check_version(connection: sa.Connection) -> None:
    """Raises Misconfigured where the tables are not as the code has them; changes nothing."""
    known = sa.inspect(connection).has_table(jobs.name)
    version = connection.execute(sa.select(VERSION.c.version_num)).scalar_one_or_none() if known else None
    if version is None or version < HEAD:
        raise Misconfigured(OLDER)
    if version > HEAD:
        raise Misconfigured(NEWER)


def bring_up_to_date(connection: sa.Connection) -> None:
    """The tables as the code has them, all or nothing. Raises Misconfigured for a database of a newer bot."""
    if not sa.inspect(connection).has_table(jobs.name):
        meta.create_all(connection, checkfirst=False)
        VERSION.create(connection)
        connection.execute(sa.insert(VERSION).values(version_num=HEAD))
    elif connection.execute(sa.select(VERSION.c.version_num)).scalar_one_or_none() != HEAD:
        _migrate(connection)


def _migrate(connection: sa.Connection) -> None:
    # here, as it takes half a second to load and is hardly ever needed
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Misconfigured(f"The database cannot be brought up to date, so the bot does not start: {error}") from error
