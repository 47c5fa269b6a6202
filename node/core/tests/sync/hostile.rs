//! A member that does not keep to the rules: what it sends is refused or harmless, and honest entries go on.

use quince_core::feed::header::EntryKind;
use quince_core::feed::{Entry, Epoch, FeedId, Hash, Head, Lane, SignedHead, tree};
use quince_core::sync::{
    Alarm, BareHead, ByeReason, CREDIT_BYTES, FAILURES_MAX, FeedHandle, Frame, QUEUE_MAX, RefuseCode,
    SILENCE_MAX, WantMode,
};

use crate::federation::{entry, signing_key};
use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;
const MALLORY: usize = 2;
const TURIN: usize = 3;

/// The link from Mallory, who dialled, to Isfahan, where the frames arrive at end 1.
const LINK: usize = 0;

const HANDLE: FeedHandle = FeedHandle(99);

fn meeting() -> Net {
    let mut net = Net::of(["quanzhou", "isfahan", "mallory"]);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 50);
    net.connect(MALLORY, ISFAHAN);
    net.drive();
    net
}

fn forgeries(count: usize) -> Vec<Entry> {
    (0..count).map(|number| entry(EntryKind(17), format!("forged {number}").as_bytes())).collect()
}

/// A head over these entries, signed by somebody.
fn head(net: &Net, feed: FeedId, entries: &[Entry], signer: &str) -> SignedHead {
    let leaves: Vec<Hash> = entries.iter().map(Entry::leaf_hash).collect();
    let head = Head { feed, epoch: Epoch::FIRST, size: entries.len() as u64, root: tree::root(&leaves) };
    head.sign(&net.cities[0].ctx.federation(), &signing_key(signer))
}

fn announce(net: &mut Net, feed: FeedId, signed: &SignedHead) {
    net.inject(LINK, 1, Frame::Bind { handle: HANDLE, feed });
    net.inject(LINK, 1, Frame::Have { handle: HANDLE, head: signed.into(), compared: false });
}

/// Lets Isfahan hear everything, and Mallory nothing.
fn hear(net: &mut Net) {
    while net.deliver(LINK, 1) {}
    let now = net.now;
    while net.cities[ISFAHAN].work(now) || net.cities[ISFAHAN].spread(now) {}
}

/// Runs the link after Mallory's. Mallory says nothing more, and no time passes.
fn drive_in_silence(net: &mut Net) {
    let now = net.now;
    loop {
        let mut any = net.cities.iter_mut().fold(false, |any, city| any | city.work(now) | city.spread(now));
        any |= net.send();
        any |= net.deliver(LINK + 1, 0) | net.deliver(LINK + 1, 1);
        if !any {
            break;
        }
    }
}

fn code(net: &Net) -> Option<RefuseCode> {
    net.closed(LINK, 1).and_then(|closed| closed.code)
}

/// Honest entries of Quanzhou's still come to Isfahan.
fn assert_honest_entries_arrive(net: &mut Net) {
    net.drive();
    net.connect(QUANZHOU, ISFAHAN);
    net.drive();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    assert_eq!(net.cities[ISFAHAN].head(feed), net.cities[QUANZHOU].head(feed));
    net.cities[ISFAHAN].assert_sound();
}

#[test]
fn entries_under_a_forged_head_are_refused_and_nothing_of_them_is_stored() {
    let mut net = meeting();
    let (feed, entries) = (net.feed(QUANZHOU, Lane::Normal), forgeries(9));
    let signed = head(&net, feed, &entries, "mallory");
    let honest = net.cities[QUANZHOU].head(feed).unwrap();
    announce(&mut net, feed, &honest);
    net.inject(LINK, 1, Frame::Batch { handle: HANDLE, from: 0, entries, head: BareHead::from(&signed) });
    hear(&mut net);
    assert!(net.cities[ISFAHAN].disk.copy(feed).rows.is_empty());
    assert!(matches!(net.cities[ISFAHAN].alarms[..], [Alarm::Unverified { .. }]));
    assert_eq!(code(&net), None, "once is forgiven");
    assert_honest_entries_arrive(&mut net);
}

#[test]
fn a_peer_whose_data_fails_three_times_is_sent_away() {
    let mut net = meeting();
    let (feed, entries) = (net.feed(QUANZHOU, Lane::Normal), forgeries(5));
    let signed = net.cities[QUANZHOU].head(feed).unwrap();
    announce(&mut net, feed, &signed);
    for failure in 1..=FAILURES_MAX {
        assert_eq!(code(&net), None, "{failure}");
        let head = BareHead::from(&signed);
        net.inject(LINK, 1, Frame::Batch { handle: HANDLE, from: 0, entries: entries.clone(), head });
        net.inject(LINK, 1, Frame::Have { handle: HANDLE, head, compared: false });
        hear(&mut net);
    }
    assert_eq!(code(&net), Some(RefuseCode::Unverified));
    assert_honest_entries_arrive(&mut net);
}

#[test]
fn a_head_that_its_owner_did_not_sign_is_a_fault_and_never_wanted() {
    let mut net = meeting();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let mallory = net.cities[MALLORY].node();
    net.inject(LINK, 1, Frame::Bind { handle: HANDLE, feed });
    for failure in 1..=usize::try_from(FAILURES_MAX).unwrap() {
        assert_eq!(code(&net), None, "{failure}");
        let signed = head(&net, feed, &forgeries(9 + failure), "mallory");
        net.inject(LINK, 1, Frame::Have { handle: HANDLE, head: (&signed).into(), compared: false });
        hear(&mut net);
        let alarms = &net.cities[ISFAHAN].alarms;
        assert_eq!(alarms.len(), failure);
        assert!(matches!(alarms.last(), Some(Alarm::Unverified { peer, .. }) if *peer == mallory));
    }
    assert_eq!((code(&net), net.count(MALLORY, "want")), (Some(RefuseCode::Unverified), 0));
    assert_honest_entries_arrive(&mut net);
}

#[test]
fn a_relay_brings_a_feed_at_once_although_another_peer_announced_more_than_its_owner_signed() {
    let mut net = Net::of(["quanzhou", "isfahan", "mallory", "turin"]);
    net.cities[QUANZHOU].write(Lane::Normal, 5, 50);
    net.connect(QUANZHOU, TURIN);
    net.drive();
    net.cut(0);
    net.connect(MALLORY, ISFAHAN);
    net.drive();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let signed = head(&net, feed, &forgeries(9), "mallory");
    announce(&mut net, feed, &signed);
    hear(&mut net);
    // The owner is away.
    net.connect(TURIN, ISFAHAN);
    drive_in_silence(&mut net);
    assert_eq!(net.size(ISFAHAN, feed), 5);
}

#[test]
fn a_member_cannot_bring_what_another_owner_has_not_signed_even_with_a_true_head() {
    let mut net = meeting();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let signed = net.cities[QUANZHOU].head(feed).unwrap();
    announce(&mut net, feed, &signed);
    net.inject(
        LINK,
        1,
        Frame::Batch { handle: HANDLE, from: 0, entries: forgeries(5), head: (&signed).into() },
    );
    hear(&mut net);
    assert!(net.cities[ISFAHAN].disk.copy(feed).rows.is_empty());
    assert_honest_entries_arrive(&mut net);
}

#[test]
fn entries_that_leave_a_gap_or_come_again_are_refused() {
    for from in [1, 4, 1 << 53, u64::MAX] {
        let mut net = meeting();
        let feed = net.feed(QUANZHOU, Lane::Normal);
        let signed = net.cities[QUANZHOU].head(feed).unwrap();
        announce(&mut net, feed, &signed);
        let entries = net.cities[QUANZHOU].disk.copy(feed).rows.iter().map(|(it, _)| it.clone()).collect();
        net.inject(LINK, 1, Frame::Batch { handle: HANDLE, from, entries, head: (&signed).into() });
        hear(&mut net);
        assert!(matches!(net.cities[ISFAHAN].alarms[..], [Alarm::Unverified { .. }]), "{from}");
        assert_honest_entries_arrive(&mut net);
    }
}

#[test]
fn tiles_before_their_index_and_indexes_that_do_not_fit_are_refused() {
    let net = meeting();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let signed = net.cities[QUANZHOU].head(feed).unwrap();
    let hashes = |count: usize| vec![Hash([1; 32]); count];
    let index = |first_tile, tiles, edge, more| Frame::TileIndex {
        handle: HANDLE,
        head: BareHead::from(&signed),
        first_tile,
        tiles: hashes(tiles),
        edge: hashes(edge),
        more,
    };
    let cases = [
        vec![Frame::Tile { handle: HANDLE, from: 0, entries: forgeries(3), leaf_hashes: Vec::new() }],
        vec![index(0, 0, 5, false)],
        vec![index(0, 1, 0, false)],
        vec![index(7, 0, 5, false)],
        vec![index(0, 1, 0, true), index(3, 1, 0, true)],
        vec![index(u64::MAX, 1, 0, true), index(0, 1, 0, true)],
    ];
    for (case, frames) in cases.into_iter().enumerate() {
        let mut net = meeting();
        announce(&mut net, feed, &signed);
        frames.into_iter().for_each(|frame| net.inject(LINK, 1, frame));
        hear(&mut net);
        assert!(matches!(net.cities[ISFAHAN].alarms[..], [Alarm::Unverified { .. }]), "case {case}");
        assert_honest_entries_arrive(&mut net);
    }
}

#[test]
fn an_owner_brings_its_feed_itself_whatever_others_say_they_hold() {
    let mut net = meeting();
    let (feed, entries) = (net.feed(QUANZHOU, Lane::Normal), forgeries(9));
    let signed = head(&net, feed, &entries, "mallory");
    announce(&mut net, feed, &signed);
    hear(&mut net);
    net.connect(QUANZHOU, ISFAHAN);
    drive_in_silence(&mut net);
    assert_eq!(net.cities[ISFAHAN].head(feed), net.cities[QUANZHOU].head(feed));
}

#[test]
fn nobody_brings_a_node_its_own_feed() {
    let mut net = meeting();
    let (feed, entries) = (net.feed(ISFAHAN, Lane::Normal), forgeries(3));
    let signed = head(&net, feed, &entries, "isfahan");
    announce(&mut net, feed, &signed);
    hear(&mut net);
    assert!(
        matches!(net.cities[ISFAHAN].alarms[..], [Alarm::OwnHeadAhead { .. }]),
        "such a head is a stolen key"
    );
    net.inject(LINK, 1, Frame::Batch { handle: HANDLE, from: 0, entries, head: (&signed).into() });
    hear(&mut net);
    assert_eq!(code(&net), Some(RefuseCode::Malformed));
    assert!(net.cities[ISFAHAN].disk.copy(feed).rows.is_empty());
}

#[test]
fn feeds_of_strangers_and_of_other_audiences_are_not_wanted() {
    let net = meeting();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let stranger = FeedId { node: quince_core::feed::NodeId([5; 32]), ..feed };
    let group = FeedId { audience: quince_core::feed::AudienceId([5; 32]), ..feed };
    for feed in [stranger, group] {
        let mut net = meeting();
        let signed = head(&net, feed, &forgeries(2), "mallory");
        announce(&mut net, feed, &signed);
        hear(&mut net);
        assert_eq!((net.count(MALLORY, "want"), net.cities[ISFAHAN].alarms.len()), (0, 0));
        assert_honest_entries_arrive(&mut net);
    }
}

#[test]
fn frames_out_of_order_end_the_session() {
    let net = meeting();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let signed = net.cities[QUANZHOU].head(feed).unwrap();
    let head = BareHead::from(&signed);
    let unknown = FeedHandle(12345);
    let cases = [
        vec![Frame::Have { handle: unknown, head, compared: false }],
        vec![Frame::Want { handle: unknown, epoch: Epoch(1), from: 0, mode: WantMode::Live }],
        vec![Frame::Unwant { handle: unknown }],
        vec![Frame::Durable { handle: unknown, size: 1 }],
        vec![Frame::Batch { handle: unknown, from: 0, entries: Vec::new(), head }],
        vec![Frame::Tile { handle: unknown, from: 0, entries: Vec::new(), leaf_hashes: Vec::new() }],
        vec![Frame::Bind { handle: FeedHandle(0), feed }],
        vec![Frame::Bind { handle: HANDLE, feed }, Frame::Bind { handle: HANDLE, feed }],
        vec![Frame::Bind { handle: HANDLE, feed }, Frame::Bind { handle: FeedHandle(98), feed }],
        vec![
            Frame::Bind { handle: HANDLE, feed },
            Frame::Batch { handle: HANDLE, from: 0, entries: Vec::new(), head },
        ],
        vec![Frame::Refuse { code: RefuseCode::Unverified, handle: Some(unknown), hint: String::new() }],
    ];
    for frames in cases {
        let mut net = meeting();
        let last = format!("{:?}", frames.last());
        frames.into_iter().for_each(|frame| net.inject(LINK, 1, frame));
        hear(&mut net);
        let closed = net.closed(LINK, 1).unwrap_or_else(|| panic!("{last} is accepted"));
        assert_eq!((closed.reason, closed.code), (ByeReason::Refused, Some(RefuseCode::Malformed)), "{last}");
        assert_honest_entries_arrive(&mut net);
    }
}

#[test]
fn nothing_but_hello_comes_first_and_no_second_one() {
    for (frames, expected) in [(1, Some(RefuseCode::Malformed)), (0, None)] {
        let mut net = Net::of(["quanzhou", "isfahan", "mallory"]);
        net.connect(MALLORY, ISFAHAN);
        (0..frames).for_each(|_| net.inject(LINK, 1, Frame::Ping { nonce: 1 }));
        net.send();
        let hello = net.links[LINK].ends[1].arriving.back().unwrap().clone();
        hear(&mut net);
        assert_eq!(code(&net), expected);
        if expected.is_none() {
            net.inject(LINK, 1, hello);
            hear(&mut net);
            assert_eq!(code(&net), Some(RefuseCode::Malformed));
        }
    }
}

#[test]
fn data_beyond_the_credit_ends_the_session() {
    let mut net = meeting();
    let feed = net.feed(QUANZHOU, Lane::Normal);
    let signed = net.cities[QUANZHOU].head(feed).unwrap();
    announce(&mut net, feed, &signed);
    hear(&mut net);
    let (mut first_tile, mut bytes) = (0, 0);
    while code(&net).is_none() && bytes < 2 * CREDIT_BYTES {
        let frame = Frame::TileIndex {
            handle: HANDLE,
            head: (&signed).into(),
            first_tile,
            tiles: vec![Hash([2; 32]); 4096],
            edge: Vec::new(),
            more: true,
        };
        first_tile += 4096;
        bytes += frame.data_bytes();
        net.inject(LINK, 1, frame);
        hear(&mut net);
    }
    assert!((CREDIT_BYTES..CREDIT_BYTES + 256 * 1024).contains(&bytes), "{bytes}");
    assert_eq!(code(&net), Some(RefuseCode::Limit));
}

#[test]
fn a_want_beyond_what_is_held_is_refused_and_the_session_goes_on() {
    let mut net = meeting();
    net.cities[ISFAHAN].write(Lane::Normal, 3, 50);
    net.drive();
    // Isfahan's handles count from 1; the first is its identity lane.
    for from in [1000, u64::MAX] {
        let want = Frame::Want { handle: FeedHandle(1), epoch: Epoch(1), from, mode: WantMode::Live };
        net.inject(LINK, 1, want);
        hear(&mut net);
    }
    net.send();
    let refused = |frame: &&Frame| matches!(frame, Frame::Refuse { code: RefuseCode::Unavailable, .. });
    assert_eq!(net.links[LINK].ends[0].arriving.iter().filter(refused).count(), 2);
    assert_eq!(code(&net), None);
}

#[test]
fn a_peer_that_asks_on_and_reads_no_answer_is_sent_away() {
    let mut net = meeting();
    net.cities[ISFAHAN].write(Lane::Normal, 3, 50);
    net.drive();
    for _ in 0..=QUEUE_MAX {
        let want = Frame::Want { handle: FeedHandle(1), epoch: Epoch(1), from: 1000, mode: WantMode::Live };
        net.inject(LINK, 1, want);
        net.deliver(LINK, 1);
    }
    assert_eq!(code(&net), Some(RefuseCode::Limit));
}

#[test]
fn a_session_whose_farewell_nobody_reads_is_over_all_the_same() {
    let mut net = meeting();
    net.inject(LINK, 1, Frame::Unwant { handle: FeedHandle(12345) });
    hear(&mut net);
    let (now, over) = (net.now, net.now.plus(SILENCE_MAX));
    let session = net.links[LINK].ends[1].session;
    let finished = |net: &Net| net.cities[ISFAHAN].sessions[&session].is_finished();
    assert_eq!(net.cities[ISFAHAN].sessions[&session].poll_timeout(), Some(over));
    net.cities[ISFAHAN].wake(now);
    assert!(!finished(&net), "it may still be read");
    net.cities[ISFAHAN].wake(over);
    assert!(finished(&net));
}

#[test]
fn a_peer_that_doubts_everything_it_is_sent_does_not_keep_this_node_reading_its_disk() {
    let mut net = meeting();
    net.cities[ISFAHAN].write(Lane::Normal, 3, 50);
    net.drive();
    for doubt in 0..=FAILURES_MAX {
        assert_eq!(code(&net), None, "{doubt}");
        let handle = FeedHandle(1);
        net.inject(LINK, 1, Frame::Want { handle, epoch: Epoch(1), from: 0, mode: WantMode::Live });
        let (code, hint) = (RefuseCode::Unverified, String::new());
        net.inject(LINK, 1, Frame::Refuse { code, handle: Some(handle), hint });
        hear(&mut net);
    }
    assert_eq!(code(&net), Some(RefuseCode::Limit));
    assert_honest_entries_arrive(&mut net);
}
