//! A problem as the records that the core plans from: one need or offer for each line, all of them seen by everyone.

use quince_core::domain::id::{LineId, LineNumber, Number, RecordId, Revision};
use quince_core::domain::kind::Kind;
use quince_core::domain::lines::Lines;
use quince_core::domain::list::List;
use quince_core::domain::need::{Need, NeedLine, NeedState, Urgency};
use quince_core::domain::offer::{Offer, OfferLine, OfferState};
use quince_core::domain::place::{Area, Place};
use quince_core::domain::quantity::{Amount, Quantity};
use quince_core::domain::snapshot::{Audience, Snapshot};
use quince_core::domain::terms::Terms;
use quince_core::domain::text::{Description, Title, Words};
use quince_core::domain::time::When;
use quince_core::domain::{Common, Freight};
use quince_core::matching::{LeanNeed, LeanOffer, Match, Sources};

use crate::evaluation::problem::{self, City, Move, Problem};

/// The records of a problem. The number of a record is its place: needs first, then offers, from 1.
///
/// # Panics
/// When the problem has more or larger lines than records can have.
#[must_use]
pub fn sources(problem: &Problem) -> Sources {
    let places = problem.map.cities.iter().map(|city| (city.handle.clone(), place(city)));
    let needs = problem.needs.iter().enumerate().map(|(at, line)| need(problem, at, line));
    let first_offer = problem.needs.len();
    let offers = problem.offers.iter().enumerate().map(|(at, line)| offer(problem, first_offer + at, line));
    Sources {
        places: places.collect(),
        needs: needs.map(|need| (need.id.clone(), Box::new(need.map(LeanNeed::from)))).collect(),
        offers: offers.map(|offer| (offer.id.clone(), Box::new(offer.map(LeanOffer::from)))).collect(),
        ..Sources::default()
    }
}

/// A suggestion of the core for the lines of [`sources`] as a move.
#[must_use]
pub fn move_of(problem: &Problem, suggestion: &Match) -> Move {
    Move {
        offer: at(&suggestion.offer_line) - problem.needs.len(),
        need: at(&suggestion.need_line),
        amount: suggestion.amount.get(),
    }
}

fn at(line: &LineId) -> usize {
    usize::try_from(line.record.number.get()).expect("a place in a list") - 1
}

fn place(city: &City) -> Place {
    Place {
        name: Words::new(city.handle.as_str()).expect("a handle is short"),
        area: Area::Country(city.country),
        point: city.point,
        aliases: List::default(),
    }
}

fn need(problem: &Problem, at: usize, line: &problem::Need) -> Snapshot<Need> {
    let need_line = NeedLine {
        line: one(),
        kind: Kind::Goods,
        item: problem.items.list[line.item].code.clone(),
        attributes: List::default(),
        quantity: quantity(problem, line.item, line.amount),
        urgency: Urgency::new(u32::from(line.tier)).expect("a tier is 1 to 4"),
        needed: When::new(line.earliest, line.due, None).expect("windows are the right way up"),
        deliver_to: None,
        min_shelf_life: None,
        min_lot: Amount::ZERO,
        accept_lower_grade: line.accept_lower,
        acceptable_bases: Default::default(),
        note: None,
    };
    let record = Need {
        common: Common::new(line.created),
        state: NeedState::Open,
        title: Title::default(),
        description: Description::default(),
        lines: Lines::new(vec![need_line]).expect("one line"),
    };
    snapshot(problem, line.city, at, record)
}

fn offer(problem: &Problem, at: usize, line: &problem::Offer) -> Snapshot<Offer> {
    let offer_line = OfferLine {
        line: one(),
        kind: Kind::Goods,
        item: problem.items.list[line.item].code.clone(),
        attributes: List::default(),
        quantity: quantity(problem, line.item, line.amount),
        available: When::new(line.from, line.until, None).expect("windows are the right way up"),
        available_at: None,
        deliver_to: None,
        freight: Freight::default(),
        expires: None,
        min_lot: Amount::ZERO,
        earmarked_for: List::new(line.earmarked_for.clone()).expect("few recipients"),
        excluded: List::new(line.excluded.clone()).expect("few recipients"),
        terms: Terms::default(),
        note: None,
    };
    let record = Offer {
        common: Common::new(line.created),
        state: OfferState::Open,
        title: Title::default(),
        description: Description::default(),
        lines: Lines::new(vec![offer_line]).expect("one line"),
        // A stale offer is out of matching, and that is not what is evaluated.
        confirmed: problem.now,
    };
    snapshot(problem, line.city, at, record)
}

fn snapshot<R>(problem: &Problem, city: usize, at: usize, record: R) -> Snapshot<R> {
    let number = u64::try_from(at + 1).ok().and_then(|number| Number::new(number).ok());
    let handle = problem.map.cities[city].handle.clone();
    Snapshot {
        id: RecordId::new(handle, number.expect("fewer lines than numbers")),
        revision: Revision::FIRST,
        audience: Audience::Federation,
        record,
    }
}

fn quantity(problem: &Problem, item: usize, amount: i64) -> Quantity {
    let amount = Amount::new(amount).expect("amounts are within their bounds");
    Quantity::exact(amount, problem.items.list[item].unit.clone())
}

fn one() -> LineNumber {
    LineNumber::new(1).expect("1 is a line number")
}
