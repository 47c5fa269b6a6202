//! The desk.

use quince_core::domain::{Instant, RecordKind};
use quince_proto::api::v1 as api;
use quince_proto::api::v1::watch_response::Resource;

use super::{
    call, commitment, consignment, knowledge, message, need, offer, own_item, partnership, party, receipt,
    report, requisition,
};
use crate::office::view::{Change, ChangeNo, Listing, RecordView, Todo, TodoSubject};
use crate::wire::names;
use crate::wire::page::Page;
use crate::wire::record::to_proto::instant;
use crate::wire::vocabulary::Vocabulary;

/// A page of todos.
pub fn list_todos(listing: &Listing<Todo>, page: &Page<u64>) -> api::ListTodosResponse {
    let (todos, next_page_token) = page.fill_by(listing, todo, |i, _| counted(page, i));
    api::ListTodosResponse { todos, next_page_token }
}

/// How many of a list have been seen after the item with this index in a page.
fn counted(page: &Page<u64>, index: usize) -> u64 {
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    page.paging.after.unwrap_or(0).saturating_add(index).saturating_add(1)
}

fn todo(todo: &Todo) -> api::Todo {
    api::Todo {
        kind: todo.kind.value(),
        resource: subject(&todo.subject),
        urgency: todo.urgency.map_or(0, u32::from),
        since: Some(instant(todo.since)),
        due: todo.due.map(instant),
        summary: todo.summary.clone(),
        command: todo.command.clone(),
    }
}

fn subject(subject: &TodoSubject) -> String {
    match subject {
        TodoSubject::Requisition(id) => names::record(RecordKind::Requisition, id),
        TodoSubject::Commitment(id) => names::record(RecordKind::Commitment, id),
        TodoSubject::Need(id) => names::record(RecordKind::Need, id),
        TodoSubject::Offer(id) => names::record(RecordKind::Offer, id),
        TodoSubject::Consignment(id) => names::record(RecordKind::Consignment, id),
        TodoSubject::Invitation(id) => format!("invitations/{id}"),
    }
}

/// A change, with the cursor behind it.
pub fn change(change: &Change) -> api::WatchResponse {
    let resource = match &change.record {
        RecordView::Need(view) => Resource::Need(need(view)),
        RecordView::Offer(view) => Resource::Offer(offer(view)),
        RecordView::Requisition(view) => Resource::Requisition(requisition(view)),
        RecordView::Commitment(view) => Resource::Commitment(commitment(view)),
        RecordView::Party(view) => Resource::Party(party(view)),
        RecordView::Consignment(view) => Resource::Consignment(Box::new(consignment(view))),
        RecordView::Receipt(view) => Resource::Receipt(receipt(view)),
        RecordView::Partnership(view) => Resource::Partnership(partnership(view)),
        RecordView::Call(view) => Resource::Call(call(view)),
        RecordView::Message(view) => Resource::Message(message(view)),
        RecordView::Knowledge(view) => Resource::Knowledge(knowledge(view)),
        RecordView::Report(view) => Resource::Report(report(view)),
        RecordView::OwnItem(view) => Resource::Item(Box::new(own_item(view))),
    };
    api::WatchResponse { cursor: change.change.0.to_string(), resource: Some(resource) }
}

/// Nothing more up to here.
pub fn heartbeat(cursor: ChangeNo, now: Instant) -> api::WatchResponse {
    let heartbeat = api::Heartbeat { time: Some(instant(now)) };
    api::WatchResponse { cursor: cursor.0.to_string(), resource: Some(Resource::Heartbeat(heartbeat)) }
}
