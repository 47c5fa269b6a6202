//! Revisions: a need or an offer as its owner would publish it anew, with other quantities or another urgency.

use quince_core::domain::lines::{Lines, Numbered};
use quince_core::domain::need::Urgency;
use quince_core::domain::quantity::{Amount, Quantity};
use quince_core::matching::{LeanNeed, LeanOffer};
use rand::RngExt as _;
use rand::rngs::StdRng;

/// Gives each line of a need from half to twice as much.
pub fn need_quantities(need: &mut LeanNeed, rng: &mut StdRng) {
    each(&mut need.lines, |line| line.quantity = other(&line.quantity, rng));
}

/// Gives each line of an offer from half to twice as much.
pub fn offer_quantities(offer: &mut LeanOffer, rng: &mut StdRng) {
    each(&mut offer.lines, |line| line.quantity = other(&line.quantity, rng));
}

/// Gives each line of a need this urgency.
pub fn urgency(need: &mut LeanNeed, urgency: Urgency) {
    each(&mut need.lines, |line| line.urgency = urgency);
}

fn each<L: Numbered + Clone>(lines: &mut Lines<L>, mut revise: impl FnMut(&mut L)) {
    let mut all: Vec<L> = lines.iter().cloned().collect();
    all.iter_mut().for_each(&mut revise);
    *lines = Lines::new(all).expect("as many lines as before");
}

fn other(quantity: &Quantity, rng: &mut StdRng) -> Quantity {
    let was = quantity.cap().unwrap_or_default().get().max(1);
    let amount = rng.random_range(was / 2..=was.saturating_mul(2).min(Amount::MAX.get())).max(1);
    Quantity::exact(Amount::new(amount).expect("within bounds"), quantity.unit.clone())
}
