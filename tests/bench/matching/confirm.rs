//! Holds the core's exact planner against OR-Tools on the families of the core's own tests: the objectives must be equal.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use clap::Args;
use quince_core::domain::item::Catalogue;
use quince_core::matching::{Network, networks};

use crate::matching::tests::{RATIOS, family};
use crate::ortools::{OrTools, Solved};
use crate::show;

/// How many families, and by which solver.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Families, over all supply ratios in turn
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    families: u64,
    #[command(flatten)]
    ortools: OrTools,
}

pub(crate) fn run(arguments: &Arguments, catalogue: &Catalogue) -> Result<()> {
    let mut drawn: Vec<Vec<Network>> = RATIOS.iter().map(|_| Vec::new()).collect();
    for seed in 0..arguments.families {
        let (ratio, view) = family(seed);
        drawn[ratio].extend(networks(&view, catalogue));
    }
    let all = drawn.iter().map(|networks| arguments.ortools.solve(networks)).collect::<Result<Vec<_>>>()?;
    show(&table(&all))?;
    let (equal, of) = (all.iter().map(Solved::equal).sum::<usize>(), arguments.families);
    ensure!(
        equal as u64 == of && all.iter().all(Solved::all_equal),
        "{equal} of {of} families have the same objective, expected all: a plan that is not the best is a fault"
    );
    Ok(())
}

fn table(all: &[Solved]) -> String {
    let mut table = String::from(
        "| supply % | families | arcs | equal objectives | exact planner, CPU ms | OR-Tools, CPU ms | ratio |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let mut row = |name: &str, families: usize, arcs: usize, equal: usize, [ours, theirs]: [f64; 2]| {
        let (our_ms, their_ms, ratio) = (1e3 * ours, 1e3 * theirs, ours / theirs);
        writeln!(
            table,
            "| {name} | {families} | {arcs} | {equal} | {our_ms:.1} | {their_ms:.1} | {ratio:.2} |"
        )
        .expect("a string takes it");
    };
    for (percent, one) in RATIOS.iter().zip(all) {
        row(&percent.to_string(), one.ours.len(), one.arcs, one.equal(), one.seconds());
    }
    let sum = |of: fn(&Solved) -> usize| all.iter().map(of).sum();
    let seconds =
        all.iter().map(Solved::seconds).fold([0.0; 2], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
    row("all", sum(|one| one.ours.len()), sum(|one| one.arcs), sum(Solved::equal), seconds);
    table
}
