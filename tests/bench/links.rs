//! Two nodes with a link between them that is long, or thin.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use quince_tests::city::{City, Desk, Premises};
use quince_tests::link::{Link, Quality};
use quince_tests::{federation, paper, port};
use tokio::time::timeout;

use crate::figures::percentile;
use crate::load;
use crate::ours::{single_changes, status_of, told, watch};
use crate::sample::Needs;
use crate::stopwatch;
use crate::{say, show};

/// Under which the receiver's data directory is kept as it was right after it joined.
const JOINED: &str = "joined";

/// Longer than a record waits on any of the links.
const PATIENCE: Duration = Duration::from_mins(5);

/// Between two looks at how much has arrived.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// Round trip of the thin links.
const THIN_ROUND_TRIP: Duration = Duration::from_millis(100);

/// How long a thin link is watched for how full it is.
const WATCHED: Duration = Duration::from_secs(20);

/// Which links.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Records that wait in an everyday lane
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    records: u64,
    /// Round trips, in milliseconds
    #[arg(long, value_delimiter = ',', default_values_t = [0, 50, 150, 300])]
    round_trips: Vec<u64>,
    /// Lines, in kilobits a second
    #[arg(long, value_delimiter = ',', default_values_t = [64, 256, 1_000], value_parser = clap::value_parser!(u64).range(1..))]
    lines: Vec<u64>,
    /// Urgent needs on each line
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    urgent: u64,
}

/// The two nodes, and what is between them.
struct Between {
    _source: City,
    there: Desk,
    receiver: City,
    link: Link,
    records: u64,
    body_bytes: f64,
}

pub(crate) async fn measure(arguments: &Arguments) -> Result<()> {
    say(&format!("loading {} records through the public API", arguments.records));
    let mut between = Between::prepare(arguments.records).await?;
    let mut table = String::from(
        "| round trip, ms | catch-up, records/s | one change, p50 ms | p99 ms | p50 in round trips |\n|---|---|---|---|---|\n",
    );
    for round_trip in &arguments.round_trips {
        say(&format!("a round trip of {round_trip} ms"));
        writeln!(table, "{}", between.long(Duration::from_millis(*round_trip)).await?)?;
    }
    table.push_str(
        "\n| kbit/s | everyday records/s | bodies, as a part of the line | urgent need, p50 s | most s | its own transfer, s |\n|---|---|---|---|---|---|\n",
    );
    for kbit_per_s in &arguments.lines {
        say(&format!("a line of {kbit_per_s} kbit/s"));
        writeln!(table, "{}", between.thin(*kbit_per_s, arguments.urgent).await?)?;
    }
    show(&table)
}

impl Between {
    async fn prepare(records: u64) -> Result<Self> {
        let binary = std::env::current_exe()?;
        let binary = binary.to_str().context("a path that is text")?;
        let near = port::free();
        let reached = Premises { reached_by: Some(near), ..Premises::default() };
        let mut source = City::set_up_in(binary, "source", "Quanzhou,CN,24.874,118.676", &reached);
        let hidden = Premises { dials_out_only: true, ..Premises::default() };
        let mut receiver = City::set_up_in(binary, "receiver", "Isfahan,IR,32.654,51.668", &hidden);
        let link = Link::at(near, source.peer_address()).await;
        let (there, joining) = (source.start().await, receiver.start().await);
        federation::found(&there).await;
        federation::admit(&there, &joining, "receiver").await;
        receiver.kill();
        receiver.keep(JOINED);
        let body_bytes = load::fill(&source, records).await?.body_bytes;
        Ok(Self { _source: source, there, receiver, link, records, body_bytes })
    }

    /// Everything over a long link, and then one change after the other.
    async fn long(&mut self, round_trip: Duration) -> Result<String> {
        self.link.becomes(Quality::distance(round_trip));
        self.receiver.bring_back(JOINED);
        let began = stopwatch::start();
        let here = self.receiver.start().await;
        self.arrived(&here, self.records).await?;
        let rate = self.records as f64 / began.elapsed().as_secs_f64();
        let mut needs = Needs::from_seed(1_000_000 + self.records);
        let mut ways = single_changes(&self.there, &here, &mut needs).await?.called;
        self.records += ways.len() as u64;
        self.receiver.kill();
        let (p50, p99) = (percentile(&mut ways, 0.5), percentile(&mut ways, 0.99));
        let (p50, p99) = p50.zip(p99).context("a change")?;
        let trips = p50 / (round_trip.as_secs_f64() * 1e3);
        Ok(format!("| {} | {rate:.0} | {p50:.1} | {p99:.1} | {trips:.2} |", round_trip.as_millis()))
    }

    /// Urgent needs on a line that is full of others.
    async fn thin(&mut self, kbit_per_s: u64, urgent: u64) -> Result<String> {
        self.link.becomes(Quality::line(kbit_per_s, THIN_ROUND_TRIP));
        self.receiver.bring_back(JOINED);
        let here = self.receiver.start().await;
        self.arrived(&here, 1).await?;
        let (began, before) = (stopwatch::start(), status_of(&here).await?.needs);
        tokio::time::sleep(WATCHED).await;
        let came = status_of(&here).await?.needs - before;
        let rate = came as f64 / began.elapsed().as_secs_f64();

        let mut stream = watch(&here).await?;
        let (mut waits, mut bytes) = (Vec::new(), 0);
        for _ in 0..urgent {
            let began = stopwatch::start();
            let need = load::one(&self.there, paper::need(100)).await?;
            told(&mut stream, &need.name).await?;
            waits.push(began.elapsed().as_secs_f64());
            bytes = prost::Message::encoded_len(&need);
        }
        self.records += urgent;
        self.receiver.kill();
        let (p50, most) = (percentile(&mut waits, 0.5), percentile(&mut waits, 1.0));
        let (p50, most) = p50.zip(most).context("an urgent need")?;
        let line = kbit_per_s as f64 * 125.0;
        let (share, own) = (rate * self.body_bytes / line, bytes as f64 / line);
        Ok(format!("| {kbit_per_s} | {rate:.1} | {share:.2} | {p50:.2} | {most:.2} | {own:.2} |"))
    }

    /// Waits until so many needs can be queried at the receiver.
    async fn arrived(&self, here: &Desk, records: u64) -> Result<()> {
        let arrived = async {
            while status_of(here).await?.needs < records {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, arrived).await.context("the records never arrived")?
    }
}
