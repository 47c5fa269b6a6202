//! The desk: what waits for whom, and what changed. Nothing here is a record.

use quince_core::domain::need::Urgency;
use quince_core::domain::todo::{self, TodoKind as Kind};
use quince_core::domain::{
    Commitment, Instant, Need, Offer, Party, Record, RecordKind, Requisition, Snapshot,
};
use tokio::sync::watch;

use crate::office::invitation::state_of;
use crate::office::request::{PAGE_SIZE_MAX, Paging};
use crate::office::view::{
    Change, ChangeNo, InvitationState, Listing, RecordView, Todo, TodoKind, TodoSubject,
};
use crate::office::{Office, Result};
use crate::store::{InvitationRow, Progress, Stored, View};

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
        let more = read.cursor < view.last_changed().await?;
        let wanted = read.records.into_iter().filter(|one| kinds.contains(&one.snapshot.record.kind()));
        let items = self.changed(&mut view, wanted.collect()).await?;
        Ok((Listing { items, more }, ChangeNo(read.cursor)))
    }

    /// The newest change, and a bell that rings with each.
    #[must_use]
    pub fn latest_change(&self) -> watch::Receiver<Progress> {
        self.store().progress()
    }

    /// Shows records of all families, each family at once, in the order of their changes.
    async fn changed(&self, view: &mut View, stored: Vec<Stored>) -> Result<Vec<Change>> {
        let mut families = Families::default();
        for Stored { snapshot, changed, .. } in stored {
            families.add(ChangeNo(changed), snapshot);
        }
        let Families { needs, offers, requisitions, commitments, parties } = families;
        let mut all = zip(needs.0, self.need_views(view, needs.1).await?, RecordView::Need);
        all.extend(zip(offers.0, self.offer_views(view, offers.1).await?, RecordView::Offer));
        let shown = self.requisition_views(view, requisitions.1).await?;
        all.extend(zip(requisitions.0, shown, RecordView::Requisition));
        all.extend(zip(
            commitments.0,
            self.commitment_views(view, commitments.1).await?,
            RecordView::Commitment,
        ));
        all.extend(zip(parties.0, self.party_views(view, parties.1).await?, RecordView::Party));
        all.sort_by_key(|change| change.change);
        Ok(all)
    }
}

/// Changed records by family, since each family is shown at once.
#[derive(Default)]
struct Families {
    needs: (Vec<ChangeNo>, Vec<Snapshot<Need>>),
    offers: (Vec<ChangeNo>, Vec<Snapshot<Offer>>),
    requisitions: (Vec<ChangeNo>, Vec<Snapshot<Requisition>>),
    commitments: (Vec<ChangeNo>, Vec<Snapshot<Commitment>>),
    parties: (Vec<ChangeNo>, Vec<Snapshot<Party>>),
}

impl Families {
    fn add(&mut self, change: ChangeNo, snapshot: Snapshot<Record>) {
        let Snapshot { id, revision, audience, record } = snapshot;
        match record {
            Record::Need(record) => {
                self.needs.extend([(change, Snapshot { id, revision, audience, record })])
            }
            Record::Offer(record) => {
                self.offers.extend([(change, Snapshot { id, revision, audience, record })])
            }
            Record::Requisition(record) => {
                self.requisitions.extend([(change, Snapshot { id, revision, audience, record })]);
            }
            Record::Commitment(record) => {
                self.commitments.extend([(change, Snapshot { id, revision, audience, record })]);
            }
            Record::Party(record) => {
                self.parties.extend([(change, Snapshot { id, revision, audience, record })])
            }
            // What a node says of itself is shown with the members.
            Record::Profile(_) => {}
        }
    }
}

fn zip<V>(changes: Vec<ChangeNo>, views: Vec<V>, of: impl Fn(V) -> RecordView) -> Vec<Change> {
    changes.into_iter().zip(views).map(|(change, view)| Change { change, record: of(view) }).collect()
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
    };
    let (kind, subject) = match kind {
        Kind::AnswerRequisition => (TodoKind::AnswerRequisition, TodoSubject::Requisition(id)),
        Kind::AnswerHold => (TodoKind::AnswerHold, TodoSubject::Commitment(id)),
        Kind::ApproveNeed => (TodoKind::ApproveNeed, TodoSubject::Need(id)),
        Kind::ConfirmOffer => (TodoKind::ConfirmOffer, TodoSubject::Offer(id)),
        Kind::HoldEnding => (TodoKind::HoldEnding, TodoSubject::Commitment(id)),
    };
    Todo { kind, subject, urgency: urgency.map(Urgency::tier), since, due, summary, command }
}
