//! A few cities whose needs and offers are written down in one line each, for tables that a coordinator can read:
//! `offer O1 north masks 500` or `need N1 south masks 300 tier=1 by=3`. Days count from [`now`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use crate::domain::common::Common;
use crate::domain::handle::Handle;
use crate::domain::id::{LineId, LineNumber, Number, RecordId, Revision};
use crate::domain::item::{Attribute, Catalogue, Evidence, ItemCode};
use crate::domain::kind::Kind;
use crate::domain::lines::Lines;
use crate::domain::list::List;
use crate::domain::need::{Need, NeedLine, NeedState, ShelfLife, Urgency};
use crate::domain::offer::{Offer, OfferLine, OfferState};
use crate::domain::place::{Area, Place, Point};
use crate::domain::quantity::{Amount, Measure, Quantity, Unit};
use crate::domain::snapshot::{Audience, Snapshot};
use crate::domain::terms::Terms;
use crate::domain::text::{Title, Words};
use crate::domain::time::{Instant, When};
use crate::matching::{
    Candidate, Epoch, Explanation, LeanNeed, LeanOffer, Match, Plan, Planner, Sources, Subject, View,
    explain, plan,
};

/// Cities with their latitude and longitude in degrees. One degree of latitude is 111 km.
const CITIES: [(&str, &str, i32, i32); 6] = [
    ("north", "NO", 50, 10),
    ("south", "SO", 45, 10),
    ("harbor", "SO", 44, 10),
    ("east", "EA", 45, 20),
    ("west", "WE", 45, 0),
    ("far", "FA", -35, 150),
];

/// Parsed once, because each of thousands of random towns asks for it.
pub(in crate::matching) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

#[derive(Clone)]
pub(in crate::matching) struct Town {
    pub(in crate::matching) sources: Sources,
    pub(in crate::matching) lines: BTreeMap<String, LineId>,
    pub(in crate::matching) home: Handle,
    pub(in crate::matching) now: Instant,
    /// The number that the next line's record gets.
    pub(in crate::matching) next: u64,
}

/// The options of one line: `tier=1` or a bare word.
struct Options<'a>(Vec<(&'a str, &'a str)>);

pub(in crate::matching) fn now() -> Instant {
    "2027-03-01T00:00:00Z".parse().unwrap()
}

impl Town {
    pub(in crate::matching) fn new() -> Self {
        let places = CITIES.iter().map(|(handle, country, lat, lon)| city(handle, country, *lat, *lon));
        let sources = Sources { places: places.collect(), ..Sources::default() };
        Self { sources, lines: BTreeMap::new(), home: "south".parse().unwrap(), now: now(), next: 10 }
    }

    /// One more city, at whole degrees.
    pub(in crate::matching) fn settle(&mut self, handle: &str, country: &str, latitude: i32, longitude: i32) {
        let (city, place) = city(handle, country, latitude, longitude);
        self.sources.places.insert(city, place);
    }

    /// Lines separated by `|`.
    pub(in crate::matching) fn of(lines: &str) -> Self {
        let mut town = Self::new();
        for line in lines.split('|') {
            town.add(line);
        }
        town
    }

    /// `offer [O1] CITY ITEM AMOUNT OPTIONS`; the amount is `500`, `500+`, `~500` or `?`.
    pub(in crate::matching) fn add(&mut self, line: &str) -> LineId {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let label = words[1].starts_with(['O', 'N']).then(|| words.remove(1).to_owned());
        let city: Handle = words[1].parse().unwrap();
        let id = RecordId::new(city, Number::new(self.next).unwrap());
        self.next += 1;
        let options = Options(words[4..].iter().map(|w| w.split_once('=').unwrap_or((w, ""))).collect());
        let quantity = quantity(words[3], &options);
        match words[0] {
            "need" => {
                let need = need(&id, item(words[2]), quantity, &options);
                self.sources.needs.insert(id.clone(), Box::new(need.map(LeanNeed::from)));
            }
            "offer" => {
                let offer = offer(&id, item(words[2]), quantity, &options);
                self.sources.offers.insert(id.clone(), Box::new(offer.map(LeanOffer::from)));
            }
            other => panic!("{other} is neither need nor offer"),
        }
        if let Some(other) = options.word("continues") {
            let other = Some(self.lines[other].record.clone());
            self.sources.needs.entry(id.clone()).and_modify(|n| n.record.continues = other.clone());
            self.sources.offers.entry(id.clone()).and_modify(|o| o.record.continues = other);
        }
        let line = id.line(one());
        self.lines.insert(label.unwrap_or_else(|| line.to_string()), line.clone());
        if let Some(counted) = options.number("counted") {
            self.sources.counted.insert(line.clone(), Amount::new(counted).unwrap());
        }
        line
    }

    /// Tells a planner of a line that was added.
    pub(in crate::matching) fn tell(&self, planner: &mut Planner, line: &LineId) {
        planner.set_counted(line, self.sources.counted.get(line).copied().unwrap_or_default());
        let need = self.sources.needs.get(&line.record);
        need.into_iter().for_each(|need| planner.set_need(need.clone()));
        let offer = self.sources.offers.get(&line.record);
        offer.into_iter().for_each(|offer| planner.set_offer(offer.clone()));
    }

    /// Takes back what a label names.
    pub(in crate::matching) fn remove(&mut self, line: &LineId) {
        self.sources.needs.remove(&line.record);
        self.sources.offers.remove(&line.record);
        self.sources.counted.remove(line);
        self.lines.retain(|_, id| id != line);
    }

    pub(in crate::matching) fn view(&self) -> View {
        View::new(self.home.clone(), Epoch::containing(self.now), &self.sources, &CATALOGUE)
    }

    pub(in crate::matching) fn plan(&self) -> Plan {
        plan(&self.view(), &CATALOGUE)
    }

    /// The suggestions by rank, as `O1 N1 300, O1 N2 200`.
    pub(in crate::matching) fn shown(&self) -> String {
        let plan = self.plan();
        let one =
            |m: &Match| format!("{} {} {}", self.label(&m.offer_line), self.label(&m.need_line), m.amount);
        plan.suggestions().iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// The decisive code and all others of every blocked candidate, as `O1 N1 earmark`.
    pub(in crate::matching) fn blocked(&self, subject: &str) -> String {
        let explanation = self.explain(subject);
        let one = |candidate: &Candidate| {
            let label = |line: &Option<LineId>| line.as_ref().map_or("-".to_owned(), |line| self.label(line));
            let codes: Vec<_> = candidate.reasons.iter().map(|reason| reason.code.as_str()).collect();
            format!("{} {} {}", label(&candidate.offer_line), label(&candidate.need_line), codes.join(" "))
        };
        explanation.blocked.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// `N1`, `O1` or `O1 N1`.
    pub(in crate::matching) fn explain(&self, subject: &str) -> Explanation {
        let line = |label: &str| self.lines.get(label).cloned().unwrap_or_else(|| label.parse().unwrap());
        let subject = match subject.split_once(' ') {
            Some((offer, need)) => Subject::Pair(line(need), line(offer)),
            None if subject.starts_with('N') => Subject::Need(line(subject)),
            None => Subject::Offer(line(subject)),
        };
        self.explain_subject(&subject)
    }

    pub(in crate::matching) fn explain_need(&self, need: &LineId) -> Explanation {
        self.explain_subject(&Subject::Need(need.clone()))
    }

    pub(in crate::matching) fn explain_pair(&self, pair: &Candidate) -> Explanation {
        let (need, offer) = (pair.need_line.clone().unwrap(), pair.offer_line.clone().unwrap());
        self.explain_subject(&Subject::Pair(need, offer))
    }

    fn explain_subject(&self, subject: &Subject) -> Explanation {
        let view = self.view();
        explain(&CATALOGUE, &plan(&view, &CATALOGUE), subject)
    }

    fn label(&self, line: &LineId) -> String {
        let label = self.lines.iter().find(|(_, id)| *id == line).map(|(label, _)| label.clone());
        label.unwrap_or_else(|| line.to_string())
    }
}

impl Options<'_> {
    fn word(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn has(&self, name: &str) -> bool {
        self.word(name).is_some()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.word(name).map(|value| value.parse().unwrap())
    }

    fn amount(&self, name: &str) -> Amount {
        Amount::new(self.number(name).unwrap_or(0)).unwrap()
    }

    fn day(&self, name: &str) -> Option<Instant> {
        let micros = |day: i64| now().micros() + day * 86_400_000_000;
        self.number(name).map(|day| Instant::from_micros(micros(day)).unwrap())
    }

    fn when(&self) -> When {
        When::new(self.day("from"), self.day("by"), None).unwrap()
    }

    fn list<T: std::str::FromStr<Err: std::fmt::Debug>>(&self, name: &str) -> Vec<T> {
        self.word(name).map(|v| v.split(',').map(|one| one.parse().unwrap()).collect()).unwrap_or_default()
    }

    fn audience(&self) -> Audience {
        match self.word("group") {
            Some(group) => Audience::Group(Words::new(group).unwrap()),
            None if self.has("private") => Audience::Private,
            None => Audience::Federation,
        }
    }

    fn common(&self) -> Common {
        Common { exercise: self.has("exercise"), ..Common::new(now()) }
    }

    /// A place without coordinates.
    fn place(&self) -> Option<Place> {
        let place = |name: &str| Place {
            name: Words::new(name).unwrap(),
            area: Area::Country("XX".parse().unwrap()),
            point: None,
            aliases: List::default(),
        };
        self.word("at").map(place)
    }

    /// `attr=name:value:standard:evidence`, the last two optional.
    fn attributes(&self) -> List<Attribute, 0, 32> {
        let one = |text: &str| {
            let mut parts = text.split(':');
            Attribute {
                name: Words::new(parts.next().unwrap()).unwrap(),
                value: Words::new(parts.next().unwrap()).unwrap(),
                standard: parts.next().filter(|s| !s.is_empty()).map(|s| Words::new(s).unwrap()),
                evidence: parts.next().map_or(Evidence::None, |e| e.parse().unwrap()),
            }
        };
        List::new(self.word("attr").into_iter().map(one).collect()).unwrap()
    }
}

fn city(handle: &str, country: &str, latitude: i32, longitude: i32) -> (Handle, Place) {
    let point = Some(Point::new(latitude * 1_000_000, longitude * 1_000_000).unwrap());
    let area = Area::Country(country.parse().unwrap());
    let place = Place { name: Words::new(handle).unwrap(), area, point, aliases: List::default() };
    (handle.parse().unwrap(), place)
}

fn need(id: &RecordId, item: ItemCode, quantity: Quantity, options: &Options<'_>) -> Snapshot<Need> {
    let line = NeedLine {
        line: one(),
        kind: Kind::Goods,
        item,
        attributes: options.attributes(),
        quantity,
        urgency: Urgency::new(u32::try_from(options.number("tier").unwrap_or(3)).unwrap()).unwrap(),
        needed: options.when(),
        deliver_to: options.place(),
        min_shelf_life: options.number("shelf").map(|d| ShelfLife::new(u32::try_from(d).unwrap()).unwrap()),
        min_lot: options.amount("lot"),
        accept_lower_grade: options.has("lower"),
        acceptable_bases: BTreeSet::from_iter(options.list("bases")),
        note: None,
    };
    let state = match () {
        () if options.has("draft") => NeedState::Draft,
        () if options.has("on_hold") => NeedState::OnHold,
        () if options.has("fulfilled") => NeedState::Fulfilled,
        () => NeedState::Open,
    };
    let lines = Lines::new(vec![line]).unwrap();
    let record =
        Need { common: options.common(), state, title: Title::default(), description: <_>::default(), lines };
    Snapshot { id: id.clone(), revision: Revision::FIRST, audience: options.audience(), record }
}

fn offer(id: &RecordId, item: ItemCode, quantity: Quantity, options: &Options<'_>) -> Snapshot<Offer> {
    let line = OfferLine {
        line: one(),
        kind: match () {
            () if options.has("service") => Kind::Service,
            () if options.has("transport") => Kind::Transport,
            () => Kind::Goods,
        },
        item,
        attributes: options.attributes(),
        quantity,
        available: options.when(),
        available_at: options.place(),
        deliver_to: None,
        freight: <_>::default(),
        expires: options.day("expires"),
        min_lot: options.amount("lot"),
        earmarked_for: List::new(options.list("earmark")).unwrap(),
        excluded: List::new(options.list("exclude")).unwrap(),
        terms: Terms { basis: options.list("basis").pop(), ..Terms::default() },
        note: None,
    };
    let closed = if options.has("closed") { OfferState::Closed } else { OfferState::Open };
    let record = Offer {
        common: options.common(),
        state: if options.has("draft") { OfferState::Draft } else { closed },
        title: Title::default(),
        description: <_>::default(),
        lines: Lines::new(vec![line]).unwrap(),
        confirmed: if options.has("stale") { days_before(30) } else { now() },
    };
    Snapshot { id: id.clone(), revision: Revision::FIRST, audience: options.audience(), record }
}

fn quantity(text: &str, options: &Options<'_>) -> Quantity {
    let amount = |digits: &str| Amount::new(digits.parse().unwrap()).unwrap();
    let measure = match text {
        "?" => Measure::Unknown,
        text if text.ends_with('+') => Measure::AtLeast(amount(text.trim_end_matches('+'))),
        text if text.starts_with('~') => Measure::About(amount(text.trim_start_matches('~'))),
        text => Measure::Exact(amount(text)),
    };
    let unit = options.word("unit").map_or(Unit::Piece, |unit| unit.parse().unwrap());
    Quantity { measure, unit, pack: None }
}

fn item(word: &str) -> ItemCode {
    let code = match word {
        "masks" => "mask.surgical.iir",
        "basic" => "mask.medical.ii",
        "respirators" => "respirator.n95.surgical",
        "blankets" => "blanket.synthetic",
        "tests" => "test.antigen",
        code => code,
    };
    code.parse().unwrap()
}

fn days_before(days: i64) -> Instant {
    Instant::from_micros(now().micros() - days * i64::try_from(Duration::from_hours(24).as_micros()).unwrap())
        .unwrap()
}

fn one() -> LineNumber {
    LineNumber::new(1).unwrap()
}
