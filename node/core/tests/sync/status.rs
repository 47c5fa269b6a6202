//! What operators are told: where a node lags behind, and who holds what it wrote.

use std::time::Duration;

use quince_core::feed::Lane;
use quince_core::sync::{Lacking, Status};

use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;

/// The only connection; Isfahan is its second end.
const LINK: usize = 0;

fn met() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.cities[QUANZHOU].write(Lane::Ledger, 3, 40);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net
}

fn holders(net: &Net) -> u32 {
    net.cities[QUANZHOU].ctx.holders()[&net.feed(QUANZHOU, Lane::Ledger)]
}

fn status(net: &Net) -> Status {
    let isfahan = &net.cities[ISFAHAN];
    isfahan.sessions.values().next().expect("a session").status(&isfahan.ctx)
}

#[test]
fn whoever_has_saved_all_of_an_own_feed_holds_it_until_there_is_more() {
    let mut net = met();
    assert_eq!(holders(&net), 1);
    net.cities[QUANZHOU].write(Lane::Ledger, 1, 40);
    assert_eq!(holders(&net), 0);
    net.drive();
    assert_eq!(holders(&net), 1);
    net.cut(LINK);
    assert_eq!(holders(&net), 1);
}

#[test]
fn after_a_restart_a_new_session_tells_who_holds_an_own_feed() {
    let mut net = met();
    net.cut(LINK);
    net.cities[QUANZHOU].restart();
    assert_eq!(holders(&net), 0);
    net.connect(ISFAHAN, QUANZHOU);
    net.drive();
    assert_eq!(holders(&net), 1);
}

#[test]
fn a_peer_that_lost_its_copy_holds_it_no_more() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    let before = net.cities[ISFAHAN].disk.clone();
    net.cities[QUANZHOU].write(Lane::Ledger, 3, 40);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(LINK);
    net.cities[ISFAHAN].disk = before;
    net.cities[ISFAHAN].restart();
    net.connect(ISFAHAN, QUANZHOU);
    while net.send() && net.deliver(LINK, 1) {}
    assert_eq!(holders(&net), 0);
    net.drive();
    assert_eq!(holders(&net), 1);
}

#[test]
fn what_a_peer_announced_is_lacking_since_then_until_it_is_saved() {
    let mut net = met();
    assert_eq!(status(&net).lacking, []);
    let announced = net.now;
    net.cities[QUANZHOU].write(Lane::Bulk, 5, 40);
    net.finish(QUANZHOU);
    net.send();
    while net.deliver(LINK, 1) {}
    net.pass(Duration::from_secs(7));
    let lacking = Lacking { feed: net.feed(QUANZHOU, Lane::Bulk), entries: 5, since: announced };
    assert_eq!((status(&net).lacking, status(&net).behind()), (vec![lacking], 5));
    net.drive();
    assert_eq!(status(&net).lacking, []);
}
