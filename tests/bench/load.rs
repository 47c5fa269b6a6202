//! Fills a node through its public API, over several connections: every record is checked, signed and durable there
//! like any other.

use anyhow::{Context as _, Result};
use prost::Message as _;
use quince_proto::api::v1 as api;
use quince_tests::city::{City, Desk};
use tokio::task::JoinSet;

use crate::figures::Loading;
use crate::sample::Needs;
use crate::stopwatch;

/// Connections at once: more than one, so that a commit's wait for the disk is not the whole time.
const CONNECTIONS: u64 = 4;

/// Calls at once on each connection: below what a listener allows one connection.
const CALLS: u64 = 8;

/// Creates needs, and tells what they took.
pub(crate) async fn fill(city: &City, records: u64) -> Result<Loading> {
    let (began, callers) = (stopwatch::start(), CONNECTIONS * CALLS);
    let mut work = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let desk = city.desk();
        for call in 0..CALLS {
            let caller = connection * CALLS + call;
            let share = records / callers + u64::from(caller < records % callers);
            work.spawn(create(desk.clone(), Needs::from_seed(caller), share));
        }
    }
    let mut bytes = 0;
    while let Some(done) = work.join_next().await {
        bytes += done??;
    }
    Ok(Loading { seconds: began.elapsed().as_secs_f64(), body_bytes: bytes as f64 / records as f64 })
}

async fn create(desk: Desk, mut needs: Needs, count: u64) -> Result<usize> {
    let mut bytes = 0;
    for _ in 0..count {
        let created = one(&desk, needs.next()).await?;
        bytes += created.record.context("a need has a record")?.encoded_len();
    }
    Ok(bytes)
}

/// Creates one need.
pub(crate) async fn one(desk: &Desk, need: api::Need) -> Result<api::Need> {
    let request = api::CreateNeedRequest { need: Some(need), ..Default::default() };
    Ok(desk.needs.clone().create_need(request).await?.into_inner())
}
