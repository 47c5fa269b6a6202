//! A new session begins where the last one ended: what it costs, and that nothing is ever left out by it.

use std::time::Duration;

use quince_core::feed::header::EntryKind;
use quince_core::feed::{FeedId, Lane};
use quince_core::sync::{
    Alarm, Buckets, CHANGES_BEHIND_MAX, CURSOR_PERIOD, DIGEST_LEN, DIGEST_PERIOD, DIGESTS_AT_ONCE, Frame,
    RefuseCode, TAIL_BURST,
};

use crate::city::City;
use crate::federation::{admit, dismiss, entry, first_roster, identity_entries};
use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;
const SAMARKAND: usize = 3;

const LINK: usize = 0;

/// Members of the large federation; each writes to all five lanes.
const MEMBERS: usize = 2_000;

/// Two cities that hold ten thousand feeds each, and have met.
fn large() -> Net {
    let names: Vec<String> = (0..MEMBERS - 2).map(|number| format!("city-{number}")).collect();
    let names: Vec<&str> =
        ["quanzhou", "isfahan"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let roster = first_roster("Silk Road Relief", &names);
    let mut cities = ["quanzhou", "isfahan"].map(|name| City::new(name, roster.clone()));
    for name in names {
        for lane in Lane::ALL {
            let entries = match lane {
                Lane::Identity => identity_entries(name),
                _ => vec![entry(EntryKind(17), name.as_bytes())],
            };
            cities[QUANZHOU].hold(name, lane, &entries);
        }
    }
    let copies = cities[QUANZHOU].disk.copies.clone();
    copies.into_iter().for_each(|(feed, copy)| cities[ISFAHAN].disk.put(feed, copy));
    cities.iter_mut().for_each(City::restart);
    let mut net = Net::strangers(cities.into());
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(LINK);
    net
}

/// Two cities that have met and told each other all.
fn met() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    for lane in Lane::ALL.into_iter().skip(1) {
        net.cities[QUANZHOU].write(lane, 3, 40);
        net.cities[ISFAHAN].write(lane, 2, 40);
    }
    meet(&mut net);
    net.assert_equal_but(TURIN);
    net
}

/// The two talk until all is said, and part.
fn meet(net: &mut Net) {
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.wait(CURSOR_PERIOD.as_secs() + 20);
    net.cut(LINK);
    net.forget();
}

/// Both processes start again: what only memory knew is lost.
fn reconnect(net: &mut Net) {
    net.forget();
    net.cities.iter_mut().for_each(City::restart);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
}

/// A feed of Turin, which only Quanzhou has met.
fn turin_writes(net: &mut Net, count: usize) -> FeedId {
    net.cities[TURIN].write(Lane::Urgent, count, 40);
    net.connect(TURIN, QUANZHOU);
    net.drive();
    net.cut(net.links.len() - 1);
    net.feed(TURIN, Lane::Urgent)
}

fn told(net: &Net, city: usize) -> [usize; 3] {
    ["have", "bind", "digest"].map(|name| net.count(city, name))
}

fn drifts(net: &Net) -> u64 {
    let feeds = |alarm: &Alarm| if let Alarm::Drift { feeds, .. } = alarm { *feeds } else { 0 };
    net.cities.iter().flat_map(|city| &city.alarms).map(feeds).sum()
}

#[test]
fn at_ten_thousand_feeds_a_new_session_costs_less_than_a_kilobyte_each_way_and_a_lost_cursor_four() {
    let mut net = large();
    assert_eq!(net.cities[ISFAHAN].ctx.feeds().count(), 5 * MEMBERS);
    let saved = net.cities.iter().map(|city| city.disk.cursors_saved).collect::<Vec<_>>();
    reconnect(&mut net);
    for city in [QUANZHOU, ISFAHAN] {
        assert!(net.bytes_to(city) < 1024, "{} bytes: {:?}", net.bytes_to(city), net.delivered);
        assert_eq!((told(&net, city), net.count(city, "have_end")), ([0, 0, 0], 1));
        assert_eq!(net.cities[city].disk.cursors_saved, saved[city], "there was nothing to save");
    }

    // Isfahan forgets, and meanwhile one feed has grown.
    net.cut(LINK);
    net.cities[QUANZHOU].write(Lane::Normal, 1, 40);
    net.cities[ISFAHAN].disk.cursors.clear();
    reconnect(&mut net);
    net.assert_equal();
    let [haves, binds, digests] = told(&net, ISFAHAN);
    assert!((1..=100).contains(&haves) && haves == binds && digests == 1, "{haves} of ten thousand told");
    assert!(net.bytes_to(QUANZHOU) < 4096 + 60 * 208, "{} bytes", net.bytes_to(QUANZHOU));

    net.cut(LINK);
    net.cities[ISFAHAN].disk.cursors.clear();
    reconnect(&mut net);
    for city in [QUANZHOU, ISFAHAN] {
        assert!(net.bytes_to(city) <= 4096, "{} bytes: {:?}", net.bytes_to(city), net.delivered);
        assert_eq!(told(&net, city), [0, 0, 1]);
    }
}

#[test]
fn only_what_has_changed_is_named() {
    let mut net = met();
    net.cities[QUANZHOU].write(Lane::Normal, 5, 40);
    net.cities[QUANZHOU].write(Lane::Bulk, 300, 40);
    reconnect(&mut net);
    assert_eq!((told(&net, ISFAHAN), told(&net, QUANZHOU)), ([2, 2, 0], [0, 0, 0]));
    net.assert_equal_but(TURIN);
}

#[test]
fn what_changes_in_a_session_is_told_once_and_not_again_in_the_next() {
    let mut net = met();
    net.connect(QUANZHOU, ISFAHAN);
    for _ in 0..5 {
        net.cities[QUANZHOU].write(Lane::Normal, 1, 40);
        net.drive();
    }
    net.wait(CURSOR_PERIOD.as_secs() + 20);
    net.cut(LINK);
    reconnect(&mut net);
    assert_eq!(told(&net, ISFAHAN), [0, 0, 0]);
}

#[test]
fn what_was_announced_and_never_fetched_is_announced_again_wherever_the_session_was_cut() {
    let mut rounds = 1;
    loop {
        let mut net = met();
        let feed = turin_writes(&mut net, 300);
        net.cities[QUANZHOU].write(Lane::Normal, 300, 400);
        net.connect(QUANZHOU, ISFAHAN);
        let rested = net.drive_bounded(rounds);
        net.cut(LINK);
        reconnect(&mut net);
        assert_eq!(net.size(ISFAHAN, feed), 300, "cut after {rounds} rounds");
        net.assert_equal_but(TURIN);
        if rested {
            return;
        }
        rounds += 1;
    }
}

#[test]
fn what_grows_while_something_else_is_sent_is_not_passed_by_wherever_the_session_is_cut() {
    for (before, after) in [4, 8, 12].into_iter().flat_map(|before| (0..40).map(move |after| (before, after)))
    {
        let mut net = met();
        net.cities[ISFAHAN].grant(256 * 1024);
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        net.skip(CURSOR_PERIOD - Duration::from_secs(10));
        // Isfahan is sent this one as it grows.
        net.cities[QUANZHOU].write(Lane::Normal, 1, 40);
        net.drive();
        net.cities[QUANZHOU].write(Lane::Urgent, 30, 30_000);
        net.drive_bounded(before);
        // It grows, and all is due to be said, while what is more urgent uses up the credit.
        net.cities[QUANZHOU].write(Lane::Normal, 1, 40);
        net.drive_bounded(1);
        net.pass(Duration::from_secs(20));
        net.drive_bounded(after);
        // What has arrived is saved before the process ends.
        net.finish(ISFAHAN);
        net.cut(LINK);
        reconnect(&mut net);
        net.assert_equal_but(TURIN);
    }
}

#[test]
fn what_came_while_its_owner_had_to_wait_is_not_passed_by_when_the_session_is_cut() {
    let mut net = met();
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.skip(CURSOR_PERIOD - Duration::from_secs(10));
    net.cities[QUANZHOU].write(Lane::Normal, 1, 20);
    net.drive();
    // Isfahan wants no more of it for a while and throws away what comes; Quanzhou does not hear so any more.
    for _ in 0..TAIL_BURST / 50 + 5 {
        net.cities[QUANZHOU].write(Lane::Normal, 50, 20);
        net.drive_one_way(LINK, 1);
    }
    let feed = net.feed(QUANZHOU, Lane::Normal);
    assert!(net.size(ISFAHAN, feed) < net.size(QUANZHOU, feed));
    net.pass(Duration::from_secs(20));
    net.drive_one_way(LINK, 1);
    assert!(net.count(ISFAHAN, "have_end") > 1, "all is said to be told");
    net.cut(LINK);
    reconnect(&mut net);
    net.assert_equal_but(TURIN);
}

#[test]
fn a_cursor_from_the_future_on_either_side_does_not_fit() {
    for city in [QUANZHOU, ISFAHAN] {
        let mut net = met();
        let peer = net.cities[1 - city].node();
        net.cities[city].disk.cursors.get_mut(&peer).unwrap().read += 1_000;
        net.cities[QUANZHOU].write(Lane::Normal, 1, 40);
        net.cities[ISFAHAN].write(Lane::Normal, 1, 40);
        reconnect(&mut net);
        assert_eq!([QUANZHOU, ISFAHAN].map(|city| net.count(city, "digest")), [1, 1]);
        net.assert_equal_but(TURIN);
    }
}

#[test]
fn a_restored_database_on_either_side_is_told_and_tells_what_is_missing() {
    for restored in [QUANZHOU, ISFAHAN] {
        let mut net = met();
        let backup = net.cities[restored].disk.clone();
        // After the backup, the one that will be restored tells of Turin's records to the other.
        let feed = turin_writes(&mut net, 10);
        meet(&mut net);
        assert_eq!(net.size(ISFAHAN, feed), 10);
        net.cities[restored].disk = backup;
        net.cities[restored].restart();
        // Then as many changes come as were lost, and more: the numbers are the same, the changes are others.
        net.connect(TURIN, restored);
        net.cities[TURIN].write(Lane::Bulk, 1, 40);
        net.cities[TURIN].write(Lane::Ledger, 1, 40);
        (0..20).for_each(|_| {
            net.cities[TURIN].write(Lane::Normal, 1, 40);
            net.drive();
        });
        net.cut(net.links.len() - 1);
        reconnect(&mut net);
        net.assert_equal_but(TURIN);
    }
}

#[test]
fn a_database_put_back_twice_tells_what_a_newer_number_of_its_other_history_hides() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin", "samarkand"]);
    meet(&mut net);
    let isfahan = net.cities[ISFAHAN].node();
    let before = net.cities[QUANZHOU].disk.clone();
    // In the first history Quanzhou learns from Turin, and what it tells Isfahan of that is lost.
    let feed = turin_writes(&mut net, 1);
    let told = net.cities[QUANZHOU].disk.change_no;
    net.cities[QUANZHOU].disk.cursors.get_mut(&isfahan).unwrap().said = told;
    let first = net.cities[QUANZHOU].disk.clone();
    // In the second it learns as much from Samarkand, and Isfahan hears all of it.
    net.cities[QUANZHOU].disk = before;
    net.cities[QUANZHOU].restart();
    net.cities[SAMARKAND].write(Lane::Urgent, 1, 40);
    net.connect(SAMARKAND, QUANZHOU);
    net.drive();
    net.cut(net.links.len() - 1);
    meet(&mut net);
    let quanzhou = net.cities[QUANZHOU].node();
    assert_eq!(net.cities[ISFAHAN].disk.cursors[&quanzhou].read, told, "one number, two histories");

    net.cities[QUANZHOU].disk = first;
    reconnect(&mut net);
    assert_eq!(net.count(ISFAHAN, "digest"), 0, "by numbers alone the cursors fit");
    assert_eq!(net.size(ISFAHAN, feed), 1);
}

#[test]
fn a_copy_that_was_cut_back_between_sessions_is_fetched_again() {
    for silent in [true, false] {
        let mut net = met();
        let feed = net.feed(QUANZHOU, Lane::Normal);
        net.cities[ISFAHAN].disk.flip(feed, 1);
        if silent {
            net.cities[ISFAHAN].disk.check(feed);
        }
        reconnect(&mut net);
        if !silent {
            // Found while the session is open, in which nobody has told of the feed.
            let mended = net.cities[ISFAHAN].disk.check(feed);
            net.cities[ISFAHAN].ctx.copy_checked(feed, mended);
            net.drive();
        }
        net.assert_equal_but(TURIN);
        assert_eq!(drifts(&net), 0, "it is known that something was lost");
    }
}

#[test]
fn a_feed_that_had_no_room_is_fetched_in_a_later_session_although_nothing_changed_since() {
    let mut net = met();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    net.cities[ISFAHAN].disk.room = Some((feed, 3));
    net.cities[QUANZHOU].write(Lane::Normal, 4, 40);
    net.cities[QUANZHOU].write(Lane::Bulk, 4, 40);
    meet(&mut net);
    assert_eq!(net.size(ISFAHAN, feed), 3);
    net.cities[ISFAHAN].disk.room = None;
    reconnect(&mut net);
    net.assert_equal_but(TURIN);
}

#[test]
fn a_cursor_that_was_left_far_behind_gives_way_to_a_digest() {
    let mut net = met();
    net.cities[ISFAHAN].disk.cursors.values_mut().for_each(|cursors| cursors.read = 0);
    net.cities[QUANZHOU].disk.cursors.values_mut().for_each(|cursors| cursors.said = CHANGES_BEHIND_MAX + 1);
    reconnect(&mut net);
    assert_eq!((told(&net, ISFAHAN), told(&net, QUANZHOU)), ([0, 0, 1], [0, 0, 1]));
}

#[test]
fn members_that_come_and_go_between_sessions_leave_no_gap() {
    // Isfahan and Quanzhou agree while Turin is no member; Quanzhou holds its records from before.
    let mut net = met();
    let feed = turin_writes(&mut net, 5);
    let without = dismiss(net.cities[QUANZHOU].ctx.chain(), "turin");
    for city in [QUANZHOU, ISFAHAN] {
        net.cities[city].take_roster(without.clone());
    }
    meet(&mut net);
    assert_eq!(net.size(ISFAHAN, feed), 0);
    // Turin is admitted again. Each learns of it in its own way.
    let again = admit(net.cities[QUANZHOU].ctx.chain(), "turin");
    for informed in [vec![QUANZHOU], vec![ISFAHAN], vec![QUANZHOU, ISFAHAN]] {
        let mut cities = Net::strangers(net.cities.clone());
        informed.iter().for_each(|city| cities.cities[*city].take_roster(again.clone()));
        cities.connect(QUANZHOU, ISFAHAN);
        cities.drive();
        assert_eq!(cities.size(ISFAHAN, feed), 5, "{informed:?}");
    }
    // And in the middle of a session.
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cities[QUANZHOU].take_roster(again);
    net.drive();
    assert_eq!(net.size(ISFAHAN, feed), 5);
}

#[test]
fn a_day_without_drift_raises_no_alarm_whatever_is_written_meanwhile() {
    let mut net = met();
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.skip(DIGEST_PERIOD - Duration::from_mins(2));
    for step in 0..90 {
        net.cities[QUANZHOU].write(Lane::Normal, 1, 40);
        net.cities[ISFAHAN].write(Lane::Bulk, 1, 40);
        // Digests are made and answered while entries are on their way.
        net.pass(Duration::from_secs(2));
        net.drive_bounded(step % 7);
    }
    net.drive();
    assert_eq!((net.count(QUANZHOU, "digest"), net.count(ISFAHAN, "digest")), (1, 1));
    assert_eq!(drifts(&net), 0);
    net.assert_equal_but(TURIN);
}

#[test]
fn what_has_drifted_is_found_within_a_day_told_and_fetched() {
    let mut net = met();
    let lost = [net.feed(QUANZHOU, Lane::Urgent), net.feed(QUANZHOU, Lane::Ledger)];
    lost.iter().for_each(|feed| drop(net.cities[ISFAHAN].disk.copies.remove(feed)));
    reconnect(&mut net);
    assert_eq!(
        (net.size(ISFAHAN, lost[0]), net.size(ISFAHAN, lost[1])),
        (0, 0),
        "the cursor says all is there"
    );
    net.skip(DIGEST_PERIOD);
    net.drive();
    assert_eq!(drifts(&net), 2);
    net.assert_equal_but(TURIN);
    let City { sessions, ctx, .. } = &net.cities[ISFAHAN];
    assert_eq!(sessions.values().map(|session| session.status(ctx).drifted).sum::<u64>(), 2);
}

#[test]
fn a_peer_of_the_first_version_is_told_all_at_each_opening() {
    let mut net = met();
    net.versions = Some(vec![1]);
    net.cities[QUANZHOU].write(Lane::Normal, 1, 40);
    reconnect(&mut net);
    net.assert_equal_but(TURIN);
    assert_eq!(told(&net, ISFAHAN), [6, 6, 0], "five lanes, and what is known of Turin");
    assert_eq!(net.count(ISFAHAN, "have_end"), 1);
    // What was agreed in the second version still counts: nothing was forgotten meanwhile.
    net.cut(LINK);
    net.versions = None;
    reconnect(&mut net);
    net.assert_equal_but(TURIN);
    assert_eq!(told(&net, ISFAHAN), [1, 1, 0]);
}

#[test]
fn digests_beyond_the_bound_and_ends_that_answer_none_close_the_session() {
    let digest = || Frame::Digest(Buckets::parse(&[7; DIGEST_LEN]).unwrap());
    let flood = (0..=DIGESTS_AT_ONCE).map(|_| digest()).collect();
    let cases =
        [(flood, RefuseCode::Limit), (vec![Frame::HaveEnd { cursor: 1, digests: 1 }], RefuseCode::Malformed)];
    for (frames, code) in cases {
        let mut net = met();
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        frames.into_iter().for_each(|frame| net.inject(LINK, 1, frame));
        while net.deliver(LINK, 1) {}
        let closed = net.closed(LINK, 1).expect("the session ends");
        assert_eq!((closed.code, closed.by_peer, closed.hint.is_empty()), (Some(code), false, false));
    }
}

#[test]
fn a_digest_of_other_bytes_is_none() {
    assert_eq!(Buckets::parse(&[0; DIGEST_LEN - 1]), None);
    assert_eq!(Buckets::parse(&[0; DIGEST_LEN + 1]), None);
    assert_eq!(Buckets::parse(&[0; DIGEST_LEN + 8]), None);
    let bytes: Vec<u8> = (0..DIGEST_LEN).map(|place| u8::try_from(place % 251).unwrap()).collect();
    assert_eq!(Buckets::parse(&bytes).unwrap().to_bytes(), bytes);
}
