//! What the room of `tree` promises, a test a promise.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use data_encoding::HEXLOWER_PERMISSIVE;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

/// The leaves and roots that implementations of RFC 6962 publish for their tests.
const RFC_LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const RFC_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaf(number: u64) -> Hash {
    leaf_hash(&[&number.to_be_bytes()])
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root().to_string(), RFC_ROOTS[0]);
    for (input, expected) in RFC_LEAVES.iter().zip(&RFC_ROOTS[1..]) {
        frontier.push(leaf_hash(&[&HEXLOWER_PERMISSIVE.decode(input.as_bytes()).unwrap()]));
        assert_eq!(&frontier.root().to_string(), expected);
    }
}

#[test]
fn roots_agree_with_another_implementation_at_every_size() {
    let mut oracle = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    let mut frontier = Frontier::default();
    for number in 0..600_u64 {
        assert_eq!(frontier.root().0, *oracle.root().as_bytes().as_slice(), "size {number}");
        oracle.push(number.to_be_bytes());
        frontier.push(leaf(number));
    }
}

#[test]
fn a_whole_tile_by_its_root_equals_its_leaves_one_by_one() {
    let mut by_leaf = Frontier::default();
    let mut by_tile = Frontier::default();
    for tile in 0..5 {
        let leaves: Vec<Hash> = (tile * 256..(tile + 1) * 256).map(leaf).collect();
        by_leaf.extend(leaves.iter().copied());
        by_tile.push_tile(root(&leaves)).unwrap();
        assert_eq!(by_tile, by_leaf);
    }
    by_tile.push(leaf(0));
    assert_eq!(by_tile.push_tile(leaf(1)), Err(FrontierError::Unaligned(1281)));
}

#[test]
fn the_tile_base_is_the_frontier_of_the_whole_tiles() {
    let mut frontier = Frontier::default();
    let mut base = frontier.clone();
    for number in 0..1030 {
        if number % 256 == 0 {
            base = frontier.clone();
        }
        assert_eq!(frontier.tile_base(), base, "size {number}");
        frontier.push(leaf(number));
    }
}

#[test]
fn bytes_that_are_no_frontier_are_refused() {
    let good: Frontier = (0..300).map(leaf).collect();
    let bytes = good.to_bytes();
    assert_eq!(bytes.len(), 8 + 4 * 32);
    for cut in [0, 7, 8, bytes.len() - 1] {
        assert!(matches!(Frontier::parse(&bytes[..cut]), Err(FrontierError::Length { .. })), "{cut}");
    }
    let longer = [bytes.as_slice(), &[0; 32]].concat();
    assert!(matches!(Frontier::parse(&longer), Err(FrontierError::Length { found: 168, expected: 136 })));
    let huge = (INTEGER_MAX + 1).to_be_bytes();
    assert_eq!(Frontier::parse(&huge), Err(FrontierError::TooLarge(INTEGER_MAX + 1)));
}

proptest! {
    #[test]
    fn a_frontier_survives_its_bytes(size in 0_u64..2000) {
        let frontier: Frontier = (0..size).map(leaf).collect();
        prop_assert_eq!(Frontier::parse(&frontier.to_bytes()), Ok(frontier));
    }

    #[test]
    fn it_does_not_matter_where_an_append_was_interrupted(size in 0_u64..700, cut in 0_u64..700) {
        let whole: Frontier = (0..size).map(leaf).collect();
        let cut = cut.min(size);
        let mut resumed = Frontier::parse(&(0..cut).map(leaf).collect::<Frontier>().to_bytes()).unwrap();
        resumed.extend((cut..size).map(leaf));
        prop_assert_eq!(resumed, whole);
    }
}
