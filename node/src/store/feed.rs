//! Feeds: which there are, how much of each is held, which heads cover it.

use quince_core::domain::Instant;
use quince_core::feed::{
    AudienceId, Entry, FeedId, Frontier, Lane, ListPlace, NodeId, ReplicaLog, SignedHead,
};

use super::conn::{on, run};
use super::error::StoreError;
use super::recent::Growth;
use super::row::{Place, head_bytes, integer};
use super::view::View;
use super::write::WriteTx;

macro_rules! select_feeds {
    ($rest:literal) => {
        concat!(
            "SELECT feed, node, audience, lane, own, size, frontier, head, target, change_no, heard, stalled, \
                list_base, list_first, list_end, list_due, freed, sparse_until \
            FROM feed ",
            $rest
        )
    };
}

const ALL: &str = select_feeds!("ORDER BY lane, feed");
const ONE: &str = select_feeds!("WHERE node = $1 AND audience = $2 AND lane = $3");
const OF_NODE: &str = select_feeds!("WHERE node = $1 ORDER BY lane, feed");
const SINCE: &str = select_feeds!("WHERE change_no > $1 AND head IS NOT NULL ORDER BY change_no LIMIT $2");
const CREATE: &str = "INSERT INTO feed (node, audience, lane, own, size, frontier, change_no, heard) \
    VALUES ($1, $2, $3, $4, 0, $5, 0, $6) RETURNING feed";
const SAVE: &str = "UPDATE feed SET size = $2, frontier = $3, head = $4, target = $5, change_no = $6, heard = $7, \
    sparse_until = $8 WHERE feed = $1";
pub(super) const NEXT_CHANGE_NO: &str = "SELECT COALESCE(MAX(change_no), 0) + 1 FROM feed";
const LAST_CHANGE_NO: &str = "SELECT COALESCE(MAX(change_no), 0) FROM feed";
const STALL: &str = "UPDATE feed SET stalled = $2 WHERE feed = $1";
const PUT_FORK: &str = "INSERT INTO fork (feed, smaller_head, greater_head) VALUES ($1, $2, $3) \
    ON CONFLICT (feed) DO NOTHING";
const FORK: &str = "SELECT smaller_head, greater_head FROM fork WHERE feed = $1";

/// A feed as it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedState {
    /// Which feed.
    pub id: FeedId,
    /// This node is its owner.
    pub own: bool,
    /// The tree over the entries held.
    pub frontier: Frontier,
    /// The last head whose entries are all held: what may be announced.
    pub head: Option<SignedHead>,
    /// The larger head that a catch-up is on the way to.
    pub target: Option<SignedHead>,
    /// When the head changed, in the order of this store's changes; 0 while there is none.
    pub change_no: u64,
    /// When it last grew here.
    pub heard: Instant,
    /// Why it does not advance, if it does not.
    pub stalled: Option<String>,
    /// The live list by which something may be missing here, or be left out elsewhere.
    pub list: Option<ListPlace>,
    /// The entry that closes a newer list, which waits for its effect.
    pub(super) list_due: Option<u64>,
    /// Up to where what the list calls dead was let go.
    pub(super) freed: u64,
    /// See [`ReplicaLog::sparse_until`].
    pub(super) sparse_until: u64,
    pub(super) key: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct FeedRow {
    feed: i64,
    node: Vec<u8>,
    audience: Vec<u8>,
    lane: i64,
    own: bool,
    size: i64,
    frontier: Vec<u8>,
    head: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    change_no: i64,
    heard: i64,
    stalled: Option<String>,
    list_base: Option<i64>,
    list_first: Option<i64>,
    list_end: Option<i64>,
    list_due: Option<i64>,
    freed: i64,
    sparse_until: i64,
}

impl FeedState {
    /// How many entries are held.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Whether its live list calls entries dead that are still to be let go. An own feed keeps them.
    #[must_use]
    pub fn is_compacting(&self) -> bool {
        !self.own && self.list.is_some_and(|place| self.freed < place.base)
    }

    /// The copy, to be extended.
    #[must_use]
    pub fn replica(&self) -> ReplicaLog {
        ReplicaLog::restore(self.id, self.frontier.clone(), self.head, self.target).sparse(self.sparse_until)
    }
}

impl FeedRow {
    fn read(self) -> Result<FeedState, StoreError> {
        let place = Place::new("feed", self.feed);
        let id = FeedId {
            node: NodeId(place.bytes("node", &self.node)?),
            audience: AudienceId(place.bytes("audience", &self.audience)?),
            lane: place.take("lane", Lane::try_from(place.unsigned("lane", self.lane)?))?,
        };
        let place = Place::new("feed", id);
        let frontier = place.take("frontier", Frontier::parse(&self.frontier))?;
        if integer(frontier.size()) != self.size {
            return Err(place.corrupt("size", format!("{}, the frontier has {}", self.size, frontier.size())));
        }
        let list = match (self.list_base, self.list_first, self.list_end) {
            (Some(base), Some(first), Some(end)) => Some(ListPlace {
                base: place.unsigned("list_base", base)?,
                first: place.unsigned("list_first", first)?,
                end: place.unsigned("list_end", end)?,
            }),
            _ => None,
        };
        Ok(FeedState {
            id,
            own: self.own,
            frontier,
            head: self.head.map(|bytes| place.head("head", id, &bytes)).transpose()?,
            target: self.target.map(|bytes| place.head("target", id, &bytes)).transpose()?,
            change_no: place.unsigned("change_no", self.change_no)?,
            heard: place.instant("heard", self.heard)?,
            stalled: self.stalled,
            list,
            list_due: self.list_due.map(|due| place.unsigned("list_due", due)).transpose()?,
            freed: place.unsigned("freed", self.freed)?,
            sparse_until: place.unsigned("sparse_until", self.sparse_until)?,
            key: self.feed,
        })
    }
}

impl View {
    /// Every feed that is held, the most urgent lanes first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feeds(&mut self) -> Result<Vec<FeedState>, StoreError> {
        let rows: Vec<FeedRow> = on!(&mut self.conn, db => sqlx::query_as(ALL).fetch_all(db))?;
        rows.into_iter().map(FeedRow::read).collect()
    }

    /// The feeds of one node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feeds_of(&mut self, node: NodeId) -> Result<Vec<FeedState>, StoreError> {
        let rows: Vec<FeedRow> =
            on!(&mut self.conn, db => sqlx::query_as(OF_NODE).bind(&node.0[..]).fetch_all(db))?;
        rows.into_iter().map(FeedRow::read).collect()
    }

    /// Feeds whose head changed after `change_no`, in the order of the changes; at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feeds_since(&mut self, change_no: u64, limit: u32) -> Result<Vec<FeedState>, StoreError> {
        let rows: Vec<FeedRow> = on!(&mut self.conn, db =>
            sqlx::query_as(SINCE).bind(integer(change_no)).bind(i64::from(limit)).fetch_all(db))?;
        rows.into_iter().map(FeedRow::read).collect()
    }

    /// One feed, if anything of it was ever held.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed(&mut self, id: &FeedId) -> Result<Option<FeedState>, StoreError> {
        let row: Option<FeedRow> = on!(&mut self.conn, db => sqlx::query_as(ONE)
            .bind(&id.node.0[..]).bind(&id.audience.0[..]).bind(i64::from(id.lane.number())).fetch_optional(db))?;
        row.map(FeedRow::read).transpose()
    }

    /// The copy of a feed, empty when nothing of it is held.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replica(&mut self, id: &FeedId) -> Result<ReplicaLog, StoreError> {
        Ok(self.feed(id).await?.map_or_else(|| ReplicaLog::new(*id), |feed| feed.replica()))
    }

    /// The newest change of any head.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_no(&mut self) -> Result<u64, StoreError> {
        let last: i64 = on!(&mut self.conn, db => sqlx::query_scalar(LAST_CHANGE_NO).fetch_one(db))?;
        Place::new("feed", "the last change").unsigned("change_no", last)
    }

    /// The two heads that prove that the owner of a feed signed two histories, if that was ever seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fork(&mut self, id: &FeedId) -> Result<Option<(SignedHead, SignedHead)>, StoreError> {
        let Some(feed) = self.feed(id).await? else { return Ok(None) };
        let row: Option<(Vec<u8>, Vec<u8>)> =
            on!(&mut self.conn, db => sqlx::query_as(FORK).bind(feed.key).fetch_optional(db))?;
        let place = Place::new("fork", id);
        row.map(|(smaller, greater)| {
            Ok((place.head("smaller_head", *id, &smaller)?, place.head("greater_head", *id, &greater)?))
        })
        .transpose()
    }
}

impl WriteTx {
    /// The feed, created when nothing of it was ever held.
    pub(super) async fn feed_or_new(
        &mut self,
        id: FeedId,
        own: bool,
        now: Instant,
    ) -> Result<FeedState, StoreError> {
        if let Some(feed) = self.feed(&id).await? {
            return Ok(feed);
        }
        let frontier = Frontier::default();
        let key: i64 = on!(&mut self.conn, db => sqlx::query_scalar(CREATE)
            .bind(&id.node.0[..]).bind(&id.audience.0[..]).bind(i64::from(id.lane.number())).bind(own)
            .bind(frontier.to_bytes()).bind(now.micros()).fetch_one(db))?;
        Ok(FeedState {
            id,
            own,
            frontier,
            head: None,
            target: None,
            change_no: 0,
            heard: now,
            stalled: None,
            list: None,
            list_due: None,
            freed: 0,
            sparse_until: 0,
            key,
        })
    }

    /// Saves how much of a feed is held, under a new change number when its head is another than `before`. `entries` is by what it
    /// grew.
    pub(super) async fn save_feed(
        &mut self,
        before: &FeedState,
        log: &ReplicaLog,
        entries: &[Entry],
        now: Instant,
    ) -> Result<(), StoreError> {
        let change_no =
            if log.head() == before.head.as_ref() { before.change_no } else { self.next_change_no().await? };
        self.progress.change_no = self.progress.change_no.max(change_no);
        let after = FeedState {
            frontier: log.frontier().clone(),
            head: log.head().copied(),
            target: log.target().copied(),
            change_no,
            heard: now,
            sparse_until: log.sparse_until(),
            ..before.clone()
        };
        self.known.feed_grew(after.clone());
        if change_no == before.change_no {
            self.known.feed_rewritten();
        } else {
            self.grown.push(Growth { after, first: before.size(), entries: entries.to_vec() });
        }
        let frontier = log.frontier();
        let values = vec![
            before.key.into(),
            integer(frontier.size()).into(),
            frontier.to_bytes().into(),
            log.head().map(head_bytes).into(),
            log.target().map(head_bytes).into(),
            integer(change_no).into(),
            now.micros().into(),
            integer(log.sparse_until()).into(),
        ];
        self.conn.later(SAVE, values).await
    }

    /// Remembers the head that a catch-up is on the way to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_target(&mut self, log: &ReplicaLog, now: Instant) -> Result<(), StoreError> {
        let before = self.feed_or_new(log.feed(), false, now).await?;
        let log = ReplicaLog::restore(before.id, before.frontier.clone(), before.head, log.target().copied())
            .sparse(before.sparse_until);
        self.save_feed(&before, &log, &[], before.heard).await
    }

    /// Says why a feed does not advance, or that it does again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stall(&mut self, id: &FeedId, reason: Option<&str>, now: Instant) -> Result<(), StoreError> {
        let feed = self.feed_or_new(*id, false, now).await?;
        self.known.feed_changed(id);
        run!(&mut self.conn, sqlx::query(STALL).bind(feed.key).bind(reason))?;
        Ok(())
    }

    /// Keeps the proof that the owner of a feed signed two histories; the first proof stays. Tells whether it
    /// is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_fork(
        &mut self,
        smaller: &SignedHead,
        greater: &SignedHead,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let feed = self.feed_or_new(smaller.head.feed, false, now).await?;
        let done = run!(
            &mut self.conn,
            sqlx::query(PUT_FORK).bind(feed.key).bind(head_bytes(smaller)).bind(head_bytes(greater))
        )?;
        Ok(done == 1)
    }
}
