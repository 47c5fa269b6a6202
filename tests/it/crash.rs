//! Offices that are killed again and again: what was acknowledged is there, once, on both sides.
//!
//! Each round walks two new offices from founding a federation through a few agreements. Before some steps a strike is
//! drawn: while the step is under way one of the two processes is killed, and started again. Whoever got no answer
//! asks again with the same request id. The seed fixes what is drawn; what a strike hits depends on the machine.

mod act;
mod ledger;
pub(crate) mod outage;
mod walk;

use std::collections::BTreeSet;
use std::time::Duration;

use quince_node::clock::Clock;
use quince_tests::books;
use quince_tests::city::City;
use quince_tests::eventually::eventually;
use quince_tests::evidence::{self, Seeds, Work};

use crate::OFFICE;
use crate::crash::outage::{Outage, Pair, Side, env_or};
use crate::crash::walk::Walk;

/// Few enough for every run; `QUINCE_CRASH_ROUNDS` asks for more, `QUINCE_CRASH_SECONDS` begins no round later.
const ROUNDS_DEFAULT: u64 = 12;

/// The data that `init` wrote, where every round begins.
const FIRST_DATA: &str = "first";

#[tokio::test]
async fn what_was_acknowledged_survives_every_kill_exactly_once() {
    let rounds = env_or("QUINCE_CRASH_ROUNDS", || ROUNDS_DEFAULT);
    let seed = env_or("QUINCE_CRASH_SEED", rand::random);
    let within = Duration::from_secs(env_or("QUINCE_CRASH_SECONDS", || u64::MAX));
    let clock = Clock::system();
    say(&format!("{rounds} rounds; run again with QUINCE_CRASH_SEED={seed}"));
    let mut pair = Pair {
        giver: City::set_up(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676"),
        taker: City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668"),
    };
    pair.each(|city| city.keep(FIRST_DATA));
    let mut struck = BTreeSet::new();
    let (mut strikes, mut lost, mut writes, mut done) = (0, 0, 0, 0);
    for round in 0..rounds {
        if clock.elapsed() > within {
            break;
        }
        let mut walk = Walk::begin(pair, Outage::new(seed.wrapping_add(round))).await;
        walk.go().await;
        prove(&walk).await;
        struck.extend(walk.outage().struck().iter().copied());
        strikes += walk.outage().struck().len();
        lost += walk.lost();
        writes += walk.ledger().len();
        pair = walk.end();
        pair.each(|city| city.bring_back(FIRST_DATA));
        done += 1;
    }
    say(&format!("{writes} acknowledged writes, {strikes} kills, {lost} answers cut off: 0 lost, 0 doubled"));
    let seeds = Seeds { first: seed, end: seed.saturating_add(done) };
    let work = Work::Kills {
        seeds,
        kills: strikes as u64,
        acknowledged: writes as u64,
        answers_cut_off: lost as u64,
    };
    evidence::append(work, 0).unwrap();
    // A few rounds may miss; as many as these would have to be aimed.
    if done >= ROUNDS_DEFAULT {
        assert_eq!(struck, BTreeSet::from([Side::Giver, Side::Taker]), "a side was never struck: no proof");
        assert!(lost > 0, "no answer was cut off: no proof");
    }
}

/// Nothing acknowledged is lost or doubled, here and there, and no stock is promised twice.
async fn prove(walk: &Walk) {
    let (giver, taker) = (walk.desk(Side::Giver), walk.desk(Side::Taker));
    walk.ledger().repeat_all(|side| walk.desk(side)).await;
    let books = eventually("both cities to tell the same", || books::same(giver, taker)).await;
    walk.ledger().check(&books);
    books.check_stock();
}

#[expect(clippy::print_stderr, reason = "whoever runs the suite is to see the seed and the figures")]
fn say(words: &str) {
    eprintln!("crash: {words}");
}
