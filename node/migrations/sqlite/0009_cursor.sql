-- Two texts of one schema, because the databases name their column types differently.

-- Beside `cursor`, how far a peer's changes were read: `said`, how far it was told this node's own, and under which roster
-- version and number of cut-backs both count.
ALTER TABLE peer ADD COLUMN said INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN roster INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN mends INTEGER NOT NULL DEFAULT 0;
