//! A part of the plan: what one family gives, as a pure function of its lines. A changed record makes one part anew.

use std::sync::Arc;

use crate::domain::item::Catalogue;
use crate::domain::quantity::Positive;
use crate::matching::board::{Board, Scope};
use crate::matching::digest::{self, Digest};
use crate::matching::exact::{self, EXACT_PAIRS_MAX, Network};
use crate::matching::family::Family;
use crate::matching::geography::Distances;
use crate::matching::live::{self, Nearby, Visits};
use crate::matching::plan::Match;
use crate::matching::rank::Price;
use crate::matching::roll::{Roll, Shifts};
use crate::matching::state::State;
use crate::matching::suggestions::Listed;
use crate::matching::view::View;

/// What one family gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Between lines that every node holds.
    pub(super) shared: Vec<Given>,
    /// To needs without a figure, from what those with one leave over.
    pub(super) open_ended: Vec<Given>,
    /// Between lines of which one is private or a group's.
    pub(super) local: Vec<Given>,
    /// Of the shared lines.
    pub(super) input: Digest,
    /// Of what the shared lines give.
    pub(super) output: Digest,
    /// The bound of work was reached, so that something may be missing.
    pub(super) cut_short: bool,
    /// It is what is shown until the epoch ends, and not what the plan says: what was shown and holds stays in it.
    pub(super) held_back: bool,
    pub(super) listed: Listed,
}

/// What an offer line gives to a need line, both by their places in the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) tier: u8,
    pub(super) price: Price,
    pub(super) need: u32,
    pub(super) offer: u32,
    pub(super) amount: Positive,
    pub(super) km: Option<u32>,
}

/// What is kept of a family from one plan to the next of the same epoch, partnerships and places, and makes the next one faster.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) roll: Roll,
    nearby: Nearby,
}

impl Part {
    /// Plans a family of this view.
    pub(super) fn of(
        view: &View,
        catalogue: &Catalogue,
        distances: &mut Distances,
        family: &Family,
        kept: &mut Kept,
    ) -> Self {
        if kept.roll.has_forgotten_units() {
            *kept = Kept::default();
        }
        let Kept { roll, nearby } = kept;
        let shifts = roll.update(view, catalogue, family);
        Self::dealt(view, distances, roll, |board, state, visits| {
            live::plan(board, state, nearby, &shifts, visits);
        })
    }

    /// Plans a family of this view exactly, if it is small enough.
    pub(super) fn exact(
        view: &View,
        catalogue: &Catalogue,
        distances: &mut Distances,
        family: &Family,
    ) -> Self {
        let mut roll = Roll::default();
        let shifts = roll.update(view, catalogue, family);
        Self::dealt(view, distances, &roll, |board, state, visits| {
            if !exact::plan(board, state) {
                live::plan(board, state, &mut Nearby::default(), &shifts, visits);
            }
        })
    }

    /// What a family gives if its shared lines are dealt out like this.
    fn dealt(
        view: &View,
        distances: &mut Distances,
        roll: &Roll,
        deal: impl FnOnce(&Board<'_>, &mut State, &mut Visits),
    ) -> Self {
        keep_distances(view, distances, roll);
        let mut visits = Visits::all();
        let board = Board::new(view, distances, roll, Scope::Shared);
        let mut state = State::new(&board);
        deal(&board, &mut state, &mut visits);
        let shared = given(&board, &state);
        let open_ended = open_ended(view, distances, roll, &shared, &mut visits);
        let given = [&shared[..], &open_ended[..]].concat();
        let local = local(view, distances, roll, &given, &mut visits);
        let names = |one: &Given| {
            [roll.needs.facts()[one.need as usize].name, roll.offers.facts()[one.offer as usize].name]
        };
        Self {
            shared,
            open_ended,
            local,
            input: digest::of_lines(roll),
            output: digest::of_given(&given, names),
            cut_short: visits.cut_short(),
            held_back: false,
            listed: Listed::default(),
        }
    }

    /// What it suggests, by rank within it.
    pub(super) fn suggestions(&self, family: &Family) -> &[Arc<Match>] {
        self.listed.of(self, family)
    }

    /// The network of a family, if it has needs and offers and is not too large.
    pub(super) fn network(
        view: &View,
        catalogue: &Catalogue,
        distances: &mut Distances,
        family: &Family,
    ) -> Option<Network> {
        let roll = Roll::of(view, catalogue, family);
        keep_distances(view, distances, &roll);
        let board = Board::new(view, distances, &roll, Scope::Shared);
        let pairs = board.needs.len().checked_mul(board.offers.len());
        let fits = pairs.is_some_and(|pairs| (1..=EXACT_PAIRS_MAX).contains(&pairs));
        fits.then(|| exact::network(&board, &State::new(&board)))
    }
}

fn keep_distances(view: &View, distances: &mut Distances, roll: &Roll) {
    let needs = roll.needs.facts().iter().filter(|need| need.is_ready() || need.amount.is_none());
    let offers = roll.offers.facts().iter().filter(|offer| offer.is_ready());
    let spots = needs.filter_map(|need| need.spot).chain(offers.filter_map(|offer| offer.spot));
    spots.for_each(|spot| distances.keep(&view.geography, spot));
}

/// Suggests to each need without a figure all of what the best offer for it has left; the more urgent and then the older need
/// first.
fn open_ended(
    view: &View,
    distances: &Distances,
    roll: &Roll,
    shared: &[Given],
    visits: &mut Visits,
) -> Vec<Given> {
    if !roll.needs.facts().iter().any(|need| Scope::OpenEnded.takes_need(need)) {
        return Vec::new();
    }
    let board = Board::new(view, distances, roll, Scope::OpenEnded);
    let mut state = State::new(&board);
    for one in shared {
        let offer = board.offers.partition_point(|row| row.at < one.offer);
        state.free[offer] -= one.amount.get();
    }
    live::plan_open_ended(&board, &mut state, &Shifts::default(), visits);
    given(&board, &state)
}

/// What private and group lines give and get of what the shared pass left over.
fn local(
    view: &View,
    distances: &Distances,
    roll: &Roll,
    shared: &[Given],
    visits: &mut Visits,
) -> Vec<Given> {
    let is_own = roll.needs.facts().iter().any(|need| need.is_ready() && !need.is_shared)
        || roll.offers.facts().iter().any(|offer| offer.is_ready() && !offer.is_shared);
    if !is_own {
        return Vec::new();
    }
    let board = Board::new(view, distances, roll, Scope::Local);
    let mut state = State::new(&board);
    for one in shared {
        let offer = board.offers.partition_point(|row| row.at < one.offer);
        state.free[offer] -= one.amount.get();
        let need = board.needs.partition_point(|row| row.at < one.need);
        if board.needs.get(need).is_some_and(|row| row.at == one.need) {
            state.take_in(need, one.amount.get());
        }
    }
    live::plan(&board, &mut state, &mut Nearby::default(), &Shifts::default(), visits);
    given(&board, &state)
}

/// What a state says, with lines by their places in the family.
fn given(board: &Board<'_>, state: &State) -> Vec<Given> {
    let mut all = Vec::new();
    for (need, (row, gets)) in (0..).zip(board.needs.iter().zip(&state.gets)) {
        for flow in gets {
            let amount = Positive::new(flow.amount).expect("what is given is more than nothing");
            all.push(Given {
                tier: row.facts.figures.tier,
                price: Price { cost: flow.cost, tie: board.tie(need, flow.offer) },
                need: row.at,
                offer: board.offers[flow.offer as usize].at,
                amount,
                km: board.km_between(need, flow.offer),
            });
        }
    }
    all.sort_unstable_by_key(|one| (one.tier, one.price, one.need, one.offer));
    all
}
