"""What is done from a film's own message: reactions, the gallery, reports, and stories of several scenes."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DAY = 24 * 3600.0  # seconds


def upgrade() -> None:
    op.add_column("jobs", sa.Column("after_id", sa.Text))
    op.add_column("jobs", sa.Column("reply_to", sa.BigInteger))
    for name, column in (("jobs_of_message", "message_id"), ("jobs_of_card", "card_id")):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "jobs", [column], sqlite_where=there, postgresql_where=there)
    op.add_column("servers", sa.Column("reports_id", sa.BigInteger))
    op.add_column("servers", sa.Column("stars", sa.Integer))
    op.add_column("servers", sa.Column("unread", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("members", sa.Column("unread", sa.Boolean, nullable=False, server_default=sa.false()))
    marks = op.create_table(
        "marks",
        sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("action", sa.Text, primary_key=True),
        sa.Column("reaction", sa.Boolean, primary_key=True),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("marks_of_member", "marks", ["user_id"])
    # nobody's reaction to a film of before was a wish: see bot.adapters.store.marks.UNHEARD
    old = sa.table("jobs", sa.column("id"), sa.column("created_at"))
    values = old.c.id, sa.literal(0), sa.literal("unheard"), sa.false(), sa.true(), old.c.created_at
    recent = sa.select(*values).where(old.c.created_at > time.time() - 15 * DAY)  # others are not looked at
    names = ["job_id", "user_id", "action", "reaction", "done", "at"]
    op.execute(sa.insert(marks).from_select(names, recent))
    op.create_table(
        "boards",
        sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("action", sa.Text, primary_key=True),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("shown", sa.Integer),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_table(
        "stories",
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("tip_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
