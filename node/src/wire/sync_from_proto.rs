//! Frames of the stream between nodes, from the wire to the core: one function per message, in the order of the proto.
//!
//! What comes in may be wrong and says where. Signatures are not looked at here: a parsed frame is well-formed, not true.

use bytes::Bytes;
use quince_core::domain::{Codec as _, Record, RecordKind};
use quince_core::feed::{
    AudienceId, Entry, Epoch, FederationId, FeedId, Hash, Header, Lane, NodeId, Raw, Signature, SignedHead,
};
use quince_core::roster::{IdentityLane, SignedRoster};
use quince_core::sync::{
    BareHead, Buckets, ByeReason, DIGEST_LEN, FeedHandle, Frame, Hello, IdentityFrame, Nonce, OwnHead,
    RefuseCode, WantMode,
};
use quince_proto::sync::v1 as pb;
use thiserror::Error;

use crate::wire::RecordCodec;

/// Bytes that are no frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("field {field} is {found}, expected {expected}")]
pub struct FrameError {
    /// Which field of the frame.
    pub field: &'static str,
    /// What stands there, in few words.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

type Parsed<T> = Result<T, FrameError>;

/// A frame; `None` for one of a kind that this version does not know, which is passed by.
///
/// # Errors
/// Names the first field that is wrong.
pub fn frame(message: pb::Frame) -> Parsed<Option<Frame>> {
    use pb::frame::Frame as Kind;
    let Some(kind) = message.frame else { return Ok(None) };
    Ok(Some(match kind {
        Kind::Hello(it) => Frame::Hello(Box::new(hello(it)?)),
        Kind::Roster(it) => Frame::Roster { notes: rosters(&it.notes)?, more: it.more },
        Kind::IdentityLane(it) => Frame::IdentityLane(Box::new(identity_lane(it)?)),
        Kind::Bind(it) => bind(&it)?,
        Kind::Have(it) => have(it)?,
        Kind::HaveEnd(it) => Frame::HaveEnd { cursor: it.cursor, digests: it.digests },
        Kind::Want(it) => want(it)?,
        Kind::Unwant(it) => Frame::Unwant { handle: handle(it.handle)? },
        Kind::TileIndex(it) => tile_index(it)?,
        Kind::Tile(it) => tile(it)?,
        Kind::Batch(it) => batch(it)?,
        Kind::Credit(it) => Frame::Credit { bytes: it.bytes },
        Kind::Durable(it) => Frame::Durable { handle: handle(it.handle)?, size: it.size },
        Kind::ForkProof(it) => fork_proof(it)?,
        Kind::Refuse(it) => refuse(it)?,
        Kind::Ping(it) => Frame::Ping { nonce: it.nonce },
        Kind::Pong(it) => Frame::Pong { nonce: it.nonce },
        Kind::Bye(it) => bye(it)?,
        Kind::Digest(it) => digest(&it)?,
        Kind::LiveList(it) => live_list(it)?,
        Kind::DeadTiles(it) => {
            Frame::DeadTiles { handle: handle(it.handle)?, first: it.first, count: it.count }
        }
    }))
}

/// Signed roster versions.
///
/// # Errors
/// When one of them is no signed roster.
pub fn rosters(notes: &[Bytes]) -> Parsed<Vec<SignedRoster>> {
    let parse = |note: &Bytes| {
        let text = std::str::from_utf8(note).map_err(|e| wrong("roster.notes", e, "UTF-8"))?;
        SignedRoster::parse(text).map_err(|e| wrong("roster.notes", e, "a signed roster version"))
    };
    notes.iter().map(parse).collect()
}

/// A whole identity lane and the node that it begins with. Only that it folds is checked.
///
/// # Errors
/// When it is missing, or does not begin with an inception.
pub fn lane_of_steward(
    federation: FederationId,
    message: Option<pb::IdentityLane>,
) -> Parsed<(SignedHead, Vec<Entry>)> {
    let message = message.ok_or_else(|| absent("identity_lane"))?;
    let frame = identity_lane(message)?;
    let body = frame.entries.first().and_then(Entry::body);
    let inception = body.and_then(|body| quince_core::roster::Inception::parse(body).ok());
    let node = inception.ok_or_else(|| absent("identity_lane.entries[0]"))?.node_id();
    IdentityLane::replay(node, &frame.entries)
        .map_err(|e| wrong("identity_lane.entries", e, "an identity lane"))?;
    let feed = FeedId { node, audience: AudienceId::federation(&federation), lane: Lane::Identity };
    Ok((frame.head.of(feed), frame.entries))
}

fn hello(it: pb::Hello) -> Parsed<Hello> {
    Ok(Hello {
        versions: it.versions,
        federation: FederationId(bytes("hello.federation_id", &it.federation_id)?),
        node: NodeId(bytes("hello.node_id", &it.node_id)?),
        store_token: nonce("hello.store_token", &it.store_token)?,
        session_nonce: nonce("hello.session_nonce", &it.session_nonce)?,
        instance_nonce: nonce("hello.instance_nonce", &it.instance_nonce)?,
        last_session: if_any("hello.last_session_id", &it.last_session_id)?,
        cursor: it.cursor,
        cursor_instance: if_any("hello.cursor_instance_nonce", &it.cursor_instance_nonce)?,
        said: it.said,
        roster_version: it.roster_version,
        roster_hash: Hash(bytes("hello.roster_hash", &it.roster_hash)?),
        own_heads: it.own_heads.into_iter().map(own_head).collect::<Parsed<_>>()?,
        credit: it.credit,
    })
}

fn if_any(field: &'static str, value: &Bytes) -> Parsed<Option<Nonce>> {
    Some(value).filter(|value| !value.is_empty()).map(|value| nonce(field, value)).transpose()
}

fn own_head(it: pb::OwnHead) -> Parsed<OwnHead> {
    Ok(OwnHead {
        audience: AudienceId(bytes("own_head.audience_id", &it.audience_id)?),
        lane: lane("own_head.lane", it.lane)?,
        head: head("own_head.head", it.head)?,
    })
}

fn head(field: &'static str, head: Option<pb::Head>) -> Parsed<BareHead> {
    let it = head.ok_or_else(|| absent(field))?;
    Ok(BareHead {
        epoch: Epoch(it.epoch),
        size: it.size,
        root: Hash(bytes("head.root", &it.root)?),
        signature: Signature(bytes("head.signature", &it.signature)?),
    })
}

fn identity_lane(it: pb::IdentityLane) -> Parsed<IdentityFrame> {
    let entries = entries(it.entries)?;
    let tls_keys = tls_keys(&entries);
    Ok(IdentityFrame { head: head("identity_lane.head", it.head)?, entries, tls_keys })
}

/// The keys that the last profile names; none when it cannot be read.
fn tls_keys(entries: &[Entry]) -> Vec<Hash> {
    let is_profile =
        |entry: &&Entry| entry.header().is_some_and(|it| it.kind.0 == RecordKind::Profile.code());
    let body = entries.iter().rfind(is_profile).and_then(Entry::body);
    match body.map(|body| RecordCodec.decode(RecordKind::Profile, body)) {
        Some(Ok(Record::Profile(profile))) => profile.tls_keys.iter().map(|key| Hash(key.0)).collect(),
        _ => Vec::new(),
    }
}

fn bind(it: &pb::Bind) -> Parsed<Frame> {
    let feed = feed("bind", &it.node_id, &it.audience_id, it.lane)?;
    Ok(Frame::Bind { handle: handle(it.handle)?, feed })
}

fn have(it: pb::Have) -> Parsed<Frame> {
    let (handle, head) = (handle(it.handle)?, head("have.head", it.head)?);
    Ok(Frame::Have { handle, head, compared: it.compared })
}

fn digest(it: &pb::Digest) -> Parsed<Frame> {
    let found = || format!("{} bytes", it.buckets.len());
    let buckets = Buckets::parse(&it.buckets);
    let buckets = buckets.ok_or_else(|| wrong("digest.buckets", found(), format!("{DIGEST_LEN} bytes")))?;
    Ok(Frame::Digest(buckets))
}

fn want(it: pb::Want) -> Parsed<Frame> {
    let mode = match it.mode() {
        pb::WantMode::Once => WantMode::Once,
        pb::WantMode::Live => WantMode::Live,
        pb::WantMode::Unspecified => return Err(wrong("want.mode", it.mode, "once or live")),
    };
    Ok(Frame::Want { handle: handle(it.handle)?, epoch: Epoch(it.epoch), from: it.from, mode })
}

fn tile_index(it: pb::TileIndex) -> Parsed<Frame> {
    Ok(Frame::TileIndex {
        handle: handle(it.handle)?,
        head: head("tile_index.head", it.head)?,
        first_tile: it.first_tile,
        tiles: hashes("tile_index.tile_hashes", &it.tile_hashes)?,
        edge: hashes("tile_index.edge_hashes", &it.edge_hashes)?,
        more: it.more,
    })
}

fn tile(it: pb::Tile) -> Parsed<Frame> {
    Ok(Frame::Tile {
        handle: handle(it.handle)?,
        from: it.from,
        entries: entries(it.entries)?,
        leaf_hashes: hashes("tile.leaf_hashes", &it.leaf_hashes)?,
    })
}

fn live_list(it: pb::LiveList) -> Parsed<Frame> {
    Ok(Frame::LiveList {
        handle: handle(it.handle)?,
        index: it.index,
        entry: entry(it.entry.ok_or_else(|| absent("live_list.entry"))?)?,
        leaf_hashes: hashes("live_list.leaf_hashes", &it.leaf_hashes)?,
    })
}

fn batch(it: pb::Batch) -> Parsed<Frame> {
    Ok(Frame::Batch {
        handle: handle(it.handle)?,
        from: it.from,
        entries: entries(it.entries)?,
        head: head("batch.head", it.head)?,
    })
}

fn entries(entries: Vec<pb::Entry>) -> Parsed<Vec<Entry>> {
    entries.into_iter().map(entry).collect()
}

/// The form of an entry follows from what is there.
fn entry(it: pb::Entry) -> Parsed<Entry> {
    if it.header.is_empty() {
        return Ok(Entry::dead(Hash(bytes("entry.leaf_hash", &it.leaf_hash)?)));
    }
    let header = Header::parse(&it.header).map_err(|e| wrong("entry.header", e, "a header"))?;
    if it.body_hash.is_empty() {
        let body = Raw::from(it.body);
        return Entry::full(header, body).map_err(|e| wrong("entry.body", e, "the body of its header"));
    }
    Ok(Entry::pruned(header, Hash(bytes("entry.body_hash", &it.body_hash)?)))
}

fn fork_proof(it: pb::ForkProof) -> Parsed<Frame> {
    Ok(Frame::ForkProof {
        feed: feed("fork_proof", &it.node_id, &it.audience_id, it.lane)?,
        left: head("fork_proof.left", it.left)?,
        right: head("fork_proof.right", it.right)?,
    })
}

fn refuse(it: pb::Refuse) -> Parsed<Frame> {
    let code = match it.code() {
        pb::RefuseCode::Version => RefuseCode::Version,
        pb::RefuseCode::Federation => RefuseCode::Federation,
        pb::RefuseCode::NotAMember => RefuseCode::NotAMember,
        pb::RefuseCode::NotYours => RefuseCode::NotYours,
        pb::RefuseCode::Unverified => RefuseCode::Unverified,
        pb::RefuseCode::Limit => RefuseCode::Limit,
        pb::RefuseCode::Malformed => RefuseCode::Malformed,
        pb::RefuseCode::Unavailable => RefuseCode::Unavailable,
        pb::RefuseCode::Unspecified => return Err(wrong("refuse.code", it.code, "a code of this version")),
    };
    let handle = (it.handle != 0).then_some(FeedHandle(it.handle));
    Ok(Frame::Refuse { code, handle, hint: it.hint })
}

fn bye(it: pb::Bye) -> Parsed<Frame> {
    let reason = match it.reason() {
        pb::ByeReason::Shutdown => ByeReason::Shutdown,
        pb::ByeReason::Duplicate => ByeReason::Duplicate,
        pb::ByeReason::Refused => ByeReason::Refused,
        pb::ByeReason::Removed => ByeReason::Removed,
        pb::ByeReason::Unspecified => return Err(wrong("bye.reason", it.reason, "a reason of this version")),
    };
    Ok(Frame::Bye { reason, hint: it.hint })
}

fn feed(field: &'static str, node: &Bytes, audience: &Bytes, number: u32) -> Parsed<FeedId> {
    let (node, audience) = (NodeId(bytes(field, node)?), AudienceId(bytes(field, audience)?));
    Ok(FeedId { node, audience, lane: lane(field, number)? })
}

fn lane(field: &'static str, number: u32) -> Parsed<Lane> {
    Lane::try_from(u64::from(number)).map_err(|_| wrong(field, number, "a lane, 0 to 4"))
}

fn handle(handle: u32) -> Parsed<FeedHandle> {
    if handle == 0 { Err(wrong("handle", handle, "1 or more")) } else { Ok(FeedHandle(handle)) }
}

fn nonce(field: &'static str, value: &Bytes) -> Parsed<Nonce> {
    bytes(field, value).map(Nonce)
}

fn hashes(field: &'static str, value: &Bytes) -> Parsed<Vec<Hash>> {
    let (hashes, rest) = value.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(wrong(field, format!("{} bytes", value.len()), "a multiple of 32 bytes"));
    }
    Ok(hashes.iter().copied().map(Hash).collect())
}

fn bytes<const N: usize>(field: &'static str, value: &Bytes) -> Parsed<[u8; N]> {
    let found = || wrong(field, format!("{} bytes", value.len()), format!("{N} bytes"));
    value[..].try_into().map_err(|_| found())
}

fn absent(field: &'static str) -> FrameError {
    wrong(field, "missing", "a value")
}

fn wrong(field: &'static str, found: impl ToString, expected: impl Into<String>) -> FrameError {
    FrameError { field, found: found.to_string(), expected: expected.into() }
}

#[cfg(test)]
mod tests;
