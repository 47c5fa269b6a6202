//! What the room of `fork` promises, a test a promise.

use super::*;
use crate::feed::hash::Hash;
use crate::feed::head::Head;
use crate::feed::id::Epoch;
use crate::feed::sample::{FEDERATION, FEED, key, owner};

fn signed(size: u64, root: u8, seed: u8) -> SignedHead {
    Head { feed: FEED, epoch: Epoch::FIRST, size, root: Hash([root; 32]) }.sign(&FEDERATION, &key(seed))
}

#[test]
fn two_roots_at_one_size_are_a_proof_the_same_in_both_orders() {
    let (a, b) = (signed(5, 1, 1), signed(5, 2, 1));
    let proof = ForkProof::new(b, a, &owner()).unwrap();
    assert_eq!(ForkProof::new(a, b, &owner()).unwrap(), proof);
    assert_eq!(proof.heads(), (&a, &b));
}

#[test]
fn heads_that_may_both_be_true_prove_nothing() {
    let a = signed(5, 1, 1);
    assert_eq!(ForkProof::new(a, signed(6, 2, 1), &owner()), Err(ForkError::Apart));
    assert_eq!(ForkProof::new(a, a, &owner()), Err(ForkError::SameRoot));
    let mut epoch = signed(5, 2, 1);
    epoch.head.epoch = Epoch(2);
    assert_eq!(ForkProof::new(a, epoch, &owner()), Err(ForkError::Apart));
}

#[test]
fn nobody_else_can_accuse_the_owner() {
    for (a, b) in [(signed(5, 1, 1), signed(5, 2, 9)), (signed(5, 1, 9), signed(5, 2, 1))] {
        assert!(matches!(ForkProof::new(a, b, &owner()), Err(ForkError::Head(HeadError::Signature { .. }))));
    }
}
