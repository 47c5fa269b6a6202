//! Two real nodes: a source that holds the records, and a receiver that begins each run as a member that has none.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_proto::api::v1::watch_response::Resource;
use quince_tests::city::{City, Desk, Premises};
use quince_tests::{federation, paper};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tonic::{Code, Streaming};

use crate::figures::{Figures, Loading, percentile};
use crate::load;
use crate::process::{Process, received_from};
use crate::sample::Needs;
use crate::stopwatch;

/// Changes made while the receiver is away.
pub(crate) const AWAY: u64 = 1_000;

/// Single changes whose way is timed.
pub(crate) const SINGLES: u64 = 300;

/// Between two single changes: each is alone on its way.
pub(crate) const SINGLE_PAUSE: Duration = Duration::from_millis(30);

/// Between two looks at the receiver: short against what is timed, and a look is one read by key.
const LOOK_PAUSE: Duration = Duration::from_millis(10);

/// The same where milliseconds count.
const QUICK_LOOK_PAUSE: Duration = Duration::from_millis(1);

/// Longer than a slow machine needs for everything that is waited for.
const PATIENCE: Duration = Duration::from_mins(10);

/// The seeds of loading are small numbers; runs count on from here.
const RUN_SEED: u64 = 1_000_000;

/// Under which the receiver's data directory is kept as it was right after it joined.
const JOINED: &str = "joined";

/// Under which the source's is kept as it was right after it was filled: every run begins with it, so that none adds to what a
/// member may have in use.
const FILLED: &str = "filled";

/// The file that says what was loaded.
const LOADED: &str = "loaded.json";

/// The two nodes.
#[derive(Debug)]
pub(crate) struct Ours {
    source: City,
    receiver: City,
    loaded: Loaded,
    _temporary: Option<TempDir>,
}

/// What the source holds before each run.
#[derive(Debug, Serialize, Deserialize)]
struct Loaded {
    records: u64,
    loading: Loading,
    /// The newest need.
    newest: String,
}

impl Ours {
    /// Sets both up, lets the receiver join, keeps it aside, and fills the source. With a folder, all that is done once
    /// and found there the next time.
    pub(crate) async fn prepare(records: u64, kept: Option<&Path>) -> Result<Self> {
        let temporary = tempfile::tempdir()?;
        let folder = kept.unwrap_or(temporary.path());
        let ours = Self::in_folder(records, folder).await?;
        Ok(Self { _temporary: kept.is_none().then_some(temporary), ..ours })
    }

    async fn in_folder(records: u64, folder: &Path) -> Result<Self> {
        let binary = std::env::current_exe()?;
        let binary = binary.to_str().context("a path that is text")?;
        let (open, hidden) = (Premises::default(), Premises { dials_out_only: true, ..Premises::default() });
        let file = folder.join(LOADED);
        let at = |handle: &str| folder.join(handle);
        let mut source = City::settle(binary, "source", "Quanzhou,CN,24.874,118.676", &open, &at("source"));
        let mut receiver =
            City::settle(binary, "receiver", "Isfahan,IR,32.654,51.668", &hidden, &at("receiver"));
        if let Ok(text) = std::fs::read(&file) {
            let loaded: Loaded = serde_json::from_slice(&text)?;
            ensure!(loaded.records == records, "{} has {} records", folder.display(), loaded.records);
            return Ok(Self { _temporary: None, source, receiver, loaded });
        }
        let (desk, joining) = (source.start().await, receiver.start().await);
        federation::found(&desk).await;
        federation::admit(&desk, &joining, "receiver").await;
        receiver.kill();
        receiver.keep(JOINED);
        let loading = load::fill(&source, records - 1).await?;
        let newest = load::one(&desk, Needs::from_seed(RUN_SEED).next()).await?.name;
        source.kill();
        source.keep(FILLED);
        let loaded = Loaded { records, loading, newest };
        std::fs::write(file, serde_json::to_vec(&loaded)?)?;
        Ok(Self { _temporary: None, source, receiver, loaded })
    }

    pub(crate) const fn loading(&self) -> Loading {
        self.loaded.loading
    }

    /// One run: everything, then what changed meanwhile, then single changes.
    pub(crate) async fn run(&mut self) -> Result<Figures> {
        let mut needs = Needs::from_seed(RUN_SEED + 1);
        let Loaded { records, newest, .. } = &self.loaded;
        let (records, newest) = (*records, newest.clone());
        self.receiver.bring_back(JOINED);
        self.source.bring_back(FILLED);
        let desk_there = self.source.start().await;
        at_rest(&desk_there).await?;
        let source = Process::on(&self.source.data())?;
        let (cpu, began) = (source.cpu_s()?, stopwatch::start());
        let desk = self.receive(&newest, records).await?;
        let initial_s = began.elapsed().as_secs_f64();
        let receiver = Process::on(&self.receiver.data())?;
        let per_million = 1e6 / records as f64;
        let source_cpu_s_per_million = (source.cpu_s()? - cpu) * per_million;
        let receiver_cpu_s_per_million = receiver.cpu_s()? * per_million;
        let receiver_peak_mib = receiver.peak_mib()?;
        let peer = self.source.peer_address();
        let port = peer.rsplit(':').next().context("an address with a port")?;
        let wire_bytes_per_record = received_from(port).map(|bytes| bytes / records as f64);
        drop(desk);

        self.receiver.kill();
        let mut newest = String::new();
        for _ in 0..AWAY {
            newest = load::one(&desk_there, needs.next()).await?.name;
        }
        let began = stopwatch::start();
        let desk = self.receive(&newest, records + AWAY).await?;
        let incremental_s = began.elapsed().as_secs_f64();

        at_rest(&desk).await?;
        let Ways { mut called, mut answered } = single_changes(&desk_there, &desk, &mut needs).await?;
        self.receiver.kill();
        let mut loaded = self.urgent_changes(&desk_there, records).await?;
        self.source.kill();
        Ok(Figures {
            initial_s,
            records_per_s: records as f64 / initial_s,
            source_cpu_s_per_million,
            receiver_cpu_s_per_million,
            wire_bytes_per_record,
            receiver_peak_mib: Some(receiver_peak_mib),
            incremental_s,
            change_p50_ms: percentile(&mut called, 0.5).context("a change")?,
            change_p99_ms: percentile(&mut called, 0.99).context("a change")?,
            answered_change_p50_ms: percentile(&mut answered, 0.5),
            loaded_change_p50_ms: percentile(&mut loaded, 0.5),
            loaded_change_p99_ms: percentile(&mut loaded, 0.99),
        })
    }

    /// Urgent changes one after the other while a receiver that has nothing catches up: milliseconds until each can be read there,
    /// for a stream of all changes has all the others to tell.
    async fn urgent_changes(&mut self, there: &Desk, records: u64) -> Result<Vec<f64>> {
        self.receiver.bring_back(JOINED);
        self.receiver.spawn();
        let here = self.receiver.desk();
        while !needs_of(&here).await.is_ok_and(|needs| needs > 0) {
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        let mut ways = Vec::new();
        while needs_of(&here).await? < records {
            let began = stopwatch::start();
            let name = load::one(there, paper::need(100)).await?.name;
            while !tells(&here, &name).await? {
                tokio::time::sleep(QUICK_LOOK_PAUSE).await;
            }
            ways.push(began.elapsed().as_secs_f64() * 1e3);
        }
        self.receiver.kill();
        Ok(ways)
    }

    /// Starts the receiver and waits until its API tells the newest need, and that it has all of them.
    async fn receive(&mut self, newest: &str, records: u64) -> Result<Desk> {
        self.receiver.spawn();
        let desk = self.receiver.desk();
        let arrived = async {
            while !tells(&desk, newest).await? || needs_of(&desk).await? < records {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, arrived).await.context("the receiver never had all records")??;
        let has = needs_of(&desk).await?;
        ensure!(has == records, "the receiver has {has} needs, expected {records}");
        Ok(desk)
    }
}

/// Milliseconds until the stream of one desk tells what was changed at the other's.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    /// From the call that makes the change.
    pub(crate) called: Vec<f64>,
    /// From its answer: the change is durable where it was made.
    pub(crate) answered: Vec<f64>,
}

/// Single changes, one after the other.
pub(crate) async fn single_changes(there: &Desk, here: &Desk, needs: &mut Needs) -> Result<Ways> {
    let mut stream = watch(here).await?;
    let mut ways = Ways::default();
    for _ in 0..SINGLES {
        tokio::time::sleep(SINGLE_PAUSE).await;
        let need = needs.next();
        let began = stopwatch::start();
        let name = load::one(there, need).await?.name;
        let answered = stopwatch::start();
        told(&mut stream, &name).await?;
        ways.called.push(began.elapsed().as_secs_f64() * 1e3);
        ways.answered.push(answered.elapsed().as_secs_f64() * 1e3);
        ensure!(tells(here, &name).await?, "{name} was told and cannot be read");
    }
    Ok(ways)
}

/// Whether the need can be read there. A node that does not answer yet tells nothing.
async fn tells(desk: &Desk, name: &str) -> Result<bool> {
    let request = api::GetNeedRequest { name: name.to_owned() };
    match desk.needs.clone().get_need(request).await {
        Ok(_) => Ok(true),
        Err(status) if matches!(status.code(), Code::NotFound | Code::Unavailable | Code::Unknown) => {
            Ok(false)
        }
        Err(status) => Err(status).with_context(|| format!("reading {name}")),
    }
}

/// Waits until a node that has just begun has read its records and made its first plan: that is not what is measured.
pub(crate) async fn at_rest(desk: &Desk) -> Result<()> {
    let planned = async {
        while status_of(desk).await?.plan_computed_time.is_none() {
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, planned).await.context("a node never made a plan")?
}

pub(crate) async fn status_of(desk: &Desk) -> Result<admin::Status> {
    Ok(desk.status.clone().get_status(admin::GetStatusRequest {}).await?.into_inner())
}

async fn needs_of(desk: &Desk) -> Result<u64> {
    Ok(status_of(desk).await?.needs)
}

/// Watches needs from now on: the first heartbeat says that now has begun.
pub(crate) async fn watch(desk: &Desk) -> Result<Streaming<api::WatchResponse>> {
    let request = api::WatchRequest { cursor: String::new(), collections: vec!["needs".to_owned()] };
    let mut stream = desk.desk.clone().watch(request).await?.into_inner();
    stream.message().await?.context("the watch ended")?;
    Ok(stream)
}

pub(crate) async fn told(stream: &mut Streaming<api::WatchResponse>, name: &str) -> Result<()> {
    let arrived = async {
        loop {
            let change = stream.message().await?.context("the watch ended")?;
            if let Some(Resource::Need(need)) = change.resource
                && need.name == name
            {
                return anyhow::Ok(());
            }
        }
    };
    tokio::time::timeout(PATIENCE, arrived).await.with_context(|| format!("{name} never arrived"))?
}
