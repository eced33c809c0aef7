"""Webhooks, cancelling, what fal took, and an end of the money that the database itself keeps to one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("hook_token", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("parent_id", sa.Text))
    op.add_column("jobs", sa.Column("booked", sa.Text))
    op.add_column("jobs", sa.Column("unwanted_at", sa.Double))
    op.add_column("jobs", sa.Column("ready_at", sa.Double))
    op.add_column("jobs", sa.Column("heard", sa.JSON))
    op.add_column("jobs", sa.Column("rendered_seconds", sa.Double))
    ends = sa.text("kind IN ('settle', 'refund')")
    op.execute(
        "UPDATE jobs SET booked ="
        " (SELECT kind FROM ledger WHERE ledger.job_id = jobs.id AND kind IN ('settle', 'refund'))"
    )
    op.create_index("ledger_ends", "ledger", ["job_id"], unique=True, sqlite_where=ends, postgresql_where=ends)
    rendered = sa.text("rendered_seconds IS NOT NULL")
    op.create_index("jobs_rendered", "jobs", ["endpoint", "length"], sqlite_where=rendered, postgresql_where=rendered)
