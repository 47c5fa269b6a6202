//! Saving what sessions have verified: one transaction at a time, beside everything else. While it is written, the sessions
//! hear and verify what comes; all of that waits for the next one, so that a disk that is slow to confirm costs fewer
//! confirmations and not time. Keys, rosters and proofs of forks are waited for: they decide how what comes after them is read.

use quince_core::domain::{Handle, Instant};
use quince_core::feed::{ForkProof, Lane, NodeId};
use quince_core::roster::{RosterChain, SignedRoster};
use quince_core::sync::{Cursors, Effect, Receipt, Usage, VerifiedBatch, next_to_save};
use tokio::task::JoinHandle;

use super::engine::Engine;
use super::link::LinkId;
use crate::store::{Applied, Store, StoreError, WriteTx};

/// Times that a busy store is asked for the turn to write, before it counts as failed.
const WRITE_TRIES_MAX: usize = 5;

/// Bytes of frames in one transaction, more or less one frame: some 800 records. More make a commit hardly cheaper for each, and
/// whoever else waits for the turn to write, or has something that cannot wait to be saved, waits so long.
const SAVE_BYTES_MAX: u64 = 512 * 1024;

/// Something to be saved.
pub(super) enum Save {
    Batch(Box<VerifiedBatch>, Option<Usage>),
    Roster(Box<RosterChain>, Vec<SignedRoster>),
    Fork(Box<ForkProof>),
    /// Of a peer that has been removed meanwhile nothing needs to be remembered.
    Cursors(Option<Handle>, Cursors),
}

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

/// What became of a transaction.
pub(super) type Outcome = Result<Vec<(LinkId, Saved)>, StoreError>;

/// What is being saved, and what comes next.
#[derive(Default)]
pub(super) struct Saves {
    waiting: Vec<(LinkId, Effect)>,
    under_way: Option<JoinHandle<Outcome>>,
}

impl Saves {
    pub(super) fn push(&mut self, link: LinkId, effect: Effect) {
        self.waiting.push((link, effect));
    }

    pub(super) const fn are_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether something waits that decides how later frames are read.
    fn decide(&self) -> bool {
        self.waiting.iter().any(|(_, effect)| match effect {
            Effect::Store(batch) => batch.extended().log.feed().lane == Lane::Identity,
            Effect::StoreRoster(..) | Effect::StoreFork(_) => true,
            _ => false,
        })
    }

    /// What became of the transaction under way; waits for ever when there is none. Nothing is lost when the wait breaks off.
    pub(super) async fn next(&mut self) -> Outcome {
        let Some(task) = &mut self.under_way else { return std::future::pending().await };
        let done = task.await;
        self.under_way = None;
        done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

impl Engine {
    /// Begins to save what waits; returns when that is done if it decides how later frames are read. True when sessions have heard
    /// what became of it.
    pub(super) async fn save(&mut self) -> Result<bool, StoreError> {
        let wait = self.saves.decide();
        self.begin_saving();
        while wait && self.saves.are_under_way() {
            self.finish_saving().await?;
            self.begin_saving();
        }
        Ok(wait)
    }

    /// Begins to save what waits, unless something is being saved.
    fn begin_saving(&mut self) {
        if self.saves.are_under_way() {
            return;
        }
        let taken = next_to_save(&mut self.saves.waiting, SAVE_BYTES_MAX);
        let saves: Vec<(LinkId, Save)> =
            taken.into_iter().filter_map(|(id, effect)| Some((id, self.to_save(effect)?))).collect();
        if saves.is_empty() {
            return;
        }
        let (store, now) = (self.tools.store.clone(), self.tools.clock.now());
        self.saves.under_way = Some(tokio::spawn(async move { save_all(&store, saves, now).await }));
    }

    /// Waits for what is being saved, and tells the sessions.
    pub(super) async fn finish_saving(&mut self) -> Result<(), StoreError> {
        if self.saves.are_under_way() {
            let outcome = self.saves.next().await;
            self.tell_all_saved(outcome).await?;
        }
        Ok(())
    }

    /// `None` for an effect that saves nothing.
    pub(super) fn to_save(&self, effect: Effect) -> Option<Save> {
        match effect {
            Effect::Store(batch) => {
                let allowed = self.ctx.allowed(batch.extended().log.feed().node);
                Some(Save::Batch(batch, allowed))
            }
            Effect::StoreRoster(chain, notes) => Some(Save::Roster(chain, notes)),
            Effect::StoreFork(proof) => Some(Save::Fork(proof)),
            Effect::SaveCursors(peer, cursors) => Some(Save::Cursors(self.handle_of(peer), cursors)),
            _ => None,
        }
    }

    fn handle_of(&self, peer: NodeId) -> Option<Handle> {
        self.ctx.chain().roster().handle_of(&peer).cloned()
    }
}

async fn save_all(store: &Store, saves: Vec<(LinkId, Save)>, now: Instant) -> Outcome {
    let mut tx = begin_write(store).await?;
    let mut saved = Vec::with_capacity(saves.len());
    for (id, one) in saves {
        saved.push((id, save(&mut tx, one, now).await?));
    }
    tx.commit().await?;
    Ok(saved)
}

/// Waits for the turn to write; others may have much to write as well.
pub(super) async fn begin_write(store: &Store) -> Result<WriteTx, StoreError> {
    for _ in 1..WRITE_TRIES_MAX {
        match store.begin_write().await {
            Err(StoreError::Busy) => {}
            begun => return begun,
        }
    }
    store.begin_write().await
}

/// Saves one thing in a transaction.
pub(super) async fn save(tx: &mut WriteTx, one: Save, now: Instant) -> Result<Saved, StoreError> {
    match one {
        Save::Batch(batch, allowed) => apply(tx, *batch, allowed, now).await,
        Save::Roster(chain, notes) => put_rosters(tx, chain, &notes).await,
        Save::Fork(proof) => put_fork(tx, &proof, now).await,
        Save::Cursors(handle, cursors) => {
            if let Some(handle) = handle {
                tx.save_cursors(&handle, &cursors).await?;
            }
            Ok(Saved::Cursors(cursors))
        }
    }
}

async fn apply(
    tx: &mut WriteTx,
    batch: VerifiedBatch,
    allowed: Option<Usage>,
    now: Instant,
) -> Result<Saved, StoreError> {
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

async fn put_fork(tx: &mut WriteTx, proof: &ForkProof, now: Instant) -> Result<Saved, StoreError> {
    let (first, second) = proof.heads();
    tx.put_fork(first, second, now).await?;
    tx.stall(&first.head.feed, Some("its owner signed two histories"), now).await?;
    Ok(Saved::Fork)
}

async fn put_rosters(
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
