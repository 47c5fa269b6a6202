//! The other solver: networks written as DIMACS files, solved by OR-Tools in a Python of its own, and read back.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use quince_core::matching::{self, solve};
use quince_tests::evaluation::measure::median;
use quince_tests::evaluation::network::Network;
use serde::Deserialize;

use crate::create;
use crate::watch::Watch;

/// The program that solves a folder of files.
const PROGRAM: &str = include_str!("min_cost_flow.py");

/// Which Python, and how often everything is solved.
#[derive(Debug, Args)]
pub(crate) struct OrTools {
    /// A Python that has what requirements.txt beside min_cost_flow.py lists
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: PathBuf,
    /// How often each is solved, by either: times are medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
}

/// Networks solved by both.
#[derive(Debug, Default)]
pub(crate) struct Solved {
    /// Arcs, in all.
    pub(crate) arcs: usize,
    /// The cost of each network's flow by the core's exact planner.
    pub(crate) ours: Vec<i128>,
    /// The same by OR-Tools; `None` if it found no flow.
    pub(crate) theirs: Vec<Option<i128>>,
    /// CPU seconds of each run over all networks, by the core.
    pub(crate) our_seconds: Vec<f64>,
    /// The same by OR-Tools: its `solve()` alone.
    pub(crate) their_seconds: Vec<f64>,
}

/// A line of what the program prints.
#[derive(Debug, Deserialize)]
struct Line {
    cost: Option<String>,
    seconds: Vec<f64>,
}

impl Solved {
    /// How many networks have the same cost by both.
    pub(crate) fn equal(&self) -> usize {
        let pairs = self.ours.iter().zip(&self.theirs);
        pairs.filter(|(ours, theirs)| Some(**ours) == **theirs).count()
    }

    /// Whether all networks have.
    pub(crate) fn all_equal(&self) -> bool {
        self.equal() == self.ours.len() && self.theirs.len() == self.ours.len()
    }

    /// Median CPU seconds over all networks: by the core, by OR-Tools.
    pub(crate) fn seconds(&self) -> [f64; 2] {
        [&self.our_seconds, &self.their_seconds].map(|all| median(all.clone()).unwrap_or(f64::NAN))
    }
}

impl OrTools {
    /// Solves these networks by the core and by OR-Tools in turn, so that what else the machine does falls on both.
    pub(crate) fn solve(&self, networks: &[matching::Network]) -> Result<Solved> {
        let folder = tempfile::tempdir()?;
        let mut solved = Solved::default();
        for (at, network) in networks.iter().enumerate() {
            let mut file = create(folder.path(), &format!("network-{at:06}.min"))?;
            Network::from(network).write_dimacs(&mut file, &[])?;
            file.flush()?;
            solved.arcs += network.arcs.len();
        }
        for _ in 0..self.runs {
            let watch = Watch::start();
            solved.ours = networks.iter().map(cost).collect();
            solved.our_seconds.push(watch.spent().cpu());
            let lines = self.read(folder.path())?;
            ensure!(lines.len() == networks.len(), "OR-Tools told {} of {}", lines.len(), networks.len());
            solved.their_seconds.push(lines.iter().flat_map(|line| &line.seconds).sum());
            let costs = lines.iter().map(|line| Ok(line.cost.as_deref().map(str::parse).transpose()?));
            solved.theirs = costs.collect::<Result<_>>()?;
        }
        Ok(solved)
    }

    fn read(&self, folder: &Path) -> Result<Vec<Line>> {
        let mut command = Command::new(&self.python);
        command.arg("-c").arg(PROGRAM).arg("--json").arg(folder);
        let done = command.stderr(Stdio::inherit()).output();
        let done = done.with_context(|| format!("cannot start {}", self.python.display()))?;
        // It ends with a failure where it finds no flow too, and says so in the line of that network.
        let told = String::from_utf8(done.stdout)?;
        told.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

/// The cost of the core's solution.
pub(crate) fn cost(network: &matching::Network) -> i128 {
    let flows = solve(network).into_iter().map(i128::from);
    network.arcs.iter().zip(flows).map(|(arc, flow)| i128::from(arc.cost) * flow).sum()
}
