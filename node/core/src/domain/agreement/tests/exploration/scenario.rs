//! The walks: each allows a different mix of steps, small enough to be walked whole.

use super::*;

/// Walks the mix and says how large it was, so that a mix that lost its teeth is noticed.
fn walk(name: &str, allowances: Vec<(Act, u8)>, at_least: usize) {
    let states = explore(&mut World::default(), allowances);
    println!("{name}: {states} states");
    assert!(states >= at_least, "{name} has only {states} states, expected at least {at_least}");
}

#[test]
fn need_first_requests_answers_and_declines_race() {
    let mix = vec![(Act::Request, 3), (Act::Answer, 2), (Act::Decline, 1), (Act::Withdraw, 1)];
    walk("need first", mix, 64_000);
}

#[test]
fn withdrawals_and_force_race_with_answers_and_releases() {
    let mix =
        vec![(Act::Request, 2), (Act::Withdraw, 2), (Act::Force, 1), (Act::Answer, 2), (Act::Release, 1)];
    walk("withdrawal", mix, 81_000);
}

#[test]
fn offer_first_holds_are_taken_refused_released_and_end() {
    let mix = vec![(Act::Hold, 2), (Act::Request, 1), (Act::Refuse, 1), (Act::Release, 1)];
    walk("offer first", mix, 33_000);
}

#[test]
fn holds_and_requests_race_for_the_same_stock() {
    let mix =
        vec![(Act::Hold, 1), (Act::Request, 2), (Act::Answer, 1), (Act::Withdraw, 1), (Act::EndHold, 1)];
    walk("holds and requests", mix, 74_000);
}

#[test]
fn quantities_shrink_and_offers_close_under_open_requests() {
    let mix = vec![
        (Act::Request, 2),
        (Act::Hold, 1),
        (Act::Answer, 2),
        (Act::ShrinkOffer, 1),
        (Act::ShrinkNeed, 1),
        (Act::Close, 1),
    ];
    walk("quantity change and exhaustion", mix, 95_000);
}
