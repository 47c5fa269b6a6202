//! Credit for data frames, seen from both ends.

use crate::sync::limits::CREDIT_BYTES_MAX;

/// What I granted: bytes the peer may still send, and bytes that I am ready to grant again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    window: u64,
    left: u64,
    due: u64,
}

/// What I was granted: bytes that I may still send.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Allowance(u64);

impl Grant {
    pub(super) const fn new(window: u64) -> Self {
        Self { window, left: window, due: 0 }
    }

    /// Counts a data frame; false when the peer has sent more than it was granted.
    #[must_use]
    pub(super) const fn take(&mut self, bytes: u64) -> bool {
        let Some(left) = self.left.checked_sub(bytes) else { return false };
        self.left = left;
        true
    }

    /// The bytes are off my hands: saved, or thrown away.
    pub(super) const fn settle(&mut self, bytes: u64) {
        self.due += bytes;
    }

    /// The next grant. Small ones are gathered until they are a quarter of the window.
    pub(super) const fn next(&mut self) -> Option<u64> {
        if self.due < self.window / 4 {
            return None;
        }
        let bytes = self.due;
        self.due = 0;
        self.left += bytes;
        Some(bytes)
    }
}

impl Allowance {
    pub(super) fn add(&mut self, bytes: u64) {
        self.0 = self.0.saturating_add(bytes).min(CREDIT_BYTES_MAX);
    }

    /// Whether there is enough for a frame.
    pub(super) const fn covers(&self, bytes: u64) -> bool {
        self.0 >= bytes
    }

    /// Takes what a frame costs.
    pub(super) const fn spend(&mut self, bytes: u64) {
        self.0 = self.0.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_is_granted_again_in_quarters() {
        let mut grant = Grant::new(400);
        assert!(grant.take(300) && !grant.take(101));
        grant.settle(99);
        assert_eq!(grant.next(), None);
        grant.settle(1);
        assert_eq!((grant.next(), grant.next()), (Some(100), None));
        assert!(grant.take(200) && !grant.take(1));
    }

    #[test]
    fn nothing_is_spent_beyond_the_allowance_and_no_grant_overflows_it() {
        let mut allowance = Allowance::default();
        allowance.add(10);
        assert!(allowance.covers(10) && !allowance.covers(11));
        allowance.spend(10);
        assert!(!allowance.covers(1));
        allowance.add(u64::MAX);
        allowance.add(u64::MAX);
        assert!(allowance.covers(CREDIT_BYTES_MAX) && !allowance.covers(CREDIT_BYTES_MAX + 1));
    }
}
