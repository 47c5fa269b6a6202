//! Long and short catch-ups, live tails, relays, cuts at every place.

use quince_core::feed::Lane;

use crate::federation::{identity_entries, second_epoch};
use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;

#[test]
fn a_city_that_was_away_catches_up() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Normal, 1000, 200);
    net.cities[QUANZHOU].write(Lane::Ledger, 3, 200);
    net.cities[ISFAHAN].write(Lane::Urgent, 300, 200);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.assert_equal();
}

#[test]
fn what_is_written_during_a_session_arrives_as_one_batch_and_is_acknowledged() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Normal, 1, 200);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.delivered.clear();
    net.cities[QUANZHOU].write(Lane::Normal, 5, 200);
    net.drive();
    net.assert_equal();
    let data: Vec<_> = net.delivered.iter().map(|(to, name, _)| (*to, *name)).collect();
    let expected = [(ISFAHAN, "batch"), (QUANZHOU, "durable"), (ISFAHAN, "ping"), (QUANZHOU, "pong")];
    assert_eq!(data, expected);
}

#[test]
fn a_feed_that_begins_during_a_session_flows() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cities[ISFAHAN].write(Lane::Bulk, 700, 50);
    net.drive();
    net.assert_equal();
}

#[test]
fn a_live_tail_goes_on_across_tile_boundaries() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    for count in [250, 6, 1, 255, 300, 13] {
        net.cities[QUANZHOU].write(Lane::Normal, count, 40);
        net.drive();
        net.assert_equal();
    }
}

#[test]
fn tiles_of_the_largest_bodies_travel_in_parts() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Normal, 300, 32 * 1024);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.assert_equal();
    assert!(net.count(ISFAHAN, "tile") > 300 / 8, "seven such bodies fit a frame");
}

#[test]
fn a_cut_after_any_number_of_frames_loses_nothing_that_was_saved() {
    let mut whole = Net::of(["quanzhou", "isfahan"]);
    whole.cities[QUANZHOU].write(Lane::Normal, 600, 2000);
    whole.connect(QUANZHOU, ISFAHAN);
    let (feed, mut rounds) = (whole.feed(QUANZHOU, Lane::Normal), 0);
    while whole.step() {
        rounds += 1;
    }
    for cut in 1..rounds {
        let mut net = Net::of(["quanzhou", "isfahan"]);
        net.cities[QUANZHOU].write(Lane::Normal, 600, 2000);
        net.connect(QUANZHOU, ISFAHAN);
        net.drive_bounded(cut);
        if !net.links.is_empty() {
            net.cut(0);
        }
        net.cities[ISFAHAN].restart();
        let saved = net.cities[ISFAHAN].disk.copy(feed).rows.len();
        net.delivered.clear();
        net.connect(ISFAHAN, QUANZHOU);
        net.drive();
        net.assert_equal();
        let data: u64 =
            net.delivered.iter().filter(|(_, name, _)| *name != "tile_index").map(|it| it.2).sum();
        // Beyond the entries: leaf hashes of two tiles, and an empty batch or two.
        let rest = (600 - saved as u64) * 2060;
        assert!(data <= rest + 2 * 8192 + 64, "cut {cut}: {data} bytes were sent again for a rest of {rest}");
    }
}

#[test]
fn a_city_between_two_that_cannot_reach_each_other_relays_both_ways() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.cities[QUANZHOU].write(Lane::Normal, 700, 100);
    net.cities[TURIN].write(Lane::Ledger, 20, 100);
    net.connect(QUANZHOU, ISFAHAN);
    net.connect(TURIN, ISFAHAN);
    net.drive();
    net.assert_equal();
    net.cities[TURIN].write(Lane::Urgent, 2, 100);
    net.cities[QUANZHOU].write(Lane::Normal, 2, 100);
    net.drive();
    net.assert_equal();
}

#[test]
fn in_a_triangle_every_entry_travels_once_to_each() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    for (a, b) in [(QUANZHOU, ISFAHAN), (ISFAHAN, TURIN), (TURIN, QUANZHOU)] {
        net.connect(a, b);
    }
    net.drive();
    net.delivered.clear();
    net.cities[QUANZHOU].write(Lane::Normal, 10, 100);
    net.drive();
    net.assert_equal();
    assert_eq!([ISFAHAN, TURIN].map(|city| net.count(city, "batch")), [1, 1]);
}

#[test]
fn when_an_upstream_goes_away_another_takes_over() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    for (a, b) in [(QUANZHOU, ISFAHAN), (ISFAHAN, TURIN), (TURIN, QUANZHOU)] {
        net.connect(a, b);
    }
    net.cities[QUANZHOU].write(Lane::Normal, 10, 100);
    net.drive();
    net.cut(2);
    net.cities[QUANZHOU].write(Lane::Normal, 10, 100);
    net.drive();
    net.assert_equal();
}

#[test]
fn what_an_upstream_took_along_when_it_broke_comes_from_another_at_once() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    for (a, b) in [(QUANZHOU, TURIN), (QUANZHOU, ISFAHAN), (ISFAHAN, TURIN)] {
        net.connect(a, b);
    }
    net.cities[QUANZHOU].write(Lane::Normal, 1, 100);
    net.drive();
    // Turin has heard from Isfahan of five more, and waits for Quanzhou to send them, when that link breaks.
    let broken = net.links.remove(0);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 100);
    net.drive();
    broken.ends.iter().for_each(|end| net.cities[end.city].lose(end.session));
    net.drive();
    net.assert_equal();
}

#[test]
fn an_upstream_that_falls_silent_is_replaced_after_a_while() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    for (a, b) in [(QUANZHOU, TURIN), (QUANZHOU, ISFAHAN), (ISFAHAN, TURIN)] {
        net.connect(a, b);
    }
    net.cities[QUANZHOU].write(Lane::Normal, 1, 100);
    net.drive();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    // Between Quanzhou and Turin frames wait for ever from now on, but nobody hears of a broken link.
    let silent = net.links.remove(0);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 100);
    net.drive();
    assert_eq!((net.size(ISFAHAN, feed), net.size(TURIN, feed)), (6, 1));
    net.wait(50);
    assert_eq!(net.size(TURIN, feed), 6);
    drop(silent);
}

#[test]
fn urgent_lanes_do_not_wait_for_bulk() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Bulk, 3000, 1000);
    net.connect(QUANZHOU, ISFAHAN);
    let (bulk, urgent) = (net.feed(QUANZHOU, Lane::Bulk), net.feed(QUANZHOU, Lane::Urgent));
    while net.cities[ISFAHAN].disk.copy(bulk).rows.len() < 500 {
        assert!(net.step());
    }
    net.cities[QUANZHOU].write(Lane::Urgent, 1, 1000);
    while net.size(ISFAHAN, urgent) < 1 {
        assert!(net.step());
    }
    assert!(net.cities[ISFAHAN].disk.copy(bulk).rows.len() < 2500, "the urgent entry came at the end");
    net.drive();
    net.assert_equal();
}

#[test]
fn no_more_is_sent_than_was_granted_until_the_disk_has_it() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    let window = 1024 * 1024;
    net.cities[ISFAHAN].grant(window);
    net.cities[QUANZHOU].write(Lane::Normal, 2000, 4000);
    net.connect(QUANZHOU, ISFAHAN);
    // Isfahan's disk stands still: it hears, but saves nothing.
    for _ in 0..1000 {
        let now = net.now;
        net.cities[QUANZHOU].work(now);
        net.cities[QUANZHOU].spread(now);
        net.send();
        while net.deliver(0, 0) || net.deliver(0, 1) {}
    }
    let received: u64 = net.delivered.iter().filter(|(to, ..)| *to == ISFAHAN).map(|it| it.2).sum();
    assert!(received > window / 2 && received <= window, "{received} bytes of {window} were sent");
    net.drive();
    net.assert_equal();
}

/// Everything happens but that Turin hears what Isfahan sends.
fn drive_but_from_isfahan(net: &mut Net, link: usize) {
    let now = net.now;
    for _ in 0..100 {
        net.cities.iter_mut().for_each(|city| while city.work(now) | city.spread(now) {});
        net.send();
        net.deliver(link, 1);
        if net.links.len() > link + 1 && net.count(QUANZHOU, "want") == 0 {
            net.deliver(link + 1, 0);
            net.deliver(link + 1, 1);
        }
    }
}

#[test]
fn what_is_wanted_anew_while_the_first_answer_is_on_its_way_comes_twice_and_blames_nobody() {
    for (count, body_len) in [(2, 50), (300, 50), (700, 2_000)] {
        let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
        net.cities[QUANZHOU].write(Lane::Normal, count, body_len);
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        net.cut(0);
        net.delivered.clear();
        // Turin wants the feed of Isfahan, then of its owner, and then, for the owner is gone, of Isfahan again.
        net.connect(TURIN, ISFAHAN);
        while net.count(ISFAHAN, "want") == 0 {
            net.step();
        }
        net.connect(TURIN, QUANZHOU);
        drive_but_from_isfahan(&mut net, 0);
        net.cut(1);
        drive_but_from_isfahan(&mut net, 0);
        assert_eq!(net.count(ISFAHAN, "want"), 2, "the feed is wanted twice");
        net.cities[QUANZHOU].write(Lane::Normal, 1, body_len);
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        net.assert_equal();
        assert_eq!(net.cities[TURIN].alarms, []);
        assert_eq!(net.links.len(), 2, "nobody was sent away");
    }
}

#[test]
fn entries_under_a_key_that_is_still_on_its_way_blame_nobody_and_come_when_it_has_come() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    // Isfahan has Quanzhou's identity lane of Turin, and its records of Quanzhou.
    net.cities[QUANZHOU].append(Lane::Identity, &identity_entries("quanzhou")[1..]);
    net.connect(QUANZHOU, TURIN);
    net.drive();
    net.cut(0);
    net.connect(ISFAHAN, TURIN);
    net.drive();
    net.cities[QUANZHOU].write(Lane::Normal, 1, 50);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cities[QUANZHOU].append(Lane::Identity, &[second_epoch("quanzhou")]);
    net.cities[QUANZHOU].write(Lane::Normal, 1, 50);
    net.drive();
    net.assert_equal();
    assert_eq!(net.cities[ISFAHAN].alarms, []);
}
