-- Two texts of one schema, because the databases name their column types differently.

-- Answers given to write requests, so that a retry gets the same one.
CREATE TABLE request (
    holder     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    method     TEXT NOT NULL,
    digest     BYTEA NOT NULL,
    results    TEXT NOT NULL,
    time       BIGINT NOT NULL,
    PRIMARY KEY (holder, request_id)
);

-- Bearer tokens by the hash of their secret.
CREATE TABLE token (
    id      TEXT COLLATE "C" PRIMARY KEY,
    secret  BYTEA NOT NULL UNIQUE,
    holder  TEXT NOT NULL,
    role    TEXT NOT NULL,
    party   BIGINT,
    methods TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    revoked BIGINT
);

-- Who did what, from where, with which result. Ids only.
CREATE TABLE audit (
    sequence  BIGINT PRIMARY KEY,
    time      BIGINT NOT NULL,
    holder    TEXT NOT NULL,
    role      TEXT NOT NULL,
    address   TEXT NOT NULL,
    method    TEXT NOT NULL,
    resources TEXT NOT NULL,
    result    TEXT NOT NULL
);
