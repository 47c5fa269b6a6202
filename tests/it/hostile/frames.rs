//! Bytes and frames that the protocol does not allow, or allows and nobody honest sends.

use std::time::Duration;

use prost::Message as _;
use quince_core::feed::Lane;
use quince_proto::sync::v1 as sync;
use quince_tests::attacker::wire::{ELSEWHERE, handshake};
use quince_tests::attacker::{Member, Session};
use sync::RefuseCode;
use sync::frame::Frame;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::stage::{Stage, push_honest, status};

/// Feeds that one side may bind.
const BINDS: u32 = 65_536;

/// Twelve megabytes of entries: three times what is granted.
const LARGE_ENTRIES: u64 = 400;

/// No record is of this kind, so nobody has to read the bodies.
const UNKNOWN_KIND: u16 = 999;

/// Longer than a victim takes to hang up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest frame.
const FRAME: usize = 256 * 1024;

fn head(size: u64) -> Option<sync::Head> {
    let (root, signature) = (vec![7; 32].into(), vec![7; 64].into());
    Some(sync::Head { epoch: 1, size, root, signature })
}

fn bind(handle: u32, byte: u8) -> Frame {
    let id = |byte: u8| vec![byte; 32].into();
    Frame::Bind(sync::Bind { handle, node_id: id(byte), audience_id: id(byte), lane: 3 })
}

fn have(handle: u32) -> Frame {
    Frame::Have(sync::Have { handle, head: head(9), compared: false })
}

fn want(handle: u32) -> Frame {
    Frame::Want(sync::Want { handle, epoch: 1, from: 0, mode: sync::WantMode::Live.into() })
}

fn batch(handle: u32) -> Frame {
    Frame::Batch(sync::Batch { handle, from: 0, entries: Vec::new(), head: head(9) })
}

fn encoded(frame: Frame) -> Vec<u8> {
    sync::Frame { frame: Some(frame) }.encode_to_vec()
}

/// What may not come at its place: each ends the session it comes in.
fn nonsense(member: &Member) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let one = |name, frame| (name, vec![encoded(frame)]);
    let two = |name, first, second| (name, vec![encoded(first), encoded(second)]);
    vec![
        ("noise", vec![vec![0xff; 500]]),
        ("a hello cut short", vec![encoded(Frame::Hello(member.hello()))[..40].to_vec()]),
        one("a second hello", Frame::Hello(member.hello())),
        one("a head of nothing", have(77)),
        one("a want of nothing", want(77)),
        one("an unwant of nothing", Frame::Unwant(sync::Unwant { handle: 77 })),
        one("a thanks for nothing", Frame::Durable(sync::Durable { handle: 77, size: 1 })),
        one("a batch of nothing", batch(77)),
        one("handle 0", bind(0, 5)),
        one("an id of 5 bytes", Frame::Bind(sync::Bind { node_id: vec![1; 5].into(), ..Default::default() })),
        two("one handle for two feeds", bind(7, 5), bind(7, 6)),
        two("two handles for one feed", bind(7, 5), bind(8, 5)),
        two("a batch that nobody wants", bind(7, 5), batch(7)),
        two("a head without a root", bind(7, 5), Frame::Have(sync::Have { handle: 7, ..Default::default() })),
        one("a digest with a byte too few", Frame::Digest(sync::Digest { buckets: vec![0; 2047].into() })),
    ]
}

#[tokio::test]
async fn noise_and_frames_out_of_order_end_their_session_and_nothing_else() {
    let stage = Stage::set().await;
    for (name, messages) in nonsense(&stage.ahriman) {
        let mut session = stage.enter().await;
        messages.into_iter().for_each(|message| session.send_bytes(message));
        let parting = session.parting().await;
        assert_eq!(parting.code(), Some(RefuseCode::Malformed), "{name}: {parting:?}");
    }
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn frames_of_the_future_are_passed_by() {
    let stage = Stage::set().await;
    let mut session = stage.enter().await;
    for message in [vec![], vec![0xfa, 0x07, 0x00], vec![0xa2, 0x01, 0x03, 1, 2, 3]] {
        session.send_bytes(message);
    }
    session.settled().await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn nothing_comes_before_hello() {
    let stage = Stage::set().await;
    let line = stage.ahriman.dial(&stage.quanzhou).await;
    for frame in [bind(7, 5), have(1), want(1), batch(1), Frame::Ping(sync::Ping { nonce: 1 })] {
        let mut session = Session::open(&line);
        session.send(frame);
        let parting = session.parting().await;
        assert_eq!(parting.code(), Some(RefuseCode::Malformed), "{parting:?}");
        assert!(!parting.told);
    }
    let empty = sync::Hello::default();
    let old = sync::Hello { versions: vec![0, 3, u32::MAX], ..stage.ahriman.hello() };
    let stingy = sync::Hello { credit: 0, ..stage.ahriman.hello() };
    let echo = sync::OwnHead { audience_id: vec![7; 32].into(), lane: 3, head: head(9) };
    let talkative = sync::Hello { own_heads: vec![echo; 1_000], ..stage.ahriman.hello() };
    for hello in [empty, old, stingy, talkative] {
        let mut session = Session::open(&line);
        session.send(Frame::Hello(hello));
        let parting = session.parting().await;
        assert!(parting.code().is_some(), "{parting:?}");
    }
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_frame_that_is_too_long_is_not_read() {
    let stage = Stage::set().await;
    for len in [FRAME + 64 * 1024, 16 * FRAME] {
        let mut session = stage.enter().await;
        let hint = "m".repeat(len);
        session.send(Frame::Refuse(sync::Refuse { code: RefuseCode::Limit.into(), handle: 0, hint }));
        let parting = session.parting().await;
        assert_eq!(parting.code(), Some(RefuseCode::Malformed), "{parting:?}");
    }
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_peer_names_so_many_feeds_and_no_more() {
    let stage = Stage::set().await;
    let mut session = stage.enter().await;
    for handle in 1..=BINDS + 1 {
        let mut node_id = vec![9; 32];
        node_id[..4].copy_from_slice(&handle.to_be_bytes());
        let audience_id = node_id.clone().into();
        session.send(Frame::Bind(sync::Bind { handle, node_id: node_id.into(), audience_id, lane: 3 }));
    }
    assert_eq!(session.parting().await.code(), Some(RefuseCode::Limit));
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn an_index_without_end_is_refused() {
    let stage = Stage::set().await;
    let mut feed = stage.ahriman.feed(Lane::Normal);
    push_honest(&mut feed, 2);
    let mut session = stage.enter().await;
    let handle = session.announce(&feed);
    session.wanted(handle).await;
    // Sixty-four megabytes of hashes, and never the last part.
    for part in 0..256 {
        let tile_hashes = vec![7; FRAME - 1_024].into();
        let first_tile = part * (FRAME as u64 - 1_024) / 32;
        let head = Some(feed.head());
        let index =
            sync::TileIndex { handle, head, first_tile, tile_hashes, more: true, ..Default::default() };
        session.send(Frame::TileIndex(index));
    }
    let refused = session.refused(handle).await;
    assert!([RefuseCode::Limit, RefuseCode::Unverified].contains(&refused), "{refused:?}");
    stage.enter().await.bring(&feed).await;
    stage.assert_behind_arrived(2).await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn a_peer_that_waits_for_no_credit_gains_nothing_and_delays_nobody() {
    let stage = Stage::set().await;
    let mut feed = stage.ahriman.feed(Lane::Bulk);
    for number in 1..=LARGE_ENTRIES {
        feed.push(UNKNOWN_KIND, (number, 1), vec![b'.'; 30 * 1024]);
    }
    let mut session = stage.enter().await;
    let handle = session.announce(&feed);
    let from = session.wanted(handle).await;
    feed.frames(handle, from).into_iter().for_each(|frame| session.send(frame));
    stage.assert_honest_entries_arrive().await;
    session.saved_or_refused(handle, feed.size()).await;
    drop(session);

    push_honest(&mut feed, 10_000);
    stage.enter().await.bring(&feed).await;
    stage.assert_behind_arrived(10_000).await;
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn noise_in_place_of_http_ends_the_connection_and_nothing_else() {
    let stage = Stage::set().await;
    for noise in [vec![0; 100_000], vec![0xff; 100_000], b"GET / HTTP/1.1\r\n\r\n".to_vec()] {
        let tls = &stage.ahriman.mask.tls;
        let mut stream = handshake(&stage.quanzhou.peer_address(), tls, ELSEWHERE).await.unwrap();
        // The victim may hang up while it is still being shouted at.
        stream.write_all(&noise).await.ok();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the victim hangs up").ok();
    }
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn an_echo_that_the_city_did_not_sign_silences_nobody() {
    let stage = Stage::set().await;
    let line = stage.ahriman.dial(&stage.quanzhou).await;
    let audience_id: bytes::Bytes = stage.ahriman.federation.0.to_vec().into();
    let echo = |lane, size, epoch| sync::OwnHead {
        audience_id: audience_id.clone(),
        lane,
        head: head(size).map(|head| sync::Head { epoch, ..head }),
    };
    let lanes = 0..5;
    let own_heads = lanes.flat_map(|lane| [echo(lane, 1 << 40, 1), echo(lane, 1, 1), echo(lane, 9, 2)]);
    let hello = sync::Hello { own_heads: own_heads.collect(), ..stage.ahriman.hello() };
    let mut session = Session::open(&line);
    session.send(Frame::Hello(hello));
    session.send(Frame::IdentityLane(stage.ahriman.identity.to_identity_lane()));
    session.settled().await;
    assert_eq!(status(&stage.giver).await.read_only_reason, "");
    stage.assert_unharmed().await;
}

#[tokio::test]
async fn an_older_or_a_forged_roster_changes_no_membership() {
    let stage = Stage::set().await;
    let before = status(&stage.giver).await;
    let mut session = stage.enter().await;
    let notes = vec![stage.ahriman.rosters[0].clone()];
    session.send(Frame::Roster(sync::Roster { notes, more: false }));
    session.settled().await;

    let newest = std::str::from_utf8(stage.ahriman.rosters.last().unwrap()).unwrap();
    let (text, signatures) = newest.split_once("\n\n").unwrap();
    let text = text.replace(&format!("version {}", before.roster_version), "version 99");
    let notes = vec![format!("{text}\n\n{signatures}").into_bytes().into()];
    session.send(Frame::Roster(sync::Roster { notes, more: false }));
    assert_eq!(session.parting().await.code(), Some(RefuseCode::Unverified));

    let after = status(&stage.giver).await;
    assert_eq!((after.roster_version, after.members), (before.roster_version, before.members));
    stage.assert_unharmed().await;
}
