-- Accounts of officers (sign-in name, password, one-time code) and of citizens (phone or e-mail).
CREATE TABLE accounts (
    home          TEXT NOT NULL,
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,           -- staff | citizen
    sign_in       TEXT,                    -- officers: the name typed at sign-in
    name          TEXT NOT NULL,           -- personal
    person        TEXT,                    -- citizens: the person behind the account
    password_hash TEXT,                    -- argon2id, PHC form
    totp_secret   TEXT,                    -- personal
    phone         TEXT,                    -- personal
    email         TEXT,                    -- personal
    disabled_at   TEXT,
    created_at    TEXT NOT NULL,
    version       BIGINT NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE UNIQUE INDEX accounts_sign_in ON accounts (home, sign_in);
CREATE UNIQUE INDEX accounts_phone ON accounts (home, phone);
CREATE UNIQUE INDEX accounts_email ON accounts (home, email);

-- The last time step of a code that an account used, for each purpose: a code is good once.
CREATE TABLE totp_uses (
    home    TEXT NOT NULL,
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,                 -- sign-in | token | approve
    step    BIGINT NOT NULL,
    PRIMARY KEY (home, account, purpose)
);

-- Signed-in browsers. The token itself is only in the cookie.
CREATE TABLE web_sessions (
    home       TEXT NOT NULL,
    token_hash TEXT NOT NULL,              -- SHA-256 of the token
    account    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    idle_until TEXT NOT NULL,
    ends_at    TEXT NOT NULL,
    PRIMARY KEY (home, token_hash)
);
CREATE INDEX web_sessions_account ON web_sessions (home, account);

-- Bearer tokens of programs.
CREATE TABLE api_tokens (
    home       TEXT NOT NULL,
    token_hash TEXT NOT NULL,              -- SHA-256 of the token
    account    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (home, token_hash)
);
CREATE INDEX api_tokens_account ON api_tokens (home, account);

-- One-time codes sent to a phone or an e-mail; one open code for each contact.
CREATE TABLE sign_in_codes (
    home       TEXT NOT NULL,
    contact    TEXT NOT NULL,              -- personal
    code_hash  TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    tries      BIGINT NOT NULL,
    PRIMARY KEY (home, contact)
);

-- What would have been sent by SMS or e-mail; filled and shown only in the demonstration.
CREATE TABLE dev_mailbox (
    home       TEXT NOT NULL,
    number     BIGINT NOT NULL,
    contact    TEXT NOT NULL,              -- personal
    body       TEXT NOT NULL,              -- personal
    created_at TEXT NOT NULL,
    PRIMARY KEY (home, number)
);

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
    home         TEXT NOT NULL,
    scope        TEXT NOT NULL,            -- who and what: the key of one account never meets another's
    key          TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status       BIGINT NOT NULL,
    body         TEXT NOT NULL,            -- personal
    created_at   TEXT NOT NULL,
    PRIMARY KEY (home, scope, key)
);
