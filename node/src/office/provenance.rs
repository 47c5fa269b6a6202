//! Where copies of records stand on this node: whose they are, and when their owners were last heard.

use std::collections::BTreeMap;

use quince_core::domain::{Handle, Instant, RecordId};

use crate::office::view::Provenance;
use crate::office::{Office, Result};
use crate::store::View;

/// When each owner on a page was last heard.
pub(super) struct Owners<'a> {
    own: &'a Handle,
    heard: BTreeMap<Handle, Instant>,
}

impl Office {
    /// Looks up the owners of these records.
    pub(super) async fn owners<'a>(
        &self,
        view: &mut View,
        ids: impl Iterator<Item = &'a RecordId>,
    ) -> Result<Owners<'_>> {
        let own = self.handle();
        let mut others: Vec<&Handle> = ids.map(|id| &id.owner).filter(|owner| *owner != own).collect();
        others.sort_unstable();
        others.dedup();
        Ok(Owners { own, heard: view.heard(&others).await? })
    }
}

impl Owners<'_> {
    /// Where the copy of a record stands.
    pub(super) fn provenance(&self, id: &RecordId) -> Provenance {
        Provenance { own: id.owner == *self.own, owner_last_heard: self.heard.get(&id.owner).copied() }
    }
}
