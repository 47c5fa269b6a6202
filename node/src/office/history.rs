//! Revisions of a record: an owner keeps all of its own, of another city's record a node shows the newest.

use quince_core::domain::common::Label;
use quince_core::domain::{Record, RecordId, RecordKind, Revision, Snapshot};

use crate::office::request::Paging;
use crate::office::script::not_found;
use crate::office::view::{Listing, RevisionView};
use crate::office::{Office, Result};
use crate::store::{OwnRevision, View};

impl Office {
    /// Revisions of a record, newest first; `after` is the last revision seen.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::office::ErrorKind::NotFound).
    pub async fn revisions(
        &self,
        kind: RecordKind,
        id: &RecordId,
        page: &Paging<Revision>,
    ) -> Result<Listing<RevisionView>> {
        let mut view = self.store().view().await?;
        let newest = view.record(kind, id).await?.ok_or_else(|| not_found(kind, id))?.snapshot;
        let last = page.after.map_or(newest.revision.get(), |after| after.get() - 1);
        let found = if id.owner == *self.handle() {
            own_revisions(&mut view, id, last, page.size + 1).await?
        } else {
            Some(newest)
                .filter(|newest| newest.revision.get() <= last)
                .map(foreign_revision)
                .into_iter()
                .collect()
        };
        Ok(Listing::cut(found, page.size))
    }
}

/// Own revisions up to `last`, newest first. Their numbers have no gaps at their owner, so a page is a range.
async fn own_revisions(view: &mut View, id: &RecordId, last: u64, count: u32) -> Result<Vec<RevisionView>> {
    let before_first = last.saturating_sub(u64::from(count));
    let limit = u32::try_from(last - before_first).expect("at most `count`");
    let found = view.history(id.number, Revision::new(before_first).ok(), limit).await?;
    Ok(found.into_iter().rev().filter_map(|one| own_revision(id, one)).collect())
}

/// A revision as it is shown; `None` when it was erased.
fn own_revision(id: &RecordId, row: OwnRevision) -> Option<RevisionView> {
    let OwnRevision { revision, audience, record, holder, .. } = row;
    let snapshot = Snapshot { id: id.clone(), revision, audience, record: record? };
    Some(RevisionView { holder: Label::new(holder).ok(), ..foreign_revision(snapshot) })
}

fn foreign_revision(snapshot: Snapshot<Record>) -> RevisionView {
    let state = state_of(&snapshot.record);
    let reason = snapshot.record.common().reason.clone();
    RevisionView { holder: None, state, reason, snapshot }
}

/// The word of a record's state; for a family without states whether it is active.
fn state_of(record: &Record) -> &'static str {
    match record {
        Record::Profile(_) => "active",
        Record::Party(party) if party.retired => "retired",
        Record::Party(_) => "active",
        Record::Need(need) => need.state.as_str(),
        Record::Offer(offer) => offer.state.as_str(),
        Record::Requisition(requisition) => requisition.state.as_str(),
        Record::Commitment(commitment) => commitment.state.as_str(),
        Record::Partnership(partnership) => partnership.state.as_str(),
        Record::Call(call) => call.state.as_str(),
        Record::Consignment(consignment) => consignment.state.as_str(),
        Record::Receipt(receipt) => receipt.state.as_str(),
        Record::Message(message) => message.state.as_str(),
        Record::Knowledge(knowledge) => knowledge.state.as_str(),
        Record::Report(report) => report.state.as_str(),
        Record::OwnItem(item) => item.state.as_str(),
    }
}
