//! Requests of the API and of administration: the gates that every call passes before anything is done.

use std::fmt;

use prost::Message;
use quince_core::domain::RecordId;
use quince_node::office::error::Error;
use quince_node::wire::{Gate, from_proto, status};
use quince_proto::api::v1 as api;

use super::whole;
use crate::{paper, samples};

/// Reads a request and gives it to its gate; `None` for bytes that are no request.
type Door = fn(&[u8]) -> Option<()>;

/// All gates by the names of their calls. An input begins with the place of one in this list; new ones go to its end.
const DOORS: &[(&str, Door)] = &[
    ("create_need", |bytes| told(from_proto::create_need(samples::now(), read(bytes)?))),
    ("get_need", |bytes| told(from_proto::get_need(&read(bytes)?))),
    ("list_needs", |bytes| told(from_proto::list_needs(read(bytes)?))),
    ("update_need", |bytes| told(from_proto::update_need(read(bytes)?))),
    ("submit_need", |bytes| told(from_proto::submit_need(&read(bytes)?))),
    ("approve_need", |bytes| told(from_proto::approve_need(&read(bytes)?))),
    ("hold_need", |bytes| told(from_proto::hold_need(read(bytes)?))),
    ("resume_need", |bytes| told(from_proto::resume_need(&read(bytes)?))),
    ("withdraw_need", |bytes| told(from_proto::withdraw_need(read(bytes)?))),
    ("mark_need_duplicate", |bytes| told(from_proto::mark_need_duplicate(read(bytes)?))),
    ("list_need_revisions", |bytes| told(from_proto::list_need_revisions(&read(bytes)?))),
    ("create_offer", |bytes| told(from_proto::create_offer(samples::now(), read(bytes)?))),
    ("get_offer", |bytes| told(from_proto::get_offer(&read(bytes)?))),
    ("list_offers", |bytes| told(from_proto::list_offers(read(bytes)?))),
    ("update_offer", |bytes| told(from_proto::update_offer(read(bytes)?))),
    ("confirm_offer", |bytes| told(from_proto::confirm_offer(&read(bytes)?))),
    ("accept_offer", |bytes| told(from_proto::accept_offer(samples::now(), read(bytes)?))),
    ("withdraw_offer", |bytes| told(from_proto::withdraw_offer(&read(bytes)?))),
    ("close_offer", |bytes| told(from_proto::close_offer(&read(bytes)?))),
    ("list_offer_revisions", |bytes| told(from_proto::list_offer_revisions(&read(bytes)?))),
    ("create_party", |bytes| told(from_proto::create_party(samples::now(), read(bytes)?))),
    ("get_party", |bytes| told(from_proto::get_party(&read(bytes)?))),
    ("list_parties", |bytes| told(from_proto::list_parties(&read(bytes)?))),
    ("update_party", |bytes| told(from_proto::update_party(read(bytes)?))),
    ("create_requisition", |bytes| told(from_proto::create_requisition(read(bytes)?))),
    ("create_bundle", |bytes| told(from_proto::create_bundle(read(bytes)?))),
    ("get_requisition", |bytes| told(from_proto::get_requisition(&read(bytes)?))),
    ("list_requisitions", |bytes| told(from_proto::list_requisitions(&read(bytes)?))),
    ("withdraw_requisition", |bytes| told(from_proto::withdraw_requisition(read(bytes)?))),
    ("refuse_hold", |bytes| told(from_proto::refuse_hold(read(bytes)?))),
    ("hold_stock", |bytes| told(from_proto::hold_stock(read(bytes)?))),
    ("commit_stock", |bytes| told(from_proto::commit_stock(read(bytes)?))),
    ("decline_requisition", |bytes| told(from_proto::decline_requisition(read(bytes)?))),
    ("decline_all_requisitions", |bytes| told(from_proto::decline_all_requisitions(read(bytes)?))),
    ("release_commitment", |bytes| told(from_proto::release_commitment(read(bytes)?))),
    ("get_commitment", |bytes| told(from_proto::get_commitment(&read(bytes)?))),
    ("list_commitments", |bytes| told(from_proto::list_commitments(read(bytes)?))),
    ("plan_consignment", |bytes| told(from_proto::plan_consignment(samples::now(), read(bytes)?))),
    ("dispatch_consignment", |bytes| told(from_proto::dispatch_consignment(read(bytes)?))),
    ("add_consignment_event", |bytes| told(from_proto::add_consignment_event(read(bytes)?))),
    ("cancel_consignment", |bytes| told(from_proto::cancel_consignment(read(bytes)?))),
    ("correct_consignment", |bytes| told(from_proto::correct_consignment(read(bytes)?))),
    ("get_consignment", |bytes| told(from_proto::get_consignment(&read(bytes)?))),
    ("list_consignments", |bytes| told(from_proto::list_consignments(read(bytes)?))),
    ("record_receipt", |bytes| told(from_proto::record_receipt(samples::now(), read(bytes)?))),
    ("correct_receipt", |bytes| told(from_proto::correct_receipt(read(bytes)?))),
    ("get_receipt", |bytes| told(from_proto::get_receipt(&read(bytes)?))),
    ("list_receipts", |bytes| told(from_proto::list_receipts(&read(bytes)?))),
    ("create_partnership", |bytes| told(from_proto::create_partnership(samples::now(), read(bytes)?))),
    ("get_partnership", |bytes| told(from_proto::get_partnership(&read(bytes)?))),
    ("list_partnerships", |bytes| told(from_proto::list_partnerships(&read(bytes)?))),
    ("end_partnership", |bytes| told(from_proto::end_partnership(read(bytes)?))),
    ("create_call", |bytes| told(from_proto::create_call(samples::now(), read(bytes)?))),
    ("get_call", |bytes| told(from_proto::get_call(&read(bytes)?))),
    ("list_calls", |bytes| told(from_proto::list_calls(read(bytes)?))),
    ("close_call", |bytes| told(from_proto::close_call(read(bytes)?))),
    ("create_message", |bytes| told(from_proto::create_message(samples::now(), read(bytes)?))),
    ("create_knowledge", |bytes| told(from_proto::create_knowledge(samples::now(), read(bytes)?))),
    ("create_report", |bytes| told(from_proto::create_report(samples::now(), read(bytes)?))),
    ("list_revisions", |bytes| told(from_proto::list_revisions(&read(bytes)?))),
    ("search_items", |bytes| told(from_proto::search_items(read(bytes)?))),
    ("get_item", |bytes| told(from_proto::get_item(&read(bytes)?))),
    ("list_items", |bytes| told(from_proto::list_items(&read(bytes)?))),
    ("create_item", |bytes| told(from_proto::create_item(samples::now(), read(bytes)?))),
    ("update_item", |bytes| told(from_proto::update_item(read(bytes)?))),
    ("withdraw_item", |bytes| told(from_proto::withdraw_item(read(bytes)?))),
    ("list_matches", |bytes| told(from_proto::list_matches::<RecordId>(&read(bytes)?))),
    ("explain_match", |bytes| told(from_proto::explain_match(&read(bytes)?))),
    ("simulate_match", |bytes| told(from_proto::simulate_match(samples::now(), read(bytes)?))),
    ("compare_plan", |bytes| told(from_proto::compare_plan(read(bytes)?))),
    ("list_todos", |bytes| told(from_proto::list_todos(&read(bytes)?))),
    ("watch", |bytes| told(from_proto::watch(read(bytes)?))),
    ("create_federation", |bytes| told(from_proto::create_federation(read(bytes)?))),
    ("set_catalogue_version", |bytes| told(from_proto::set_catalogue_version(&read(bytes)?))),
    ("create_invitation", |bytes| told(from_proto::create_invitation(read(bytes)?))),
    ("revoke_invitation", |bytes| told(from_proto::revoke_invitation(&read(bytes)?))),
    ("join_federation", |bytes| told(from_proto::join_federation(read(bytes)?))),
    ("admit_member", |bytes| told(from_proto::admit_member(read(bytes)?))),
    ("list_members", |bytes| told(from_proto::list_members(&read(bytes)?))),
    ("leave_federation", |bytes| told(from_proto::leave_federation(read(bytes)?))),
    ("add_peer", |bytes| told(from_proto::add_peer(read(bytes)?))),
    ("remove_peer", |bytes| told(from_proto::remove_peer(&read(bytes)?))),
    ("create_token", |bytes| told(from_proto::create_token(read(bytes)?, |_| true))),
    ("revoke_token", |bytes| told(from_proto::revoke_token(&read(bytes)?))),
    ("set_business_time", |bytes| told(from_proto::set_business_time(read(bytes)?))),
    ("list_audit_entries", |bytes| told(from_proto::list_audit_entries(&read(bytes)?))),
    ("get_message", |bytes| told(from_proto::get_message(&read(bytes)?))),
    ("list_messages", |bytes| told(from_proto::list_messages(&read(bytes)?))),
    ("publish_message", |bytes| told(from_proto::publish_message(&read(bytes)?))),
    ("retract_message", |bytes| told(from_proto::retract_message(read(bytes)?))),
    ("get_knowledge", |bytes| told(from_proto::get_knowledge(&read(bytes)?))),
    ("list_knowledge", |bytes| told(from_proto::list_knowledge(&read(bytes)?))),
    ("publish_knowledge", |bytes| told(from_proto::publish_knowledge(&read(bytes)?))),
    ("retract_knowledge", |bytes| told(from_proto::retract_knowledge(read(bytes)?))),
    ("get_report", |bytes| told(from_proto::get_report(&read(bytes)?))),
    ("list_reports", |bytes| told(from_proto::list_reports(&read(bytes)?))),
    ("publish_report", |bytes| told(from_proto::publish_report(&read(bytes)?))),
    ("retract_report", |bytes| told(from_proto::retract_report(read(bytes)?))),
];

/// One call: which one, and the request.
pub(super) fn api_request(bytes: &[u8]) {
    let Some((door, request)) = bytes.split_first() else { return };
    let (_, door) = DOORS[usize::from(*door) % DOORS.len()];
    door(request);
}

fn read<M: Message + Default>(bytes: &[u8]) -> Option<M> {
    M::decode(bytes).ok()
}

/// What the caller would be told.
fn told<T: fmt::Debug>(gate: Gate<T>) -> Option<()> {
    match gate {
        Ok(taken) => drop(format!("{taken:?}")),
        Err(invalid) => drop(status::status(Error::from(invalid))),
    }
    Some(())
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let (need, offer) = ("nodes/isfahan/needs/2", "nodes/quanzhou/offers/3");
    let requisition = Some(paper::requisition(need, offer, 500));
    let written = [
        seed("create_need", &api::CreateNeedRequest { need: Some(paper::need(500)), ..Default::default() }),
        seed(
            "create_offer",
            &api::CreateOfferRequest { offer: Some(paper::offer(500)), ..Default::default() },
        ),
        seed("create_requisition", &api::CreateRequisitionRequest { requisition, ..Default::default() }),
    ];
    let whole = DOORS.iter().map(|(call, _)| {
        let request = whole::request(call).expect("a call has a request");
        (format!("seed-whole-{call}"), with_door(call, request))
    });
    written.into_iter().chain(whole).collect()
}

fn seed(call: &str, request: &impl Message) -> (String, Vec<u8>) {
    (format!("seed-{call}"), with_door(call, request.encode_to_vec()))
}

fn with_door(call: &str, request: Vec<u8>) -> Vec<u8> {
    let place = DOORS.iter().position(|(known, _)| *known == call).expect("a call by this name");
    let mut bytes = vec![u8::try_from(place).expect("fewer calls than a byte counts")];
    bytes.extend(request);
    bytes
}
