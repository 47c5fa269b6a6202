//! The guard of this node's own signature: a restored or copied database must not sign a second history.
//!
//! It closes when the head file or a peer knows more of this node's feeds than the database does, and stays
//! closed until an operator has dealt with it. What is absent, at a peer, is no fault.
//!
//! When a commit fails on the disk, nothing at all is written until the next start: what a failed synchronization has
//! lost cannot be known, and trying again can succeed without writing it.

use std::sync::{OnceLock, RwLock};

use quince_core::feed::{FeedId, Frontier, Hash, Head, SignedHead, TILE_LEAVES};

use super::error::StoreError;
use super::feed::FeedState;
use super::head_file::HeadFile;
use super::meta::Meta;
use super::view::{Store, View};

/// Whether this node signs, and if not, why.
#[derive(Debug, Default)]
pub(super) struct Guard {
    reason: RwLock<Option<String>>,
    /// Why nothing is written until the next start.
    failed_disk: OnceLock<String>,
}

impl Guard {
    pub(super) fn closed_for(&self) -> Option<String> {
        let failed = self.failed_disk.get().cloned();
        failed.or_else(|| self.reason.read().expect("nobody panics while holding the reason").clone())
    }

    /// The first reason stays.
    pub(super) fn close(&self, reason: String) {
        self.reason.write().expect("nobody panics while holding the reason").get_or_insert(reason);
    }

    pub(super) fn open(&self) {
        *self.reason.write().expect("nobody panics while holding the reason") = None;
    }

    /// Nothing is written from here on. The first failure stays.
    pub(super) fn disk_failed(&self, reason: String) {
        self.failed_disk.get_or_init(|| reason);
    }

    pub(super) fn check_disk(&self) -> Result<(), StoreError> {
        self.failed_disk.get().map_or(Ok(()), |reason| Err(StoreError::ReadOnly { reason: reason.clone() }))
    }

    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.closed_for().map_or(Ok(()), |reason| Err(StoreError::ReadOnly { reason }))
    }
}

impl Store {
    /// Why this node signs nothing, if so.
    #[must_use]
    pub fn read_only(&self) -> Option<String> {
        self.shared.guard.closed_for()
    }

    /// Compares what a peer holds of this node's feeds with what the database holds. The caller has verified
    /// the heads under this node's own keys; otherwise any peer could silence it. Closes the guard, durably,
    /// when the peer knows more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_echo(&self, echo: &[SignedHead]) -> Result<(), StoreError> {
        let mut view = self.view().await?;
        let own = view.own_node().await?;
        let mut fault = None;
        for SignedHead { head, .. } in echo.iter().filter(|signed| signed.head.feed.node == own) {
            fault = fault.or(view.disagreement("a peer", head).await?);
        }
        drop(view);
        match fault {
            None => Ok(()),
            Some(reason) => self.close_guard(reason).await,
        }
    }

    /// Stops signing for a reason that survives a restart.
    ///
    /// # Errors
    /// When the reason cannot be stored; the guard is closed all the same.
    pub async fn close_guard(&self, reason: String) -> Result<(), StoreError> {
        self.shared.guard.close(reason.clone());
        let mut tx = self.begin_write().await?;
        tx.put_meta(Meta::ReadOnly, reason.as_bytes()).await?;
        tx.commit().await.map(|_| ())
    }

    /// An operator says that the database is the right one: signing goes on from what it holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reopen_guard(&self) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        tx.remove_meta(Meta::ReadOnly).await?;
        tx.commit().await?;
        self.shared.guard.open();
        Ok(())
    }
}

impl View {
    /// The reason to close at the start: one that was stored, or what the head file says.
    pub(super) async fn reason_to_close(&mut self, file: &HeadFile) -> Result<Option<String>, StoreError> {
        if let Some(stored) = self.meta_text(Meta::ReadOnly).await? {
            return Ok(Some(stored));
        }
        let own: Vec<FeedState> = self.feeds().await?.into_iter().filter(|feed| feed.own).collect();
        if !file.found() && own.iter().any(|feed| feed.size() > 0) {
            return Ok(Some(
                "the head file is missing from the data directory, so nobody can tell whether the database is the \
                newest; put the file back"
                    .to_owned(),
            ));
        }
        for head in file.heads() {
            if let Some(reason) = self.disagreement("the head file", &head).await? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Why an own head seen elsewhere contradicts the database, if it does.
    async fn disagreement(&mut self, who: &str, seen: &Head) -> Result<Option<String>, StoreError> {
        let held = self.feed(&seen.feed).await?.filter(|feed| feed.own);
        let (size, head) = held.map_or((0, None), |feed| (feed.size(), feed.head));
        let epoch = head.map(|signed| signed.head.epoch);
        if epoch.is_none_or(|epoch| seen.epoch > epoch) || seen.size > size {
            return Ok(Some(ahead(who, &seen.feed, seen.size, size)));
        }
        if seen.size == 0 {
            return Ok(None);
        }
        let (lane, size) = (seen.feed.lane, seen.size);
        Ok(match self.prefix_root(&seen.feed, size).await? {
            Some(root) if root == seen.root => None,
            Some(_) => Some(format!(
                "{who} knows another history of this node's {lane} lane at size {size}; put the newest copy back"
            )),
            None => Some(format!(
                "the database lacks entries of this node's {lane} lane among the first {size}, which {who} knows; put the \
                newest copy back"
            )),
        })
    }

    /// The root over the first `size` entries of a feed, from the roots of its whole tiles and the leaves behind them;
    /// `None` when some of them are not held.
    pub(super) async fn prefix_root(&mut self, feed: &FeedId, size: u64) -> Result<Option<Hash>, StoreError> {
        let end = size / TILE_LEAVES;
        let tiles = self.tile_roots(feed, 0..end).await?;
        let edge = self.leaf_hashes(feed, end * TILE_LEAVES..size).await?;
        if tiles.len() as u64 != end || edge.len() as u64 != size % TILE_LEAVES {
            return Ok(None);
        }
        let mut frontier = Frontier::default();
        for tile in tiles {
            frontier.push_tile(tile).expect("a whole tile goes behind whole tiles");
        }
        frontier.extend(edge);
        Ok(Some(frontier.root()))
    }
}

fn ahead(who: &str, feed: &FeedId, seen: u64, held: u64) -> String {
    format!(
        "{who} knows {seen} entries of this node's {} lane, the database holds {held}: it was restored from an older \
        copy; put the newest copy back",
        feed.lane
    )
}
