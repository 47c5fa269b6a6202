-- Which records a record names beyond the columns of its own row: a consignment its commitments, a message what it is
-- about, anything its call. Only ever added to: what reads it looks at what the record itself says.
CREATE TABLE mention (
    kind         BIGINT NOT NULL,
    owner        TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL,
    named_owner  TEXT COLLATE "C" NOT NULL,
    named_number BIGINT NOT NULL,
    changed      BIGINT NOT NULL,
    PRIMARY KEY (named_owner, named_number, kind, owner, number)
);
