//! Transport: the second flow. When the goods are dealt out, each suggestion that must travel becomes a leg, and each offer
//! of transport a lane on which legs ride. What nobody can carry is said to be so: that is itself a need.
//!
//! Legs are served in one order, the plan's: by tier, then by their place in the plan, then by ids. Each takes the lane that
//! fits best, by detour in kilometres, then a lane that ends there before one that goes anywhere, then a journey under way
//! before a new one, then a hash, then ids. Two simplifications: a leg is carried whole or not at all, by at most
//! [`LANES_PER_LEG_MAX`] lines; and goods divide freely between the units of one line. What is not stated, a weight or a
//! volume, never blocks and is said in the reasons: one unit of a line that states no capacity carries all that rides. Like
//! a plan, this is advice, and the same on every node. It looks at no more than [`LOOKS_MAX`] lanes in one pass; legs that this
//! leaves out are said to be so.
//!
//! `route` measures how lanes lie, `rule` says which lanes are possible, `berth` counts what they still carry, `answer` says
//! why nobody carries a leg. Deliberately absent: chains of lanes, and the planner, which hands legs and lanes in.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::domain::freight::Freight;
use crate::domain::handle::Handle;
use crate::domain::id::LineId;
use crate::domain::need::Urgency;
use crate::domain::offer::OfferLine;
use crate::domain::place::{Country, Place};
use crate::domain::quantity::Amount;
use crate::domain::snapshot::Audience;
use crate::domain::time::Instant;
use crate::matching::reason::{Reason, RuleCode};
use crate::matching::transport::berth::{Berth, SHARE_WHOLE_E4, Stock};
use crate::matching::transport::route::Routes;
use crate::matching::transport::rule::Offered;

mod answer;
mod berth;
mod route;
mod rule;

#[cfg(test)]
mod tests;

pub use route::{CITY_KM_MAX, LANE_KM_MAX};

/// The most lines that carry one leg: each is one more city to agree with.
pub const LANES_PER_LEG_MAX: usize = 3;

/// The most obstacles that are told of one leg: what a person takes in at once.
pub const OBSTACLES_MAX: usize = 3;

/// The most looks at lanes in one pass over all legs, each at a lane for a place or a leg, or at a journey of it: what 10,000
/// legs with 100 lanes each need twice over, and a second or two. The most urgent legs are served first; those for which
/// nothing is left are said to be so.
pub const LOOKS_MAX: usize = 1 << 21;

/// Goods that have somewhere to go: a suggestion of the plan, or what was already agreed and has not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg<'a> {
    /// For which need line. Its owner is the city that must see the transport and whom earmarks name.
    pub need_line: LineId,
    /// From which offer line.
    pub offer_line: LineId,
    /// The country of the need's city.
    pub country: Option<Country>,
    /// Who may see the need line.
    pub audience: &'a Audience,
    /// Whether every member of the federation holds both lines, so that all nodes plan this leg alike.
    pub shared: bool,
    /// A drill.
    pub exercise: bool,
    /// The tier in force.
    pub tier: Urgency,
    /// Its place in the plan of the goods.
    pub order: u32,
    /// Where the goods lie; where the office sits if the line does not say.
    pub from: Option<&'a Place>,
    /// Where they must arrive; where the office sits if the line does not say.
    pub to: Option<&'a Place>,
    /// Before this they cannot leave.
    pub ready: Option<Instant>,
    /// Arriving after this is no help.
    pub due: Option<Instant>,
    /// What the leg weighs and fills: see [`Freight::of_part`].
    pub freight: Freight,
    /// The terms say that the supplier pays the freight, so the supplier sees to it.
    pub supplier_brings: bool,
}

/// An offer line of kind transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane<'a> {
    /// Which line.
    pub id: LineId,
    /// The line as its owner wrote it: where to, when, what one unit carries, for whom.
    pub line: &'a OfferLine,
    /// Where it begins; where the office sits if the line does not say.
    pub from: Option<&'a Place>,
    /// Units neither held nor committed nor dealt out in the plan to needs of transport.
    pub free: Amount,
    /// Who may see it.
    pub audience: &'a Audience,
    /// A drill.
    pub exercise: bool,
}

/// What becomes of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carriage {
    /// For which need line.
    pub need_line: LineId,
    /// From which offer line.
    pub offer_line: LineId,
    /// Known to this node only, because a line of it is private or a group's.
    pub local: bool,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Goods and need are of one city, or not [`CITY_KM_MAX`] apart.
    WithinCity,
    /// The supplier sees to it.
    SupplierBrings,
    /// These lines carry it, together all of it: one, or at most [`LANES_PER_LEG_MAX`].
    Carried(Vec<Carried>),
    /// Nobody carries it. The lines that came nearest, at most [`OBSTACLES_MAX`], at least one obstacle.
    Stranded(Vec<Obstacle>),
}

/// A line that carries a leg, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Which line.
    pub transport_line: LineId,
    /// Which journey of the line, from 1. Legs on one journey travel together.
    pub journey: u32,
    /// Units of the line that are taken for this leg, on top of what earlier legs took; 0 if it rides along with them, or
    /// if the line counts a weight or volume that the leg does not state.
    pub units: Amount,
    /// How much of the leg, in ten-thousandths; the parts of a leg add up to 10,000.
    pub share_e4: u32,
    /// Grams of the leg on this line; `None` if the leg does not state its weight.
    pub weight_grams: Option<i64>,
    /// Millilitres of the leg on this line; `None` if the leg does not state its volume.
    pub volume_millilitres: Option<i64>,
    /// From the goods to where the lane begins, and from where it ends to the need, together.
    pub detour_km: u32,
    /// When it can arrive at the earliest.
    pub arrival: Instant,
    /// What speaks for it, and what is not stated.
    pub reasons: Vec<Reason>,
}

/// Why a line does not carry a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Which line; `None` if no line begins or ends anywhere near.
    pub transport_line: Option<LineId>,
    /// What stands in the way. If there are several, each of them must go.
    pub reasons: Vec<Reason>,
}

/// What is left of [`LOOKS_MAX`].
#[derive(Debug)]
struct Looks(usize);

/// Where a berth stands among those of one leg, the best first.
type Fit = (u32, bool, bool, u64);

/// Finds transport for legs at the node `home`, at the instant `now` of the plan. The answers are in the order in which legs
/// are served; the order of the input does not matter. Legs and lanes that all members hold come first and are answered
/// alike on every node; what only this node sees gets what they leave.
#[must_use]
pub fn carry(home: &Handle, now: Instant, legs: &[Leg<'_>], lanes: &[Lane<'_>]) -> Vec<Carriage> {
    carry_within(LOOKS_MAX, home, now, legs, lanes)
}

/// Does so with so many looks in each pass.
fn carry_within(
    looks_max: usize,
    home: &Handle,
    now: Instant,
    legs: &[Leg<'_>],
    lanes: &[Lane<'_>],
) -> Vec<Carriage> {
    let mut legs: Vec<&Leg<'_>> = legs.iter().collect();
    legs.sort_by_key(|leg| (leg.tier, leg.order, &leg.need_line, &leg.offer_line));
    let mut lanes: Vec<&Lane<'_>> = lanes.iter().collect();
    lanes.sort_by_key(|lane| &lane.id);
    let mut desk = Desk {
        home,
        now,
        routes: Routes::new(&lanes),
        lanes_shared: lanes.iter().filter(|lane| *lane.audience == Audience::Federation).count(),
        stocks: lanes.into_iter().map(Stock::new).collect(),
        answers: BTreeMap::new(),
        left_out: BTreeSet::new(),
    };
    for shared in [true, false] {
        // What only this node holds must not take from what all nodes share.
        let mut looks = Looks(looks_max);
        for (at, leg) in legs.iter().enumerate() {
            desk.serve(at, leg, shared, &mut looks);
        }
    }
    let mut looks = Looks(looks_max);
    let answers = legs.iter().enumerate().map(|(at, leg)| {
        let (outcome, local) = desk.answers.remove(&at).unwrap_or_else(|| {
            let told = (!desk.left_out.contains(&at)).then(|| desk.obstacles(leg, &mut looks)).flatten();
            (Outcome::Stranded(told.unwrap_or_else(|| vec![Obstacle::bound_reached()])), !leg.shared)
        });
        let (need_line, offer_line) = (leg.need_line.clone(), leg.offer_line.clone());
        Carriage { need_line, offer_line, local, outcome }
    });
    answers.collect()
}

/// What is at hand while legs are served.
struct Desk<'a> {
    home: &'a Handle,
    now: Instant,
    routes: Routes<'a>,
    /// By the lanes' ids.
    stocks: Vec<Stock<'a>>,
    /// How many lanes all members hold.
    lanes_shared: usize,
    /// By the legs' places, with whether only this node knows.
    answers: BTreeMap<usize, (Outcome, bool)>,
    /// Legs for which nothing was left of the looks. What was left out for all members stays so here.
    left_out: BTreeSet<usize>,
}

impl Looks {
    /// Whether so many are left, which are then spent. If not, none is: what comes later must not overtake.
    fn spend(&mut self, count: usize) -> bool {
        let left = self.0.checked_sub(count);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

impl Obstacle {
    fn bound_reached() -> Self {
        Self { transport_line: None, reasons: vec![Reason::new(RuleCode::LaneVisits)] }
    }
}

impl Carriage {
    /// Whether it goes the same way: by the same lines, journeys and parts. Days and what stands in the way may differ.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let way = |one: &Carried| (one.transport_line.clone(), one.journey, one.units, one.share_e4);
        match (&self.outcome, &other.outcome) {
            (Outcome::Carried(one), Outcome::Carried(other)) => one.iter().map(way).eq(other.iter().map(way)),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

impl<'a> Desk<'a> {
    /// Answers a leg in this pass, if it belongs there and can be answered.
    fn serve(&mut self, at: usize, leg: &Leg<'a>, shared: bool, looks: &mut Looks) {
        if (shared && !leg.shared) || self.answers.contains_key(&at) || self.left_out.contains(&at) {
            return;
        }
        if let Some(outcome) = self.spared(leg) {
            self.answers.insert(at, (outcome, !leg.shared));
            return;
        }
        let Some(lanes) = self.serving(leg, shared, looks) else {
            self.left_out.insert(at);
            return;
        };
        if let Some(carried) = self.ship(leg, &lanes) {
            self.answers.insert(at, (Outcome::Carried(carried), !shared));
        }
    }

    /// The lanes that begin and end near a leg, of those that count in this pass; `None` if they are more than can be looked
    /// at.
    fn serving(&mut self, leg: &Leg<'a>, shared: bool, looks: &mut Looks) -> Option<Vec<usize>> {
        let lanes = if shared { self.lanes_shared } else { self.stocks.len() };
        if looks.is_spent() || !looks.spend(lanes * self.routes.unmeasured(leg)) {
            return None;
        }
        self.routes.measure(leg, &self.stocks);
        let (mut serving, mut count) = (Vec::new(), 0);
        for (lane, ends_near) in self.routes.beginning(leg) {
            let stock = &self.stocks[lane];
            if shared && *stock.lane.audience != Audience::Federation {
                continue;
            }
            count += if ends_near { stock.looks() } else { 1 };
            serving.extend(ends_near.then_some(lane));
        }
        looks.spend(count).then_some(serving)
    }

    fn spared(&self, leg: &Leg<'_>) -> Option<Outcome> {
        if leg.supplier_brings {
            return Some(Outcome::SupplierBrings);
        }
        route::is_within_city(leg).then_some(Outcome::WithinCity)
    }

    /// Takes the best berth that has room for all of the leg, otherwise the fewest that have it together.
    fn ship(&mut self, leg: &Leg<'a>, lanes: &[usize]) -> Option<Vec<Carried>> {
        let mut berths: Vec<(Fit, usize, Berth)> = Vec::new();
        for &lane in lanes {
            let stock = &self.stocks[lane];
            let offered = Offered::new(self.home, self.now, leg, stock.lane);
            if offered.is_possible() {
                berths.extend(stock.berth(&offered).map(|berth| (fit(leg, stock, &berth), lane, berth)));
            }
        }
        // Lanes are listed by id, and the sort is stable, so ids break what ties are left.
        berths.sort_by_key(|(fit, _, _)| *fit);
        if let Some(whole) = berths.iter().position(|(_, _, berth)| berth.share_e4 == SHARE_WHOLE_E4) {
            berths = vec![berths.swap_remove(whole)];
        }
        berths.sort_by_key(|(_, _, berth)| std::cmp::Reverse(berth.share_e4));
        berths.truncate(LANES_PER_LEG_MAX);
        let shares = berths.iter().map(|(_, _, berth)| berth.share_e4).sum::<u32>();
        (shares >= SHARE_WHOLE_E4).then(|| self.board(leg, &berths))
    }

    fn board(&mut self, leg: &Leg<'a>, berths: &[(Fit, usize, Berth)]) -> Vec<Carried> {
        let mut aboard_e4 = 0;
        let mut carried = Vec::new();
        for (_, lane, berth) in berths {
            if aboard_e4 == SHARE_WHOLE_E4 {
                break;
            }
            let part = aboard_e4..(aboard_e4 + berth.share_e4).min(SHARE_WHOLE_E4);
            aboard_e4 = part.end;
            carried.push(self.stocks[*lane].board(leg, berth, part));
        }
        carried
    }
}

fn fit(leg: &Leg<'_>, stock: &Stock<'_>, berth: &Berth) -> Fit {
    let tie = Sha256::digest(format!("carry {} {} {}", leg.need_line, leg.offer_line, stock.lane.id));
    let tie = u64::from_be_bytes(tie[..8].try_into().expect("a SHA-256 has more than eight bytes"));
    (berth.detour_km(), stock.lane.line.deliver_to.is_none(), berth.journey.is_none(), tie)
}
