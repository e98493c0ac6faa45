-- The electronic one-stop-shop (một cửa điện tử): NĐ 61/2018/NĐ-CP, NĐ 107/2021/NĐ-CP; from 2025-07-01 NĐ 118/2025/NĐ-CP.
-- Rows here are projections of ledger events (subject `dossier:<id>`); `verify` recomputes them.

CREATE TABLE dossiers (
  home                  TEXT NOT NULL,
  id                    TEXT NOT NULL,
  code                  TEXT NOT NULL,
  procedure_code        TEXT NOT NULL,
  procedure_name        TEXT NOT NULL,
  procedure_version     TEXT NOT NULL,
  case_code             TEXT NOT NULL,
  channel               TEXT NOT NULL,
  -- The agency that settles, and the one-stop that receives for it.
  agency                TEXT NOT NULL,
  reception             TEXT NOT NULL,
  workflow              TEXT NOT NULL,
  workflow_version      BIGINT NOT NULL,
  status                TEXT NOT NULL,
  -- State to come back to after a supplement, a payment or a declined withdrawal.
  resume_to             TEXT NOT NULL DEFAULT '',
  step                  TEXT NOT NULL,
  holder                TEXT NOT NULL,
  holder_officer        TEXT NOT NULL DEFAULT '',
  holder_since          TEXT NOT NULL,
  owner_account         TEXT NOT NULL DEFAULT '',
  owner_name            TEXT NOT NULL, -- personal
  owner_identity        TEXT NOT NULL DEFAULT '', -- personal
  owner_phone           TEXT NOT NULL DEFAULT '', -- personal
  owner_email           TEXT NOT NULL DEFAULT '', -- personal
  owner_address         TEXT NOT NULL DEFAULT '', -- personal
  representative        TEXT NOT NULL DEFAULT '', -- personal
  form                  TEXT NOT NULL, -- personal
  personal              TEXT NOT NULL,
  copies                BIGINT NOT NULL DEFAULT 1,
  lookup_key            TEXT NOT NULL,
  submitted_at          TEXT NOT NULL,
  accepted_at           TEXT,
  settled_at            TEXT,
  ended_at              TEXT,
  reception_obligation  TEXT,
  settlement_obligation TEXT,
  step_obligation       TEXT,
  -- The instant that work lists are sorted by: reception due, then legal due; year 9999 when nothing is promised.
  due_at                TEXT NOT NULL,
  -- Somebody still has to do something: not ended, or settled and not handed over.
  open                  BOOLEAN NOT NULL,
  imported              BOOLEAN NOT NULL DEFAULT FALSE,
  search                TEXT NOT NULL, -- personal
  version               BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, code)
);
CREATE INDEX dossiers_work     ON dossiers (home, holder, status, due_at, id) WHERE open;
CREATE INDEX dossiers_open     ON dossiers (home, holder, due_at, id) WHERE open;
CREATE INDEX dossiers_agency   ON dossiers (home, agency, submitted_at, id);
CREATE INDEX dossiers_account  ON dossiers (home, owner_account, submitted_at) WHERE owner_account <> '';

-- Gap-free number of an agency and day; the row lock serialises several processes.
CREATE TABLE dossier_numbers (
  home   TEXT NOT NULL,
  agency TEXT NOT NULL,
  day    TEXT NOT NULL,
  last   BIGINT NOT NULL,
  PRIMARY KEY (home, agency, day)
);

-- Work-list counters, kept in the transaction that changes them.
CREATE TABLE dossier_counts (
  home   TEXT NOT NULL,
  holder TEXT NOT NULL,
  status TEXT NOT NULL,
  n      BIGINT NOT NULL,
  PRIMARY KEY (home, holder, status)
);

CREATE TABLE dossier_papers (
  home     TEXT NOT NULL,
  dossier  TEXT NOT NULL,
  number   BIGINT NOT NULL,
  paper    TEXT NOT NULL,
  name     TEXT NOT NULL,
  file     TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  -- Supplement round that brought it; 0 = with the submission.
  round    BIGINT NOT NULL DEFAULT 0,
  replaced BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (home, dossier, number),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);
CREATE INDEX dossier_papers_file ON dossier_papers (home, file);

CREATE TABLE supplement_requests (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  dossier     TEXT NOT NULL,
  -- One request per stage: `reception` or `settlement` (spec: one itemised request per stage).
  stage       TEXT NOT NULL,
  round       BIGINT NOT NULL,
  items       TEXT NOT NULL,
  note        TEXT NOT NULL DEFAULT '',
  reply_by    TEXT NOT NULL,
  asked_by    TEXT NOT NULL,
  asked_at    TEXT NOT NULL,
  answered_at TEXT,
  due_before  TEXT,
  due_after   TEXT,
  version     BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, dossier, stage),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);

CREATE TABLE consultations (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  dossier     TEXT NOT NULL,
  from_agency TEXT NOT NULL,
  agency      TEXT NOT NULL,
  question    TEXT NOT NULL,
  obligation  TEXT NOT NULL,
  due_at      TEXT NOT NULL,
  asked_by    TEXT NOT NULL,
  asked_at    TEXT NOT NULL,
  answer      TEXT,
  answered_by TEXT,
  answered_at TEXT,
  version     BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);
CREATE INDEX consultations_agency  ON consultations (home, agency, due_at) WHERE answered_at IS NULL;
CREATE INDEX consultations_dossier ON consultations (home, dossier);

-- The drafted and then approved result (kết quả), granted or reasoned refusal of the request.
CREATE TABLE results (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  dossier     TEXT NOT NULL,
  granted     BOOLEAN NOT NULL,
  number      TEXT NOT NULL,
  content     TEXT NOT NULL, -- personal
  file        TEXT NOT NULL,
  sha256      TEXT NOT NULL,
  drafted_by  TEXT NOT NULL,
  drafted_at  TEXT NOT NULL,
  approved_by TEXT,
  approved_at TEXT,
  superseded  BOOLEAN NOT NULL DEFAULT FALSE,
  version     BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);
CREATE INDEX results_dossier ON results (home, dossier);

-- Apology and new appointment (phiếu xin lỗi và hẹn lại), drafted before the deadline passes.
CREATE TABLE apologies (
  home            TEXT NOT NULL,
  id              TEXT NOT NULL,
  dossier         TEXT NOT NULL,
  reason          TEXT NOT NULL,
  due_before      TEXT NOT NULL,
  new_appointment TEXT NOT NULL,
  drafted_by      TEXT NOT NULL,
  drafted_at      TEXT NOT NULL,
  approved_by     TEXT,
  approved_at     TEXT,
  version         BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);
CREATE INDEX apologies_dossier ON apologies (home, dossier);

CREATE TABLE dossier_fees (
  home       TEXT NOT NULL,
  id         TEXT NOT NULL,
  dossier    TEXT NOT NULL,
  fee        TEXT NOT NULL,
  name       TEXT NOT NULL,
  amount     BIGINT NOT NULL,
  asked_by   TEXT NOT NULL,
  asked_at   TEXT NOT NULL,
  -- Number of the paper receipt of the cash payment.
  receipt    TEXT,
  paid_at    TEXT,
  cashier    TEXT,
  version    BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);
CREATE INDEX dossier_fees_dossier ON dossier_fees (home, dossier);

-- Slips (phiếu): generated from an event, never edited; a wrong one is replaced by a new one that names it.
CREATE TABLE slips (
  home      TEXT NOT NULL,
  id        TEXT NOT NULL,
  dossier   TEXT NOT NULL,
  kind      TEXT NOT NULL,
  form      TEXT NOT NULL,
  act       TEXT NOT NULL,
  -- Everything printed, frozen at the event. Personal until erased with the dossier.
  content   TEXT NOT NULL, -- personal
  event_seq BIGINT NOT NULL,
  hash      TEXT NOT NULL,
  made_at   TEXT NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);
CREATE INDEX slips_dossier ON slips (home, dossier);

-- Hand-overs between nodes of the workflow, for the control slip (phiếu kiểm soát quá trình).
CREATE TABLE steps (
  home       TEXT NOT NULL,
  dossier    TEXT NOT NULL,
  number     BIGINT NOT NULL,
  step       TEXT NOT NULL,
  agency     TEXT NOT NULL,
  officer    TEXT NOT NULL DEFAULT '',
  began_at   TEXT NOT NULL,
  due_at     TEXT,
  ended_at   TEXT,
  action     TEXT NOT NULL DEFAULT '',
  by_officer TEXT NOT NULL DEFAULT '',
  note       TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (home, dossier, number),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);

CREATE TABLE handovers (
  home      TEXT NOT NULL,
  dossier   TEXT NOT NULL,
  recipient TEXT NOT NULL, -- personal
  channel   TEXT NOT NULL,
  evidence  TEXT NOT NULL,
  given_by  TEXT NOT NULL,
  given_at  TEXT NOT NULL,
  PRIMARY KEY (home, dossier),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);

-- Workflow graphs, published versions; running dossiers keep theirs.
CREATE TABLE workflows (
  home         TEXT NOT NULL,
  code         TEXT NOT NULL,
  number       BIGINT NOT NULL,
  body         TEXT NOT NULL,
  published_at TEXT NOT NULL,
  PRIMARY KEY (home, code, number)
);

-- Dossiers of an older system wait here for two approvers before they enter.
CREATE TABLE import_batches (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  source      TEXT NOT NULL,
  file_sha256 TEXT NOT NULL,
  content     TEXT NOT NULL, -- personal
  count       BIGINT NOT NULL,
  staged_by   TEXT NOT NULL,
  staged_at   TEXT NOT NULL,
  approver_1  TEXT,
  approver_2  TEXT,
  entered_at  TEXT,
  version     BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, file_sha256)
);
