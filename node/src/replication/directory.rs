//! Where members are: what their profiles say of addresses, keys and places. Beside the sessions, so that whom to dial among
//! ten thousand members is found without asking the store for each.

use std::collections::{BTreeMap, BTreeSet};

use quince_core::domain::{Handle, Profile, place::Point};
use quince_core::feed::NodeId;
use quince_core::roster::{Address, RosterChain};
use quince_core::sync::Candidate;

use super::dial::Target;
use crate::tls::PinSet;

/// Members that operators want dialled always, each with the address that they gave, if any.
pub(super) type Pinned = BTreeMap<Handle, Option<Address>>;

/// The profile of each node that is stored, as far as dialling goes by it.
#[derive(Default)]
pub(super) struct Directory {
    listings: BTreeMap<NodeId, Listing>,
    has_changed: bool,
}

#[derive(PartialEq, Eq)]
struct Listing {
    addresses: Vec<Address>,
    pins: PinSet,
    point: Option<Point>,
}

impl Directory {
    /// Takes a node's newest profile.
    pub(super) fn learn(&mut self, node: NodeId, profile: &Profile) {
        let published = profile.endpoints.iter().map(ToString::to_string);
        let addresses: BTreeSet<Address> = published.filter_map(|endpoint| endpoint.parse().ok()).collect();
        let listing = Listing {
            addresses: addresses.into_iter().collect(),
            pins: profile.tls_keys.iter().copied().collect(),
            point: profile.place.as_ref().and_then(|place| place.point),
        };
        if self.listings.get(&node) != Some(&listing) {
            self.listings.insert(node, listing);
            self.has_changed = true;
        }
    }

    /// Whether anything is other than at the last call.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    /// Every member of the roster, as the choice whom to dial goes by it. One whose TLS keys are not known yet cannot be
    /// dialled.
    pub(super) fn candidates(&self, chain: &RosterChain, pinned: &Pinned) -> Vec<Candidate> {
        let candidate = |handle: &Handle, node: NodeId| {
            let listing = self.listings.get(&node);
            let has_address =
                listing.is_some_and(|listing| !listing.addresses(pinned.get(handle)).is_empty());
            let point = listing.and_then(|listing| listing.point);
            Candidate { node, pinned: pinned.contains_key(handle), has_address, point }
        };
        chain.roster().members.iter().map(|(handle, member)| candidate(handle, member.node)).collect()
    }

    /// How a member is dialled.
    pub(super) fn target(&self, chain: &RosterChain, pinned: &Pinned, node: NodeId) -> Option<Target> {
        let handle = chain.roster().handle_of(&node)?.clone();
        let listing = self.listings.get(&node)?;
        let addresses = listing.addresses(pinned.get(&handle)).to_vec();
        Some(Target { handle, node, addresses, pins: listing.pins.clone() })
    }
}

impl Listing {
    /// An address that operators gave counts instead of those that the node publishes.
    fn addresses<'a>(&'a self, pinned: Option<&'a Option<Address>>) -> &'a [Address] {
        match pinned {
            Some(Some(address)) => std::slice::from_ref(address),
            _ => &self.addresses,
        }
    }
}
