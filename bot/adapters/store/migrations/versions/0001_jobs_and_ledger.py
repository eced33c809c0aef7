"""Jobs and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("interaction_token", sa.Text, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("length", sa.Double, nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("pictures", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("remaining", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("uploads", sa.JSON),
        sa.Column("request_id", sa.Text, unique=True),
        sa.Column("submitted_at", sa.Double),
        sa.Column("film_url", sa.Text),
        sa.Column("seed", sa.BigInteger),
        sa.Column("expanded", sa.Text),
        sa.Column("fetched_at", sa.Double),
        sa.Column("card_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.Column("ended_at", sa.Double),
        sa.Column("closed_at", sa.Double),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index("jobs_open", "jobs", ["created_at"], sqlite_where=still_open, postgresql_where=still_open)
    op.create_table(
        "ledger",
        sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("accepted_at", sa.Double, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("ledger_of_user", "ledger", ["user_id", "accepted_at"])
