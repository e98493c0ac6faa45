-- The ledger: append-only events, chained per subject, sealed into one Merkle tree per home.

-- What happened. Never changed or removed; the running server has no right to.
CREATE TABLE events (
    home    TEXT   NOT NULL,
    subject TEXT   NOT NULL,              -- 'dossier:dos_..', 'obligation:obl_..', 'agency:000.01.31.H47'
    seq     BIGINT NOT NULL,              -- 1, 2, 3, .. within the subject
    kind    TEXT   NOT NULL,
    at      TEXT   NOT NULL,
    actor   TEXT   NOT NULL,              -- 'citizen:acc_..', 'officer:off_..', 'system'
    body    TEXT   NOT NULL,              -- canonical JSON without personal data
    prev    TEXT   NOT NULL,              -- hash of the event before; empty for the first
    hash    TEXT   NOT NULL,
    PRIMARY KEY (home, subject, seq)
);

-- The last event of each subject; a writer that finds another head starts again.
CREATE TABLE subjects (
    home    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    seq     BIGINT NOT NULL,
    hash    TEXT   NOT NULL,
    at      TEXT   NOT NULL,
    PRIMARY KEY (home, subject)
);

-- Events that wait for the next seal. Rows, not a cursor: a late committer is not skipped.
CREATE TABLE unsealed (
    home    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    seq     BIGINT NOT NULL,
    PRIMARY KEY (home, subject, seq)
);

-- The leaves of the home's tree in the order they were sealed.
CREATE TABLE leaves (
    home       TEXT   NOT NULL,
    leaf_index BIGINT NOT NULL,           -- 0, 1, 2, ..
    subject    TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    hash       TEXT   NOT NULL,           -- hash of the event
    PRIMARY KEY (home, leaf_index),
    UNIQUE (home, subject, seq)
);

-- Roots of perfect subtrees of 256 leaves and more, so that a proof reads a few rows.
CREATE TABLE tree_nodes (
    home     TEXT   NOT NULL,
    level    BIGINT NOT NULL,             -- the subtree has 2^level leaves
    position BIGINT NOT NULL,             -- counts subtrees of this level from the left, from 0
    hash     TEXT   NOT NULL,
    PRIMARY KEY (home, level, position)
);

-- Root of the tree after each seal.
CREATE TABLE roots (
    home      TEXT   NOT NULL,
    size      BIGINT NOT NULL,            -- number of leaves
    root      TEXT   NOT NULL,
    sealed_at TEXT   NOT NULL,
    PRIMARY KEY (home, size)
);

-- Where the next seal goes on: the right edge of the tree.
CREATE TABLE trees (
    home     TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    frontier TEXT   NOT NULL,             -- JSON list of hashes, the largest perfect subtree first
    version  BIGINT NOT NULL,
    PRIMARY KEY (home)
);

-- Signed roots, one a day, also handed to a second party.
CREATE TABLE daily_roots (
    home         TEXT   NOT NULL,
    day          TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    root         TEXT   NOT NULL,
    published_at TEXT   NOT NULL,
    key_id       TEXT   NOT NULL,
    public_key   TEXT   NOT NULL,
    signature    TEXT   NOT NULL,
    PRIMARY KEY (home, day)
);

-- Personal data beside the chain: an event carries the salted hash. Erasing empties salt and data.
CREATE TABLE personal_data (
    home      TEXT NOT NULL,
    id        TEXT NOT NULL,
    subject   TEXT NOT NULL,
    salt      TEXT,
    data      TEXT,                       -- personal
    kept_at   TEXT NOT NULL,
    erased_at TEXT,
    PRIMARY KEY (home, id)
);
CREATE INDEX personal_data_by_subject ON personal_data (home, subject);
