//! A member that takes more than its share waits, alone, and goes on by itself.

use quince_core::feed::Lane;
use quince_core::sync::{TAIL_BURST, TAIL_RATE, Usage};

use crate::federation::grant;
use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;

/// Quanzhou and Turin, each connected to Isfahan.
fn town() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.connect(TURIN, ISFAHAN);
    net.drive();
    net
}

/// Writes so many entries, each batch of them published alone.
fn write_live(net: &mut Net, city: usize, mut count: u64) {
    while count > 0 {
        let part = count.min(50);
        net.cities[city].write(Lane::Normal, usize::try_from(part).unwrap(), 20);
        net.drive();
        count -= part;
    }
}

#[test]
fn a_burst_arrives_at_once_and_one_entry_more_makes_its_owner_wait() {
    for (count, more) in [(TAIL_BURST, 1), (TAIL_BURST + 1, 0)] {
        let mut net = town();
        // What comes first is a catch-up.
        write_live(&mut net, QUANZHOU, 1);
        write_live(&mut net, QUANZHOU, count);
        write_live(&mut net, QUANZHOU, 1);
        let feed = net.feed(QUANZHOU, Lane::Normal);
        assert_eq!(net.size(ISFAHAN, feed), 1 + count + more);
        net.wait(1);
        assert_eq!(net.size(ISFAHAN, feed), 2 + count);
    }
}

#[test]
fn ten_times_the_rate_waits_alone_and_all_of_it_comes_in_the_end() {
    let mut net = town();
    let (feed, other) = (net.feed(QUANZHOU, Lane::Normal), net.feed(TURIN, Lane::Normal));
    for second in 1..=9 {
        write_live(&mut net, QUANZHOU, 10 * TAIL_RATE);
        write_live(&mut net, TURIN, 1);
        assert_eq!(net.size(ISFAHAN, other), second, "nobody else waits");
        net.wait(1);
    }
    let written = 90 * TAIL_RATE;
    assert!(net.size(ISFAHAN, feed) < written / 2, "{} entries have come", net.size(ISFAHAN, feed));
    net.wait(30);
    assert_eq!(net.size(ISFAHAN, feed), written, "what was piled up comes when its turn has come");
    write_live(&mut net, QUANZHOU, 1);
    assert_eq!(net.size(ISFAHAN, feed), written, "and is counted");
    net.wait(120);
    assert_eq!(net.size(ISFAHAN, feed), written + 1);
    net.cities[ISFAHAN].assert_sound();
}

#[test]
fn a_feed_beyond_its_quota_stalls_at_a_prefix_whoever_brings_it_and_nobody_else_waits() {
    let mut net = town();
    let (feed, other) = (net.feed(QUANZHOU, Lane::Normal), net.feed(TURIN, Lane::Normal));
    net.cities[ISFAHAN].disk.room = Some((feed, 10));
    write_live(&mut net, QUANZHOU, 10);
    assert_eq!(net.size(ISFAHAN, feed), 10);
    for _ in 0..3 {
        write_live(&mut net, QUANZHOU, 1);
    }
    net.connect(QUANZHOU, TURIN);
    write_live(&mut net, TURIN, 5);
    net.wait(60);
    assert_eq!((net.size(ISFAHAN, feed), net.size(ISFAHAN, other), net.size(TURIN, feed)), (10, 5, 13));
    assert_eq!(net.count(ISFAHAN, "batch"), 3, "it is not asked for again and again");

    net.cities[ISFAHAN].disk.room = None;
    let node = net.cities[QUANZHOU].node();
    net.cities[ISFAHAN].ctx.usage_changed(node, Usage { records: 9, bytes: 0 });
    net.drive();
    assert_eq!(net.size(ISFAHAN, feed), 13);
}

#[test]
fn a_stalled_feed_goes_on_when_the_roster_grants_more() {
    let mut net = town();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    net.cities[ISFAHAN].disk.room = Some((feed, 10));
    write_live(&mut net, QUANZHOU, 11);
    assert_eq!(net.size(ISFAHAN, feed), 0);
    net.cities[ISFAHAN].disk.room = None;
    let next = grant(net.cities[QUANZHOU].ctx.chain(), "quanzhou", 1_000_000);
    net.cities[QUANZHOU].take_roster(next);
    net.drive();
    assert_eq!(net.size(ISFAHAN, feed), 11);
}
