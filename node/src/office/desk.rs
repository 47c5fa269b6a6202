//! The desk: what waits for whom, and what changed. Nothing here is a record.

use std::collections::BTreeMap;

use quince_core::domain::need::Urgency;
use quince_core::domain::todo::{self, TodoKind as Kind};
use quince_core::domain::{Instant, RecordKind, Snapshot};
use tokio::sync::watch;

use crate::office::invitation::state_of;
use crate::office::request::{PAGE_SIZE_MAX, Paging};
use crate::office::view::{
    Change, ChangeNo, InvitationState, Listing, RecordView, Todo, TodoKind, TodoSubject,
};
use crate::office::{Office, Result};
use crate::store::{Family, InvitationRow, Progress, Stored, View};

impl Office {
    /// What waits for this city, the most urgent first and the oldest first among equals; `after` counts the todos
    /// seen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn todos(&self, page: &Paging<u64>) -> Result<Listing<Todo>> {
        let mut view = self.store().view().await?;
        let now = self.now();
        let desk = view.waiting(self.handle(), now.plus(todo::HOLD_ENDING_WITHIN)).await?;
        let lists = todo::View {
            needs: &desk.needs,
            offers: &desk.offers,
            requisitions: &desk.requisitions,
            commitments: &desk.commitments,
            consignments: &desk.consignments,
            receipts: &desk.receipts,
        };
        let seen = usize::try_from(page.after.unwrap_or(0)).unwrap_or(usize::MAX);
        let waiting = view.invitations().await?;
        let newcomers =
            waiting.iter().filter(|row| state_of(row, self.real_now()) == InvitationState::Redeemed);
        let todos = todo::todos(now, self.handle(), lists).into_iter().map(shown);
        let wanted = todos.chain(newcomers.map(|row| newcomer(row, now)));
        Ok(Listing::cut(wanted.skip(seen).take(page.size as usize + 1).collect(), page.size))
    }

    /// What changed after `after`, one entry per record as it stands, in the order of the changes; records of other
    /// kinds than `kinds` are passed over. Also tells how far the changes were read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn changes(
        &self,
        after: ChangeNo,
        kinds: &[RecordKind],
        limit: u32,
    ) -> Result<(Listing<Change>, ChangeNo)> {
        let mut view = self.store().view().await?;
        let limit = limit.min(PAGE_SIZE_MAX);
        let read = view.changes(after.0, limit).await?;
        let wanted = read.records.into_iter().filter(|one| kinds.contains(&one.snapshot.record.kind()));
        let items = self.changed(&mut view, wanted.collect()).await?;
        Ok((Listing { items, more: read.more }, ChangeNo(read.cursor)))
    }

    /// The newest change, and a bell that rings with each.
    #[must_use]
    pub fn latest_change(&self) -> watch::Receiver<Progress> {
        self.store().progress()
    }

    /// Shows records of all families, each family at once, in the order of their changes.
    async fn changed(&self, view: &mut View, stored: Vec<Stored>) -> Result<Vec<Change>> {
        let mut families: BTreeMap<RecordKind, Vec<Stored>> = BTreeMap::new();
        for one in stored {
            families.entry(one.snapshot.record.kind()).or_default().push(one);
        }
        let mut all = Vec::new();
        for (kind, stored) in families {
            let changes: Vec<ChangeNo> = stored.iter().map(|one| ChangeNo(one.changed)).collect();
            let views = self.views(view, kind, stored).await?;
            all.extend(changes.into_iter().zip(views).map(|(change, record)| Change { change, record }));
        }
        all.sort_by_key(|change| change.change);
        Ok(all)
    }

    /// Records of one family as they are shown, in the order given.
    async fn views(&self, view: &mut View, kind: RecordKind, stored: Vec<Stored>) -> Result<Vec<RecordView>> {
        use RecordView as V;

        Ok(match kind {
            // What a node says of itself is shown with the members.
            RecordKind::Profile => Vec::new(),
            RecordKind::Need => each(self.need_views(view, family(stored)).await?, V::Need),
            RecordKind::Offer => each(self.offer_views(view, family(stored)).await?, V::Offer),
            RecordKind::Requisition => {
                each(self.requisition_views(view, family(stored)).await?, V::Requisition)
            }
            RecordKind::Commitment => each(self.commitment_views(view, family(stored)).await?, V::Commitment),
            RecordKind::Party => each(self.party_views(view, family(stored)).await?, V::Party),
            RecordKind::Consignment => {
                each(self.consignment_views(view, family(stored)).await?, |one| V::Consignment(Box::new(one)))
            }
            RecordKind::Receipt => each(self.receipt_views(view, family(stored)).await?, V::Receipt),
            RecordKind::Partnership => {
                each(self.partnership_views(view, family(stored)).await?, V::Partnership)
            }
            RecordKind::Call => each(self.call_views(view, family(stored)).await?, V::Call),
            RecordKind::Message => each(self.publication_views(view, family(stored)).await?, V::Message),
            RecordKind::Knowledge => each(self.publication_views(view, family(stored)).await?, V::Knowledge),
            RecordKind::Report => each(self.publication_views(view, family(stored)).await?, V::Report),
            RecordKind::OwnItem => {
                each(self.own_item_views(view, family(stored)).await?, |one| V::OwnItem(Box::new(one)))
            }
        })
    }
}

fn family<F: Family>(stored: Vec<Stored>) -> Vec<Snapshot<F>> {
    stored.into_iter().filter_map(Stored::into_family).collect()
}

fn each<V>(views: Vec<V>, of: impl Fn(V) -> RecordView) -> Vec<RecordView> {
    views.into_iter().map(of).collect()
}

/// A newcomer who proved an invitation. Nobody noted when, so it waits as of now.
fn newcomer(invitation: &InvitationRow, now: Instant) -> Todo {
    let handle = &invitation.handle;
    Todo {
        kind: TodoKind::AdmitMember,
        subject: TodoSubject::Invitation(invitation.code_id.to_string()),
        urgency: None,
        since: now,
        due: None,
        summary: format!("{handle} waits to be admitted, once the six words were compared by telephone"),
        command: format!("quince federation admit {handle}"),
    }
}

/// A todo in words, built from ids only, so that nothing a peer wrote is printed or pasted.
fn shown(todo: todo::Todo) -> Todo {
    let todo::Todo { kind, record: id, urgency, since, due } = todo;
    let (summary, command) = match kind {
        Kind::AnswerRequisition => (
            format!("{} waits for an answer to requisition {id}", id.owner),
            format!("quince commitment commit {id}"),
        ),
        Kind::AnswerHold => (
            format!("{} holds stock for this city: ask for it naming hold {id}, or refuse it", id.owner),
            format!("quince commitment show {id}"),
        ),
        Kind::ApproveNeed => (format!("need {id} waits for approval"), format!("quince need approve {id}")),
        Kind::ConfirmOffer => {
            (format!("offer {id} was not confirmed for 30 days"), format!("quince offer confirm {id}"))
        }
        Kind::HoldEnding => {
            (format!("hold {id} ends soon without an answer"), format!("quince commitment show {id}"))
        }
        Kind::Dispatch => (
            format!("what commitment {id} promises has not left"),
            format!("quince consignment plan --commitment {id}"),
        ),
        Kind::CountConsignment => (
            format!("consignment {id} for this city has left and is not counted"),
            format!("quince receipt record {id}"),
        ),
    };
    let (kind, subject) = match kind {
        Kind::AnswerRequisition => (TodoKind::AnswerRequisition, TodoSubject::Requisition(id)),
        Kind::AnswerHold => (TodoKind::AnswerHold, TodoSubject::Commitment(id)),
        Kind::ApproveNeed => (TodoKind::ApproveNeed, TodoSubject::Need(id)),
        Kind::ConfirmOffer => (TodoKind::ConfirmOffer, TodoSubject::Offer(id)),
        Kind::HoldEnding => (TodoKind::HoldEnding, TodoSubject::Commitment(id)),
        Kind::Dispatch => (TodoKind::Dispatch, TodoSubject::Commitment(id)),
        Kind::CountConsignment => (TodoKind::CountConsignment, TodoSubject::Consignment(id)),
    };
    Todo { kind, subject, urgency: urgency.map(Urgency::tier), since, due, summary, command }
}
