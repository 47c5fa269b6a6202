//! Feeds for tests: fixed keys, ids and entries, so that every test of this package can be read without its neighbour.

use crate::feed::entry::{Entry, Raw};
use crate::feed::header::{EntryKind, Fields, Flags, Header};
use crate::feed::id::{AudienceId, Epoch, FederationId, FeedId, Lane, NodeId};
use crate::feed::key::{Sign, SigningKey};
use crate::feed::{Hash, Verifier};

pub(crate) const FEDERATION: FederationId = FederationId([0xfe; 32]);

pub(crate) const FEED: FeedId =
    FeedId { node: NodeId([0x0d; 32]), audience: AudienceId::federation(&FEDERATION), lane: Lane::Normal };

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// The owner of the sample feed, in its first epoch, is `key(1)`.
pub(crate) fn owner() -> Verifier {
    Verifier { federation: FEDERATION, epoch: Epoch::FIRST, key: key(1).public_key() }
}

pub(crate) fn fields(kind: EntryKind, body: &[u8]) -> Fields {
    Fields {
        flags: Flags::default(),
        kind,
        schema: 1,
        body_len: u32::try_from(body.len()).unwrap(),
        number: 0,
        revision: 0,
        time_s: 1_800_000_000,
        retain_until_s: 0,
    }
}

pub(crate) fn entry_of(kind: EntryKind, body: &[u8]) -> Entry {
    Entry::full(Header::new(fields(kind, body)).unwrap(), Raw::from(body)).unwrap()
}

/// Entry `number` of a feed of small records.
pub(crate) fn entry(number: u64) -> Entry {
    let body = format!("record {number}");
    let fields = Fields { number, revision: 1, ..fields(EntryKind(16), body.as_bytes()) };
    Entry::full(Header::new(fields).unwrap(), Raw::from(body.as_bytes())).unwrap()
}

pub(crate) fn entries(numbers: std::ops::Range<u64>) -> Vec<Entry> {
    numbers.map(entry).collect()
}

pub(crate) fn leaves(entries: &[Entry]) -> Vec<Hash> {
    entries.iter().map(Entry::leaf_hash).collect()
}
