-- Two texts of one schema, because the databases name their column types differently.

-- What is remembered of a peer: whether it is pinned and where, and how far its head changes were read.
CREATE TABLE peer (
    handle  TEXT PRIMARY KEY,
    pinned  INTEGER NOT NULL,
    address TEXT,
    session BLOB,
    cursor  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Invitations that this node's steward issued. `newcomer` is the identity lane that was proven with the code.
CREATE TABLE invitation (
    code_id    BLOB PRIMARY KEY,
    secret     BLOB NOT NULL,
    handle     TEXT NOT NULL,
    name       TEXT NOT NULL,
    trust_code INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    state      TEXT NOT NULL,
    node       BLOB,
    newcomer   BLOB
) STRICT, WITHOUT ROWID;
