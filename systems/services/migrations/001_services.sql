-- Online public services (dịch vụ công trực tuyến): the catalogue of procedures as dated rows.

-- What is common to all versions of a procedure: names, sector, who offers it, levels, synonyms.
CREATE TABLE procedures (
  home    TEXT NOT NULL,
  code    TEXT NOT NULL,
  body    TEXT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, code)
);

-- Published texts (phiên bản công bố); immutable once published. A dossier keeps the one it was received under.
CREATE TABLE procedure_versions (
  home         TEXT NOT NULL,
  id           TEXT NOT NULL,
  procedure    TEXT NOT NULL,
  number       BIGINT NOT NULL,
  valid_from   TEXT NOT NULL,
  -- Last day in force; empty = until further notice.
  valid_to     TEXT NOT NULL DEFAULT '',
  -- draft | published | withdrawn
  status       TEXT NOT NULL,
  body         TEXT NOT NULL,
  -- Text of the state kept as imported (LayThuTuc), shown on the page.
  published_text TEXT NOT NULL DEFAULT '',
  source       TEXT NOT NULL DEFAULT '',
  made_by      TEXT NOT NULL DEFAULT '',
  made_at      TEXT NOT NULL,
  PRIMARY KEY (home, id),
  UNIQUE (home, procedure, number),
  FOREIGN KEY (home, procedure) REFERENCES procedures (home, code)
);
CREATE INDEX procedure_versions_day ON procedure_versions (home, procedure, status, valid_from);

-- Grows with every change of the catalogue; the search index is rebuilt when it moves.
CREATE TABLE catalogue_generation (
  home       TEXT NOT NULL,
  generation BIGINT NOT NULL,
  PRIMARY KEY (home)
);
