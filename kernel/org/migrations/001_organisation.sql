-- Agencies, counters, officers, roles and delegations: dated rows, nothing is overwritten by a reform.

-- One row for each period in which the facts of an agency were the same.
CREATE TABLE agencies (
    home         TEXT    NOT NULL,
    id           TEXT    NOT NULL,        -- national identifier, 000.01.31.H47
    valid_from   TEXT    NOT NULL,        -- first day
    valid_to     TEXT,                    -- day after the last; NULL = in force
    name         TEXT    NOT NULL,
    short_name   TEXT    NOT NULL,
    unit_name    TEXT    NOT NULL,        -- administrative unit it governs ('Phường An Mỹ'); empty for others
    unit_code    TEXT,                    -- the unit's code at the General Statistics Office
    kind         TEXT    NOT NULL,        -- committee | office | service_centre | department | district | commune | one_stop
    tier         TEXT    NOT NULL,        -- province | district | commune
    parent       TEXT,
    successor    TEXT,                    -- who took over when it ended
    receives_at  TEXT,                    -- one-stop that receives for it; NULL = its own
    slug         TEXT    NOT NULL,        -- short word in sign-in names: 'tamky', 'stttt', '20335'
    illustrative BOOLEAN NOT NULL,        -- the identifier is made up for the demonstration
    source       TEXT    NOT NULL,
    name_folded  TEXT    NOT NULL,        -- for searching
    version      BIGINT  NOT NULL,
    PRIMARY KEY (home, id, valid_from)
);
CREATE INDEX agencies_by_parent ON agencies (home, parent);

-- Counters of a one-stop.
CREATE TABLE counters (
    home       TEXT NOT NULL,
    id         TEXT NOT NULL,             -- 000.00.02.H47/1
    agency     TEXT NOT NULL,             -- where it stands
    serves     TEXT,                      -- agency it receives for; NULL = the one it stands at
    name       TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to   TEXT,
    PRIMARY KEY (home, id)
);
CREATE INDEX counters_by_agency ON counters (home, agency);

-- One row for each term of an officer at one agency. Names of officials in office are public.
CREATE TABLE officers (
    home       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    account    TEXT   NOT NULL,           -- sign-in name
    name       TEXT   NOT NULL,           -- personal
    title      TEXT   NOT NULL,
    agency     TEXT   NOT NULL,
    rank       BIGINT NOT NULL,           -- 1 = head of the agency
    valid_from TEXT   NOT NULL,
    valid_to   TEXT,
    version    BIGINT NOT NULL,
    PRIMARY KEY (home, id),
    UNIQUE (home, account, valid_from)
);
CREATE INDEX officers_by_agency ON officers (home, agency);

CREATE TABLE officer_roles (
    home       TEXT NOT NULL,
    officer    TEXT NOT NULL,
    role       TEXT NOT NULL,             -- reception | specialist | head | leader | administrator
    valid_from TEXT NOT NULL,
    valid_to   TEXT,
    PRIMARY KEY (home, officer, role, valid_from)
);

-- An officer lends roles to another for a period (ủy quyền).
CREATE TABLE delegations (
    home         TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    from_officer TEXT   NOT NULL,
    to_officer   TEXT   NOT NULL,
    roles        TEXT   NOT NULL,         -- JSON list of roles
    valid_from   TEXT   NOT NULL,         -- instant
    valid_to     TEXT   NOT NULL,         -- instant, exclusive
    reason       TEXT   NOT NULL,
    revoked_at   TEXT,
    version      BIGINT NOT NULL,
    PRIMARY KEY (home, id)
);
CREATE INDEX delegations_to ON delegations (home, to_officer);
CREATE INDEX delegations_from ON delegations (home, from_officer);
