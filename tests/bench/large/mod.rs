//! One node with many records: how soon it answers, and what memory it takes at rest and under load.

mod load;
mod records;
mod stock;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use quince_proto::api::v1 as api;
use quince_tests::city::Desk;
use tokio::time::timeout;

use crate::ours::status_of;
use crate::process::Process;
use crate::{say, show, stopwatch};

use load::{Load, SLOW_PEERS};
use stock::{Stock, records_of};

/// Between two looks at a node that starts.
const LOOK_PAUSE: Duration = Duration::from_millis(5);

/// A node that took less of a processor than this for so long has come to rest.
const REST: Duration = Duration::from_secs(5);
const REST_CPU_S: f64 = 0.1;

/// Longer than a slow machine needs for everything that is waited for.
const PATIENCE: Duration = Duration::from_mins(20);

/// What the node holds and how long it is looked at.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Records that the node holds
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    records: u64,
    /// Of a hundred so many are open; the others have ended
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=100))]
    open_percent: u32,
    /// Keeps the filled node there, and begins with it the next time: filling takes a while
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Measures this program instead of this build
    #[arg(long, value_name = "PROGRAM")]
    node: Option<PathBuf>,
    /// Seconds at rest; more than 300 see how a new epoch begins, in which everything is planned anew
    #[arg(long, default_value_t = 330)]
    idle_s: u64,
    /// Seconds under load
    #[arg(long, default_value_t = 60)]
    load_s: u64,
}

/// What was found.
#[derive(Debug, Default)]
struct Figures {
    database_mib: f64,
    ready_s: f64,
    page_s: f64,
    planned_s: f64,
    planned_cpu_s: f64,
    beginning_peak_mib: f64,
    idle_mib: f64,
    idle_peak_mib: f64,
    load_peak_mib: f64,
    load_slowest_ms: f64,
}

pub(crate) async fn measure(arguments: &Arguments) -> Result<()> {
    let mut stock = Stock::prepare(arguments).await?;
    let mut figures = Figures::default();
    let (desk, process) = begin(&mut stock, &mut figures).await?;
    idle(process, Duration::from_secs(arguments.idle_s), &mut figures).await?;
    let words =
        under_load(&stock, &desk, process, Duration::from_secs(arguments.load_s), &mut figures).await?;
    stock.city.kill();
    say(&words);
    show(&table(&stock, &figures)?)
}

/// Starts the node: until it is ready, until it shows a page, until it has planned and come to rest.
async fn begin(stock: &mut Stock, figures: &mut Figures) -> Result<(Desk, Process)> {
    figures.database_mib = std::fs::metadata(stock.city.database())?.len() as f64 / f64::from(1 << 20);
    let began = stopwatch::start();
    stock.city.spawn();
    let desk = stock.city.desk();
    let ready = async {
        while status_of(&desk).await.is_err() {
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    };
    timeout(PATIENCE, ready).await.context("the node never answered")?;
    figures.ready_s = began.elapsed().as_secs_f64();
    let page = api::ListNeedsRequest::default();
    desk.needs.clone().list_needs(page).await?;
    figures.page_s = began.elapsed().as_secs_f64();
    let process = Process::on(&stock.city.data())?;
    let planned = async {
        while status_of(&desk).await?.plan_computed_time.is_none() {
            tokio::time::sleep(LOOK_PAUSE * 20).await;
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, planned).await.context("the node never made a plan")??;
    figures.planned_s = began.elapsed().as_secs_f64();
    figures.planned_cpu_s = process.cpu_s()?;
    timeout(PATIENCE, at_rest(process)).await.context("the node never came to rest")??;
    figures.beginning_peak_mib = process.peak_mib()?;
    let held = records_of(&desk).await?;
    anyhow::ensure!(held >= stock.content.records, "the node holds {held}, fewer than were brought");
    Ok((desk, process))
}

async fn at_rest(process: Process) -> Result<()> {
    let mut before = process.cpu_s()?;
    loop {
        tokio::time::sleep(REST).await;
        let now = process.cpu_s()?;
        if now - before < REST_CPU_S {
            return Ok(());
        }
        before = now;
    }
}

async fn idle(process: Process, time: Duration, figures: &mut Figures) -> Result<()> {
    process.forget_peak()?;
    figures.idle_mib = process.resident_mib()?;
    tokio::time::sleep(time).await;
    figures.idle_peak_mib = process.peak_mib()?;
    Ok(())
}

/// Everything at once, while a person asks for the status.
async fn under_load(
    stock: &Stock,
    desk: &Desk,
    process: Process,
    time: Duration,
    figures: &mut Figures,
) -> Result<String> {
    process.forget_peak()?;
    let before = records_of(desk).await?;
    let load = Load::begin(&stock.city, desk).await?;
    let began = stopwatch::start();
    while began.elapsed() < time {
        let asked = stopwatch::start();
        status_of(desk).await?;
        figures.load_slowest_ms = figures.load_slowest_ms.max(asked.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(LOOK_PAUSE * 20).await;
    }
    figures.load_peak_mib = process.peak_mib()?;
    let sessions = status_of(desk).await?.sessions;
    let flooded = records_of(desk).await? - before;
    let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    let tally = &load.tally;
    Ok(format!(
        "{sessions} sessions; {SLOW_PEERS} slow peers read {} frames, the flood brought {} records, {} calls answered, {} refused",
        count(&tally.frames),
        flooded,
        count(&tally.answered),
        count(&tally.refused),
    ))
}

fn table(stock: &Stock, figures: &Figures) -> Result<String> {
    let content = stock.content;
    let per_record = |mib: f64| mib * 1024.0 * 1024.0 / content.records as f64;
    let rows: [(&str, f64, usize); 13] = [
        ("bytes of a body", content.body_bytes as f64 / content.records as f64, 0),
        ("database, MiB", figures.database_mib, 0),
        ("start until the node answers, s", figures.ready_s, 2),
        ("start until it shows a page of needs, s", figures.page_s, 2),
        ("start until it has a plan, s", figures.planned_s, 1),
        ("CPU s until then", figures.planned_cpu_s, 1),
        ("most memory until it is at rest, MiB", figures.beginning_peak_mib, 0),
        ("memory at rest, MiB", figures.idle_mib, 0),
        ("  bytes of it a record", per_record(figures.idle_mib), 0),
        ("most memory at rest, MiB", figures.idle_peak_mib, 0),
        ("most memory under load, MiB", figures.load_peak_mib, 0),
        ("  bytes of it a record", per_record(figures.load_peak_mib), 0),
        ("slowest status under load, ms", figures.load_slowest_ms, 0),
    ];
    let mut table =
        format!("| {} records, {} % open | |\n|---|---|\n", content.records, content.open_percent);
    for (name, value, decimals) in rows {
        writeln!(table, "| {name} | {value:.decimals$} |")?;
    }
    Ok(table)
}
