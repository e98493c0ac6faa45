-- The level-4 pipeline (danh mục dịch vụ đủ điều kiện mức độ 4): procedure x agency on its way from the list to live.
-- Rows are projections of ledger events (subject `offering:<id>`).
CREATE TABLE pipeline_offerings (
  home          TEXT NOT NULL,
  id            TEXT NOT NULL,
  procedure     TEXT NOT NULL,
  agency        TEXT NOT NULL,
  title         TEXT NOT NULL,
  -- Level of the catalogue when it was listed; empty = not published.
  level         TEXT NOT NULL,
  stage         TEXT NOT NULL,
  -- Who has to do the next step; empty when nobody has.
  charge        TEXT NOT NULL,
  -- JSON: verdict and evidence of each criterion.
  criteria      TEXT NOT NULL,
  -- JSON: the last trial.
  trial         TEXT NOT NULL DEFAULT '',
  integrated_at TEXT,
  list_number   BIGINT,
  obligation    TEXT NOT NULL DEFAULT '',
  version       BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, procedure, agency)
);
CREATE INDEX pipeline_charge ON pipeline_offerings (home, charge, stage, id);

-- Every step ever taken: from these rows any past day is counted again.
CREATE TABLE pipeline_moves (
  home     TEXT NOT NULL,
  offering TEXT NOT NULL,
  number   BIGINT NOT NULL,
  stage    TEXT NOT NULL,
  at       TEXT NOT NULL,
  actor    TEXT NOT NULL,
  reason   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (home, offering, number),
  FOREIGN KEY (home, offering) REFERENCES pipeline_offerings (home, id)
);

-- Approved lists: each decision is a version that only adds.
CREATE TABLE pipeline_lists (
  home       TEXT NOT NULL,
  number     BIGINT NOT NULL,
  decision   TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  items      BIGINT NOT NULL,
  PRIMARY KEY (home, number),
  UNIQUE (home, decision)
);

-- What the province itself claims to offer; a claim is never counted as proven.
CREATE TABLE declared_offerings (
  home         TEXT NOT NULL,
  procedure    TEXT NOT NULL,
  agency       TEXT NOT NULL,
  source       TEXT NOT NULL,
  illustrative BOOLEAN NOT NULL,
  valid_from   TEXT NOT NULL,
  PRIMARY KEY (home, procedure, agency)
);
