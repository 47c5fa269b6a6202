//! Altering what is signed: one bit of an entry, a hash, a root or a signature, in a frame or on a disk.

use quince_core::feed::{Entry, Hash, Raw};
use quince_core::sync::{BareHead, Frame};

use super::dice::Dice;

/// Alters one bit of signed bytes of a frame. False when it carries none.
pub(super) fn frame(dice: &mut Dice, frame: &mut Frame) -> bool {
    match frame {
        Frame::Have { head, .. } => head_bit(dice, head),
        Frame::Batch { entries, head, .. } => {
            (dice.percent(60) && entry_of(dice, entries)) || head_bit(dice, head)
        }
        Frame::Tile { entries, leaf_hashes, .. } => {
            (dice.percent(50) && hash_of(dice, leaf_hashes)) || entry_of(dice, entries)
        }
        Frame::TileIndex { head, tiles, edge, .. } => {
            (dice.percent(40) && hash_of(dice, tiles))
                || (dice.percent(50) && hash_of(dice, edge))
                || head_bit(dice, head)
        }
        Frame::LiveList { entry: part, leaf_hashes, .. } => {
            (dice.percent(50) && hash_of(dice, leaf_hashes)) || entry_of(dice, std::slice::from_mut(part))
        }
        Frame::DeadTiles { count, .. } => {
            *count += 1;
            true
        }
        Frame::IdentityLane(lane) => {
            (dice.percent(60) && entry_of(dice, &mut lane.entries)) || head_bit(dice, &mut lane.head)
        }
        _ => false,
    }
}

/// The entry with one bit of its body altered; `None` when it has none.
pub(super) fn entry(dice: &mut Dice, entry: &Entry) -> Option<Entry> {
    let header = *entry.header()?;
    let mut body = entry.body()?.to_vec();
    if body.is_empty() {
        return None;
    }
    let place = dice.index(body.len());
    body[place] ^= 1 << dice.of(0..8);
    Entry::full(header, Raw::from(body)).ok()
}

fn head_bit(dice: &mut Dice, head: &mut BareHead) -> bool {
    if dice.percent(50) {
        head.root.0[dice.index(32)] ^= 1 << dice.of(0..8);
    } else {
        head.signature.0[dice.index(64)] ^= 1 << dice.of(0..8);
    }
    true
}

fn entry_of(dice: &mut Dice, entries: &mut [Entry]) -> bool {
    if entries.is_empty() {
        return false;
    }
    let place = dice.index(entries.len());
    let altered = entry(dice, &entries[place]);
    altered.is_some_and(|altered| {
        entries[place] = altered;
        true
    })
}

fn hash_of(dice: &mut Dice, hashes: &mut [Hash]) -> bool {
    if hashes.is_empty() {
        return false;
    }
    hashes[dice.index(hashes.len())].0[dice.index(32)] ^= 1 << dice.of(0..8);
    true
}
