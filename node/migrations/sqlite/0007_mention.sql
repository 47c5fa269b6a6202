-- Which records a record names beyond the columns of its own row: a consignment its commitments, a message what it is
-- about, anything its call. Only ever added to: what reads it looks at what the record itself says.
CREATE TABLE mention (
    kind         INTEGER NOT NULL,
    owner        TEXT NOT NULL,
    number       INTEGER NOT NULL,
    named_owner  TEXT NOT NULL,
    named_number INTEGER NOT NULL,
    changed      INTEGER NOT NULL,
    PRIMARY KEY (named_owner, named_number, kind, owner, number)
) STRICT, WITHOUT ROWID;
