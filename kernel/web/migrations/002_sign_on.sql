-- A session says how it was opened, how sure it is who sits there, and for whom he acts.
ALTER TABLE web_sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';           -- shown to the person; opens nothing
ALTER TABLE web_sessions ADD COLUMN way TEXT NOT NULL DEFAULT '';          -- code | password | provider
ALTER TABLE web_sessions ADD COLUMN assurance BIGINT NOT NULL DEFAULT 0;   -- 0 to 3
ALTER TABLE web_sessions ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE web_sessions ADD COLUMN id_token TEXT NOT NULL DEFAULT '';     -- personal: names the session at the provider when it is ended
ALTER TABLE web_sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';       -- personal: what the browser says of itself
ALTER TABLE web_sessions ADD COLUMN mandate TEXT NOT NULL DEFAULT '';      -- for whom the person acts now; empty = for himself

-- Sign-ons that were begun and have not come back. Taken once, bound to the browser that began.
CREATE TABLE sign_ons (
    home       TEXT NOT NULL,
    state_hash TEXT NOT NULL,              -- SHA-256 of `state`
    browser    TEXT NOT NULL,              -- SHA-256 of the browser's cookie
    provider   TEXT NOT NULL,
    nonce      TEXT NOT NULL,
    verifier   TEXT NOT NULL,              -- PKCE
    next       TEXT NOT NULL,              -- where the person was
    proved     TEXT NOT NULL DEFAULT '',   -- personal, JSON: the sign-on that waits for the person's word on linking
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (home, state_hash)
);

-- Which account a holder at a provider has here: one technical id, one account.
CREATE TABLE sign_on_links (
    home            TEXT NOT NULL,
    provider        TEXT NOT NULL,
    technical_id    TEXT NOT NULL,         -- personal
    account         TEXT NOT NULL,
    holder          TEXT NOT NULL,         -- person | organisation
    identity_number TEXT NOT NULL,         -- personal: of a person, as the provider said it
    business_number TEXT NOT NULL,         -- tax code, else business number, of an organisation
    assurance       BIGINT NOT NULL,
    claims          TEXT NOT NULL,         -- personal, JSON: what the provider said at `seen_at`
    linked_at       TEXT NOT NULL,
    seen_at         TEXT NOT NULL,
    version         BIGINT NOT NULL,
    PRIMARY KEY (home, provider, technical_id)
);
CREATE INDEX sign_on_links_account ON sign_on_links (home, account);
CREATE INDEX sign_on_links_identity ON sign_on_links (home, identity_number);
CREATE INDEX sign_on_links_business ON sign_on_links (home, business_number);
