//! Which session brings a feed: the first that tells of it, until it falls silent.

use std::array;
use std::time::Duration;

use quince_core::feed::Lane;
use quince_core::sync::{FULL_MESH_MAX, RELAY_PAUSE, UPSTREAM_DOUBT, UPSTREAM_PATIENCE};

use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;
const SAMARKAND: usize = 3;

/// Time in which an upstream is doubted, asked and given up, whenever the timer of another feed has begun.
const REPLACED: Duration = UPSTREAM_DOUBT.saturating_mul(3);

/// Turin has its first entry of Quanzhou's from Isfahan, and could have the next from Samarkand as well.
fn two_ways_to_turin() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan", "turin", "samarkand"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.connect(ISFAHAN, TURIN);
    net.cities[QUANZHOU].write(Lane::Normal, 1, 100);
    net.drive();
    net.connect(QUANZHOU, SAMARKAND);
    net.connect(SAMARKAND, TURIN);
    net.drive();
    net.wait(1);
    net
}

#[test]
fn an_upstream_of_which_nothing_is_heard_is_replaced_within_seconds() {
    let mut net = two_ways_to_turin();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    // Between Isfahan and Turin frames wait for ever from now on, but nobody hears of a broken link.
    let silent = net.links.remove(1);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 100);
    net.drive();
    assert_eq!((net.size(SAMARKAND, feed), net.size(TURIN, feed)), (6, 1));
    net.wait(REPLACED.as_secs() + 1);
    assert_eq!(net.size(TURIN, feed), 6);
    drop(silent);
}

#[test]
fn an_upstream_that_gives_signs_of_life_is_not_replaced_before_its_patience_is_over() {
    let mut net = two_ways_to_turin();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    // Isfahan is there, and gets nothing any more.
    let silent = net.links.remove(0);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 100);
    net.drive();
    net.wait(UPSTREAM_PATIENCE.as_secs() - 1);
    assert_eq!((net.size(SAMARKAND, feed), net.size(TURIN, feed)), (6, 1));
    net.wait(UPSTREAM_PATIENCE.as_secs());
    assert_eq!(net.size(TURIN, feed), 6);
    drop(silent);
}

#[test]
fn a_node_that_slept_asks_before_it_gives_an_upstream_up() {
    let mut net = two_ways_to_turin();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let slow = net.links.remove(1);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 100);
    net.drive();
    // Long enough to doubt and to give up; but what was sent meanwhile has only not been read.
    net.pass(2 * REPLACED);
    net.links.insert(1, slow);
    net.drive();
    assert_eq!((net.size(TURIN, feed), net.count(TURIN, "batch")), (6, 2));
}

#[test]
fn in_a_large_federation_a_relay_tells_of_everyday_records_after_a_pause_and_of_urgent_ones_at_once() {
    let names: [String; FULL_MESH_MAX + 1] = array::from_fn(|city| format!("city-{city}"));
    let mut net = Net::of(names.each_ref().map(String::as_str));
    net.connect(QUANZHOU, ISFAHAN);
    net.connect(ISFAHAN, TURIN);
    net.drive();
    for (lane, at_once) in [(Lane::Normal, 0), (Lane::Bulk, 0), (Lane::Urgent, 1), (Lane::Ledger, 1)] {
        let feed = net.feed(QUANZHOU, lane);
        net.cities[QUANZHOU].write(lane, 1, 100);
        net.drive();
        assert_eq!((net.size(ISFAHAN, feed), net.size(TURIN, feed)), (1, at_once), "{lane}");
        net.pass(RELAY_PAUSE);
        net.drive();
        assert_eq!(net.size(TURIN, feed), 1, "{lane}");
        // Whoever gets the entries themselves does not wait for being told.
        net.cities[QUANZHOU].write(lane, 1, 100);
        net.drive();
        assert_eq!(net.size(TURIN, feed), 2, "{lane}");
    }
}
