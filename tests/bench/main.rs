//! The bench: two real nodes with mutual TLS, SQLite and durable commits, and what they cost. `sync` runs them over loopback,
//! with `--reference` beside a minimal pipeline and with `--postgres` beside PostgreSQL's logical replication, alternating, so that
//! figures of one machine can be compared. `links` puts a long
//! or thin link between them. `lists` sweeps what was revised often. `large` is one node that holds many records.
//!
//! It measures and judges nothing: targets are for whoever reads the table.

mod figures;
mod large;
mod links;
mod lists;
mod load;
mod logical;
mod ours;
mod process;
mod reference;
mod sample;
mod stopwatch;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser};

use crate::figures::{Figures, Report};
use crate::logical::Logical;
use crate::ours::Ours;
use crate::reference::Reference;

/// What a child process of the bench is called with: the binary is then the node, so one build measures one program.
const NODE_VERBS: [&str; 2] = ["init", "run"];

/// Measures two nodes.
#[derive(Debug, Parser)]
#[command(name = "bench")]
enum Command {
    /// Over loopback: a first catch-up, one after a reconnect, single changes
    Sync(Sync),
    /// Over long and thin links: single changes, what is urgent behind much that is not, and how full the link is
    Links(links::Arguments),
    /// Live lists: what a sweep costs its owner, what the list costs a holder, and what a newcomer receives
    Lists(lists::Arguments),
    /// One node with many records: how soon it answers, and what memory it takes at rest, under slow peers and under a flood
    Large(large::Arguments),
}

/// Over loopback.
#[derive(Debug, Args)]
struct Sync {
    /// A checkout of the reference pipeline; it is built and run beside ours
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
    /// Also runs logical replication of the same rows between two PostgreSQL servers, which must be installed
    #[arg(long)]
    postgres: bool,
    /// Records of the first catch-up
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..))]
    records: u64,
    /// Runs of each; the table has medians
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// Keeps the loaded nodes there, and begins with them the next time: loading takes minutes
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Writes every run and the medians as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|verb| NODE_VERBS.contains(&verb.as_str())) {
        return quince_node::main();
    }
    let runtime = tokio::runtime::Runtime::new().expect("the machine can start threads");
    let done = match Command::parse() {
        Command::Sync(arguments) => runtime.block_on(measure(&arguments)),
        Command::Links(arguments) => runtime.block_on(links::measure(&arguments)),
        Command::Lists(arguments) => runtime.block_on(lists::measure(&arguments)),
        Command::Large(arguments) => runtime.block_on(large::measure(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn measure(args: &Sync) -> Result<()> {
    let reference = args.reference.as_deref().map(|folder| Reference::build(folder, args.records));
    let mut reference = reference.transpose().context("the reference pipeline")?;
    let mut postgres = match args.postgres {
        true => Some(Logical::prepare(args.records).await.context("PostgreSQL")?),
        false => None,
    };
    say(&format!("loading {} records through the public API", args.records));
    let mut ours = Ours::prepare(args.records, args.keep.as_deref()).await?;
    let loading = ours.loading();
    say(&format!("loaded in {:.1} s, {:.0} bytes a record", loading.seconds, loading.body_bytes));

    let mut report = Report::new(args.records, loading);
    for run in 1..=args.runs {
        let figures = ours.run().await.with_context(|| format!("run {run} of ours"))?;
        say(&format!("run {run}, quince:    {}", line(&figures)));
        report.ours.push(figures);
        if let Some(reference) = &mut reference {
            let figures = reference.run().with_context(|| format!("run {run} of the reference"))?;
            say(&format!("run {run}, reference: {}", line(&figures)));
            report.reference.push(figures);
        }
        if let Some(postgres) = &mut postgres {
            let figures = postgres.run().await.with_context(|| format!("run {run} of PostgreSQL"))?;
            say(&format!("run {run}, PostgreSQL: {}", line(&figures)));
            report.postgres.push(figures);
        }
    }
    if let Some(file) = &args.json {
        let json = serde_json::to_vec_pretty(&report.json())?;
        std::fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))?;
    }
    show(&report.table())
}

fn show(table: &str) -> Result<()> {
    Ok(std::io::stdout().write_all(table.as_bytes())?)
}

fn line(figures: &Figures) -> String {
    format!(
        "{:.0} records/s, {:.0} CPU s/M, 1,000 more in {:.3} s, one change p50 {:.1} ms",
        figures.records_per_s,
        figures.source_cpu_s_per_million + figures.receiver_cpu_s_per_million,
        figures.incremental_s,
        figures.change_p50_ms
    )
}

/// Progress goes to standard error: standard output is the table.
fn say(words: &str) {
    // Nobody reads it any more: then there is nobody to tell either.
    let _ = writeln!(std::io::stderr(), "{words}");
}
