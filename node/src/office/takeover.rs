//! Records that take over others, when an office gets a node of its own: only one of the two counts, and that is the older as
//! long as its owner has not ended it. So nobody gains by claiming to continue another city's record.

use quince_core::domain::{Common, Need, NeedState, Offer, OfferState, RecordId};

use crate::office::script::Script;
use crate::office::{Error, ErrorKind, Result};
use crate::store::Family;

/// A family whose records can be taken over.
pub(super) trait TakenOver: Family {
    /// Whether it is published and has not ended.
    fn is_live(&self) -> bool;
}

impl TakenOver for Need {
    fn is_live(&self) -> bool {
        NeedState::is_live(&self.state)
    }
}

impl TakenOver for Offer {
    fn is_live(&self) -> bool {
        self.state == OfferState::Open
    }
}

impl Script<'_> {
    /// Refuses to agree on a record that takes over another one which still counts.
    ///
    /// # Errors
    /// [`ErrorKind::State`].
    pub(super) async fn check_counts<F: TakenOver>(&mut self, id: &RecordId, common: &Common) -> Result<()> {
        let Some(other) = &common.continues else { return Ok(()) };
        let live = self.tx.get::<F>(other).await?.is_some_and(|other| other.record.is_live());
        if !live {
            return Ok(());
        }
        let words =
            format!("{id} takes over {other}, which has not ended, expected only one of them to count");
        let hint = format!("ask {} to withdraw {other}, or to mark it as a duplicate of {id}", other.owner);
        Err(Error::new(ErrorKind::State, words).hint(hint))
    }
}
