-- Two texts of one schema, because the databases name their column types differently.

-- What the node knows about itself, by name; see store::Meta.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- The roster's chain of versions, as signed.
CREATE TABLE roster (
    version BIGINT PRIMARY KEY,
    note    TEXT NOT NULL
);

-- Who is or was a member: handles are never reused, so rows stay.
CREATE TABLE member (
    handle  TEXT COLLATE "C" PRIMARY KEY,
    node    BYTEA NOT NULL UNIQUE,
    steward BOOLEAN NOT NULL,
    present BOOLEAN NOT NULL
);
