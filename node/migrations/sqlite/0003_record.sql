-- Two texts of one schema, because the databases name their column types differently.

-- The winning revision of every record, own and replicated: the highest revision, then the greatest leaf hash. What
-- it says stands in its entry; `body` is set only while it is in no feed. The columns after `contested` are read from
-- the body for lists and links. `changed` numbers the changes over all records.
CREATE TABLE record (
    kind           INTEGER NOT NULL,
    owner          TEXT NOT NULL,
    number         INTEGER NOT NULL,
    revision       INTEGER NOT NULL,
    leaf_hash      BLOB NOT NULL,
    audience       TEXT NOT NULL,
    feed           INTEGER,
    idx            INTEGER,
    body           BLOB,
    contested      INTEGER NOT NULL,
    state          TEXT NOT NULL,
    exercise       INTEGER NOT NULL,
    items          TEXT NOT NULL,
    urgency        INTEGER NOT NULL,
    need_owner     TEXT,
    need_number    INTEGER,
    offer_owner    TEXT,
    offer_number   INTEGER,
    answers_owner  TEXT,
    answers_number INTEGER,
    due            INTEGER,
    changed        INTEGER NOT NULL,
    PRIMARY KEY (kind, owner, number)
) STRICT;

CREATE INDEX record_by_changed ON record (changed);
-- Only the two halves of an agreement name needs and offers.
CREATE INDEX record_by_need ON record (need_owner, need_number) WHERE need_owner IS NOT NULL;
CREATE INDEX record_by_offer ON record (offer_owner, offer_number) WHERE offer_owner IS NOT NULL;

-- Every revision of the node's own records, drafts and private ones included, and who wrote it.
CREATE TABLE own_revision (
    number   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    audience TEXT NOT NULL,
    feed     INTEGER,
    idx      INTEGER,
    body     BLOB,
    holder   TEXT NOT NULL,
    time     INTEGER NOT NULL,
    PRIMARY KEY (number, revision)
) STRICT;

-- How far a background worker has read the changes.
CREATE TABLE consumer (
    name    TEXT PRIMARY KEY,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
