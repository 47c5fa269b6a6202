//! What sessions want of the store: saves are begun, reads are answered at once.

use std::ops::Range;

use quince_core::feed::{Entry, FeedId, Lane};
use quince_core::sync::{Effect, Rows};

use super::engine::Engine;
use super::link::LinkId;
use super::load;
use super::saving::{Outcome, Saved, begin_write};
use crate::store::{Mended, Store, StoreError};

impl Engine {
    /// Does everything that sessions ask for now. False when they ask for nothing.
    pub(super) async fn work(&mut self) -> Result<bool, StoreError> {
        let mut reads = Vec::new();
        for (id, connection) in &mut self.connections {
            for effect in std::iter::from_fn(|| connection.session.poll_effect()) {
                match effect {
                    Effect::Store(_)
                    | Effect::StoreRoster(..)
                    | Effect::StoreFork(_)
                    | Effect::SaveCursors(..) => self.saves.push(*id, effect),
                    _ => reads.push((*id, effect)),
                }
            }
        }
        let told = self.save().await?;
        let any = told || !reads.is_empty();
        for (id, effect) in reads {
            self.read(id, effect).await?;
        }
        Ok(any)
    }

    /// Tells the sessions what became of what they wanted saved.
    pub(super) async fn tell_all_saved(&mut self, outcome: Outcome) -> Result<(), StoreError> {
        for (id, saved) in outcome? {
            self.tell_saved(id, saved).await?;
        }
        Ok(())
    }

    async fn tell_saved(&mut self, id: LinkId, saved: Saved) -> Result<(), StoreError> {
        let now = self.tools.now();
        let Some(connection) = self.connections.get_mut(&id) else { return self.keep_saved(saved).await };
        let (session, ctx) = (&mut connection.session, &mut self.ctx);
        match saved {
            Saved::Stalled(receipt, usage) => session.handle_stalled(ctx, &receipt, usage),
            Saved::Batch(receipt, usage) => {
                if receipt.is_sparse() {
                    // Before anybody is shown the feed, it must be known why something is missing.
                    let feed = self.tools.store.view().await?.feed(&receipt.feed()).await?;
                    feed.iter().for_each(|feed| load::list(ctx, feed));
                }
                session.handle_stored(ctx, now, &receipt);
                ctx.usage_changed(receipt.feed().node, usage);
                if receipt.feed().lane == Lane::Identity {
                    let mut view = self.tools.store.view().await?;
                    load::identity(&mut view, &mut self.ctx, &mut self.directory, receipt.feed()).await?;
                }
            }
            Saved::Refused(receipt) => session.handle_store_refused(ctx, &receipt),
            Saved::Roster(chain) => {
                if let Some(other) = chain.roster().other_catalogue() {
                    tracing::warn!("{other}");
                }
                session.handle_roster_stored(ctx, *chain);
            }
            Saved::Fork => {}
            Saved::Cursors(cursors) => session.handle_cursors_saved(ctx, cursors),
        }
        Ok(())
    }

    /// The session that wanted it saved is over.
    async fn keep_saved(&mut self, saved: Saved) -> Result<(), StoreError> {
        match saved {
            Saved::Batch(receipt, usage) => {
                let mut view = self.tools.store.view().await?;
                let feed = view.feed(&receipt.feed()).await?;
                feed.iter().for_each(|feed| load::list(&mut self.ctx, feed));
                self.ctx.stored_for_nobody(&receipt);
                self.ctx.usage_changed(receipt.feed().node, usage);
                load::identity(&mut view, &mut self.ctx, &mut self.directory, receipt.feed()).await?;
            }
            Saved::Roster(chain) => self.ctx.roster_changed(*chain),
            // Another session tries what was refused again, and older cursors leave no gap.
            Saved::Stalled(..) | Saved::Refused(_) | Saved::Fork | Saved::Cursors(_) => {}
        }
        Ok(())
    }

    async fn read(&mut self, id: LinkId, effect: Effect) -> Result<(), StoreError> {
        if let Effect::CheckCopy(feed) = effect {
            return self.check_copy(feed).await;
        }
        let Some(rows) = rows(&self.tools.store, effect).await? else { return Ok(()) };
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.session.handle_read(&mut self.ctx, rows);
        }
        Ok(())
    }

    /// Most copies are whole, and to see that needs nobody's turn to write.
    pub(super) async fn check_copy(&mut self, feed: FeedId) -> Result<(), StoreError> {
        // Whoever hears of more than is left after a cut would believe it.
        self.finish_saving().await?;
        if self.tools.store.view().await?.is_whole(&feed).await? {
            self.ctx.copy_checked(feed, None);
            return Ok(());
        }
        let mut tx = begin_write(&self.tools.store).await?;
        let mended = match tx.mend_feed(&feed, self.tools.clock.now()).await {
            Ok(Mended::Intact) => None,
            Ok(Mended::Truncated { .. }) => Some(tx.replica(&feed).await?),
            // An own feed: nobody else can make it good.
            Err(StoreError::Corrupt { .. }) => Some(tx.replica(&feed).await?),
            Err(error) => return Err(error),
        };
        tx.commit().await?;
        self.ctx.copy_checked(feed, mended);
        Ok(())
    }
}

/// What is asked to be read; `None` when the effect is another one.
pub(super) async fn rows(store: &Store, effect: Effect) -> Result<Option<Rows>, StoreError> {
    let rows = match effect {
        Effect::ReadEntries { feed, from, until, leaves_from, bytes_max } => {
            sound(read_entries(store, feed, from..until, leaves_from, bytes_max).await)?
        }
        Effect::ReadIndex { feed, size } => sound(read_index(store, feed, size).await)?,
        Effect::ReadRoster { from } => {
            let mut view = store.view().await?;
            Rows::Roster(view.rosters_since(from.saturating_sub(1)).await?)
        }
        _ => return Ok(None),
    };
    Ok(Some(rows))
}

async fn read_entries(
    store: &Store,
    feed: FeedId,
    range: Range<u64>,
    leaves_from: u64,
    bytes_max: usize,
) -> Result<Rows, StoreError> {
    if leaves_from == range.start
        && let Some(entries) = store.recent_entries(&feed, range.clone(), bytes_max)
    {
        let leaves = entries.iter().map(Entry::leaf_hash).collect();
        return Ok(Rows::Entries { entries, leaves });
    }
    let mut view = store.view().await?;
    let entries = view.entries(&feed, range.clone(), bytes_max).await?;
    let are_all = leaves_from == range.start && entries.len() as u64 == range.end - range.start;
    let leaves = if are_all {
        // Each was compared with the hash that is stored beside it.
        entries.iter().map(Entry::leaf_hash).collect()
    } else {
        view.leaf_hashes(&feed, leaves_from..range.end).await?
    };
    Ok(Rows::Entries { entries, leaves })
}

async fn read_index(store: &Store, feed: FeedId, size: u64) -> Result<Rows, StoreError> {
    let mut view = store.view().await?;
    let index = view.tile_index(&feed, 0, size).await?;
    Ok(Rows::Index { tiles: index.tiles, edge: index.edge })
}

/// Rows that cannot be read as they were stored are an answer, not a failure of the store.
fn sound(rows: Result<Rows, StoreError>) -> Result<Rows, StoreError> {
    match rows {
        Err(StoreError::Corrupt { .. } | StoreError::Conflict(_)) => Ok(Rows::Damaged),
        rows => rows,
    }
}
