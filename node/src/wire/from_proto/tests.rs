//! Bad input at each gate: every fault at once, each with field, value and expectation.

use quince_core::domain::Instant;
use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_proto::record::v1 as proto;

use super::*;
use crate::wire::{Gate, Invalid};

const NOW: Instant = Instant::MIN;

/// The faults of a refused request, one a line.
fn faults<T>(gate: Gate<T>) -> Vec<String> {
    let Err(Invalid(faults)) = gate else { panic!("the request was let through") };
    faults.as_slice().iter().map(ToString::to_string).collect()
}

/// The paths of those faults.
fn paths<T>(gate: Gate<T>) -> Vec<String> {
    let Err(Invalid(faults)) = gate else { panic!("the request was let through") };
    faults.as_slice().iter().map(|fault| fault.path.clone()).collect()
}

fn quantity(amount: i64) -> Option<proto::Quantity> {
    let qualifier = proto::Qualifier::Exact.into();
    Some(proto::Quantity { qualifier, amount, unit: "piece".to_owned(), pack: None })
}

fn title(text: &str) -> Vec<proto::Text> {
    vec![proto::Text { language: "en".to_owned(), text: text.to_owned(), origin: 0 }]
}

fn masks() -> api::CreateNeedRequest {
    let line = proto::NeedLine {
        line: 1,
        kind: proto::Kind::Goods.into(),
        item: "mask.surgical.iir".to_owned(),
        quantity: quantity(80_000),
        urgency: 1,
        ..Default::default()
    };
    let record = proto::Need { title: title("Masks"), lines: vec![line], ..Default::default() };
    let need = Some(api::Need { record: Some(record), ..Default::default() });
    api::CreateNeedRequest { need, ..Default::default() }
}

fn changed(change: impl FnOnce(&mut proto::Need)) -> api::CreateNeedRequest {
    let mut request = masks();
    change(request.need.as_mut().unwrap().record.as_mut().unwrap());
    request
}

#[test]
fn a_new_need_is_a_draft_of_now_whatever_was_sent() {
    let sent = changed(|need| {
        need.state = proto::NeedState::Fulfilled.into();
        let created = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: -1 });
        need.common = Some(proto::Common { created, ..Default::default() });
    });
    let (need, publish) = create_need(NOW, sent).unwrap();
    assert!(publish && need.state.is_unpublished());
    assert_eq!((need.common.created, need.common.updated), (NOW, NOW));
}

#[test]
fn a_need_names_every_fault_at_once() {
    let sent = changed(|need| {
        need.lines[0].quantity = quantity(-1);
        need.lines[0].urgency = 5;
        need.title = title("");
    });
    assert_eq!(
        faults(create_need(NOW, sent)),
        [
            "need.record.title[0].text is \"\", expected 1 to 200 characters",
            "need.record.lines[0].quantity.amount is \"-1\", expected 0 to 9007199254740991",
            "need.record.lines[0].urgency is \"5\", expected an urgency tier, 1 (life-saving) to 4",
        ]
    );
    assert_eq!(
        faults(create_need(NOW, api::CreateNeedRequest::default())),
        ["need.record is \"missing\", expected a need"]
    );
}

#[test]
fn a_value_is_shown_short_and_clean() {
    let sent = changed(|need| need.lines[0].item = format!("\u{1b}[2J\u{202e}{}", "x".repeat(10_000)));
    let shown = faults(create_need(NOW, sent)).remove(0);
    assert!(shown.len() < 250 && !shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
}

#[test]
fn a_contact_in_a_text_needs_a_word_that_it_is_meant() {
    let sent = changed(|need| {
        need.title = title("Call +98 31 3222 1234");
        need.lines[0].note = "or office@isfahan.example".to_owned();
    });
    let refused = paths(create_need(NOW, sent.clone()));
    assert_eq!(refused, ["need.record.title[0].text", "need.record.lines[0].note"]);
    assert!(create_need(NOW, api::CreateNeedRequest { public_contact: true, ..sent }).is_ok());
    let withdrawal = api::WithdrawNeedRequest {
        name: "nodes/isfahan/needs/17".to_owned(),
        reason: "ask 031-32221234".to_owned(),
        ..Default::default()
    };
    assert_eq!(paths(withdraw_need(withdrawal)), ["reason"]);
}

#[test]
fn a_step_needs_a_name_an_etag_that_is_one_and_a_reason_where_it_must_have_one() {
    let sent = api::WithdrawNeedRequest {
        name: "nodes/isfahan/offers/17".to_owned(),
        etag: "03".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        faults(withdraw_need(sent)),
        [
            "name is \"nodes/isfahan/offers/17\", expected a name such as nodes/isfahan/needs/17",
            "etag is \"03\", expected the etag of the record as last read, or nothing",
            "reason is \"\", expected 1 to 1000 characters",
        ]
    );
}

#[test]
fn an_update_writes_what_its_mask_names_and_nothing_else() {
    let need = api::Need {
        name: "nodes/isfahan/needs/17".to_owned(),
        etag: "3".to_owned(),
        ..masks().need.unwrap()
    };
    let mask = |path: &str| Some(FieldMask { paths: vec![path.to_owned()] });
    let sent =
        |update_mask| api::UpdateNeedRequest { need: Some(need.clone()), update_mask, ..Default::default() };
    let (target, patch) = update_need(sent(mask("title"))).unwrap();
    assert_eq!(target.expected.unwrap().get(), 3);
    assert!(patch.title.is_some() && patch.lines.is_none() && patch.parties.is_none());
    let (_, patch) = update_need(sent(None)).unwrap();
    assert!(patch.title.is_some() && patch.lines.is_some() && patch.parties.is_none());
    assert_eq!(
        faults(update_need(sent(mask("state")))),
        ["update_mask.paths[0] is \"state\", expected title, description, lines, common.parties"]
    );
}

#[test]
fn a_list_names_unknown_states_items_and_tiers() {
    let filter = api::NeedFilter { states: vec![99], item: "Mask".to_owned(), urgency_at_most: 7 };
    let sent =
        api::ListNeedsRequest { parent: "isfahan".to_owned(), filter: Some(filter), ..Default::default() };
    let expected = ["parent", "filter.states[0]", "filter.item", "filter.urgency_at_most"];
    assert_eq!(paths(list_needs(sent)), expected);
}

#[test]
fn an_acceptance_takes_one_line_and_a_positive_amount() {
    let record = proto::Need { lines: vec![proto::NeedLine::default(); 2], ..Default::default() };
    let sent = api::AcceptOfferRequest {
        offer_line: "nodes/quanzhou/offers/4".to_owned(),
        need: Some(api::Need { record: Some(record), ..Default::default() }),
        ..Default::default()
    };
    assert_eq!(paths(accept_offer(NOW, sent)), ["offer_line", "amount", "need.record.lines"]);
}

#[test]
fn a_requisition_names_both_lines_and_an_amount() {
    let sent = api::CreateRequisitionRequest {
        requisition: Some(api::Requisition {
            record: Some(proto::Requisition::default()),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert_eq!(
        faults(create_requisition(sent)),
        [
            "requisition.record.need_line is \"missing\", expected a line by owner, number and line",
            "requisition.record.offer_line is \"missing\", expected a line by owner, number and line",
            "requisition.record.amount is \"0\", expected 1 to 9007199254740991",
        ]
    );
}

#[test]
fn a_no_has_a_reason_code() {
    let sent = api::DeclineRequisitionRequest {
        requisition: "nodes/isfahan/requisitions/9".to_owned(),
        ..Default::default()
    };
    assert_eq!(paths(decline_requisition(sent)), ["reason_code"]);
    assert_eq!(paths(hold_stock(api::HoldStockRequest::default())), ["offer_line", "need_line", "amount"]);
    let sent = api::CommitStockRequest { amount: -5, ..Default::default() };
    assert_eq!(paths(commit_stock(sent)), ["requisition", "amount"]);
}

#[test]
fn a_party_with_a_contact_is_published_only_on_purpose_but_a_person_never_leaves() {
    let party = |party_type: proto::PartyType, public_contact| {
        let record = proto::Party {
            r#type: party_type.into(),
            names: title("Red Crescent"),
            public_contact: "desk@example.org".to_owned(),
            ..Default::default()
        };
        let party = Some(api::Party { record: Some(record), ..Default::default() });
        create_party(NOW, api::CreatePartyRequest { party, public_contact, ..Default::default() })
    };
    assert_eq!(paths(party(proto::PartyType::Association, false)), ["party.record.public_contact"]);
    assert!(party(proto::PartyType::Association, true).is_ok());
    assert!(party(proto::PartyType::Person, false).is_ok());
}

#[test]
fn a_watcher_resumes_from_a_number_and_asks_for_what_there_is() {
    let sent = |cursor: &str, collection: &str| {
        watch(api::WatchRequest { cursor: cursor.to_owned(), collections: vec![collection.to_owned()] })
    };
    assert_eq!(paths(sent("07", "profiles")), ["cursor", "collections[0]"]);
    assert_eq!(sent("7", "needs").unwrap().kinds, [RecordKind::Need]);
    assert_eq!(watch(api::WatchRequest::default()).unwrap().kinds, WATCHED);
}

#[test]
fn an_explanation_is_of_something() {
    assert_eq!(paths(explain_match(&api::ExplainMatchRequest::default())), ["need_line"]);
}

#[test]
fn an_invitation_has_a_handle_a_name_and_a_life_in_bounds() {
    let sent = |seconds| admin::CreateInvitationRequest {
        handle: "Isfahan".to_owned(),
        lifetime: Some(prost_types::Duration { seconds, nanos: 0 }),
        ..Default::default()
    };
    assert_eq!(paths(create_invitation(sent(899))), ["handle", "display_name", "lifetime"]);
    assert_eq!(paths(create_invitation(sent(604_801))).pop().unwrap(), "lifetime");
    assert_eq!(paths(create_invitation(sent(900))), ["handle", "display_name"]);
}

#[test]
fn a_code_that_is_refused_is_not_repeated() {
    let code = format!("secret{}", "x".repeat(CODE_CHARS_MAX));
    let shown =
        faults(join_federation(admin::JoinFederationRequest { code, ..Default::default() })).remove(0);
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn an_integrator_names_methods_that_there_are_and_nobody_else_names_any() {
    let sent = |role: admin::Role, methods: &[&str]| {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        let token =
            admin::Token { holder: "depot".to_owned(), role: role.into(), methods, ..Default::default() };
        create_token(admin::CreateTokenRequest { token: Some(token) }, |method| method == "/known")
    };
    assert_eq!(paths(sent(admin::Role::Integrator, &[])), ["token.methods"]);
    assert_eq!(paths(sent(admin::Role::Integrator, &["/known", "/unknown"])), ["token.methods[1]"]);
    assert_eq!(paths(sent(admin::Role::Admin, &["/known"])), ["token.methods"]);
    assert!(sent(admin::Role::Integrator, &["/known"]).is_ok());
    assert!(sent(admin::Role::Viewer, &[]).is_ok());
}

#[test]
fn a_retry_is_known_by_its_id_and_by_all_that_was_asked() {
    let with_id = |id: &str| api::CreateNeedRequest { request_id: id.to_owned(), ..masks() };
    let key = retry_key(&with_id("a-1")).unwrap().unwrap();
    assert_eq!(retry_key(&with_id("a-1")).unwrap().unwrap(), key);
    let other = api::CreateNeedRequest { draft: true, ..with_id("a-1") };
    assert_ne!(retry_key(&other).unwrap().unwrap().digest, key.digest);
    assert_eq!(retry_key(&masks()), Ok(None));
    for id in [&"x".repeat(65), "tab\there", "caf\u{e9}"] {
        assert_eq!(paths(retry_key(&with_id(id))), ["request_id"]);
    }
    assert!(retry_key(&with_id(&"x".repeat(64))).is_ok());
}

#[test]
fn a_line_that_is_counted_twice_in_one_receipt_is_refused() {
    let line = |line, good| proto::ReceiptLine { line, good, ..Default::default() };
    let consignment = Some(proto::RecordRef { owner: "quanzhou".to_owned(), number: 4 });
    let record = proto::Receipt {
        consignment,
        lines: vec![line(1, 40), line(2, 1), line(1, 60)],
        ..Default::default()
    };
    let receipt = Some(api::Receipt { record: Some(record), ..Default::default() });
    let request = api::RecordReceiptRequest { receipt, complete: true, ..Default::default() };
    assert_eq!(paths(record_receipt(NOW, request)), ["receipt.record.lines[2].line"]);
}
