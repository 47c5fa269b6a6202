//! Rosters for tests: a federation with stewards and members whose keys and ids follow from their handles.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::handle::Handle;
use crate::feed::id::{FederationId, NodeId};
use crate::feed::key::{Sign, SigningKey};
use crate::feed::{Hash, sample};
use crate::roster::draft::{Member, RosterDraft};
use crate::roster::inception::{Inception, next_key_hash};
use crate::roster::signed::SignedRoster;
use crate::roster::version::Roster;

pub(crate) fn handle(text: &str) -> Handle {
    text.parse().unwrap()
}

/// The key of a steward with this handle.
pub(crate) fn steward(text: &str) -> SigningKey {
    SigningKey::from_seed(&Hash::of(&[text.as_bytes()]).0)
}

pub(crate) fn node(text: &str) -> NodeId {
    Hash::of(&[b"node ", text.as_bytes()]).into()
}

pub(crate) fn expires() -> Timestamp {
    "2027-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn stewards(handles: &[&str]) -> BTreeMap<Handle, crate::feed::PublicKey> {
    handles.iter().map(|text| (handle(text), steward(text).public_key())).collect()
}

pub(crate) fn members(handles: &[&str]) -> BTreeMap<Handle, Member> {
    handles.iter().map(|text| (handle(text), Member { node: node(text), record_limit: None })).collect()
}

pub(crate) fn first_draft() -> RosterDraft {
    RosterDraft {
        name: "Silk Road Relief".parse().unwrap(),
        version: 1,
        previous: None,
        expires: expires(),
        threshold: 2,
        catalogue: None,
        stewards: stewards(&["isfahan", "quanzhou", "turin"]),
        members: members(&["isfahan", "quanzhou", "turin"]),
    }
}

/// The draft signed by these stewards, for a federation that may be another one.
pub(crate) fn signed(draft: RosterDraft, federation: Option<FederationId>, signers: &[&str]) -> SignedRoster {
    let unsigned = SignedRoster::unsigned(Roster::new(draft).unwrap());
    let federation = federation.or(unsigned.founds()).unwrap();
    signers.iter().fold(unsigned, |roster, text| roster.sign(&federation, &handle(text), &steward(text)))
}

pub(crate) fn inception() -> Inception {
    Inception {
        signing_key: sample::key(1).public_key(),
        next_key_hash: next_key_hash(&sample::key(2).public_key()),
        salt: [0x5a; 16],
    }
}
