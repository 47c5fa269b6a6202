//! How much may be on its way to the peer at a time.
//!
//! Whatever is sent next, however urgent, arrives after what is on its way already, in this node's buffers, on the link and in
//! the peer's. So a sender keeps the way short: behind its data it asks for a sign of life, whose answer says that all before it
//! has arrived, and how long that took. What it took longer than on an empty way is what somebody in a hurry would have waited.
//! While that stays below [`DELAY_MAX`] more may be on its way, otherwise only what the link was seen to carry in that time. The
//! idea is that of delay-based congestion control (RFC 6817), between the ends of a session instead of those of a connection.

use std::collections::VecDeque;
use std::time::Duration;

use crate::sync::limits::{CREDIT_BYTES, DELAY_MAX, ENTRIES_LEN_MAX, WINDOW_FIRST, WINDOW_MIN};
use crate::sync::moment::Moment;

/// A sign of life is asked for when such a part of the window has been sent since the last one.
const PROBES: u64 = 8;

/// What is on its way, and how much may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pace {
    window: u64,
    /// Bytes of all data frames sent so far.
    sent: u64,
    /// Of these, how many are known to have arrived.
    arrived: u64,
    /// Of those sent, how many the last probe covers; `None` before the first.
    probed: Option<u64>,
    /// How many signs of life were asked for.
    asked: u64,
    /// Without answer, the oldest first.
    probes: VecDeque<Probe>,
    /// The shortest time that an answer took.
    empty_way: Duration,
}

/// A sign of life that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Probe {
    nonce: u64,
    at: Moment,
    /// What had been sent before it.
    sent: u64,
    /// Of that, what was on its way then.
    on_its_way: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            window: WINDOW_FIRST,
            sent: 0,
            arrived: 0,
            probed: None,
            asked: 0,
            probes: VecDeque::new(),
            empty_way: Duration::MAX,
        }
    }
}

impl Pace {
    /// Counts a frame, unless too much is on its way already. An empty way takes a frame of any length.
    #[must_use]
    pub(super) const fn admit(&mut self, bytes: u64) -> bool {
        let on_its_way = self.on_its_way();
        if on_its_way > 0 && on_its_way + bytes > self.window {
            return false;
        }
        self.sent += bytes;
        true
    }

    /// The nonce of a sign of life to ask for now, if one is due. The first one goes before the first data, and finds an empty way.
    pub(super) fn probe(&mut self, now: Moment, has_data: bool) -> Option<u64> {
        let unasked = self.probed.map(|probed| self.sent - probed);
        let due = match unasked {
            None => has_data,
            Some(0) => false,
            Some(bytes) => self.probes.is_empty() || bytes >= self.window / PROBES,
        };
        due.then(|| self.ask(now))
    }

    /// The nonce of a sign of life to ask for now in any case.
    pub(super) fn ask(&mut self, now: Moment) -> u64 {
        self.asked += 1;
        let (nonce, sent, on_its_way) = (self.asked, self.sent, self.on_its_way());
        self.probes.push_back(Probe { nonce, at: now, sent, on_its_way });
        self.probed = Some(sent);
        nonce
    }

    /// The answer to a sign of life, and so to those before it. Others mean nothing here.
    pub(super) fn hear(&mut self, nonce: u64, now: Moment) {
        let Some(at) = self.probes.iter().position(|probe| probe.nonce == nonce) else { return };
        let Some(probe) = self.probes.drain(..=at).next_back() else { return };
        let (took, arrived) = (now.since(probe.at), probe.sent - self.arrived);
        self.arrived = probe.sent;
        self.empty_way = self.empty_way.min(took);
        let bearable = self.empty_way.saturating_add(DELAY_MAX);
        if took > bearable {
            let carried = u128::from(probe.on_its_way) * bearable.as_micros() / took.as_micros();
            let carried = u64::try_from(carried).expect("less than what was on its way");
            self.window = carried.clamp(WINDOW_MIN, self.window);
        } else if probe.on_its_way > self.window / 2 {
            self.window = (self.window + arrived).min(CREDIT_BYTES);
        }
    }

    /// The most bytes of entries to read for one frame, so that two fit the window.
    pub(super) fn piece(&self) -> usize {
        usize::try_from(self.window / 2).unwrap_or(usize::MAX).min(ENTRIES_LEN_MAX)
    }

    const fn on_its_way(&self) -> u64 {
        self.sent - self.arrived
    }
}

#[cfg(test)]
mod tests;
