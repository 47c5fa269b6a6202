//! What the room of `entry` promises, a test a promise.

use super::*;
use crate::feed::header::{EntryKind, Fields, Flags};
use crate::feed::sample;

#[test]
fn all_three_forms_of_an_entry_have_one_leaf() {
    let full = sample::entry(7);
    let (pruned, dead) = (full.prune(), full.bury());
    assert_eq!(pruned.leaf_hash(), full.leaf_hash());
    assert_eq!(dead.leaf_hash(), full.leaf_hash());
    assert_eq!(pruned.prune(), pruned);
    assert_eq!(pruned.bury(), dead);
    assert_eq!((pruned.header(), pruned.body()), (full.header(), None));
    assert_eq!((dead.header(), dead.body()), (None, None));
    assert_eq!((full.len_bytes(), pruned.len_bytes(), dead.len_bytes()), (52, 76, 32));
}

#[test]
fn the_leaf_covers_header_and_body() {
    let fields = sample::fields(EntryKind(16), b"body");
    let leaf = |fields: Fields, body: &[u8]| {
        Entry::full(Header::new(fields).unwrap(), Raw::from(body)).unwrap().leaf_hash()
    };
    let good = leaf(fields, b"body");
    assert_ne!(leaf(fields, b"bodi"), good);
    assert_ne!(leaf(Fields { flags: Flags(0x80), ..fields }, b"body"), good);
    assert_ne!(leaf(Fields { revision: 1, ..fields }, b"body"), good);
}

#[test]
fn a_body_must_be_as_long_as_its_header_says() {
    let header = Header::new(sample::fields(EntryKind(16), b"body")).unwrap();
    for body in [b"bod".as_slice(), b"body ", b""] {
        let expected = EntryError::BodyLength { len: body.len(), announced: 4 };
        assert_eq!(Entry::full(header, Raw::from(body)), Err(expected));
    }
}

#[test]
fn raw_bytes_are_shared_and_do_not_fill_a_log() {
    let raw = Raw::from(vec![1; 1000]);
    assert!(std::ptr::eq(raw.as_ptr(), raw.clone().as_ptr()));
    assert_eq!(format!("{raw:?}"), "Raw(1000 bytes)");
}
