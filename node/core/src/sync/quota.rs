//! What one member may take of everybody's room and time: a rate in the live tail, and live records in all.
//!
//! A quota stalls a feed at a prefix or holds it back for a while; it never skips an entry and never makes one invalid. How
//! much a member has in use only the store can count; the session is told when a batch would go beyond.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::feed::{FeedId, NodeId};
use crate::roster::Member;
use crate::sync::moment::Moment;

/// Entries a second that a member may add to the live tail for long: a busy office writes one, an import some hundred.
pub const TAIL_RATE: u64 = 200;

/// Entries that may come faster than that at once: an import of ten seconds' worth.
pub const TAIL_BURST: u64 = 10 * TAIL_RATE;

/// The time in which one entry is earned.
const COST: Duration = Duration::from_nanos(1_000_000_000 / TAIL_RATE);

/// Live records of a member unless the roster grants more.
pub const LIVE_RECORDS_MAX: u64 = 200_000;

/// Bytes of these; where the roster grants more records, it grants bytes in the same proportion.
pub const LIVE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a member has in use, or may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Records that have not ended, and entries that nobody here can read.
    pub records: u64,
    /// Bytes of their entries.
    pub bytes: u64,
}

/// What is held against members now. Empty after a start: everything is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Quotas {
    paces: BTreeMap<NodeId, Pace>,
    stalled: BTreeMap<FeedId, Usage>,
}

/// How fast a member goes: entries that it may still send at once. Below zero it must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pace {
    left: i64,
    filled: Moment,
    /// It went too fast at some time. What it piles up meanwhile comes as a catch-up, which counts then as well.
    exceeded: bool,
}

impl Usage {
    /// What a member may have in use.
    #[must_use]
    pub fn allowed(member: &Member) -> Self {
        let records = member.record_limit.unwrap_or_default().max(LIVE_RECORDS_MAX);
        let bytes = u128::from(LIVE_BYTES_MAX) * u128::from(records) / u128::from(LIVE_RECORDS_MAX);
        Self { records, bytes: u64::try_from(bytes).unwrap_or(u64::MAX) }
    }

    /// Whether there is more of something than allowed, and more than before: what only ends records is never too much.
    #[must_use]
    pub const fn goes_beyond(self, allowed: Self, before: Self) -> bool {
        (self.records > allowed.records && self.records > before.records)
            || (self.bytes > allowed.bytes && self.bytes > before.bytes)
    }

    const fn is_below(self, other: Self) -> bool {
        self.records < other.records || self.bytes < other.bytes
    }
}

impl Quotas {
    /// Counts entries that arrived. `tail` tells that they came as they were written, not as a catch-up, which is bounded
    /// by credit.
    pub(super) fn count(&mut self, node: NodeId, entries: usize, tail: bool, now: Moment) {
        let pace = self.paces.entry(node).or_insert_with(|| Pace::new(now));
        if tail || pace.exceeded {
            pace.count(i64::try_from(entries).unwrap_or(i64::MAX), now);
        }
    }

    /// Until when a member must wait; `None` when it need not.
    pub(super) fn waits_until(&self, node: NodeId, now: Moment) -> Option<Moment> {
        self.paces.get(&node).map(Pace::ready).filter(|ready| *ready > now)
    }

    pub(super) fn stall(&mut self, feed: FeedId, usage: Usage) {
        self.stalled.insert(feed, usage);
    }

    pub(super) fn is_stalled(&self, feed: FeedId) -> bool {
        self.stalled.contains_key(&feed)
    }

    /// Feeds to be tried again, because their owner has less in use than when they were stalled.
    pub(super) fn resume(&mut self, node: NodeId, usage: Usage) -> Vec<FeedId> {
        let freed = self.stalled.extract_if(.., |feed, held| feed.node == node && usage.is_below(*held));
        freed.map(|(feed, _)| feed).collect()
    }

    /// The roster may grant more: everything is tried again.
    pub(super) fn resume_all(&mut self) {
        self.stalled.clear();
    }
}

impl Pace {
    const fn new(now: Moment) -> Self {
        Self { left: TAIL_BURST.cast_signed(), filled: now, exceeded: false }
    }

    fn count(&mut self, entries: i64, now: Moment) {
        let burst = TAIL_BURST.cast_signed();
        // What does not fit a count is months of entries; it counts the next time.
        let gained = u32::try_from(now.since(self.filled).as_nanos() / COST.as_nanos()).unwrap_or(u32::MAX);
        let left = self.left.saturating_add(i64::from(gained));
        if left >= burst {
            (self.left, self.filled) = (burst, now);
        } else {
            // Only the time that whole entries are worth is used up: what is left of it counts the next time.
            (self.left, self.filled) = (left, self.filled.plus(COST.saturating_mul(gained)));
        }
        self.left = self.left.saturating_sub(entries);
        self.exceeded |= self.left < 0;
    }

    fn ready(&self) -> Moment {
        let debt = self.left.min(0).unsigned_abs();
        self.filled.plus(Duration::from_millis(debt.saturating_mul(1000).div_ceil(TAIL_RATE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId([7; 32]);
    const START: Moment = Moment(Duration::from_secs(100));

    fn after(seconds: u64) -> Moment {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_burst_passes_one_entry_more_waits_and_ten_times_as_much_waits_as_long_as_it_is_worth() {
        for (entries, wait) in [(2000, None), (2001, Some(5)), (20_000, Some(90_000))] {
            let mut quotas = Quotas::default();
            quotas.count(NODE, entries, true, START);
            let until = wait.map(|wait| START.plus(Duration::from_millis(wait)));
            assert_eq!(quotas.waits_until(NODE, START), until, "{entries}");
            assert_eq!(quotas.waits_until(NODE, after(90)), None);
        }
    }

    #[test]
    fn two_hundred_a_second_pass_for_ever_and_two_hundred_and_one_do_not() {
        for (rate, expected) in [(200, true), (201, false), (2000, false)] {
            let mut quotas = Quotas::default();
            let waits = (0..3600).any(|second| {
                quotas.count(NODE, rate, true, after(second));
                quotas.waits_until(NODE, after(second)).is_some()
            });
            assert_eq!(!waits, expected, "{rate}");
        }
    }

    #[test]
    fn a_rate_below_the_limit_passes_however_its_entries_fall_between_the_milliseconds() {
        // 167 and 148 entries a second, in steps that are worth no whole number of entries.
        for pattern in [&[1, 2][..], &[1, 1, 2]] {
            let mut quotas = Quotas::default();
            for (step, entries) in (0..100_000).zip(pattern.iter().cycle()) {
                let now = START.plus(Duration::from_millis(9 * step));
                quotas.count(NODE, *entries, true, now);
                assert_eq!(quotas.waits_until(NODE, now), None, "{pattern:?} after {step} steps");
            }
        }
    }

    #[test]
    fn a_catch_up_is_free_but_not_for_whoever_piled_it_up() {
        let mut quotas = Quotas::default();
        quotas.count(NODE, 1_000_000, false, START);
        assert_eq!(quotas.waits_until(NODE, START), None);
        quotas.count(NODE, 2001, true, START);
        quotas.count(NODE, 2000, false, after(1));
        assert!(quotas.waits_until(NODE, after(10)).is_some());
    }

    #[test]
    fn a_grant_of_more_records_grants_bytes_too_and_one_of_fewer_takes_nothing() {
        let allowed = |record_limit| Usage::allowed(&Member { node: NODE, record_limit });
        let usual = Usage { records: LIVE_RECORDS_MAX, bytes: LIVE_BYTES_MAX };
        assert_eq!((allowed(None), allowed(Some(5))), (usual, usual));
        assert_eq!(allowed(Some(400_000)), Usage { records: 400_000, bytes: 2 * LIVE_BYTES_MAX });
        assert_eq!(allowed(Some((1 << 53) - 1)).records, (1 << 53) - 1);
    }

    #[test]
    fn what_ends_records_is_never_too_much() {
        let [allowed, full, more] = [9, 10, 11].map(|records| Usage { records, bytes: 0 });
        assert!(more.goes_beyond(allowed, full) && full.goes_beyond(allowed, allowed));
        assert!(!full.goes_beyond(allowed, more) && !full.goes_beyond(allowed, full));
        assert!(!allowed.goes_beyond(allowed, Usage::default()));
    }
}
