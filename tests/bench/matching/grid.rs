//! The grid: geographies × supply ratios × seeds, every strategy on the same problems, one table of medians over seeds.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_tests::evaluation::geography::Geography;
use quince_tests::evaluation::measure::{Figures, median, ratio, regret};
use quince_tests::evaluation::planted::Best;
use quince_tests::evaluation::problem::TIERS;
use quince_tests::evaluation::strategy::{Case, Strategy, check};
use serde::Serialize;

use crate::watch::{Spent, Watch};
use crate::{Size, say, show, write_json};

/// What to run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where cities lie
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Geography::ALL)]
    geography: Vec<Geography>,
    /// Units offered for a hundred units asked for
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_values_t = [30, 60, 90, 100, 120, 200], value_parser = clap::value_parser!(u32).range(1..=1_000))]
    supply: Vec<u32>,
    /// Strategies; regret is against the best of them, or against the optimum where that is known
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Strategy::ALL)]
    strategy: Vec<Strategy>,
    /// Seeds for each field of the grid
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    size: Size,
    /// Writes every run as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One strategy on one problem.
#[derive(Debug, Serialize)]
struct Run {
    geography: &'static str,
    supply_percent: u32,
    seed: u64,
    strategy: &'static str,
    figures: Figures,
    /// Of units up to each tier.
    regret: [f64; TIERS],
    /// Units × kilometres of the best plan, where it is known.
    best_unit_km: Option<i64>,
    spent: Spent,
}

type Column = (&'static str, usize, fn(&Run) -> f64);

/// The columns of the table, with their decimals.
const COLUMNS: &[Column] = &[
    ("tier 1 %", 1, |run| served(run, 0)),
    ("tier 2 %", 1, |run| served(run, 1)),
    ("tier 3 %", 1, |run| served(run, 2)),
    ("tier 4 %", 1, |run| served(run, 3)),
    ("lines filled %", 1, |run| 100.0 * share(run.figures.lines_filled, run.figures.lines)),
    ("on time %", 1, |run| 100.0 * ratio(run.figures.units_on_time, run.figures.units_all())),
    ("million unit-km", 1, |run| run.figures.unit_km as f64 / 1e6),
    ("km per unit", 0, |run| run.figures.unit_km as f64 / run.figures.units_all().max(1) as f64),
    ("Jain", 3, |run| run.figures.jain),
    ("Gini", 3, |run| run.figures.gini),
    ("worst city", 3, |run| run.figures.worst_city),
    ("lots per need", 2, |run| share(run.figures.lots, run.figures.lines_touched)),
    ("regret tier 1 %", 2, |run| 100.0 * run.regret[0]),
    ("to 2 %", 2, |run| 100.0 * run.regret[1]),
    ("to 3 %", 2, |run| 100.0 * run.regret[2]),
    ("to 4 %", 2, |run| 100.0 * run.regret[3]),
    ("CPU ms", 2, |run| 1_000.0 * run.spent.cpu_seconds.unwrap_or(f64::NAN)),
    ("ms", 2, |run| 1_000.0 * run.spent.seconds),
];

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let mut runs = Vec::new();
    for geography in &arguments.geography {
        for supply in &arguments.supply {
            say(&format!("{} at {supply} %", geography.as_str()));
            for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
                let field = field(arguments, *geography, *supply, seed, catalogue);
                runs.extend(
                    field.with_context(|| format!("{} at {supply} %, seed {seed}", geography.as_str()))?,
                );
            }
        }
    }
    write_json(arguments.json.as_deref(), &runs)?;
    show(&table(arguments, &runs))
}

/// Every strategy on one problem.
fn field(
    arguments: &Arguments,
    geography: Geography,
    supply_percent: u32,
    seed: u64,
    catalogue: &Catalogue,
) -> Result<Vec<Run>> {
    let instance = arguments.size.recipe(geography, supply_percent, seed)?.instance(catalogue);
    let case = Case::new(&instance.problem, catalogue);
    let mut found = Vec::new();
    for strategy in &arguments.strategy {
        strategy.prepare(&case);
        let watch = Watch::start();
        let moves = strategy.moves(&case);
        let spent = watch.spent();
        check(&instance.problem, &moves).with_context(|| strategy.as_str())?;
        found.push((*strategy, Figures::of(&instance.problem, &moves), spent));
    }
    let best = instance.optimum.map(|optimum| optimum.total());
    let plans: Vec<Best> = found.iter().map(|(_, figures, _)| figures.best()).chain(best).collect();
    let run = |(strategy, figures, spent): (Strategy, Figures, Spent)| Run {
        geography: geography.as_str(),
        supply_percent,
        seed,
        strategy: strategy.as_str(),
        regret: regret(figures.units, &plans),
        best_unit_km: best.map(|best| best.unit_km),
        figures,
        spent,
    };
    Ok(found.into_iter().map(run).collect())
}

fn table(arguments: &Arguments, runs: &[Run]) -> String {
    let heads: Vec<_> = COLUMNS.iter().map(|(name, _, _)| *name).collect();
    let mut table = format!("| geography | supply % | strategy | {} | km by best |\n", heads.join(" | "));
    table.push_str(&"|---".repeat(COLUMNS.len() + 4));
    table.push_str("|\n");
    for geography in &arguments.geography {
        for supply in &arguments.supply {
            for strategy in &arguments.strategy {
                let (geography, strategy) = (geography.as_str(), strategy.as_str());
                let of_row = |run: &&Run| {
                    run.geography == geography && run.supply_percent == *supply && run.strategy == strategy
                };
                let runs: Vec<&Run> = runs.iter().filter(of_row).collect();
                write!(table, "| {geography} | {supply} | {strategy} |").expect("a string takes it");
                for (_, decimals, field) in COLUMNS {
                    let middle = median(runs.iter().map(|run| field(run)).collect()).unwrap_or(f64::NAN);
                    write!(table, " {middle:.decimals$} |").expect("a string takes it");
                }
                writeln!(table, " {} |", km_by_best(&runs)).expect("a string takes it");
            }
        }
    }
    table
}

/// Unit-kilometres by those of the best plan: only where that is known and as much is served.
fn km_by_best(runs: &[&Run]) -> String {
    let quotient = |run: &&Run| {
        let best = run.best_unit_km.filter(|_| run.regret.iter().all(|regret| *regret == 0.0))?;
        Some(ratio(run.figures.unit_km, best))
    };
    let quotients: Option<Vec<f64>> = runs.iter().map(quotient).collect();
    quotients.and_then(median).map_or_else(|| "-".to_owned(), |middle| format!("{middle:.3}"))
}

fn served(run: &Run, tier: usize) -> f64 {
    100.0 * ratio(run.figures.units[tier], run.figures.units_asked[tier])
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
