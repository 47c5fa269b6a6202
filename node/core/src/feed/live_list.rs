//! Live lists: what an owner says of its feed in the feed itself, leaf by leaf: this still counts, this does not.
//!
//! An entry of kind [`EntryKind::LIVE_LIST`] is a part of a list. A list is one part, or several in consecutive entries; the
//! last closes it. From then on the feed's state is exactly what the live leaves below its base say and what all entries from
//! the base on say. What is dead needs not be held any more but as hashes. All integers are big-endian.
//!
//! | Offset | Bytes | Field | Meaning |
//! |---:|---:|---|---|
//! | 0 | 1 | layout | 1; any other value is not this layout |
//! | 1 | 1 | flags | bit 0: the part closes the list; other bits are 0 |
//! | 2 | 8 | base | leaves that the list speaks of, from the first; a multiple of 256 that is not 0 |
//! | 10 | 8 | offset | the first leaf of this part, a multiple of 256 |
//! | 18 | 8 | normal | entries that the owner's normal lane for the same audience had; 0 in a list of it or of a less urgent one |
//! | 26 | 8 | bulk | the same of its bulk lane |
//! | 34 | 32 a tile | bitmap | a bit for each leaf, the least significant of a byte first; 1 says live |
//!
//! It deliberately knows no records: why a leaf is dead is its owner's business.

use thiserror::Error;

use crate::feed::entry::Entry;
use crate::feed::header::{BODY_LEN_MAX, EntryKind};
use crate::feed::id::{INTEGER_MAX, Lane};
use crate::feed::tile::TILE_LEAVES;

/// The only known layout.
const LAYOUT: u8 = 1;

/// The flag of the part that closes a list.
const LAST: u8 = 1;

/// Bytes before the bitmap.
const PREFIX_LEN: usize = 34;

/// Bytes of the bitmap of one tile.
const TILE_BITS_LEN: usize = TILE_LEAVES as usize / 8;

/// Bytes of the bitmap of the longest part: as many whole tiles as a body has room for.
const PART_BITS_LEN: usize = (BODY_LEN_MAX as usize - PREFIX_LEN) / TILE_BITS_LEN * TILE_BITS_LEN;

/// How many entries the less urgent lanes of the same owner and audience had when a list was written: normal, then bulk.
/// 0 for a lane that is not less urgent than the list's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneSizes {
    /// Of the normal lane.
    pub normal: u64,
    /// Of the bulk lane.
    pub bulk: u64,
}

/// What a closed list says. It is never wrong in itself: whole tiles, and a bit for each of their leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveList {
    lane: Lane,
    sizes: LaneSizes,
    bits: Vec<u8>,
}

/// Where a closed list stands in its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPlace {
    /// Leaves that it speaks of.
    pub base: u64,
    /// Index of its first part.
    pub first: u64,
    /// Index after its last part.
    pub end: u64,
}

/// A list and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedList {
    /// Where.
    pub place: ListPlace,
    /// What it says.
    pub list: LiveList,
}

/// One part, as a body says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPart {
    base: u64,
    offset: u64,
    sizes: LaneSizes,
    is_last: bool,
    bits: Vec<u8>,
}

/// Joins the parts of one list, in the order of their entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListReader {
    lane: Lane,
    first: u64,
    parts: u64,
    begun: Option<(u64, LaneSizes)>,
    bits: Vec<u8>,
}

/// Why an entry is no part of a list, or the parts are no list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListError {
    /// Promises keep their history, and the identity lane its keys.
    #[error("a live list in the {0} lane, expected urgent, normal or bulk")]
    Lane(Lane),
    /// The entry is another one, or its body is not held.
    #[error("entry {0} is no part of a live list")]
    NoPart(u64),
    /// The body is no part.
    #[error("live list has {field} {found}, expected {expected}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Its value.
        found: u64,
        /// What would be right.
        expected: &'static str,
    },
    /// The parts do not belong together.
    #[error(
        "part of a live list begins at leaf {offset} of {base}, expected {expected} of one base and one set of sizes"
    )]
    Parts {
        /// Where the part begins.
        offset: u64,
        /// Leaves that its list speaks of.
        base: u64,
        /// Where it should begin.
        expected: u64,
    },
    /// A list cannot speak of what comes after it.
    #[error("live list at entry {first} speaks of {base} leaves")]
    Ahead {
        /// Index of its first part.
        first: u64,
        /// Leaves that it speaks of.
        base: u64,
    },
}

/// The lanes that have live lists, the least urgent first: the order in which an owner writes them.
pub const LISTED_LANES: [Lane; 3] = [Lane::Bulk, Lane::Normal, Lane::Urgent];

/// Whether a lane has live lists.
#[must_use]
pub const fn is_listed(lane: Lane) -> bool {
    matches!(lane, Lane::Urgent | Lane::Normal | Lane::Bulk)
}

/// The base of a list that begins at this index: whole tiles only, so that the edge is never dead.
#[must_use]
pub const fn list_base(first: u64) -> u64 {
    first - first % TILE_LEAVES
}

impl LaneSizes {
    /// The sizes that a list of this lane names.
    #[must_use]
    pub const fn below(lane: Lane, normal: u64, bulk: u64) -> Self {
        Self {
            normal: if lane.number() < Lane::Normal.number() { normal } else { 0 },
            bulk: if lane.number() < Lane::Bulk.number() { bulk } else { 0 },
        }
    }

    /// The size of a lane.
    #[must_use]
    pub const fn of(&self, lane: Lane) -> u64 {
        match lane {
            Lane::Normal => self.normal,
            Lane::Bulk => self.bulk,
            Lane::Identity | Lane::Ledger | Lane::Urgent => 0,
        }
    }

    /// Whether a list may take effect for a holder of this many entries of each lane. One that holds nothing of a lane needs
    /// nothing of it; one that holds a beginning might see in it what the list's own lane has ended, and waits.
    #[must_use]
    pub fn are_held(&self, held: impl Fn(Lane) -> u64) -> bool {
        [Lane::Normal, Lane::Bulk].into_iter().all(|lane| held(lane) == 0 || held(lane) >= self.of(lane))
    }
}

impl LiveList {
    /// A list by which all of the first `base` leaves are live but for those in `dead`.
    ///
    /// # Errors
    /// When the lane has no lists, `base` is no whole number of tiles, or a size is named of a lane that is not less urgent.
    pub fn new(
        lane: Lane,
        base: u64,
        sizes: LaneSizes,
        dead: impl IntoIterator<Item = u64>,
    ) -> Result<Self, ListError> {
        check(lane, base, sizes)?;
        let mut bits = vec![0xff; usize::try_from(base / 8).unwrap_or(usize::MAX)];
        for index in dead.into_iter().filter(|index| *index < base) {
            let (byte, bit) = place(index);
            bits[byte] &= !bit;
        }
        Ok(Self { lane, sizes, bits })
    }

    /// Leaves that it speaks of.
    #[must_use]
    pub const fn base(&self) -> u64 {
        self.bits.len() as u64 * 8
    }

    /// The lane it stands in.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        self.lane
    }

    /// The sizes of the less urgent lanes.
    #[must_use]
    pub const fn sizes(&self) -> LaneSizes {
        self.sizes
    }

    /// Whether a leaf counts. All from the base on do.
    #[must_use]
    pub fn is_live(&self, index: u64) -> bool {
        let (byte, bit) = place(index);
        self.bits.get(byte).is_none_or(|bits| bits & bit != 0)
    }

    /// Whether no leaf of a tile counts.
    #[must_use]
    pub fn is_dead_tile(&self, tile: u64) -> bool {
        let bits = usize::try_from(tile).ok().and_then(|tile| {
            let from = tile.checked_mul(TILE_BITS_LEN)?;
            self.bits.get(from..from + TILE_BITS_LEN)
        });
        bits.is_some_and(|bits| bits.iter().all(|bits| *bits == 0))
    }

    /// How many leaves are dead.
    #[must_use]
    pub fn dead(&self) -> u64 {
        self.bits.iter().map(|bits| u64::from(bits.count_zeros())).sum()
    }

    /// The bodies of the list's entries, in order.
    #[must_use]
    pub fn to_bodies(&self) -> Vec<Vec<u8>> {
        self.bodies_of(PART_BITS_LEN)
    }

    fn bodies_of(&self, part_len: usize) -> Vec<Vec<u8>> {
        let count = self.bits.len().div_ceil(part_len);
        let parts = self.bits.chunks(part_len).enumerate();
        parts.map(|(part, bits)| self.body(part * part_len, part + 1 == count, bits)).collect()
    }

    fn body(&self, skipped: usize, is_last: bool, bits: &[u8]) -> Vec<u8> {
        let mut body = vec![LAYOUT, if is_last { LAST } else { 0 }];
        for value in [self.base(), skipped as u64 * 8, self.sizes.normal, self.sizes.bulk] {
            body.extend(value.to_be_bytes());
        }
        body.extend(bits);
        body
    }
}

impl ListPart {
    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is wrong.
    pub fn parse(lane: Lane, body: &[u8]) -> Result<Self, ListError> {
        let wrong = |field, found, expected| Err(ListError::Field { field, found, expected });
        let Some((prefix, bits)) = body.split_first_chunk::<PREFIX_LEN>() else {
            return wrong("a length of", body.len() as u64, "34 bytes and a bitmap");
        };
        if prefix[0] != LAYOUT {
            return wrong("layout", prefix[0].into(), "1");
        }
        if prefix[1] & !LAST != 0 {
            return wrong("flags", prefix[1].into(), "0 or 1");
        }
        let [base, offset, normal, bulk] = [2, 10, 18, 26].map(|from| integer(prefix, from));
        let sizes = LaneSizes { normal, bulk };
        check(lane, base, sizes)?;
        if bits.is_empty() || !bits.len().is_multiple_of(TILE_BITS_LEN) {
            return wrong("a bitmap of", bits.len() as u64, "a multiple of 32 bytes, and some");
        }
        let end = offset.saturating_add(bits.len() as u64 * 8);
        if !offset.is_multiple_of(TILE_LEAVES) || end > base {
            return wrong("offset", offset, "a multiple of 256, and the part inside its base");
        }
        let is_last = prefix[1] & LAST != 0;
        if is_last != (end == base) {
            return wrong("flags", prefix[1].into(), "1 in the part that reaches the base, and in no other");
        }
        Ok(Self { base, offset, sizes, is_last, bits: bits.to_vec() })
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When it is no part of a list.
    pub fn of(lane: Lane, index: u64, entry: &Entry) -> Result<Self, ListError> {
        let is_part = entry.header().is_some_and(|header| header.kind == EntryKind::LIVE_LIST);
        match entry.body().filter(|_| is_part) {
            Some(body) => Self::parse(lane, body),
            None => Err(ListError::NoPart(index)),
        }
    }

    /// Leaves that its list speaks of.
    #[must_use]
    pub const fn base(&self) -> u64 {
        self.base
    }

    /// Whether it begins its list.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.offset == 0
    }

    /// Whether it closes its list.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.is_last
    }
}

impl ListReader {
    /// Begins a list whose first part is the entry at this index.
    #[must_use]
    pub const fn new(lane: Lane, first: u64) -> Self {
        Self { lane, first, parts: 0, begun: None, bits: Vec::new() }
    }

    /// Index of the next part.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.first + self.parts
    }

    /// Takes the next entry; the list when it is the last.
    ///
    /// # Errors
    /// When the entry is no part, or does not follow the parts before it.
    pub fn take(&mut self, entry: &Entry) -> Result<Option<ClosedList>, ListError> {
        let part = ListPart::of(self.lane, self.next(), entry)?;
        let (base, sizes) = *self.begun.get_or_insert((part.base, part.sizes));
        if base > self.first {
            return Err(ListError::Ahead { first: self.first, base });
        }
        let expected = self.bits.len() as u64 * 8;
        if (part.base, part.sizes, part.offset) != (base, sizes, expected) {
            return Err(ListError::Parts { offset: part.offset, base: part.base, expected });
        }
        self.bits.extend(part.bits);
        self.parts += 1;
        Ok(part.is_last.then(|| ClosedList {
            place: ListPlace { base, first: self.first, end: self.next() },
            list: LiveList { lane: self.lane, sizes, bits: std::mem::take(&mut self.bits) },
        }))
    }
}

/// The list that the entry at an index closes. `entry` reads one by its index.
///
/// # Errors
/// When it closes none.
pub fn closed_by(
    lane: Lane,
    last: u64,
    entry: impl Fn(u64) -> Option<Entry>,
) -> Result<ClosedList, ListError> {
    let read = |index: u64| entry(index).ok_or(ListError::NoPart(index));
    let (mut first, mut parts) = (last, vec![read(last)?]);
    while !ListPart::of(lane, first, &parts[parts.len() - 1])?.is_first() {
        first = first.checked_sub(1).ok_or(ListError::NoPart(0))?;
        parts.push(read(first)?);
    }
    let mut reader = ListReader::new(lane, first);
    let closed = parts.iter().rev().try_fold(None, |closed, entry| match closed {
        None => reader.take(entry),
        Some(_) => Err(ListError::NoPart(reader.next())),
    })?;
    closed.ok_or(ListError::NoPart(last))
}

fn check(lane: Lane, base: u64, sizes: LaneSizes) -> Result<(), ListError> {
    if !is_listed(lane) {
        return Err(ListError::Lane(lane));
    }
    if base == 0 || !base.is_multiple_of(TILE_LEAVES) || base > INTEGER_MAX {
        let expected = "a multiple of 256 from 256 on";
        return Err(ListError::Field { field: "base", found: base, expected });
    }
    let allowed = LaneSizes::below(lane, INTEGER_MAX, INTEGER_MAX);
    for (field, found, most) in [("normal", sizes.normal, allowed.normal), ("bulk", sizes.bulk, allowed.bulk)]
    {
        if found > most {
            let expected = "0 unless the lane is less urgent, and at most 2^53 - 1";
            return Err(ListError::Field { field, found, expected });
        }
    }
    Ok(())
}

/// The byte of a leaf in the bitmap, and its bit there.
fn place(index: u64) -> (usize, u8) {
    (usize::try_from(index / 8).unwrap_or(usize::MAX), 1 << (index % 8))
}

fn integer(bytes: &[u8; PREFIX_LEN], from: usize) -> u64 {
    u64::from_be_bytes(bytes[from..from + 8].try_into().expect("the layout's offsets lie inside the prefix"))
}

#[cfg(test)]
mod tests;
