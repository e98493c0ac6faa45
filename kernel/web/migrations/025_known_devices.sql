-- Devices that an account was opened on before: an unknown one is told to the person once. Only a hash of what the
-- browser says of itself, together with the account.
CREATE TABLE known_devices (
    home       TEXT NOT NULL,
    account    TEXT NOT NULL,
    device     TEXT NOT NULL,              -- SHA-256
    met_at     TEXT NOT NULL,
    PRIMARY KEY (home, account, device)
);
