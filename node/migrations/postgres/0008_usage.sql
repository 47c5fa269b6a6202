-- What the members have in use here: records that have not ended and entries that cannot be read, kept in step with
-- every batch so that nobody needs to count.
CREATE TABLE member_usage (
    owner   TEXT COLLATE "C" PRIMARY KEY,
    records BIGINT NOT NULL,
    bytes   BIGINT NOT NULL
);

INSERT INTO member_usage (owner, records, bytes)
SELECT owner, COUNT(*), SUM(len) FROM (
    SELECT r.owner, length(e.header) + COALESCE(length(e.body), 0) AS len
    FROM record r JOIN entry e ON e.feed = r.feed AND e.idx = r.idx JOIN feed f ON f.feed = r.feed
    WHERE NOT f.own AND r.state NOT IN (
        'fulfilled', 'closed', 'withdrawn', 'expired', 'duplicate', 'refused', 'declined', 'released', 'retired', 'ended',
        'cancelled', 'returned', 'diverted', 'lost', 'complete', 'superseded', 'retracted')
    UNION ALL
    SELECT m.handle, COALESCE(length(e.header), 0) + COALESCE(length(e.body), 0)
    FROM quarantine q JOIN feed f ON f.feed = q.feed JOIN member m ON m.node = f.node
        JOIN entry e ON e.feed = q.feed AND e.idx = q.idx
) held GROUP BY owner;
