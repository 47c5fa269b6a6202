//! Who is let in: tokens, roles, and what answers without either.

use prost_types::Timestamp;
use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_tests::acts;
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ListServiceResponse, ServerReflectionRequest};
use tonic_types::StatusExt as _;

use crate::OFFICE;

/// Somebody who was never given a token.
const STRANGER: &str = "quince_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn a_stranger_is_refused_and_told_what_to_send() {
    let mut office = office();
    office.start().await;
    let refused = list_needs(&office.desk_with(STRANGER)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.reason, "UNAUTHENTICATED");
    assert!(info.metadata["hint"].contains("authorization: Bearer"), "{info:?}");
}

#[tokio::test]
async fn a_viewer_reads_and_does_not_write_and_the_attempt_is_in_the_audit_log() {
    let mut office = office();
    let admin = office.start().await;
    let viewer = office.desk_with(&token(&admin, admin::Role::Viewer, None).await.secret);
    assert_eq!(list_needs(&viewer).await.unwrap(), 0);
    let refused = acts::ask(&viewer, 10, "").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    assert_eq!(list_needs(&admin).await.unwrap(), 0, "the refused need was written");

    let request = admin::ListAuditEntriesRequest { holder: "Roya".to_owned(), ..Default::default() };
    let entries = admin.audit.clone().list_audit_entries(request).await.unwrap().into_inner().entries;
    let noted = |entry: &admin::AuditEntry| {
        entry.method == "/quince.api.v1.NeedService/CreateNeed" && entry.result == "PERMISSION_DENIED"
    };
    assert!(entries.iter().any(noted), "{entries:?}");
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_its_open_watch_ends() {
    let mut office = office();
    let admin = office.start().await;
    let token = token(&admin, admin::Role::Operator, None).await;
    let operator = office.desk_with(&token.secret);
    acts::ask(&operator, 10, "").await.unwrap();
    let mut watch = operator.desk.clone().watch(api::WatchRequest::default()).await.unwrap().into_inner();

    let revoke = admin::RevokeTokenRequest { name: token.name };
    admin.tokens.clone().revoke_token(revoke).await.unwrap();
    assert_eq!(acts::ask(&operator, 10, "").await.unwrap_err().code(), Code::Unauthenticated);
    let end = loop {
        match watch.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the watch ended without a word"),
            Err(end) => break end,
        }
    };
    assert_eq!(end.code(), Code::Unauthenticated, "{end}");
}

#[tokio::test]
async fn a_token_works_until_it_expires() {
    let mut office = office();
    let admin = office.start().await;
    let status = admin.status.clone().get_status(admin::GetStatusRequest {}).await.unwrap().into_inner();
    let now = status.time.unwrap();
    let expires = Timestamp { seconds: now.seconds + 2, ..now };
    let viewer = office.desk_with(&token(&admin, admin::Role::Viewer, Some(expires)).await.secret);
    list_needs(&viewer).await.unwrap();
    let refused = eventually("the token to expire", || async {
        match list_needs(&viewer).await {
            Ok(_) => Err("it still works"),
            Err(refused) => Ok(refused),
        }
    })
    .await;
    assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
}

#[tokio::test]
async fn health_and_reflection_answer_everybody() {
    let mut office = office();
    office.start().await;
    let stranger = office.desk_with(STRANGER);
    assert_eq!(health(&stranger).await.unwrap().status(), ServingStatus::Serving);
    let services = services(&stranger).await.unwrap();
    for expected in ["quince.api.v1.NeedService", "quince.admin.v1.StatusService", "grpc.health.v1.Health"] {
        assert!(services.iter().any(|service| service == expected), "{expected} is not among {services:?}");
    }
    assert!(services.iter().all(|service| !service.starts_with("quince.sync.")), "{services:?}");
}

fn office() -> City {
    City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668")
}

async fn token(admin: &Desk, role: admin::Role, expires: Option<Timestamp>) -> admin::Token {
    let token = admin::Token { holder: "Roya".to_owned(), role: role.into(), expires, ..Default::default() };
    let request = admin::CreateTokenRequest { token: Some(token) };
    admin.tokens.clone().create_token(request).await.unwrap().into_inner()
}

async fn list_needs(desk: &Desk) -> Result<usize, Status> {
    let listed = desk.needs.clone().list_needs(api::ListNeedsRequest::default()).await?;
    Ok(listed.into_inner().needs.len())
}

async fn health(desk: &Desk) -> Result<HealthCheckResponse, Status> {
    Ok(desk.health.clone().check(HealthCheckRequest::default()).await?.into_inner())
}

async fn services(desk: &Desk) -> Result<Vec<String>, Status> {
    let list = MessageRequest::ListServices(String::new());
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let asked = tokio_stream::once(request);
    let mut answers = desk.reflection.clone().server_reflection_info(asked).await?.into_inner();
    let answer = answers.message().await?.and_then(|answer| answer.message_response);
    let Some(MessageResponse::ListServicesResponse(ListServiceResponse { service })) = answer else {
        panic!("reflection answered {answer:?}");
    };
    Ok(service.into_iter().map(|service| service.name).collect())
}
