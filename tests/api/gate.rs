//! Nobody gets past without a live token of the right role, and every refused write is in the audit log.

use quince_node::office::Role;
use quince_proto::admin::v1 as admin;
use quince_proto::admin::v1::audit_service_client::AuditServiceClient;
use quince_proto::admin::v1::token_service_client::TokenServiceClient;
use quince_proto::api::v1 as api;
use quince_proto::api::v1::need_service_client::NeedServiceClient;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::counter::{Counter, by, masks, told};
use crate::database::on_both;

#[test]
fn a_caller_without_a_live_token_gets_nothing_but_the_health() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let mut needs = NeedServiceClient::new(counter.routes.clone());
        let list = api::ListNeedsRequest::default;
        let without = needs.list_needs(Request::new(list())).await.unwrap_err();
        assert_eq!((without.code(), without.message()), (Code::Unauthenticated, "no bearer token was sent"));
        let unknown = needs.list_needs(by("quince_made-up", list())).await.unwrap_err();
        assert_eq!(unknown.code(), Code::Unauthenticated);
        assert_eq!(told(&unknown).0, "UNAUTHENTICATED");
        let health = HealthClient::new(counter.routes).check(HealthCheckRequest::default()).await;
        assert!(health.is_ok(), "{health:?}");
    });
}

#[test]
fn a_revoked_token_is_useless_at_its_next_call() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let (admin, viewer) = (counter.token(Role::Admin).await, counter.token(Role::Viewer).await);
        let mut needs = NeedServiceClient::new(counter.routes.clone());
        needs.list_needs(by(&viewer, api::ListNeedsRequest::default())).await.unwrap();

        let mut tokens = TokenServiceClient::new(counter.routes);
        let listed = tokens.list_tokens(by(&admin, admin::ListTokensRequest {})).await.unwrap().into_inner();
        assert!(listed.tokens.iter().all(|token| token.secret.is_empty()));
        let name = listed.tokens.into_iter().find(|token| token.holder == "viewer").unwrap().name;
        tokens.revoke_token(by(&admin, admin::RevokeTokenRequest { name })).await.unwrap();

        let refused = needs.list_needs(by(&viewer, api::ListNeedsRequest::default())).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    });
}

#[test]
fn a_write_that_a_role_may_not_make_is_refused_and_noted() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let (viewer, auditor) = (counter.token(Role::Viewer).await, counter.token(Role::Auditor).await);
        let mut needs = NeedServiceClient::new(counter.routes.clone());
        let refused = needs.create_need(by(&viewer, masks(""))).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(refused.message(), "/quince.api.v1.NeedService/CreateNeed is not for the role viewer");

        let mut log = AuditServiceClient::new(counter.routes);
        let request = admin::ListAuditEntriesRequest { page_size: 1, ..Default::default() };
        let entries = log.list_audit_entries(by(&auditor, request)).await.unwrap().into_inner().entries;
        assert_eq!(entries[0].holder, "viewer");
        assert_eq!(entries[0].method, "/quince.api.v1.NeedService/CreateNeed");
        assert_eq!(entries[0].result, "PERMISSION_DENIED");
    });
}

#[test]
fn an_integrator_calls_what_its_token_names_and_nothing_else() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let depot = counter.token(Role::Integrator).await;
        let mut needs = NeedServiceClient::new(counter.routes);
        assert!(needs.list_needs(by(&depot, api::ListNeedsRequest::default())).await.is_ok());
        let refused = needs.create_need(by(&depot, masks(""))).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    });
}

#[test]
fn a_deadline_that_has_passed_is_said_so() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let viewer = counter.token(Role::Viewer).await;
        let mut request = by(&viewer, api::ListNeedsRequest::default());
        request.metadata_mut().insert("grpc-timeout", "0n".parse().unwrap());
        let late = NeedServiceClient::new(counter.routes).list_needs(request).await.unwrap_err();
        assert_eq!((late.code(), told(&late).0.as_str()), (Code::DeadlineExceeded, "DEADLINE"));
    });
}
