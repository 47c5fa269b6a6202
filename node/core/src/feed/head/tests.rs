//! What the room of `head` promises, a test a promise.

use super::*;
use crate::feed::sample::{FEDERATION, FEED, key, owner};

fn head(size: u64) -> Head {
    Head { feed: FEED, epoch: Epoch::FIRST, size, root: Hash::of(&[b"root"]) }
}

#[test]
fn a_head_is_a_checkpoint_of_exactly_three_lines() {
    let text = head(42).text(&FEDERATION);
    let lines: Vec<&str> = text.lines().collect();
    let (federation, node) = ("fe".repeat(32), "0d".repeat(32));
    assert_eq!(lines[0], format!("{federation}/{node}/{federation}/3/1"));
    assert_eq!(lines[1], "42");
    assert_eq!(BASE64.decode(lines[2].as_bytes()).unwrap(), Hash::of(&[b"root"]).0);
    assert_eq!((lines.len(), text.ends_with('\n')), (3, true));
}

#[test]
fn a_note_is_read_back_into_the_head_it_was_written_for() {
    let signed = head(42).sign(&FEDERATION, &key(1));
    let note = owner().to_note(&signed);
    assert_eq!(owner().parse_note(FEED, &note), Ok(signed));
    assert_eq!(Note::parse(&note).unwrap().verify(&head(42).origin(&FEDERATION), &owner().key), Some(true));
}

#[test]
fn a_head_counts_only_for_its_federation_feed_epoch_size_root_and_key() {
    let signed = head(42).sign(&FEDERATION, &key(1));
    assert_eq!(owner().check(&signed), Ok(()));
    let changed = |change: &dyn Fn(&mut Head)| {
        let mut other = signed;
        change(&mut other.head);
        owner().check(&other)
    };
    let refused = |result| matches!(result, Err(HeadError::Signature { .. }));
    assert!(refused(changed(&|head| head.size = 43)));
    assert!(refused(changed(&|head| head.root.0[0] ^= 1)));
    assert!(refused(changed(&|head| head.feed.lane = crate::feed::Lane::Bulk)));
    assert!(refused(changed(&|head| head.feed.node.0[0] ^= 1)));
    assert!(refused(changed(&|head| head.feed.audience.0[0] ^= 1)));
    assert_eq!(
        changed(&|head| head.epoch = Epoch(2)),
        Err(HeadError::Epoch { found: Epoch(2), expected: Epoch(1) })
    );
    assert!(refused(Verifier { federation: FederationId([1; 32]), ..owner() }.check(&signed)));
    assert!(refused(Verifier { key: key(2).public_key(), ..owner() }.check(&signed)));
}

#[test]
fn a_size_beyond_every_feed_is_refused_although_it_is_signed() {
    let over = INTEGER_MAX + 1;
    assert_eq!(owner().check(&head(over).sign(&FEDERATION, &key(1))), Err(HeadError::Size(over)));
    assert_eq!(owner().check(&head(INTEGER_MAX).sign(&FEDERATION, &key(1))), Ok(()));
}

#[test]
fn any_other_spelling_of_a_note_is_refused() {
    let note = owner().to_note(&head(42).sign(&FEDERATION, &key(1)));
    let spellings = [
        note.replace("\n42\n", "\n042\n"),
        note.replace("\n42\n", "\n+42\n"),
        note.replace("/3/1\n", "/3/01\n"),
        note.replacen("fe", "FE", 1),
        note.replacen("\n\n", "\nextension\n\n", 1),
        format!("{note}— witness.example AAAAAAAAAAAA\n"),
        note.replacen("/3/1\n", "/4/1\n", 1),
        note.replace("\n42\n", "\n43\n"),
    ];
    for text in spellings {
        assert_ne!(text, note);
        assert!(owner().parse_note(FEED, &text).is_err(), "{text}");
    }
    assert!(matches!(owner().parse_note(FEED, &format!(" {note}")), Err(HeadError::NotCanonical)));
    assert!(matches!(owner().parse_note(FEED, "no note"), Err(HeadError::Note(_))));
}
