//! The reader's write path: what was verified becomes entries, tree, head and records in one transaction.

use quince_core::domain::{Audience, Handle, Instant, RecordId, RecordKind, Revision};
use quince_core::feed::live_list::is_listed;
use quince_core::feed::{AudienceId, Entry, Extended, FeedId};

use super::bulk::{self, integers, texts};
use super::conn::{Texts, on};
use super::error::StoreError;
use super::facts::Facts;
use super::feed::FeedState;
use super::fold::{Effect, EntryPlace, Row, winners};
use super::reading::{self, ReadAhead, Reading};
use super::row::{Place, audience_word, integer};
use super::standing::Standings;
use super::usage::Shift;
use super::view::View;
use super::write::WriteTx;

/// See `bulk` for why there are two texts.
const INSERT_QUARANTINE: Texts = Texts {
    sqlite: "INSERT OR IGNORE INTO quarantine (feed, idx, reason) \
        SELECT $3, r.value->>0, r.value->>1 FROM json_each($1) r WHERE $2 IS NOT NULL",
    postgres: "INSERT INTO quarantine (feed, idx, reason) \
        SELECT $1, r.* FROM UNNEST($2::bigint[], $3::text[]) r ON CONFLICT DO NOTHING",
};
const QUARANTINE_COUNT: &str = "SELECT COUNT(*) FROM quarantine WHERE feed = $1";
const QUARANTINE: &str = "SELECT idx, reason FROM quarantine WHERE feed = $1 ORDER BY idx LIMIT $2";

impl WriteTx {
    /// Stores what the core has verified of another node's feed: `extended`, and the entries it was made
    /// from. Several may share a transaction. What is held already changes nothing. Tells how many entries
    /// are new.
    ///
    /// # Errors [`StoreError::Conflict`] when the feed is own, its owner was never a member, or what is
    /// stored is not what `extended` builds upon.
    pub async fn apply(
        &mut self,
        extended: &Extended,
        entries: &[Entry],
        now: Instant,
    ) -> Result<usize, StoreError> {
        let id = extended.log.feed();
        let Some(owner) = self.known_member(id.node).await? else {
            return Err(StoreError::conflict(format!("node {} was never a member", id.node)));
        };
        self.apply_of(&owner.handle, extended, entries, None, now).await
    }

    /// The same for an owner that is known already, of new entries that may have been read.
    pub(super) async fn apply_of(
        &mut self,
        owner: &Handle,
        extended: &Extended,
        entries: &[Entry],
        ahead: Option<ReadAhead>,
        now: Instant,
    ) -> Result<usize, StoreError> {
        let id = extended.log.feed();
        let origin = self.known_origin().await?;
        if id.node == origin.node {
            return Err(StoreError::conflict("an own feed grows by what this node signs only"));
        }
        if origin.federation.map(|federation| AudienceId::federation(&federation)) != Some(id.audience) {
            return Err(StoreError::conflict(format!(
                "audience {} is not this node's federation",
                id.audience
            )));
        }
        let before = self.known_feed(id, false, now).await?;
        let new = &entries[extended.held.min(entries.len())..];
        if !new.iter().map(Entry::leaf_hash).eq(extended.leaves.iter().copied()) {
            return Err(StoreError::conflict(format!(
                "the entries are not those of feed {id} that were verified"
            )));
        }
        if before.size() != extended.first {
            let after = extended.log.frontier().size();
            return if before.size() >= after { Ok(0) } else { Err(moved_on(&id)) };
        }
        if !new.is_empty() {
            self.take_in(&before, owner, new, ahead).await?;
        }
        if !extended.dead_tiles.is_empty() {
            self.insert_dead_tiles(&before, &extended.dead_tiles).await?;
        }
        self.save_feed(&before, &extended.log, new, now).await?;
        if is_listed(id.lane) && extended.log.head() != before.head.as_ref() {
            self.settle_lists(&id, owner).await?;
        }
        if before.stalled.is_some() && !new.is_empty() {
            self.stall(&id, None, now).await?;
        }
        Ok(new.len())
    }

    /// Stores new entries at the end of a feed, and gives them their effects.
    async fn take_in(
        &mut self,
        before: &FeedState,
        owner: &Handle,
        entries: &[Entry],
        ahead: Option<ReadAhead>,
    ) -> Result<(), StoreError> {
        let ahead = ahead.and_then(|ahead| ahead.of(owner, entries.len()));
        let reading =
            ahead.unwrap_or_else(|| reading::begin(&self.shared.codec, owner, before.id.lane, entries));
        let (found, standing) = match reading {
            Reading::Done(effects) => {
                let found = Found::of(before, entries, effects);
                // Asked first, so that all that is written is written together.
                let standing = self.standing(&found.rows).await?;
                self.insert_entries(before, entries).await?;
                (found, standing)
            }
            Reading::Apart(task) => {
                self.insert_entries(before, entries).await?;
                let effects = task.await;
                let effects = effects.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
                let found = Found::of(before, entries, effects);
                let standing = self.standing(&found.rows).await?;
                (found, standing)
            }
        };
        self.fold_entries(before, owner, found, standing).await
    }

    /// Gives new entries of a feed their effects, once they are stored.
    async fn fold_entries(
        &mut self,
        before: &FeedState,
        owner: &Handle,
        found: Found<'_>,
        standing: Standings,
    ) -> Result<(), StoreError> {
        let Found { rows, lists, mut refused, mut quarantined } = found;
        for (idx, entry) in lists {
            if let Err(reason) = self.note_list(&before.id, before.key, idx).await? {
                quarantined.give_quarantined(entry);
                refused.push((idx, reason));
            }
        }
        let folded = self.fold_onto(standing, rows).await?;
        self.quarantine_all(before.key, refused).await?;
        self.shift_usage(owner, folded.and(quarantined)).await
    }

    async fn quarantine_all(&mut self, feed: i64, refused: Vec<(u64, String)>) -> Result<(), StoreError> {
        if refused.is_empty() {
            return Ok(());
        }
        let columns = vec![
            integers(refused.iter().map(|(idx, _)| integer(*idx))),
            texts(refused.into_iter().map(|(_, reason)| reason)),
        ];
        bulk::execute(&mut self.conn, INSERT_QUARANTINE, feed, columns).await?;
        Ok(())
    }
}

/// What was read in entries, sorted by what is to be done about it.
struct Found<'a> {
    /// The revisions that win among themselves.
    rows: Vec<Row>,
    /// Where live lists end.
    lists: Vec<(u64, &'a Entry)>,
    /// What cannot be folded, and why.
    refused: Vec<(u64, String)>,
    quarantined: Shift,
}

impl<'a> Found<'a> {
    fn of(before: &FeedState, entries: &'a [Entry], effects: Vec<Effect>) -> Self {
        let (mut rows, mut lists, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let mut quarantined = Shift::default();
        for ((idx, entry), effect) in (before.size()..).zip(entries).zip(effects) {
            match effect {
                Effect::None => {}
                Effect::List => lists.push((idx, entry)),
                Effect::Quarantine(reason) => {
                    quarantined.give_quarantined(entry);
                    refused.push((idx, reason));
                }
                Effect::Record(revision) => {
                    rows.push(row(entry, EntryPlace { feed: before.key, idx }, *revision));
                }
            }
        }
        Self { rows: winners(rows), lists, refused, quarantined }
    }
}

/// A revision that came in an entry.
pub(super) fn row(
    entry: &Entry,
    place: EntryPlace,
    (kind, id, revision, facts): (RecordKind, RecordId, Revision, Facts),
) -> Row {
    Row {
        kind,
        id,
        revision,
        leaf_hash: entry.leaf_hash().0.to_vec(),
        audience: audience_word(&Audience::Federation),
        place: Some(place),
        body: None,
        contested: false,
        len: entry.len_bytes() as u64,
        facts,
    }
}

fn moved_on(id: &FeedId) -> StoreError {
    StoreError::conflict(format!("feed {id} has moved on since this was verified"))
}

impl View {
    /// Entries of a feed that have no effect here, by index, and why; at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quarantined(&mut self, feed: &FeedId, limit: u32) -> Result<Vec<(u64, String)>, StoreError> {
        let Some(state) = self.feed(feed).await? else { return Ok(Vec::new()) };
        let rows: Vec<(i64, String)> = on!(&mut self.conn, db =>
            sqlx::query_as(QUARANTINE).bind(state.key).bind(i64::from(limit)).fetch_all(db))?;
        let place = Place::new("quarantine", feed);
        rows.into_iter().map(|(idx, reason)| Ok((place.unsigned("idx", idx)?, reason))).collect()
    }

    /// How many entries of a feed have no effect here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quarantine_count(&mut self, feed: &FeedState) -> Result<u64, StoreError> {
        let count: i64 =
            on!(&mut self.conn, db => sqlx::query_scalar(QUARANTINE_COUNT).bind(feed.key).fetch_one(db))?;
        Place::new("quarantine", feed.id).unsigned("count", count)
    }
}
