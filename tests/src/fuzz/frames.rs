//! Frames: one by one, as a session hears them, and as a file brings them.

use std::collections::VecDeque;

use prost::Message as _;
use quince_core::feed::{EntryKind, Epoch, Hash, Lane, LaneSizes, LiveList, Signature, TILE_LEAVES};
use quince_core::roster::{Roster, RosterDraft, SignedRoster};
use quince_core::sync::offline::{FeedOutcome, Holding, ImportReport, OfflineExport, OfflineImport};
use quince_core::sync::{BareHead, ByeReason, Effect, FeedHandle, Frame, IdentityFrame, RefuseCode, Role};
use quince_node::wire::offline_file::{FileReader, FileWriter, Header, Kind, read_request};
use quince_node::wire::{sync_from_proto, sync_to_proto};
use quince_proto::sync::v1 as pb;

use super::meant;
pub(super) use super::stage::MEMBERS;
use super::stage::{Known, Side, federation, feed_of, node};
use crate::sim::members;

/// Bits of the first byte of a session: the peer signs what it sends; the peer is not known before.
const MEANT: u8 = 1;
const STRANGER: u8 = 2;

/// A member that is of no use here.
pub(super) const LAST: usize = MEMBERS - 1;

/// Stands where a hash is put in when the peer signs.
const NOTHING: Hash = Hash([0; 32]);

/// Frames of one session; a longer input only costs time.
const FRAMES_MAX: usize = 200;

/// One frame: what is read is written again as the same frame.
pub(super) fn frame(bytes: &[u8]) {
    let Ok(message) = pb::Frame::decode(bytes) else { return };
    match sync_from_proto::frame(message) {
        Ok(Some(frame)) => {
            let again = sync_from_proto::frame(sync_to_proto::frame(frame.clone()));
            super::same(&again, &Ok(Some(frame)));
        }
        Ok(None) => {}
        Err(fault) => drop(fault.to_string()),
    }
}

/// What a peer sends, frame by frame, each after its length. The first byte says who it is.
pub(super) fn session(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let [is_meant, is_stranger] = [MEANT, STRANGER].map(|bit| first & bit != 0);
    let (mut frames, is_whole) = read_frames(bytes);
    if is_meant {
        meant::mean(&mut frames);
    }
    let mut side = if is_stranger { Side::accepting_stranger() } else { Side::accepting() };
    side.settle();
    for mut frame in frames {
        if side.session.is_finished() {
            break;
        }
        read_tls_keys(&mut frame);
        side.hear(frame);
    }
    if !is_whole {
        side.hear_garbage();
    }
    side.session.handle_disconnected(&mut side.ctx);
    side.settle();
    side.check_but_of(is_meant.then(|| node(1)));
}

/// Frames up to the first that is none, and whether there is no such.
fn read_frames(mut bytes: &[u8]) -> (Vec<Frame>, bool) {
    let mut frames = Vec::new();
    for _ in 0..FRAMES_MAX {
        if bytes.is_empty() {
            break;
        }
        match pb::Frame::decode_length_delimited(&mut bytes).map(sync_from_proto::frame) {
            Ok(Ok(frame)) => frames.extend(frame),
            Ok(Err(_)) | Err(_) => return (frames, false),
        }
    }
    (frames, true)
}

/// A file that somebody carried: its frames, taken as a node takes them. Or a newcomer's request.
pub(super) fn offline_file(bytes: &[u8]) {
    drop(read_request(bytes));
    let mut side = Side::accepting();
    let taken = take_file(&mut side, bytes);
    side.check();
    if !taken.is_ok_and(|report| report.feeds.values().all(is_taken)) {
        take_as_meant(bytes);
    }
}

const fn is_taken(outcome: &FeedOutcome) -> bool {
    matches!(outcome, FeedOutcome::Grew(_) | FeedOutcome::Unchanged)
}

/// The file that its writer would have signed.
fn take_as_meant(bytes: &[u8]) {
    let Ok((mut reader, header)) = FileReader::new(bytes) else { return };
    let mut frames: Vec<Frame> =
        std::iter::from_fn(|| reader.frame().ok().flatten()).take(FRAMES_MAX).collect();
    meant::mean(&mut frames);
    let mut side = Side::accepting();
    let mut import = OfflineImport::new(header.writer);
    for frame in frames {
        if take_frame(&mut side, &mut import, frame).is_err() {
            break;
        }
    }
    save(&mut side, &mut import);
    side.check_but_of(Some(node(1)));
}

fn take_file(side: &mut Side, bytes: &[u8]) -> Result<ImportReport, String> {
    let (mut reader, header) = FileReader::new(bytes).map_err(|fault| fault.to_string())?;
    let mut import = OfflineImport::new(header.writer);
    let taken = take_frames(side, &mut reader, &mut import);
    save(side, &mut import);
    taken.map(|()| import.report().clone())
}

fn take_frames(
    side: &mut Side,
    reader: &mut FileReader<&[u8]>,
    import: &mut OfflineImport,
) -> Result<(), String> {
    while let Some(frame) = reader.frame().map_err(|fault| fault.to_string())? {
        take_frame(side, import, frame)?;
    }
    Ok(())
}

fn take_frame(side: &mut Side, import: &mut OfflineImport, mut frame: Frame) -> Result<(), String> {
    read_tls_keys(&mut frame);
    if import.saves_before(&frame) {
        save(side, import);
    }
    import.take(&mut side.ctx, frame).map_err(|fault| fault.to_string())
}

fn save(side: &mut Side, import: &mut OfflineImport) {
    while let Some(effect) = import.poll_effect() {
        match effect {
            Effect::Store(batch) => {
                side.store(&batch);
                let new = batch.extended().leaves.len() as u64;
                import.handle_stored(&mut side.ctx, &batch.into_receipt(), new);
            }
            Effect::StoreRoster(chain, _) => import.handle_roster_stored(&mut side.ctx, *chain),
            _ => {}
        }
    }
    drop(side.ctx.take_changes());
}

/// The shell reads TLS keys out of profiles; the profiles here are one key each.
fn read_tls_keys(frame: &mut Frame) {
    if let Frame::IdentityLane(lane) = frame {
        lane.tls_keys = members::tls_keys(&lane.entries).into_iter().collect();
    }
}

/// A session of two members, until both have everything: what the second has sent.
fn conversation(known: Known) -> Vec<Frame> {
    let first = if known == Known::Yes { Side::accepting() } else { Side::accepting_stranger() };
    let mut sides = [first, Side::new(1, 0, Role::Dialled, known)];
    let mut waiting: [VecDeque<Frame>; 2] = [VecDeque::new(), VecDeque::new()];
    let mut said = Vec::new();
    waiting[1].extend(sides[0].settle());
    let first = sides[1].settle();
    said.extend(first.iter().cloned());
    waiting[0].extend(first);
    while said.len() < FRAMES_MAX {
        if let Some(mut frame) = waiting[0].pop_front() {
            read_tls_keys(&mut frame);
            waiting[1].extend(sides[0].hear(frame));
        } else if let Some(mut frame) = waiting[1].pop_front() {
            read_tls_keys(&mut frame);
            let sent = sides[1].hear(frame);
            said.extend(sent.iter().cloned());
            waiting[0].extend(sent);
        } else {
            break;
        }
    }
    said
}

/// Frames that the conversation has not.
fn rare() -> Vec<Frame> {
    let list = LiveList::new(Lane::Bulk, TILE_LEAVES, LaneSizes::default(), 0..TILE_LEAVES);
    let body = list.expect("a whole tile").to_bodies().remove(0);
    let entry = members::entry(EntryKind::LIVE_LIST, 0, &body);
    let handle = FeedHandle(1);
    let feed = feed_of(&members::name(1), Lane::Normal);
    let hint = "words".to_owned();
    vec![
        Frame::LiveList { handle, index: TILE_LEAVES, entry, leaf_hashes: Vec::new() },
        Frame::DeadTiles { handle, first: 0, count: 1 },
        Frame::Roster { notes: vec![next_roster(LAST)], more: false },
        new_identity(),
        Frame::Unwant { handle },
        Frame::Credit { bytes: 1 << 16 },
        Frame::ForkProof { feed, left: unsigned(1), right: unsigned(1) },
        Frame::Refuse { code: RefuseCode::Unverified, handle: Some(handle), hint: hint.clone() },
        Frame::Bye { reason: ByeReason::Shutdown, hint },
    ]
}

/// A head for its owner to sign.
const fn unsigned(size: u64) -> BareHead {
    BareHead { epoch: Epoch::FIRST, size, root: NOTHING, signature: Signature([0; 64]) }
}

/// The peer's identity lane with a new key at its end.
fn new_identity() -> Frame {
    let (name, epoch) = (members::name(1), Epoch::FIRST.next());
    let mut entries = members::first_entries(&name);
    entries.push(members::epoch_start(&name, members::START_S, epoch));
    let head = BareHead { epoch, ..unsigned(entries.len() as u64) };
    Frame::IdentityLane(Box::new(IdentityFrame { head, entries, tls_keys: Vec::new() }))
}

/// One frame of each kind that the conversation has, and the first of those that are there more often.
pub(super) fn frame_seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds: Vec<(String, Vec<u8>)> = Vec::new();
    for frame in conversation(Known::Yes).into_iter().chain(rare()) {
        let name = format!("seed-{}", frame.name());
        if seeds.iter().all(|(known, _)| *known != name) {
            seeds.push((name, sync_to_proto::frame(frame).encode_to_vec()));
        }
    }
    seeds
}

/// Conversations: some that hold as they are, and some that hold when their sender signs them.
pub(super) fn session_seeds() -> Vec<(String, Vec<u8>)> {
    let (known, stranger) = (conversation(Known::Yes), conversation(Known::No));
    let with = |frames: Vec<Frame>| {
        let first = known.iter().take_while(|frame| !matches!(frame, Frame::Bind { .. })).cloned();
        session_bytes(MEANT, first.chain(frames))
    };
    let newcomer = stranger.iter().map(|frame| match frame {
        Frame::IdentityLane(_) => new_identity(),
        frame => frame.clone(),
    });
    let rosters = [1, 2].map(|gone| Frame::Roster { notes: vec![next_roster(gone)], more: false });
    let seeds = [
        ("seed-session", session_bytes(0, known.clone())),
        ("seed-signed", session_bytes(MEANT, known.clone())),
        ("seed-stranger", session_bytes(STRANGER, stranger.clone())),
        ("seed-newcomer", session_bytes(STRANGER | MEANT, newcomer)),
        ("seed-live_list", with(letting_go())),
        ("seed-roster", with(rosters[1..].to_vec())),
        ("seed-two_rosters", with(rosters.iter().rev().cloned().collect())),
        ("seed-epoch", with(next_epoch())),
        ("seed-pauses", with(vec![Frame::Ping { nonce: 20_000 }, Frame::Ping { nonce: 44_000 }])),
    ];
    seeds.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

fn session_bytes(first: u8, frames: impl IntoIterator<Item = Frame>) -> Vec<u8> {
    let frames =
        frames.into_iter().flat_map(|frame| sync_to_proto::frame(frame).encode_length_delimited_to_vec());
    std::iter::once(first).chain(frames).collect()
}

/// A feed of three tiles, the first of which its owner has let go, and of the second of which one entry still counts.
fn letting_go() -> Vec<Frame> {
    let handle = FeedHandle(77);
    let base = 2 * TILE_LEAVES;
    let dead = (0..base).filter(|index| *index != TILE_LEAVES + 3);
    let list = LiveList::new(Lane::Bulk, base, LaneSizes::default(), dead).expect("two whole tiles");
    let record = |number: u64| members::entry(members::RECORD, members::START_S, &number.to_be_bytes());
    let list = members::entry(EntryKind::LIVE_LIST, members::START_S, &list.to_bodies().remove(0));
    let second = (TILE_LEAVES..base).map(|index| match index == TILE_LEAVES + 3 {
        true => record(index),
        false => record(index).bury(),
    });
    let head = unsigned(base + 2);
    let (tiles, edge) = (vec![NOTHING; 2], vec![NOTHING; 2]);
    let feed = feed_of(&members::name(1), Lane::Bulk);
    vec![
        Frame::Bind { handle, feed },
        Frame::Have { handle, head, compared: false },
        Frame::TileIndex { handle, head, first_tile: 0, tiles, edge, more: false },
        Frame::LiveList { handle, index: base, entry: list.clone(), leaf_hashes: Vec::new() },
        Frame::DeadTiles { handle, first: 0, count: 1 },
        Frame::Tile { handle, from: TILE_LEAVES, entries: second.collect(), leaf_hashes: Vec::new() },
        Frame::Tile { handle, from: base, entries: vec![list, record(base + 1)], leaf_hashes: Vec::new() },
    ]
}

/// The second version of the roster, without this member.
pub(super) fn next_roster(gone: usize) -> SignedRoster {
    let first = members::roster(MEMBERS);
    let mut draft =
        RosterDraft { version: 2, previous: Some(first.roster().hash()), ..(**first.roster()).clone() };
    draft.members.remove(&members::name(gone).parse().expect("a name is a handle"));
    meant::signed(&SignedRoster::unsigned(Roster::new(draft).expect("a roster that keeps the rules")))
}

/// A new key of the peer, and an entry that it signs.
fn next_epoch() -> Vec<Frame> {
    let (name, epoch) = (members::name(1), Epoch::FIRST.next());
    let feed = |lane| feed_of(&name, lane);
    let head = |size| BareHead { epoch, ..unsigned(size) };
    let start = members::epoch_start(&name, members::START_S, epoch);
    let record = members::entry(members::RECORD, members::START_S, b"after the change");
    let frames = [(FeedHandle(77), Lane::Identity, 2, start), (FeedHandle(78), Lane::Bulk, 0, record)];
    let frames = frames.map(|(handle, lane, from, entry)| {
        [
            Frame::Bind { handle, feed: feed(lane) },
            Frame::Have { handle, head: head(from + 1), compared: false },
            Frame::Batch { handle, from, entries: vec![entry], head: head(from + 1) },
        ]
    });
    frames.into_iter().flatten().collect()
}

pub(super) fn offline_seed() -> Vec<u8> {
    let side = Side::new(1, 0, Role::Dialled, Known::Yes);
    let roster = side.ctx.chain().roster();
    let header = Header {
        kind: Kind::Feeds,
        federation: federation(),
        writer: node(1),
        recipient: Some(node(0)),
        roster_version: roster.version,
        roster_hash: roster.hash(),
    };
    let mut writer = FileWriter::new(Vec::new(), &header).expect("memory takes it");
    let mut export = OfflineExport::new(&side.ctx, node(0), &Holding::default());
    loop {
        if let Some(frame) = export.poll_frame() {
            writer.frame(frame).expect("memory takes it");
        } else if let Some(effect) = export.poll_read() {
            export.handle_read(side.rows(&effect));
        } else {
            return writer.finish().expect("memory takes it");
        }
    }
}
