"""The tables: jobs, one row each; the ledger, to which lines are only ever added; what servers and members have set."""

import sqlalchemy as sa

meta = sa.MetaData()

jobs = sa.Table(
    "jobs",
    meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("origin", sa.Text, nullable=False, unique=True),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("application_id", sa.BigInteger, nullable=False),
    sa.Column("interaction_token", sa.Text, nullable=False),
    sa.Column("upload_limit", sa.BigInteger),  # bytes
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("length", sa.Double, nullable=False),  # seconds
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("media", sa.JSON, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),  # micro-dollars
    sa.Column("created_at", sa.Double, nullable=False),  # seconds UTC, like all times
    sa.Column("hook_token", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Text),
    sa.Column("remains", sa.Text, nullable=False),
    sa.Column("bonus", sa.BigInteger, nullable=False),
    sa.Column("unit_price", sa.BigInteger),
    sa.Column("cost", sa.BigInteger),
    sa.Column("booked", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("sizes", sa.JSON(none_as_null=True)),  # pixels
    sa.Column("asked_at", sa.Double),
    sa.Column("answer", sa.Text),
    sa.Column("uploads", sa.JSON(none_as_null=True)),
    sa.Column("request_id", sa.Text, unique=True),  # no film is ever two jobs
    sa.Column("submitted_at", sa.Double),
    sa.Column("unwanted_at", sa.Double),
    sa.Column("moderated", sa.Boolean, nullable=False),
    sa.Column("ready_at", sa.Double),
    sa.Column("heard", sa.JSON(none_as_null=True)),
    sa.Column("rendered_seconds", sa.Double),
    sa.Column("film_url", sa.Text),
    sa.Column("seed", sa.BigInteger),
    sa.Column("expanded", sa.Text),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("seconds", sa.Double),
    sa.Column("fetched_at", sa.Double),
    sa.Column("card_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("reason", sa.Text),
    sa.Column("ended_at", sa.Double),
    sa.Column("closed_at", sa.Double),
    sa.Column("wording", sa.Text, nullable=False),  # of the prompt, folded, to search in
    sa.Column("done", sa.Text, nullable=False),
    sa.Column("spoiler", sa.Boolean, nullable=False),
    sa.Column("removed_at", sa.Double),
    sa.Column("seen_in", sa.BigInteger),
    sa.Column("direct", sa.Boolean, nullable=False),
    sa.Column("after_id", sa.Text),
    sa.Column("reply_to", sa.BigInteger),
)
OPEN = jobs.c.closed_at.is_(None)
sa.Index("jobs_open", jobs.c.created_at, sqlite_where=OPEN, postgresql_where=OPEN)
# whose films, the newest first, with what is searched for: so that rows are read only of what is found
_found_by = jobs.c.user_id, jobs.c.guild_id, jobs.c.created_at, jobs.c.state, jobs.c.endpoint, jobs.c.wording
sa.Index("jobs_of_member", *_found_by)
REPEATS = jobs.c.parent_id.is_not(None)
sa.Index("jobs_of_parent", jobs.c.parent_id, jobs.c.user_id, sqlite_where=REPEATS, postgresql_where=REPEATS)
sa.Index("jobs_of_server", jobs.c.guild_id, jobs.c.created_at)
# what a reaction is put on
FILMED, CARDED = jobs.c.message_id.is_not(None), jobs.c.card_id.is_not(None)
sa.Index("jobs_of_message", jobs.c.message_id, sqlite_where=FILMED, postgresql_where=FILMED)
sa.Index("jobs_of_card", jobs.c.card_id, sqlite_where=CARDED, postgresql_where=CARDED)
RENDERED = jobs.c.rendered_seconds.is_not(None)
sa.Index("jobs_rendered", jobs.c.endpoint, jobs.c.length, sqlite_where=RENDERED, postgresql_where=RENDERED)

ledger = sa.Table(
    "ledger",
    meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id)),  # NULL for a grant and a draft
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),  # 0: none
    sa.Column("endpoint", sa.Text),  # NULL for a grant
    sa.Column("amount", sa.BigInteger, nullable=False),  # micro-dollars; what was spent is the sum
    sa.Column("bonus", sa.BigInteger, nullable=False),  # of the member's credit: the sum is what he has
    sa.Column("by_id", sa.BigInteger),  # who granted it
    sa.Column("accepted_at", sa.Double, nullable=False),  # of the job: a refund counts in the window that paid
    sa.Column("at", sa.Double, nullable=False),
)
sa.Index("ledger_of_member", ledger.c.guild_id, ledger.c.user_id, ledger.c.accepted_at)
_reported = ledger.c.user_id, ledger.c.endpoint, ledger.c.kind, ledger.c.amount  # so that a report reads no more
sa.Index("ledger_of_server", ledger.c.guild_id, ledger.c.accepted_at, *_reported)
sa.Index("ledger_of_time", ledger.c.accepted_at)
sa.Index("ledger_once", ledger.c.job_id, ledger.c.kind, unique=True)  # at most one line of each kind for a job
ENDS = ledger.c.kind.in_(("settle", "refund"))
sa.Index("ledger_ends", ledger.c.job_id, unique=True, sqlite_where=ENDS, postgresql_where=ENDS)  # one or the other

servers = sa.Table(
    "servers",
    meta,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("timezone", sa.Text, nullable=False),  # IANA name
    sa.Column("exempt", sa.JSON, nullable=False),  # roles
    sa.Column("confirm_above", sa.BigInteger),  # micro-dollars
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("allowed", sa.JSON, nullable=False),  # channels
    sa.Column("forbidden", sa.JSON, nullable=False),  # channels
    sa.Column("gallery_id", sa.BigInteger),  # a channel
    sa.Column("blocked", sa.JSON, nullable=False),  # members
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("unchecked", sa.Boolean, nullable=False),
    sa.Column("reports_id", sa.BigInteger),  # a channel
    sa.Column("stars", sa.Integer),  # that bring a film into the gallery
    sa.Column("unread", sa.JSON, nullable=False),  # channels
)

departures = sa.Table(  # of the bot, from servers
    "departures",
    meta,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),
)

members = sa.Table(  # what each has chosen for himself, in all servers
    "members",
    meta,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("model", sa.Text),
    sa.Column("quality", sa.Text),
    sa.Column("shape", sa.Text),
    sa.Column("negative", sa.Text),
    sa.Column("done", sa.Text, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("language", sa.Text),  # ISO 639-1
    sa.Column("unread", sa.Boolean, nullable=False),
)

marks = sa.Table(  # what members have put on films, for as long as it is there
    "marks",
    meta,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("action", sa.Text, primary_key=True),
    sa.Column("reaction", sa.Boolean, primary_key=True),  # that was heard; else what came of it: a star, a report
    sa.Column("done", sa.Boolean, nullable=False),  # what comes of it
    sa.Column("at", sa.Double, nullable=False),
)
sa.Index("marks_of_member", marks.c.user_id)

boards = sa.Table(  # messages about films in the gallery and before the moderators
    "boards",
    meta,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("action", sa.Text, primary_key=True),  # that brought it there
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger),  # NULL: nobody knows whether it was posted
    sa.Column("shown", sa.Integer),  # how many stars or reports it tells of
    sa.Column("at", sa.Double, nullable=False),
)

stories = sa.Table(  # which film each member goes on from, in each server
    "stories",
    meta,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tip_id", sa.Text, sa.ForeignKey(jobs.c.id), nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

prices = sa.Table(  # of fal, as they were asked for; only ever added to
    "prices",
    meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("unit_price", sa.BigInteger, nullable=False),  # micro-dollars
    sa.Column("at", sa.Double, nullable=False),
)

limits = sa.Table(
    "limits",
    meta,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("role_id", sa.BigInteger, primary_key=True, autoincrement=False),  # 0: everybody
    sa.Column("whose", sa.Text, primary_key=True),
    sa.Column("span", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("amount", sa.BigInteger),  # micro-dollars or films; NULL: no limit, whatever the operator's default
)

changes = sa.Table(  # only ever added to
    "changes",
    meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("by_id", sa.BigInteger, nullable=False),  # 0: whoever runs the bot
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
sa.Index("changes_of_server", changes.c.guild_id, changes.c.id)
