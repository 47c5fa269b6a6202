//! A world that changes: the records that all nodes share, what each of two nodes keeps to itself, and one drawn change after
//! the other.

use std::collections::BTreeSet;
use std::time::Duration;

use quince_core::domain::id::{LineId, Number, RecordId};
use quince_core::domain::need::Urgency;
use quince_core::domain::place::Place;
use quince_core::domain::quantity::Amount;
use quince_core::domain::snapshot::{Audience, Snapshot};
use quince_core::domain::{Handle, Instant};
use quince_core::matching::view::EPOCH;
use quince_core::matching::{Epoch, LeanNeed, LeanOffer, Partners, Planner, Sources};
use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::evaluation::problem::Problem;
use crate::evaluation::{draw, records, revise};

/// How many of a hundred changes are: another quantity, another urgency, a withdrawal, a record published again, another
/// agreed amount, a private record, a city's place, a partnership, and an epoch that begins.
const KINDS_PERCENT: [u32; 9] = [40, 16, 10, 10, 10, 6, 3, 4, 1];

/// How many of a hundred changed urgencies become life-saving: more than a city may have, so that other lines move up and down.
const LIFE_SAVING_PERCENT: u32 = 40;

/// How many records a node keeps to itself.
const PRIVATE_RECORDS: usize = 6;

/// How many epochs may begin at once: up to three hours.
const EPOCHS_MAX: u32 = 36;

/// One change of a record, as a node's matcher hears of it.
#[derive(Debug, Clone)]
pub enum Change {
    /// A need in its newest revision.
    Need(Box<Snapshot<LeanNeed>>),
    /// An offer in its newest revision.
    Offer(Box<Snapshot<LeanOffer>>),
    /// A record that takes no part any more.
    Gone(RecordId),
    /// What is agreed on a line.
    Counted(LineId, Amount),
    /// Where a city's office sits.
    Place(Handle, Option<Place>),
    /// Who are partners.
    Partners(Partners),
    /// What counts as now.
    Epoch(Epoch),
}

/// What a change is about: of two changes with one subject only the later counts.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A need or an offer.
    Record(RecordId),
    /// What is agreed on a line.
    Counted(LineId),
    /// A city's place.
    Place(Handle),
    /// All partnerships.
    Partners,
    /// The time.
    Epoch,
}

/// Who hears of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Every node.
    All,
    /// One of the two nodes alone.
    Only(usize),
}

/// Everything as it stands.
#[derive(Debug)]
pub struct World {
    shared: Sources,
    /// What each of the two nodes knows besides.
    private: [Sources; 2],
    withdrawn: Vec<Change>,
    places: Vec<Place>,
    published: BTreeSet<(Handle, Handle)>,
    now: Instant,
    rng: StdRng,
}

impl Change {
    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::Need(need) => Subject::Record(need.id.clone()),
            Self::Offer(offer) => Subject::Record(offer.id.clone()),
            Self::Gone(id) => Subject::Record(id.clone()),
            Self::Counted(line, _) => Subject::Counted(line.clone()),
            Self::Place(city, _) => Subject::Place(city.clone()),
            Self::Partners(_) => Subject::Partners,
            Self::Epoch(_) => Subject::Epoch,
        }
    }

    /// Tells a planner.
    pub fn tell(self, planner: &mut Planner) {
        match self {
            Self::Need(need) => planner.set_need(need),
            Self::Offer(offer) => planner.set_offer(offer),
            Self::Gone(id) => planner.remove(&id),
            Self::Counted(line, amount) => planner.set_counted(&line, amount),
            Self::Place(city, place) => planner.set_place(&city, place),
            Self::Partners(partners) => planner.set_partners(partners),
            Self::Epoch(epoch) => planner.turn_to(epoch),
        }
    }
}

impl World {
    /// The records of a problem, and some that each of the cities of two nodes keeps to itself.
    ///
    /// # Panics
    /// When the problem has more records than there are numbers.
    #[must_use]
    pub fn new(problem: &Problem, homes: &[Handle; 2], rng: StdRng) -> Self {
        let shared = records::sources(problem);
        let places = shared.places.values().cloned().collect();
        let numbers =
            (problem.needs.len() + problem.offers.len() + 1..).filter_map(|at| u64::try_from(at).ok());
        let mut ids = numbers.map(|number| Number::new(number).expect("fewer records than numbers"));
        let private = homes.each_ref().map(|home| {
            let mut own = Sources::default();
            let mut id = || RecordId::new(home.clone(), ids.next().expect("numbers do not end"));
            for need in shared.needs.values().take(PRIVATE_RECORDS) {
                let id = id();
                let need = Snapshot {
                    id: id.clone(),
                    audience: Audience::Private,
                    record: need.record.clone(),
                    ..**need
                };
                own.needs.insert(id, Box::new(need));
            }
            for offer in shared.offers.values().take(PRIVATE_RECORDS) {
                let id = id();
                let offer = Snapshot {
                    id: id.clone(),
                    audience: Audience::Private,
                    record: offer.record.clone(),
                    ..**offer
                };
                own.offers.insert(id, Box::new(offer));
            }
            own
        });
        let (withdrawn, published) = (Vec::new(), BTreeSet::new());
        Self { shared, private, withdrawn, places, published, now: problem.now, rng }
    }

    /// What counts as now.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch::containing(self.now)
    }

    /// Everything that one of the two nodes knows, as changes in any order.
    #[must_use]
    pub fn everything(&self, node: usize) -> Vec<Change> {
        let all = [&self.shared, &self.private[node]];
        let needs = all.into_iter().flat_map(|one| one.needs.values().cloned().map(Change::Need));
        let offers = all.into_iter().flat_map(|one| one.offers.values().cloned().map(Change::Offer));
        let places = &self.shared.places;
        let places = places.iter().map(|(city, place)| Change::Place(city.clone(), Some(place.clone())));
        let counted = self.shared.counted.iter().map(|(line, amount)| Change::Counted(line.clone(), *amount));
        let partners = Change::Partners(self.shared.partners.clone());
        needs.chain(offers).chain(places).chain(counted).chain([partners]).collect()
    }

    /// Lets something change.
    pub fn change(&mut self) -> (Reader, Change) {
        let change = match draw::one_of(&mut self.rng, &KINDS_PERCENT) {
            1 => self.urgency(),
            2 => self.withdrawal(),
            3 => self.again(),
            4 => self.counted(),
            5 => return self.private(),
            6 => self.place(),
            7 => self.partnership(),
            8 => Some(self.epoch_begins()),
            _ => None,
        };
        (Reader::All, change.unwrap_or_else(|| quantity(&mut self.shared, &mut self.rng)))
    }

    fn urgency(&mut self) -> Option<Change> {
        let saves_lives = draw::chance(&mut self.rng, LIFE_SAVING_PERCENT);
        let tier = if saves_lives { 1 } else { self.rng.random_range(2..=4) };
        let at = below(&mut self.rng, self.shared.needs.len())?;
        let need = self.shared.needs.values_mut().nth(at)?;
        revise::urgency(&mut need.record, Urgency::new(tier).expect("a tier is 1 to 4"));
        Some(Change::Need(need.clone()))
    }

    /// Keeps at least a few records of each kind.
    fn withdrawal(&mut self) -> Option<Change> {
        let of_needs = draw::chance(&mut self.rng, 50);
        let count = if of_needs { self.shared.needs.len() } else { self.shared.offers.len() };
        let at = below(&mut self.rng, count).filter(|_| count > PRIVATE_RECORDS)?;
        let (id, was) = if of_needs {
            let id = self.shared.needs.keys().nth(at)?.clone();
            (id.clone(), Change::Need(self.shared.needs.remove(&id)?))
        } else {
            let id = self.shared.offers.keys().nth(at)?.clone();
            (id.clone(), Change::Offer(self.shared.offers.remove(&id)?))
        };
        self.withdrawn.push(was);
        Some(Change::Gone(id))
    }

    fn again(&mut self) -> Option<Change> {
        let at = below(&mut self.rng, self.withdrawn.len())?;
        let change = self.withdrawn.swap_remove(at);
        match &change {
            Change::Need(need) => drop(self.shared.needs.insert(need.id.clone(), need.clone())),
            Change::Offer(offer) => drop(self.shared.offers.insert(offer.id.clone(), offer.clone())),
            _ => {}
        }
        Some(change)
    }

    /// Nothing of a line, half of it, or all.
    fn counted(&mut self) -> Option<Change> {
        let lines = self.lines();
        let at = below(&mut self.rng, lines.len())?;
        let (line, whole) = lines.into_iter().nth(at)?;
        let halves = self.rng.random_range(0..=2);
        let amount = Amount::new(whole.get() / 2 * halves).expect("no more than the quantity");
        self.shared.counted.insert(line.clone(), amount);
        Some(Change::Counted(line, amount))
    }

    /// Every shared line with its quantity.
    fn lines(&self) -> Vec<(LineId, Amount)> {
        let needs = self.shared.needs.values().flat_map(|need| {
            need.record.lines.iter().map(|line| (need.line_id(line.line), line.quantity.cap()))
        });
        let offers = self.shared.offers.values().flat_map(|offer| {
            offer.record.lines.iter().map(|line| (offer.line_id(line.line), line.quantity.cap()))
        });
        needs.chain(offers).map(|(line, cap)| (line, cap.unwrap_or_default())).collect()
    }

    fn private(&mut self) -> (Reader, Change) {
        let node = self.rng.random_range(0..2);
        (Reader::Only(node), quantity(&mut self.private[node], &mut self.rng))
    }

    /// A city's office moves to where another city is or was, or nobody knows where it is.
    fn place(&mut self) -> Option<Change> {
        let cities: BTreeSet<Handle> =
            self.shared.needs.keys().chain(self.shared.offers.keys()).map(|id| id.owner.clone()).collect();
        let at = below(&mut self.rng, cities.len())?;
        let city = cities.into_iter().nth(at)?;
        let at = self.rng.random_range(0..=self.places.len());
        let place = self.places.get(at).cloned();
        match &place {
            Some(place) => drop(self.shared.places.insert(city.clone(), place.clone())),
            None => drop(self.shared.places.remove(&city)),
        }
        Some(Change::Place(city, place))
    }

    /// Two cities become partners, or are partners no more.
    fn partnership(&mut self) -> Option<Change> {
        let cities: Vec<Handle> = self.shared.places.keys().cloned().collect();
        let [one, other] = [below(&mut self.rng, cities.len())?, below(&mut self.rng, cities.len())?];
        for pair in [(one, other), (other, one)] {
            let pair = (cities[pair.0].clone(), cities[pair.1].clone());
            if !self.published.remove(&pair) {
                self.published.insert(pair);
            }
        }
        self.shared.partners = Partners::of(&self.published);
        Some(Change::Partners(self.shared.partners.clone()))
    }

    fn epoch_begins(&mut self) -> Change {
        let epochs = self.rng.random_range(1..=EPOCHS_MAX);
        self.now = self.now.plus(EPOCH * epochs + Duration::from_secs(1));
        Change::Epoch(self.epoch())
    }
}

/// Another quantity for a record that chance picks.
fn quantity(sources: &mut Sources, rng: &mut StdRng) -> Change {
    let needs = sources.needs.len();
    let at = rng.random_range(0..needs + sources.offers.len());
    if at < needs {
        let need = sources.needs.values_mut().nth(at).expect("fewer than there are");
        revise::need_quantities(&mut need.record, rng);
        return Change::Need(need.clone());
    }
    let offer = sources.offers.values_mut().nth(at - needs).expect("fewer than there are");
    revise::offer_quantities(&mut offer.record, rng);
    Change::Offer(offer.clone())
}

fn below(rng: &mut StdRng, end: usize) -> Option<usize> {
    (end > 0).then(|| rng.random_range(0..end))
}
