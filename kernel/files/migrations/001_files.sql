-- Stored files. The bytes lie in the object store, sealed under `key`. Erasing the key erases the file.
-- A row is written only after its object is whole and durable.
CREATE TABLE files (
    home        TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    kind        TEXT   NOT NULL,           -- paper | original | document
    owner       TEXT   NOT NULL,           -- who may attach it: account:…, dossier:…
    name        TEXT   NOT NULL,           -- personal, for display only
    media_type  TEXT   NOT NULL,
    sha256      TEXT   NOT NULL,           -- of the bytes before sealing, hex
    size        BIGINT NOT NULL,           -- bytes before sealing
    pages       BIGINT NOT NULL,           -- 0 when it has no pages
    object      TEXT,                      -- path in the object store, NULL once the erased bytes are removed
    key         TEXT,                      -- personal, 32 bytes in hex, NULL once erased
    original_of TEXT,                      -- the paper made from this original
    position    BIGINT NOT NULL,           -- order among the originals of a paper, else 0
    created_at  TEXT   NOT NULL,
    erased_at   TEXT,
    version     BIGINT NOT NULL,
    PRIMARY KEY (home, id),
    UNIQUE (home, object)
);
CREATE INDEX files_by_owner ON files (home, owner, id);
CREATE INDEX files_by_original ON files (home, original_of) WHERE original_of IS NOT NULL;
CREATE INDEX files_erased ON files (home, erased_at) WHERE erased_at IS NOT NULL AND object IS NOT NULL;

-- Uploads under way. How much has arrived is the length of the partial file on disk, nothing else.
CREATE TABLE uploads (
    home        TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    owner       TEXT   NOT NULL,
    name        TEXT   NOT NULL,           -- personal, for display only
    size        BIGINT NOT NULL,           -- bytes announced
    created_at  TEXT   NOT NULL,
    expires_at  TEXT   NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE INDEX uploads_by_owner ON uploads (home, owner);
CREATE INDEX uploads_by_expiry ON uploads (home, expires_at);
