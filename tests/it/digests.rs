//! Two nodes of one federation plan the same after every change, and say so when they are compared.

use quince_proto::api::v1 as api;
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use quince_tests::{acts, federation};
use tonic::Response;

use crate::OFFICE;

/// Changes, written at the one node and at the other in turn.
const CHANGES: i64 = 30;

#[tokio::test]
async fn two_nodes_have_equal_digests_after_every_change() {
    let mut quanzhou = City::set_up(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676");
    let mut isfahan = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
    let (giver, mut taker) = (quanzhou.start().await, isfahan.start().await);
    federation::found(&giver).await;
    federation::admit(&giver, &taker, "isfahan").await;

    let mut before = String::new();
    for change in 1..=CHANGES {
        let writer = if change % 2 == 0 { &giver } else { &taker };
        if change % 3 == 0 {
            acts::offer(writer, 100 * change, "").await.unwrap();
        } else {
            acts::ask(writer, 70 * change, "").await.unwrap();
        }
        // What a node answers knows everything that was written there before.
        let plan = eventually("equal digests", || same_plan(&giver, &taker)).await;
        assert_ne!(plan.input_digest, before, "change {change} is in no plan");
        before = plan.input_digest;
        if change == CHANGES / 2 {
            isfahan.kill();
            taker = isfahan.start().await;
        }
    }
    let plan = eventually("the comparison", || compared(&giver, &taker)).await;
    let older = api::Plan { rule_version: "quince.matching/1".to_owned(), ..plan };
    let told = compare(&giver, older).await;
    assert_eq!(told.comparison(), api::PlanComparison::OtherRules);
    assert!(told.sentence.ends_with("upgrade the other node"), "{}", told.sentence);
}

/// A node's plan, without when it was computed, which is each node's own.
async fn plan_of(desk: &Desk) -> api::Plan {
    let plan = desk.matches.clone().get_plan(api::GetPlanRequest {}).await.map(Response::into_inner).unwrap();
    api::Plan { computed_time: None, ..plan }
}

/// The plan of both, once they are the same. Whatever one of them has not heard of yet shows in its inputs: other plans of
/// equal inputs are a fault at any moment.
async fn same_plan(one: &Desk, other: &Desk) -> Result<api::Plan, String> {
    let (one, other) = (plan_of(one).await, plan_of(other).await);
    let differ = format!("{one:?} and {other:?}");
    assert!(one.input_digest != other.input_digest || one == other, "equal inputs: {differ}");
    if one == other { Ok(one) } else { Err(differ) }
}

/// The plan of both, once the one node says of the other's that it is the same.
async fn compared(one: &Desk, other: &Desk) -> Result<api::Plan, String> {
    let plan = plan_of(other).await;
    let told = compare(one, plan.clone()).await;
    if told.comparison() == api::PlanComparison::SamePlan { Ok(plan) } else { Err(told.sentence) }
}

async fn compare(desk: &Desk, other: api::Plan) -> api::ComparePlanResponse {
    let request = api::ComparePlanRequest { other: Some(other) };
    desk.matches.clone().compare_plan(request).await.map(Response::into_inner).unwrap()
}
