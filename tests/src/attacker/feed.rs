//! A feed in the making: right arithmetic over whatever entries it is given, signed by whatever key.

use bytes::Bytes;
use quince_core::feed::header::{EntryKind, Fields, Flags};
use quince_core::feed::{
    AudienceId, Content, Entry, Epoch, FederationId, FeedId, Hash, Head, Header, Lane, NodeId, Raw,
    SigningKey, TILE_LEAVES, tree,
};
use quince_proto::sync::v1 as sync;
use sync::frame::Frame;

/// Bytes of entries in one frame: well below what the victim takes.
const FRAME_BYTES: usize = 200 * 1024;

/// A feed, whole.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Which feed it claims to be.
    pub id: FeedId,
    federation: FederationId,
    signer: SigningKey,
    entries: Vec<Entry>,
}

impl Feed {
    /// A feed of this node with nothing in it, signed by this key.
    #[must_use]
    pub const fn new(federation: FederationId, node: NodeId, lane: Lane, signer: SigningKey) -> Self {
        let id = FeedId { node, audience: AudienceId::federation(&federation), lane };
        Self { id, federation, signer, entries: Vec::new() }
    }

    /// Appends an entry: its kind, its number and revision, its body.
    ///
    /// # Panics
    /// When the core has no header for it; see [`Feed::size`] for what comes next.
    pub fn push(&mut self, kind: u16, (number, revision): (u64, u64), body: Vec<u8>) {
        let body_len = u32::try_from(body.len()).expect("a body that can be announced");
        let (flags, kind) = (Flags::default(), EntryKind(kind));
        let fields =
            Fields { flags, kind, schema: 1, body_len, number, revision, time_s: 0, retain_until_s: 0 };
        let header = Header::new(fields).expect("a header inside the bounds");
        self.entries.push(Entry::full(header, Raw::from(body)).expect("the header has the body's length"));
    }

    /// Entries so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The head over everything, signed.
    #[must_use]
    pub fn head(&self) -> sync::Head {
        self.head_of(self.federation)
    }

    /// The same head as a member of another federation signs it.
    #[must_use]
    pub fn head_of(&self, federation: FederationId) -> sync::Head {
        let leaves: Vec<Hash> = self.entries.iter().map(Entry::leaf_hash).collect();
        let head = Head { feed: self.id, epoch: Epoch::FIRST, size: self.size(), root: tree::root(&leaves) };
        let signed = head.sign(&federation, &self.signer);
        sync::Head {
            epoch: head.epoch.0,
            size: head.size,
            root: owned(&head.root.0),
            signature: owned(&signed.signature.0),
        }
    }

    /// The whole of it as an identity lane.
    #[must_use]
    pub fn to_identity_lane(&self) -> sync::IdentityLane {
        sync::IdentityLane { head: Some(self.head()), entries: wire_entries(&self.entries) }
    }

    /// The name of the feed for a session.
    #[must_use]
    pub fn bind(&self, handle: u32) -> Frame {
        Frame::Bind(sync::Bind {
            handle,
            node_id: owned(&self.id.node.0),
            audience_id: owned(&self.id.audience.0),
            lane: self.id.lane.number().into(),
        })
    }

    /// What an owner that keeps to the rules sends from an index on: a batch, or an index and tiles.
    #[must_use]
    pub fn frames(&self, handle: u32, from: u64) -> Vec<Frame> {
        let entries = &self.entries[place(from)..];
        let one_tile = self.size() == from || from / TILE_LEAVES == (self.size() - 1) / TILE_LEAVES;
        if one_tile && bytes(entries) <= FRAME_BYTES {
            return vec![self.batch(handle, from, self.head())];
        }
        let first_tile = from / TILE_LEAVES;
        let mut frames = vec![self.index(handle, first_tile)];
        let mut from = from;
        while from < self.size() {
            let end = ((from / TILE_LEAVES + 1) * TILE_LEAVES).min(self.size());
            frames.extend(self.tile(handle, from, end));
            from = end;
        }
        frames
    }

    /// Everything from an index on in one frame, under this head.
    #[must_use]
    pub fn batch(&self, handle: u32, from: u64, head: sync::Head) -> Frame {
        let entries = wire_entries(&self.entries[place(from)..]);
        Frame::Batch(sync::Batch { handle, from, entries, head: Some(head) })
    }

    fn index(&self, handle: u32, first_tile: u64) -> Frame {
        let leaves: Vec<Hash> =
            self.entries[place(first_tile * TILE_LEAVES)..].iter().map(Entry::leaf_hash).collect();
        let tiles = leaves.chunks_exact(place(TILE_LEAVES));
        let edge_hashes = joined(tiles.remainder());
        let tile_hashes = joined(&tiles.map(tree::root).collect::<Vec<_>>());
        let head = Some(self.head());
        Frame::TileIndex(sync::TileIndex { handle, head, first_tile, tile_hashes, edge_hashes, more: false })
    }

    /// One tile in frames that are not too long; its leaf hashes go first when they cannot be computed from one frame.
    fn tile(&self, handle: u32, from: u64, end: u64) -> Vec<Frame> {
        let first = from / TILE_LEAVES * TILE_LEAVES;
        let whole = &self.entries[place(first)..place(end)];
        let mut parts: Vec<(u64, Vec<Entry>)> = Vec::new();
        for (index, entry) in (from..end).zip(&self.entries[place(from)..place(end)]) {
            match parts.last_mut() {
                Some((_, part)) if bytes(part) + entry.len_bytes() <= FRAME_BYTES => part.push(entry.clone()),
                _ => parts.push((index, vec![entry.clone()])),
            }
        }
        let ahead = whole.len() as u64 == TILE_LEAVES && (parts.len() > 1 || from != first);
        let mut leaf_hashes = Bytes::new();
        if ahead {
            leaf_hashes = joined(&whole.iter().map(Entry::leaf_hash).collect::<Vec<_>>());
        }
        let frame = |(from, part): (u64, Vec<Entry>)| {
            let leaf_hashes = std::mem::take(&mut leaf_hashes);
            Frame::Tile(sync::Tile { handle, from, entries: wire_entries(&part), leaf_hashes })
        };
        parts.into_iter().map(frame).collect()
    }
}

/// Bytes of a frame that count against credit, as the protocol counts them.
#[must_use]
pub fn cost(frame: &Frame) -> u64 {
    let entries = |entries: &[sync::Entry]| -> usize {
        let bytes = |entry: &sync::Entry| {
            entry.header.len() + entry.body.len() + entry.body_hash.len() + entry.leaf_hash.len() + 16
        };
        entries.iter().map(bytes).sum()
    };
    let bytes = match frame {
        Frame::TileIndex(index) => index.tile_hashes.len() + index.edge_hashes.len() + 16,
        Frame::Tile(tile) => entries(&tile.entries) + tile.leaf_hashes.len(),
        Frame::Batch(batch) => entries(&batch.entries) + 16,
        _ => 0,
    };
    bytes as u64
}

fn wire_entries(entries: &[Entry]) -> Vec<sync::Entry> {
    let wire = |entry: &Entry| match entry.content() {
        Content::Full { header, body } => {
            sync::Entry { header: owned(&header.to_bytes()), body: owned(body), ..Default::default() }
        }
        Content::Pruned { .. } | Content::Dead => {
            sync::Entry { leaf_hash: owned(&entry.leaf_hash().0), ..Default::default() }
        }
    };
    entries.iter().map(wire).collect()
}

/// Bytes as messages own them.
#[must_use]
pub fn owned(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

fn bytes(entries: &[Entry]) -> usize {
    entries.iter().map(Entry::len_bytes).sum()
}

fn joined(hashes: &[Hash]) -> Bytes {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

fn place(index: u64) -> usize {
    usize::try_from(index).expect("an index into a vector")
}
