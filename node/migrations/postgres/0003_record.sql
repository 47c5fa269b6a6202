-- Two texts of one schema, because the databases name their column types differently.

-- The winning revision of every record, own and replicated: the highest revision, then the greatest leaf hash. What
-- it says stands in its entry; `body` is set only while it is in no feed. The columns after `contested` are read from
-- the body for lists and links. `changed` numbers the changes over all records.
CREATE TABLE record (
    kind           BIGINT NOT NULL,
    owner          TEXT COLLATE "C" NOT NULL,
    number         BIGINT NOT NULL,
    revision       BIGINT NOT NULL,
    leaf_hash      BYTEA NOT NULL,
    audience       TEXT NOT NULL,
    feed           BIGINT,
    idx            BIGINT,
    body           BYTEA,
    contested      BOOLEAN NOT NULL,
    state          TEXT NOT NULL,
    exercise       BOOLEAN NOT NULL,
    items          TEXT NOT NULL,
    urgency        BIGINT NOT NULL,
    need_owner     TEXT COLLATE "C",
    need_number    BIGINT,
    offer_owner    TEXT COLLATE "C",
    offer_number   BIGINT,
    answers_owner  TEXT COLLATE "C",
    answers_number BIGINT,
    due            BIGINT,
    changed        BIGINT NOT NULL,
    PRIMARY KEY (kind, owner, number)
);

CREATE INDEX record_by_changed ON record (changed);
-- Only the two halves of an agreement name needs and offers.
CREATE INDEX record_by_need ON record (need_owner, need_number) WHERE need_owner IS NOT NULL;
CREATE INDEX record_by_offer ON record (offer_owner, offer_number) WHERE offer_owner IS NOT NULL;

-- Every revision of the node's own records, drafts and private ones included, and who wrote it.
CREATE TABLE own_revision (
    number   BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    kind     BIGINT NOT NULL,
    audience TEXT NOT NULL,
    feed     BIGINT,
    idx      BIGINT,
    body     BYTEA,
    holder   TEXT NOT NULL,
    time     BIGINT NOT NULL,
    PRIMARY KEY (number, revision)
);

-- How far a background worker has read the changes.
CREATE TABLE consumer (
    name    TEXT PRIMARY KEY,
    changed BIGINT NOT NULL
);
