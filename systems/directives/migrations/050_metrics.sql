-- Figures at the end of each day, beside which anyone may put a recomputation. Never changed once kept.
CREATE TABLE metric_days (
  home        TEXT NOT NULL,
  day         TEXT NOT NULL,
  metric      TEXT NOT NULL,
  -- Empty for the whole home.
  agency      TEXT NOT NULL,
  -- Number of the definition.
  definition  BIGINT NOT NULL,
  numerator   BIGINT NOT NULL,
  denominator BIGINT NOT NULL,
  -- SHA-256 of the rows it was counted from.
  row_hash    TEXT NOT NULL,
  kept_at     TEXT NOT NULL,
  PRIMARY KEY (home, day, metric, agency)
);
CREATE INDEX metric_days_course ON metric_days (home, metric, agency, day);
