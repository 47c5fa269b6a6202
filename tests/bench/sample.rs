//! Needs as cities write them, of about 600 bytes, the same in every run.

use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use quince_tests::paper;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const WORDS: &[&str] = &[
    "water",
    "blanket",
    "medical",
    "kit",
    "child",
    "winter",
    "coat",
    "food",
    "parcel",
    "transport",
    "shelter",
    "family",
    "elderly",
    "bread",
    "insulin",
    "generator",
    "fuel",
    "formula",
    "bed",
    "kitchen",
    "repair",
    "window",
    "volunteer",
    "evening",
    "morning",
    "pickup",
    "delivery",
    "school",
    "church",
    "station",
    "north",
    "river",
    "urgent",
    "before",
    "after",
    "storage",
    "clean",
];

const ITEMS: &[&str] = &["mask.surgical.iir", "mask.medical.ii", "respirator.ffp2", "gown.isolation.l3"];

/// Everyday urgency: all needs travel in one lane and in one order.
const URGENCY: u32 = 3;

/// Needs without end, from a seed.
#[derive(Debug)]
pub(crate) struct Needs(StdRng);

impl Needs {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub(crate) fn next(&mut self) -> api::Need {
        let title = vec![paper::text(&words(&mut self.0, 5))];
        let description = vec![paper::text(&words(&mut self.0, 26))];
        let lines = (1..=self.0.random_range(3..6)).map(|line| self.line(line)).collect();
        let record = record::Need { title, description, lines, ..Default::default() };
        api::Need { record: Some(record), ..Default::default() }
    }

    fn line(&mut self, line: u32) -> record::NeedLine {
        let quantity = record::Quantity {
            qualifier: record::Qualifier::Exact.into(),
            amount: self.0.random_range(1..500),
            unit: "piece".to_owned(),
            ..Default::default()
        };
        let place = record::Place {
            name: "Isfahan".to_owned(),
            country: "IR".to_owned(),
            point: Some(record::Point {
                latitude_e6: self.0.random_range(32_000_000..33_000_000),
                longitude_e6: self.0.random_range(51_000_000..52_000_000),
            }),
            ..Default::default()
        };
        record::NeedLine {
            line,
            kind: record::Kind::Goods.into(),
            item: ITEMS[self.0.random_range(0..ITEMS.len())].to_owned(),
            quantity: Some(quantity),
            urgency: URGENCY,
            deliver_to: Some(place),
            note: words(&mut self.0, 2),
            ..Default::default()
        }
    }
}

/// So many words that mean nothing together.
pub(crate) fn words(dice: &mut StdRng, count: usize) -> String {
    let words: Vec<&str> = (0..count).map(|_| WORDS[dice.random_range(0..WORDS.len())]).collect();
    words.join(" ")
}
