//! What operators see of replication: members, lag lane by lane, feeds that stand still and why, and who holds the own feeds.

use quince_proto::admin::v1::{FeedStatus, LaneLag, Peer};

use crate::fake::{Fake, Listener};

fn lag(lane: u32, entries: u64, seconds: u64) -> LaneLag {
    LaneLag { lane, entries, seconds }
}

fn shown(fake: &Fake, args: &[&str]) -> String {
    let output = fake.quince(args).assert().success().get_output().clone();
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn every_member_is_listed_with_the_lag_of_each_lane_and_when_it_was_last_heard() {
    let fake = Fake::start(Listener::Plain);
    let heard = crate::node::three_minutes_ago();
    let connected = Peer {
        handle: "kashgar".to_owned(),
        connected: true,
        outbound: true,
        behind: 1_203,
        lag: vec![lag(2, 3, 1), lag(4, 1_200, 95)],
        address: "192.0.2.7:7443".to_owned(),
        last_heard: Some(heard),
        ..Peer::default()
    };
    let relayed = Peer { handle: "quanzhou".to_owned(), last_heard: Some(heard), ..Peer::default() };
    let silent = Peer { handle: "sana".to_owned(), last_error: "no answer".to_owned(), ..Peer::default() };
    fake.script().peers = vec![connected, relayed, silent];
    insta::assert_snapshot!(shown(&fake, &["peer", "list"]));
}

#[test]
fn the_status_says_where_the_node_lags_what_stands_still_and_who_holds_its_own_feeds() {
    let fake = Fake::start(Listener::Plain);
    fake.script().handle = Some("isfahan".to_owned());
    let feed = |owner: &str, lane| FeedStatus {
        owner: owner.to_owned(),
        lane,
        epoch: 1,
        size: 40,
        last_heard: Some(crate::node::three_minutes_ago()),
        ..FeedStatus::default()
    };
    let quarantined = FeedStatus {
        quarantined: 2,
        quarantine_reason: "its text contains U+0000".to_owned(),
        ..feed("kashgar", 3)
    };
    let stalled = FeedStatus { stalled: "more records than it may have".to_owned(), ..feed("kashgar", 4) };
    let own =
        [(0, 5), (1, 2)].map(|(lane, peers)| FeedStatus { held_by: Some(peers), ..feed("isfahan", lane) });
    fake.script().feeds = own.into_iter().chain([quarantined, stalled]).collect();
    fake.script().lag = vec![lag(1, 12, 4)];
    insta::assert_snapshot!(shown(&fake, &["status"]));
}

#[test]
fn a_node_that_lags_nowhere_says_so() {
    let fake = Fake::start(Listener::Plain);
    fake.script().handle = Some("isfahan".to_owned());
    let sheet = shown(&fake, &["status"]);
    assert!(sheet.contains("lag          none\n") && !sheet.contains("own feeds"), "{sheet}");
}
