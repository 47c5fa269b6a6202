-- Two texts of one schema, because the databases name their column types differently.

-- Starts of the node on this database, in their order: the name that peers hear, and the newest change at the start. A change
-- number means the same thing to two nodes only if the instance that told it is here: a copy that was put back has others.
CREATE TABLE instance (
    number BIGINT PRIMARY KEY,
    nonce BYTEA NOT NULL UNIQUE,
    began BIGINT NOT NULL
);

-- Beside `cursor`, the peer's instance that told it; NULL if it was told before.
ALTER TABLE peer ADD COLUMN instance BYTEA;
