//! What the room of `proof` promises, a test a promise.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::feed::tree::leaf_hash;

fn leaf(number: u64) -> Hash {
    leaf_hash(&[&number.to_be_bytes()])
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(leaf).collect()
}

fn oracle(size: u64) -> MemoryBackedTree<Sha256, [u8; 8]> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|number| tree.push(number.to_be_bytes()));
    tree
}

fn bytes(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn every_inclusion_proof_of_small_trees_equals_the_oracle_and_verifies() {
    for size in 1..=40 {
        let (all, tree) = (leaves(size), oracle(size));
        for index in 0..size {
            let place = usize::try_from(index).unwrap();
            let proof = prove_inclusion(&all, place).unwrap();
            assert_eq!(bytes(&proof), tree.prove_inclusion(place).as_bytes(), "{index} of {size}");
            assert!(verify_inclusion(&leaf(index), index, size, &root(&all), &proof));
            assert!(!verify_inclusion(&leaf(index + 1), index, size, &root(&all), &proof));
            assert!(!verify_inclusion(&leaf(index), index + size, size, &root(&all), &proof));
        }
    }
}

#[test]
fn every_consistency_proof_of_small_trees_equals_the_oracle_and_verifies() {
    for size in 1..=40 {
        let (all, tree) = (leaves(size), oracle(size));
        for old in 1..=size {
            let old_place = usize::try_from(old).unwrap();
            let proof = prove_consistency(&all, old_place).unwrap();
            let additions = usize::try_from(size - old).unwrap();
            assert_eq!(bytes(&proof), tree.prove_consistency(additions).as_bytes(), "{old} of {size}");
            let old_root = root(&all[..old_place]);
            assert!(verify_consistency((old, &old_root), (size, &root(&all)), &proof), "{old} of {size}");
            assert!(!verify_consistency((old, &leaf(999)), (size, &root(&all)), &proof));
            assert!(!verify_consistency((old, &old_root), (size, &leaf(999)), &proof));
        }
    }
}

#[test]
fn a_proof_that_stops_short_of_the_root_does_not_verify() {
    let all = leaves(4);
    let (left, right) = (root(&all[..2]), root(&all[2..]));
    assert!(!verify_inclusion(&left, 0, 4, &root(&all), &[right]), "an inner node is no leaf");
    assert!(!verify_consistency((2, &left), (4, &left), &[]), "a tree does not grow without another root");
}

#[test]
fn trees_outside_the_range_have_no_proof() {
    let all = leaves(3);
    let empty = root(&[]);
    assert_eq!(prove_inclusion(&all, 3), None);
    assert_eq!(prove_inclusion(&[], 0), None);
    assert_eq!(prove_consistency(&all, 4), None);
    assert_eq!(prove_consistency(&all, 0), Some(Vec::new()));
    assert!(verify_consistency((0, &empty), (3, &root(&all)), &[]));
    assert!(!verify_consistency((0, &leaf(1)), (3, &root(&all)), &[]));
    assert!(!verify_consistency((4, &empty), (3, &root(&all)), &[]));
    assert!(!verify_inclusion(&leaf(0), 0, 0, &empty, &[]));
}

proptest! {
    #[test]
    fn a_damaged_proof_never_verifies(size in 2_u64..300, seed: u64, place: usize, bit in 0_usize..256, drop: bool) {
        let all = leaves(size);
        let index = seed % size;
        let old = index.max(1);
        let old_root = root(&all[..usize::try_from(old).unwrap()]);
        let damage = |mut proof: Vec<Hash>| {
            let place = place % proof.len();
            if drop { proof.remove(place); } else { proof[place].0[bit / 8] ^= 1 << (bit % 8); }
            proof
        };
        let inclusion = damage(prove_inclusion(&all, usize::try_from(index).unwrap()).unwrap());
        prop_assert!(!verify_inclusion(&leaf(index), index, size, &root(&all), &inclusion));
        let consistency = damage(prove_consistency(&all, usize::try_from(old).unwrap()).unwrap());
        prop_assert!(!verify_consistency((old, &old_root), (size, &root(&all)), &consistency));
    }

    #[test]
    fn proofs_of_larger_trees_verify_and_longer_ones_do_not(size in 1_u64..1500, seed: u64) {
        let all = leaves(size);
        let index = seed % size;
        let mut proof = prove_inclusion(&all, usize::try_from(index).unwrap()).unwrap();
        prop_assert!(verify_inclusion(&leaf(index), index, size, &root(&all), &proof));
        proof.push(leaf(0));
        prop_assert!(!verify_inclusion(&leaf(index), index, size, &root(&all), &proof));
    }
}
