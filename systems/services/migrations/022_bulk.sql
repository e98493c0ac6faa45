-- Many dossiers of one procedure from one workbook (nộp hàng loạt). Rows are checked before anything is handed in; a row
-- with a receipt is never handed in again. Deleted seven days after the upload.
CREATE TABLE bulk_batches (
  home       TEXT NOT NULL,
  id         TEXT NOT NULL,
  account    TEXT NOT NULL,
  mandate    TEXT NOT NULL DEFAULT '',
  procedure  TEXT NOT NULL,
  case_code  TEXT NOT NULL,
  agency     TEXT NOT NULL,
  file_name  TEXT NOT NULL,                 -- personal
  file_hash  TEXT NOT NULL,                 -- SHA-256 of the workbook
  rows_json  TEXT NOT NULL,                 -- personal, JSON: what was typed, the answers, the faults, the receipts
  faulty     BIGINT NOT NULL,               -- rows with a fault
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  version    BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id)
);
CREATE INDEX bulk_batches_of_account ON bulk_batches (home, account, created_at);
CREATE INDEX bulk_batches_by_expiry ON bulk_batches (home, expires_at);
