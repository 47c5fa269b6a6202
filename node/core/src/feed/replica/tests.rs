//! What the room of `replica` promises, a test a promise.

use proptest::prelude::*;

use super::*;
use crate::feed::entry::Raw;
use crate::feed::head::Head;
use crate::feed::header::{EntryKind, Fields, Flags, Header};
use crate::feed::id::{FederationId, Lane, NodeId};
use crate::feed::key::Sign;
use crate::feed::live_list::{LaneSizes, ListPlace, LiveList};
use crate::feed::log::OriginLog;
use crate::feed::sample::{FEDERATION, FEED, entries, entry, fields, key, leaves, owner};
use crate::feed::tree;

fn head_of(all: &[Entry]) -> Head {
    Head { feed: FEED, epoch: Epoch::FIRST, size: all.len() as u64, root: tree::root(&leaves(all)) }
}

fn signed(all: &[Entry]) -> SignedHead {
    head_of(all).sign(&FEDERATION, &key(1))
}

fn index_of(all: &[Entry], first_tile: u64) -> TileIndex {
    let all = leaves(all);
    let whole = all.len() - all.len() % 256;
    let first = usize::try_from(first_tile).unwrap();
    TileIndex::new(
        first_tile,
        all[..whole].chunks(256).skip(first).map(tree::root).collect(),
        all[whole..].to_vec(),
    )
}

/// A copy that holds these entries, taken batch by batch as their owner signed them.
fn copy_of(all: &[Entry]) -> ReplicaLog {
    let Ok(appended) = OriginLog::new(FEDERATION, FEED, Epoch::FIRST).append(all, &key(1)) else {
        return ReplicaLog::new(FEED);
    };
    appended.heads.iter().fold(ReplicaLog::new(FEED), |log, head| {
        let (from, end) = (log.frontier().size(), head.head.size);
        let batch = &all[usize::try_from(from).unwrap()..usize::try_from(end).unwrap()];
        log.extend(from, batch, head, &owner()).unwrap().log
    })
}

#[test]
fn batches_bring_a_copy_to_what_its_owner_has() {
    let all = entries(0..600);
    let copy = copy_of(&all);
    assert_eq!(copy.head().unwrap().head, head_of(&all));
    assert_eq!((copy.frontier().size(), copy.target()), (600, None));
}

/// A list that stands behind 700 entries, ends at 701, and speaks of the first two tiles.
fn list_of(dead: impl IntoIterator<Item = u64>) -> ClosedList {
    let list = LiveList::new(Lane::Normal, 512, LaneSizes::default(), dead).unwrap();
    ClosedList { place: ListPlace { base: 512, first: 700, end: 701 }, list }
}

#[test]
fn nothing_may_be_missing_in_a_batch() {
    let all = entries(0..9);
    for missing in [all[4].prune(), all[4].bury()] {
        let mut some = all.clone();
        some[4] = missing;
        let log = ReplicaLog::new(FEED);
        assert_eq!(log.extend(0, &some, &signed(&all), &owner()), Err(ExtendError::Hole(4)));
        let held = copy_of(&all[..5]);
        assert!(held.extend(0, &some, &signed(&all), &owner()).is_ok(), "what is held is not looked at");
    }
}

#[test]
fn an_erasable_entry_may_come_without_its_body() {
    let body = [7; 20];
    let fields = Fields { flags: Flags::ERASABLE, ..fields(EntryKind(16), &body) };
    let whole = Entry::full(Header::new(fields).unwrap(), Raw::from(&body[..])).unwrap();
    let head = signed(std::slice::from_ref(&whole));
    assert!(ReplicaLog::new(FEED).extend(0, &[whole.prune()], &head, &owner()).is_ok());
    assert!(ReplicaLog::new(FEED).extend(0, &[whole.bury()], &head, &owner()).is_err());
}

#[test]
fn an_entry_may_be_missing_only_where_a_list_says_that_it_is_dead() {
    let all = entries(0..900);
    let CatchUp { log, index } =
        ReplicaLog::new(FEED).catch_up(index_of(&all, 0), &signed(&all), &owner()).unwrap();
    let run = index.tile(0, leaves(&all[..256])).unwrap();
    let mut some = all[..256].to_vec();
    some[3] = some[3].bury();
    let list = list_of([3]);
    assert_eq!(log.extend_run(&run, 0, &some, None), Err(ExtendError::Hole(3)));
    assert_eq!(log.extend_run(&run, 0, &some, Some(&list_of([4]))), Err(ExtendError::Hole(3)));
    let sparse = log.extend_run(&run, 0, &some, Some(&list)).unwrap();
    let whole = log.extend_run(&run, 0, &all[..256], Some(&list)).unwrap();
    assert_eq!((sparse.leaves, sparse.log.frontier()), (whole.leaves, whole.log.frontier()));
    assert_eq!((sparse.log.sparse_until(), whole.log.sparse_until()), (701, 0));
}

#[test]
fn whole_dead_tiles_are_passed_by_also_from_the_middle_of_one_and_only_where_a_list_says_so() {
    let all = entries(0..900);
    let list = list_of(0..512);
    for held in [0, 1, 255, 256, 300, 511] {
        let CatchUp { log, index } = copy_of(&all[..held])
            .catch_up(index_of(&all, held as u64 / 256), &signed(&all), &owner())
            .unwrap();
        let first = held as u64 / 256;
        let extended = log.extend_dead_tiles(&index, first..2, &list).unwrap();
        assert_eq!(extended.log.frontier(), copy_of(&all[..512]).frontier());
        assert_eq!((extended.first, extended.dead_tiles.len() as u64), (held as u64, 2 - first));
        assert_eq!((extended.log.sparse_until(), extended.leaves.len()), (701, 0));
        for wrong in [first..first, first + 1..2, first..3] {
            let refused = log.extend_dead_tiles(&index, wrong, &list).unwrap_err();
            assert!(matches!(refused, ExtendError::HoleTiles { .. }), "{refused}");
        }
        let live = list_of((0..512).filter(|index| *index != 400));
        assert!(log.extend_dead_tiles(&index, first..2, &live).is_err());
    }
}

#[test]
fn a_copy_with_holes_has_no_head_before_it_has_grown_past_the_list_that_lets_them_go() {
    let all = entries(0..900);
    let CatchUp { log, index } =
        copy_of(&all[..300]).catch_up(index_of(&all, 1), &signed(&all), &owner()).unwrap();
    let sparse = log.extend_dead_tiles(&index, 1..2, &list_of(0..512)).unwrap().log;
    assert_eq!(sparse.head().unwrap().head.size, 300, "what was held before is whole");
    // Another peer brings the same entries up to a smaller head.
    let early = sparse.extend(512, &all[512..600], &signed(&all[..600]), &owner()).unwrap().log;
    assert_eq!(early.head().unwrap().head.size, 300);
    let run = index.tile(2, leaves(&all[512..768])).unwrap();
    let late = early.extend_run(&run, 600, &all[600..768], None).unwrap().log;
    let late = late.extend_run(&index.edge(), 768, &all[768..], None).unwrap().log;
    assert_eq!((late.head(), late.target()), (Some(&signed(&all)), None));
    let stored =
        ReplicaLog::restore(FEED, early.frontier().clone(), early.head().copied(), early.target().copied());
    assert_eq!(stored.sparse(early.sparse_until()), early, "what the store holds is enough to go on");
}

#[test]
fn entries_held_already_are_told_and_passed_by() {
    let all = entries(0..20);
    let copy = copy_of(&all[..12]);
    let extended = copy.extend(5, &all[5..], &signed(&all), &owner()).unwrap();
    assert_eq!((extended.held, extended.first, extended.leaves.len()), (7, 12, 8));
    assert_eq!(extended.leaves, leaves(&all[12..]));
    let again = extended.log.extend(5, &all[5..], &signed(&all), &owner()).unwrap();
    assert_eq!((again.held, again.leaves.len(), again.log), (15, 0, extended.log));
}

#[test]
fn each_wrong_batch_is_refused_and_named() {
    let all = entries(0..20);
    let copy = copy_of(&all[..12]);
    let extend =
        |from, entries: &[Entry], head: &SignedHead| copy.extend(from, entries, head, &owner()).unwrap_err();
    let good = signed(&all);
    assert_eq!(extend(13, &all[13..], &good), ExtendError::Gap { from: 13, held: 12 });
    assert_eq!(extend(12, &all[12..19], &good), ExtendError::End { end: 19, expected: 20 });
    assert_eq!(extend(12, &[], &good), ExtendError::End { end: 12, expected: 20 });
    let mut other = all[12..].to_vec();
    other[3] = entry(999);
    assert!(matches!(extend(12, &other, &good), ExtendError::Root { .. }));
    let mut swapped = all[12..].to_vec();
    swapped.swap(0, 1);
    assert!(matches!(extend(12, &swapped, &good), ExtendError::Root { .. }));
    assert_eq!(extend(0, &all[..8], &signed(&all[..8])), ExtendError::Behind { size: 8, held: 12 });
}

#[test]
fn a_batch_does_not_cross_a_tile() {
    let all = entries(0..260);
    let copy = copy_of(&all[..250]);
    assert_eq!(
        copy.extend(250, &all[250..], &signed(&all), &owner()),
        Err(ExtendError::CrossesTile { from: 250, end: 260 })
    );
    assert!(copy.extend(250, &all[250..256], &signed(&all[..256]), &owner()).is_ok());
}

#[test]
fn each_head_that_does_not_count_is_refused() {
    let all = entries(0..3);
    let extend = |head: Head, seed: u8, owner: &Verifier| {
        ReplicaLog::new(FEED).extend(0, &all, &head.sign(&FEDERATION, &key(seed)), owner).map(|_| ())
    };
    let good = head_of(&all);
    let signature = |result| matches!(result, Err(ExtendError::Head(HeadError::Signature { .. })));
    assert_eq!(extend(good, 1, &owner()), Ok(()));
    assert!(signature(extend(good, 2, &owner())));
    let other = Verifier { federation: FederationId([1; 32]), ..owner() };
    assert!(signature(extend(good, 1, &other)), "a federation of the same name is another one");
    let feed = FeedId { node: NodeId([9; 32]), ..FEED };
    assert_eq!(extend(Head { feed, ..good }, 1, &owner()), Err(ExtendError::Feed(feed)));
    let feed = FeedId { lane: Lane::Urgent, ..FEED };
    assert_eq!(extend(Head { feed, ..good }, 1, &owner()), Err(ExtendError::Feed(feed)));
    let epoch = HeadError::Epoch { found: Epoch(2), expected: Epoch(1) };
    assert_eq!(extend(Head { epoch: Epoch(2), ..good }, 1, &owner()), Err(ExtendError::Head(epoch)));
}

#[test]
fn an_ended_epoch_brings_nothing_more() {
    let all = entries(0..6);
    let next = Verifier { epoch: Epoch(2), key: key(2).public_key(), ..owner() };
    let head = Head { epoch: Epoch(2), ..head_of(&all[..3]) }.sign(&FEDERATION, &key(2));
    let copy = copy_of(&all[..3]).extend(3, &[], &head, &next).unwrap().log;
    assert_eq!(copy.head(), Some(&head), "a new epoch may begin with a head alone");
    let late = copy.extend(3, &all[3..], &signed(&all), &owner());
    assert_eq!(late, Err(ExtendError::Epoch { found: Epoch(1), held: Epoch(2) }));
}

#[test]
fn a_second_history_of_the_same_size_is_a_fork_proof() {
    let all = entries(0..12);
    let copy = copy_of(&all);
    let mut other = all.clone();
    other[11] = entry(999);
    let Err(ExtendError::Fork(proof)) = copy.extend(0, &other, &signed(&other), &owner()) else {
        panic!("a fork must be told");
    };
    assert_eq!(Ok(*proof), ForkProof::new(signed(&all), signed(&other), &owner()));
    let forged = head_of(&other).sign(&FEDERATION, &key(9));
    assert!(matches!(copy.extend(0, &other, &forged, &owner()), Err(ExtendError::Head(_))));
}

#[test]
fn a_catch_up_goes_tile_by_tile_and_resumes_in_the_middle_of_one() {
    let all = entries(0..1000);
    let target = signed(&all);
    let CatchUp { mut log, index } =
        copy_of(&all[..300]).catch_up(index_of(&all, 1), &target, &owner()).unwrap();
    assert_eq!((log.head().unwrap().head.size, log.target()), (300, Some(&target)));
    let first = index.tile(1, leaves(&all[256..512])).unwrap();
    log = log.extend_run(&first, 300, &all[300..400], None).unwrap().log;
    // The process stops here; what the store holds is enough to go on, with a new index from the same tile.
    log = ReplicaLog::restore(FEED, log.frontier().clone(), log.head().copied(), None);
    let CatchUp { mut log, index } = log.catch_up(index_of(&all, 1), &target, &owner()).unwrap();
    for tile in index.tiles() {
        let from = usize::try_from(tile * 256).unwrap();
        let entries = &all[from..from + 256];
        let extended =
            log.extend_run(&index.tile_of(tile, entries).unwrap(), from as u64, entries, None).unwrap();
        assert_eq!(extended.held, if tile == 1 { 144 } else { 0 });
        log = extended.log;
    }
    assert_eq!(log.head().unwrap().head.size, 300, "the target counts only when all of it is held");
    log = log.extend_run(&index.edge(), 768, &all[768..], None).unwrap().log;
    assert_eq!((log.head(), log.target()), (Some(&target), None));
    assert_eq!(log, copy_of(&all));
}

#[test]
fn a_run_takes_no_gap_no_other_entry_and_nothing_beyond_its_end() {
    let all = entries(0..700);
    let CatchUp { log, index } =
        copy_of(&all[..300]).catch_up(index_of(&all, 1), &signed(&all), &owner()).unwrap();
    let run = index.tile(1, leaves(&all[256..512])).unwrap();
    assert_eq!(
        log.extend_run(&run, 301, &all[301..400], None),
        Err(ExtendError::Gap { from: 301, held: 300 })
    );
    assert_eq!(
        log.extend_run(&run, 300, &all[300..513], None),
        Err(ExtendError::End { end: 513, expected: 512 })
    );
    assert!(matches!(log.extend_run(&run, 250, &all[250..400], None), Err(ExtendError::End { .. })));
    for place in [290, 310] {
        let mut other = all[280..400].to_vec();
        other[place - 280] = entry(999);
        let refused = log.extend_run(&run, 280, &other, None).unwrap_err();
        assert!(matches!(refused, ExtendError::Leaf { index, .. } if index == place as u64), "{refused}");
    }
}

#[test]
fn a_tile_that_came_twice_changes_nothing() {
    let all = entries(0..700);
    let CatchUp { log, index } =
        ReplicaLog::new(FEED).catch_up(index_of(&all, 0), &signed(&all), &owner()).unwrap();
    let run = index.tile_of(0, &all[..256]).unwrap();
    let log = log.extend_run(&run, 0, &all[..256], None).unwrap().log;
    let again = log.extend_run(&run, 0, &all[..256], None).unwrap();
    assert_eq!((again.held, again.leaves.len(), again.log), (256, 0, log));
}

#[test]
fn a_copy_of_another_history_does_not_go_on_with_this_one() {
    let all = entries(0..700);
    let mut other = all[..300].to_vec();
    other[280] = entry(999);
    let copy = ReplicaLog::restore(FEED, leaves(&other).into_iter().collect(), None, None);
    let CatchUp { log, index } = copy.catch_up(index_of(&all, 1), &signed(&all), &owner()).unwrap();
    let run = index.tile(1, leaves(&all[256..512])).unwrap();
    assert_eq!(log.extend_run(&run, 300, &all[300..512], None), Err(ExtendError::Diverged { held: 300 }));
    other[10] = entry(998);
    let copy = ReplicaLog::restore(FEED, leaves(&other).into_iter().collect(), None, None);
    let refused = copy.catch_up(index_of(&all, 1), &signed(&all), &owner());
    assert!(matches!(refused, Err(ExtendError::Tile(TileError::Root { .. }))));
}

#[test]
fn there_is_no_catch_up_to_what_is_held() {
    let all = entries(0..300);
    let refused = copy_of(&all).catch_up(index_of(&all, 1), &signed(&all), &owner());
    assert_eq!(refused, Err(ExtendError::Complete { held: 300 }));
    let refused = copy_of(&all).catch_up(index_of(&all[..280], 1), &signed(&all[..280]), &owner());
    assert_eq!(refused, Err(ExtendError::Behind { size: 280, held: 300 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_way_of_reading_a_feed_ends_in_the_same_copy(
        size in 1_usize..600, held in 0_usize..600, pieces in prop::collection::vec(1_usize..200, 40)
    ) {
        let all = entries(0..size as u64);
        let held = held.min(size - 1);
        let first_tile = held / 256;
        let start = copy_of(&all[..held]);
        let CatchUp { mut log, index } = start.catch_up(index_of(&all, first_tile as u64), &signed(&all), &owner()).unwrap();
        for piece in pieces {
            let at = usize::try_from(log.frontier().size()).unwrap();
            let tile = at / 256;
            let run = if tile < size / 256 {
                index.tile(tile as u64, leaves(&all[tile * 256..(tile + 1) * 256])).unwrap()
            } else {
                index.edge()
            };
            let end = (at + piece).min(usize::try_from(run.end()).unwrap());
            log = log.extend_run(&run, at as u64, &all[at..end], None).unwrap().log;
        }
        if log.frontier().size() == size as u64 {
            prop_assert_eq!(log, copy_of(&all));
        }
    }
}
