//! Legs and lanes written down in one line each: `leg L1 zhengzhou>luxembourg weight=5 tier=1 by=9` or
//! `lane T1 zhengzhou>luxembourg 1 mission weight=20`. Weights are tonnes, volumes cubic metres, of a leg the whole, of a
//! lane one unit. Days count from [`now`]. `?` is a place that nobody names, `anywhere` the end of a lane that names none.

use crate::domain::freight::Freight;
use crate::domain::handle::Handle;
use crate::domain::id::{LineId, LineNumber, Number, RecordId};
use crate::domain::kind::Kind;
use crate::domain::list::List;
use crate::domain::need::Urgency;
use crate::domain::offer::{OfferLine, Recipient};
use crate::domain::place::{Area, Place, Point};
use crate::domain::quantity::{Amount, Quantity};
use crate::domain::snapshot::Audience;
use crate::domain::terms::Terms;
use crate::domain::text::Words;
use crate::domain::time::{Instant, When};
use crate::matching::transport::{Carriage, Lane, Leg, Obstacle, Outcome, carry, carry_within};

/// Places with country and hundredths of a degree. From Luxembourg it is 38 km to Trier, 119 to Liege, 187 to Frankfurt;
/// from Zhengzhou 40 km to Xinzheng. Nobody knows where Depot is.
const PLACES: [Known; 8] = [
    Known("zhengzhou", "CN", Some((3_475, 11_363))),
    Known("xinzheng", "CN", Some((3_440, 11_374))),
    Known("wuhan", "CN", Some((3_059, 11_430))),
    Known("luxembourg", "LU", Some((4_961, 613))),
    Known("trier", "DE", Some((4_976, 664))),
    Known("liege", "BE", Some((5_063, 557))),
    Known("frankfurt", "DE", Some((5_011, 868))),
    Known("depot", "CN", None),
];

/// A place by its name, country and, where known, hundredths of a degree north and east.
struct Known(&'static str, &'static str, Option<(i32, i32)>);

/// What stands in a table.
#[derive(Debug)]
pub(super) struct Port {
    home: Handle,
    legs: Vec<Written>,
    lanes: Vec<Written>,
}

/// A line of a table, with what legs and lanes borrow.
#[derive(Debug)]
struct Written {
    label: String,
    id: LineId,
    supplied: LineId,
    from: Option<Place>,
    to: Option<Place>,
    audience: Audience,
    order: u32,
    words: Vec<String>,
    line: OfferLine,
}

pub(super) fn now() -> Instant {
    "2020-03-18T00:00:00Z".parse().unwrap()
}

impl Port {
    /// Lines separated by `|`.
    pub(super) fn of(lines: &str) -> Self {
        let mut port = Self { home: "luxembourg".parse().unwrap(), legs: Vec::new(), lanes: Vec::new() };
        for line in lines.split('|') {
            port.add(line);
        }
        port
    }

    fn add(&mut self, line: &str) {
        let count = self.legs.len() + self.lanes.len();
        let written = Written::of(line, u32::try_from(count).unwrap());
        match line.split_whitespace().next().unwrap() {
            "leg" => self.legs.push(written),
            "lane" => self.lanes.push(written),
            other => panic!("{other} is neither leg nor lane"),
        }
    }

    pub(super) fn carry(&self) -> Vec<Carriage> {
        carry(&self.home, now(), &self.legs(), &self.lanes())
    }

    /// Who carries what if no more than so many looks are taken in a pass.
    pub(super) fn shown_within(&self, looks_max: usize) -> String {
        let answers = carry_within(looks_max, &self.home, now(), &self.legs(), &self.lanes());
        answers.iter().map(|one| self.show(one)).collect::<Vec<_>>().join(", ")
    }

    /// The answers when legs and lanes come in another order.
    pub(super) fn carry_shuffled(&self, turn: usize) -> Vec<Carriage> {
        let (mut legs, mut lanes) = (self.legs(), self.lanes());
        legs.reverse();
        let (by_legs, by_lanes) = (turn % legs.len().max(1), turn % lanes.len().max(1));
        legs.rotate_left(by_legs);
        lanes.rotate_left(by_lanes);
        carry(&self.home, now(), &legs, &lanes)
    }

    pub(super) fn legs(&self) -> Vec<Leg<'_>> {
        self.legs.iter().map(Written::leg).collect()
    }

    pub(super) fn lanes(&self) -> Vec<Lane<'_>> {
        self.lanes.iter().map(Written::lane).collect()
    }

    /// `L1 T1 1` for a leg that takes a unit, `L2 T1 0` for one that rides along, `L3 T1 1 25%` for a part, `L4 - code` for
    /// one that strands, with the code of each obstacle.
    pub(super) fn shown(&self) -> String {
        let shown: Vec<_> = self.carry().iter().map(|one| self.show(one)).collect();
        shown.join(", ")
    }

    fn show(&self, one: &Carriage) -> String {
        let leg = self.label(&one.need_line);
        let local = if one.local { " local" } else { "" };
        match &one.outcome {
            Outcome::WithinCity => format!("{leg} city{local}"),
            Outcome::SupplierBrings => format!("{leg} supplier{local}"),
            Outcome::Carried(carried) => {
                let parts = carried.iter().map(|one| {
                    let share = format!(" {}%", one.share_e4 / 100);
                    let share = if one.share_e4 == 10_000 { String::new() } else { share };
                    format!("{leg} {} {}{share}{local}", self.label(&one.transport_line), one.units)
                });
                parts.collect::<Vec<_>>().join(", ")
            }
            Outcome::Stranded(obstacles) => {
                let codes = |one: &Obstacle| {
                    let codes: Vec<_> = one.reasons.iter().map(|reason| reason.code.as_str()).collect();
                    codes.join("+")
                };
                let obstacles: Vec<_> = obstacles.iter().map(codes).collect();
                format!("{leg} - {}{local}", obstacles.join(" "))
            }
        }
    }

    fn label(&self, id: &LineId) -> &str {
        let all = self.legs.iter().chain(&self.lanes);
        &all.into_iter().find(|one| one.id == *id).unwrap().label
    }
}

impl Written {
    fn of(text: &str, order: u32) -> Self {
        let words: Vec<String> = text.split_whitespace().map(ToOwned::to_owned).collect();
        let (from, to) = words[2].split_once('>').unwrap();
        let mut written = Self {
            label: words[1].clone(),
            id: line_id("luxembourg", u64::from(order) + 1),
            supplied: line_id("henan", u64::from(order) + 100),
            from: place(from),
            to: place(to),
            audience: Audience::Federation,
            order,
            words: words[3..].to_vec(),
            line: line(),
        };
        written.id = line_id(written.word("city").unwrap_or("luxembourg"), u64::from(order) + 1);
        written.supplied = line_id(written.word("donor").unwrap_or("henan"), u64::from(order) + 100);
        if written.has("private") {
            written.audience = Audience::Private;
        }
        if let Some(group) = written.word("group") {
            written.audience = Audience::Group(Words::new(group).unwrap());
        }
        if words[0] == "lane" {
            written.line = written.offer_line();
        }
        written
    }

    fn offer_line(&self) -> OfferLine {
        let amount = Amount::new(self.words[0].parse().unwrap()).unwrap();
        OfferLine {
            quantity: Quantity::exact(amount, self.words[1].parse().unwrap()),
            available: When::new(self.day("from"), self.day("by"), None).unwrap(),
            available_at: self.from.clone(),
            deliver_to: self.to.clone(),
            freight: self.freight(),
            earmarked_for: self.recipients("earmark"),
            excluded: self.recipients("exclude"),
            ..line()
        }
    }

    fn leg(&self) -> Leg<'_> {
        let order = self.word("order").map_or(self.order, |order| order.parse().unwrap());
        Leg {
            need_line: self.id.clone(),
            offer_line: self.supplied.clone(),
            country: Some(self.word("country").unwrap_or("LU").parse().unwrap()),
            audience: &self.audience,
            shared: self.audience == Audience::Federation && !self.has("local"),
            exercise: self.has("exercise"),
            tier: Urgency::new(self.word("tier").unwrap_or("3").parse().unwrap()).unwrap(),
            order,
            from: self.from.as_ref(),
            to: self.to.as_ref(),
            ready: self.day("from"),
            due: self.day("by"),
            freight: self.freight(),
            supplier_brings: self.has("brings"),
        }
    }

    fn lane(&self) -> Lane<'_> {
        let free = self.word("free").map(|free| Amount::new(free.parse().unwrap()).unwrap());
        Lane {
            id: self.id.clone(),
            line: &self.line,
            from: self.from.as_ref(),
            free: free.or(self.line.quantity.cap()).unwrap(),
            audience: &self.audience,
            exercise: self.has("exercise"),
        }
    }

    fn freight(&self) -> Freight {
        let figure = |name| self.word(name).map_or(0, |figure| figure.parse().unwrap());
        let small = |name, scale| figure(name) * scale;
        let weight = small("weight", 1_000_000) + figure("grams");
        Freight::new(weight, small("volume", 1_000_000), self.has("cold")).unwrap()
    }

    fn word(&self, name: &str) -> Option<&str> {
        let mut pairs = self.words.iter().filter_map(|word| word.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| word == name)
    }

    fn day(&self, name: &str) -> Option<Instant> {
        let micros = |day: i64| now().micros() + day * 86_400_000_000;
        self.word(name).map(|day| Instant::from_micros(micros(day.parse().unwrap())).unwrap())
    }

    fn recipients(&self, name: &str) -> List<Recipient, 0, 100> {
        let all = self.word(name).map(|all| all.split(',').map(|one| one.parse().unwrap()).collect());
        List::new(all.unwrap_or_default()).unwrap()
    }
}

fn place(name: &str) -> Option<Place> {
    let Known(_, country, point) = PLACES.iter().find(|known| known.0 == name)?;
    let point = point.map(|(north, east)| Point::new(north * 10_000, east * 10_000).unwrap());
    let area = Area::Country(country.parse().unwrap());
    Some(Place { name: Words::new(name).unwrap(), area, point, aliases: List::default() })
}

fn line_id(city: &str, number: u64) -> LineId {
    RecordId::new(city.parse().unwrap(), Number::new(number).unwrap()).line(LineNumber::new(1).unwrap())
}

fn line() -> OfferLine {
    OfferLine {
        line: LineNumber::new(1).unwrap(),
        kind: Kind::Transport,
        item: "transport.air".parse().unwrap(),
        attributes: List::default(),
        quantity: Quantity::exact(Amount::ZERO, "mission".parse().unwrap()),
        available: When::default(),
        available_at: None,
        deliver_to: None,
        freight: Freight::default(),
        expires: None,
        min_lot: Amount::ZERO,
        earmarked_for: List::default(),
        excluded: List::default(),
        terms: Terms::default(),
        note: None,
    }
}
