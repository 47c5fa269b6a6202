//! Entries and tiles: what replication reads, and how both are written in bulk.

use std::ops::Range;

use quince_core::feed::tree::root;
use quince_core::feed::{Content, Entry, FeedId, Hash, Header, Raw, TILE_LEAVES, TileIndex};
use tokio_stream::StreamExt as _;

use super::bulk::{self, Insert, bytes, integers};
use super::conn::{Texts, on};
use super::error::StoreError;
use super::feed::FeedState;
use super::row::{Place, integer};
use super::view::View;
use super::write::WriteTx;

pub(super) const RANGE: &str = "SELECT idx, header, body, body_hash, leaf_hash FROM entry \
    WHERE feed = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";
const RANGE_OF: &str = "SELECT idx, header, body, body_hash, leaf_hash FROM entry \
    WHERE feed = (SELECT feed FROM feed WHERE node = $1 AND audience = $2 AND lane = $3) AND idx >= $4 AND idx < $5 ORDER BY idx";
const LEAVES: &str = "SELECT leaf_hash FROM entry WHERE feed = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";
const TILES: &str = "SELECT root FROM tile WHERE feed = $1 AND tile >= $2 AND tile < $3 ORDER BY tile";

/// See `bulk` for why there are two texts.
const INSERT_ENTRIES: Insert = Insert {
    sqlite: "INSERT OR IGNORE INTO entry (feed, idx, header, body, body_hash, leaf_hash) VALUES",
    sqlite_end: "",
    postgres: "INSERT INTO entry (feed, idx, header, body, body_hash, leaf_hash) \
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[]) \
        ON CONFLICT DO NOTHING",
};

/// See `bulk` for why there are two texts.
const INSERT_TILES: Texts = Texts {
    sqlite: "INSERT OR IGNORE INTO tile (feed, tile, root) \
        SELECT $3, r.value->>0, substr($2, r.value->>1, r.value->>2) FROM json_each($1) r",
    postgres: "INSERT INTO tile (feed, tile, root) SELECT $1, r.* FROM UNNEST($2::bigint[], $3::bytea[]) r \
        ON CONFLICT DO NOTHING",
};

#[derive(sqlx::FromRow)]
pub(super) struct EntryRow {
    pub(super) idx: i64,
    pub(super) header: Option<Vec<u8>>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) body_hash: Option<Vec<u8>>,
    pub(super) leaf_hash: Vec<u8>,
}

impl EntryRow {
    /// The entry, re-hashed: a flipped bit is found before anybody uses it.
    pub(super) fn read(self, feed: &FeedId) -> Result<Entry, StoreError> {
        let place = Place::new("entry", format!("{feed} at {}", self.idx));
        let leaf_hash = place.hash("leaf_hash", &self.leaf_hash)?;
        let Some(header) = self.header else { return Ok(Entry::dead(leaf_hash)) };
        let header = place.take("header", Header::parse(&header))?;
        let entry = match (self.body, self.body_hash) {
            (Some(body), _) => place.take("body", Entry::full(header, Raw::from(body)))?,
            (None, Some(hash)) => Entry::pruned(header, place.hash("body_hash", &hash)?),
            (None, None) => return Err(place.corrupt("body", "neither body nor hash of the body")),
        };
        if entry.leaf_hash() != leaf_hash {
            return Err(
                place.corrupt("leaf_hash", format!("{leaf_hash}, the entry has {}", entry.leaf_hash()))
            );
        }
        Ok(entry)
    }
}

impl View {
    /// Entries from the front of a range until `bytes_max` would be exceeded; at least one if there is any.
    /// Every entry is re-hashed.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when an entry is not the one that was stored: see [`WriteTx::mend_feed`].
    pub async fn entries(
        &mut self,
        feed: &FeedId,
        range: Range<u64>,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let FeedId { node, audience, lane } = feed;
        let (from, to, lane) = (integer(range.start), integer(range.end), i64::from(lane.number()));
        let mut entries: Vec<Entry> = Vec::new();
        let mut total = 0;
        on!(&mut self.conn, db => async {
            let mut rows = sqlx::query_as(RANGE_OF)
                .bind(&node.0[..]).bind(&audience.0[..]).bind(lane).bind(from).bind(to).fetch(db);
            while let Some(row) = rows.try_next().await? {
                let entry = EntryRow::read(row, feed)?;
                total += entry.len_bytes();
                if total > bytes_max && !entries.is_empty() {
                    break;
                }
                entries.push(entry);
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(entries)
    }

    /// What a head of this size consists of from a tile on: the sender's half of a catch-up.
    ///
    /// # Errors
    /// When the database fails or holds less than `size`.
    pub async fn tile_index(
        &mut self,
        feed: &FeedId,
        first_tile: u64,
        size: u64,
    ) -> Result<TileIndex, StoreError> {
        let end = size / TILE_LEAVES;
        let tiles = self.tile_roots(feed, first_tile..end).await?;
        let edge = self.leaf_hashes(feed, end * TILE_LEAVES..size).await?;
        if tiles.len() as u64 != end.saturating_sub(first_tile) || edge.len() as u64 != size % TILE_LEAVES {
            return Err(StoreError::conflict(format!("feed {feed} is not held up to {size}")));
        }
        Ok(TileIndex::new(first_tile, tiles, edge))
    }

    /// Roots of whole tiles.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tile_roots(&mut self, feed: &FeedId, tiles: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.hashes(feed, TILES, tiles).await
    }

    /// Leaf hashes of entries.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leaf_hashes(&mut self, feed: &FeedId, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.hashes(feed, LEAVES, range).await
    }

    async fn hashes(
        &mut self,
        feed: &FeedId,
        statement: &'static str,
        range: Range<u64>,
    ) -> Result<Vec<Hash>, StoreError> {
        let Some(state) = self.feed(feed).await? else { return Ok(Vec::new()) };
        self.hashes_of(&state, statement, range).await
    }

    async fn hashes_of(
        &mut self,
        feed: &FeedState,
        statement: &'static str,
        range: Range<u64>,
    ) -> Result<Vec<Hash>, StoreError> {
        let rows: Vec<Vec<u8>> = on!(&mut self.conn, db => sqlx::query_scalar(statement)
            .bind(feed.key).bind(integer(range.start)).bind(integer(range.end)).fetch_all(db))?;
        let place = Place::new("entry", feed.id);
        rows.iter().map(|hash| place.hash("leaf_hash", hash)).collect()
    }
}

impl WriteTx {
    /// Stores new entries of a feed at its end, and the roots of the tiles that they complete.
    pub(super) async fn insert_entries(
        &mut self,
        feed: &FeedState,
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        let first = feed.size();
        let rows = || (first..).zip(entries);
        let columns = vec![
            integers(entries.iter().map(|_| feed.key)),
            integers(rows().map(|(index, _)| integer(index))),
            bytes(rows().map(|(_, entry)| entry.header().map(|header| header.to_bytes().to_vec()))),
            bytes(rows().map(|(_, entry)| entry.body().map(|body| body.to_vec()))),
            bytes(rows().map(|(_, entry)| pruned_hash(entry))),
            bytes(rows().map(|(_, entry)| entry.leaf_hash().0.to_vec())),
        ];
        let (id, count) = (feed.id, entries.len());
        bulk::insert_later(&mut self.conn, INSERT_ENTRIES, columns, move |inserted| {
            let place = Place::new("entry", format!("{id} from {first}"));
            place.corrupt("idx", format!("{inserted} of {count} new entries are new"))
        })
        .await?;
        let leaves: Vec<Hash> = entries.iter().map(Entry::leaf_hash).collect();
        self.insert_tiles(feed, &leaves).await
    }

    /// Stores the roots of whole dead tiles, of which the first is the one in which the feed ends. What is held of that one
    /// stays until the list that lets it go has its effect.
    pub(super) async fn insert_dead_tiles(
        &mut self,
        feed: &FeedState,
        roots: &[Hash],
    ) -> Result<(), StoreError> {
        let tiles = feed.size() / TILE_LEAVES..;
        let columns = vec![
            integers(tiles.zip(roots).map(|(tile, _)| integer(tile))),
            bytes(roots.iter().map(|root| root.0.to_vec())),
        ];
        bulk::execute(&mut self.conn, INSERT_TILES, feed.key, columns).await?;
        Ok(())
    }

    async fn insert_tiles(&mut self, feed: &FeedState, leaves: &[Hash]) -> Result<(), StoreError> {
        let first = feed.size();
        let tiles: Vec<u64> = (first / TILE_LEAVES..(first + leaves.len() as u64) / TILE_LEAVES).collect();
        if tiles.is_empty() {
            return Ok(());
        }
        // The oldest of these tiles may have begun with entries that were stored earlier.
        let earlier = tiles[0] * TILE_LEAVES..first;
        let before =
            if earlier.is_empty() { Vec::new() } else { self.hashes_of(feed, LEAVES, earlier).await? };
        let all = [&before, leaves].concat();
        let whole = usize::try_from(TILE_LEAVES).expect("a tile fits memory");
        let columns = vec![
            integers(tiles.iter().map(|tile| integer(*tile))),
            bytes(all.chunks_exact(whole).map(|tile| root(tile).0.to_vec())),
        ];
        bulk::execute(&mut self.conn, INSERT_TILES, feed.key, columns).await?;
        Ok(())
    }
}

fn pruned_hash(entry: &Entry) -> Option<Vec<u8>> {
    match entry.content() {
        Content::Pruned { body_hash, .. } => Some(body_hash.0.to_vec()),
        Content::Full { .. } | Content::Dead => None,
    }
}
