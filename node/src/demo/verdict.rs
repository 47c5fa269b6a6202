//! Whether the story ended as it is told: each flow as an office shows it that had no part in it.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use tonic::Status;

use crate::demo::door::Door;
use crate::demo::row::Row;
use crate::demo::seen::Seen;
use crate::demo::story::{Flow, Story};

/// The columns of the table.
const HEAD: [&str; 9] =
    ["FLOW", "WHAT", "SEEN BY", "ASKED", "PROMISED", "SENT", "RECEIVED", "STATE", "AS TOLD"];

/// How a whole story ended.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// A row for each flow.
    pub flows: Vec<Judged>,
    /// A row for what stands beside the flows.
    pub context: Vec<Judged>,
}

/// One flow, as it is shown and as it is told.
#[derive(Debug, Serialize)]
pub struct Judged {
    /// Its number.
    pub id: String,
    /// Who gives what to whom.
    pub what: String,
    /// The office that computed the row and had no part in the flow.
    pub observer: String,
    /// How far it is.
    #[serde(flatten)]
    pub row: Row,
    /// Whether that is how it is told.
    pub as_told: bool,
    /// What is told instead, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<Row>,
}

impl Verdict {
    /// Judges every flow of a story at its offices.
    ///
    /// # Errors
    /// When an office does not answer.
    pub async fn of(story: &Story, doors: &[Door]) -> Result<Self, Status> {
        let mut seen = BTreeMap::new();
        for door in doors {
            seen.insert(door.handle.as_str(), Seen::at(door).await?);
        }
        let judge = |(turn, flow): (usize, &Flow)| {
            let observer = story.observer(&flow.id, turn).ok_or_else(|| {
                Status::failed_precondition(format!("every office has a part in {}", flow.id))
            })?;
            Ok(judged(
                flow,
                &observer.handle,
                Row::of(&seen[observer.handle.as_str()], &story.scheme, &flow.id),
            ))
        };
        let flows = story.flows.iter().enumerate().map(judge).collect::<Result<_, Status>>()?;
        let context = story.context.iter().enumerate().map(judge).collect::<Result<_, Status>>()?;
        Ok(Self { flows, context })
    }

    /// Whether everything ended as it is told.
    #[must_use]
    pub fn is_as_told(&self) -> bool {
        self.rows().all(|judged| judged.as_told)
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &Judged> {
        self.flows.iter().chain(&self.context)
    }

    /// How many rows of these are as told, in words.
    #[must_use]
    pub fn tally(&self) -> String {
        let told =
            |rows: &[Judged]| format!("{} of {}", rows.iter().filter(|row| row.as_told).count(), rows.len());
        format!("{} flows and {} statements beside them as told", told(&self.flows), told(&self.context))
    }

    /// The rows as a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(HEAD);
        for judged in self.rows() {
            table.add_row(judged.cells());
        }
        table.lines().map(|line| format!("{}\n", line.trim())).collect()
    }
}

impl Judged {
    fn cells(&self) -> [String; 9] {
        let Row { asked, promised, sent, received, state } = self.row.clone();
        let verdict = match &self.told {
            None => "yes".to_owned(),
            Some(Row { asked, promised, sent, received, state }) => {
                format!("NO, told as: {asked} | {promised} | {sent} | {received} | {state}")
            }
        };
        let (id, what, observer) = (self.id.clone(), self.what.clone(), self.observer.clone());
        [id, what, observer, asked, promised, sent, received, state, verdict]
    }
}

/// Holds a row against what is told of its flow.
#[must_use]
pub fn judged(flow: &Flow, observer: &str, row: Row) -> Judged {
    let Flow { id, what, asked, promised, sent, received, state } = flow.clone();
    let told = Row { asked, promised, sent, received, state };
    let as_told = told == row;
    Judged { id, what, observer: observer.to_owned(), row, as_told, told: (!as_told).then_some(told) }
}
