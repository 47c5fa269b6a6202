//! Keeps failures from filling the log: one line a minute for each address, with the number of those left out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::limits::{FAILURE_ADDRESSES_MAX, FAILURE_LOG_INTERVAL};
use super::slots::one_machine;

/// Which failures are worth a line in the log. Clones share what they remember.
#[derive(Debug, Clone, Default)]
pub struct Throttle {
    seen: Arc<Mutex<BTreeMap<IpAddr, Seen>>>,
}

#[derive(Debug)]
struct Seen {
    logged: Duration,
    left_out: u64,
}

impl Throttle {
    /// Notes a failure at `now`, a time that never jumps. `Some` when it should be logged, with the number of those
    /// left out since the last one.
    #[must_use]
    pub fn note(&self, now: Duration, address: IpAddr) -> Option<u64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let address = one_machine(address);
        if !seen.contains_key(&address) && seen.len() >= FAILURE_ADDRESSES_MAX {
            seen.retain(|_, seen| now.saturating_sub(seen.logged) < FAILURE_LOG_INTERVAL);
            if seen.len() >= FAILURE_ADDRESSES_MAX {
                return None;
            }
        }
        let Some(last) = seen.get_mut(&address) else {
            seen.insert(address, Seen { logged: now, left_out: 0 });
            return Some(0);
        };
        if now.saturating_sub(last.logged) < FAILURE_LOG_INTERVAL {
            last.left_out += 1;
            return None;
        }
        last.logged = now;
        Some(std::mem::take(&mut last.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_logged_once_a_minute_with_a_count() {
        let throttle = Throttle::default();
        let address = IpAddr::from([10, 0, 0, 1]);
        let at = Duration::from_secs;
        assert_eq!(throttle.note(at(0), address), Some(0));
        assert_eq!([throttle.note(at(1), address), throttle.note(at(59), address)], [None, None]);
        assert_eq!(throttle.note(at(59), IpAddr::from([10, 0, 0, 2])), Some(0));
        assert_eq!(throttle.note(at(60), address), Some(2));
        assert_eq!(throttle.note(at(61), address), None);
    }

    #[test]
    fn a_flood_of_addresses_fills_neither_the_log_nor_the_memory() {
        let throttle = Throttle::default();
        let addresses = (0..10_000_u32).map(|n| IpAddr::from(n.to_be_bytes()));
        let logged = addresses.filter(|address| throttle.note(Duration::ZERO, *address).is_some()).count();
        assert_eq!(logged, FAILURE_ADDRESSES_MAX);
        assert_eq!(throttle.seen.lock().unwrap().len(), FAILURE_ADDRESSES_MAX);
        assert_eq!(throttle.note(FAILURE_LOG_INTERVAL, IpAddr::from([255, 0, 0, 1])), Some(0));
    }
}
