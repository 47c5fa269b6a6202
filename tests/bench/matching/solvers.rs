//! OR-Tools, the core's exact planner and its live one side by side on one generated problem for each supply ratio.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_core::matching::networks;
use quince_tests::evaluation::geography::Geography;
use quince_tests::evaluation::measure::{Figures, median, ratio};
use quince_tests::evaluation::problem::TIERS;
use quince_tests::evaluation::strategy::{Case, Strategy, check};

use crate::ortools::{OrTools, Solved};
use crate::watch::Watch;
use crate::{Size, say, show};

/// Which problems, and by which other solver.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where cities lie
    #[arg(long, value_enum, default_value_t = Geography::Clustered)]
    geography: Geography,
    /// Units offered for a hundred units asked for
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_values_t = [30, 90, 100, 120], value_parser = clap::value_parser!(u32).range(1..=1_000))]
    supply: Vec<u32>,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    size: Size,
    #[command(flatten)]
    ortools: OrTools,
}

/// A whole plan by one of the core's planners: CPU seconds of each run, and what came of it.
struct Planned {
    seconds: Vec<f64>,
    figures: Figures,
}

/// Everything about one problem.
struct Row {
    supply_percent: u32,
    solved: Solved,
    exact: Planned,
    live: Planned,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let mut rows = Vec::new();
    for supply_percent in arguments.supply.iter().copied() {
        say(&format!("{} at {supply_percent} %", arguments.geography.as_str()));
        let recipe = arguments.size.recipe(arguments.geography, supply_percent, arguments.seed)?;
        let instance = recipe.instance(catalogue);
        let case = Case::new(&instance.problem, catalogue);
        let networks = networks(case.view(), catalogue);
        let families = instance.problem.families().len();
        ensure!(
            networks.len() == families,
            "{} of {families} families are small enough to be planned exactly, expected all: ask for more families",
            networks.len()
        );
        rows.push(Row {
            supply_percent,
            solved: arguments.ortools.solve(&networks)?,
            exact: planned(Strategy::Exact, &case, arguments.ortools.runs)?,
            live: planned(Strategy::Live, &case, arguments.ortools.runs)?,
        });
    }
    show(&table(&rows))?;
    let differ = rows.iter().find(|row| !row.solved.all_equal());
    ensure!(differ.is_none(), "an objective differs from OR-Tools': a plan that is not the best is a fault");
    Ok(())
}

fn planned(strategy: Strategy, case: &Case<'_>, runs: u32) -> Result<Planned> {
    let (mut seconds, mut moves) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let watch = Watch::start();
        moves = strategy.moves(case);
        seconds.push(watch.spent().cpu());
    }
    check(case.problem, &moves)?;
    Ok(Planned { seconds, figures: Figures::of(case.problem, &moves) })
}

fn table(rows: &[Row]) -> String {
    let heads = [
        "supply %",
        "arcs",
        "equal objectives",
        "OR-Tools solve, CPU s",
        "exact solve, CPU s",
        "exact/OR-Tools",
        "exact plan, CPU s",
        "live plan, CPU s",
        "live/exact",
        "live/OR-Tools",
        "units live/exact by tier",
        "unit-km live/exact",
    ];
    let mut table = format!("| {} |\n{}|\n", heads.join(" | "), "|---".repeat(heads.len()));
    for Row { supply_percent, solved, exact, live } in rows {
        let middle = |seconds: &[f64]| median(seconds.to_vec()).unwrap_or(f64::NAN);
        let (solve, plan, lively) =
            (middle(&solved.our_seconds), middle(&exact.seconds), middle(&live.seconds));
        let theirs = middle(&solved.their_seconds);
        let cells = [
            supply_percent.to_string(),
            solved.arcs.to_string(),
            format!("{}/{}", solved.equal(), solved.ours.len()),
            span(&solved.their_seconds),
            span(&solved.our_seconds),
            format!("{:.3}", solve / theirs),
            span(&exact.seconds),
            span(&live.seconds),
            format!("{:.4}", lively / plan),
            format!("{:.4}", lively / theirs),
            units(&live.figures, &exact.figures),
            format!("{:.4}", ratio(live.figures.unit_km, exact.figures.unit_km)),
        ];
        writeln!(table, "| {} |", cells.join(" | ")).expect("a string takes it");
    }
    table
}

/// A median, with the smallest and the largest.
fn span(seconds: &[f64]) -> String {
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = seconds.iter().copied().fold(0.0, f64::max);
    format!("{:.3} ({least:.3} to {most:.3})", median(seconds.to_vec()).unwrap_or(f64::NAN))
}

fn units(live: &Figures, exact: &Figures) -> String {
    let one = |tier: usize| format!("{:.5}", ratio(live.units[tier], exact.units[tier]));
    (0..TIERS).map(one).collect::<Vec<_>>().join(" ")
}
