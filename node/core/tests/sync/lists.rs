//! Live lists: what is dead is not sent, nothing is missing that a list does not let go, and no copy is shown before it can
//! show why.

use quince_core::feed::header::EntryKind;
use quince_core::feed::live_list::list_base;
use quince_core::feed::{Entry, FeedId, Lane, LaneSizes, LiveList};
use quince_core::sync::{Alarm, FeedHandle, Frame};

use crate::federation::entry;
use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;
const RECIFE: usize = 3;

/// Entries of Quanzhou's, of which those from the tenth tile on and the first of each hundred are live.
const WRITTEN: u64 = 3_000;

fn is_dead(index: u64) -> bool {
    index < 2_560 && !(index.is_multiple_of(100) && index < 1_000)
}

/// Quanzhou has written much, and has said what of it counts.
fn swept<const N: usize>(names: [&str; N]) -> (Net, FeedId) {
    let mut net = Net::of(names);
    net.cities[QUANZHOU].write(Lane::Normal, usize::try_from(WRITTEN).unwrap(), 500);
    net.cities[QUANZHOU].sweep(Lane::Normal, (0..WRITTEN).filter(|index| is_dead(*index)));
    net.cities[QUANZHOU].write(Lane::Normal, 10, 500);
    let feed = net.feed(QUANZHOU, Lane::Normal);
    (net, feed)
}

fn towns() -> (Net, FeedId) {
    swept(["quanzhou", "isfahan", "turin"])
}

/// What a city holds of the feed is what its owner wrote, but for what the list calls dead.
fn assert_live(net: &Net, city: usize, feed: FeedId) {
    let (copy, whole) = (net.cities[city].disk.copy(feed), net.cities[QUANZHOU].disk.copy(feed));
    assert_eq!(copy.log(feed).frontier(), whole.log(feed).frontier());
    assert_eq!(copy.rows.len(), whole.rows.len());
    for (index, ((held, _), (written, _))) in (0..).zip(copy.rows.iter().zip(&whole.rows)) {
        assert!(held == written || is_dead(index), "entry {index}");
    }
    net.cities[city].assert_sound();
}

/// How many entries are held with their bodies.
fn bodies(net: &Net, city: usize, feed: FeedId) -> usize {
    net.cities[city].disk.copy(feed).rows.iter().filter(|(entry, _)| entry.body().is_some()).count()
}

#[test]
fn a_newcomer_gets_what_is_live_and_of_the_rest_little_more_than_hashes_of_tiles() {
    let (mut net, feed) = towns();
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.assert_equal_but(TURIN);
    assert_live(&net, ISFAHAN, feed);
    assert_eq!(bodies(&net, ISFAHAN, feed), 10 + 440 + 11);
    assert_eq!(net.count(ISFAHAN, "dead_tiles"), 1);
    let received: u64 = net.delivered.iter().filter(|(to, ..)| *to == ISFAHAN).map(|it| it.2).sum();
    // The four tiles with live entries in them bring hashes of their dead ones, and all tiles those of their leaves.
    let live = 461 * 560;
    let hashes = 1_024 * 48 + 7 * 8_192;
    assert!(received < live + hashes + 4_096, "{received} bytes for {live} that are live");
}

#[test]
fn a_relay_that_has_let_go_brings_a_newcomer_to_the_same_and_so_on() {
    let (mut net, feed) = swept(["quanzhou", "isfahan", "turin"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cities[ISFAHAN].go_by_list(feed);
    net.cut(0);
    net.connect(ISFAHAN, TURIN);
    net.drive();
    net.assert_equal_but(QUANZHOU);
    assert_live(&net, TURIN, feed);
    net.cities[TURIN].go_by_list(feed);
    assert_eq!(net.cities[TURIN].disk.copy(feed).rows, net.cities[ISFAHAN].disk.copy(feed).rows);
}

#[test]
fn one_that_held_the_whole_and_let_go_afterwards_stands_as_one_that_came_through_the_list() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.cities[QUANZHOU].write(Lane::Normal, usize::try_from(WRITTEN).unwrap(), 500);
    net.drive();
    net.cities[QUANZHOU].sweep(Lane::Normal, (0..WRITTEN).filter(|index| is_dead(*index)));
    net.drive();
    net.connect(QUANZHOU, TURIN);
    net.drive();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    assert_eq!(bodies(&net, ISFAHAN, feed), 3_001);
    net.cities[ISFAHAN].go_by_list(feed);
    net.cities[TURIN].go_by_list(feed);
    assert_eq!(net.cities[TURIN].disk.copy(feed).rows, net.cities[ISFAHAN].disk.copy(feed).rows);
    assert_eq!(bodies(&net, TURIN, feed), 451);
    net.assert_equal();
}

#[test]
fn whoever_was_away_goes_on_from_any_place() {
    for held in [1, 255, 256, 300, 1_100, 2_559, 2_560, 2_900, 2_999] {
        let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
        net.cities[QUANZHOU].write(Lane::Normal, held, 50);
        net.connect(QUANZHOU, TURIN);
        net.drive();
        net.cut(0);
        net.cities[QUANZHOU].write(Lane::Normal, usize::try_from(WRITTEN).unwrap() - held, 50);
        net.cities[QUANZHOU].sweep(Lane::Normal, (0..WRITTEN).filter(|index| is_dead(*index)));
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        let feed = net.feed(QUANZHOU, Lane::Normal);
        net.cities[ISFAHAN].go_by_list(feed);
        net.cut(0);
        net.connect(ISFAHAN, TURIN);
        net.drive();
        net.assert_equal_but(QUANZHOU);
        assert_live(&net, TURIN, feed);
        assert_eq!(net.cities[TURIN].alarms, [], "{held}");
    }
}

#[test]
fn a_cut_in_any_place_loses_nothing_and_shows_nothing_too_early() {
    let (mut whole, feed) = towns();
    whole.connect(QUANZHOU, ISFAHAN);
    let mut rounds = 0;
    while whole.step() {
        rounds += 1;
    }
    for cut in (1..rounds).step_by(3) {
        let (mut net, _) = towns();
        net.connect(QUANZHOU, ISFAHAN);
        net.drive_bounded(cut);
        if !net.links.is_empty() {
            net.cut(0);
        }
        net.cities[ISFAHAN].restart();
        let held = net.cities[ISFAHAN].disk.copy(feed).rows.len() as u64;
        assert!(held == WRITTEN + 11 || net.size(ISFAHAN, feed) == 0, "cut {cut}: {held} entries are shown");
        net.connect(ISFAHAN, QUANZHOU);
        net.drive();
        net.assert_equal_but(TURIN);
        assert_live(&net, ISFAHAN, feed);
    }
}

#[test]
fn one_that_does_not_know_lists_gets_everything_of_the_owner_and_nothing_of_who_has_let_go() {
    for versions in [vec![1], vec![1, 2]] {
        let (mut net, feed) = towns();
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        net.cities[ISFAHAN].go_by_list(feed);
        net.versions = Some(versions);
        net.connect(ISFAHAN, TURIN);
        net.drive();
        assert_eq!((net.size(TURIN, feed), net.count(ISFAHAN, "want")), (0, 1));
        assert_eq!(net.cities[TURIN].alarms, []);
        net.connect(QUANZHOU, TURIN);
        net.drive();
        net.assert_equal();
        assert_eq!(bodies(&net, TURIN, feed), usize::try_from(WRITTEN).unwrap() + 11);
        // What comes behind the list flows between all.
        net.cities[QUANZHOU].write(Lane::Normal, 3, 50);
        net.drive();
        net.assert_equal();
    }
}

#[test]
fn a_relay_that_does_not_know_lists_brings_a_newcomer_to_what_one_without_it_comes_to() {
    for versions in [vec![1], vec![1, 2]] {
        let (mut net, feed) = swept(["quanzhou", "isfahan", "turin", "recife"]);
        net.connect(QUANZHOU, RECIFE);
        net.drive();
        net.versions = Some(versions);
        net.connect(QUANZHOU, ISFAHAN);
        net.connect(ISFAHAN, TURIN);
        net.drive();
        net.assert_equal();
        assert_eq!(bodies(&net, TURIN, feed), usize::try_from(WRITTEN).unwrap() + 11, "it comes whole");
        for city in [TURIN, RECIFE] {
            net.cities[city].go_by_list(feed);
            assert_live(&net, city, feed);
        }
        assert_eq!(net.cities[TURIN].disk.copy(feed).rows, net.cities[RECIFE].disk.copy(feed).rows);
        // One more list, of which the relay knows as little as of the first.
        net.cities[QUANZHOU].write(Lane::Normal, 700, 50);
        net.cities[QUANZHOU].sweep(Lane::Normal, (0..3_500).filter(|index| is_dead(*index)));
        net.drive();
        net.assert_equal();
        assert!(net.cities.iter().all(|city| city.alarms.is_empty()));
    }
}

#[test]
fn a_list_that_takes_effect_in_the_middle_of_a_catch_up_ends_nothing() {
    for steps in (5..60).step_by(3) {
        let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
        net.connect(QUANZHOU, ISFAHAN);
        net.cities[QUANZHOU].write(Lane::Normal, usize::try_from(WRITTEN).unwrap(), 2_000);
        net.drive();
        let feed = net.feed(QUANZHOU, Lane::Normal);
        net.connect(ISFAHAN, TURIN);
        net.drive_bounded(steps);
        net.cities[QUANZHOU].sweep(Lane::Normal, (0..WRITTEN).filter(|index| is_dead(*index)));
        while net.size(ISFAHAN, feed) < WRITTEN + 1 {
            assert!(net.step());
        }
        net.cities[ISFAHAN].go_by_list(feed);
        net.drive();
        net.assert_equal();
        assert_live(&net, TURIN, feed);
        assert_eq!(net.cities[TURIN].alarms, []);
    }
}

#[test]
fn a_copy_with_holes_that_goes_on_with_somebody_who_is_behind_shows_nothing_that_it_cannot_explain() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.cities[QUANZHOU].write(Lane::Normal, 2_700, 500);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(0);
    net.cities[QUANZHOU].write(Lane::Normal, 300, 500);
    net.cities[QUANZHOU].sweep(Lane::Normal, (0..WRITTEN).filter(|index| is_dead(*index)));
    let feed = net.feed(QUANZHOU, Lane::Normal);
    net.connect(QUANZHOU, TURIN);
    while net.cities[TURIN].disk.copy(feed).rows.len() < 2_560 {
        assert!(net.step());
    }
    net.cut(0);
    net.connect(ISFAHAN, TURIN);
    net.drive();
    assert_eq!(net.size(TURIN, feed), 0, "Isfahan's head lies below the list that lets go what Turin lacks");
    net.connect(QUANZHOU, TURIN);
    net.drive();
    net.assert_equal();
    assert_eq!(net.cities[TURIN].alarms, []);
}

/// What a liar sends, made of what is true.
type Lie = fn(Frame) -> Vec<Frame>;

fn without_list(frame: Frame) -> Vec<Frame> {
    if frame.name() == "live_list" { Vec::new() } else { vec![frame] }
}

fn more_dead_tiles(frame: Frame) -> Vec<Frame> {
    match frame {
        Frame::DeadTiles { handle, first, count } => {
            vec![Frame::DeadTiles { handle, first, count: count + 1 }]
        }
        frame => vec![frame],
    }
}

fn later_dead_tiles(frame: Frame) -> Vec<Frame> {
    match frame {
        Frame::DeadTiles { handle, first, count } => {
            vec![Frame::DeadTiles { handle, first: first + 1, count: count - 1 }]
        }
        frame => vec![frame],
    }
}

/// The entries that are live come as dead as well.
fn all_dead(frame: Frame) -> Vec<Frame> {
    with_entries(frame, Entry::bury)
}

/// Bodies are left out, but headers are there.
fn all_pruned(frame: Frame) -> Vec<Frame> {
    with_entries(frame, Entry::prune)
}

fn with_entries(frame: Frame, of: impl Fn(&Entry) -> Entry) -> Vec<Frame> {
    match frame {
        Frame::Tile { handle, from, entries, leaf_hashes } => {
            let entries = entries.iter().map(of).collect();
            vec![Frame::Tile { handle, from, entries, leaf_hashes }]
        }
        frame => vec![frame],
    }
}

/// The list is one that the owner never wrote.
fn other_list(frame: Frame) -> Vec<Frame> {
    match frame {
        Frame::LiveList { handle, index, leaf_hashes, .. } => {
            let list =
                LiveList::new(Lane::Normal, list_base(WRITTEN), LaneSizes::default(), 0..2_560).unwrap();
            let entry = entry(EntryKind::LIVE_LIST, &list.to_bodies()[0]);
            vec![Frame::LiveList { handle, index, entry, leaf_hashes }]
        }
        frame => vec![frame],
    }
}

/// The list stands elsewhere than it is said to.
fn shifted_list(frame: Frame) -> Vec<Frame> {
    match frame {
        Frame::LiveList { handle, index, entry, leaf_hashes } => {
            vec![Frame::LiveList { handle, index: index - 1, entry, leaf_hashes }]
        }
        frame => vec![frame],
    }
}

/// A record is passed off as a list.
fn record_as_list(frame: Frame) -> Vec<Frame> {
    match frame {
        Frame::LiveList { handle, index, leaf_hashes, .. } => {
            vec![Frame::LiveList { handle, index, entry: entry(EntryKind(17), b"no list"), leaf_hashes }]
        }
        frame => vec![frame],
    }
}

#[test]
fn nothing_is_stored_that_is_missing_without_a_list_that_lets_it_go() {
    let lies: [(&str, Lie); 8] = [
        ("a hole without a list", without_list),
        ("a live tile passed over", more_dead_tiles),
        ("a dead tile left out without a word", later_dead_tiles),
        ("live records called dead", all_dead),
        ("bodies left out", all_pruned),
        ("a list that nobody wrote", other_list),
        ("a list at another place", shifted_list),
        ("a record as a list", record_as_list),
    ];
    for (what, lie) in lies {
        let (mut net, feed) = towns();
        net.connect(QUANZHOU, ISFAHAN);
        let mut lied = false;
        while net.step() && net.cities[ISFAHAN].alarms.is_empty() {
            let arriving = std::mem::take(&mut net.links[0].ends[1].arriving);
            for frame in arriving {
                let said = lie(frame.clone());
                lied |= said != [frame];
                net.links[0].ends[1].arriving.extend(said);
            }
        }
        assert!(lied, "{what}");
        assert!(matches!(net.cities[ISFAHAN].alarms[..], [Alarm::Unverified { .. }]), "{what}");
        net.finish(ISFAHAN);
        let (held, written) = (net.cities[ISFAHAN].disk.copy(feed), net.cities[QUANZHOU].disk.copy(feed));
        for (index, ((held, _), (written, _))) in (0..).zip(held.rows.iter().zip(&written.rows)) {
            assert!(held == written || is_dead(index), "{what}: entry {index}");
        }
        assert_eq!(net.size(ISFAHAN, feed), 0, "{what}");
        // The owner itself brings the rest.
        if !net.links.is_empty() {
            net.cut(0);
        }
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        net.assert_equal_but(TURIN);
    }
}

#[test]
fn dead_tiles_of_a_feed_that_was_not_wanted_are_a_fault() {
    let (mut net, feed) = towns();
    net.connect(QUANZHOU, ISFAHAN);
    let handle = FeedHandle(99);
    while !net.cities[ISFAHAN].sessions.values().any(quince_core::sync::Session::is_open) {
        assert!(net.step());
    }
    net.inject(0, 1, Frame::Bind { handle, feed: FeedId { lane: Lane::Bulk, ..feed } });
    net.inject(0, 1, Frame::DeadTiles { handle, first: 0, count: u64::MAX });
    net.drive();
    assert_eq!(net.links.len(), 0, "whoever sent it was sent away");
}
