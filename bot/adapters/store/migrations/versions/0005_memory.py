"""What is remembered beyond a film: words to search for, preferences, what else servers set, prices, departures."""

import sqlalchemy as sa
from alembic import op

from bot.domain.wording import searched

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ENDPOINTS = "UPDATE ledger SET endpoint = (SELECT endpoint FROM jobs WHERE jobs.id = ledger.job_id)"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("wording", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("done", sa.Text, nullable=False, server_default="ping"))
    op.add_column("jobs", sa.Column("spoiler", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("removed_at", sa.Double))
    op.add_column("jobs", sa.Column("seen_in", sa.BigInteger))
    op.add_column("jobs", sa.Column("direct", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE jobs SET seen_in = channel_id")
    op.add_column("jobs", sa.Column("unit_price", sa.BigInteger))
    op.add_column("jobs", sa.Column("moderated", sa.Boolean, nullable=False, server_default=sa.false()))
    _fill_wording()
    op.drop_index("jobs_of_member", "jobs")
    found_by = ["user_id", "guild_id", "created_at", "state", "endpoint", "wording"]
    op.create_index("jobs_of_member", "jobs", found_by)
    repeats = sa.text("parent_id IS NOT NULL")
    of_parent = ["parent_id", "user_id"]
    op.create_index("jobs_of_parent", "jobs", of_parent, sqlite_where=repeats, postgresql_where=repeats)
    op.create_index("jobs_of_server", "jobs", ["guild_id", "created_at"])

    op.add_column("ledger", sa.Column("endpoint", sa.Text))
    op.execute(ENDPOINTS)
    op.drop_index("ledger_of_server", "ledger")
    reported = ["guild_id", "accepted_at", "user_id", "endpoint", "kind", "amount"]
    op.create_index("ledger_of_server", "ledger", reported)

    for name in ("allowed", "forbidden", "blocked", "words"):
        op.add_column("servers", sa.Column(name, sa.JSON, nullable=False, server_default="[]"))
    op.add_column("servers", sa.Column("gallery_id", sa.BigInteger))
    op.add_column("servers", sa.Column("unchecked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "departures",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("model", sa.Text),
        sa.Column("quality", sa.Text),
        sa.Column("shape", sa.Text),
        sa.Column("negative", sa.Text),
        sa.Column("done", sa.Text, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
    )
    op.create_table(
        "prices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("unit_price", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )


def _fill_wording() -> None:
    jobs = sa.table("jobs", sa.column("id", sa.Text), sa.column("arguments", sa.JSON), sa.column("wording", sa.Text))
    connection = op.get_bind()
    rows = connection.execute(sa.select(jobs.c.id, jobs.c.arguments)).all()
    folded = [{"this": id_, "text": searched(str(arguments.get("prompt", "")))} for id_, arguments in rows]
    if folded:
        this = jobs.c.id == sa.bindparam("this")
        connection.execute(sa.update(jobs).where(this).values(wording=sa.bindparam("text")), folded)
