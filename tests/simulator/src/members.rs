//! A federation whose keys, ids and roster follow from the names of its members.

use std::collections::{BTreeMap, BTreeSet};

use quince_core::feed::header::{EntryKind, Fields, Flags, Header, coarse_time};
use quince_core::feed::{Entry, Epoch, Hash, NodeId, Raw, Sign, SigningKey};
use quince_core::roster::inception::next_key_hash;
use quince_core::roster::{EpochStart, Inception, Member, Roster, RosterDraft, SignedRoster};

/// The body of a profile is one TLS key, here.
const PROFILE: EntryKind = EntryKind(16);

/// What offices write; nobody here reads it.
pub const RECORD: EntryKind = EntryKind(17);

/// The date at which every simulation begins, in seconds since 1970.
pub const START_S: u64 = 1_800_000_000;

/// The name of a member, which is its handle.
pub fn name(member: usize) -> String {
    format!("city-{member:03}")
}

/// The key that a member signs with in an epoch.
pub fn signing_key(name: &str, epoch: Epoch) -> SigningKey {
    SigningKey::from_seed(&Hash::of(&[name.as_bytes(), b" signs in ", &epoch.0.to_be_bytes()]).0)
}

/// The hash of the key by which a member is known on the network.
pub fn tls_key(name: &str) -> Hash {
    Hash::of(&[name.as_bytes(), b" in TLS"])
}

fn commitment(name: &str, epoch: Epoch) -> Hash {
    next_key_hash(&signing_key(name, epoch).public_key())
}

fn inception(name: &str) -> Inception {
    Inception {
        signing_key: signing_key(name, Epoch::FIRST).public_key(),
        next_key_hash: commitment(name, Epoch::FIRST.next()),
        salt: [7; 16],
    }
}

/// The id of a member.
pub fn node(name: &str) -> NodeId {
    inception(name).node_id()
}

/// Who a member is, and the TLS key by which it is known.
pub fn first_entries(name: &str) -> Vec<Entry> {
    let inception = entry(EntryKind::INCEPTION, START_S, &inception(name).to_bytes());
    vec![inception, profile(name, START_S)]
}

/// What a member says of itself.
pub fn profile(name: &str, time_s: u64) -> Entry {
    entry(PROFILE, time_s, &tls_key(name).0)
}

/// The entry that begins an epoch.
pub fn epoch_start(name: &str, time_s: u64, epoch: Epoch) -> Entry {
    let start = EpochStart {
        epoch,
        signing_key: signing_key(name, epoch).public_key(),
        next_key_hash: commitment(name, epoch.next()),
        bases_hash: Hash::of(&[]),
    };
    entry(EntryKind::EPOCH_START, time_s, &start.to_bytes())
}

/// The TLS keys of the last profile, read as the shell would.
pub fn tls_keys(entries: &[Entry]) -> BTreeSet<Hash> {
    let profile = |entry: &&Entry| entry.header().is_some_and(|header| header.kind == PROFILE);
    let body = entries.iter().rfind(profile).and_then(Entry::body);
    body.and_then(|body| Hash::try_from(&body[..]).ok()).into_iter().collect()
}

/// An entry with this body.
pub fn entry(kind: EntryKind, time_s: u64, body: &[u8]) -> Entry {
    let fields = Fields {
        flags: Flags::default(),
        kind,
        schema: 1,
        body_len: u32::try_from(body.len()).expect("a body is short"),
        number: 0,
        revision: 0,
        time_s: coarse_time(time_s),
        retain_until_s: 0,
    };
    let header = Header::new(fields).expect("a header inside its bounds");
    Entry::full(header, Raw::from(body)).expect("a body as long as its header says")
}

/// Version 1 with these members, the first of whom is the only steward.
pub fn roster(members: usize) -> SignedRoster {
    let names: Vec<String> = (0..members).map(name).collect();
    let handle = |name: &String| name.parse().expect("a name is a handle");
    let key = signing_key(&names[0], Epoch::FIRST);
    let draft = RosterDraft {
        name: "Silk Road Relief".parse().expect("a name of a federation"),
        version: 1,
        previous: None,
        expires: "2099-12-31T00:00:00Z".parse().expect("a date"),
        threshold: 1,
        catalogue: None,
        stewards: BTreeMap::from([(handle(&names[0]), key.public_key())]),
        members: names
            .iter()
            .map(|name| (handle(name), Member { node: node(name), record_limit: None }))
            .collect(),
    };
    let unsigned = SignedRoster::unsigned(Roster::new(draft).expect("a roster that keeps the rules"));
    let federation = unsigned.founds().expect("version 1 founds a federation");
    unsigned.sign(&federation, &handle(&names[0]), &key)
}
