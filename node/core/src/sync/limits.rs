//! Every bound of a session, by name and with its reason.

use std::time::Duration;

use crate::feed::hash::HASH_LEN;
use crate::feed::header::{BODY_LEN_MAX, HEADER_LEN};
use crate::feed::tile::TILE_LEAVES;

/// The newest protocol version spoken here: it leaves out what live lists let go.
pub const PROTOCOL_VERSION: u32 = 3;

/// The first version with cursors and digests.
pub(super) const CURSORS_VERSION: u32 = 2;

/// All versions spoken here. To a peer of version 1 everything that is held is told at each opening, and one of version 1 or 2
/// is given no feed of which something is left out.
pub const PROTOCOL_VERSIONS: [u32; 3] = [1, CURSORS_VERSION, PROTOCOL_VERSION];

/// The longest frame, in encoded bytes: what a slow link can carry without keeping urgent frames waiting for long.
pub const FRAME_LEN_MAX: usize = 256 * 1024;

/// The most bytes of entries and hashes that a sender puts into one frame; the rest of the frame is for heads and tags.
pub const PAYLOAD_LEN_MAX: usize = 240 * 1024;

/// What an entry costs in a frame beyond its own bytes: tags and lengths.
pub(super) const ENTRY_OVERHEAD: usize = 16;

/// Bytes of the leaf hashes of a whole tile.
pub(super) const TILE_HASHES_LEN: usize = TILE_LEAVES as usize * HASH_LEN;

/// The most bytes of entries, as they count themselves, that are read for one frame: the rest of the payload is for what a
/// frame adds to each of them, and for the leaf hashes of their tile.
pub(super) const ENTRIES_LEN_MAX: usize =
    PAYLOAD_LEN_MAX - TILE_HASHES_LEN - TILE_LEAVES as usize * ENTRY_OVERHEAD;

/// Sessions of one node at a time: every member of a full mesh of 32 twice, and room for callers who are refused.
pub const SESSIONS_MAX: usize = 256;

/// Of these, sessions of callers whose key is no member's yet: newcomers are few, and strangers must not take the places of
/// members.
pub const STRANGERS_MAX: usize = 64;

/// Feeds that one side may bind in a session: five lanes of ten thousand members, and some.
pub const BINDS_MAX: usize = 65_536;

/// Changes that a cursor may be behind: of more, a digest finds those that matter in 2 KiB. A cursor that one stalled feed
/// holds back thus costs no more than these, however long it stays there.
pub const CHANGES_BEHIND_MAX: u64 = 1_024;

/// How often a session says how far all is told, while there is news: what changed in between is told again after a cut.
pub const CURSOR_PERIOD: Duration = Duration::from_mins(1);

/// How often each side compares everything with a peer, although all was told.
pub const DIGEST_PERIOD: Duration = Duration::from_hours(24);

/// Digests that a peer may send at the beginning of a session, each of which costs a look at every feed. A sender keeps to
/// half of it, so that clocks need not agree.
pub const DIGESTS_AT_ONCE: u32 = 8;

/// Time in which one more is allowed.
pub const DIGEST_PAUSE: Duration = Duration::from_mins(1);

/// Heads that a Hello may echo: the five lanes of each audience a node writes to.
pub const OWN_HEADS_MAX: usize = 256;

/// Bytes of data frames granted from the start: a quarter of a second at a hundred megabits, below the window of HTTP/2.
pub const CREDIT_BYTES: u64 = 4 * 1024 * 1024;

/// The most credit that a sender believes to have, whatever it was granted.
pub const CREDIT_BYTES_MAX: u64 = 16 * CREDIT_BYTES;

/// How much longer than on an empty way data may be under way: what an urgent frame waits behind others on a thin link.
pub const DELAY_MAX: Duration = Duration::from_millis(250);

/// Bytes of data under way before anything is known of a link: a second at 64 kbit/s, and nine round trips from all credit.
pub(super) const WINDOW_FIRST: u64 = 8 * 1024;

/// The least that may be under way: half a second at 64 kbit/s, and a few records. Less would be more tags than data.
pub(super) const WINDOW_MIN: u64 = 4 * 1024;

/// Bytes of rosters and identity lanes taken from a peer that is not admitted yet.
pub const ADMISSION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Entries of an identity lane that are presented at once: a batch never crosses a tile.
pub const IDENTITY_ENTRIES_MAX: u64 = TILE_LEAVES;

/// Catch-ups that a sender has under way at a time, and so the indexes that its receiver must hold.
pub(super) const CATCH_UPS_MAX: usize = 16;

/// Hashes of all tile indexes that a receiver holds in one session: 8 MiB, enough for 67 million entries.
pub(super) const INDEX_HASHES_MAX: usize = 1 << 18;

/// Leaves that all live lists may speak of that a receiver holds in one session: 8 MiB of bits, for as many entries as its tile
/// indexes.
pub const LIST_LEAVES_MAX: u64 = 1 << 26;

/// Answers that wait for a peer: one for each feed that it may name, and one more when that changes. A peer that asks on and
/// does not read them is sent away.
pub const QUEUE_MAX: usize = 2 * BINDS_MAX;

/// Times that data may fail verification before the session ends: a broken disk is forgiven, a liar is not.
pub const FAILURES_MAX: u32 = 3;

/// The longest hint that is sent or kept, in bytes.
pub(super) const HINT_LEN_MAX: usize = 200;

/// Hello and admission must be over by then.
pub const SETUP_TIME: Duration = Duration::from_secs(15);

/// A peer that has been silent this long is asked for a sign of life.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// A peer that has been silent this long is gone.
pub const SILENCE_MAX: Duration = Duration::from_secs(45);

/// An upstream that has brought nothing for this long, although another peer holds more, is given up.
pub const UPSTREAM_PATIENCE: Duration = Duration::from_secs(30);

/// The same for an identity lane whose head cannot be checked before its entries are there: a few entries come at once, and
/// whoever only says that it has them must not stand in the way for long.
pub(super) const UNPROVEN_PATIENCE: Duration = Duration::from_secs(5);

/// Another peer has told of more, and for this long nothing at all was heard from the upstream's peer: it is asked for a sign
/// of life. When it gives none for as long again, it is given up: a peer that is there answers in a second over any link that
/// is of use, and one that is given up too soon costs an entry that comes twice.
pub const UPSTREAM_DOUBT: Duration = Duration::from_millis(2_500);

/// How long a node of a large federation keeps to itself what it has heard of the less urgent lanes, from those who do not get
/// it from here. Whoever first tells of a feed brings it from then on: so a way over fewer nodes is preferred to one that is
/// only some milliseconds shorter. An urgent lane takes the fastest way.
pub const RELAY_PAUSE: Duration = Duration::from_millis(200);

const _: () = assert!(HEADER_LEN + BODY_LEN_MAX as usize <= ENTRIES_LEN_MAX, "every entry fits a frame");
const _: () =
    assert!(LIST_LEAVES_MAX == INDEX_HASHES_MAX as u64 * TILE_LEAVES, "as many entries as the indexes");
const _: () = assert!(PAYLOAD_LEN_MAX + 1024 <= FRAME_LEN_MAX, "a head and tags fit beside the payload");
const _: () =
    assert!(FRAME_LEN_MAX as u64 * 4 <= CREDIT_BYTES, "a sender is never stuck with part of its credit");
