//! Counts connections: so many in all, so many of one address. A slot is given back when it is dropped.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use super::limits::IPV6_PREFIX_BITS;

/// The places of one listener. Clones share them.
#[derive(Debug, Clone)]
pub struct Slots {
    max: usize,
    per_address_max: usize,
    taken: Arc<Mutex<Taken>>,
}

/// One place, taken.
#[derive(Debug)]
pub struct Slot {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

/// No place is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Full {
    /// For anybody.
    #[error("{0} connections are open, expected fewer than that")]
    All(usize),
    /// For this address.
    #[error("{0} connections of this address are open, expected fewer than that")]
    Address(usize),
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

impl Slots {
    /// This many places in all, this many for one address.
    #[must_use]
    pub fn new(max: usize, per_address_max: usize) -> Self {
        Self { max, per_address_max, taken: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// When none is left.
    pub fn take(&self, address: IpAddr) -> Result<Slot, Full> {
        let address = one_machine(address);
        let mut taken = lock(&self.taken);
        if taken.all >= self.max {
            return Err(Full::All(self.max));
        }
        let of_address = taken.by_address.entry(address).or_default();
        if *of_address >= self.per_address_max {
            return Err(Full::Address(self.per_address_max));
        }
        *of_address += 1;
        taken.all += 1;
        Ok(Slot { address, taken: self.taken.clone() })
    }

    /// How many are taken.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.taken).all
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all -= 1;
        if let Some(count) = taken.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or an IPv6 network as one household gets it.
pub(super) fn one_machine(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::MAX << (u128::BITS - IPV6_PREFIX_BITS);
            Ipv6Addr::from(u128::from(address) & network).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_gets_so_many_places_and_leaves_the_others_alone() {
        let slots = Slots::new(10, 2);
        let first = slots.take(address("10.0.0.1")).unwrap();
        let _second = slots.take(address("10.0.0.1")).unwrap();
        assert_eq!(slots.take(address("10.0.0.1")).unwrap_err(), Full::Address(2));
        assert!(slots.take(address("10.0.0.2")).is_ok());
        drop(first);
        assert!(slots.take(address("10.0.0.1")).is_ok());
    }

    #[test]
    fn all_addresses_together_get_so_many_places() {
        let slots = Slots::new(2, 2);
        let _both = [slots.take(address("10.0.0.1")).unwrap(), slots.take(address("10.0.0.2")).unwrap()];
        assert_eq!(slots.take(address("10.0.0.3")).unwrap_err(), Full::All(2));
        assert_eq!(slots.count(), 2);
    }

    #[test]
    fn a_machine_with_many_ipv6_addresses_is_one() {
        let slots = Slots::new(10, 1);
        let _slot = slots.take(address("2001:db8:1:2::1")).unwrap();
        assert!(slots.take(address("2001:db8:1:2:ffff::9")).is_err());
        assert!(slots.take(address("2001:db8:1:3::1")).is_ok());
        let _mapped = slots.take(address("::ffff:10.0.0.1")).unwrap();
        assert!(slots.take(address("10.0.0.1")).is_err());
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let slots = Slots::new(10, 1);
        drop(slots.take(address("10.0.0.1")).unwrap());
        assert!(lock(&slots.taken).by_address.is_empty() && slots.count() == 0);
    }
}
