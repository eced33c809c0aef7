"""More doors than one, media of every kind, a question before the money, and the film as it came."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # in place: a table that is copied would be missed by the ledger meanwhile
    op.execute("ALTER TABLE jobs RENAME COLUMN pictures TO media")
    op.add_column("jobs", sa.Column("upload_limit", sa.BigInteger))
    op.add_column("jobs", sa.Column("door", sa.Text, nullable=False, server_default="animate"))
    op.add_column("jobs", sa.Column("sizes", sa.JSON))
    op.add_column("jobs", sa.Column("asked_at", sa.Double))
    op.add_column("jobs", sa.Column("answer", sa.Text))
    op.add_column("jobs", sa.Column("width", sa.Integer))
    op.add_column("jobs", sa.Column("height", sa.Integer))
    op.add_column("jobs", sa.Column("seconds", sa.Double))
