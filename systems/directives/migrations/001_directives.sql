-- Plans and directives: QĐ 42/2014/QĐ-TTg, amended by QĐ 23/2018/QĐ-TTg, and the rules of provinces made after them.
-- Rows here are projections of ledger events (subjects `document:`, `task:`, `letter:`, `team:`); `verify` recomputes
-- them. Due dates stand in `obligations` alone.

-- A plan, directive, letter, conclusion or oral instruction from which tasks come.
CREATE TABLE directive_documents (
  home         TEXT NOT NULL,
  id           TEXT NOT NULL,
  kind         TEXT NOT NULL,
  number       TEXT NOT NULL,
  title        TEXT NOT NULL,
  issued_on    TEXT NOT NULL,
  -- In whose name it was issued, and who tracks it.
  issuer       TEXT NOT NULL,
  desk         TEXT NOT NULL,
  -- The text itself, where it is kept.
  file         TEXT NOT NULL DEFAULT '',
  sha256       TEXT NOT NULL DEFAULT '',
  illustrative BOOLEAN NOT NULL DEFAULT FALSE,
  entered_by   TEXT NOT NULL,
  entered_at   TEXT NOT NULL,
  version      BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id)
);
CREATE INDEX directive_documents_desk ON directive_documents (home, desk, issued_on);

CREATE TABLE directive_tasks (
  home         TEXT NOT NULL,
  id           TEXT NOT NULL,
  code         TEXT NOT NULL,
  document     TEXT NOT NULL,
  clause       TEXT NOT NULL DEFAULT '',
  title        TEXT NOT NULL,
  -- What must be there at the end.
  output       TEXT NOT NULL DEFAULT '',
  weight       BIGINT NOT NULL DEFAULT 1,
  secret       BOOLEAN NOT NULL DEFAULT FALSE,
  parent       TEXT,
  issuer       TEXT NOT NULL,
  desk         TEXT NOT NULL,
  lead         TEXT NOT NULL,
  -- Term of the accountable head, as on the day it was assigned.
  head         TEXT,
  -- Sign-in name of the officer who works on it; empty until somebody is named.
  officer      TEXT NOT NULL DEFAULT '',
  due_on       TEXT NOT NULL,
  obligation   TEXT NOT NULL,
  -- What the issuer owes while a report waits.
  confirmation TEXT,
  progress     TEXT NOT NULL,
  refusals     BIGINT NOT NULL DEFAULT 0,
  percent      BIGINT NOT NULL DEFAULT 0,
  metric       TEXT,
  goal         DOUBLE PRECISION,
  published_at TEXT,
  created_at   TEXT NOT NULL,
  search       TEXT NOT NULL,
  version      BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, code),
  FOREIGN KEY (home, document) REFERENCES directive_documents (home, id)
);
CREATE INDEX directive_tasks_lead       ON directive_tasks (home, lead, created_at);
CREATE INDEX directive_tasks_document   ON directive_tasks (home, document, code);
CREATE INDEX directive_tasks_desk       ON directive_tasks (home, desk, created_at);
CREATE INDEX directive_tasks_parent     ON directive_tasks (home, parent) WHERE parent IS NOT NULL;
CREATE INDEX directive_tasks_obligation ON directive_tasks (home, obligation);

-- A cooperating unit's own part, with its own due date.
CREATE TABLE task_parts (
  home       TEXT NOT NULL,
  task       TEXT NOT NULL,
  unit       TEXT NOT NULL,
  due_on     TEXT NOT NULL,
  obligation TEXT NOT NULL,
  done_at    TEXT,
  note       TEXT NOT NULL DEFAULT '',
  version    BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, task, unit),
  FOREIGN KEY (home, task) REFERENCES directive_tasks (home, id)
);
CREATE INDEX task_parts_unit ON task_parts (home, unit);

CREATE TABLE task_reports (
  home      TEXT NOT NULL,
  id        TEXT NOT NULL,
  task      TEXT NOT NULL,
  text      TEXT NOT NULL,
  evidence  TEXT NOT NULL,  -- JSON
  by_officer TEXT NOT NULL,
  at        TEXT NOT NULL,
  verdict   TEXT,           -- confirmed, redo
  comment   TEXT NOT NULL DEFAULT '',
  judged_at TEXT,
  version   BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, task) REFERENCES directive_tasks (home, id)
);
CREATE INDEX task_reports_task ON task_reports (home, task, at);

CREATE TABLE task_extensions (
  home       TEXT NOT NULL,
  id         TEXT NOT NULL,
  task       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  new_due    TEXT NOT NULL,
  asked_by   TEXT NOT NULL,
  asked_at   TEXT NOT NULL,
  granted    BOOLEAN,
  comment    TEXT NOT NULL DEFAULT '',
  decided_at TEXT,
  version    BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, task) REFERENCES directive_tasks (home, id)
);
CREATE INDEX task_extensions_task ON task_extensions (home, task, asked_at);

-- Each rung that was climbed, for each agency that hears of it: sending, reading, answer.
CREATE TABLE task_notices (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  task        TEXT NOT NULL,
  obligation  TEXT NOT NULL,
  mark        BIGINT NOT NULL,
  round       BIGINT NOT NULL,
  act         TEXT NOT NULL,
  level       TEXT NOT NULL,
  agency      TEXT NOT NULL,
  planned_at  TEXT NOT NULL,
  sent_at     TEXT NOT NULL,
  read_at     TEXT,
  read_by     TEXT,
  answer      TEXT,
  answered_at TEXT,
  answered_by TEXT,
  version     BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, obligation, round, mark, level),
  FOREIGN KEY (home, task) REFERENCES directive_tasks (home, id)
);
CREATE INDEX task_notices_task   ON task_notices (home, task, sent_at);
CREATE INDEX task_notices_unread ON task_notices (home, agency, sent_at) WHERE read_at IS NULL;

-- Urging letters (công văn đôn đốc): one for a unit, with all its overdue tasks.
CREATE TABLE letters (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  number      TEXT NOT NULL,
  issuer      TEXT NOT NULL,
  desk        TEXT NOT NULL,
  unit        TEXT NOT NULL,
  state       TEXT NOT NULL,  -- draft, signed, withdrawn
  items       TEXT NOT NULL,  -- JSON
  sha256      TEXT NOT NULL,  -- of the items as they are printed
  document    TEXT,           -- JSON, kernel_documents::Document, frozen at the signing
  drafted_at  TEXT NOT NULL,
  signed_by   TEXT,
  signed_at   TEXT,
  read_by     TEXT,
  read_at     TEXT,
  answer      TEXT,
  answered_by TEXT,
  answered_at TEXT,
  version     BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id)
);
CREATE UNIQUE INDEX letters_draft ON letters (home, issuer, unit) WHERE state = 'draft';
CREATE INDEX letters_unit ON letters (home, unit, drafted_at);

-- Gap-free numbers of tasks and letters, for each issuer and year; the row lock serialises several processes.
CREATE TABLE directive_numbers (
  home   TEXT NOT NULL,
  series TEXT NOT NULL,
  year   BIGINT NOT NULL,
  last   BIGINT NOT NULL,
  PRIMARY KEY (home, series, year)
);

-- What a late task means for the annual rating of the unit and its head: proposed by the ladder, decided by a person.
CREATE TABLE ratings (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  task        TEXT NOT NULL,
  issuer      TEXT NOT NULL,
  unit        TEXT NOT NULL,
  head        TEXT,
  late_days   BIGINT NOT NULL,
  proposed_at TEXT NOT NULL,
  decision    TEXT,           -- deduct, excuse, commend
  points      DOUBLE PRECISION,
  reason      TEXT NOT NULL DEFAULT '',
  decided_by  TEXT,
  decided_at  TEXT,
  seen_by     TEXT,
  seen_at     TEXT,
  version     BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, task),
  FOREIGN KEY (home, task) REFERENCES directive_tasks (home, id)
);
CREATE INDEX ratings_issuer ON ratings (home, issuer, proposed_at);
CREATE INDEX ratings_unit ON ratings (home, unit, proposed_at);

-- Inspection teams (tổ kiểm tra), what they found, and what must be remedied.
CREATE TABLE teams (
  home     TEXT NOT NULL,
  id       TEXT NOT NULL,
  name     TEXT NOT NULL,
  decision TEXT NOT NULL,     -- number of the decision that set it up
  issuer   TEXT NOT NULL,
  desk     TEXT NOT NULL,
  members  TEXT NOT NULL,     -- JSON: sign-in names, the leader first
  made_at  TEXT NOT NULL,
  version  BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id)
);

CREATE TABLE team_visits (
  home       TEXT NOT NULL,
  id         TEXT NOT NULL,
  team       TEXT NOT NULL,
  unit       TEXT NOT NULL,
  visited_on TEXT NOT NULL,
  summary    TEXT NOT NULL,
  by_officer TEXT NOT NULL,
  at         TEXT NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, team) REFERENCES teams (home, id)
);
CREATE INDEX team_visits_team ON team_visits (home, team, at);

CREATE TABLE team_findings (
  home         TEXT NOT NULL,
  id           TEXT NOT NULL,
  visit        TEXT NOT NULL,
  team         TEXT NOT NULL,
  unit         TEXT NOT NULL,
  text         TEXT NOT NULL,
  remedy       TEXT NOT NULL,
  due_on       TEXT NOT NULL,
  obligation   TEXT NOT NULL,
  report       TEXT,
  reported_at  TEXT,
  confirmed_at TEXT,
  version      BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, visit) REFERENCES team_visits (home, id)
);
CREATE INDEX team_findings_unit ON team_findings (home, unit, due_on);
CREATE INDEX team_findings_team ON team_findings (home, team);

-- Plans read from a workbook that wait for a person to say yes.
CREATE TABLE directive_imports (
  home      TEXT NOT NULL,
  id        TEXT NOT NULL,
  document  TEXT NOT NULL,    -- JSON
  rows      TEXT NOT NULL,    -- JSON
  sha256    TEXT NOT NULL,    -- of the file
  desk      TEXT NOT NULL,
  staged_by TEXT NOT NULL,
  staged_at TEXT NOT NULL,
  made      TEXT,             -- the document it became
  version   BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id)
);
