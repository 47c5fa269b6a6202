//! The simulator of replication: the pure core under a seed, a virtual clock and bad weather.
//!
//! Nodes are the real sync core with a driver that keeps the order of the real one and a store that keeps the promises of a
//! real one. Everything else is a fault: of processes, connections, disks, clocks, backups. After each event the oracle in
//! `check` compares; when the weather has cleared, everybody must soon hold the same. One seed is one run, event by event.

mod aim;
mod alter;
mod calm;
mod check;
mod dials;
mod dice;
mod disk;
mod faults;
mod link;
pub mod members;
mod node;
mod office;
mod options;
mod queue;
pub mod scale;
mod sparse;
mod tape;
mod turn;
mod weather;
mod wires;
mod world;

use std::iter;
use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use quince_core::feed::Hash;

pub use check::{Invariant, Violation};
pub use faults::{Counts, Fault};
pub use options::{Options, Planted};

use world::World;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What it was made from.
    pub options: Options,
    /// Events that happened.
    pub events: u64,
    /// Frames that sessions heard.
    pub frames: u64,
    /// Entries that were stored by others than their owners.
    pub entries: u64,
    /// Virtual time, from the beginning to the end.
    pub time: Duration,
    /// Virtual time from the end of the faults until everybody held the same.
    pub level: Duration,
    /// How often each class of fault has struck.
    pub counts: Counts,
    /// Hash of everything that happened, in order.
    pub digest: Hash,
    /// What did not hold, if anything.
    pub violation: Option<Violation>,
}

/// Runs a simulation from beginning to end, or to the first thing that does not hold.
#[must_use]
pub fn run(options: &Options) -> Outcome {
    play(options, false).0
}

/// Runs seeds in their order on all cores, as long as more are wanted. What came of them, in order and without a gap.
///
/// # Panics
/// When a run does, which has told why.
#[must_use]
pub fn run_many(
    seeds: Range<u64>,
    wants_more: impl Fn() -> bool + Sync,
    options: impl Fn(u64) -> Options + Sync,
) -> Vec<Outcome> {
    let next = AtomicU64::new(seeds.start);
    let take = || wants_more().then(|| next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds.end);
    let work = || iter::from_fn(take).map(|seed| (seed, run(&options(seed)))).collect::<Vec<_>>();
    let mut outcomes: Vec<(u64, Outcome)> = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a run that does not panic")).collect()
    });
    outcomes.sort_unstable_by_key(|(seed, _)| *seed);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The same as [`run`], with everything that happened, line by line.
#[must_use]
pub fn replay(options: &Options) -> (Outcome, Vec<String>) {
    play(options, true)
}

fn play(options: &Options, keep_tape: bool) -> (Outcome, Vec<String>) {
    let mut world = World::new(options.clone(), keep_tape);
    world.run_until(Duration::from_secs(options.seconds));
    let level = if world.violation().is_none() { world.calm() } else { Duration::ZERO };
    let outcome = Outcome {
        options: options.clone(),
        events: world.tape.events(),
        frames: world.frames,
        entries: world.entries,
        time: world.queue.now(),
        level,
        counts: world.counts.clone(),
        digest: world.tape.digest(),
        violation: world.violation(),
    };
    (outcome, world.tape.into_lines())
}
