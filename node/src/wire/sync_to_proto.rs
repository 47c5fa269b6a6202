//! Frames of the stream between nodes, from the core to the wire: one function per message, in the order of the proto.
//! Cannot fail.

use bytes::Bytes;
use quince_core::feed::{Content, Entry, FeedId, Hash, SignedHead};
use quince_core::roster::SignedRoster;
use quince_core::sync::{BareHead, ByeReason, Frame, Hello, IdentityFrame, OwnHead, RefuseCode, WantMode};
use quince_proto::sync::v1 as pb;

/// A frame.
#[must_use]
pub fn frame(frame: Frame) -> pb::Frame {
    use pb::frame::Frame as Kind;
    let kind = match frame {
        Frame::Hello(it) => Kind::Hello(hello(*it)),
        Frame::Roster { notes, more } => Kind::Roster(pb::Roster { notes: rosters(&notes), more }),
        Frame::IdentityLane(it) => Kind::IdentityLane(identity_frame(&it)),
        Frame::Bind { handle, feed } => Kind::Bind(bind(handle.0, feed)),
        Frame::Have { handle, head: it, compared } => {
            Kind::Have(pb::Have { handle: handle.0, head: Some(head(it)), compared })
        }
        Frame::HaveEnd { cursor, digests } => Kind::HaveEnd(pb::HaveEnd { cursor, digests }),
        Frame::Want { handle, epoch, from, mode: it } => {
            Kind::Want(pb::Want { handle: handle.0, epoch: epoch.0, from, mode: mode(it).into() })
        }
        Frame::Unwant { handle } => Kind::Unwant(pb::Unwant { handle: handle.0 }),
        Frame::TileIndex { handle, head: it, first_tile, tiles, edge, more } => {
            Kind::TileIndex(pb::TileIndex {
                handle: handle.0,
                head: Some(head(it)),
                first_tile,
                tile_hashes: hashes(&tiles),
                edge_hashes: hashes(&edge),
                more,
            })
        }
        Frame::Tile { handle, from, entries: it, leaf_hashes } => {
            let leaf_hashes = hashes(&leaf_hashes);
            Kind::Tile(pb::Tile { handle: handle.0, from, entries: entries(&it), leaf_hashes })
        }
        Frame::LiveList { handle, index, entry: it, leaf_hashes } => Kind::LiveList(pb::LiveList {
            handle: handle.0,
            index,
            entry: Some(entry(&it)),
            leaf_hashes: hashes(&leaf_hashes),
        }),
        Frame::DeadTiles { handle, first, count } => {
            Kind::DeadTiles(pb::DeadTiles { handle: handle.0, first, count })
        }
        Frame::Batch { handle, from, entries: it, head: covering } => Kind::Batch(pb::Batch {
            handle: handle.0,
            from,
            entries: entries(&it),
            head: Some(head(covering)),
        }),
        Frame::Credit { bytes } => Kind::Credit(pb::Credit { bytes }),
        Frame::Durable { handle, size } => Kind::Durable(pb::Durable { handle: handle.0, size }),
        Frame::ForkProof { feed, left, right } => Kind::ForkProof(fork_proof(feed, left, right)),
        Frame::Refuse { code: it, handle, hint } => {
            let handle = handle.map_or(0, |handle| handle.0);
            Kind::Refuse(pb::Refuse { code: code(it).into(), handle, hint })
        }
        Frame::Ping { nonce } => Kind::Ping(pb::Ping { nonce }),
        Frame::Pong { nonce } => Kind::Pong(pb::Pong { nonce }),
        Frame::Bye { reason: it, hint } => Kind::Bye(pb::Bye { reason: reason(it).into(), hint }),
        Frame::Digest(buckets) => Kind::Digest(pb::Digest { buckets: buckets.to_bytes().into() }),
    };
    pb::Frame { frame: Some(kind) }
}

/// Signed roster versions.
#[must_use]
pub fn rosters(notes: &[SignedRoster]) -> Vec<Bytes> {
    notes.iter().map(|note| note.to_note().into()).collect()
}

/// A whole identity lane.
#[must_use]
pub fn identity_lane(signed: &SignedHead, lane: &[Entry]) -> pb::IdentityLane {
    pb::IdentityLane { head: Some(head(BareHead::from(signed))), entries: entries(lane) }
}

fn hello(it: Hello) -> pb::Hello {
    pb::Hello {
        versions: it.versions,
        federation_id: copy(&it.federation.0),
        node_id: copy(&it.node.0),
        store_token: copy(&it.store_token.0),
        session_nonce: copy(&it.session_nonce.0),
        instance_nonce: copy(&it.instance_nonce.0),
        last_session_id: it.last_session.map(|session| copy(&session.0)).unwrap_or_default(),
        cursor: it.cursor,
        cursor_instance_nonce: it.cursor_instance.map(|instance| copy(&instance.0)).unwrap_or_default(),
        said: it.said,
        roster_version: it.roster_version,
        roster_hash: copy(&it.roster_hash.0),
        own_heads: it.own_heads.into_iter().map(own_head).collect(),
        credit: it.credit,
    }
}

fn own_head(it: OwnHead) -> pb::OwnHead {
    pb::OwnHead {
        audience_id: copy(&it.audience.0),
        lane: it.lane.number().into(),
        head: Some(head(it.head)),
    }
}

fn head(it: BareHead) -> pb::Head {
    pb::Head { epoch: it.epoch.0, size: it.size, root: copy(&it.root.0), signature: copy(&it.signature.0) }
}

fn identity_frame(it: &IdentityFrame) -> pb::IdentityLane {
    pb::IdentityLane { head: Some(head(it.head)), entries: entries(&it.entries) }
}

fn bind(handle: u32, feed: FeedId) -> pb::Bind {
    pb::Bind {
        handle,
        node_id: copy(&feed.node.0),
        audience_id: copy(&feed.audience.0),
        lane: feed.lane.number().into(),
    }
}

const fn mode(mode: WantMode) -> pb::WantMode {
    match mode {
        WantMode::Once => pb::WantMode::Once,
        WantMode::Live => pb::WantMode::Live,
    }
}

fn entries(entries: &[Entry]) -> Vec<pb::Entry> {
    entries.iter().map(entry).collect()
}

fn entry(entry: &Entry) -> pb::Entry {
    match entry.content() {
        Content::Full { header, body } => {
            pb::Entry { header: copy(&header.to_bytes()), body: body.shared(), ..pb::Entry::default() }
        }
        Content::Pruned { header, body_hash } => pb::Entry {
            header: copy(&header.to_bytes()),
            body_hash: copy(&body_hash.0),
            ..pb::Entry::default()
        },
        Content::Dead => pb::Entry { leaf_hash: copy(&entry.leaf_hash().0), ..pb::Entry::default() },
    }
}

fn fork_proof(feed: FeedId, left: BareHead, right: BareHead) -> pb::ForkProof {
    pb::ForkProof {
        node_id: copy(&feed.node.0),
        audience_id: copy(&feed.audience.0),
        lane: feed.lane.number().into(),
        left: Some(head(left)),
        right: Some(head(right)),
    }
}

const fn code(code: RefuseCode) -> pb::RefuseCode {
    match code {
        RefuseCode::Version => pb::RefuseCode::Version,
        RefuseCode::Federation => pb::RefuseCode::Federation,
        RefuseCode::NotAMember => pb::RefuseCode::NotAMember,
        RefuseCode::NotYours => pb::RefuseCode::NotYours,
        RefuseCode::Unverified => pb::RefuseCode::Unverified,
        RefuseCode::Limit => pb::RefuseCode::Limit,
        RefuseCode::Malformed => pb::RefuseCode::Malformed,
        RefuseCode::Unavailable => pb::RefuseCode::Unavailable,
    }
}

const fn reason(reason: ByeReason) -> pb::ByeReason {
    match reason {
        ByeReason::Shutdown => pb::ByeReason::Shutdown,
        ByeReason::Duplicate => pb::ByeReason::Duplicate,
        ByeReason::Refused => pb::ByeReason::Refused,
        ByeReason::Removed => pb::ByeReason::Removed,
    }
}

fn hashes(hashes: &[Hash]) -> Bytes {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

fn copy(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
