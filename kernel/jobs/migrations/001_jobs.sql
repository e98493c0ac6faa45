-- Work that follows from a committed fact, kept until it is done.
CREATE TABLE jobs (
    home         TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    key          TEXT,                    -- two waiting jobs of one name never have the same key
    body         TEXT    NOT NULL,        -- personal
    created_at   TEXT    NOT NULL,
    run_at       TEXT    NOT NULL,        -- not before; after a claim: when the claim is over
    attempts     BIGINT  NOT NULL,
    locked_until TEXT,
    last_error   TEXT,                    -- personal
    done_at      TEXT,
    dead         BOOLEAN NOT NULL,        -- given up after too many attempts; a person must look
    version      BIGINT  NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE INDEX jobs_due ON jobs (home, run_at) WHERE done_at IS NULL AND NOT dead;
CREATE INDEX jobs_done ON jobs (home, done_at);
-- Only among jobs that nobody has begun: one that is running may have read the state before the new fact.
CREATE UNIQUE INDEX jobs_key ON jobs (home, name, key) WHERE done_at IS NULL AND attempts = 0;

-- When recurring jobs come next.
CREATE TABLE schedules (
    home    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    next_at TEXT   NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (home, name)
);
