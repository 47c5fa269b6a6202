//! Frames: one by one, as a session hears them, and as a file brings them.

use std::collections::VecDeque;

use prost::Message as _;
use quince_core::feed::{EntryKind, Lane, LaneSizes, LiveList, TILE_LEAVES};
use quince_core::sync::offline::{Holding, OfflineExport, OfflineImport};
use quince_core::sync::{Effect, FeedHandle, Frame, Role};
use quince_node::wire::offline_file::{FileReader, FileWriter, Header, Kind, read_request};
use quince_node::wire::{sync_from_proto, sync_to_proto};
use quince_proto::sync::v1 as pb;

use super::stage::{Side, federation, node};
use crate::sim::members;

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

/// What a peer sends, frame by frame, each after its length.
pub(super) fn session(mut bytes: &[u8]) {
    let mut side = Side::accepting();
    side.settle();
    for _ in 0..FRAMES_MAX {
        if bytes.is_empty() || side.session.is_finished() {
            break;
        }
        match pb::Frame::decode_length_delimited(&mut bytes).map(sync_from_proto::frame) {
            Ok(Ok(Some(mut frame))) => {
                read_tls_keys(&mut frame);
                side.hear(frame);
            }
            Ok(Ok(None)) => {}
            Ok(Err(_)) | Err(_) => side.hear_garbage(),
        }
    }
    side.session.handle_disconnected(&mut side.ctx);
    side.settle();
    side.check();
}

/// A file that somebody carried: its frames, taken as a node takes them. Or a newcomer's request.
pub(super) fn offline_file(bytes: &[u8]) {
    drop(read_request(bytes));
    let mut side = Side::accepting();
    drop(take_file(&mut side, bytes));
    side.check();
}

fn take_file(side: &mut Side, bytes: &[u8]) -> Result<(), String> {
    let (mut reader, header) = FileReader::new(bytes).map_err(|fault| fault.to_string())?;
    let mut import = OfflineImport::new(header.writer);
    let taken = take_frames(side, &mut reader, &mut import);
    save(side, &mut import);
    drop(import.report().clone());
    taken
}

fn take_frames(
    side: &mut Side,
    reader: &mut FileReader<&[u8]>,
    import: &mut OfflineImport,
) -> Result<(), String> {
    while let Some(mut frame) = reader.frame().map_err(|fault| fault.to_string())? {
        read_tls_keys(&mut frame);
        if import.saves_before(&frame) {
            save(side, import);
        }
        import.take(&mut side.ctx, frame).map_err(|fault| fault.to_string())?;
    }
    Ok(())
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
fn conversation() -> Vec<Frame> {
    let mut sides = [Side::accepting(), Side::new(1, 0, Role::Dialled)];
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

/// The frames by which a sender leaves out what a live list lets go.
fn sparing() -> [Frame; 2] {
    let list = LiveList::new(Lane::Bulk, TILE_LEAVES, LaneSizes::default(), 0..TILE_LEAVES);
    let body = list.expect("a whole tile").to_bodies().remove(0);
    let entry = members::entry(EntryKind::LIVE_LIST, 0, &body);
    let handle = FeedHandle(1);
    [
        Frame::LiveList { handle, index: TILE_LEAVES, entry, leaf_hashes: Vec::new() },
        Frame::DeadTiles { handle, first: 0, count: 1 },
    ]
}

/// One frame of each kind that the conversation has, and the first of those that are there more often.
pub(super) fn frame_seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds: Vec<(String, Vec<u8>)> = Vec::new();
    for frame in conversation().into_iter().chain(sparing()) {
        let name = format!("seed-{}", frame.name());
        if seeds.iter().all(|(known, _)| *known != name) {
            seeds.push((name, sync_to_proto::frame(frame).encode_to_vec()));
        }
    }
    seeds
}

pub(super) fn session_seed() -> Vec<u8> {
    let frames = conversation().into_iter();
    frames.flat_map(|frame| sync_to_proto::frame(frame).encode_length_delimited_to_vec()).collect()
}

pub(super) fn offline_seed() -> Vec<u8> {
    let side = Side::new(1, 0, Role::Dialled);
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
