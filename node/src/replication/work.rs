//! What sessions want of the store: saves first, all in one transaction, then reads.

use quince_core::feed::tile::TILE_LEAVES;
use quince_core::feed::{FeedId, ForkProof, Lane, NodeId};
use quince_core::roster::{RosterChain, SignedRoster};
use quince_core::sync::{Cursors, Effect, Receipt, Rows, Usage, VerifiedBatch};

use super::engine::Engine;
use super::link::LinkId;
use super::load;
use crate::store::{Applied, Mended, Store, StoreError, WriteTx};

/// Times that a busy store is asked for the turn to write, before it counts as failed.
const WRITE_TRIES_MAX: usize = 5;

/// What a session hears after a commit.
pub(super) enum Saved {
    Batch(Receipt, Usage),
    /// Its owner would have more in use than it may.
    Stalled(Receipt, Usage),
    /// It does not follow what is stored by now.
    Refused(Receipt),
    Roster(Box<RosterChain>),
    Fork,
    Cursors(Cursors),
}

impl Engine {
    /// Does everything that sessions ask for now. False when they ask for nothing.
    pub(super) async fn work(&mut self) -> Result<bool, StoreError> {
        let (mut saves, mut rest) = (Vec::new(), Vec::new());
        for (id, connection) in &mut self.connections {
            for effect in std::iter::from_fn(|| connection.session.poll_effect()) {
                match effect {
                    Effect::Store(_)
                    | Effect::StoreRoster(..)
                    | Effect::StoreFork(_)
                    | Effect::SaveCursors(..) => saves.push((*id, effect)),
                    _ => rest.push((*id, effect)),
                }
            }
        }
        let any = !saves.is_empty() || !rest.is_empty();
        if !saves.is_empty() {
            self.save(saves).await?;
        }
        for (id, effect) in rest {
            self.read(id, effect).await?;
        }
        Ok(any)
    }

    async fn save(&mut self, saves: Vec<(LinkId, Effect)>) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        let mut saved = Vec::new();
        for (id, effect) in saves {
            let outcome = match effect {
                Effect::Store(batch) => self.apply(&mut tx, *batch).await?,
                Effect::StoreRoster(chain, notes) => put_rosters(&mut tx, chain, &notes).await?,
                Effect::StoreFork(proof) => self.put_fork(&mut tx, &proof).await?,
                Effect::SaveCursors(peer, cursors) => self.save_cursors(&mut tx, peer, cursors).await?,
                _ => continue,
            };
            saved.push((id, outcome));
        }
        tx.commit().await?;
        for (id, outcome) in saved {
            self.tell_saved(id, outcome).await?;
        }
        Ok(())
    }

    /// Waits for the turn to write; others may have much to write as well.
    pub(super) async fn begin_write(&self) -> Result<WriteTx, StoreError> {
        for _ in 1..WRITE_TRIES_MAX {
            match self.tools.store.begin_write().await {
                Err(StoreError::Busy) => {}
                begun => return begun,
            }
        }
        self.tools.store.begin_write().await
    }

    pub(super) async fn apply(&self, tx: &mut WriteTx, batch: VerifiedBatch) -> Result<Saved, StoreError> {
        let now = self.tools.clock.now();
        let allowed = self.ctx.allowed(batch.extended().log.feed().node);
        match tx.apply_within(batch.extended(), batch.entries(), allowed, now).await {
            Ok(Applied::Taken(usage)) => Ok(Saved::Batch(batch.into_receipt(), usage)),
            Ok(Applied::Stalled(usage)) => Ok(Saved::Stalled(batch.into_receipt(), usage)),
            Err(StoreError::Conflict(why)) => {
                tracing::debug!(why, "verified entries do not follow what is stored: {why}");
                Ok(Saved::Refused(batch.into_receipt()))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn put_fork(&self, tx: &mut WriteTx, proof: &ForkProof) -> Result<Saved, StoreError> {
        let (first, second) = proof.heads();
        let now = self.tools.clock.now();
        tx.put_fork(first, second, now).await?;
        tx.stall(&first.head.feed, Some("its owner signed two histories"), now).await?;
        Ok(Saved::Fork)
    }

    async fn save_cursors(
        &self,
        tx: &mut WriteTx,
        peer: NodeId,
        cursors: Cursors,
    ) -> Result<Saved, StoreError> {
        // Of one that has been removed meanwhile nothing needs to be remembered.
        if let Some(handle) = self.ctx.chain().roster().handle_of(&peer) {
            tx.save_cursors(handle, &cursors).await?;
        }
        Ok(Saved::Cursors(cursors))
    }

    async fn tell_saved(&mut self, id: LinkId, saved: Saved) -> Result<(), StoreError> {
        let now = self.tools.now();
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
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
        if self.tools.store.view().await?.is_whole(&feed).await? {
            self.ctx.copy_checked(feed, None);
            return Ok(());
        }
        let mut tx = self.begin_write().await?;
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

pub(super) async fn put_rosters(
    tx: &mut WriteTx,
    chain: Box<RosterChain>,
    notes: &[SignedRoster],
) -> Result<Saved, StoreError> {
    let held = tx.rosters_since(0).await?.last().map_or(0, |note| note.roster().version);
    for note in notes.iter().filter(|note| note.roster().version > held) {
        tx.put_roster(note).await?;
    }
    Ok(Saved::Roster(chain))
}

/// What is asked to be read; `None` when the effect is another one.
pub(super) async fn rows(store: &Store, effect: Effect) -> Result<Option<Rows>, StoreError> {
    let rows = match effect {
        Effect::ReadEntries { feed, from, until, bytes_max } => {
            sound(read_entries(store, feed, from, until, bytes_max).await)?
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
    from: u64,
    until: u64,
    bytes_max: usize,
) -> Result<Rows, StoreError> {
    let mut view = store.view().await?;
    let leaves = view.leaf_hashes(&feed, from - from % TILE_LEAVES..until).await?;
    Ok(Rows::Entries { entries: view.entries(&feed, from..until, bytes_max).await?, leaves })
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
