-- Who answers for it: the holder when the legal due passed; of what was done in time, the holder then. Handing a late one
-- on does not move it. Computed from the spans of holders with each event, like every other column.
ALTER TABLE obligations ADD COLUMN responsible TEXT NOT NULL DEFAULT '';
UPDATE obligations SET responsible = holder;

-- The scoreboard counts by it, what was closed and what is open.
DROP INDEX obligations_closed;
CREATE INDEX obligations_settled ON obligations
    (home, kind, closed_at, responsible, result, extensions, pauses, pauses_near_due) WHERE closed_at IS NOT NULL;
DROP INDEX obligations_open;
CREATE INDEX obligations_owed ON obligations (home, kind, responsible, legal_due) WHERE closed_at IS NULL;
