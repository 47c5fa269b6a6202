//! Where nodes are, and links between them: what is sent comes out whole and in order, later the farther the way.

use std::time::Duration;

use quince_core::domain::place::Point;
use quince_core::sync::Frame;

use crate::dice::Dice;
use crate::link::FAST;

/// Metres that light goes in a fibre in a millisecond, over ways that are half as long again as the great circle.
const METRES_A_MILLISECOND: u32 = 133_000;

/// What a way takes at least, in milliseconds.
const DELAY_MIN_MS: std::ops::Range<u64> = 1..10;

/// What travels; nothing more when the other end has closed.
pub(super) type Parcel = Option<Box<Frame>>;

/// A connection: end 0 dialled end 1.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) nodes: [usize; 2],
    /// The ends that have a session.
    pub(super) alive: [bool; 2],
    delay: Duration,
    /// When the last parcel to each end arrives.
    last: [Duration; 2],
}

impl Link {
    pub(super) fn new(dice: &mut Dice, nodes: [usize; 2], points: [Point; 2]) -> Self {
        let far = u64::from(points[0].distance_m(points[1]) / METRES_A_MILLISECOND);
        let delay = Duration::from_millis(far) + dice.millis(DELAY_MIN_MS);
        Self { nodes, alive: [true, true], delay, last: [Duration::ZERO; 2] }
    }

    pub(super) const fn end_of(&self, node: usize) -> usize {
        if self.nodes[0] == node { 0 } else { 1 }
    }

    /// When so many bytes that are sent now arrive at an end.
    pub(super) fn send(&mut self, now: Duration, end: usize, bytes: u64) -> Duration {
        let at = now + self.delay + Duration::from_micros(bytes * 1000 / FAST);
        self.last[end] = self.last[end].max(at);
        self.last[end]
    }
}

/// Somewhere on the sphere, each part of it as likely as any other.
pub(super) fn somewhere(dice: &mut Dice) -> Point {
    let share = dice.of(0..2_000_001) as f64 / 1_000_000.0 - 1.0;
    let latitude = (share.asin().to_degrees() * 1_000_000.0) as i32;
    let longitude = i32::try_from(dice.of(0..360_000_000)).expect("a longitude fits") - 180_000_000;
    Point::new(latitude, longitude).expect("a point on the sphere")
}
