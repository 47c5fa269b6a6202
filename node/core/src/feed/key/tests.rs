//! What the room of `key` promises, a test a promise.

use super::*;

#[test]
fn a_signature_holds_for_its_text_and_key_only() {
    let (key, other) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
    let signature = key.sign(b"text");
    assert!(key.public_key().verifies(b"text", &signature));
    assert!(!key.public_key().verifies(b"texT", &signature));
    assert!(!other.public_key().verifies(b"text", &signature));
    let mut flipped = signature;
    flipped.0[63] ^= 1;
    assert!(!key.public_key().verifies(b"text", &flipped));
}

#[test]
fn keys_of_small_order_sign_nothing() {
    // The identity point: with it, an all-zero scalar would "sign" every text under the lax rule.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    assert_eq!(PublicKey(identity).check(), Err(KeyError::Weak(PublicKey(identity))));
    assert!(!PublicKey(identity).verifies(b"anything", &Signature(signature)));
}

#[test]
fn bytes_that_are_no_point_are_refused() {
    let bytes = (0..=u8::MAX).map(|first| {
        let mut bytes = [0x5a; 32];
        bytes[0] = first;
        PublicKey(bytes)
    });
    let (points, others): (Vec<_>, Vec<_>) = bytes.partition(|key| key.check().is_ok());
    assert!(points.len() > 60 && others.len() > 60, "about half of all bytes are points");
    for key in others {
        assert_eq!(key.check(), Err(KeyError::NoPoint(key)));
        assert!(!key.verifies(b"", &Signature([0; 64])));
    }
}

#[test]
fn a_signing_key_never_shows_itself() {
    let key = SigningKey::from_seed(&[7; 32]);
    assert!(!format!("{key:?}").contains("0707"));
}
