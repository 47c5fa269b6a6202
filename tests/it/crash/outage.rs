//! Strikes: which of two offices is killed when, drawn from a seed.

use std::env;
use std::str::FromStr;
use std::time::Duration;

use quince_tests::city::City;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

/// A step during which a strike may come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A call that writes.
    Call,
    /// Waiting for what replication brings.
    Wait,
}

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
    pub(crate) async fn expose<T>(
        &mut self,
        pair: &mut Pair,
        step: Step,
        work: impl Future<Output = T>,
    ) -> T {
        if !self.chance.random_ratio(1, step.per_strike()) {
            return work.await;
        }
        let side = if self.chance.random() { Side::Giver } else { Side::Taker };
        let after = self.chance.random_range(Duration::ZERO..step.lasts());
        self.struck.push(side);
        let strike = async {
            // Nothing waits for this: it is the moment that was drawn.
            tokio::time::sleep(after).await;
            pair.city(side).kill();
            pair.city(side).start().await;
        };
        tokio::join!(work, strike).0
    }
}

impl Step {
    /// One in so many is struck.
    const fn per_strike(self) -> u32 {
        match self {
            Self::Call => 4,
            Self::Wait => 16,
        }
    }

    /// About as long as it takes, so that a strike may come at any point of it.
    const fn lasts(self) -> Duration {
        match self {
            Self::Call => Duration::from_millis(10),
            Self::Wait => Duration::from_millis(60),
        }
    }
}

/// A number from the environment, or another one.
pub(crate) fn env_or(name: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    env::var(name).map_or_else(|_| otherwise(), |text| u64::from_str(&text).unwrap())
}
