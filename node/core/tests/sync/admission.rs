//! Who is let in: federation, roster, identity lane, TLS key, and one session for two.

use quince_core::feed::Lane;
use quince_core::sync::{ByeReason, RefuseCode, Role, SETUP_TIME};

use crate::city::City;
use crate::federation::{admit, dismiss, first_roster, node};
use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;

/// What the dialled side has against the dialling one, once all is said.
fn refusal(net: &mut Net) -> (ByeReason, Option<RefuseCode>, bool) {
    net.connect(QUANZHOU, ISFAHAN);
    for _ in 0..100 {
        net.cities.iter_mut().for_each(|city| city.gather());
        for city in 0..2 {
            let now = net.now;
            net.cities[city].work(now);
            net.cities[city].spread(now);
        }
        net.send();
        net.deliver(0, 0);
        net.deliver(0, 1);
    }
    let closed = net.closed(0, 1).expect("the session was refused");
    (closed.reason, closed.code, closed.by_peer)
}

#[test]
fn another_federation_of_the_same_name_is_refused() {
    let ours = first_roster("Silk Road Relief", &["isfahan", "quanzhou"]);
    let theirs = first_roster("Silk Road Relief", &["quanzhou", "isfahan"]);
    let mut net = Net::strangers(vec![City::new("quanzhou", theirs), City::new("isfahan", ours)]);
    assert_eq!(refusal(&mut net), (ByeReason::Refused, Some(RefuseCode::Federation), false));
}

#[test]
fn a_node_that_the_roster_does_not_list_is_refused() {
    let roster = first_roster("Silk Road Relief", &["isfahan"]);
    let mut net = Net::strangers(vec![City::new("quanzhou", roster.clone()), City::new("isfahan", roster)]);
    assert_eq!(refusal(&mut net), (ByeReason::Refused, Some(RefuseCode::NotAMember), false));
}

#[test]
fn a_member_under_a_tls_key_that_its_lane_does_not_name_is_not_admitted() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[ISFAHAN].write(Lane::Normal, 1, 10);
    let (now, expected) = (net.now, node("isfahan"));
    net.connect(QUANZHOU, ISFAHAN);
    // The same, but the key that was proved on the connection is somebody else's.
    net.links[0].ends[0].session = net.cities[QUANZHOU].begin(now, Role::Dialled(expected), "isfahan");
    net.links[0].ends[1].session = net.cities[ISFAHAN].begin(now, Role::Accepted, "mallory");
    net.drive();
    assert_eq!(net.count(QUANZHOU, "have"), 0, "nothing is said to a stranger");
    net.wait(SETUP_TIME.as_secs() + 1);
    assert!(net.links.is_empty());
}

#[test]
fn whoever_answers_in_place_of_the_node_that_was_dialled_is_refused() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    let now = net.now;
    net.connect(QUANZHOU, ISFAHAN);
    net.links[0].ends[0].session = net.cities[QUANZHOU].begin(now, Role::Dialled(node("turin")), "isfahan");
    net.drive();
    assert!(net.links.is_empty());
}

#[test]
fn a_newcomer_brings_the_roster_and_the_lane_that_admit_it() {
    let roster = first_roster("Silk Road Relief", &["quanzhou", "isfahan"]);
    let mut net = Net::of(["quanzhou", "isfahan"]);
    let mut turin = City::new("turin", roster);
    turin.meet(&net.cities[ISFAHAN]);
    turin.take_roster(admit(turin.ctx.chain(), "turin"));
    turin.write(Lane::Normal, 300, 100);
    net.cities.push(turin);
    net.cities[QUANZHOU].write(Lane::Normal, 10, 100);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.connect(2, ISFAHAN);
    net.drive();
    net.assert_equal();
    assert!(net.cities.iter().all(|city| city.ctx.chain().roster().version == 2));
    assert!(net.cities.iter().all(|city| city.disk.rosters.len() == 2), "and it is saved");
}

#[test]
fn a_roster_signed_during_a_session_reaches_everybody() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.connect(ISFAHAN, 2);
    net.drive();
    let note = admit(net.cities[QUANZHOU].ctx.chain(), "porto");
    net.cities[QUANZHOU].take_roster(note);
    net.drive();
    assert!(net.cities.iter().all(|city| city.ctx.chain().roster().version == 2));
}

#[test]
fn a_member_that_was_dismissed_is_sent_away_and_its_later_entries_go_nowhere() {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.connect(ISFAHAN, 2);
    net.drive();
    let note = dismiss(net.cities[QUANZHOU].ctx.chain(), "turin");
    net.cities[QUANZHOU].take_roster(note);
    net.drive();
    assert_eq!(net.links.len(), 1);
    net.cities[2].write(Lane::Normal, 1, 10);
    net.connect(2, ISFAHAN);
    net.drive();
    assert_eq!((net.links.len(), net.size(ISFAHAN, net.feed(2, Lane::Normal))), (1, 0));
}

#[test]
fn of_two_nodes_that_dialled_each_other_the_session_of_the_smaller_id_stays() {
    for (first, second) in [(QUANZHOU, ISFAHAN), (ISFAHAN, QUANZHOU)] {
        let mut net = Net::of(["quanzhou", "isfahan"]);
        net.connect(first, second);
        net.connect(second, first);
        net.drive();
        let smaller = if node("quanzhou") < node("isfahan") { QUANZHOU } else { ISFAHAN };
        assert_eq!(net.links.len(), 1);
        assert_eq!(net.links[0].ends[0].city, smaller);
        net.cities[QUANZHOU].write(Lane::Normal, 1, 10);
        net.drive();
        net.assert_equal();
    }
}

#[test]
fn a_city_that_dials_again_replaces_its_dead_session() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    let dead = net.links.remove(0);
    net.cities[QUANZHOU].lose(dead.ends[0].session);
    net.connect(QUANZHOU, ISFAHAN);
    net.cities[QUANZHOU].write(Lane::Normal, 1, 10);
    net.drive();
    net.assert_equal();
    assert!(net.cities[ISFAHAN].sessions[&dead.ends[1].session].closed().is_some());
}

#[test]
fn a_peer_that_is_silent_for_too_long_is_given_up() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.wait(120);
    assert_eq!(net.links.len(), 1, "pings keep an idle session");
    let silent = net.links.remove(0);
    net.wait(60);
    for end in &silent.ends {
        assert!(net.cities[end.city].sessions[&end.session].closed().is_some());
    }
}
