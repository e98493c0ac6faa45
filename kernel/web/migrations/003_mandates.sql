-- Organisations that have an account here: one number, one account.
CREATE TABLE organisations (
    home       TEXT NOT NULL,
    account    TEXT NOT NULL,
    number     TEXT NOT NULL,              -- tax code, else business number
    name       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (home, account)
);
CREATE UNIQUE INDEX organisations_number ON organisations (home, number);

-- Who may act for whom: representation of an organisation, delegation between citizens, help with filling in.
CREATE TABLE mandates (
    home          TEXT NOT NULL,
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,           -- representation | delegation | help
    principal     TEXT NOT NULL,           -- account in whose name is acted
    agent         TEXT NOT NULL,           -- account of who acts; empty until a delegation is accepted
    agent_contact TEXT NOT NULL,           -- personal: phone or e-mail of who was asked
    procedures    TEXT NOT NULL,           -- JSON: national codes; [] = all
    from_at       TEXT NOT NULL,
    until_at      TEXT NOT NULL,           -- exclusive
    state         TEXT NOT NULL,           -- proposed | active | declined | ended
    proof         TEXT NOT NULL,           -- personal: how consent or representation was shown
    code_hash     TEXT NOT NULL,           -- of the code of consent, while it is awaited
    tries         BIGINT NOT NULL,
    created_at    TEXT NOT NULL,
    decided_at    TEXT,
    ended_at      TEXT,
    version       BIGINT NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE INDEX mandates_principal ON mandates (home, principal, created_at);
CREATE INDEX mandates_agent ON mandates (home, agent, created_at);
CREATE INDEX mandates_contact ON mandates (home, agent_contact);
CREATE INDEX mandates_waiting ON mandates (home, kind, state);

-- Members of community digital teams (tổ công nghệ số cộng đồng) who may help others.
CREATE TABLE helpers (
    home       TEXT NOT NULL,
    account    TEXT NOT NULL,
    team       TEXT NOT NULL,
    agency     TEXT NOT NULL,              -- commune that appointed
    until_at   TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (home, account)
);
CREATE INDEX helpers_agency ON helpers (home, agency);

-- Codes an officer can use once in place of the authenticator.
CREATE TABLE recovery_codes (
    home       TEXT NOT NULL,
    account    TEXT NOT NULL,
    code_hash  TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (home, account, code_hash)
);
