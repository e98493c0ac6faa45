-- Nobody is asked twice (không khai báo lại): which sources a person lets us use, and each re-use with its ground.

-- A source the person withdrew (or gave back). No row: the source may be offered; nothing is filled in without a press.
CREATE TABLE source_choices (
  home       TEXT NOT NULL,
  account    TEXT NOT NULL,
  -- sign_on | store | earlier_dossier | card_qr
  source     TEXT NOT NULL,
  withdrawn  BOOLEAN NOT NULL,
  changed_at TEXT NOT NULL,
  PRIMARY KEY (home, account, source)
);

-- Each re-use: what was shown, what the person agreed to, for which draft, and when it was withdrawn.
CREATE TABLE reuses (
  home         TEXT NOT NULL,
  id           TEXT NOT NULL,
  account      TEXT NOT NULL,
  draft        TEXT NOT NULL,
  procedure    TEXT NOT NULL,
  -- JSON list of source kinds.
  sources      TEXT NOT NULL,
  -- JSON list of names of fields or papers; never their values.
  fields       TEXT NOT NULL,
  -- consent | law
  kind         TEXT NOT NULL,
  -- Act and article of a legal ground; purpose in words.
  ground       TEXT NOT NULL,
  -- The sentence shown and its SHA-256, so that nobody can say later that it read otherwise.
  text         TEXT NOT NULL,
  text_sha256  TEXT NOT NULL,
  given_at     TEXT NOT NULL,
  withdrawn_at TEXT,
  PRIMARY KEY (home, id)
);
CREATE INDEX reuses_account ON reuses (home, account, given_at);

-- Requests to erase, and what is still kept by law; a job finishes them when its time has come.
CREATE TABLE erasures (
  home     TEXT NOT NULL,
  id       TEXT NOT NULL,
  account  TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  -- How many records were erased so far.
  erased   BIGINT NOT NULL,
  -- JSON list: what is kept, why, until when. Codes only.
  kept     TEXT NOT NULL,
  -- First day after the last one on which something is kept; empty = everything is erased.
  next_on  TEXT NOT NULL,
  done_at  TEXT,
  version  BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id)
);
CREATE INDEX erasures_next ON erasures (home, next_on) WHERE done_at IS NULL;
