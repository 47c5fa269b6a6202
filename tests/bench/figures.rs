//! What a run found, the medians of several, and both as JSON and as a table.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What one run found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    /// From the start of the receiver's process until every record is durable and can be queried there.
    pub(crate) initial_s: f64,
    pub(crate) records_per_s: f64,
    pub(crate) source_cpu_s_per_million: f64,
    pub(crate) receiver_cpu_s_per_million: f64,
    /// TCP payload that the receiver got, per record. `None` without `ss`.
    pub(crate) wire_bytes_per_record: Option<f64>,
    /// The most memory that the receiver had resident while it caught up.
    pub(crate) receiver_peak_mib: Option<f64>,
    /// From the start of the receiver's process until the changes made meanwhile can be queried there.
    pub(crate) incremental_s: f64,
    /// From the call that makes a change until the other node tells it.
    pub(crate) change_p50_ms: f64,
    pub(crate) change_p99_ms: f64,
    /// From its answer on. `None` where a change has none of its own.
    pub(crate) answered_change_p50_ms: Option<f64>,
    /// Of urgent changes while all records stream into the receiver.
    pub(crate) loaded_change_p50_ms: Option<f64>,
    pub(crate) loaded_change_p99_ms: Option<f64>,
}

/// How the source got its records.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Loading {
    pub(crate) seconds: f64,
    /// Mean size of a signed body.
    pub(crate) body_bytes: f64,
}

/// All runs of both.
#[derive(Debug)]
pub(crate) struct Report {
    records: u64,
    loading: Loading,
    pub(crate) ours: Vec<Figures>,
    pub(crate) reference: Vec<Figures>,
    pub(crate) postgres: Vec<Figures>,
}

type Field = (&'static str, usize, fn(&Figures) -> Option<f64>);

/// The rows of the table, with their decimals. CPU first: it moves least with what else the machine does.
const FIELDS: &[Field] = &[
    ("CPU s per million records, both", 1, |f| {
        Some(f.source_cpu_s_per_million + f.receiver_cpu_s_per_million)
    }),
    ("  source", 1, |f| Some(f.source_cpu_s_per_million)),
    ("  receiver", 1, |f| Some(f.receiver_cpu_s_per_million)),
    ("initial sync, s", 2, |f| Some(f.initial_s)),
    ("initial sync, records/s", 0, |f| Some(f.records_per_s)),
    ("bytes per record on the wire", 0, |f| f.wire_bytes_per_record),
    ("receiver's peak memory, MiB", 0, |f| f.receiver_peak_mib),
    ("1,000 changes after reconnect, s", 3, |f| Some(f.incremental_s)),
    ("one change, p50 ms", 2, |f| Some(f.change_p50_ms)),
    ("one change, p99 ms", 2, |f| Some(f.change_p99_ms)),
    ("  from its answer, p50 ms", 2, |f| f.answered_change_p50_ms),
    ("one urgent change while all stream in, p50 ms", 1, |f| f.loaded_change_p50_ms),
    ("one urgent change while all stream in, p99 ms", 1, |f| f.loaded_change_p99_ms),
];

impl Report {
    pub(crate) fn new(records: u64, loading: Loading) -> Self {
        Self { records, loading, ours: Vec::new(), reference: Vec::new(), postgres: Vec::new() }
    }

    pub(crate) fn json(&self) -> Value {
        let medians = |runs: &[Figures]| -> Value {
            FIELDS
                .iter()
                .map(|(name, _, field)| (name.trim().to_owned(), json!(median(runs, *field))))
                .collect()
        };
        json!({
            "records": self.records,
            "loading": self.loading,
            "quince": { "runs": self.ours, "medians": medians(&self.ours) },
            "reference": { "runs": self.reference, "medians": medians(&self.reference) },
            "postgres": { "runs": self.postgres, "medians": medians(&self.postgres) },
        })
    }

    /// Medians, with the smallest and largest run, as Markdown.
    pub(crate) fn table(&self) -> String {
        let mut table = String::from(
            "| | quince | reference | ratio | PostgreSQL | ratio |\n|---|---|---|---|---|---|\n",
        );
        for (name, decimals, field) in FIELDS {
            write!(table, "| {name} | {} |", cell(&self.ours, *decimals, *field)).expect("a string takes it");
            for others in [&self.reference, &self.postgres] {
                let (ours, theirs) = (median(&self.ours, *field), median(others, *field));
                let ratio = ours.zip(theirs).map_or_else(|| "-".to_owned(), |(o, t)| format!("{:.2}", o / t));
                let theirs = cell(others, *decimals, *field);
                write!(table, " {theirs} | {ratio} |").expect("a string takes it");
            }
            table.push('\n');
        }
        table
    }
}

fn cell(runs: &[Figures], decimals: usize, field: fn(&Figures) -> Option<f64>) -> String {
    if runs.is_empty() {
        return "not run".to_owned();
    }
    let values = sorted(runs, field);
    match (median(runs, field), values.first(), values.last()) {
        (Some(median), Some(least), Some(most)) => {
            format!("{median:.decimals$} ({least:.decimals$} to {most:.decimals$})")
        }
        _ => "not measured".to_owned(),
    }
}

fn median(runs: &[Figures], field: fn(&Figures) -> Option<f64>) -> Option<f64> {
    let values = sorted(runs, field);
    values.get(values.len() / 2).copied()
}

fn sorted(runs: &[Figures], field: fn(&Figures) -> Option<f64>) -> Vec<f64> {
    let mut values: Vec<f64> = runs.iter().filter_map(field).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value that a share of all values does not exceed.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
    let place = (last as f64 * share).ceil() as usize;
    values.get(place).copied()
}
