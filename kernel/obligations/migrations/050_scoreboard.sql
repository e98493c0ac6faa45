-- The scoreboard counts what was closed in a period from this index alone.
CREATE INDEX obligations_closed ON obligations
    (home, kind, closed_at, holder, result, extensions, pauses, pauses_near_due) WHERE closed_at IS NOT NULL;
