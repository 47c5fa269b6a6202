//! A federation whose keys, ids and rosters follow from the names of its cities.

use std::collections::BTreeMap;

use quince_core::feed::header::{EntryKind, Fields, Flags, Header};
use quince_core::feed::{Entry, Epoch, FederationId, Hash, NodeId, Raw, Sign, SigningKey};
use quince_core::roster::inception::next_key_hash;
use quince_core::roster::{EpochStart, Inception, Member, Roster, RosterChain, RosterDraft, SignedRoster};

/// Bytes of a profile in these tests: one TLS key.
const PROFILE_KIND: EntryKind = EntryKind(16);

pub(crate) fn signing_key(city: &str) -> SigningKey {
    SigningKey::from_seed(&Hash::of(&[b"signing key of ", city.as_bytes()]).0)
}

pub(crate) fn tls_key(city: &str) -> Hash {
    Hash::of(&[b"TLS key of ", city.as_bytes()])
}

pub(crate) fn inception(city: &str) -> Inception {
    Inception {
        signing_key: signing_key(city).public_key(),
        next_key_hash: next_key_hash(&signing_key(&format!("{city}, the next")).public_key()),
        salt: [7; 16],
    }
}

pub(crate) fn node(city: &str) -> NodeId {
    inception(city).node_id()
}

/// The inception and a profile that names the city's TLS key.
pub(crate) fn identity_entries(city: &str) -> Vec<Entry> {
    vec![entry(EntryKind::INCEPTION, &inception(city).to_bytes()), entry(PROFILE_KIND, &tls_key(city).0)]
}

/// The entry that begins a city's second epoch.
pub(crate) fn second_epoch(city: &str) -> Entry {
    let [next, third] = ["next", "third"].map(|key| signing_key(&format!("{city}, the {key}")).public_key());
    let start = EpochStart {
        epoch: Epoch::FIRST.next(),
        signing_key: next,
        next_key_hash: next_key_hash(&third),
        bases_hash: Hash::of(&[]),
    };
    entry(EntryKind::EPOCH_START, &start.to_bytes())
}

/// The TLS keys of the last profile, read as the shell would.
pub(crate) fn tls_keys(entries: &[Entry]) -> Vec<Hash> {
    let mut profiles =
        entries.iter().filter(|entry| entry.header().is_some_and(|it| it.kind == PROFILE_KIND));
    let body = profiles.next_back().and_then(Entry::body);
    body.and_then(|body| Hash::try_from(&body[..]).ok()).into_iter().collect()
}

pub(crate) fn entry(kind: EntryKind, body: &[u8]) -> Entry {
    let body_len = u32::try_from(body.len()).unwrap();
    let flags = Flags::default();
    let fields =
        Fields { flags, kind, schema: 1, body_len, number: 0, revision: 0, time_s: 60, retain_until_s: 0 };
    Entry::full(Header::new(fields).unwrap(), Raw::from(body)).unwrap()
}

/// Version 1 with these members, the first of whom is the only steward.
pub(crate) fn first_roster(name: &str, members: &[&str]) -> SignedRoster {
    sign(
        RosterDraft {
            name: name.parse().unwrap(),
            version: 1,
            previous: None,
            expires: "2027-12-31T00:00:00Z".parse().unwrap(),
            threshold: 1,
            catalogue: None,
            stewards: BTreeMap::from([(members[0].parse().unwrap(), signing_key(members[0]).public_key())]),
            members: members.iter().map(|city| member(city)).collect(),
        },
        None,
    )
}

/// The next version, with one more member.
pub(crate) fn admit(chain: &RosterChain, city: &str) -> SignedRoster {
    let mut draft = chain.roster().successor(chain.roster().expires);
    draft.members.extend([member(city)]);
    sign(draft, Some(chain.federation()))
}

/// The next version, without a member.
pub(crate) fn dismiss(chain: &RosterChain, city: &str) -> SignedRoster {
    let mut draft = chain.roster().successor(chain.roster().expires);
    draft.members.remove(&city.parse().unwrap());
    sign(draft, Some(chain.federation()))
}

/// The next version, which grants a member more live records.
pub(crate) fn grant(chain: &RosterChain, city: &str, records: u64) -> SignedRoster {
    let mut draft = chain.roster().successor(chain.roster().expires);
    draft.members.get_mut(&city.parse().unwrap()).unwrap().record_limit = Some(records);
    sign(draft, Some(chain.federation()))
}

fn member(city: &str) -> (quince_core::domain::handle::Handle, Member) {
    (city.parse().unwrap(), Member { node: node(city), record_limit: None })
}

fn sign(draft: RosterDraft, federation: Option<FederationId>) -> SignedRoster {
    let steward = draft.stewards.keys().next().unwrap().clone();
    let unsigned = SignedRoster::unsigned(Roster::new(draft).unwrap());
    let federation = federation.or(unsigned.founds()).unwrap();
    unsigned.sign(&federation, &steward, &signing_key(steward.as_str()))
}
