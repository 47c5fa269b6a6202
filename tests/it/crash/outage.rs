//! Strikes: which of two offices is killed when, drawn from a seed.

use std::env;
use std::str::FromStr;
use std::time::Duration;

use quince_tests::city::City;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

/// One step in so many is struck: a walk has some sixty steps.
const STEPS_PER_STRIKE: u32 = 12;

/// Longer than a step takes that is not struck, so that a strike may come at any point of it.
const STRIKE_AFTER_MAX: Duration = Duration::from_millis(40);

/// Which office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Giver,
    Taker,
}

/// The two offices of the walk.
pub(crate) struct Pair {
    pub(crate) giver: City,
    pub(crate) taker: City,
}

/// Draws strikes and carries them out.
#[derive(Debug)]
pub(crate) struct Outage {
    chance: StdRng,
    struck: Vec<Side>,
}

impl Pair {
    /// Does something to both.
    pub(crate) fn each(&mut self, mut act: impl FnMut(&mut City)) {
        act(&mut self.giver);
        act(&mut self.taker);
    }

    pub(crate) fn city(&mut self, side: Side) -> &mut City {
        match side {
            Side::Giver => &mut self.giver,
            Side::Taker => &mut self.taker,
        }
    }
}

impl Outage {
    pub(crate) fn new(seed: u64) -> Self {
        Self { chance: StdRng::seed_from_u64(seed), struck: Vec::new() }
    }

    /// Who was killed so far, in order.
    pub(crate) fn struck(&self) -> &[Side] {
        &self.struck
    }

    /// The same things in a drawn order.
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        things.shuffle(&mut self.chance);
    }

    /// Lets a step go on, and kills an office in the middle of it if a strike is drawn.
    pub(crate) async fn expose<T>(&mut self, pair: &mut Pair, step: impl Future<Output = T>) -> T {
        if !self.chance.random_ratio(1, STEPS_PER_STRIKE) {
            return step.await;
        }
        let side = if self.chance.random() { Side::Giver } else { Side::Taker };
        let after = self.chance.random_range(Duration::ZERO..STRIKE_AFTER_MAX);
        self.struck.push(side);
        let strike = async {
            // Nothing waits for this: it is the moment that was drawn.
            tokio::time::sleep(after).await;
            pair.city(side).kill();
            pair.city(side).start().await;
        };
        tokio::join!(step, strike).0
    }
}

/// A number from the environment, or another one.
pub(crate) fn env_or(name: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    env::var(name).map_or_else(|_| otherwise(), |text| u64::from_str(&text).unwrap())
}
