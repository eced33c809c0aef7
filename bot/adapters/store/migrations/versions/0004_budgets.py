"""Budgets of members, roles and servers, credit in the ledger, and what each server has set."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COPIED = """
INSERT INTO ledger (job_id, kind, user_id, guild_id, amount, bonus, accepted_at, at)
SELECT job_id, kind, user_id, coalesce(guild_id, 0), amount, 0, accepted_at, at FROM ledger_before
ORDER BY accepted_at, job_id, kind = 'reserve' DESC
"""


def upgrade() -> None:
    op.add_column("jobs", sa.Column("remains", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("bonus", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("cost", sa.BigInteger))
    op.execute("UPDATE jobs SET remains = printf('$%.2f left today', (remaining / 10000) / 100.0)")
    op.drop_column("jobs", "remaining")
    op.create_index("jobs_of_member", "jobs", ["user_id", "created_at"])

    op.drop_index("ledger_of_user", "ledger")
    op.drop_index("ledger_ends", "ledger")
    op.rename_table("ledger", "ledger_before")
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("bonus", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.BigInteger),
        sa.Column("accepted_at", sa.Double, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.execute(COPIED)
    op.drop_table("ledger_before")
    op.create_index("ledger_of_member", "ledger", ["guild_id", "user_id", "accepted_at"])
    op.create_index("ledger_of_server", "ledger", ["guild_id", "accepted_at"])
    op.create_index("ledger_of_time", "ledger", ["accepted_at"])
    op.create_index("ledger_once", "ledger", ["job_id", "kind"], unique=True)
    ends = sa.text("kind IN ('settle', 'refund')")
    op.create_index("ledger_ends", "ledger", ["job_id"], unique=True, sqlite_where=ends, postgresql_where=ends)

    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("exempt", sa.JSON, nullable=False),
        sa.Column("confirm_above", sa.BigInteger),
        sa.Column("paused", sa.Boolean, nullable=False),
    )
    op.create_table(
        "limits",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("role_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("whose", sa.Text, primary_key=True),
        sa.Column("span", sa.Text, primary_key=True),
        sa.Column("unit", sa.Text, primary_key=True),
        sa.Column("amount", sa.BigInteger),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("changes_of_server", "changes", ["guild_id", "id"])
