//! Live lists: what an owner calls dead loses its effect, in one transaction, and is let go afterwards, step by step.
//!
//! A list has its effect when its feed's head covers it and the lanes that it names are held as far as it asks. Then the rows
//! of records whose winning revision is dead go, and with them what is noted of them; nothing that is dead stands for anything
//! any more. Own feeds keep all their entries. What is dead and still held harms nobody, so that letting go can be broken off
//! anywhere.

use std::collections::BTreeSet;

use quince_core::domain::Handle;
use quince_core::feed::live_list::{LISTED_LANES, ListPart, ListReader};
use quince_core::feed::{ClosedList, FeedId, Lane, ListPlace, LiveList, TILE_LEAVES};
use serde_json::json;

use super::apply::row;
use super::conn::{Conn, Texts, on, run};
use super::error::StoreError;
use super::feed::FeedState;
use super::fold::{Effect, EntryPlace, effect};
use super::removal::Spot;
use super::row::integer;
use super::usage::Shift;
use super::view::View;
use super::write::WriteTx;

/// Tiles that are looked through or let go in one step: some thousand entries, so that a step takes milliseconds.
const STEP_TILES: u64 = 16;

const ANY_DUE: &str = "SELECT COUNT(*) FROM feed WHERE node = $1 AND audience = $2 AND list_due IS NOT NULL";
const DUE: &str = "UPDATE feed SET list_due = $2 WHERE feed = $1";
const PUT_LIST: &str = "UPDATE feed SET list_base = $2, list_first = $3, list_end = $4, list_due = $5, freed = $6 \
    WHERE feed = $1";
const FREED: &str = "UPDATE feed SET freed = $2 WHERE feed = $1";
const UNFREED: &str = "SELECT COUNT(*) FROM feed WHERE NOT own AND freed < list_base";
const DROP_TILE: &str = "DELETE FROM entry WHERE feed = $1 AND idx >= $2 AND idx < $3";
/// The databases have no common way to take a list.
const BURY: Texts = Texts {
    sqlite: "UPDATE entry SET header = NULL, body = NULL, body_hash = NULL \
        WHERE feed = $1 AND idx IN (SELECT value FROM json_each($2)) AND header IS NOT NULL",
    postgres: "UPDATE entry SET header = NULL, body = NULL, body_hash = NULL \
        WHERE feed = $1 AND idx = ANY($2::bigint[]) AND header IS NOT NULL",
};

/// What may be missing of a stored feed.
pub(super) enum Sparing {
    /// What this list calls dead.
    By(Option<LiveList>),
    /// The list by which something never came is still on its way: dead entries, and whole tiles that have a root.
    Coming,
}

/// What lists have done to an owner's records.
#[derive(Default)]
struct Loss {
    /// Kinds and numbers of records whose winning revisions went.
    gone: BTreeSet<(i64, i64)>,
    shift: Shift,
}

impl Sparing {
    pub(super) fn lets_go(&self, idx: u64) -> bool {
        match self {
            Self::By(list) => list.as_ref().is_some_and(|list| !list.is_live(idx)),
            Self::Coming => true,
        }
    }

    pub(super) fn lets_go_tile(&self, tile: u64) -> bool {
        match self {
            Self::By(list) => list.as_ref().is_some_and(|list| list.is_dead_tile(tile)),
            Self::Coming => true,
        }
    }
}

impl View {
    /// The list that an entry closes, or why it closes none.
    pub(super) async fn list_closed_by(
        &mut self,
        feed: &FeedId,
        last: u64,
    ) -> Result<Result<ClosedList, String>, StoreError> {
        let (mut first, mut parts) = (last, Vec::new());
        loop {
            let Some(entry) = self.entries(feed, first..first + 1, 1).await?.pop() else {
                return Ok(Err(format!("entry {first} of a live list is not held")));
            };
            let begins = match ListPart::of(feed.lane, first, &entry) {
                Ok(part) => part.is_first(),
                Err(error) => return Ok(Err(error.to_string())),
            };
            parts.push(entry);
            if begins {
                break;
            }
            let Some(before) = first.checked_sub(1) else { break };
            first = before;
        }
        let mut reader = ListReader::new(feed.lane, first);
        let mut closed = None;
        for part in parts.iter().rev() {
            match reader.take(part) {
                Ok(taken) => closed = taken,
                Err(error) => return Ok(Err(error.to_string())),
            }
        }
        Ok(closed.ok_or_else(|| "a live list that does not end".to_owned()))
    }

    /// The list by which something may be missing of a feed.
    pub(super) async fn live_list(&mut self, feed: &FeedState) -> Result<Option<LiveList>, StoreError> {
        let Some(place) = feed.list else { return Ok(None) };
        let closed = self.list_closed_by(&feed.id, place.end - 1).await?;
        Ok(closed.ok().map(|closed| closed.list))
    }

    /// What may be missing of a feed. An own one is whole.
    pub(super) async fn sparing(&mut self, feed: &FeedState) -> Result<Sparing, StoreError> {
        if feed.own {
            return Ok(Sparing::By(None));
        }
        if feed.sparse_until > feed.list.map_or(0, |place| place.end) {
            return Ok(Sparing::Coming);
        }
        match self.live_list(feed).await {
            // A damaged list lets nothing go.
            Err(StoreError::Corrupt { .. }) => Ok(Sparing::By(None)),
            list => Ok(Sparing::By(list?)),
        }
    }

    /// Whether there is something left to be let go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_compacting(&mut self) -> Result<bool, StoreError> {
        let feeds: i64 = on!(&mut self.conn, db => sqlx::query_scalar(UNFREED).fetch_one(db))?;
        Ok(feeds > 0)
    }
}

impl WriteTx {
    /// Notes that an entry closes a list, which has its effect as soon as it may; the reason if it closes none.
    pub(super) async fn note_list(
        &mut self,
        feed: &FeedId,
        key: i64,
        idx: u64,
    ) -> Result<Result<(), String>, StoreError> {
        let closed = self.list_closed_by(feed, idx).await?;
        if closed.is_ok() {
            self.known.list_came(feed);
            self.known.feed_changed(feed);
            run!(&mut self.conn, sqlx::query(DUE).bind(key).bind(integer(idx)))?;
        }
        Ok(closed.map(drop))
    }

    /// Lists of a feed's owner that have been waiting have their effect, if they may by now: from the least to the most urgent
    /// lane, for a list may wait for those of less urgent ones.
    pub(super) async fn settle_lists(&mut self, of: &FeedId, owner: &Handle) -> Result<(), StoreError> {
        if self.known.has_settled_lists(of) {
            return Ok(());
        }
        let due: i64 = on!(&mut self.conn, db => sqlx::query_scalar(ANY_DUE)
            .bind(&of.node.0[..]).bind(&of.audience.0[..]).fetch_one(db))?;
        if due == 0 {
            self.known.lists_are_settled(of);
            return Ok(());
        }
        let (mut sizes, mut loss) = ([0; Lane::ALL.len()], Loss::default());
        for lane in LISTED_LANES {
            let Some(feed) = self.feed(&FeedId { lane, ..*of }).await? else { continue };
            let size = feed.head.map_or(0, |signed| signed.head.size);
            // One of which something is on its way is not held as far as any list could ask.
            sizes[usize::from(lane.number())] = size.max(u64::from(feed.size() > 0));
            let Some(last) = feed.list_due.filter(|last| *last < size) else { continue };
            let Ok(closed) = self.list_closed_by(&feed.id, last).await? else { continue };
            if closed.list.sizes().are_held(|lane| sizes[usize::from(lane.number())]) {
                self.take_effect(&feed, &closed, owner, &mut loss).await?;
            } else if feed.sparse_until == closed.place.end {
                // It explains what never came; that is all it does for now, and nothing is let go by it.
                self.put_list(&feed, closed.place, feed.list_due, closed.place.base).await?;
            }
        }
        if !loss.gone.is_empty() {
            self.note_removal(owner).await?;
            loss.shift = loss.shift.and(self.revive(of, owner, &loss.gone).await?);
        }
        self.shift_usage(owner, loss.shift).await
    }

    /// What the list calls dead has no effect from now on. Looks at what stands and not at what is dead: of that there may be
    /// twenty times as much.
    async fn take_effect(
        &mut self,
        feed: &FeedState,
        closed: &ClosedList,
        owner: &Handle,
        loss: &mut Loss,
    ) -> Result<(), StoreError> {
        let mut dying = self.standing_in(feed, owner).await?;
        dying.retain(|spot| !closed.list.is_live(spot.idx));
        loss.gone.extend(dying.iter().map(|spot| (spot.kind, spot.number)));
        let removed = self.remove_records(feed, owner, &dying).await?;
        let released = self.release_dead(feed, &closed.list).await?;
        loss.shift = loss.shift.and(removed).and(released);
        self.put_list(feed, closed.place, None, 0).await
    }

    /// Of a record that has gone an older revision may still live, if its owner is faulty: then that one stands, as it does for
    /// everybody who never saw the other.
    async fn revive(
        &mut self,
        of: &FeedId,
        owner: &Handle,
        gone: &BTreeSet<(i64, i64)>,
    ) -> Result<Shift, StoreError> {
        let mut rows = Vec::new();
        for lane in LISTED_LANES {
            let Some(feed) = self.feed(&FeedId { lane, ..*of }).await? else { continue };
            for spot in self.overshadowed(&feed, owner).await? {
                if !gone.contains(&(spot.kind, spot.number)) {
                    continue;
                }
                let Some(entry) = self.entries(&feed.id, spot.idx..spot.idx + 1, 1).await?.pop() else {
                    continue;
                };
                if let Effect::Record(record) = effect(&*self.shared.codec, owner, lane, &entry) {
                    rows.push(row(&entry, EntryPlace { feed: feed.key, idx: spot.idx }, *record));
                }
            }
        }
        self.fold(rows).await
    }

    /// Entries of a feed that live and for which no row stands: of an honest owner's swept feed, hardly any.
    async fn overshadowed(&mut self, feed: &FeedState, owner: &Handle) -> Result<Vec<Spot>, StoreError> {
        let list = self.live_list(feed).await?;
        let standing = self.standing_in(feed, owner).await?;
        let standing: BTreeSet<u64> = standing.into_iter().map(|spot| spot.idx).collect();
        let is_live = |idx: &u64| list.as_ref().is_none_or(|list| list.is_live(*idx));
        let places = (0..feed.size()).filter(|idx| is_live(idx) && !standing.contains(idx)).map(integer);
        self.spots_at(feed, &places.collect::<Vec<i64>>()).await
    }

    pub(super) async fn put_list(
        &mut self,
        feed: &FeedState,
        place: ListPlace,
        due: Option<u64>,
        freed: u64,
    ) -> Result<(), StoreError> {
        if due.is_some() {
            self.known.list_came(&feed.id);
        }
        self.known.feed_changed(&feed.id);
        run!(
            &mut self.conn,
            sqlx::query(PUT_LIST)
                .bind(feed.key)
                .bind(integer(place.base))
                .bind(integer(place.first))
                .bind(integer(place.end))
                .bind(due.map(integer))
                .bind(integer(freed))
        )?;
        Ok(())
    }

    /// A copy is cut back to this size: lists that end behind it are not held any more.
    pub(super) async fn forget_lists(&mut self, feed: &FeedState, size: u64) -> Result<(), StoreError> {
        let due = feed.list_due.filter(|last| *last < size);
        if let Some(place) = feed.list.filter(|place| place.end <= size) {
            return self.put_list(feed, place, due, feed.freed).await;
        }
        let none: Option<i64> = None;
        self.known.feed_changed(&feed.id);
        run!(
            &mut self.conn,
            sqlx::query(PUT_LIST)
                .bind(feed.key)
                .bind(none)
                .bind(none)
                .bind(none)
                .bind(due.map(integer))
                .bind(0_i64)
        )?;
        Ok(())
    }

    /// Lets go of the next few tiles of what lists call dead. To be called until [`View::is_compacting`] says no, after whoever
    /// shows this store to others has heard of the lists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compact(&mut self) -> Result<(), StoreError> {
        let Some(feed) = self.feeds().await?.into_iter().find(FeedState::is_compacting) else {
            return Ok(());
        };
        let Some(place) = feed.list else { return Ok(()) };
        let first = feed.freed / TILE_LEAVES;
        let end = (first + STEP_TILES).min(place.base / TILE_LEAVES);
        // A list that cannot be read any more lets nothing go.
        if let Some(list) = self.live_list(&feed).await? {
            for tile in first..end {
                self.let_go(&feed, &list, tile).await?;
            }
        }
        self.known.feed_changed(&feed.id);
        run!(&mut self.conn, sqlx::query(FREED).bind(feed.key).bind(integer(end * TILE_LEAVES)))?;
        Ok(())
    }

    async fn let_go(&mut self, feed: &FeedState, list: &LiveList, tile: u64) -> Result<(), StoreError> {
        let range = tile * TILE_LEAVES..(tile + 1) * TILE_LEAVES;
        if list.is_dead_tile(tile) {
            let (from, end) = (integer(range.start), integer(range.end));
            run!(&mut self.conn, sqlx::query(DROP_TILE).bind(feed.key).bind(from).bind(end))?;
            return Ok(());
        }
        let dead: Vec<i64> = range.filter(|idx| !list.is_live(*idx)).map(integer).collect();
        if dead.is_empty() {
            return Ok(());
        }
        match &mut self.conn {
            Conn::Sqlite(lite) => {
                let query = sqlx::query(BURY.sqlite).bind(feed.key).bind(json!(dead).to_string());
                query.execute(lite.settled().await?).await?;
            }
            Conn::Postgres(tx) => {
                sqlx::query(BURY.postgres).bind(feed.key).bind(dead).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }
}
