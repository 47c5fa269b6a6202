//! Small writes at a node, one after the other: how long each waits tells how long the writer was somebody else's.

use std::time::Duration;

use anyhow::Result;
use quince_proto::admin::v1 as admin;
use quince_tests::city::Desk;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::stopwatch;

/// Between two writes: short against a wait that somebody would feel.
const PAUSE: Duration = Duration::from_millis(20);

/// A wait that somebody feels.
const LONG_S: f64 = 1.0;

/// Writes until it is ended.
pub(crate) struct Probe {
    stop: CancellationToken,
    work: JoinHandle<Result<Waits>>,
}

/// What it found.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    pub(crate) count: u64,
    pub(crate) long: u64,
    pub(crate) longest_s: f64,
}

impl Probe {
    pub(crate) fn begin(desk: Desk) -> Self {
        let stop = CancellationToken::new();
        let work = tokio::spawn(write(desk, stop.clone()));
        Self { stop, work }
    }

    pub(crate) async fn end(self) -> Result<Waits> {
        self.stop.cancel();
        self.work.await?
    }
}

async fn write(desk: Desk, stop: CancellationToken) -> Result<Waits> {
    let mut waits = Waits::default();
    let role = admin::Role::Viewer.into();
    while !stop.is_cancelled() {
        let token = admin::Token { holder: "probe".to_owned(), role, ..Default::default() };
        let began = stopwatch::start();
        desk.tokens.clone().create_token(admin::CreateTokenRequest { token: Some(token) }).await?;
        let seconds = began.elapsed().as_secs_f64();
        waits.count += 1;
        waits.long += u64::from(seconds > LONG_S);
        waits.longest_s = waits.longest_s.max(seconds);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(waits)
}
