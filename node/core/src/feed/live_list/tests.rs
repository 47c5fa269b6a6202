//! What the room of `live_list` promises, a test a promise.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::feed::sample::{entry, entry_of};

const SIZES: LaneSizes = LaneSizes { normal: 7, bulk: 9 };

fn list(base: u64, dead: impl IntoIterator<Item = u64>) -> LiveList {
    LiveList::new(Lane::Urgent, base, SIZES, dead).unwrap()
}

fn parts(bodies: &[Vec<u8>]) -> Vec<Entry> {
    bodies.iter().map(|body| entry_of(EntryKind::LIVE_LIST, body)).collect()
}

/// Reads consecutive entries; the list when the last of them closes it.
fn join(lane: Lane, first: u64, entries: &[Entry]) -> Result<Option<ClosedList>, ListError> {
    let mut reader = ListReader::new(lane, first);
    entries.iter().try_fold(None, |_, entry| reader.take(entry))
}

#[test]
fn a_part_has_the_published_layout() {
    let body = list(256, (8..256).chain([0, 3])).to_bodies().pop().unwrap();
    let prefix = [&[1, 1], &256_u64.to_be_bytes()[..], &[0; 8], &7_u64.to_be_bytes(), &9_u64.to_be_bytes()];
    assert_eq!(body[..34], prefix.concat());
    assert_eq!(body[34..], [&[0b1111_0110][..], &[0; 31]].concat());
}

#[test]
fn what_is_named_dead_is_dead_and_nothing_from_the_base_on_ever_is() {
    let list = list(512, [0, 255, 256, 511, 512, 9999]);
    let dead: Vec<u64> = (0..10_000).filter(|index| !list.is_live(*index)).collect();
    assert_eq!((dead, list.dead(), list.base()), (vec![0, 255, 256, 511], 4, 512));
    assert!(list.is_live(u64::MAX));
}

#[test]
fn a_tile_is_dead_when_all_its_leaves_are() {
    let list = list(768, (256..512).chain(0..255));
    assert_eq!(
        [0, 1, 2, 3, u64::MAX].map(|tile| list.is_dead_tile(tile)),
        [false, true, false, false, false]
    );
}

#[test]
fn a_long_list_is_split_into_parts_that_fit_bodies_and_joined_again() {
    let base = 2048 * 256;
    let list = list(base, (0..base).filter(|index| index % 3 == 0));
    let bodies = list.to_bodies();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| body.len() <= BODY_LEN_MAX as usize));
    let closed = join(Lane::Urgent, base + 5, &parts(&bodies)).unwrap().unwrap();
    assert_eq!(closed, ClosedList { place: ListPlace { base, first: base + 5, end: base + 8 }, list });
}

#[test]
fn only_lanes_below_the_ledger_have_lists() {
    let body = list(256, []).to_bodies().pop().unwrap();
    for lane in [Lane::Identity, Lane::Ledger] {
        assert_eq!(LiveList::new(lane, 256, LaneSizes::default(), []), Err(ListError::Lane(lane)));
        assert_eq!(ListPart::parse(lane, &body), Err(ListError::Lane(lane)));
    }
    assert!(ListPart::parse(Lane::Urgent, &body).is_ok());
}

#[test]
fn a_list_names_only_lanes_that_are_less_urgent() {
    let body = list(256, []).to_bodies().pop().unwrap();
    assert!(matches!(ListPart::parse(Lane::Normal, &body), Err(ListError::Field { field: "normal", .. })));
    assert!(LiveList::new(Lane::Bulk, 256, LaneSizes { normal: 0, bulk: 1 }, []).is_err());
    assert_eq!(LaneSizes::below(Lane::Normal, 3, 4), LaneSizes { normal: 0, bulk: 4 });
}

#[test]
fn parts_that_do_not_belong_together_are_no_list() {
    let base = 2048 * 256;
    let whole = parts(&list(base, [1]).to_bodies());
    let other = parts(&list(base + 256, [1]).to_bodies());
    let refused = |entries: &[Entry]| join(Lane::Urgent, base + 256, entries).unwrap_err();
    let parts = |error| matches!(error, ListError::Parts { .. });
    assert!(parts(refused(&[whole[1].clone()])));
    assert!(parts(refused(&[whole[0].clone(), whole[2].clone()])));
    assert!(parts(refused(&[whole[0].clone(), other[1].clone()])));
    assert_eq!(refused(&[whole[0].clone(), entry(1)]), ListError::NoPart(base + 257));
    assert_eq!(refused(&[whole[0].bury()]), ListError::NoPart(base + 256));
    assert_eq!(join(Lane::Urgent, base, &whole[..2]), Ok(None));
    let ahead = ListError::Ahead { first: base - 1, base };
    assert_eq!(join(Lane::Urgent, base - 1, &whole), Err(ahead));
}

#[test]
fn a_list_waits_for_a_beginning_of_a_less_urgent_lane_but_for_none_that_is_not_held() {
    let held = |normal, bulk| SIZES.are_held(|lane| if lane == Lane::Normal { normal } else { bulk });
    assert!(held(7, 9) && held(8, 10) && held(0, 0) && held(0, 9) && held(7, 0));
    assert!(!held(6, 9) && !held(7, 8) && !held(1, 0));
}

#[test]
fn each_wrong_field_is_named() {
    let good = list(512, []).to_bodies().pop().unwrap();
    let broken = |change: fn(&mut Vec<u8>)| {
        let mut body = good.clone();
        change(&mut body);
        match ListPart::parse(Lane::Urgent, &body) {
            Err(ListError::Field { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(broken(|body| body.truncate(33)), "a length of");
    assert_eq!(broken(|body| body[0] = 2), "layout");
    assert_eq!(broken(|body| body[1] = 3), "flags");
    assert_eq!(broken(|body| body[1] = 0), "flags");
    assert_eq!(broken(|body| body[9] = 1), "base");
    assert_eq!(broken(|body| body[8] = 0), "base");
    assert_eq!(broken(|body| body[17] = 1), "offset");
    assert_eq!(broken(|body| body[16] = 1), "offset");
    assert_eq!(broken(|body| body[18] = 0xff), "normal");
    assert_eq!(broken(|body| body.truncate(34)), "a bitmap of");
    assert_eq!(broken(|body| body.truncate(65)), "a bitmap of");
    assert_eq!(broken(|body| body.truncate(66)), "flags");
}

proptest! {
    #[test]
    fn every_list_survives_the_way_through_its_entries(
        tiles in 1_u64..40,
        dead in prop::collection::btree_set(0_u64..40 * 256, 0..300),
        part_tiles in 1_usize..9,
        lane in prop::sample::select(vec![Lane::Urgent, Lane::Normal, Lane::Bulk]),
        sizes in (0..=INTEGER_MAX, 0..=INTEGER_MAX),
    ) {
        let base = tiles * 256;
        let sizes = LaneSizes::below(lane, sizes.0, sizes.1);
        let list = LiveList::new(lane, base, sizes, dead.iter().copied()).unwrap();
        let bodies = list.bodies_of(part_tiles * TILE_BITS_LEN);
        let closed = join(lane, base, &parts(&bodies)).unwrap().unwrap();
        let found: BTreeSet<u64> = (0..base + 300).filter(|index| !closed.list.is_live(*index)).collect();
        let named: BTreeSet<u64> = dead.into_iter().filter(|index| *index < base).collect();
        prop_assert_eq!(found, named);
        prop_assert_eq!(closed.place.end - closed.place.first, bodies.len() as u64);
        prop_assert_eq!(closed.list, list);
    }

    #[test]
    fn hostile_bytes_are_a_part_that_writes_itself_again_or_none(mut body in prop::collection::vec(any::<u8>(), 0..200), keep in 0_usize..34) {
        // The beginning of a good part lets more of them come far.
        let good = list(768, []).to_bodies().pop().unwrap();
        let keep = keep.min(body.len());
        body[..keep].copy_from_slice(&good[..keep]);
        if let Ok(part) = ListPart::parse(Lane::Urgent, &body) {
            prop_assert!(part.offset + part.bits.len() as u64 * 8 <= part.base);
            prop_assert_eq!(part.is_last, part.offset + part.bits.len() as u64 * 8 == part.base);
            let written = LiveList { lane: Lane::Urgent, sizes: part.sizes, bits: vec![0; usize::try_from(part.base / 8).unwrap_or(0).min(4096)] };
            if written.base() == part.base {
                let skipped = usize::try_from(part.offset / 8).unwrap();
                prop_assert_eq!(written.body(skipped, part.is_last, &part.bits), body);
            }
        }
    }
}
