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
use crate::matching::state::State;
use crate::matching::suggestions::Listed;
use crate::matching::view::View;

/// How a part is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planning {
    /// In milliseconds, near-optimal.
    Live,
    /// Optimal, where the family is small enough.
    Exact,
}

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

impl Part {
    /// Plans a family of this view. What is nearby may be kept from an earlier view of the same epoch, partnerships and places.
    pub(super) fn of(
        view: &View,
        catalogue: &Catalogue,
        distances: &mut Distances,
        family: &Family,
        planning: Planning,
        nearby: &mut Nearby,
    ) -> Self {
        keep_distances(view, distances, family);
        let mut visits = Visits::all();
        let board = Board::new(view, catalogue, distances, family, Scope::Shared);
        let mut state = State::new(&board, family, Scope::Shared);
        if planning == Planning::Live || !exact::plan(&board, &mut state) {
            live::plan(&board, family, &mut state, nearby, &mut visits);
        }
        let shared = given(&board, &state);
        let open_ended = open_ended(view, catalogue, distances, family, &shared, &mut visits);
        let given = [&shared[..], &open_ended[..]].concat();
        let local = local(view, catalogue, distances, family, &given, &mut visits);
        let (input, output) = (digest::of_lines(family), digest::of_given(family, &given));
        Self {
            shared,
            open_ended,
            local,
            input,
            output,
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
        keep_distances(view, distances, family);
        let board = Board::new(view, catalogue, distances, family, Scope::Shared);
        let pairs = board.needs.len().checked_mul(board.offers.len());
        let fits = pairs.is_some_and(|pairs| (1..=EXACT_PAIRS_MAX).contains(&pairs));
        fits.then(|| exact::network(&board, &State::new(&board, family, Scope::Shared)))
    }
}

fn keep_distances(view: &View, distances: &mut Distances, family: &Family) {
    let needs = family.needs.iter().filter(|need| need.is_ready() || need.amount.is_none());
    let offers = family.offers.iter().filter(|offer| offer.is_ready());
    let spots = needs.filter_map(|need| need.spot).chain(offers.filter_map(|offer| offer.spot));
    spots.for_each(|spot| distances.keep(&view.geography, spot));
}

/// Suggests to each need without a figure all of what the best offer for it has left; the more urgent and then the older need
/// first.
fn open_ended(
    view: &View,
    catalogue: &Catalogue,
    distances: &Distances,
    family: &Family,
    shared: &[Given],
    visits: &mut Visits,
) -> Vec<Given> {
    if !family.needs.iter().any(|entry| Scope::OpenEnded.takes_need(entry)) {
        return Vec::new();
    }
    let board = Board::new(view, catalogue, distances, family, Scope::OpenEnded);
    let mut state = State::new(&board, family, Scope::OpenEnded);
    for one in shared {
        let offer = board.offers.partition_point(|row| row.at < one.offer);
        state.free[offer] -= one.amount.get();
    }
    live::plan_open_ended(&board, family, &mut state, visits);
    given(&board, &state)
}

/// What private and group lines give and get of what the shared pass left over.
fn local(
    view: &View,
    catalogue: &Catalogue,
    distances: &Distances,
    family: &Family,
    shared: &[Given],
    visits: &mut Visits,
) -> Vec<Given> {
    let is_own = family.needs.iter().any(|entry| entry.is_ready() && !entry.is_shared())
        || family.offers.iter().any(|entry| entry.is_ready() && !entry.is_shared());
    if !is_own {
        return Vec::new();
    }
    let board = Board::new(view, catalogue, distances, family, Scope::Local);
    let mut state = State::new(&board, family, Scope::Local);
    for one in shared {
        let offer = board.offers.partition_point(|row| row.at < one.offer);
        state.free[offer] -= one.amount.get();
        let need = board.needs.partition_point(|row| row.at < one.need);
        if board.needs.get(need).is_some_and(|row| row.at == one.need) {
            state.take_in(need, one.amount.get());
        }
    }
    live::plan(&board, family, &mut state, &mut Nearby::default(), visits);
    given(&board, &state)
}

/// What a state says, with lines by their places in the family.
fn given(board: &Board<'_>, state: &State) -> Vec<Given> {
    let mut all = Vec::new();
    for (need, (row, gets)) in (0..).zip(board.needs.iter().zip(&state.gets)) {
        for flow in gets {
            let amount = Positive::new(flow.amount).expect("what is given is more than nothing");
            all.push(Given {
                tier: row.entry.line.urgency.tier(),
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
