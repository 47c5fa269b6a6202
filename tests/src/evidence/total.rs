//! The sum of all runs beside what is to be reached before a release.

use std::collections::BTreeMap;
use std::fmt;

use super::{Run, Seeds, Work};
use crate::fuzz;

/// Federations to simulate.
const SEEDS: f64 = 200_000.0;
/// Virtual hours of members to simulate.
const NODE_HOURS: f64 = 10_000.0;
/// Faults to strike them with.
const FAULTS: f64 = 1_000_000.0;
/// Offices to kill.
const KILLS: f64 = 10_000.0;
/// Power cuts to survive.
const CUTS: f64 = 20_000.0;
/// Hours of a processor for each fuzz target.
const FUZZ_HOURS: f64 = 24.0;

/// Runs that cannot be had twice: these seeds at this commit, of this kind.
type Done<'a> = BTreeMap<(&'a str, &'a str), Vec<Seeds>>;

/// Sums over runs. Seeds that were run before at the same commit count nothing, nor does a tree that no commit names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    seeds: f64,
    node_hours: f64,
    faults: BTreeMap<String, u64>,
    kills: u64,
    cuts: u64,
    cut_faults: BTreeMap<String, u64>,
    acknowledged: u64,
    fuzz: BTreeMap<String, Fuzzed>,
    violations: u64,
    counted: usize,
    again: usize,
    uncommitted: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Fuzzed {
    hours: f64,
    executions: u64,
}

impl Totals {
    /// Adds runs up. What did not hold counts always.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let (mut totals, mut done) = (Self::default(), Done::new());
        for run in runs {
            totals.violations += run.violations;
            if !run.is_committed() {
                totals.uncommitted += 1;
                continue;
            }
            let (kind, seeds) = run.work.identity();
            let before = done.entry((run.commit.as_str(), kind)).or_default();
            if before.iter().any(|other| other.overlaps(seeds)) {
                totals.again += 1;
                continue;
            }
            before.push(seeds);
            totals.counted += 1;
            totals.add(&run.work);
        }
        totals
    }

    /// How often something did not hold.
    #[must_use]
    pub const fn violations(&self) -> u64 {
        self.violations
    }

    fn add(&mut self, work: &Work) {
        match work {
            Work::Simulator { seeds, virtual_node_hours, faults } => {
                self.seeds += seeds.count();
                self.node_hours += virtual_node_hours;
                add_all(&mut self.faults, faults);
            }
            Work::Kills { kills, acknowledged, .. } => {
                self.kills += kills;
                self.acknowledged += acknowledged;
            }
            Work::PowerCuts { cuts, acknowledged, faults, .. } => {
                self.cuts += cuts;
                self.acknowledged += acknowledged;
                add_all(&mut self.cut_faults, faults);
            }
            Work::Fuzz { target, executions, cpu_seconds, .. } => {
                let fuzzed = self.fuzz.entry(target.clone()).or_default();
                fuzzed.hours += cpu_seconds / 3600.0;
                fuzzed.executions += executions;
            }
        }
    }
}

impl Work {
    /// What makes a run one that was had before.
    fn identity(&self) -> (&str, Seeds) {
        match self {
            Self::Simulator { seeds, .. } => ("simulator", *seeds),
            Self::Kills { seeds, .. } => ("kills", *seeds),
            Self::PowerCuts { seeds, .. } => ("power-cuts", *seeds),
            Self::Fuzz { target, seed, .. } => (target, Seeds { first: *seed, end: seed.saturating_add(1) }),
        }
    }
}

impl Seeds {
    fn count(self) -> f64 {
        self.end.saturating_sub(self.first) as f64
    }
}

fn add_all(sums: &mut BTreeMap<String, u64>, counts: &BTreeMap<String, u64>) {
    for (name, count) in counts {
        *sums.entry(name.clone()).or_default() += count;
    }
}

/// One line for each goal, then what the faults were.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        goal(f, "simulator: federations", self.seeds, SEEDS)?;
        goal(f, "simulator: virtual node-hours", self.node_hours, NODE_HOURS)?;
        goal(f, "simulator: faults", self.faults.values().sum::<u64>() as f64, FAULTS)?;
        goal(f, "kills", self.kills as f64, KILLS)?;
        goal(f, "power cuts", self.cuts as f64, CUTS)?;
        for (target, _) in fuzz::TARGETS {
            let hours = self.fuzz.get(target).copied().unwrap_or_default().hours;
            goal(f, &format!("fuzz {target}: hours of a processor"), hours, FUZZ_HOURS)?;
        }
        let executions: u64 = self.fuzz.values().map(|fuzzed| fuzzed.executions).sum();
        writeln!(f, "{:<40}{:>14}", "fuzz: inputs tried", executions)?;
        writeln!(f, "{:<40}{:>14}", "acknowledged writes looked for", self.acknowledged)?;
        writeln!(f, "{:<40}{:>14} of {:>9}", "violations", self.violations, "at most 0")?;
        writeln!(
            f,
            "{} runs counted, {} not because their seeds were run before at the same commit, {} not because no commit \
            names what was run",
            self.counted, self.again, self.uncommitted
        )?;
        for (what, faults) in [("simulator", &self.faults), ("power cuts", &self.cut_faults)] {
            for (name, count) in faults {
                writeln!(f, "  {what}: {name:<28}{count:>12}")?;
            }
        }
        Ok(())
    }
}

fn goal(f: &mut fmt::Formatter<'_>, what: &str, reached: f64, goal: f64) -> fmt::Result {
    let decimals = usize::from(goal < 1_000.0) * 2;
    writeln!(f, "{what:<40}{reached:>14.decimals$} of {goal:>9} ({:.1} %)", 100.0 * reached / goal)
}
