//! What the room of `tile` promises, a test a promise.

use super::*;
use crate::feed::id::Epoch;
use crate::feed::sample::{FEED, entries, leaves};

fn hash(byte: u8) -> Hash {
    Hash([byte; 32])
}

/// A feed of `size` entries: its entries, its head, and its index from `first_tile` on.
fn feed(size: u64, first_tile: u64) -> (Vec<Entry>, Head, Frontier, TileIndex) {
    let entries = entries(0..size);
    let all = leaves(&entries);
    let head = Head { feed: FEED, epoch: Epoch::FIRST, size, root: tree::root(&all) };
    let base = all[..usize::try_from(first_tile * TILE_LEAVES).unwrap()].iter().copied().collect();
    let whole = usize::try_from(size - size % TILE_LEAVES).unwrap();
    let tiles = all[..whole].chunks(256).skip(usize::try_from(first_tile).unwrap()).map(tree::root).collect();
    (entries, head, base, TileIndex::new(first_tile, tiles, all[whole..].to_vec()))
}

#[test]
fn an_index_rebuilds_its_head_from_any_tile_on() {
    for (size, first_tile) in
        [(0, 0), (1, 0), (255, 0), (256, 0), (256, 1), (257, 1), (1000, 0), (1000, 2), (1000, 3)]
    {
        let (_, head, base, index) = feed(size, first_tile);
        let verified = index.verify(&base, &head).unwrap();
        assert_eq!(verified.tiles(), first_tile..size / 256, "{size} from {first_tile}");
        assert_eq!((verified.edge().first(), verified.edge().end()), (size - size % 256, size));
    }
}

#[test]
fn every_changed_missing_or_added_hash_is_refused() {
    let (_, head, base, good) = feed(1000, 1);
    for place in 0..good.tiles.len() {
        let mut index = good.clone();
        index.tiles[place] = hash(1);
        assert!(matches!(index.verify(&base, &head), Err(TileError::Root { .. })), "tile {place}");
    }
    for place in 0..good.edge.len() {
        let mut index = good.clone();
        index.edge[place] = hash(1);
        assert!(matches!(index.verify(&base, &head), Err(TileError::Root { .. })), "edge {place}");
    }
    let changes: [fn(&mut TileIndex); 5] = [
        |index| index.tiles.truncate(1),
        |index| index.tiles.push(hash(1)),
        |index| index.edge.truncate(231),
        |index| index.edge.push(hash(1)),
        |index| index.edge.clear(),
    ];
    for change in changes {
        let mut index = good.clone();
        change(&mut index);
        assert!(matches!(index.verify(&base, &head), Err(TileError::Shape { .. })));
    }
}

#[test]
fn an_index_must_start_where_the_base_ends_and_its_head_behind_it() {
    let (_, head, base, index) = feed(1000, 1);
    let (_, small, _, _) = feed(100, 0);
    let other = TileIndex { first_tile: 2, ..index.clone() };
    assert_eq!(other.verify(&base, &head), Err(TileError::Start { first_tile: 2, expected: 1 }));
    assert_eq!(index.clone().verify(&base, &small), Err(TileError::Behind { size: 100, held: 256 }));
    let ragged: Frontier = (0..300).map(|_| hash(1)).collect();
    assert_eq!(index.verify(&ragged, &head), Err(TileError::Start { first_tile: 1, expected: 1 }));
}

#[test]
fn a_tile_is_checked_alone_by_entries_or_by_leaf_hashes() {
    let (entries, head, base, index) = feed(1000, 1);
    let verified = index.verify(&base, &head).unwrap();
    let tile = &entries[512..768];
    let run = verified.tile_of(2, tile).unwrap();
    assert_eq!(verified.tile(2, leaves(tile)), Ok(run.clone()));
    assert_eq!((run.first(), run.end()), (512, 768));
    assert_eq!((run.at(511), run.at(512), run.at(767), run.at(768)), {
        let leaf = |index: usize| Some(entries[index].leaf_hash());
        (None, leaf(512), leaf(767), None)
    });
}

#[test]
fn a_tile_of_other_length_place_or_content_is_refused() {
    let (entries, head, base, index) = feed(1000, 1);
    let verified = index.verify(&base, &head).unwrap();
    assert_eq!(verified.tile_of(0, &entries[0..256]), Err(TileError::NoTile(0)));
    assert_eq!(verified.tile_of(3, &entries[768..1000]), Err(TileError::NoTile(3)));
    assert_eq!(verified.tile_of(2, &entries[512..767]), Err(TileError::TileLength { tile: 2, found: 255 }));
    let mut swapped = entries[512..768].to_vec();
    swapped.swap(3, 4);
    assert!(matches!(verified.tile_of(2, &swapped), Err(TileError::TileRoot { tile: 2, .. })));
    assert!(matches!(verified.tile_of(1, &entries[512..768]), Err(TileError::TileRoot { tile: 1, .. })));
}
