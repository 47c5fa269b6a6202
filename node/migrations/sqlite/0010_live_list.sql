-- Two texts of one schema, because the databases name their column types differently.

-- What is missing of a feed, and why it may be. `list_first` to `list_end` are the entries of the live list by which dead
-- entries need not be held: `list_base` leaves are what it speaks of, and up to `freed` they are let go. `list_due` is the
-- entry that closes a newer list which has no effect yet. `sparse_until` is where the last list ends by which entries never
-- came. A dead entry of a tile that has live ones is a row of `entry` with nothing but its leaf; one of a wholly dead tile is
-- no row, and the tile's root is all that is held.
ALTER TABLE feed ADD COLUMN list_base INTEGER;
ALTER TABLE feed ADD COLUMN list_first INTEGER;
ALTER TABLE feed ADD COLUMN list_end INTEGER;
ALTER TABLE feed ADD COLUMN list_due INTEGER;
ALTER TABLE feed ADD COLUMN freed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN sparse_until INTEGER NOT NULL DEFAULT 0;

-- The newest change by which records went: one row at most. Numbers of changes rise although what had the newest may go.
CREATE TABLE removal (
    changed INTEGER PRIMARY KEY
) STRICT;
