//! Requests of `desk.proto`.

use quince_core::domain::RecordKind;
use quince_core::domain::field::{Faults, FieldError};
use quince_proto::api::v1 as api;

use super::{CHOICES_MAX, each};
use crate::office::view::ChangeNo;
use crate::wire::Gate;
use crate::wire::page::{Page, page};

/// The families that a watcher can ask for.
pub const WATCHED: [RecordKind; 13] = [
    RecordKind::Need,
    RecordKind::Offer,
    RecordKind::Requisition,
    RecordKind::Commitment,
    RecordKind::Party,
    RecordKind::Partnership,
    RecordKind::Call,
    RecordKind::Consignment,
    RecordKind::Receipt,
    RecordKind::Message,
    RecordKind::Knowledge,
    RecordKind::Report,
    RecordKind::OwnItem,
];

/// Where a watcher begins, and what it wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// After this change; `None` from now on.
    pub after: Option<ChangeNo>,
    /// Of these families; never empty.
    pub kinds: Vec<RecordKind>,
}

/// Which todos first; they are counted, because they have no other order that lasts.
pub fn list_todos(request: &api::ListTodosRequest) -> Gate<Page<u64>> {
    page(request)
}

/// Where to begin, and what to show.
pub fn watch(request: api::WatchRequest) -> Gate<Watch> {
    let mut faults = Faults::default();
    let after = faults.take("cursor", cursor(&request.cursor));
    let kinds = faults.take_all("collections", each(request.collections, CHOICES_MAX, collection));
    let built = || {
        let kinds = Some(kinds?).filter(|kinds| !kinds.is_empty());
        Some(Watch { after: after?, kinds: kinds.unwrap_or(WATCHED.to_vec()) })
    };
    Ok(faults.finish(built())?)
}

fn cursor(cursor: &str) -> Result<Option<ChangeNo>, FieldError> {
    let number = cursor.parse::<u64>().ok().filter(|number| number.to_string() == cursor);
    let fault = || FieldError::of(cursor, "the cursor of the last change received, 0, or nothing");
    if cursor.is_empty() { Ok(None) } else { number.map(ChangeNo).map(Some).ok_or_else(fault) }
}

fn collection(name: String) -> Result<RecordKind, FieldError> {
    let kind = WATCHED.into_iter().find(|kind| kind.collection() == name);
    kind.ok_or_else(|| FieldError::of(name, WATCHED.map(RecordKind::collection).join(", ")))
}
