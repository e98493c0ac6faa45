-- A message to one recipient about one event. The recipient is acc_… (citizen), staff:… (officer) or contact:… (hash).
CREATE TABLE messages (
    home       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    event_key  TEXT    NOT NULL,          -- names the event: told once to a recipient
    kind       TEXT    NOT NULL,
    lang       TEXT    NOT NULL,
    title      TEXT    NOT NULL,          -- personal
    body       TEXT    NOT NULL,          -- personal
    link       TEXT    NOT NULL,
    happened_at TEXT   NOT NULL,
    created_at TEXT    NOT NULL,
    read_at    TEXT,
    version    BIGINT  NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE UNIQUE INDEX messages_once ON messages (home, recipient, event_key);
CREATE INDEX messages_of ON messages (home, recipient, created_at);

-- One message on its way through one channel to one address.
CREATE TABLE deliveries (
    home       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    message    TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    event_key  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    channel    TEXT    NOT NULL,          -- email | sms | push
    target     TEXT    NOT NULL,          -- subscription of a push, else empty
    address    TEXT    NOT NULL,          -- personal
    title      TEXT    NOT NULL,          -- personal
    body       TEXT    NOT NULL,          -- personal
    link       TEXT    NOT NULL,
    state      TEXT    NOT NULL,          -- waiting | sent | skipped | dead
    reason     TEXT    NOT NULL,          -- word of why it was skipped, put off or given up
    attempts   BIGINT  NOT NULL,
    next_at    TEXT    NOT NULL,
    expires_at TEXT    NOT NULL,
    created_at TEXT    NOT NULL,
    ended_at   TEXT,
    provider   TEXT    NOT NULL,          -- what the provider calls it
    version    BIGINT  NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (home, event_key, recipient, channel, target);
CREATE INDEX deliveries_new ON deliveries (home, created_at, id);
CREATE INDEX deliveries_state ON deliveries (home, state, created_at, id);
CREATE INDEX deliveries_of ON deliveries (home, recipient);

-- Every attempt and what the other side answered; one without an end was cut off by a crash.
CREATE TABLE delivery_attempts (
    home     TEXT   NOT NULL,
    delivery TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    began_at TEXT   NOT NULL,
    ended_at TEXT,
    outcome  TEXT   NOT NULL,             -- begun | sent | later | never
    answer   TEXT   NOT NULL,             -- personal
    PRIMARY KEY (home, delivery, number)
);

-- Where a person is reached, once the address was confirmed by a code sent to it.
CREATE TABLE contact_points (
    home         TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    recipient    TEXT   NOT NULL,
    channel      TEXT   NOT NULL,         -- email | sms
    address      TEXT   NOT NULL,         -- personal
    code_hash    TEXT   NOT NULL,
    code_until   TEXT,
    tries        BIGINT NOT NULL,
    confirmed_at TEXT,
    failed_at    TEXT,                    -- the other side said that there is no such address
    created_at   TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE UNIQUE INDEX contact_points_once ON contact_points (home, recipient, channel, address);

-- Browsers that asked for push messages.
CREATE TABLE push_subscriptions (
    home       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    endpoint   TEXT   NOT NULL,           -- personal
    public_key TEXT   NOT NULL,           -- personal
    secret     TEXT   NOT NULL,           -- personal
    device     TEXT   NOT NULL,           -- personal
    created_at TEXT   NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE UNIQUE INDEX push_subscriptions_once ON push_subscriptions (home, recipient, endpoint);

-- What a person chose; no row = as the messages say.
CREATE TABLE notify_preferences (
    home        TEXT   NOT NULL,
    recipient   TEXT   NOT NULL,
    lang        TEXT   NOT NULL,
    choices     TEXT   NOT NULL,          -- {"dossier": {"email": true, "sms": false, "push": true}}
    quiet_from  BIGINT NOT NULL,          -- minutes after midnight in Vietnam; the same as quiet_to: no quiet hours
    quiet_to    BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (home, recipient)
);
