//! The frames of a session, as parsed values: what nodes say to each other.
//!
//! The shell converts them from and to the wire. Heads travel without their feed, which a handle or the frame itself
//! names; see [`BareHead::of`].

use crate::feed::{
    AudienceId, Entry, Epoch, FederationId, FeedId, Hash, Head, Lane, NodeId, Signature, SignedHead,
};
use crate::roster::SignedRoster;
use crate::sync::digest::Buckets;
use crate::sync::limits::{ENTRY_OVERHEAD, HINT_LEN_MAX};

/// Random bytes that name a session, a process or a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Nonce(pub [u8; 16]);

/// A short name of a feed, given by the side that sends its entries, for one session. Never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedHandle(pub u32);

/// A signed head without the feed it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BareHead {
    /// The epoch whose key signs.
    pub epoch: Epoch,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// The owner's signature, not yet verified.
    pub signature: Signature,
}

/// One frame. Each side speaks all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Who I am and what I hold of you.
    Hello(Box<Hello>),
    /// Roster versions that the receiver lacks, ascending.
    Roster {
        /// The versions.
        notes: Vec<SignedRoster>,
        /// Another frame of this kind follows.
        more: bool,
    },
    /// The sender's own identity lane.
    IdentityLane(Box<IdentityFrame>),
    /// A handle for a feed, from now on.
    Bind {
        /// The handle.
        handle: FeedHandle,
        /// The feed.
        feed: FeedId,
    },
    /// I hold this much of a feed.
    Have {
        /// The sender's handle.
        handle: FeedHandle,
        /// The newest head whose entries are all held.
        head: BareHead,
        /// It is told because digests differ, not because it changed.
        compared: bool,
    },
    /// Everything that I hold has been said.
    HaveEnd {
        /// The sender's change up to which all was told.
        cursor: u64,
        /// Digests of the receiver that are answered by that.
        digests: u32,
    },
    /// This is what I hold: tell me what differs.
    Digest(Buckets),
    /// Send me this feed.
    Want {
        /// The receiver's handle.
        handle: FeedHandle,
        /// The epoch of the head that is wanted.
        epoch: Epoch,
        /// Index of the first entry wanted.
        from: u64,
        /// How long.
        mode: WantMode,
    },
    /// Send no more of this feed.
    Unwant {
        /// The receiver's handle.
        handle: FeedHandle,
    },
    /// What a head consists of from a tile on; in parts when long.
    TileIndex {
        /// The sender's handle.
        handle: FeedHandle,
        /// The head.
        head: BareHead,
        /// The first tile named.
        first_tile: u64,
        /// Roots of whole tiles.
        tiles: Vec<Hash>,
        /// Leaf hashes right of the last whole tile.
        edge: Vec<Hash>,
        /// Another part follows.
        more: bool,
    },
    /// Entries of one tile, or of the right edge.
    Tile {
        /// The sender's handle.
        handle: FeedHandle,
        /// Index of the first entry.
        from: u64,
        /// The entries.
        entries: Vec<Entry>,
        /// All leaf hashes of the tile, ahead of a tile that needs several frames; otherwise none.
        leaf_hashes: Vec<Hash>,
    },
    /// An entry of a live list, ahead of the tiles from which it lets something go.
    LiveList {
        /// The sender's handle.
        handle: FeedHandle,
        /// Its index.
        index: u64,
        /// The entry.
        entry: Entry,
        /// All leaf hashes of its tile, with the first entry of each whole tile; otherwise none.
        leaf_hashes: Vec<Hash>,
    },
    /// Whole tiles of which the live list that came before says that no entry counts. Their roots stand in the index.
    DeadTiles {
        /// The sender's handle.
        handle: FeedHandle,
        /// The first tile.
        first: u64,
        /// How many.
        count: u64,
    },
    /// New entries and the head that covers exactly them.
    Batch {
        /// The sender's handle.
        handle: FeedHandle,
        /// Index of the first entry.
        from: u64,
        /// The entries.
        entries: Vec<Entry>,
        /// The head.
        head: BareHead,
    },
    /// I grant this many more bytes of data frames.
    Credit {
        /// Bytes, as [`Frame::data_bytes`] counts them.
        bytes: u64,
    },
    /// Up to here a feed is safe on my disk.
    Durable {
        /// The receiver's handle.
        handle: FeedHandle,
        /// Number of entries.
        size: u64,
    },
    /// The owner of a feed signed two histories.
    ForkProof {
        /// The feed.
        feed: FeedId,
        /// One head.
        left: BareHead,
        /// The other.
        right: BareHead,
    },
    /// Why something was not done. With [`RefuseCode::Unavailable`], the handle is one of the sender's, and a Want is
    /// refused; with every other code it is one of the receiver's, and what was sent of that feed is refused.
    Refuse {
        /// Why.
        code: RefuseCode,
        /// Which feed, or the session as a whole.
        handle: Option<FeedHandle>,
        /// What to do about it.
        hint: String,
    },
    /// Are you there?
    Ping {
        /// Comes back.
        nonce: u64,
    },
    /// I am.
    Pong {
        /// As asked.
        nonce: u64,
    },
    /// The sender ends the session.
    Bye {
        /// Why.
        reason: ByeReason,
        /// In words.
        hint: String,
    },
}

/// Who I am and what I hold of you.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Protocol versions that the sender speaks.
    pub versions: Vec<u32>,
    /// The federation.
    pub federation: FederationId,
    /// The sender.
    pub node: NodeId,
    /// Names the sender's database.
    pub store_token: Nonce,
    /// Names this session.
    pub session_nonce: Nonce,
    /// Names the sender's process.
    pub instance_nonce: Nonce,
    /// The session in which both sides began to count the cursors.
    pub last_session: Option<Nonce>,
    /// How far the sender had read the receiver's changes.
    pub cursor: u64,
    /// The receiver's instance that told this, if it is known.
    pub cursor_instance: Option<Nonce>,
    /// How far the sender had told its own.
    pub said: u64,
    /// The sender's roster version.
    pub roster_version: u64,
    /// Hash of its text.
    pub roster_hash: Hash,
    /// The heads that the sender holds of the receiver's own feeds.
    pub own_heads: Vec<OwnHead>,
    /// Bytes of data frames granted from the start.
    pub credit: u64,
}

/// A head of one of the receiver's own feeds, as the sender holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnHead {
    /// Who may read the feed.
    pub audience: AudienceId,
    /// Its lane.
    pub lane: Lane,
    /// The head.
    pub head: BareHead,
}

/// A whole identity lane with its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityFrame {
    /// The head.
    pub head: BareHead,
    /// All entries from the inception on.
    pub entries: Vec<Entry>,
    /// The TLS keys that the last profile among the entries names, as hashes. The core does not read profiles, so
    /// whoever reads the frame reads them too; they count once the entries are verified. They do not travel.
    pub tls_keys: Vec<Hash>,
}

/// How long entries are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantMode {
    /// Up to the head that the sender holds.
    Once,
    /// And whatever comes later.
    Live,
}

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefuseCode {
    /// No protocol version in common.
    Version,
    /// Another federation.
    Federation,
    /// Not a member, or not with this TLS key.
    NotAMember,
    /// A feed of the receiver's own.
    NotYours,
    /// The bytes are not what the owner signed.
    Unverified,
    /// Beyond a limit.
    Limit,
    /// Not what the protocol allows here.
    Malformed,
    /// Not to be had here.
    Unavailable,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByeReason {
    /// The node stops.
    Shutdown,
    /// Another session of the same two nodes goes on.
    Duplicate,
    /// The peer did what is not allowed.
    Refused,
    /// The peer is no member any more.
    Removed,
}

impl BareHead {
    /// The head of `feed` with these values.
    #[must_use]
    pub const fn of(self, feed: FeedId) -> SignedHead {
        let Self { epoch, size, root, signature } = self;
        SignedHead { head: Head { feed, epoch, size, root }, signature }
    }

    /// How far it is: a later epoch first, then a larger size.
    pub(super) const fn place(&self) -> (Epoch, u64) {
        (self.epoch, self.size)
    }
}

impl From<&SignedHead> for BareHead {
    fn from(signed: &SignedHead) -> Self {
        let Head { epoch, size, root, .. } = signed.head;
        Self { epoch, size, root, signature: signed.signature }
    }
}

impl Frame {
    /// The frame's name, for logs and counters.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Roster { .. } => "roster",
            Self::IdentityLane(_) => "identity_lane",
            Self::Bind { .. } => "bind",
            Self::Have { .. } => "have",
            Self::HaveEnd { .. } => "have_end",
            Self::Digest(_) => "digest",
            Self::Want { .. } => "want",
            Self::Unwant { .. } => "unwant",
            Self::TileIndex { .. } => "tile_index",
            Self::Tile { .. } => "tile",
            Self::LiveList { .. } => "live_list",
            Self::DeadTiles { .. } => "dead_tiles",
            Self::Batch { .. } => "batch",
            Self::Credit { .. } => "credit",
            Self::Durable { .. } => "durable",
            Self::ForkProof { .. } => "fork_proof",
            Self::Refuse { .. } => "refuse",
            Self::Ping { .. } => "ping",
            Self::Pong { .. } => "pong",
            Self::Bye { .. } => "bye",
        }
    }

    /// Bytes that count against credit: the same number on both sides, whatever the encoding. 0 for control frames.
    #[must_use]
    pub fn data_bytes(&self) -> u64 {
        let bytes = match self {
            Self::TileIndex { tiles, edge, .. } => hashes_len(tiles) + hashes_len(edge) + ENTRY_OVERHEAD,
            Self::Tile { entries, leaf_hashes, .. } => entries_len(entries) + hashes_len(leaf_hashes),
            Self::LiveList { entry, leaf_hashes, .. } => entry_len(entry) + hashes_len(leaf_hashes),
            Self::DeadTiles { .. } => ENTRY_OVERHEAD,
            Self::Batch { entries, .. } => entries_len(entries) + ENTRY_OVERHEAD,
            _ => 0,
        };
        bytes as u64
    }

    /// Which feed a data frame belongs to; `None` for control frames.
    pub(super) const fn data_handle(&self) -> Option<FeedHandle> {
        match self {
            Self::TileIndex { handle, .. }
            | Self::Tile { handle, .. }
            | Self::LiveList { handle, .. }
            | Self::DeadTiles { handle, .. }
            | Self::Batch { handle, .. } => Some(*handle),
            _ => None,
        }
    }

    /// A refusal, its hint cut to what is sent.
    pub(super) fn refuse(code: RefuseCode, handle: Option<FeedHandle>, hint: &str) -> Self {
        Self::Refuse { code, handle, hint: clip(hint) }
    }

    /// A farewell, its hint cut to what is sent.
    pub(super) fn bye(reason: ByeReason, hint: &str) -> Self {
        Self::Bye { reason, hint: clip(hint) }
    }
}

/// Bytes of an entry in a frame.
pub(super) fn entry_len(entry: &Entry) -> usize {
    entry.len_bytes() + ENTRY_OVERHEAD
}

pub(super) fn entries_len(entries: &[Entry]) -> usize {
    entries.iter().map(entry_len).sum()
}

fn hashes_len(hashes: &[Hash]) -> usize {
    size_of_val(hashes)
}

/// A hint cut at a character boundary, so that neither side keeps more of it.
pub(super) fn clip(hint: &str) -> String {
    hint[..hint.floor_char_boundary(HINT_LEN_MAX)].to_owned()
}
