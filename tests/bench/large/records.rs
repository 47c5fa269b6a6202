//! Needs and offers as a city writes them, of about 600 bytes, the same in every run: some open, the others ended.

use prost::Message as _;
use prost_types::Timestamp;
use quince_proto::record::v1 as record;
use quince_tests::attacker::body;
use quince_tests::paper;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::sample::words;

/// What is asked for and given: twenty families of the catalogue, in some of which items may stand in for each other.
const ITEMS: &[&str] = &[
    "mask.surgical.iir",
    "mask.medical.ii",
    "respirator.ffp2",
    "respirator.n95",
    "gown.isolation.l3",
    "coverall.protective",
    "apron.plastic",
    "glove.exam.nitrile",
    "glove.surgical.sterile",
    "goggles.protective",
    "face.shield",
    "cap.bouffant",
    "shoe.cover",
    "test.antigen",
    "thermometer.infrared",
    "ventilator.icu",
    "syringe.single",
    "bed.hospital",
    "bag.biohazard",
    "blanket.synthetic",
    "tent.family",
    "tarpaulin",
];

/// Places of one city that goods lie at and go to: depots, hospitals, schools.
const PLACES: i32 = 20;

/// Everyday urgencies: all records travel in one lane.
const URGENCIES: std::ops::RangeInclusive<u32> = 2..=4;

/// Of a hundred records so many are needs.
const NEEDS_PERCENT: u32 = 60;

/// Long after any run: no offer is stale, and no need is late.
const DUE: Timestamp = Timestamp { seconds: 1_990_000_000, nanos: 0 };

/// Records without end of one city.
#[derive(Debug)]
pub(super) struct Records {
    dice: StdRng,
    city: i32,
    open_percent: u32,
}

impl Records {
    /// Of the city with this number; of a hundred records so many are open.
    pub(super) fn of(city: i32, open_percent: u32) -> Self {
        Self { dice: StdRng::seed_from_u64(u64::from(city.unsigned_abs())), city, open_percent }
    }

    /// The next record, by its kind and its body.
    pub(super) fn next(&mut self) -> (u16, Vec<u8>) {
        let is_open = self.percent() < self.open_percent;
        if self.percent() < NEEDS_PERCENT {
            (body::NEED, self.need(is_open).encode_to_vec())
        } else {
            (body::OFFER, self.offer(is_open).encode_to_vec())
        }
    }

    fn need(&mut self, is_open: bool) -> record::Need {
        let ended = [record::NeedState::Fulfilled, record::NeedState::Withdrawn];
        let state = if is_open { record::NeedState::Open } else { ended[self.dice.random_range(0..2)] };
        let lines = (1..=self.lines()).map(|line| self.need_line(line)).collect();
        let (title, description) = self.texts();
        let common = Some(body::common());
        record::Need { common, state: state.into(), title, description, lines, ..Default::default() }
    }

    fn offer(&mut self, is_open: bool) -> record::Offer {
        let ended = [record::OfferState::Closed, record::OfferState::Withdrawn];
        let state = if is_open { record::OfferState::Open } else { ended[self.dice.random_range(0..2)] };
        let lines = (1..=self.lines()).map(|line| self.offer_line(line)).collect();
        let (title, description) = self.texts();
        let (common, confirmed) = (Some(body::common()), Some(DUE));
        record::Offer { common, state: state.into(), title, description, lines, confirmed }
    }

    fn need_line(&mut self, line: u32) -> record::NeedLine {
        record::NeedLine {
            line,
            kind: record::Kind::Goods.into(),
            item: self.item(),
            quantity: Some(self.quantity()),
            urgency: self.dice.random_range(URGENCIES),
            needed: Some(record::When { latest: Some(DUE), ..Default::default() }),
            deliver_to: Some(self.place()),
            note: words(&mut self.dice, 3),
            ..Default::default()
        }
    }

    fn offer_line(&mut self, line: u32) -> record::OfferLine {
        record::OfferLine {
            line,
            kind: record::Kind::Goods.into(),
            item: self.item(),
            quantity: Some(self.quantity()),
            available_at: Some(self.place()),
            note: words(&mut self.dice, 3),
            ..Default::default()
        }
    }

    /// One line or two.
    fn lines(&mut self) -> u32 {
        self.dice.random_range(1..=2)
    }

    fn texts(&mut self) -> (Vec<record::Text>, Vec<record::Text>) {
        let mut text = |count| vec![paper::text(&words(&mut self.dice, count))];
        (text(5), text(45))
    }

    fn item(&mut self) -> String {
        ITEMS[self.dice.random_range(0..ITEMS.len())].to_owned()
    }

    fn quantity(&mut self) -> record::Quantity {
        record::Quantity {
            qualifier: record::Qualifier::Exact.into(),
            amount: self.dice.random_range(1..500),
            unit: "piece".to_owned(),
            ..Default::default()
        }
    }

    /// One of the city's places; cities lie on a grid around the globe.
    fn place(&mut self) -> record::Place {
        let place = self.dice.random_range(0..PLACES);
        let (row, column) = (self.city / 8, self.city % 8);
        record::Place {
            name: format!("Depot {place}"),
            country: "IR".to_owned(),
            point: Some(record::Point {
                latitude_e6: 15_000_000 * row - 30_000_000 + 10_000 * place,
                longitude_e6: 40_000_000 * column - 160_000_000,
            }),
            ..Default::default()
        }
    }

    fn percent(&mut self) -> u32 {
        self.dice.random_range(0..100)
    }
}
