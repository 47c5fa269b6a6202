//! A disk that changes a byte: it goes no further, and is made good from another city.

use quince_core::feed::Lane;
use quince_core::sync::Alarm;

use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;

#[test]
fn a_byte_flipped_at_a_relay_never_arrives_and_the_relay_mends_itself() {
    for (count, index) in [(1000, 0), (1000, 300), (1000, 999), (40, 7)] {
        let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
        net.cities[QUANZHOU].write(Lane::Normal, count, 300);
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        let feed = net.feed(QUANZHOU, Lane::Normal);
        net.cities[ISFAHAN].disk.flip(feed, index);
        net.connect(TURIN, ISFAHAN);
        while net.step() {
            net.cities[TURIN].assert_sound();
        }
        net.assert_equal();
        assert_eq!(net.size(TURIN, feed), count as u64);
        let alarm = Alarm::CopyDamaged { feed, size: (index - index % 256) as u64 };
        assert_eq!(net.cities[ISFAHAN].alarms, [alarm]);
        assert_eq!(net.cities[TURIN].alarms, []);
    }
}

#[test]
fn a_relay_with_a_flipped_byte_mends_when_the_owner_comes_back() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.cities[QUANZHOU].write(Lane::Normal, 600, 300);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(0);
    let feed = net.feed(QUANZHOU, Lane::Normal);
    net.cities[ISFAHAN].disk.flip(feed, 270);
    net.connect(ISFAHAN, TURIN);
    net.drive();
    assert_eq!((net.size(ISFAHAN, feed), net.size(TURIN, feed)), (0, 0));
    assert_eq!(net.cities[TURIN].disk.copy(feed).rows.len(), 256, "the whole tile before it is good");
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.assert_equal();
}

#[test]
fn a_damaged_feed_of_ones_own_goes_nowhere_and_is_told() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Normal, 40, 300);
    net.cities[QUANZHOU].write(Lane::Bulk, 40, 300);
    let feed = net.feed(QUANZHOU, Lane::Normal);
    net.cities[QUANZHOU].disk.flip(feed, 3);
    net.connect(ISFAHAN, QUANZHOU);
    net.drive();
    assert_eq!(net.cities[QUANZHOU].alarms, [Alarm::OwnCopyDamaged(feed)]);
    assert_eq!(net.size(ISFAHAN, feed), 0);
    assert_eq!(net.size(ISFAHAN, net.feed(QUANZHOU, Lane::Bulk)), 40, "other feeds go on");
}

#[test]
fn a_copy_that_is_cut_back_while_entries_are_on_their_way_blames_nobody() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Normal, 300, 300);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    net.cities[QUANZHOU].write(Lane::Normal, 1, 300);
    while !net.links[0].ends[1].arriving.iter().any(|frame| frame.name() == "batch") {
        let now = net.now;
        net.cities[QUANZHOU].spread(now);
        net.cities[QUANZHOU].work(now);
        net.send();
    }
    let isfahan = &mut net.cities[ISFAHAN];
    isfahan.disk.flip(feed, 10);
    let cut = isfahan.disk.check(feed);
    isfahan.ctx.copy_checked(feed, cut);
    net.drive();
    net.assert_equal();
    assert_eq!(net.cities[ISFAHAN].alarms, [Alarm::CopyDamaged { feed, size: 0 }]);
}

#[test]
fn a_reader_whose_own_copy_is_broken_finds_out_and_believes_the_sender_again() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Normal, 300, 300);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(0);
    let feed = net.feed(QUANZHOU, Lane::Normal);
    net.cities[ISFAHAN].disk.copies.get_mut(&feed).unwrap().rows[290].1.0[0] ^= 1;
    net.cities[ISFAHAN].restart();
    net.cities[QUANZHOU].write(Lane::Normal, 1, 300);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.assert_equal();
    let alarms = &net.cities[ISFAHAN].alarms;
    assert!(
        matches!(alarms[..], [Alarm::Unverified { .. }, Alarm::CopyDamaged { size: 256, .. }]),
        "{alarms:?}"
    );
}
