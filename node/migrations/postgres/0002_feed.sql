-- Two texts of one schema, because the databases name their column types differently.

-- A feed and how much of it is held. `head` is the last signed head whose entries are all held, `target` the larger
-- one that a catch-up is on the way to; both are epoch, size, root and signature in one value. `change_no` numbers
-- the changes of heads over all feeds.
CREATE TABLE feed (
    feed      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node      BYTEA NOT NULL,
    audience  BYTEA NOT NULL,
    lane      BIGINT NOT NULL,
    own       BOOLEAN NOT NULL,
    size      BIGINT NOT NULL,
    frontier  BYTEA NOT NULL,
    head      BYTEA,
    target    BYTEA,
    change_no BIGINT NOT NULL,
    heard     BIGINT NOT NULL,
    stalled   TEXT,
    UNIQUE (node, audience, lane)
);

CREATE INDEX feed_by_change_no ON feed (change_no);

-- Entries as signed. The hash of a body is kept only where the body is not; a dead entry has nothing but its leaf.
CREATE TABLE entry (
    feed      BIGINT NOT NULL,
    idx       BIGINT NOT NULL,
    header    BYTEA,
    body      BYTEA,
    body_hash BYTEA,
    leaf_hash BYTEA NOT NULL,
    PRIMARY KEY (feed, idx)
);

-- Bodies are short and rarely compress: without an attempt, inserting them is cheaper.
ALTER TABLE entry ALTER COLUMN body SET STORAGE EXTERNAL;

-- Roots of the whole tiles, so that an index of a long feed is read and not computed.
CREATE TABLE tile (
    feed BIGINT NOT NULL REFERENCES feed,
    tile BIGINT NOT NULL,
    root BYTEA NOT NULL,
    PRIMARY KEY (feed, tile)
);

-- Entries that verify but have no effect here, and why.
CREATE TABLE quarantine (
    feed   BIGINT NOT NULL REFERENCES feed,
    idx    BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (feed, idx)
);

-- Two heads of one feed, epoch and size with different roots, the smaller root first.
CREATE TABLE fork (
    feed         BIGINT PRIMARY KEY REFERENCES feed,
    smaller_head BYTEA NOT NULL,
    greater_head BYTEA NOT NULL
);
