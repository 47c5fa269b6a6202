//! Frames convert both ways unchanged, and what is malformed is named by its field.

use prost::Message as _;
use quince_core::feed::{EntryKind, Fields, Flags};

use quince_core::sync::CREDIT_BYTES;

use super::*;
use crate::wire::sync_to_proto;

/// The largest number that the protocol has.
const MOST: u64 = (1 << 53) - 1;

const HANDLE: FeedHandle = FeedHandle(7);

const FEED: FeedId = FeedId { node: NodeId([1; 32]), audience: AudienceId([2; 32]), lane: Lane::Urgent };

fn head() -> BareHead {
    BareHead { epoch: Epoch(3), size: 300, root: Hash([4; 32]), signature: Signature([5; 64]) }
}

fn header(body_len: u32) -> Header {
    let fields = Fields {
        flags: Flags(0b1000_0001),
        kind: EntryKind(999),
        schema: 2,
        body_len,
        number: 1,
        revision: 2,
        time_s: 60,
        retain_until_s: 0,
    };
    Header::new(fields).unwrap()
}

/// An entry in each of its forms, one of them with an empty body.
fn entries() -> Vec<Entry> {
    vec![
        Entry::full(header(5), Raw::from(&b"quite"[..])).unwrap(),
        Entry::full(header(0), Raw::from(&b""[..])).unwrap(),
        Entry::pruned(header(9), Hash([6; 32])),
        Entry::dead(Hash([7; 32])),
    ]
}

fn hello() -> Hello {
    Hello {
        versions: vec![1, 2],
        federation: FederationId([8; 32]),
        node: NodeId([1; 32]),
        store_token: Nonce([1; 16]),
        session_nonce: Nonce([2; 16]),
        instance_nonce: Nonce([3; 16]),
        last_session: Some(Nonce([4; 16])),
        cursor_instance: Some(Nonce([5; 16])),
        said: 9,
        cursor: 5,
        roster_version: 6,
        roster_hash: Hash([9; 32]),
        own_heads: vec![OwnHead { audience: FEED.audience, lane: FEED.lane, head: head() }],
        credit: 7,
    }
}

fn every_kind() -> Vec<Frame> {
    let (handle, from, hint) = (HANDLE, 256, "why not".to_owned());
    vec![
        Frame::Hello(Box::new(hello())),
        Frame::Hello(Box::new(Hello { last_session: None, own_heads: Vec::new(), ..hello() })),
        Frame::Roster { notes: Vec::new(), more: true },
        Frame::IdentityLane(Box::new(IdentityFrame {
            head: head(),
            entries: entries(),
            tls_keys: Vec::new(),
        })),
        Frame::Bind { handle, feed: FEED },
        Frame::Have { handle, head: head(), compared: false },
        Frame::Have { handle, head: head(), compared: true },
        Frame::HaveEnd { cursor: 8, digests: 1 },
        Frame::Digest(Buckets::parse(&[7; DIGEST_LEN]).unwrap()),
        Frame::Want { handle, epoch: Epoch(3), from, mode: WantMode::Live },
        Frame::Want { handle, epoch: Epoch(3), from, mode: WantMode::Once },
        Frame::Unwant { handle },
        Frame::TileIndex {
            handle,
            head: head(),
            first_tile: 1,
            tiles: vec![Hash([1; 32]), Hash([2; 32])],
            edge: vec![Hash([3; 32])],
            more: true,
        },
        Frame::Tile { handle, from, entries: entries(), leaf_hashes: vec![Hash([1; 32]); 256] },
        Frame::LiveList {
            handle,
            index: 300,
            entry: entries().remove(0),
            leaf_hashes: vec![Hash([1; 32]); 256],
        },
        Frame::DeadTiles { handle, first: 1, count: MOST },
        Frame::Batch { handle, from, entries: entries(), head: head() },
        Frame::Credit { bytes: u64::MAX },
        Frame::Durable { handle, size: 300 },
        Frame::ForkProof { feed: FEED, left: head(), right: BareHead { root: Hash([0; 32]), ..head() } },
        Frame::Refuse { code: RefuseCode::Unverified, handle: Some(handle), hint: hint.clone() },
        Frame::Refuse { code: RefuseCode::Federation, handle: None, hint: hint.clone() },
        Frame::Ping { nonce: 9 },
        Frame::Pong { nonce: 9 },
        Frame::Bye { reason: ByeReason::Duplicate, hint },
    ]
}

#[test]
fn every_frame_arrives_as_it_was_sent() {
    for sent in every_kind() {
        let bytes = sync_to_proto::frame(sent.clone()).encode_to_vec();
        let arrived = frame(pb::Frame::decode(&bytes[..]).unwrap());
        assert_eq!(arrived, Ok(Some(sent)));
    }
}

#[test]
fn what_a_frame_costs_in_credit_is_no_less_than_its_entries_take_on_the_wire() {
    let around = 200;
    for sent in every_kind().into_iter().filter(|frame| frame.data_bytes() > 0) {
        let bytes = sync_to_proto::frame(sent.clone()).encoded_len() as u64;
        assert!(bytes <= sent.data_bytes() + around, "{}: {bytes}", sent.name());
    }
}

#[test]
fn a_frame_of_the_future_is_passed_by() {
    assert_eq!(frame(pb::Frame { frame: None }), Ok(None));
    // Field 20, not known here, holding two bytes.
    let unknown = pb::Frame::decode(&[0xa2, 0x01, 0x02, 0x08, 0x01][..]).unwrap();
    assert_eq!(frame(unknown), Ok(None));
}

#[test]
fn what_is_wrong_with_a_frame_is_named() {
    use pb::frame::Frame as Kind;
    let bind = |handle, node_len: usize, lane| {
        let (node_id, audience_id) = (vec![0; node_len].into(), vec![0; 32].into());
        Kind::Bind(pb::Bind { handle, node_id, audience_id, lane })
    };
    let tile = |entry: pb::Entry, leaf_hashes: usize| {
        let (entries, leaf_hashes) = (vec![entry], vec![0; leaf_hashes].into());
        Kind::Tile(pb::Tile { handle: 1, from: 0, entries, leaf_hashes })
    };
    let dead = pb::Entry { leaf_hash: vec![0; 32].into(), ..pb::Entry::default() };
    let short = pb::Entry {
        header: header(4).to_bytes().to_vec().into(),
        body: vec![0; 3].into(),
        ..pb::Entry::default()
    };
    let cases = [
        (bind(0, 32, 0), "handle"),
        (bind(1, 31, 0), "bind"),
        (bind(1, 32, 5), "bind"),
        (Kind::Have(pb::Have { handle: 1, ..Default::default() }), "have.head"),
        (Kind::Digest(pb::Digest { buckets: vec![0; DIGEST_LEN - 1].into() }), "digest.buckets"),
        (Kind::Digest(pb::Digest { buckets: vec![0; DIGEST_LEN + 8].into() }), "digest.buckets"),
        (Kind::Want(pb::Want { handle: 1, ..pb::Want::default() }), "want.mode"),
        (tile(pb::Entry::default(), 0), "entry.leaf_hash"),
        (tile(short, 0), "entry.body"),
        (tile(pb::Entry { header: vec![9; 44].into(), ..pb::Entry::default() }, 0), "entry.header"),
        (tile(dead, 31), "tile.leaf_hashes"),
        (Kind::LiveList(pb::LiveList { handle: 1, ..Default::default() }), "live_list.entry"),
        (Kind::DeadTiles(pb::DeadTiles::default()), "handle"),
        (Kind::Roster(pb::Roster { notes: vec![vec![0xff].into()], more: false }), "roster.notes"),
        (Kind::Refuse(pb::Refuse::default()), "refuse.code"),
        (Kind::Bye(pb::Bye { reason: 77, hint: String::new() }), "bye.reason"),
    ];
    for (kind, field) in cases {
        let refused = frame(pb::Frame { frame: Some(kind.clone()) }).unwrap_err();
        assert_eq!(refused.field, field, "{kind:?}: {refused}");
    }
}

/// By what the tests of the core measure the cost of a session.
#[test]
fn no_frame_of_an_idle_session_is_longer_than_the_core_says() {
    let most = |size| BareHead { epoch: Epoch(9), size, ..head() };
    let own = OwnHead { audience: FEED.audience, lane: Lane::Bulk, head: most(MOST) };
    let hello = Hello {
        own_heads: vec![own; 5],
        cursor: MOST,
        said: MOST,
        roster_version: 99_999,
        credit: CREDIT_BYTES,
        ..hello()
    };
    let handle = FeedHandle(65_536);
    for (frame, len_max) in [
        (Frame::Hello(Box::new(hello)), 234 + 5 * 152),
        (Frame::Bind { handle, feed: FEED }, 80),
        (Frame::Have { handle, head: most(MOST), compared: true }, 128),
        (Frame::HaveEnd { cursor: MOST, digests: 99 }, 20),
        (Frame::Digest(Buckets::parse(&[255; DIGEST_LEN]).unwrap()), DIGEST_LEN + 8),
        (Frame::Want { handle, epoch: Epoch(9), from: MOST, mode: WantMode::Live }, 32),
    ] {
        let (name, len) = (frame.name(), sync_to_proto::frame(frame).encoded_len());
        assert!(len <= len_max, "{name}: {len} bytes");
    }
}
