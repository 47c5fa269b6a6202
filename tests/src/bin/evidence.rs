//! The evidence of long runs: adds a run, or prints the sums beside the goals.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use quince_tests::evidence::{self, Run, Totals, Work};

/// What long runs have proved so far.
#[derive(Debug, Parser)]
struct Cli {
    /// The file with one run in each line [default: the repository's].
    #[arg(long, global = true)]
    file: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the sums beside the goals; fails when something did not hold.
    Total,
    /// Add a run of this commit.
    Add {
        /// What was run, with its counts, in JSON.
        work: String,
        /// How often something did not hold.
        #[arg(long, default_value_t = 0)]
        violations: u64,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let file = cli.file.unwrap_or_else(evidence::file);
    match cli.verb {
        Verb::Add { work, violations } => {
            Run::now(serde_json::from_str::<Work>(&work)?, violations)?.append(&file)?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Total => {
            let runs = evidence::parse(&std::fs::read_to_string(&file)?).map_err(anyhow::Error::msg)?;
            let totals = Totals::of(&runs);
            write!(std::io::stdout(), "{totals}")?;
            Ok(if totals.violations() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}
