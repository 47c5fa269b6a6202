-- Two texts of one schema, because the databases name their column types differently.

-- What the node knows about itself, by name; see store::Meta.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The roster's chain of versions, as signed.
CREATE TABLE roster (
    version INTEGER PRIMARY KEY,
    note    TEXT NOT NULL
) STRICT;

-- Who is or was a member: handles are never reused, so rows stay.
CREATE TABLE member (
    handle  TEXT PRIMARY KEY,
    node    BLOB NOT NULL UNIQUE,
    steward INTEGER NOT NULL,
    present INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
