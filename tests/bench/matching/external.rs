//! Replays other people's tables with every strategy and prints one table of what came of it.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_tests::evaluation::external::{Replay, Score, Tables};
use quince_tests::evaluation::strategy::Strategy;
use serde::Serialize;

use crate::watch::{Spent, Watch};
use crate::{say, show, write_json};

/// Which tables, and how to replay them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A table id,date,item,quantity,place of offers; lat,lon may follow
    #[arg(long, value_name = "FILE")]
    offers: PathBuf,
    /// The same of needs
    #[arg(long, value_name = "FILE")]
    needs: PathBuf,
    /// A table from,to,km or from,to,miles
    #[arg(long, value_name = "FILE")]
    distances: Option<PathBuf>,
    /// Days from one round of planning to the next; the public benchmark has 7
    #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    interval: u32,
    /// Leaves out offers of more units than this; the public benchmark has 1000
    #[arg(long, value_name = "UNITS")]
    offer_max: Option<i64>,
    /// Strategies
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Strategy::ALL)]
    strategy: Vec<Strategy>,
    /// Writes the scores as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What came of one strategy.
#[derive(Debug, Serialize)]
struct Run {
    strategy: &'static str,
    score: Score,
    /// Planning alone, all rounds together.
    spent: Spent,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let mut tables = Tables::read(&arguments.offers, &arguments.needs, arguments.distances.as_deref())?;
    let before = tables.offers.len();
    tables.offers.retain(|offer| arguments.offer_max.is_none_or(|most| offer.quantity <= most));
    say(&format!("offers: {}, left out: {}", tables.offers.len(), before - tables.offers.len()));
    let replay = Replay::new(&tables, arguments.interval, catalogue)?;
    say(&format!("needs: {}, rounds: {}", tables.needs.len(), replay.round_count()));
    if !replay.has_points() {
        say("no place has a point: the planner of the core counts every distance as unknown");
    }
    let mut runs = Vec::new();
    for strategy in &arguments.strategy {
        let mut spent = Spent { seconds: 0.0, cpu_seconds: Some(0.0) };
        let shipments = replay.run(|case| {
            strategy.prepare(case);
            let watch = Watch::start();
            let moves = strategy.moves(case);
            spent = spent.and(watch.spent());
            moves
        });
        let shipments = shipments.with_context(|| strategy.as_str())?;
        let (strategy, score) = (strategy.as_str(), Score::of(&replay, &shipments));
        runs.push(Run { strategy, score, spent });
    }
    write_json(arguments.json.as_deref(), &runs)?;
    show(&table(&runs))
}

fn table(runs: &[Run]) -> String {
    let mut table = String::from(
        "| strategy | units moved | of offered % | of unknown way | fill rate | fill rate without zeros | unit-miles | \
         holding days | shipments per donor | CPU s | s |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    for Run { strategy, score, spent } in runs {
        let of_offered = 100.0 * score.units_moved as f64 / score.units_offered.max(1) as f64;
        let metrics = [
            score.fill_rate,
            score.fill_rate_without_zeros,
            score.unit_miles,
            score.holding_days,
            score.shipments_per_donor,
        ];
        let metrics = metrics.map(cell).join(" | ");
        let (moved, unknown) = (score.units_moved, score.units_of_unknown_way);
        let cpu = spent.cpu_seconds.unwrap_or(f64::NAN);
        writeln!(
            table,
            "| {strategy} | {moved} | {of_offered:.1} | {unknown} | {metrics} | {cpu:.3} | {:.3} |",
            spent.seconds
        )
        .expect("a string takes it");
    }
    table
}
