-- Drafts of citizens (hồ sơ nháp). A draft is never a dossier: it is deleted by its owner, or 30 days after its last
-- change; at submission its answers and papers go to the dossier and only the receipt stays here.
CREATE TABLE drafts (
  home           TEXT NOT NULL,
  id             TEXT NOT NULL,
  account        TEXT NOT NULL,
  procedure      TEXT NOT NULL,
  case_code      TEXT NOT NULL,
  agency         TEXT NOT NULL,
  answers        TEXT NOT NULL,             -- personal, JSON: the answers so far, by field
  saved          TEXT NOT NULL,             -- personal, JSON: by field, when and on which device it was last saved
  papers         TEXT NOT NULL,             -- personal, JSON: files by paper
  submitted_code TEXT NOT NULL DEFAULT '',  -- code of the dossier; empty = not submitted
  receipt        TEXT NOT NULL DEFAULT '',  -- personal, JSON: what the person got at submission
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL,
  expires_at     TEXT NOT NULL,
  version        BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id)
);
CREATE INDEX drafts_of_account ON drafts (home, account, updated_at);
CREATE INDEX drafts_by_expiry ON drafts (home, expires_at);

-- Uploads in pieces for a paper of a draft. `upload_key` is made by the browser from name and size, so that choosing the
-- same file again after a cut goes on where it stopped. `file` is filled when the last piece has arrived.
CREATE TABLE draft_uploads (
  home       TEXT NOT NULL,
  upload     TEXT NOT NULL,
  draft      TEXT NOT NULL,
  paper      TEXT NOT NULL,
  upload_key TEXT NOT NULL,                 -- personal, holds the file name
  size       BIGINT NOT NULL,
  file       TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  PRIMARY KEY (home, upload)
);
CREATE INDEX draft_uploads_by_key ON draft_uploads (home, draft, paper, upload_key);
