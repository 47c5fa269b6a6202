//! Mending a copy: re-hash what is held of a feed and cut off what its owner did not sign.

use quince_core::domain::Instant;
use quince_core::feed::tree::root;
use quince_core::feed::{Entry, FeedId, Frontier, Hash, ReplicaLog, TILE_LEAVES};

use super::conn::{on, run};
use super::entry::{EntryRow, RANGE};
use super::error::StoreError;
use super::feed::FeedState;
use super::live_list::Sparing;
use super::meta::Meta;
use super::row::integer;
use super::view::View;
use super::write::WriteTx;

const CUT_ENTRIES: &str = "DELETE FROM entry WHERE feed = $1 AND idx >= $2";
const CUT_TILES: &str = "DELETE FROM tile WHERE feed = $1 AND tile >= $2";
const CUT_QUARANTINE: &str = "DELETE FROM quarantine WHERE feed = $1 AND idx >= $2";

/// What re-hashing a feed has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mended {
    /// Everything is as its owner signed it.
    Intact,
    /// The copy was cut back to its last good tile; what follows is to be fetched again.
    Truncated {
        /// Entries held before.
        from: u64,
        /// Entries held now.
        to: u64,
    },
}

impl WriteTx {
    /// Re-hashes every entry of a feed against its tiles and its tree. A damaged copy is cut back to the last
    /// tile before the damage; records keep what they show until the entries come again.
    ///
    /// # Errors [`StoreError::Corrupt`] when the damaged feed is own: there is nobody to fetch it from, and a
    /// backup must be restored.
    pub async fn mend_feed(&mut self, id: &FeedId, now: Instant) -> Result<Mended, StoreError> {
        let Some(feed) = self.feed(id).await? else { return Ok(Mended::Intact) };
        let good = self.good_prefix(&feed).await?;
        if good == feed.frontier {
            return Ok(Mended::Intact);
        }
        if feed.own {
            return Err(StoreError::Corrupt {
                table: "entry",
                column: "body",
                row: id.to_string(),
                what: format!("damaged after {} entries of {}; restore a backup", good.size(), feed.size()),
            });
        }
        let (from, to) = (feed.size(), good.size());
        self.truncate(&feed, good, now).await?;
        Ok(Mended::Truncated { from, to })
    }

    async fn truncate(&mut self, feed: &FeedState, good: Frontier, now: Instant) -> Result<(), StoreError> {
        let size = good.size();
        if let Some(owner) = self.member_by_node(feed.id.node).await? {
            self.release_quarantine(&owner.handle, feed.key, size).await?;
        }
        for (cut, from) in [(CUT_ENTRIES, size), (CUT_TILES, size / TILE_LEAVES), (CUT_QUARANTINE, size)] {
            run!(&mut self.conn, sqlx::query(cut).bind(feed.key).bind(integer(from)))?;
        }
        // The head that was held is what to catch up with: it stays known, or a fork could hide behind the
        // damage.
        let lost = feed.head.filter(|signed| signed.head.size > size);
        let head = feed.head.filter(|signed| signed.head.size <= size);
        let target = [lost, feed.target].into_iter().flatten().max_by_key(|signed| signed.head.size);
        // What the list let go stays away until it is held again.
        let missing = feed.list.filter(|place| !feed.own && place.end > size).map_or(0, |place| place.end);
        let log = ReplicaLog::restore(feed.id, good, head, target).sparse(feed.sparse_until.max(missing));
        self.forget_lists(feed, size).await?;
        // What peers announced and was held is held no more: no cursor may say so from here on.
        let mends = self.mends().await? + 1;
        self.put_meta(Meta::Mends, &mends.to_be_bytes()).await?;
        self.known.feed_rewritten();
        self.save_feed(feed, &log, &[], now).await
    }
}

impl View {
    /// Whether every entry of a feed is as it was stored, by its tiles and its tree.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_whole(&mut self, id: &FeedId) -> Result<bool, StoreError> {
        let Some(feed) = self.feed(id).await? else { return Ok(true) };
        Ok(self.good_prefix(&feed).await? == feed.frontier)
    }

    /// The tree over the tiles before the first damage; the whole tree when there is none.
    pub(super) async fn good_prefix(&mut self, feed: &FeedState) -> Result<Frontier, StoreError> {
        let (mut good, sparing) = (Frontier::default(), self.sparing(feed).await?);
        while good.size() < feed.size() {
            let tile = good.size() / TILE_LEAVES;
            let end = feed.size().min((tile + 1) * TILE_LEAVES);
            let stored = self.tile_roots(&feed.id, tile..tile + 1).await?;
            let (leaves, is_sound) = self.good_leaves(feed, &sparing, good.size()..end).await?;
            let is_whole = leaves.len() as u64 == end - good.size();
            match stored[..] {
                [root] if !is_whole && is_sound && sparing.lets_go_tile(tile) => {
                    good.push_tile(root).expect("a whole tile goes behind whole tiles");
                    continue;
                }
                _ if !is_whole => return Ok(good),
                _ if leaves.len() as u64 == TILE_LEAVES && stored != [root(&leaves)] => return Ok(good),
                _ => good.extend(leaves),
            }
        }
        // Entries and tiles agree with each other. If not with the tree, nothing tells which of them is
        // right.
        Ok(if good == feed.frontier { good } else { Frontier::default() })
    }

    /// Leaf hashes of the entries before the first damaged one, and whether there is none.
    async fn good_leaves(
        &mut self,
        feed: &FeedState,
        sparing: &Sparing,
        range: std::ops::Range<u64>,
    ) -> Result<(Vec<Hash>, bool), StoreError> {
        let (from, to) = (integer(range.start), integer(range.end));
        let rows: Vec<EntryRow> = on!(&mut self.conn, db =>
            sqlx::query_as(RANGE).bind(feed.key).bind(from).bind(to).fetch_all(db))?;
        let count = rows.len();
        let good = (range.start..).zip(rows).map_while(|(idx, row)| {
            let in_place = row.idx == integer(idx);
            let may_be = |entry: &Entry| in_place && (!entry.is_hole() || sparing.lets_go(idx));
            row.read(&feed.id).ok().filter(may_be).map(|entry| entry.leaf_hash())
        });
        let good: Vec<Hash> = good.collect();
        let is_sound = good.len() == count;
        Ok((good, is_sound))
    }
}
