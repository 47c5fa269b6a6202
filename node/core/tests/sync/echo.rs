//! The own-head echo: a node that lost its memory is told so by its peers.

use quince_core::feed::{Hash, Lane, SigningKey};
use quince_core::sync::{Alarm, BareHead, Frame, OwnHead};

use crate::federation::{node, second_epoch};
use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const TURIN: usize = 2;

/// Quanzhou began a second epoch, of which Isfahan has heard, and was then restored to a backup from before.
fn restored_before_an_epoch() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan", "turin"]);
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 50);
    let backup = net.cities[QUANZHOU].disk.clone();
    net.cities[QUANZHOU].append(Lane::Identity, &[second_epoch("quanzhou")]);
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 50);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    assert_eq!(net.cities[QUANZHOU].alarms, [], "what it has signed itself is no news to it");
    net.cut(0);
    net.cities[QUANZHOU].disk = backup;
    net.cities[QUANZHOU].restart();
    net
}

/// Isfahan holds ten entries of Quanzhou's, which was then restored to a backup of five.
fn restored() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 50);
    let backup = net.cities[QUANZHOU].disk.clone();
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 50);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(0);
    net.cities[QUANZHOU].disk = backup;
    net.cities[QUANZHOU].restart();
    net
}

#[test]
fn a_peer_that_holds_more_of_ones_own_feed_raises_the_alarm() {
    for (dialling, dialled) in [(QUANZHOU, ISFAHAN), (ISFAHAN, QUANZHOU)] {
        let mut net = restored();
        let held = net.cities[ISFAHAN].head(net.feed(QUANZHOU, Lane::Ledger)).unwrap();
        net.connect(dialling, dialled);
        net.drive();
        let alarm = Alarm::OwnHeadAhead { held: Box::new(held), peer: node("isfahan") };
        assert_eq!(net.cities[QUANZHOU].alarms, [alarm]);
    }
}

#[test]
fn a_peer_that_holds_something_else_of_the_same_size_raises_the_alarm() {
    let mut net = restored();
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 60);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    assert!(matches!(net.cities[QUANZHOU].alarms[..], [Alarm::OwnHeadAhead { .. }, ..]));
}

#[test]
fn a_peer_that_holds_the_same_or_less_raises_none() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 50);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(0);
    net.cities[QUANZHOU].write(Lane::Ledger, 5, 50);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    assert_eq!(net.cities[QUANZHOU].alarms, []);
}

#[test]
fn a_peer_that_knows_a_later_epoch_proves_it_whoever_dials() {
    for (dialling, dialled) in [(QUANZHOU, ISFAHAN), (ISFAHAN, QUANZHOU)] {
        let mut net = restored_before_an_epoch();
        let held = net.cities[ISFAHAN].head(net.feed(QUANZHOU, Lane::Identity)).unwrap();
        net.connect(dialling, dialled);
        net.drive();
        let alarm = Alarm::OwnHeadAhead { held: Box::new(held), peer: node("isfahan") };
        assert_eq!(net.cities[QUANZHOU].alarms, [alarm]);
        assert_eq!((net.cities[ISFAHAN].alarms.len(), net.links.len()), (0, 1));
    }
}

#[test]
fn a_peer_that_hears_of_a_later_epoch_during_a_session_proves_it_then() {
    let mut net = restored_before_an_epoch();
    net.connect(QUANZHOU, TURIN);
    net.drive();
    assert_eq!(net.cities[QUANZHOU].alarms, []);
    net.connect(TURIN, ISFAHAN);
    net.drive();
    assert!(matches!(net.cities[QUANZHOU].alarms[..], [Alarm::OwnHeadAhead { .. }]));
}

#[test]
fn an_epoch_that_was_begun_twice_is_proven_as_well() {
    let mut net = restored_before_an_epoch();
    net.cities[QUANZHOU].append(Lane::Identity, &[second_epoch("quanzhou")]);
    net.cities[QUANZHOU].write(Lane::Ledger, 2, 60);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    assert!(matches!(net.cities[QUANZHOU].alarms[..], [Alarm::OwnHeadAhead { .. }, ..]));
}

#[test]
fn a_peer_that_invents_a_later_epoch_is_blamed_and_raises_no_alarm() {
    let mut net = restored_before_an_epoch();
    net.connect(ISFAHAN, QUANZHOU);
    let is_lane = |frame: &Frame| matches!(frame, Frame::Batch { entries, .. } if entries.len() > 1);
    loop {
        [QUANZHOU, ISFAHAN].into_iter().for_each(|city| net.finish(city));
        net.send();
        if net.links[0].ends[1].arriving.iter().any(is_lane) {
            break;
        }
        assert!(net.deliver(0, 0) | net.deliver(0, 1), "the lane never came");
    }
    let frame = net.links[0].ends[1].arriving.iter_mut().find(|frame| is_lane(frame));
    let Some(Frame::Batch { entries, .. }) = frame else { panic!("it was just there") };
    *entries.last_mut().unwrap() = second_epoch("isfahan");
    net.drive();
    let alarms = &net.cities[QUANZHOU].alarms;
    assert!(matches!(alarms[..], [Alarm::Unverified { .. }]), "{alarms:?}");
}

#[test]
fn a_lie_about_a_lane_that_is_known_raises_no_alarm() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].append(Lane::Identity, &[second_epoch("quanzhou")]);
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    net.cut(0);
    net.connect(QUANZHOU, ISFAHAN);
    let is_told = |frame: &&mut Frame| matches!(frame, Frame::Have { .. });
    let head = loop {
        [QUANZHOU, ISFAHAN].into_iter().for_each(|city| net.finish(city));
        net.send();
        let told = net.links[0].ends[0].arriving.iter_mut().find(is_told);
        if let Some(Frame::Have { head, .. }) = told {
            break head;
        }
        assert!(net.deliver(0, 0) | net.deliver(0, 1), "the lane was never told");
    };
    head.root = Hash([9; 32]);
    net.drive();
    assert_eq!(net.count(ISFAHAN, "want"), 1, "the lie made Quanzhou ask for the lane");
    assert_eq!(net.cities[QUANZHOU].alarms, []);
}

#[test]
fn an_echo_that_ones_own_key_did_not_sign_is_passed_by() {
    let mut net = restored();
    let feed = net.feed(QUANZHOU, Lane::Ledger);
    let mut head = net.cities[ISFAHAN].head(feed).unwrap().head;
    (head.size, head.root) = (1_000_000, Hash([9; 32]));
    let forged =
        BareHead::from(&head.sign(&net.cities[0].ctx.federation(), &SigningKey::from_seed(&[1; 32])));
    net.connect(ISFAHAN, QUANZHOU);
    net.send();
    let Some(Frame::Hello(hello)) = net.links[0].ends[1].arriving.front_mut() else {
        panic!("hello is first")
    };
    hello.own_heads = vec![OwnHead { audience: feed.audience, lane: feed.lane, head: forged }];
    net.drive();
    assert_eq!(net.cities[QUANZHOU].alarms, []);
    assert_eq!(net.links.len(), 1);
}

#[test]
fn a_smaller_head_that_a_peer_holds_is_handed_over_once_to_be_compared() {
    let mut net = restored();
    // Restored to five, it has written ten more: longer than the peer's ten, and another history from the sixth on.
    net.cities[QUANZHOU].write(Lane::Ledger, 10, 60);
    let held = net.cities[ISFAHAN].head(net.feed(QUANZHOU, Lane::Ledger)).unwrap();
    assert!(held.head.size < net.cities[QUANZHOU].head(net.feed(QUANZHOU, Lane::Ledger)).unwrap().head.size);
    for expected in [vec![held], vec![]] {
        net.connect(QUANZHOU, ISFAHAN);
        net.drive();
        let echoes = std::mem::take(&mut net.cities[QUANZHOU].echoes);
        let of_ledger: Vec<_> = echoes.into_iter().filter(|one| one.head.feed.lane == Lane::Ledger).collect();
        assert_eq!(of_ledger, expected);
        net.cut(0);
    }
}
