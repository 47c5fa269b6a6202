//! Runs the simulator of replication: one seed to be read, or many to be counted.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use quince_node::clock::Clock;
use quince_tests::evidence::{self, Seeds, Work};
use quince_tests::frame_len::frame_len;
use quince_tests::sim::{self, Counts, Fault, Options, Planted, scale};

/// The simulator of replication.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run one seed and print what happened, line by line.
    Replay {
        /// The seed.
        #[arg(long)]
        seed: u64,
        /// Print from this event on.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// Wait for the return key after each line.
        #[arg(long)]
        step: bool,
        #[command(flatten)]
        size: Size,
    },
    /// Run many seeds, print counts as JSON, and add them to the file that `QUINCE_EVIDENCE` names.
    Run {
        /// Seeds, as FIRST..END; END is not run.
        #[arg(long, value_parser = seeds)]
        seeds: (u64, u64),
        /// Begin no seed later than after so many seconds.
        #[arg(long)]
        within: Option<u64>,
        #[command(flatten)]
        size: Size,
    },
    /// Run large federations without faults of disks and links, lose a fifth of each, and print what that costs and shows.
    Scale {
        /// Members of the federation; several sizes are run one after the other.
        #[arg(long, required = true, num_args = 1..)]
        nodes: Vec<usize>,
        /// The seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Virtual minutes in which records are written; of more than 30, drawn peers are replaced meanwhile.
        #[arg(long, default_value_t = 2)]
        minutes: u64,
        /// Records that each of four offices writes, before the loss and after it.
        #[arg(long, default_value_t = 25)]
        records: u64,
    },
}

#[derive(Debug, Args)]
struct Size {
    /// Members of the federation [default: 3 to 9, by the seed].
    #[arg(long)]
    nodes: Option<usize>,
    /// Virtual seconds of bad weather [default: as in the suite].
    #[arg(long)]
    seconds: Option<u64>,
    /// A mistake of the driver or the store.
    #[arg(long)]
    planted: Option<Planted>,
}

impl Size {
    const fn is_default(&self) -> bool {
        self.nodes.is_none() && self.seconds.is_none() && self.planted.is_none()
    }

    fn of(&self, seed: u64) -> Options {
        let options = Options::of(seed);
        Options {
            nodes: self.nodes.unwrap_or(options.nodes),
            seconds: self.seconds.unwrap_or(options.seconds),
            planted: self.planted,
            seed,
        }
    }
}

fn main() -> std::io::Result<ExitCode> {
    match Cli::parse().verb {
        Verb::Replay { seed, from, step, size } => replay(&size.of(seed), from, step),
        Verb::Run { seeds: (first, end), within, size } => {
            let within = within.map_or(Duration::MAX, Duration::from_secs);
            run(Seeds { first, end }, within, &size)
        }
        Verb::Scale { nodes, seed, minutes, records } => {
            let writing = Duration::from_secs(minutes * 60);
            let options = nodes.into_iter().map(|nodes| scale::Options {
                seed,
                records,
                writing,
                ..scale::Options::of(nodes)
            });
            run_scale(options)
        }
    }
}

/// Prints a row for each size, and what followed the loss in a table of its own.
fn run_scale(sizes: impl Iterator<Item = scale::Options>) -> std::io::Result<ExitCode> {
    let (clock, mut out) = (Clock::system(), std::io::stdout().lock());
    writeln!(out, "{}", scale::Outcome::HEADER)?;
    let mut outcomes = Vec::new();
    for options in sizes {
        let outcome = scale::run(&options, frame_len);
        writeln!(out, "{}", outcome.row())?;
        outcomes.push(outcome);
    }
    writeln!(out, "\n{}", scale::Outcome::HEADER_LOST)?;
    for outcome in &outcomes {
        writeln!(out, "{}", outcome.row_lost())?;
    }
    let alarms: usize = outcomes.iter().map(|outcome| outcome.alarms).sum();
    writeln!(out, "\n{alarms} alarms, {} s", clock.elapsed().as_secs())?;
    Ok(if alarms == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replay(options: &Options, from: u64, step: bool) -> std::io::Result<ExitCode> {
    let (outcome, lines) = sim::replay(options);
    let (mut out, mut keys) = (std::io::stdout().lock(), std::io::stdin().lock());
    for (number, line) in (1..).zip(lines).skip_while(|(number, _)| *number < from) {
        write!(out, "{number:>8} {line}")?;
        if step {
            out.flush()?;
            keys.read_line(&mut String::new())?;
        } else {
            writeln!(out)?;
        }
    }
    writeln!(out, "digest {}, level after {} s", outcome.digest, outcome.level.as_secs())?;
    match outcome.violation {
        None => Ok(ExitCode::SUCCESS),
        Some(violation) => {
            writeln!(out, "{violation}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn run(seeds: Seeds, within: Duration, size: &Size) -> std::io::Result<ExitCode> {
    let clock = Clock::system();
    let outcomes = sim::run_many(seeds.first..seeds.end, || clock.elapsed() <= within, |seed| size.of(seed));
    let seeds = Seeds { end: seeds.first + outcomes.len() as u64, ..seeds };
    let (mut counts, mut violations) = (Counts::default(), Vec::new());
    let (mut events, mut frames, mut entries) = (0, 0, 0);
    let (mut node_time, mut level_max) = (Duration::ZERO, Duration::ZERO);
    for outcome in outcomes {
        counts.add(&outcome.counts);
        (events, frames, entries) =
            (events + outcome.events, frames + outcome.frames, entries + outcome.entries);
        node_time += outcome.time * u32::try_from(outcome.options.nodes).unwrap_or(u32::MAX);
        level_max = level_max.max(outcome.level);
        if let Some(violation) = outcome.violation {
            violations.push(serde_json::json!({
                "replay": outcome.options.to_string(),
                "what": violation.to_string(),
            }));
        }
    }
    let violated = violations.len() as u64;
    let virtual_node_hours = node_time.as_secs_f64() / 3600.0;
    let faults: BTreeMap<String, u64> =
        Fault::ALL.into_iter().map(|fault| (fault.name().to_owned(), counts.of(fault))).collect();
    let report = serde_json::json!({
        "seeds": seeds,
        "virtual_node_hours": virtual_node_hours,
        "events": events,
        "frames": frames,
        "entries": entries,
        "level_max_seconds": level_max.as_secs(),
        "faults": &faults,
        "faults_total": counts.total(),
        "violations": violations,
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    // Other sizes and mistakes prove other things.
    if size.is_default() {
        evidence::append(Work::Simulator { seeds, virtual_node_hours, faults }, violated)?;
    }
    Ok(if violated == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn seeds(text: &str) -> Result<(u64, u64), String> {
    let parse = || {
        let (first, end) = text.split_once("..")?;
        Some((first.parse().ok()?, end.parse().ok()?))
    };
    parse()
        .filter(|(first, end)| first < end)
        .ok_or_else(|| format!("{text:?} are no seeds, expected FIRST..END"))
}
