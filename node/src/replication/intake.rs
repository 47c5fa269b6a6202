//! Frames of offline files on their way into the store: as those of a session, without the session.

use quince_core::feed::Lane;
use quince_core::sync::Effect;
use quince_core::sync::offline::{ImportError, OfflineImport};

use super::engine::Engine;
use super::handle::{Intake, Taken};
use super::load;
use super::saving::{Saved, begin_write, save};
use crate::store::StoreError;

impl Engine {
    /// Takes in what waits, and answers when it is saved and people have heard what they must.
    pub(super) async fn take_in(&mut self) -> Result<(), StoreError> {
        if !self.intakes.is_empty() {
            self.finish_saving().await?;
        }
        for Intake { mut import, frames, reply } in std::mem::take(&mut self.intakes) {
            let mut outcome = Ok(());
            for frame in frames {
                if import.saves_before(&frame) {
                    self.save_import(&mut import).await?;
                }
                outcome = import.take(&mut self.ctx, frame);
                if outcome.is_err() {
                    break;
                }
            }
            self.save_import(&mut import).await?;
            self.alarm().await?;
            answer(reply, import, outcome);
        }
        Ok(())
    }

    /// Saves what was verified, all of it in one transaction.
    async fn save_import(&mut self, import: &mut OfflineImport) -> Result<(), StoreError> {
        let effects: Vec<Effect> = std::iter::from_fn(|| import.poll_effect()).collect();
        if effects.is_empty() {
            return Ok(());
        }
        let (mut saved, mut checks) = (Vec::new(), Vec::new());
        let (mut tx, now) = (begin_write(&self.tools.store).await?, self.tools.clock.now());
        for effect in effects {
            if let Effect::CheckCopy(feed) = effect {
                checks.push(feed);
                continue;
            }
            let new =
                if let Effect::Store(batch) = &effect { batch.extended().leaves.len() as u64 } else { 0 };
            if let Some(one) = self.to_save(effect, None) {
                saved.push((save(&mut tx, one, now).await?, new));
            }
        }
        tx.commit().await?;
        for (outcome, new) in saved {
            self.tell_import(import, outcome, new).await?;
        }
        for feed in checks {
            self.check_copy(feed).await?;
        }
        Ok(())
    }

    async fn tell_import(
        &mut self,
        import: &mut OfflineImport,
        saved: Saved,
        new: u64,
    ) -> Result<(), StoreError> {
        match saved {
            Saved::Stalled(receipt, usage) => import.handle_stalled(&mut self.ctx, &receipt, usage),
            Saved::Refused(receipt) => import.handle_store_refused(&receipt),
            Saved::Roster(chain) => import.handle_roster_stored(&mut self.ctx, *chain),
            // A file has no cursors: they belong to sessions.
            Saved::Fork | Saved::Cursors(_) => {}
            Saved::Batch(receipt, usage) => {
                let feed = receipt.feed();
                if receipt.is_sparse() {
                    let stored = self.tools.store.view().await?.feed(&feed).await?;
                    stored.iter().for_each(|stored| load::list(&mut self.ctx, stored));
                }
                import.handle_stored(&mut self.ctx, &receipt, new);
                self.ctx.usage_changed(feed.node, usage);
                if feed.lane == Lane::Identity {
                    let mut view = self.tools.store.view().await?;
                    load::identity(&mut view, &mut self.ctx, &mut self.directory, feed).await?;
                }
            }
        }
        Ok(())
    }
}

/// Whoever asked may be gone by now.
fn answer(
    reply: tokio::sync::oneshot::Sender<Taken>,
    import: OfflineImport,
    outcome: Result<(), ImportError>,
) {
    drop(reply.send(Taken { import, outcome }));
}
