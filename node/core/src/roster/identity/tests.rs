//! What the room of `identity` promises, a test a promise.

use super::*;
use crate::feed::key::Sign;
use crate::feed::replica::ReplicaLog;
use crate::feed::sample::{FEDERATION, entry_of, key};
use crate::feed::{AudienceId, FeedId, Lane, OriginLog};
use crate::roster::sample::inception;

const PROFILE: EntryKind = EntryKind::FIRST_OPAQUE;

fn begin() -> Entry {
    entry_of(EntryKind::INCEPTION, &inception().to_bytes())
}

fn profile(text: &str) -> Entry {
    entry_of(PROFILE, text.as_bytes())
}

/// Starts an epoch with `key(seed)`, committing to the key after it.
fn start(epoch: u64, seed: u8) -> Entry {
    let start = EpochStart {
        epoch: Epoch(epoch),
        signing_key: key(seed).public_key(),
        next_key_hash: next_key_hash(&key(seed + 1).public_key()),
        bases_hash: Hash([0; 32]),
    };
    entry_of(EntryKind::EPOCH_START, &start.to_bytes())
}

fn replay(entries: &[Entry]) -> Result<IdentityLane, IdentityError> {
    IdentityLane::replay(inception().node_id(), entries)
}

#[test]
fn the_inception_gives_the_first_epoch_its_key() {
    let lane = replay(&[begin(), profile("a"), profile("b")]).unwrap();
    assert_eq!((lane.size(), lane.epoch()), (3, Epoch::FIRST));
    assert_eq!(lane.current(FEDERATION).key, key(1).public_key());
    assert_eq!(lane.of_epoch(FEDERATION, Epoch(2)), None);
}

#[test]
fn each_epoch_keeps_its_key_and_the_last_is_in_force() {
    let lane = replay(&[begin(), profile("a"), start(2, 2), profile("b"), start(3, 3)]).unwrap();
    assert_eq!(lane.current(FEDERATION).key, key(3).public_key());
    for epoch in 1..=3 {
        let expected = key(u8::try_from(epoch).unwrap()).public_key();
        assert_eq!(lane.of_epoch(FEDERATION, Epoch(epoch)).unwrap().key, expected);
    }
    assert_eq!(lane.next_key_hash(), next_key_hash(&key(4).public_key()));
}

#[test]
fn each_entry_that_cannot_stand_in_its_place_is_refused() {
    let node = inception().node_id();
    let other = Inception { salt: [0; 16], ..inception() };
    let found = other.node_id();
    let table = [
        (vec![], IdentityError::NoInception(node)),
        (vec![profile("a")], IdentityError::NoInception(node)),
        (vec![begin().prune()], IdentityError::NoInception(node)),
        (vec![begin().bury()], IdentityError::NoInception(node)),
        (
            vec![entry_of(EntryKind::INCEPTION, &other.to_bytes())],
            IdentityError::OtherNode { found, expected: node },
        ),
        (vec![begin(), begin()], IdentityError::SecondInception(1)),
        (vec![begin(), start(2, 2).prune()], IdentityError::NoBody(1)),
        (vec![begin(), start(3, 2)], IdentityError::Epoch { index: 1, found: Epoch(3), expected: Epoch(2) }),
        (
            vec![begin(), start(2, 2), start(2, 3)],
            IdentityError::Epoch { index: 2, found: Epoch(2), expected: Epoch(3) },
        ),
        (vec![begin(), profile("a"), start(2, 9)], IdentityError::NotCommitted(2)),
    ];
    for (entries, expected) in table {
        assert_eq!(replay(&entries), Err(expected));
    }
    let garbled = entry_of(EntryKind::EPOCH_START, b"garbled");
    assert!(matches!(replay(&[begin(), garbled]), Err(IdentityError::Body { index: 1, .. })));
}

#[test]
fn the_lane_is_checked_with_the_key_in_force_after_its_last_entry() {
    let node = inception().node_id();
    let audience = AudienceId::federation(&FEDERATION);
    let feed = FeedId { node, audience, lane: Lane::Identity };
    let entries = [begin(), profile("a"), start(2, 2)];
    let owner = replay(&entries).unwrap().current(FEDERATION);
    let signed_by =
        |seed| OriginLog::new(FEDERATION, feed, Epoch(2)).append(&entries, &key(seed)).unwrap().heads[0];
    assert!(ReplicaLog::new(feed).extend(0, &entries, &signed_by(2), &owner).is_ok());
    assert!(ReplicaLog::new(feed).extend(0, &entries, &signed_by(1), &owner).is_err());
}

#[test]
fn a_key_change_that_hides_behind_a_hash_changes_no_key() {
    let lane = replay(&[begin(), start(2, 2).bury(), profile("a")]).unwrap();
    assert_eq!((lane.size(), lane.epoch()), (3, Epoch::FIRST));
}
