//! Saving what sessions have verified: one transaction at a time, beside everything else. While it is written, the sessions
//! hear and verify what comes; all of that waits for the next one, so that a disk that is slow to confirm costs fewer
//! confirmations and not time. It ends early for what cannot wait. Keys, rosters and proofs of forks are waited for: they decide
//! how what comes after them is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quince_core::domain::{Handle, Instant};
use quince_core::feed::{ForkProof, Lane, NodeId};
use quince_core::roster::{RosterChain, SignedRoster};
use quince_core::sync::{Cursors, Effect, Receipt, Usage, VerifiedBatch, cannot_wait, next_to_save};
use tokio::task::JoinHandle;

use super::engine::Engine;
use super::link::LinkId;
use crate::store::{Applied, ReadAhead, Store, StoreError, WriteTx};

/// Times that a busy store is asked for the turn to write, before it counts as failed.
const WRITE_TRIES_MAX: usize = 5;

/// Bytes of frames in one transaction, more or less one frame: some 800 records. More make a commit hardly cheaper for each, and
/// whoever else waits for the turn to write, or has something that cannot wait to be saved, waits so long.
const SAVE_BYTES_MAX: u64 = 512 * 1024;

/// Batches that are read ahead: as many as a transaction has when they are full. More would stand in the way of what cannot wait.
const READ_AHEAD_MAX: usize = 4;

/// Something to be saved.
pub(super) enum Save {
    Batch(Box<VerifiedBatch>, Option<ReadAhead>, Option<Usage>),
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

/// The same, and what was left for another one.
type Done = Result<(Vec<(LinkId, Saved)>, Vec<(LinkId, Save)>), StoreError>;

/// For whom something waits, and how far it is made ready.
struct Waiting {
    link: LinkId,
    ahead: Option<ReadAhead>,
}

/// What is being saved, and what comes next.
#[derive(Default)]
pub(super) struct Saves {
    waiting: Vec<(Waiting, Effect)>,
    under_way: Option<JoinHandle<Done>>,
    /// Tells the transaction under way that something which cannot wait has come: then it ends early. One that is about nothing
    /// else hears of none, for what it would leave comes before what has come since.
    hurry: Option<Arc<AtomicBool>>,
    /// What was left so, and comes before all that can wait.
    left: Vec<(LinkId, Save)>,
}

impl Saves {
    pub(super) fn push(&mut self, link: LinkId, effect: Effect) {
        self.waiting.push((Waiting { link, ahead: None }, effect));
    }

    pub(super) const fn are_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Nothing is being saved, nor left of what was begun.
    pub(super) fn are_at_rest(&self) -> bool {
        self.under_way.is_none() && self.left.is_empty()
    }

    fn are_urgent(&self) -> bool {
        self.waiting.iter().any(|(_, effect)| cannot_wait(effect))
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
        let (saved, left) = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        self.left = left;
        Ok(saved)
    }
}

impl Engine {
    /// Begins to save what waits; returns when that is done if it decides how later frames are read. True when sessions have heard
    /// what became of it.
    pub(super) async fn save(&mut self) -> Result<bool, StoreError> {
        let wait = self.saves.decide();
        self.read_ahead();
        self.begin_saving();
        while wait && self.saves.are_under_way() {
            self.finish_saving().await?;
            self.begin_saving();
        }
        Ok(wait)
    }

    /// Begins to save what waits, unless something is being saved.
    fn begin_saving(&mut self) {
        let urgent = self.saves.are_urgent();
        if self.saves.are_under_way() {
            if let Some(hurry) = &self.saves.hurry {
                hurry.fetch_or(urgent, Ordering::Relaxed);
            }
            return;
        }
        let saves = match std::mem::take(&mut self.saves.left) {
            left if !urgent && !left.is_empty() => left,
            left => {
                self.saves.left = left;
                self.take_waiting()
            }
        };
        if saves.is_empty() {
            return;
        }
        let hurry = Arc::<AtomicBool>::default();
        self.saves.hurry = (!urgent).then(|| Arc::clone(&hurry));
        let (store, now) = (self.tools.store.clone(), self.tools.clock.now());
        self.saves.under_way = Some(tokio::spawn(async move { save_all(&store, saves, now, &hurry).await }));
    }

    /// What is saved together next of what waits.
    fn take_waiting(&mut self) -> Vec<(LinkId, Save)> {
        let taken = next_to_save(&mut self.saves.waiting, SAVE_BYTES_MAX);
        let saves = taken.into_iter();
        saves.filter_map(|(of, effect)| Some((of.link, self.to_save(effect, of.ahead)?))).collect()
    }

    /// Begins to read what is saved next, while the database takes in what comes before it.
    fn read_ahead(&mut self) {
        let (store, roster) = (&self.tools.store, self.ctx.chain().roster());
        for (waiting, effect) in self.saves.waiting.iter_mut().take(READ_AHEAD_MAX) {
            let (None, Effect::Store(batch)) = (&waiting.ahead, &*effect) else { continue };
            let extended = batch.extended();
            let (feed, held) = (extended.log.feed(), extended.held.min(batch.entries().len()));
            let Some(owner) = roster.handle_of(&feed.node) else { continue };
            waiting.ahead = store.read_ahead(owner, feed.lane, &batch.entries()[held..]);
        }
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
    pub(super) fn to_save(&self, effect: Effect, ahead: Option<ReadAhead>) -> Option<Save> {
        match effect {
            Effect::Store(batch) => {
                let allowed = self.ctx.allowed(batch.extended().log.feed().node);
                Some(Save::Batch(batch, ahead, allowed))
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

/// Saves all of it, or less when it has to hurry, but one thing at least.
async fn save_all(store: &Store, saves: Vec<(LinkId, Save)>, now: Instant, hurry: &AtomicBool) -> Done {
    let mut tx = begin_write(store).await?;
    let (mut saved, mut saves) = (Vec::with_capacity(saves.len()), saves.into_iter());
    while saved.is_empty() || !hurry.load(Ordering::Relaxed) {
        let Some((id, one)) = saves.next() else { break };
        saved.push((id, save(&mut tx, one, now).await?));
    }
    tx.commit().await?;
    Ok((saved, saves.collect()))
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
        Save::Batch(batch, ahead, allowed) => apply(tx, *batch, ahead, allowed, now).await,
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
    ahead: Option<ReadAhead>,
    allowed: Option<Usage>,
    now: Instant,
) -> Result<Saved, StoreError> {
    match tx.apply_within(batch.extended(), batch.entries(), ahead, allowed, now).await {
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
