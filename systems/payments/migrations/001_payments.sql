-- Payments (thanh toán phí, lệ phí). Rows are projections of ledger events (subject `payment:<dossier id>`, of a
-- reconciliation `reconciliation:<agency>/<channel>/<day>`); `verify` recomputes them. Money is whole đồng.

-- What a dossier owes for one published fee (nghĩa vụ tài chính).
CREATE TABLE fee_obligations (
  home           TEXT NOT NULL,
  id             TEXT NOT NULL,
  dossier        TEXT NOT NULL,
  code           TEXT NOT NULL,
  procedure_code TEXT NOT NULL,
  procedure_name TEXT NOT NULL,
  agency         TEXT NOT NULL,
  reception      TEXT NOT NULL,
  owner_account  TEXT NOT NULL DEFAULT '',
  payer          TEXT NOT NULL, -- personal
  fee            TEXT NOT NULL,
  kind           TEXT NOT NULL,
  name           TEXT NOT NULL,
  basis          TEXT NOT NULL,
  illustrative   BOOLEAN NOT NULL,
  unit_amount    BIGINT NOT NULL,
  copies         BIGINT NOT NULL,
  amount         BIGINT NOT NULL CHECK (amount >= 0),
  collect        TEXT NOT NULL,
  exempt_reason  TEXT NOT NULL DEFAULT '',
  -- open, paid, exempt, cancelled
  state          TEXT NOT NULL,
  asked_at       TEXT NOT NULL,
  settled_at     TEXT,
  version        BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, dossier, fee)
);
CREATE INDEX fee_obligations_code ON fee_obligations (home, code);
CREATE INDEX fee_obligations_account ON fee_obligations (home, owner_account) WHERE owner_account <> '';

-- One try to pay (lần thanh toán), online or at the counter.
CREATE TABLE payment_attempts (
  home          TEXT NOT NULL,
  id            TEXT NOT NULL,
  reference     TEXT NOT NULL,
  dossier       TEXT NOT NULL,
  agency        TEXT NOT NULL,
  channel       TEXT NOT NULL,
  amount        BIGINT NOT NULL CHECK (amount > 0),
  -- created, redirected, confirmed, failed, expired, refunded, disputed
  state         TEXT NOT NULL,
  -- The gateway was told and gave no answer that could be understood: it is asked before another attempt is made.
  unknown       BOOLEAN NOT NULL DEFAULT FALSE,
  pay_url       TEXT NOT NULL DEFAULT '',
  created_at    TEXT NOT NULL,
  expires_at    TEXT NOT NULL,
  confirmed_at  TEXT,
  transaction_no TEXT NOT NULL DEFAULT '',
  bank          TEXT NOT NULL DEFAULT '',
  code          TEXT NOT NULL DEFAULT '',
  reason_vi     TEXT NOT NULL DEFAULT '',
  reason_en     TEXT NOT NULL DEFAULT '',
  note          TEXT NOT NULL DEFAULT '', -- personal
  -- Đồng of refunds that were asked for and not refused; never more than was paid.
  refund_total  BIGINT NOT NULL DEFAULT 0,
  version       BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, reference),
  CHECK (refund_total >= 0 AND refund_total <= amount)
);
CREATE INDEX payment_attempts_dossier ON payment_attempts (home, dossier, created_at);
CREATE INDEX payment_attempts_waiting ON payment_attempts (home, created_at, id) WHERE state IN ('created', 'redirected');
CREATE INDEX payment_attempts_day     ON payment_attempts (home, agency, channel, confirmed_at);

-- What an attempt pays. At most one settled attempt for an obligation: a rule of the database.
CREATE TABLE attempt_lines (
  home       TEXT NOT NULL,
  attempt    TEXT NOT NULL,
  obligation TEXT NOT NULL,
  amount     BIGINT NOT NULL,
  settled    BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (home, attempt, obligation),
  FOREIGN KEY (home, attempt) REFERENCES payment_attempts (home, id),
  FOREIGN KEY (home, obligation) REFERENCES fee_obligations (home, id)
);
CREATE UNIQUE INDEX attempt_lines_settled ON attempt_lines (home, obligation) WHERE settled;

-- Every notification that came, believed or not.
CREATE TABLE payment_notices (
  home        TEXT NOT NULL,
  id          TEXT NOT NULL,
  channel     TEXT NOT NULL,
  reference   TEXT NOT NULL,
  amount      BIGINT NOT NULL,
  paid        BOOLEAN NOT NULL,
  code        TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  received_at TEXT NOT NULL,
  PRIMARY KEY (home, id)
);
CREATE INDEX payment_notices_reference ON payment_notices (home, reference, received_at);

-- Last number of a series; the row lock serialises several processes, so numbers have no gaps.
CREATE TABLE fee_receipt_numbers (
  home   TEXT NOT NULL,
  agency TEXT NOT NULL,
  series TEXT NOT NULL,
  last   BIGINT NOT NULL,
  PRIMARY KEY (home, agency, series)
);

-- Receipts (biên lai), one for phí and one for lệ phí.
CREATE TABLE fee_receipts (
  home          TEXT NOT NULL,
  id            TEXT NOT NULL,
  agency        TEXT NOT NULL,
  series        TEXT NOT NULL,
  number        BIGINT NOT NULL,
  kind          TEXT NOT NULL,
  dossier       TEXT NOT NULL,
  attempt       TEXT NOT NULL,
  amount        BIGINT NOT NULL,
  -- Everything printed, frozen at the issue.
  content       TEXT NOT NULL, -- personal
  issued_at     TEXT NOT NULL,
  issued_by     TEXT NOT NULL,
  cancelled_at  TEXT,
  cancelled_by  TEXT,
  cancel_reason TEXT NOT NULL DEFAULT '',
  replaces      TEXT,
  version       BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, agency, series, number),
  FOREIGN KEY (home, attempt) REFERENCES payment_attempts (home, id)
);
CREATE INDEX fee_receipts_dossier ON fee_receipts (home, dossier, issued_at);

-- Money that goes back (hoàn phí).
CREATE TABLE fee_refunds (
  home         TEXT NOT NULL,
  id           TEXT NOT NULL,
  attempt      TEXT NOT NULL,
  dossier      TEXT NOT NULL,
  agency       TEXT NOT NULL,
  amount       BIGINT NOT NULL CHECK (amount > 0),
  -- double, after_end, never_accepted, wrong_amount, request
  reason       TEXT NOT NULL,
  -- asked, approved, done, declined
  state        TEXT NOT NULL,
  account      TEXT NOT NULL DEFAULT '', -- personal
  bank         TEXT NOT NULL DEFAULT '', -- personal
  holder       TEXT NOT NULL DEFAULT '', -- personal
  note         TEXT NOT NULL DEFAULT '', -- personal
  asked_at     TEXT NOT NULL,
  asked_by     TEXT NOT NULL,
  approved_at  TEXT,
  approved_by  TEXT,
  done_at      TEXT,
  gateway_no   TEXT NOT NULL DEFAULT '',
  -- Last answer of the gateway when it did not pay.
  trouble      TEXT NOT NULL DEFAULT '',
  obligation   TEXT NOT NULL,
  due_at       TEXT NOT NULL,
  version      BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, attempt) REFERENCES payment_attempts (home, id)
);
CREATE INDEX fee_refunds_agency ON fee_refunds (home, agency, state, asked_at);
CREATE INDEX fee_refunds_dossier ON fee_refunds (home, dossier, asked_at);
CREATE INDEX fee_refunds_attempt ON fee_refunds (home, attempt);

-- Reconciliation (đối soát) of one day, one channel, one collecting agency.
CREATE TABLE reconciliations (
  home          TEXT NOT NULL,
  id            TEXT NOT NULL,
  agency        TEXT NOT NULL,
  channel       TEXT NOT NULL,
  day           TEXT NOT NULL,
  -- query or file
  source        TEXT NOT NULL,
  ran_at        TEXT NOT NULL,
  ours_count    BIGINT NOT NULL,
  ours_amount   BIGINT NOT NULL,
  theirs_count  BIGINT NOT NULL,
  theirs_amount BIGINT NOT NULL,
  closed_at     TEXT,
  closed_by     TEXT,
  version       BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, agency, channel, day)
);
CREATE INDEX reconciliations_day ON reconciliations (home, day, agency, channel);

CREATE TABLE mismatches (
  home           TEXT NOT NULL,
  id             TEXT NOT NULL,
  reconciliation TEXT NOT NULL,
  -- ours_only, theirs_only, amount, double, receipt_missing, refund_open
  kind           TEXT NOT NULL,
  reference      TEXT NOT NULL,
  ours_amount    BIGINT NOT NULL,
  theirs_amount  BIGINT NOT NULL,
  obligation     TEXT NOT NULL,
  due_at         TEXT NOT NULL,
  found_at       TEXT NOT NULL,
  -- open, resolved (no longer found), excepted (with a reason)
  state          TEXT NOT NULL,
  reason         TEXT NOT NULL DEFAULT '',
  ended_at       TEXT,
  ended_by       TEXT,
  version        BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, reconciliation, kind, reference),
  FOREIGN KEY (home, reconciliation) REFERENCES reconciliations (home, id)
);
