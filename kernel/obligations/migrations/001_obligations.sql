-- Obligations: what an agency owes, and until when. No personal data.

-- Working calendars as dated facts. A row is never changed; the identifier is derived from its content.
CREATE TABLE calendars (
    home         TEXT NOT NULL,
    id           TEXT NOT NULL,
    agency       TEXT NOT NULL,           -- '' for all agencies of the home
    valid_from   TEXT NOT NULL,           -- date
    body         TEXT NOT NULL,           -- JSON, kernel_calendar::CalendarData
    hash         TEXT NOT NULL,           -- sha256 of body, hex
    published_at TEXT NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE INDEX calendars_in_force ON calendars (home, agency, valid_from);

-- A projection: every column follows from the ledger events obligation.* of the subject.
CREATE TABLE obligations (
    home             TEXT   NOT NULL,
    id               TEXT   NOT NULL,
    kind             TEXT   NOT NULL,     -- 'dossier.reception', 'dossier.settlement', 'dossier.step', ..
    subject          TEXT   NOT NULL,     -- subject of the ledger, 'dossier:dos_..'
    holder           TEXT   NOT NULL,     -- agency that owes it now
    opened_at        TEXT   NOT NULL,
    start_at         TEXT   NOT NULL,     -- receipt, from which the limit is counted
    limit_amount     BIGINT NOT NULL,
    limit_unit       TEXT   NOT NULL,
    cutoff           TEXT,                -- '15:00'
    source           TEXT   NOT NULL,     -- JSON, where the limit comes from
    calendar         TEXT   NOT NULL,     -- calendar version pinned at the opening
    running_calendar TEXT   NOT NULL,     -- calendar version of the last resumption
    limit_minutes    BIGINT NOT NULL,     -- working minutes from the start of the clock to the first promise
    first_promise    TEXT   NOT NULL,     -- never changes
    legal_due        TEXT   NOT NULL,     -- first promise plus lawful pauses; alone decides late
    appointment      TEXT,                -- of an extension; only moves reminders
    state            TEXT   NOT NULL,     -- running, paused, closed
    paused_since     TEXT,
    closed_at        TEXT,
    outcome          TEXT,
    result           TEXT,                -- early, on_time, late
    late_minutes     BIGINT NOT NULL,     -- working minutes, at the close
    late_days        BIGINT NOT NULL,     -- working days, at the close
    pauses           BIGINT NOT NULL,
    pauses_near_due  BIGINT NOT NULL,     -- opened in the last fifth of the limit
    extensions       BIGINT NOT NULL,
    risk_at          TEXT,                -- when a fifth of the limit is left
    next_action_at   TEXT,                -- next reminder
    next_mark        BIGINT,              -- its mark in percent: 50, 80, 100
    reminded         BIGINT NOT NULL,     -- last mark reminded, 0 for none
    history          TEXT   NOT NULL,     -- JSON: pauses, extensions, spans of holders
    version          BIGINT NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE INDEX obligations_by_subject ON obligations (home, subject);
CREATE INDEX obligations_next_action ON obligations (home, next_action_at) WHERE next_action_at IS NOT NULL;
CREATE INDEX obligations_open ON obligations (home, kind, holder, legal_due) WHERE closed_at IS NULL;
CREATE INDEX obligations_at_risk ON obligations (home, kind, risk_at) WHERE state = 'running';
