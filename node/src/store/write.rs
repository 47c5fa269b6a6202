//! The one writing transaction: what it collects, and what a commit publishes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};

use quince_core::feed::{FeedId, SignedHead};
use tokio::sync::OwnedMutexGuard;

use super::append::OpenFeed;
use super::error::StoreError;
use super::known::Known;
use super::recent::Growth;
use super::view::{Progress, View};

/// A transaction that may write; it reads like the [`View`] of what it has written so far. There is one at a
/// time.
pub struct WriteTx {
    view: View,
    /// The turn to write, and what the last one who had it knew.
    turn: OwnedMutexGuard<Known>,
    /// What is known by now; the next one hears of it after the commit.
    pub(super) known: Known,
    /// Own feeds with entries that no head covers yet; heads are signed once, at the commit.
    pub(super) open_feeds: BTreeMap<FeedId, OpenFeed>,
    pub(super) progress: Progress,
    /// What is remembered of tokens counts no more after the commit.
    pub(super) tokens_changed: bool,
    /// Feeds that have grown under new heads, in the order of the changes.
    pub(super) grown: Vec<Growth>,
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
    pub(super) fn new(view: View, mut turn: OwnedMutexGuard<Known>) -> Self {
        Self {
            view,
            known: std::mem::take(&mut turn),
            turn,
            open_feeds: BTreeMap::new(),
            progress: Progress { change_no: 0, changed: 0 },
            tokens_changed: false,
            grown: Vec::new(),
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
        let Self {
            view: View { conn, shared },
            mut turn,
            mut known,
            progress: committed,
            tokens_changed,
            grown,
            ..
        } = self;
        if let Err(error) = conn.commit().await {
            if let StoreError::Disk(_) = error {
                shared.guard.disk_failed(format!("nothing is written any more: {error}"));
            }
            return Err(error);
        }
        if tokens_changed {
            shared.tokens().empty();
        }
        shared.remember(grown, committed.change_no, known.take_rewritten());
        *turn = known;
        drop(turn);
        if let Err(error) = shared.heads.record(&heads).await {
            // What is committed stays. But a head that the file does not know could be signed twice after a
            // restore.
            shared
                .guard
                .close(format!("the head file cannot be written ({error}); repair the disk, then restart"));
        }
        shared.progress.send_if_modified(|progress| {
            let before = *progress;
            progress.change_no = before.change_no.max(committed.change_no);
            progress.changed = before.changed.max(committed.changed);
            *progress != before
        });
        Ok(Committed { heads, progress: *shared.progress.borrow() })
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
