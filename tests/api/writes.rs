//! Writes over the wire: retries, etags, faults, limits.

use quince_node::office::Role;
use quince_proto::api::v1 as api;
use quince_proto::api::v1::commitment_service_client::CommitmentServiceClient;
use quince_proto::api::v1::need_service_client::NeedServiceClient;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::counter::{Counter, by, masks, told};
use crate::database::on_both;

#[test]
fn a_retry_gets_the_same_need_and_another_content_is_refused() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        let mut needs = NeedServiceClient::new(counter.routes);
        let first = needs.create_need(by(&operator, masks("r-1"))).await.unwrap().into_inner();
        let again = needs.create_need(by(&operator, masks("r-1"))).await.unwrap().into_inner();
        assert_eq!(again, first);
        let listed = needs.list_needs(by(&operator, api::ListNeedsRequest::default())).await.unwrap();
        assert_eq!(listed.into_inner().needs, [first]);

        let other = api::CreateNeedRequest { draft: true, ..masks("r-1") };
        let refused = needs.create_need(by(&operator, other)).await.unwrap_err();
        assert_eq!(told(&refused).0, "REQUEST_ID_REUSED");
    });
}

#[test]
fn an_etag_that_the_record_has_passed_aborts_and_says_what_to_do() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        let mut needs = NeedServiceClient::new(counter.routes);
        let need = needs.create_need(by(&operator, masks(""))).await.unwrap().into_inner();
        let hold = || api::HoldNeedRequest {
            name: need.name.clone(),
            etag: need.etag.clone(),
            ..Default::default()
        };
        needs.hold_need(by(&operator, hold())).await.unwrap();
        let stale = needs.hold_need(by(&operator, hold())).await.unwrap_err();
        assert_eq!(stale.code(), Code::Aborted);
        let (reason, hint) = told(&stale);
        assert_eq!(reason, "STALE");
        assert!(!hint.is_empty());
    });
}

#[test]
fn every_fault_of_a_request_comes_back_at_once() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        let mut bad = masks("");
        let record = bad.need.as_mut().unwrap().record.as_mut().unwrap();
        record.lines[0].item = "Mask!".to_owned();
        record.lines[0].urgency = 9;
        let refused =
            NeedServiceClient::new(counter.routes).create_need(by(&operator, bad)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let faults = refused.get_details_bad_request().unwrap().field_violations;
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["need.record.lines[0].item", "need.record.lines[0].urgency"]);
        assert!(faults[1].description.starts_with("is \"9\", expected an urgency tier"));
    });
}

#[test]
fn a_message_over_the_limit_never_reaches_a_handler() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let operator = counter.token(Role::Operator).await;
        let mut huge = masks("");
        let record = huge.need.as_mut().unwrap().record.as_mut().unwrap();
        record.lines[0].note = "x".repeat(quince_node::api::MESSAGE_LEN_MAX);
        let refused =
            NeedServiceClient::new(counter.routes).create_need(by(&operator, huge)).await.unwrap_err();
        assert_eq!(refused.code(), Code::OutOfRange);
    });
}

#[test]
fn an_operator_commits_stock_unless_an_approver_is_required() {
    on_both(|server| async move {
        for (required, expected) in [(false, Code::NotFound), (true, Code::PermissionDenied)] {
            let counter = Counter::with(&server, required).await;
            let operator = counter.token(Role::Operator).await;
            let requisition = "nodes/isfahan/requisitions/999".to_owned();
            let request = api::CommitStockRequest { requisition, ..Default::default() };
            let mut commitments = CommitmentServiceClient::new(counter.routes);
            let refused = commitments.commit_stock(by(&operator, request)).await.unwrap_err();
            assert_eq!(refused.code(), expected, "{refused:?}");
        }
    });
}
