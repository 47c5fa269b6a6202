//! Whom a node dials: everybody while there are few; pinned peers and a few drawn members where there are many.
//!
//! The roster says who there is, and sessions say who is there, so nobody needs to be asked. Draws are by chance, for chance
//! leaves no member at the edge of the network: one is far away, so that no part of the world knows only itself. They are
//! drawn anew slowly and one at a time, so that who has once been cut off is found again and the network never changes at once.
//! Sessions that others dialled carry as much as any, but are no draws: whoever dialled may be gone tomorrow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::place::Point;
use crate::feed::NodeId;
use crate::sync::moment::Moment;

/// Members of a federation up to which everybody dials everybody: 31 sessions cost a node little, and every change is one hop
/// away. Each more member would cost every node one more session, and every session a note of each change.
pub const FULL_MESH_MAX: usize = 32;

/// Members that a node draws in a larger federation, beside its pinned peers. When a fifth of all members is lost at once, a
/// node that nobody can dial loses all its draws, and is alone until it has drawn anew, once in 625 times; with three it would
/// be once in 125 times. Each more is one more session, and one more note of each change.
pub const DRAWS: usize = 4;

/// How long a draw may lack a session before another takes its place: a node that restarts is back by then, and one that is
/// merely hard to reach was dialled three times at the longest pause between dials.
pub const DRAW_PATIENCE: Duration = Duration::from_mins(1);

/// The longest time after which a draw that has its session gives its place to another; jitter takes it down to a half. So all
/// draws are others within four hours, and a node ends a session that works some 32 times a day.
pub const REDRAW_PERIOD: Duration = Duration::from_hours(1);

/// The longest time for which a session that this node dialled, but would not dial any more, goes on: by then whoever took
/// its place is there. One ends at a time, so that a federation that outgrows the full mesh thins out within half an hour.
pub const LET_GO_PAUSE: Duration = Duration::from_mins(1);

/// The part of the members with a known place, the farthest first, of which the far draw is one. Not the very farthest:
/// everybody would dial the same few islands.
const FAR_PART: usize = 4;

/// A member, as far as the choice goes by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its node.
    pub node: NodeId,
    /// An operator wants it to be dialled always.
    pub pinned: bool,
    /// It can be dialled: an address and its keys are known.
    pub has_address: bool,
    /// Where it is, if it says so.
    pub point: Option<Point>,
}

/// Whom a node has drawn, and when it draws anew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialling {
    /// From the oldest to the newest; at most [`DRAWS`].
    draws: Vec<Draw>,
    redraw_at: Option<Moment>,
    let_go_at: Option<Moment>,
}

/// A member that was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Draw {
    node: NodeId,
    is_far: bool,
    /// Since when there is no session with it.
    missed: Option<Moment>,
}

impl Dialling {
    /// Whom `own` dials from now on. `members` are those of the roster, each once, in any order; `own` may be among them.
    /// `seed` is a random number of this call. At most one draw that still stands gives its place to another.
    pub fn choose(&mut self, own: NodeId, members: &[Candidate], now: Moment, seed: u64) -> BTreeSet<NodeId> {
        let others = members.iter().filter(|member| member.node != own && member.has_address);
        if members.len() <= FULL_MESH_MAX {
            (self.draws, self.redraw_at) = (Vec::new(), None);
            return others.map(|member| member.node).collect();
        }
        let (pinned, free): (Vec<&Candidate>, Vec<&Candidate>) = others.partition(|member| member.pinned);
        let free: BTreeMap<NodeId, Option<Point>> =
            free.into_iter().map(|member| (member.node, member.point)).collect();
        let own = members.iter().find(|member| member.node == own).and_then(|own| own.point);
        let mut pool = Pool { free, own, chance: Chance(seed) };
        self.draws.retain(|draw| pool.free.contains_key(&draw.node));
        self.replace(&mut pool, now);
        while self.draws.len() < DRAWS
            && let Some(draw) = pool.draw(&self.draws)
        {
            self.draws.push(draw);
        }
        let drawn = self.draws.iter().map(|draw| draw.node);
        pinned.into_iter().map(|member| member.node).chain(drawn).collect()
    }

    /// Says with whom there are sessions now, whoever dialled.
    pub fn watch(&mut self, now: Moment, is_connected: impl Fn(NodeId) -> bool) {
        for draw in &mut self.draws {
            let since = draw.missed.unwrap_or(now);
            draw.missed = (!is_connected(draw.node)).then_some(since);
        }
    }

    /// When `choose` has something to replace, if nothing else changes before.
    #[must_use]
    pub fn redraw_at(&self) -> Option<Moment> {
        let missed = self.draws.iter().filter_map(Draw::replace_at).min();
        [missed, self.redraw_at].into_iter().flatten().min()
    }

    /// When [`Dialling::let_go`] has a session to end, if nothing else changes before.
    #[must_use]
    pub const fn let_go_at(&self) -> Option<Moment> {
        self.let_go_at
    }

    /// The session to be ended now, of those that this node dialled and would not dial any more: `surplus` are their peers.
    /// None while a draw lacks its session, for one that works is worth more than one that is chosen well; and none in a full
    /// mesh, whose sessions end with the membership.
    pub fn let_go(&mut self, surplus: &BTreeSet<NodeId>, now: Moment, seed: u64) -> Option<NodeId> {
        let is_settled = !self.draws.is_empty() && self.draws.iter().all(|draw| draw.missed.is_none());
        if surplus.is_empty() || !is_settled {
            self.let_go_at = None;
            return None;
        }
        let mut chance = Chance(seed);
        let at = *self.let_go_at.get_or_insert_with(|| now.plus(chance.within(LET_GO_PAUSE)));
        if now < at {
            return None;
        }
        self.let_go_at = (surplus.len() > 1).then(|| now.plus(chance.within(LET_GO_PAUSE)));
        chance.one_of(surplus.iter().copied())
    }

    /// Gives the place of one draw to another member: of the one that was missed for longest, if that is too long, or of the
    /// oldest in its time. It stays if there is nobody else.
    fn replace(&mut self, pool: &mut Pool, now: Moment) {
        let redraw_at = *self.redraw_at.get_or_insert_with(|| now.plus(pool.chance.within(REDRAW_PERIOD)));
        let lost = |(_, draw): &(usize, &Draw)| draw.replace_at().is_some_and(|at| at <= now);
        let longest = self.draws.iter().enumerate().filter(lost).min_by_key(|(_, draw)| draw.missed);
        let place = match longest.map(|(place, _)| place) {
            Some(place) => place,
            None if redraw_at <= now => 0,
            None => return,
        };
        if redraw_at <= now {
            self.redraw_at = Some(now.plus(pool.chance.within(REDRAW_PERIOD)));
        }
        let Some(old) = self.draws.get_mut(place) else { return };
        // Whoever stays for want of others is missed from now on, so that it is not looked at again at once.
        old.missed = old.missed.map(|_| now);
        let rest: Vec<Draw> = self
            .draws
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place)
            .map(|(_, draw)| *draw)
            .collect();
        if let Some(new) = pool.draw_but(self.draws[place].node, &rest) {
            self.draws = rest;
            self.draws.push(new);
        }
    }
}

impl Draw {
    fn replace_at(&self) -> Option<Moment> {
        self.missed.map(|since| since.plus(DRAW_PATIENCE))
    }
}

/// Members that can be drawn.
struct Pool {
    free: BTreeMap<NodeId, Option<Point>>,
    /// Where this node is.
    own: Option<Point>,
    chance: Chance,
}

impl Pool {
    /// A member to stand beside these draws; a far one, if none of them is.
    fn draw(&mut self, draws: &[Draw]) -> Option<Draw> {
        let is_free = |node: &NodeId| draws.iter().all(|draw| draw.node != *node);
        let free: Vec<(NodeId, Option<Point>)> =
            self.free.iter().map(|(node, point)| (*node, *point)).filter(|(node, _)| is_free(node)).collect();
        let is_far = draws.iter().all(|draw| !draw.is_far);
        let far = if is_far { self.far(&free) } else { Vec::new() };
        let from = if far.is_empty() { free.into_iter().map(|(node, _)| node).collect() } else { far };
        let node = self.chance.one_of(from.into_iter())?;
        Some(Draw { node, is_far, missed: None })
    }

    /// The same, but not this member.
    fn draw_but(&mut self, node: NodeId, draws: &[Draw]) -> Option<Draw> {
        let point = self.free.remove(&node);
        let drawn = self.draw(draws);
        self.free.extend(point.map(|point| (node, point)));
        drawn
    }

    /// The farthest of those whose place is known. None if this node's own is not.
    fn far(&self, free: &[(NodeId, Option<Point>)]) -> Vec<NodeId> {
        let Some(own) = self.own else { return Vec::new() };
        let distance = |(node, point): &(NodeId, Option<Point>)| point.map(|it| (own.distance_m(it), *node));
        let mut known: Vec<(u32, NodeId)> = free.iter().filter_map(distance).collect();
        known.sort_unstable_by(|left, right| right.cmp(left));
        let count = known.len().div_ceil(FAR_PART);
        known.into_iter().take(count).map(|(_, node)| node).collect()
    }
}

/// Chance that only a seed decides: SplitMix64.
struct Chance(u64);

impl Chance {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn one_of<T>(&mut self, mut from: impl ExactSizeIterator<Item = T>) -> Option<T> {
        let count = u64::try_from(from.len()).expect("a number of members fits");
        let place = self.next().checked_rem(count)?;
        from.nth(usize::try_from(place).expect("less than a number of members"))
    }

    /// Between a half and all of a time.
    fn within(&mut self, longest: Duration) -> Duration {
        let half = longest / 2;
        let millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
        half + Duration::from_millis(self.next() % (millis + 1))
    }
}

#[cfg(test)]
mod tests;
