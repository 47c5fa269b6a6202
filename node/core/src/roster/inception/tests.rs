//! What the room of `inception` promises, a test a promise.

use super::*;
use crate::feed::key::Sign;
use crate::feed::sample::key;
use crate::roster::sample::inception;

fn epoch_start() -> EpochStart {
    EpochStart {
        epoch: Epoch(2),
        signing_key: key(2).public_key(),
        next_key_hash: next_key_hash(&key(3).public_key()),
        bases_hash: Hash([0xba; 32]),
    }
}

#[test]
fn both_layouts_are_read_back() {
    assert_eq!(Inception::parse(&inception().to_bytes()), Ok(inception()));
    assert_eq!(EpochStart::parse(&epoch_start().to_bytes()), Ok(epoch_start()));
}

#[test]
fn every_byte_of_an_inception_makes_another_node() {
    let id = |bytes: &[u8]| Hash::of(&[b"quince/node/v1\n", bytes]);
    let bytes = inception().to_bytes();
    assert_eq!(inception().node_id(), id(&bytes).into());
    let other = Inception { salt: [0x5b; 16], ..inception() };
    assert_ne!(other.node_id(), inception().node_id());
}

#[test]
fn bytes_of_another_length_version_or_epoch_are_refused() {
    let (inception, start) = (inception().to_bytes(), epoch_start().to_bytes());
    let length = |what, found, expected| InceptionError::Length { what, found, expected };
    assert_eq!(Inception::parse(&inception[..80]), Err(length("inception", 80, 81)));
    assert_eq!(EpochStart::parse(&inception), Err(length("epoch start", 81, 105)));
    let mut other = inception;
    other[0] = 2;
    assert_eq!(Inception::parse(&other), Err(InceptionError::Version { what: "inception", found: 2 }));
    for epoch in [0, 1, INTEGER_MAX + 1] {
        let mut other = start;
        other[1..9].copy_from_slice(&epoch.to_be_bytes());
        assert_eq!(EpochStart::parse(&other), Err(InceptionError::Epoch(epoch)));
    }
}

#[test]
fn a_key_that_could_sign_anything_makes_no_node() {
    let mut bytes = inception().to_bytes();
    bytes[1..33].fill(0);
    bytes[1] = 1;
    assert!(matches!(Inception::parse(&bytes), Err(InceptionError::Key(KeyError::Weak(_)))));
}
