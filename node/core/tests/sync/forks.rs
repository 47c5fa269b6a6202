//! Two histories signed by one owner: proven, told once to everybody, frozen.

use quince_core::feed::Lane;
use quince_core::sync::Alarm;

use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;
const PORTO: usize = 3;

/// Quanzhou tells Isfahan one history and Turin another of the same size.
fn two_histories() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan", "turin", "porto"]);
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 50);
    let before = net.cities[QUANZHOU].disk.clone();
    for (city, body_len) in [(ISFAHAN, 50), (TURIN, 60)] {
        net.cities[QUANZHOU].disk = before.clone();
        net.cities[QUANZHOU].restart();
        net.cities[QUANZHOU].write(Lane::Ledger, 5, body_len);
        net.connect(QUANZHOU, city);
        net.drive();
        net.cut(0);
    }
    net
}

#[test]
fn whoever_meets_two_histories_freezes_the_feed_and_tells_everybody_once() {
    let mut net = two_histories();
    let feed = net.feed(QUANZHOU, Lane::Ledger);
    net.connect(TURIN, PORTO);
    net.drive();
    net.connect(ISFAHAN, TURIN);
    net.drive();
    for city in [ISFAHAN, TURIN, PORTO] {
        assert!(net.cities[city].ctx.is_frozen(feed));
        assert_eq!(net.cities[city].disk.forks, 1);
        assert!(matches!(net.cities[city].alarms[..], [Alarm::Fork(_)]));
        assert!(net.count(city, "fork_proof") <= 2, "one from each neighbour at most");
    }
    assert_eq!(net.links.len(), 2, "nobody is blamed for the owner's doing");
}

#[test]
fn a_frozen_feed_does_not_grow_and_the_others_of_its_owner_do() {
    let mut net = two_histories();
    net.connect(ISFAHAN, TURIN);
    net.drive();
    net.connect(QUANZHOU, ISFAHAN);
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 70);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 70);
    net.drive();
    let [ledger, normal] = [Lane::Ledger, Lane::Normal].map(|lane| net.feed(QUANZHOU, lane));
    assert_eq!(net.cities[ISFAHAN].disk.copy(ledger).rows.len(), 10);
    assert_eq!([ISFAHAN, TURIN].map(|city| net.size(city, normal)), [5, 5]);
}

#[test]
fn the_proof_of_a_fork_is_checked_by_everybody() {
    let mut net = two_histories();
    net.connect(ISFAHAN, PORTO);
    net.drive();
    let feed = net.feed(QUANZHOU, Lane::Ledger);
    let left = net.cities[ISFAHAN].head(feed).unwrap();
    let mut right = left;
    right.head.root = quince_core::feed::Hash([1; 32]);
    let frame = quince_core::sync::Frame::ForkProof { feed, left: (&left).into(), right: (&right).into() };
    net.inject(0, 1, frame);
    net.drive();
    assert!(!net.cities[PORTO].ctx.is_frozen(feed));
}
