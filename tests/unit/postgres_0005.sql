-- The tables of the first release that could use PostgreSQL.
CREATE TABLE changes (
    id SERIAL NOT NULL,
    guild_id BIGINT NOT NULL,
    by_id BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX changes_of_server ON changes (guild_id, id);
CREATE TABLE departures (
    guild_id BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (guild_id)
);
CREATE TABLE jobs (
    id TEXT NOT NULL,
    origin TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    guild_id BIGINT,
    channel_id BIGINT NOT NULL,
    application_id BIGINT NOT NULL,
    interaction_token TEXT NOT NULL,
    upload_limit BIGINT,
    door TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    title TEXT NOT NULL,
    length DOUBLE PRECISION NOT NULL,
    arguments JSON NOT NULL,
    media JSON NOT NULL,
    options JSON NOT NULL,
    price BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    hook_token TEXT NOT NULL,
    parent_id TEXT,
    remains TEXT NOT NULL,
    bonus BIGINT NOT NULL,
    unit_price BIGINT,
    cost BIGINT,
    booked TEXT,
    state TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sizes JSON,
    asked_at DOUBLE PRECISION,
    answer TEXT,
    uploads JSON,
    request_id TEXT,
    submitted_at DOUBLE PRECISION,
    unwanted_at DOUBLE PRECISION,
    moderated BOOLEAN NOT NULL,
    ready_at DOUBLE PRECISION,
    heard JSON,
    rendered_seconds DOUBLE PRECISION,
    film_url TEXT,
    seed BIGINT,
    expanded TEXT,
    width INTEGER,
    height INTEGER,
    seconds DOUBLE PRECISION,
    fetched_at DOUBLE PRECISION,
    card_id BIGINT,
    message_id BIGINT,
    reason TEXT,
    ended_at DOUBLE PRECISION,
    closed_at DOUBLE PRECISION,
    wording TEXT NOT NULL,
    done TEXT NOT NULL,
    spoiler BOOLEAN NOT NULL,
    removed_at DOUBLE PRECISION,
    seen_in BIGINT,
    direct BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (origin),
    UNIQUE (request_id)
);
CREATE INDEX jobs_of_member ON jobs (user_id, guild_id, created_at, state, endpoint, wording);
CREATE INDEX jobs_of_parent ON jobs (parent_id, user_id) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_of_server ON jobs (guild_id, created_at);
CREATE INDEX jobs_open ON jobs (created_at) WHERE closed_at IS NULL;
CREATE INDEX jobs_rendered ON jobs (endpoint, length) WHERE rendered_seconds IS NOT NULL;
CREATE TABLE limits (
    guild_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    whose TEXT NOT NULL,
    span TEXT NOT NULL,
    unit TEXT NOT NULL,
    amount BIGINT,
    PRIMARY KEY (guild_id, role_id, whose, span, unit)
);
CREATE TABLE members (
    user_id BIGINT NOT NULL,
    model TEXT,
    quality TEXT,
    shape TEXT,
    negative TEXT,
    done TEXT NOT NULL,
    private BOOLEAN NOT NULL,
    PRIMARY KEY (user_id)
);
CREATE TABLE prices (
    id SERIAL NOT NULL,
    endpoint TEXT NOT NULL,
    unit_price BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE servers (
    guild_id BIGINT NOT NULL,
    timezone TEXT NOT NULL,
    exempt JSON NOT NULL,
    confirm_above BIGINT,
    paused BOOLEAN NOT NULL,
    allowed JSON NOT NULL,
    forbidden JSON NOT NULL,
    gallery_id BIGINT,
    blocked JSON NOT NULL,
    words JSON NOT NULL,
    unchecked BOOLEAN NOT NULL,
    PRIMARY KEY (guild_id)
);
CREATE TABLE ledger (
    id SERIAL NOT NULL,
    job_id TEXT,
    kind TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    endpoint TEXT,
    amount BIGINT NOT NULL,
    bonus BIGINT NOT NULL,
    by_id BIGINT,
    accepted_at DOUBLE PRECISION NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE UNIQUE INDEX ledger_ends ON ledger (job_id) WHERE kind IN ('settle', 'refund');
CREATE INDEX ledger_of_member ON ledger (guild_id, user_id, accepted_at);
CREATE INDEX ledger_of_server ON ledger (guild_id, accepted_at, user_id, endpoint, kind, amount);
CREATE INDEX ledger_of_time ON ledger (accepted_at);
CREATE UNIQUE INDEX ledger_once ON ledger (job_id, kind);
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('0005');
