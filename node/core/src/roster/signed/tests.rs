//! What the room of `signed` promises, a test a promise.

use super::*;
use crate::roster::sample::{first_draft, handle, signed, steward};

#[test]
fn a_signed_version_is_read_back_and_keeps_its_signatures() {
    let roster = signed(first_draft(), None, &["isfahan", "turin"]);
    let read = SignedRoster::parse(&roster.to_note()).unwrap();
    assert_eq!(read, roster);
    assert_eq!(read.founds(), Some(roster.roster().hash().into()));
    assert_eq!(read.count_signers(&roster.founds().unwrap(), &roster.roster().stewards), Ok(2));
}

#[test]
fn signing_twice_leaves_one_signature() {
    let once = signed(first_draft(), None, &["isfahan"]);
    assert_eq!(once.sign(&once.founds().unwrap(), &handle("isfahan"), &steward("isfahan")), once);
}

#[test]
fn what_is_no_signed_roster_is_refused_by_its_cause() {
    let note = signed(first_draft(), None, &["isfahan"]).to_note();
    assert!(matches!(SignedRoster::parse("roster"), Err(SignedRosterError::Note(NoteError::Parts))));
    let future = note.replace("quince roster v1", "quince roster v2");
    assert!(matches!(SignedRoster::parse(&future), Err(SignedRosterError::Roster(RosterError::Format(_)))));
    let long = "x".repeat(SIGNED_ROSTER_LEN_MAX + 1);
    assert_eq!(SignedRoster::parse(&long), Err(SignedRosterError::TooLong(SIGNED_ROSTER_LEN_MAX + 1)));
}
