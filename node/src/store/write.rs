//! The one writing transaction: what it collects, and what a commit publishes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};

use quince_core::feed::{FeedId, SignedHead};

use super::append::OpenFeed;
use super::error::StoreError;
use super::meta::Origin;
use super::view::{Progress, View};

/// A transaction that may write; it reads like the [`View`] of what it has written so far. There is one at a
/// time.
pub struct WriteTx {
    view: View,
    /// Own feeds with entries that no head covers yet; heads are signed once, at the commit.
    pub(super) open_feeds: BTreeMap<FeedId, OpenFeed>,
    pub(super) origin: Option<Origin>,
    pub(super) next_number: Option<u64>,
    pub(super) progress: Progress,
}

/// What a commit has made visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The heads signed for own feeds, in order; the last of each feed covers all of it.
    pub heads: Vec<SignedHead>,
    /// How far the store has come.
    pub progress: Progress,
}

impl WriteTx {
    pub(super) const fn new(view: View) -> Self {
        Self {
            view,
            open_feeds: BTreeMap::new(),
            origin: None,
            next_number: None,
            progress: Progress { change_no: 0, changed: 0 },
        }
    }

    /// Signs heads for what was appended, commits, writes the head file, and then publishes. When this
    /// returns, all of it is durable.
    ///
    /// # Errors
    /// When the transaction cannot be committed: then nothing of it happened. After [`StoreError::Disk`] nobody knows
    /// whether it did, and nothing more is written until the store is opened again.
    pub async fn commit(self) -> Result<Committed, StoreError> {
        // A task of its own: a caller that goes away must not leave the commit without its head file and
        // publication.
        tokio::spawn(self.commit_whole())
            .await
            .unwrap_or(Err(StoreError::Database(sqlx::Error::WorkerCrashed)))
    }

    async fn commit_whole(mut self) -> Result<Committed, StoreError> {
        let heads = self.sign_open_feeds().await?;
        let View { conn, shared } = self.view;
        if let Err(error) = conn.commit().await {
            if let StoreError::Disk(_) = error {
                shared.guard.disk_failed(format!("nothing is written any more: {error}"));
            }
            return Err(error);
        }
        if let Err(error) = shared.heads.record(&heads).await {
            // What is committed stays. But a head that the file does not know could be signed twice after a
            // restore.
            shared
                .guard
                .close(format!("the head file cannot be written ({error}); repair the disk, then restart"));
        }
        let committed = self.progress;
        shared.progress.send_if_modified(|progress| {
            let before = *progress;
            progress.change_no = before.change_no.max(committed.change_no);
            progress.changed = before.changed.max(committed.changed);
            *progress != before
        });
        Ok(Committed { heads, progress: *shared.progress.borrow() })
    }

    /// Who appends, read once in a transaction.
    pub(super) async fn cached_origin(&mut self) -> Result<Origin, StoreError> {
        if self.origin.is_none() {
            self.origin = Some(self.view.origin().await?);
        }
        Ok(self.origin.clone().expect("set above"))
    }
}

impl Deref for WriteTx {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut View {
        &mut self.view
    }
}

impl fmt::Debug for WriteTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteTx").field("open_feeds", &self.open_feeds.keys()).finish_non_exhaustive()
    }
}
