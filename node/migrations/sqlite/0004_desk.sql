-- Two texts of one schema, because the databases name their column types differently.

-- Answers given to write requests, so that a retry gets the same one.
CREATE TABLE request (
    holder     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    method     TEXT NOT NULL,
    digest     BLOB NOT NULL,
    results    TEXT NOT NULL,
    time       INTEGER NOT NULL,
    PRIMARY KEY (holder, request_id)
) STRICT, WITHOUT ROWID;

-- Bearer tokens by the hash of their secret.
CREATE TABLE token (
    id      TEXT PRIMARY KEY,
    secret  BLOB NOT NULL UNIQUE,
    holder  TEXT NOT NULL,
    role    TEXT NOT NULL,
    party   INTEGER,
    methods TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    revoked INTEGER
) STRICT, WITHOUT ROWID;

-- Who did what, from where, with which result. Ids only.
CREATE TABLE audit (
    sequence  INTEGER PRIMARY KEY,
    time      INTEGER NOT NULL,
    holder    TEXT NOT NULL,
    role      TEXT NOT NULL,
    address   TEXT NOT NULL,
    method    TEXT NOT NULL,
    resources TEXT NOT NULL,
    result    TEXT NOT NULL
) STRICT;
