-- Two texts of one schema, because the databases name their column types differently.

-- What is remembered of a peer: whether it is pinned and where, and how far its head changes were read.
CREATE TABLE peer (
    handle  TEXT COLLATE "C" PRIMARY KEY,
    pinned  BOOLEAN NOT NULL,
    address TEXT,
    session BYTEA,
    cursor  BIGINT NOT NULL
);

-- Invitations that this node's steward issued. `newcomer` is the identity lane that was proven with the code.
CREATE TABLE invitation (
    code_id    BYTEA PRIMARY KEY,
    secret     BYTEA NOT NULL,
    handle     TEXT NOT NULL,
    name       TEXT NOT NULL,
    trust_code BOOLEAN NOT NULL,
    expires    BIGINT NOT NULL,
    failures   BIGINT NOT NULL,
    state      TEXT NOT NULL,
    node       BYTEA,
    newcomer   BYTEA
);
