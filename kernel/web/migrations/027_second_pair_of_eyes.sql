-- A representation that no account of the organisation confirms needs two officers.
ALTER TABLE mandates ADD COLUMN seen_by TEXT NOT NULL DEFAULT '';   -- label of the officer who compared the papers first

-- How many sign-in codes were sent to a contact on a day of Vietnam.
CREATE TABLE sign_in_code_days (
    home         TEXT NOT NULL,
    contact_hash TEXT NOT NULL,            -- keyed hash: tells nobody who it was
    day          TEXT NOT NULL,
    sent         BIGINT NOT NULL,
    PRIMARY KEY (home, contact_hash)
);
