//! The story as data: who takes part, what they do on which day, and how each flow ended as it is told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// The newsletter that Quince began with, as far as cities can act it.
const NEWSLETTER: &str = include_str!("../../data/newsletter.yaml");

/// Everything that is played.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What is written is a drill and not what its acts say.
    pub exercise: bool,
    /// Whose numbering the flows have, as records name them.
    pub scheme: String,
    /// The federation's name.
    pub federation: String,
    /// The offices; the first founds the federation.
    pub offices: Vec<Office>,
    /// Places by the short names that acts use.
    pub places: BTreeMap<String, Value>,
    /// What happens, by date.
    pub acts: Vec<Act>,
    /// The flows, and how each ended.
    pub flows: Vec<Flow>,
    /// What stands beside the flows: reports that disagree, figures, standing relations.
    pub context: Vec<Flow>,
}

/// A city office.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// Its handle.
    pub handle: String,
    /// Its name for people.
    pub name: String,
    /// Where it is, as `quince-node init` reads it.
    pub place: String,
}

/// One call of the public API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// The flows that it belongs to, with spaces between them; empty for what prepares them.
    #[serde(default)]
    pub flow: String,
    /// The day.
    pub on: String,
    /// The office that acts.
    pub at: String,
    /// The method, such as `CreateNeed`.
    pub call: String,
    /// A short name for what it makes, for later acts.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    /// The record that the request carries, if it carries one.
    #[serde(default)]
    pub record: Option<Value>,
    /// The request's other fields.
    #[serde(default)]
    pub request: Option<Value>,
}

/// A row of the table, as it must come out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Its number in the story.
    pub id: String,
    /// Who gives what to whom.
    pub what: String,
    /// What was asked.
    #[serde(default = "nothing")]
    pub asked: String,
    /// What was promised.
    #[serde(default = "nothing")]
    pub promised: String,
    /// What was sent.
    #[serde(default = "nothing")]
    pub sent: String,
    /// What was received.
    #[serde(default = "nothing")]
    pub received: String,
    /// How it ended.
    pub state: String,
}

/// The data file is no story.
#[derive(Debug, Error)]
pub enum StoryError {
    /// It is no YAML of this shape.
    #[error("the story cannot be read: {0}")]
    Form(String),
    /// It contradicts itself.
    #[error("{place} of the story: {fault}")]
    Sense {
        /// Where.
        place: String,
        /// What is wrong.
        fault: String,
    },
}

fn nothing() -> String {
    "–".to_owned()
}

impl Story {
    /// The newsletter.
    ///
    /// # Errors
    /// When the file is no story.
    pub fn newsletter() -> Result<Self, StoryError> {
        Self::parse(NEWSLETTER)
    }

    /// Reads a story and checks that it makes sense before anybody plays it.
    ///
    /// # Errors
    /// When it has another shape, an act has no day or no office, or the days do not follow each other.
    pub fn parse(text: &str) -> Result<Self, StoryError> {
        let story: Self =
            serde_saphyr::from_str(text).map_err(|error| StoryError::Form(error.to_string()))?;
        story.check()?;
        Ok(story)
    }

    /// The handles of the offices that act in a flow.
    #[must_use]
    pub fn actors(&self, flow: &str) -> BTreeSet<&str> {
        self.acts.iter().filter(|act| act.flows().any(|one| one == flow)).map(|act| act.at.as_str()).collect()
    }

    /// An office that has no part in a flow: which one, `turn` decides.
    #[must_use]
    pub fn observer(&self, flow: &str, turn: usize) -> Option<&Office> {
        let actors = self.actors(flow);
        let others: Vec<&Office> =
            self.offices.iter().filter(|office| !actors.contains(office.handle.as_str())).collect();
        others.get(turn.checked_rem(others.len())?).copied()
    }

    fn check(&self) -> Result<(), StoryError> {
        let known: BTreeSet<&str> = self.rows().map(|flow| flow.id.as_str()).collect();
        let mut before = Date::MIN;
        for (index, act) in self.acts.iter().enumerate() {
            let place = || format!("act {} ({} on {})", index + 1, act.call, act.on);
            let wrong = |fault: String| StoryError::Sense { place: place(), fault };
            let day = act.day()?;
            if day < before {
                return Err(wrong(format!("it follows {before}, expected the order of days")));
            }
            before = day;
            if !self.offices.iter().any(|office| office.handle == act.at) {
                return Err(wrong(format!("{} is no office", act.at)));
            }
            if let Some(flow) = act.flows().find(|flow| !known.contains(flow)) {
                return Err(wrong(format!("{flow} is no flow")));
            }
        }
        Ok(())
    }

    /// Everything that has a row.
    pub fn rows(&self) -> impl Iterator<Item = &Flow> {
        self.flows.iter().chain(&self.context)
    }
}

impl Act {
    /// The flows that it belongs to.
    pub fn flows(&self) -> impl Iterator<Item = &str> {
        self.flow.split_whitespace()
    }

    /// Its day.
    ///
    /// # Errors
    /// When it is none.
    pub fn day(&self) -> Result<Date, StoryError> {
        self.on.parse().map_err(|_| StoryError::Sense {
            place: format!("{} on {}", self.call, self.on),
            fault: "expected a day such as 2020-02-22".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newsletter_is_a_story_of_all_its_flows_and_at_least_twelve_offices() {
        let story = Story::newsletter().unwrap();
        let flows = (1..=31).map(|n| format!("F{n:02}")).chain((2..=5).map(|n| format!("M{n:02}")));
        let told: Vec<String> = story.flows.iter().map(|flow| flow.id.clone()).collect();
        assert_eq!(told, flows.collect::<Vec<_>>());
        assert!(story.offices.len() >= 12);
    }

    #[test]
    fn every_row_has_an_act_and_an_office_that_took_no_part() {
        let story = Story::newsletter().unwrap();
        for (turn, flow) in story.rows().enumerate() {
            let observer = story.observer(&flow.id, turn).unwrap();
            assert!(!story.actors(&flow.id).is_empty(), "{}", flow.id);
            assert!(!story.actors(&flow.id).contains(observer.handle.as_str()), "{}", flow.id);
        }
    }

    #[test]
    fn a_story_that_goes_back_in_time_is_refused() {
        let story = "{exercise: true, scheme: s, federation: f, offices: [{handle: aa, name: A, place: 'A,CN'}], \
            places: {}, flows: [], context: [], acts: [\
            {on: 2020-02-02, at: aa, call: CreateNeed}, {on: 2020-02-01, at: aa, call: CreateNeed}]}";
        let error = Story::parse(story).unwrap_err().to_string();
        assert!(error.contains("act 2 (CreateNeed on 2020-02-01)"), "{error}");
    }
}
