//! Connections: what goes in comes out once, whole and in order, or not at all, as with TCP.
//!
//! A fault slows a direction, holds it back or ends the connection; it never reorders inside one. Late frames of a
//! connection that is over are dropped here: sessions never see them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use quince_core::feed::FeedId;
use quince_core::sync::{FeedHandle, Frame};

/// Names a connection for as long as the simulation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkId(pub(super) u64);

/// What travels.
#[derive(Debug)]
pub(super) enum Parcel {
    Frame(Box<Frame>),
    /// Bytes that are no frame.
    Garbage,
    /// The other end has closed the connection.
    End,
}

/// Bytes on their way in one direction before the sender must wait.
const WINDOW_BYTES: u64 = 64 * 1024;

/// Bytes of a frame beside entries and hashes.
const FRAME_BYTES: u64 = 120;

/// What a good connection carries, in bytes a millisecond.
pub(super) const FAST: u64 = 4_000;

/// A connection: end 0 dialled end 1.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) nodes: [usize; 2],
    /// The ends that have a session.
    pub(super) alive: [bool; 2],
    /// By the end at which frames arrive.
    pub(super) ways: [Way; 2],
}

/// One direction.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) delay: Duration,
    /// Bytes a millisecond.
    pub(super) rate: u64,
    free_at: Duration,
    last_arrival: Duration,
    bytes_under_way: u64,
    /// The sender found no room since something was taken out.
    starved: bool,
    /// Reasons why nothing comes out: the network, the reader.
    pub(super) holds: u32,
    held: VecDeque<Parcel>,
    /// The next frame that carries signed bytes is altered.
    pub(super) alter: bool,
    binds: BTreeMap<FeedHandle, FeedId>,
}

impl Way {
    const fn new(delay: Duration, rate: u64) -> Self {
        Self {
            delay,
            rate,
            free_at: Duration::ZERO,
            last_arrival: Duration::ZERO,
            bytes_under_way: 0,
            starved: false,
            holds: 0,
            held: VecDeque::new(),
            alter: false,
            binds: BTreeMap::new(),
        }
    }

    /// Whether the connection takes another frame. If not, the sender will be told when it does.
    pub(super) const fn has_room(&mut self) -> bool {
        self.starved = self.bytes_under_way >= WINDOW_BYTES;
        !self.starved
    }

    /// When a parcel that is sent now arrives.
    pub(super) fn send(&mut self, now: Duration, parcel: &Parcel) -> Duration {
        let bytes = size(parcel);
        if let Parcel::Frame(frame) = parcel
            && let Frame::Bind { handle, feed } = **frame
        {
            self.binds.insert(handle, feed);
        }
        self.bytes_under_way += bytes;
        self.free_at = self.free_at.max(now) + Duration::from_micros(bytes * 1000 / self.rate);
        self.last_arrival = self.last_arrival.max(self.free_at + self.delay);
        self.last_arrival
    }

    /// What has come out, unless the direction is held back.
    pub(super) fn arrive(&mut self, parcel: Parcel) -> Option<Parcel> {
        if self.holds == 0 && self.held.is_empty() {
            return Some(parcel);
        }
        self.held.push_back(parcel);
        None
    }

    /// One reason less to hold things back; what was held, if none is left.
    pub(super) fn release(&mut self) -> VecDeque<Parcel> {
        self.holds = self.holds.saturating_sub(1);
        if self.holds == 0 { std::mem::take(&mut self.held) } else { VecDeque::new() }
    }

    /// The reader has taken a parcel. True when the sender waits for that.
    pub(super) fn take(&mut self, parcel: &Parcel) -> bool {
        self.bytes_under_way -= size(parcel);
        std::mem::take(&mut self.starved)
    }

    /// The feed that the sender of this direction means by a handle.
    pub(super) fn feed(&self, handle: FeedHandle) -> Option<FeedId> {
        self.binds.get(&handle).copied()
    }
}

impl Link {
    pub(super) const fn new(dialling: usize, dialled: usize, delay: Duration, rate: u64) -> Self {
        let ways = [Way::new(delay, rate), Way::new(delay, rate)];
        Self { nodes: [dialling, dialled], alive: [true, true], ways }
    }

    /// The end at which a node is.
    pub(super) const fn end_of(&self, node: usize) -> usize {
        if self.nodes[0] == node { 0 } else { 1 }
    }

    pub(super) const fn is_over(&self) -> bool {
        !self.alive[0] && !self.alive[1]
    }
}

fn size(parcel: &Parcel) -> u64 {
    match parcel {
        Parcel::Frame(frame) => FRAME_BYTES + frame.data_bytes(),
        Parcel::Garbage | Parcel::End => 0,
    }
}
