-- Documents that wait for signatures, and what each signer answered. A document is one version of one file.

CREATE TABLE signing_documents (
  home          TEXT NOT NULL,
  id            TEXT NOT NULL,
  -- Subject of the ledger's chain it belongs to: `dossier:dos_…`.
  subject       TEXT NOT NULL,
  -- `result` or `slip`, and its row.
  kind          TEXT NOT NULL,
  reference     TEXT NOT NULL,
  -- Shown on the signer's device; names no person.
  title         TEXT NOT NULL,
  location      TEXT NOT NULL,
  -- The file that is signed.
  file          TEXT NOT NULL,
  sha256        TEXT NOT NULL,
  -- `waiting`, `signed`, `failed`.
  state         TEXT NOT NULL,
  -- Why it still waits, in Vietnamese; empty when nothing went wrong.
  trouble       TEXT NOT NULL DEFAULT '',
  signed_file   TEXT,
  signed_sha256 TEXT,
  requested_at  TEXT NOT NULL,
  tried_at      TEXT,
  signed_at     TEXT,
  version       BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, id),
  UNIQUE (home, kind, reference)
);
CREATE INDEX signing_documents_waiting ON signing_documents (home, requested_at, id) WHERE state = 'waiting';
CREATE INDEX signing_documents_subject ON signing_documents (home, subject);
CREATE INDEX signing_documents_source  ON signing_documents (home, sha256);
CREATE INDEX signing_documents_signed  ON signing_documents (home, signed_sha256) WHERE signed_sha256 IS NOT NULL;

-- One signature of a document, in order: the person first, then the seal of the organisation.
CREATE TABLE signing_steps (
  home         TEXT NOT NULL,
  document     TEXT NOT NULL,
  number       BIGINT NOT NULL,
  -- `person` or `seal`: two rights.
  role         TEXT NOT NULL,
  -- Whose key, as JSON: id, name, organisation.
  credential   TEXT NOT NULL,
  reason       TEXT NOT NULL,
  -- `requested`, `fetched`, `signed`, `failed`.
  state        TEXT NOT NULL,
  -- Certificates that the request was made with, as JSON of hexadecimal DER: a repeat asks for the same thing.
  chain        TEXT NOT NULL DEFAULT '',
  -- The CMS object, hexadecimal DER.
  cms          TEXT NOT NULL DEFAULT '',
  signed_at    TEXT,
  version      BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (home, document, number),
  FOREIGN KEY (home, document) REFERENCES signing_documents (home, id)
);
