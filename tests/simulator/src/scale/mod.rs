//! Replication among thousands of nodes: what the fan-out costs, how far it reaches, and what is left when many are gone.
//!
//! Sessions, contexts and the choice whom to dial are the real ones, and so are the bytes of frames. What is not looked at here
//! is made small: a few offices write, everybody knows everybody's keys from the start, stores keep only how far they hold each
//! feed, and links carry whatever is sent. Faults of disks, clocks and links are the business of the other simulation.

mod figures;
mod history;
mod net;
mod node;
mod tally;
mod turn;
mod world;

use std::time::Duration;

use quince_core::sync::Frame;

pub use figures::{Figures, Outcome};

use world::World;

/// Bytes of a frame on the wire, without compression: how frames are written is the shell's business.
pub type FrameLen = fn(&Frame) -> usize;

/// What a run is made from. The same options give the same run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Members of the federation, every other of which nobody can dial.
    pub nodes: usize,
    /// Members that write.
    pub writers: usize,
    /// Records that each of them writes before members are lost, and as many again after that.
    pub records: u64,
    /// Virtual time in which these are written.
    pub writing: Duration,
}

impl Options {
    /// A run of this size: four writers with 25 records each, written within two minutes.
    #[must_use]
    pub const fn of(nodes: usize) -> Self {
        Self { seed: 1, nodes, writers: 4, records: 25, writing: Duration::from_mins(2) }
    }
}

/// Runs a federation: everybody starts, offices write, a fifth is lost without a word, and offices write again.
#[must_use]
pub fn run(options: &Options, frame_len: FrameLen) -> Outcome {
    let mut world = World::new(*options, frame_len);
    world.found();
    let setup = world.tally.setup(&world.nodes);
    let whole = world.write();
    let lost = world.lose_a_fifth();
    let after = world.write();
    Outcome { options: *options, setup, whole, lost, after, alarms: world.alarms }
}
