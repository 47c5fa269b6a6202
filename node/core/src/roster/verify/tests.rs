//! What the room of `verify` promises, a test a promise.

use super::*;
use crate::roster::draft::RosterDraft;
use crate::roster::sample::{expires, first_draft, handle, members, node, signed, steward, stewards};

const ALL: [&str; 3] = ["isfahan", "quanzhou", "turin"];

fn federation() -> FederationId {
    signed(first_draft(), None, &[]).founds().unwrap()
}

fn chain() -> RosterChain {
    RosterChain::begin(federation(), signed(first_draft(), None, &["isfahan", "turin"])).unwrap()
}

/// The next version, changed and signed.
fn next(chain: &RosterChain, signers: &[&str], change: impl Fn(&mut RosterDraft)) -> SignedRoster {
    let mut draft = chain.roster().successor(expires());
    change(&mut draft);
    signed(draft, Some(federation()), signers)
}

fn unchanged(_: &mut RosterDraft) {}

fn without_turin(draft: &mut RosterDraft) {
    draft.members.remove(&handle("turin"));
}

#[test]
fn a_chain_begins_with_the_signed_first_version_of_its_federation() {
    assert_eq!((chain().roster().version, chain().federation()), (1, federation()));
    let begin = |signers| RosterChain::begin(federation(), signed(first_draft(), None, signers));
    assert_eq!(
        begin(&["isfahan"]),
        Err(ChainError::Signatures { version: 1, set: StewardSet::New, found: 1, threshold: 2 })
    );
    let second = next(&chain(), &ALL, unchanged);
    assert_eq!(RosterChain::begin(federation(), second), Err(ChainError::NotFirst(2)));
}

#[test]
fn a_federation_of_the_same_name_is_another_one() {
    let draft = RosterDraft { members: members(&["isfahan"]), ..first_draft() };
    let other = signed(draft, None, &ALL);
    let found = other.roster().hash();
    let expected = federation();
    assert_eq!(
        RosterChain::begin(federation(), other.clone()),
        Err(ChainError::OtherFederation { found, expected })
    );
    assert_eq!(chain().accept(other), Err(ChainError::OtherFederation { found, expected }));
}

#[test]
fn signatures_for_another_federation_do_not_count() {
    let draft = chain().roster().successor(expires());
    let other = signed(draft, Some(FederationId([1; 32])), &ALL);
    assert_eq!(
        chain().accept(other),
        Err(ChainError::Signatures { version: 2, set: StewardSet::Old, found: 0, threshold: 2 })
    );
}

#[test]
fn versions_follow_each_other_and_the_same_one_twice_changes_nothing() {
    let second = next(&chain(), &["isfahan", "quanzhou"], unchanged);
    let at_two = chain().accept(second.clone()).unwrap();
    assert_eq!(at_two.roster().version, 2);
    assert_eq!(at_two.accept(second), Ok(at_two.clone()));
    let at_three = at_two.accept(next(&at_two, &ALL, unchanged)).unwrap();
    assert_eq!(at_three.roster().version, 3);
}

#[test]
fn a_new_set_of_stewards_needs_both_thresholds() {
    let replaced = |draft: &mut RosterDraft| draft.stewards = stewards(&["turin", "kano", "lyon"]);
    let accept =
        |signers| chain().accept(next(&chain(), signers, replaced)).map(|chain| chain.roster().version);
    let few = |set, found| Err(ChainError::Signatures { version: 2, set, found, threshold: 2 });
    assert_eq!(accept(&["isfahan", "quanzhou"]), few(StewardSet::New, 0));
    assert_eq!(accept(&["isfahan", "turin"]), few(StewardSet::New, 1));
    assert_eq!(accept(&["kano", "lyon"]), few(StewardSet::Old, 0));
    assert_eq!(accept(&["turin", "kano"]), few(StewardSet::Old, 1));
    assert_eq!(accept(&["isfahan", "turin", "kano"]), Ok(2));
}

#[test]
fn a_steward_counts_once_however_often_he_signs() {
    let once = next(&chain(), &["isfahan"], unchanged);
    let line = once.to_note().lines().last().unwrap().to_owned();
    let twice = SignedRoster::parse(&format!("{}{line}\n", once.to_note())).unwrap();
    assert_eq!(
        chain().accept(twice),
        Err(ChainError::Signatures { version: 2, set: StewardSet::Old, found: 1, threshold: 2 })
    );
    // Nor does his key count under the name of another steward.
    let borrowed = once.sign(&federation(), &handle("turin"), &steward("isfahan"));
    assert!(matches!(chain().accept(borrowed), Err(ChainError::Signatures { found: 1, .. })));
}

#[test]
fn a_signature_that_does_not_verify_spoils_the_version() {
    let good = next(&chain(), &ALL, unchanged);
    let other = next(&chain(), &["turin"], |draft| draft.members.clear());
    let line = other.to_note().lines().last().unwrap().to_owned();
    let spoiled = SignedRoster::parse(&format!("{}{line}\n", good.to_note())).unwrap();
    let steward = handle("turin");
    assert_eq!(chain().accept(spoiled), Err(ChainError::BadSignature { version: 2, steward }));
}

#[test]
fn no_version_is_skipped_and_none_goes_back() {
    let at_two = chain().accept(next(&chain(), &ALL, unchanged)).unwrap();
    let third = next(&at_two, &ALL, unchanged);
    assert_eq!(chain().accept(third.clone()), Err(ChainError::Skipped { offered: 3, held: 1 }));
    let at_three = at_two.accept(third).unwrap();
    for old in [chain().signed().clone(), at_two.signed().clone()] {
        let offered = old.roster().version;
        assert_eq!(at_three.accept(old), Err(ChainError::Rollback { offered, held: 3 }));
    }
    assert_eq!(
        at_three.accept(chain().signed().clone()).unwrap_err().to_string(),
        "roster version 1 is older than version 3, which is held"
    );
}

#[test]
fn a_version_must_follow_the_text_that_is_held() {
    let (found, expected) = (Hash([7; 32]), chain().roster().hash());
    let other = next(&chain(), &ALL, |draft| draft.previous = Some(found));
    assert_eq!(chain().accept(other), Err(ChainError::Previous { version: 2, found, expected }));
}

#[test]
fn a_handle_is_never_given_to_another_node_not_even_after_its_owner_left() {
    let left = chain().accept(next(&chain(), &ALL, without_turin)).unwrap();
    assert_eq!(left.roster().node_of(&handle("turin")), None);
    let back = next(&left, &ALL, |draft| draft.members.extend(members(&["turin"])));
    assert!(left.accept(back).is_ok(), "the same node may come back under its handle");
    let stolen = next(&left, &ALL, |draft| {
        let mut other = members(&["kano"]);
        draft.members.insert(handle("turin"), other.remove(&handle("kano")).unwrap());
    });
    let (found, bound) = (node("kano"), node("turin"));
    assert_eq!(left.accept(stolen), Err(ChainError::HandleReused { handle: handle("turin"), found, bound }));
    let renamed = next(&left, &ALL, |draft| {
        let mut old = members(&["turin"]);
        draft.members.insert(handle("kano"), old.remove(&handle("turin")).unwrap());
    });
    let (found, bound) = (handle("kano"), handle("turin"));
    assert_eq!(left.accept(renamed), Err(ChainError::Renamed { node: node("turin"), found, bound }));
}

#[test]
fn two_valid_versions_of_one_number_stop_the_chain_at_the_last_common_one() {
    let good = next(&chain(), &["isfahan", "quanzhou"], unchanged);
    let other = next(&chain(), &["isfahan", "turin"], without_turin);
    let fork = |first: &SignedRoster, second: &SignedRoster| {
        let held = chain().accept(first.clone()).unwrap();
        match held.accept(second.clone()) {
            Err(ChainError::Fork(fork)) => (held, *fork),
            unexpected => panic!("expected a fork, got {unexpected:?}"),
        }
    };
    let (held, evidence) = fork(&good, &other);
    assert_eq!(fork(&other, &good).1, evidence, "everybody holds the same evidence");
    assert_eq!(evidence.version(), 2);
    let stopped = held.stop(evidence.clone());
    assert_eq!((stopped.roster().version, stopped.fork()), (1, Some(&evidence)));
    for offered in [good, other] {
        assert_eq!(stopped.accept(offered), Err(ChainError::Stopped { held: 1 }));
    }
}

#[test]
fn a_second_version_that_is_not_valid_accuses_nobody() {
    let held = chain().accept(next(&chain(), &ALL, unchanged)).unwrap();
    let unsigned = next(&chain(), &["isfahan"], |draft| draft.members.clear());
    assert!(matches!(held.accept(unsigned), Err(ChainError::Signatures { .. })));
}

#[test]
fn an_expired_roster_is_accepted_like_any_other() {
    let expired = next(&chain(), &ALL, |draft| draft.expires = jiff::Timestamp::UNIX_EPOCH);
    assert!(chain().accept(expired).is_ok());
}
