//! A node that plays: whose clock is set, and what it then writes.

use prost_types::Timestamp;
use quince_node::office::Role;
use quince_proto::admin::v1::SetBusinessTimeRequest;
use quince_proto::admin::v1::drill_service_client::DrillServiceClient;
use quince_proto::api::v1::need_service_client::NeedServiceClient;
use tonic::Code;

use crate::counter::{Counter, by, masks, told};
use crate::database::on_both;

/// 1 February 2020, eight in the morning.
const MORNING: i64 = 1_580_544_000;

fn morning() -> SetBusinessTimeRequest {
    SetBusinessTimeRequest { time: Some(Timestamp { seconds: MORNING, nanos: 0 }) }
}

#[test]
fn in_a_drill_the_clock_is_set_and_every_new_record_is_an_exercise() {
    on_both(|server| async move {
        let counter = Counter::drill(&server).await;
        let (admin, operator) = (counter.token(Role::Admin).await, counter.token(Role::Operator).await);
        let mut drill = DrillServiceClient::new(counter.routes.clone());
        let set = drill.set_business_time(by(&admin, morning())).await.unwrap().into_inner();
        assert_eq!(set.time.unwrap().seconds, MORNING);

        let need =
            NeedServiceClient::new(counter.routes).create_need(by(&operator, masks(""))).await.unwrap();
        let common = need.into_inner().record.unwrap().common.unwrap();
        assert!(common.exercise);
        assert_eq!(common.created.unwrap().seconds, MORNING);
    });
}

#[test]
fn a_node_that_does_not_play_keeps_the_machines_clock() {
    on_both(|server| async move {
        let counter = Counter::open(&server).await;
        let admin = counter.token(Role::Admin).await;
        let mut drill = DrillServiceClient::new(counter.routes.clone());
        let refused = drill.set_business_time(by(&admin, morning())).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(told(&refused).1.contains("--drill"));
        let need = NeedServiceClient::new(counter.routes).create_need(by(&admin, masks(""))).await.unwrap();
        assert!(!need.into_inner().record.unwrap().common.unwrap().exercise);
    });
}
