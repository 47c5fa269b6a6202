//! Proofs of RFC 6962: that a leaf is in a tree, and that a tree is the beginning of another.
//!
//! They are for auditors and witnesses. Replication itself needs none, since it replays every leaf.

use crate::feed::hash::Hash;
use crate::feed::tree::{node_hash, root};

/// The audit path of the leaf at `index`, the sibling of the leaf first; `None` when there is no such leaf.
#[must_use]
pub fn prove_inclusion(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    (index < leaves.len()).then(|| audit_path(leaves, index))
}

/// Whether `proof` shows that `leaf` stands at `index` in the tree of `size` leaves with this root.
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, tree_root: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            skip_missing_right(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *tree_root
}

/// The proof that the first `old_size` leaves are the beginning of all; `None` when there are fewer leaves than that.
/// It is empty when both trees are equal or the old one is empty.
#[must_use]
pub fn prove_consistency(leaves: &[Hash], old_size: usize) -> Option<Vec<Hash>> {
    match old_size {
        0 => Some(Vec::new()),
        _ if old_size > leaves.len() => None,
        _ => Some(consistency_path(leaves, old_size, true)),
    }
}

/// Whether `proof` shows that the tree (old size, old root) is the beginning of the tree (new size, new root).
#[must_use]
pub fn verify_consistency(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 || old_size == new_size {
        let roots_agree = if old_size == 0 { *old_root == root(&[]) } else { old_root == new_root };
        return old_size <= new_size && proof.is_empty() && roots_agree;
    }
    if old_size > new_size {
        return false;
    }
    // When the old tree is one complete subtree, its root is the first node of the path and is left out of the proof.
    let mut nodes = old_size.is_power_of_two().then_some(old_root).into_iter().chain(proof);
    let Some(first) = nodes.next() else { return false };
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in nodes {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            skip_missing_right(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

fn audit_path(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = if index < left.len() {
        (audit_path(left, index), right)
    } else {
        (audit_path(right, index - left.len()), left)
    };
    path.push(root(sibling));
    path
}

/// RFC 6962, 2.1.2: `whole` says that the old tree is still a subtree whose root the verifier knows.
fn consistency_path(leaves: &[Hash], old_size: usize, whole: bool) -> Vec<Hash> {
    if old_size == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = if old_size <= left.len() {
        (consistency_path(left, old_size, whole), right)
    } else {
        (consistency_path(right, old_size - left.len(), false), left)
    };
    path.push(root(sibling));
    path
}

/// The largest power of two smaller than `len`, which is at least 2.
const fn split(len: usize) -> usize {
    len.next_power_of_two() / 2
}

/// On the right edge a node without a right sibling is its parent's only child: climb until it is a right child.
const fn skip_missing_right(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

#[cfg(test)]
mod tests;
