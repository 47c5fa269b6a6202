//! What long runs have proved so far: one line per run in a file of the repository, so that hours add up over days and machines.
//!
//! A line is JSON: commit, date, what was run with its seeds and counts, and how many times something did not hold. Lines are
//! only ever appended, each in one piece. [`Totals`] adds them up and counts nothing twice.

mod total;

use std::collections::BTreeMap;
use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use quince_node::clock::Clock;
use serde::{Deserialize, Serialize};

pub use total::Totals;

/// Names the file that a run is written to. Without it nothing is written.
const FILE: &str = "QUINCE_EVIDENCE";

/// Follows the commit of a tree with changes that are in no commit: nobody can run that again.
const CHANGED: char = '+';

/// What long runs add to by themselves; it changes nothing that is run.
const ADDED_TO: [&str; 2] = [":(exclude,top)tests/evidence", ":(exclude,top)tests/fuzz/corpus"];

/// Seeds from the first to before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seeds {
    /// The first.
    pub first: u64,
    /// The first that was not run.
    pub end: u64,
}

/// What was run, and what it counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Work {
    /// Federations of the sync core under a seed each.
    Simulator {
        /// Federations.
        seeds: Seeds,
        /// Virtual time, summed over members.
        virtual_node_hours: f64,
        /// How often each class of fault struck.
        faults: BTreeMap<String, u64>,
    },
    /// Offices that are killed while they write.
    Kills {
        /// Rounds.
        seeds: Seeds,
        /// Processes killed.
        kills: u64,
        /// Writes that were acknowledged, and looked for afterwards.
        acknowledged: u64,
        /// Calls that a kill left without an answer.
        answers_cut_off: u64,
    },
    /// Stores whose disk loses what was not synchronized.
    PowerCuts {
        /// Towns, each with a few cuts.
        seeds: Seeds,
        /// Power cuts.
        cuts: u64,
        /// Transactions that were acknowledged, and looked for afterwards.
        acknowledged: u64,
        /// How often each class of fault struck.
        faults: BTreeMap<String, u64>,
    },
    /// One fuzz target.
    Fuzz {
        /// Its name.
        target: String,
        /// The seed of its mutations.
        seed: u64,
        /// Inputs that were tried.
        executions: u64,
        /// Time of the processor.
        cpu_seconds: f64,
    },
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The commit that was run.
    pub commit: String,
    /// When it ended.
    pub date: String,
    /// What was run.
    pub work: Work,
    /// How often something did not hold.
    pub violations: u64,
}

impl Seeds {
    fn overlaps(self, other: Self) -> bool {
        self.first < other.end && other.first < self.end
    }
}

impl Run {
    /// A run of the tree as it is, ended now.
    ///
    /// # Errors
    /// When git does not tell the commit.
    pub fn now(work: Work, violations: u64) -> io::Result<Self> {
        let date = Clock::system().real_now();
        Ok(Self { commit: commit()?, date: date.to_string(), work, violations })
    }

    /// Whether the commit names all of what was run.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        !self.commit.ends_with(CHANGED)
    }

    /// Writes the line at the end of a file, in one piece.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, file: &Path) -> io::Result<()> {
        let line = serde_json::to_string(self)? + "\n";
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}

/// Appends a run to the file that `QUINCE_EVIDENCE` names, if it names one.
///
/// # Errors
/// When the line cannot be made or written.
pub fn append(work: Work, violations: u64) -> io::Result<()> {
    let Some(file) = env::var_os(FILE) else { return Ok(()) };
    Run::now(work, violations)?.append(Path::new(&file))
}

/// Reads a whole file.
///
/// # Errors
/// Names the first line that is none.
pub fn parse(text: &str) -> Result<Vec<Run>, String> {
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|fault| format!("line {number} is no run: {fault}: {line}"))
    };
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("the last line has no end".to_owned());
    }
    (1..).zip(text.lines()).map(parse).collect()
}

/// Where the evidence of this repository is.
#[must_use]
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("evidence/runs.jsonl")
}

fn commit() -> io::Result<String> {
    let commit = git(&["rev-parse", "HEAD"])?;
    let changes = git(&[&["status", "--porcelain", "--", ":(top)"], ADDED_TO.as_slice()].concat())?;
    let mut commit = commit.trim().to_owned();
    commit.extend((!changes.is_empty()).then_some(CHANGED));
    Ok(commit)
}

fn git(arguments: &[&str]) -> io::Result<String> {
    let told = Command::new("git").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    if !told.status.success() {
        return Err(io::Error::other(format!(
            "git {} failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&told.stderr).trim()
        )));
    }
    String::from_utf8(told.stdout).map_err(io::Error::other)
}
