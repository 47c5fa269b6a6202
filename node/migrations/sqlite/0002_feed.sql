-- Two texts of one schema, because the databases name their column types differently.

-- A feed and how much of it is held. `head` is the last signed head whose entries are all held, `target` the larger
-- one that a catch-up is on the way to; both are epoch, size, root and signature in one value. `change_no` numbers
-- the changes of heads over all feeds.
CREATE TABLE feed (
    feed      INTEGER PRIMARY KEY,
    node      BLOB NOT NULL,
    audience  BLOB NOT NULL,
    lane      INTEGER NOT NULL,
    own       INTEGER NOT NULL,
    size      INTEGER NOT NULL,
    frontier  BLOB NOT NULL,
    head      BLOB,
    target    BLOB,
    change_no INTEGER NOT NULL,
    heard     INTEGER NOT NULL,
    stalled   TEXT,
    UNIQUE (node, audience, lane)
) STRICT;

CREATE INDEX feed_by_change_no ON feed (change_no);

-- Entries as signed. The hash of a body is kept only where the body is not; a dead entry has nothing but its leaf.
CREATE TABLE entry (
    feed      INTEGER NOT NULL,
    idx       INTEGER NOT NULL,
    header    BLOB,
    body      BLOB,
    body_hash BLOB,
    leaf_hash BLOB NOT NULL,
    PRIMARY KEY (feed, idx)
) STRICT;

-- Roots of the whole tiles, so that an index of a long feed is read and not computed.
CREATE TABLE tile (
    feed INTEGER NOT NULL REFERENCES feed,
    tile INTEGER NOT NULL,
    root BLOB NOT NULL,
    PRIMARY KEY (feed, tile)
) STRICT, WITHOUT ROWID;

-- Entries that verify but have no effect here, and why.
CREATE TABLE quarantine (
    feed   INTEGER NOT NULL REFERENCES feed,
    idx    INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (feed, idx)
) STRICT, WITHOUT ROWID;

-- Two heads of one feed, epoch and size with different roots, the smaller root first.
CREATE TABLE fork (
    feed         INTEGER PRIMARY KEY REFERENCES feed,
    smaller_head BLOB NOT NULL,
    greater_head BLOB NOT NULL
) STRICT;
