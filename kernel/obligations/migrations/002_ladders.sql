-- Ladders of reminders and escalations as dated facts; dues given as a date; deliveries that wait for confirmation.
-- No personal data.

-- Rungs for each kind of obligation. A row is never changed; the identifier is derived from its content.
CREATE TABLE ladders (
    home         TEXT NOT NULL,
    id           TEXT NOT NULL,
    kind         TEXT NOT NULL,           -- kind of obligation
    valid_from   TEXT NOT NULL,           -- date; obligations opened from then on climb it
    body         TEXT NOT NULL,           -- JSON, kernel_obligations::Ladder
    hash         TEXT NOT NULL,           -- sha256 of body, hex
    published_at TEXT NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE INDEX ladders_in_force ON ladders (home, kind, valid_from);

-- The ladder pinned at the opening; empty: reminders at 50, 80 and 100 percent.
ALTER TABLE obligations ADD COLUMN ladder TEXT;
-- The day, where the due was given as one.
ALTER TABLE obligations ADD COLUMN due_on TEXT;
-- Reported done, waits for confirmation; decides late when it is confirmed.
ALTER TABLE obligations ADD COLUMN delivered_at TEXT;
