//! The matching bench: strategies beside each other on generated problems and on other people's tables, and problems as
//! files for other solvers. The planner is called as a function; no node runs.
//!
//! It measures and judges nothing: targets are for whoever reads the table.

mod confirm;
mod digests;
mod dimacs;
mod external;
mod generate;
mod grid;
mod matching;
mod ortools;
mod replan;
mod solvers;
#[path = "../stopwatch.rs"]
mod stopwatch;
mod watch;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser};
// Where the core's own code, drawn on by `matching`, looks for it.
use quince_core::domain;
use quince_core::domain::item::Catalogue;
use quince_tests::evaluation::generate::{Instance, Recipe};
use quince_tests::evaluation::geography::Geography;
use serde::Serialize;

/// Evaluates matching.
#[derive(Debug, Parser)]
#[command(name = "matching-bench")]
enum Command {
    /// Writes one generated problem as CSV
    Generate(generate::Arguments),
    /// Runs strategies over geographies and supply ratios and prints one table of medians
    Grid(grid::Arguments),
    /// Replays offers and needs from CSV by date and prints the metrics of the public benchmark
    External(external::Arguments),
    /// Changes records of a generated problem one by one and prints what a new plan costs and how much it moves
    Replan(replan::Arguments),
    /// Lets two nodes hear of the same changes in different ways, and fails if their digests differ after a step
    Digests(digests::Arguments),
    /// Solves the families of the core's own tests by the exact planner and by OR-Tools, and fails if an objective differs
    Confirm(confirm::Arguments),
    /// Plans generated problems by OR-Tools, the exact planner and the live one, and prints them side by side
    Solvers(solvers::Arguments),
    /// Writes each family of a generated problem as a DIMACS minimum-cost-flow file
    Dimacs(dimacs::Arguments),
}

/// How large a generated problem is.
#[derive(Debug, Clone, Copy, Args)]
struct Size {
    /// Cities
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    cities: u32,
    /// Families of items that cannot replace each other
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    families: u32,
    /// Need lines, in all
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    needs: u32,
    /// Offer lines, in all
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    offers: u32,
}

/// Which generated problem.
#[derive(Debug, Clone, Copy, Args)]
struct One {
    /// Where cities lie
    #[arg(long, value_enum, default_value_t = Geography::Clustered)]
    geography: Geography,
    /// Units offered for a hundred units asked for
    #[arg(long, value_name = "PERCENT", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    supply: u32,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    size: Size,
}

impl Size {
    fn recipe(self, geography: Geography, supply_percent: u32, seed: u64) -> Result<Recipe> {
        let least = self.needs.min(self.offers);
        anyhow::ensure!(self.families <= least, "{} families need as many lines, not {least}", self.families);
        let [cities, families, needs, offers] =
            [self.cities, self.families, self.needs, self.offers].map(|count| count as usize);
        Ok(Recipe { seed, geography, supply_percent, cities, families, needs, offers })
    }
}

impl One {
    fn recipe(self) -> Result<Recipe> {
        self.size.recipe(self.geography, self.supply, self.seed)
    }

    fn instance(self, catalogue: &Catalogue) -> Result<Instance> {
        Ok(self.recipe()?.instance(catalogue))
    }
}

fn main() -> ExitCode {
    let catalogue = Catalogue::embedded();
    let done = match Command::parse() {
        Command::Generate(arguments) => generate::run(&arguments, &catalogue),
        Command::Grid(arguments) => grid::run(&arguments, &catalogue),
        Command::External(arguments) => external::run(&arguments, &catalogue),
        Command::Replan(arguments) => replan::run(&arguments, &catalogue),
        Command::Digests(arguments) => digests::run(&arguments, &catalogue),
        Command::Confirm(arguments) => confirm::run(&arguments, &catalogue),
        Command::Solvers(arguments) => solvers::run(&arguments, &catalogue),
        Command::Dimacs(arguments) => dimacs::run(&arguments, &catalogue),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Progress and remarks go to standard error: standard output is the table.
fn say(words: &str) {
    // Nobody reads it any more: then there is nobody to tell either.
    let _ = writeln!(std::io::stderr(), "{words}");
}

fn show(table: &str) -> Result<()> {
    Ok(std::io::stdout().write_all(table.as_bytes())?)
}

fn write_json(file: Option<&Path>, runs: &impl Serialize) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let json = serde_json::to_vec_pretty(runs)?;
    std::fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))
}

/// A new file in a folder, for writing many lines.
fn create(folder: &Path, name: &str) -> Result<BufWriter<File>> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(name);
    File::create(&path).map(BufWriter::new).with_context(|| format!("cannot write {}", path.display()))
}
