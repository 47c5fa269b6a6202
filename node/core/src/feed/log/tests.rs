//! What the room of `log` promises, a test a promise.

use super::*;
use crate::feed::header::EntryKind;
use crate::feed::sample::{FEDERATION, FEED, entries, entry, entry_of, key, leaves, owner};
use crate::feed::tree;

fn log() -> OriginLog {
    OriginLog::new(FEDERATION, FEED, Epoch::FIRST)
}

fn sizes(appended: &Appended) -> Vec<u64> {
    appended.heads.iter().map(|signed| signed.head.size).collect()
}

#[test]
fn every_head_verifies_and_has_the_root_of_all_entries_up_to_it() {
    let all = entries(0..600);
    let appended = log().append(&all, &key(1)).unwrap();
    assert_eq!((appended.first, appended.leaves.as_slice()), (0, leaves(&all).as_slice()));
    for signed in &appended.heads {
        assert_eq!(owner().check(signed), Ok(()));
        let covered = usize::try_from(signed.head.size).unwrap();
        assert_eq!(signed.head.root, tree::root(&leaves(&all[..covered])));
    }
    assert_eq!(appended.log.head(), appended.heads.last().unwrap().head);
}

#[test]
fn a_head_is_signed_at_each_tile_boundary_and_at_the_end() {
    let first = log().append(&entries(0..10), &key(1)).unwrap();
    assert_eq!(sizes(&first), [10]);
    let second = first.log.append(&entries(10..600), &key(1)).unwrap();
    assert_eq!((second.first, sizes(&second)), (10, vec![256, 512, 600]));
    let third = second.log.append(&entries(600..768), &key(1)).unwrap();
    assert_eq!(sizes(&third), [768]);
    assert_eq!(sizes(&third.log.append(&[entry(768)], &key(1)).unwrap()), [769]);
}

#[test]
fn no_batch_exceeds_its_bytes() {
    // Four bodies and their headers fill one batch exactly; one byte more leaves room for three.
    let exact = BATCH_BYTES_MAX / 4 - HEADER_LEN;
    for (body_len, expected) in [(exact, vec![4, 8, 9]), (exact + 1, vec![3, 6, 9])] {
        let large = entry_of(EntryKind(16), &vec![7; body_len]);
        assert_eq!(sizes(&log().append(&vec![large; 9], &key(1)).unwrap()), expected, "{body_len}");
    }
    let largest = entry_of(EntryKind(16), &vec![7; BODY_LEN_MAX as usize]);
    assert_eq!(sizes(&log().append(&vec![largest; 3], &key(1)).unwrap()), [1, 2, 3]);
}

#[test]
fn it_does_not_matter_how_entries_are_grouped_into_appends() {
    let all = entries(0..300);
    let at_once = log().append(&all, &key(1)).unwrap().log;
    let one_by_one =
        all.iter().fold(log(), |log, entry| log.append(std::slice::from_ref(entry), &key(1)).unwrap().log);
    assert_eq!(at_once, one_by_one);
}

#[test]
fn an_append_that_cannot_be_kept_is_refused() {
    let mut some = entries(0..3);
    assert_eq!(log().append(&[], &key(1)), Err(AppendError::Empty));
    some[1] = some[1].prune();
    assert_eq!(log().append(&some, &key(1)), Err(AppendError::NoBody(1)));
    let peaks = vec![0_u8; 32 * INTEGER_MAX.count_ones() as usize];
    let full = Frontier::parse(&[INTEGER_MAX.to_be_bytes().as_slice(), &peaks].concat()).unwrap();
    let full = OriginLog::restore(FEDERATION, FEED, Epoch::FIRST, full);
    assert_eq!(full.append(&[entry(0)], &key(1)), Err(AppendError::Full { size: INTEGER_MAX, added: 1 }));
}
