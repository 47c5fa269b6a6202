//! What a peer would have sent had it meant what it sent: its own hashes, roots and heads fit, and rosters are signed.
//!
//! A fuzzer forges no signature, so that all it changes would end where signatures are looked at. A peer with a key of its own
//! signs what it likes, and that is what these frames are like. Of other nodes' feeds it can sign nothing.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use quince_core::feed::tree::root;
use quince_core::feed::{
    AudienceId, Entry, Epoch, FeedId, Frontier, Hash, Head, Lane, SigningKey, TILE_LEAVES,
};
use quince_core::roster::SignedRoster;
use quince_core::sync::{BareHead, FeedHandle, Frame};

use super::stage::{federation, node};
use crate::sim::members;

/// The peer that sends, by its number, and the steward.
const PEER: usize = 1;
const STEWARD: usize = 0;

/// Epochs of which the peer has the key; in later ones it signs with the last of them.
const EPOCHS: usize = 8;

/// What was sent so far.
#[derive(Default)]
struct Sent {
    bound: BTreeMap<FeedHandle, FeedId>,
    leaves: BTreeMap<FeedId, Vec<Hash>>,
}

/// Makes the frames of the second member what it would have signed.
pub(super) fn mean(frames: &mut [Frame]) {
    let mut sent = Sent::default();
    for place in 0..frames.len() {
        let (before, after) = frames.split_at_mut(place + 1);
        sent.mean(&mut before[place], after);
    }
}

/// A roster version with its steward's signature.
pub(super) fn signed(note: &SignedRoster) -> SignedRoster {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    let name = members::name(STEWARD);
    let handle = name.parse().expect("a name is a handle");
    let key = KEY.get_or_init(|| members::signing_key(&name, Epoch::FIRST));
    SignedRoster::unsigned(note.roster().clone()).sign(&federation(), &handle, key)
}

impl Sent {
    fn mean(&mut self, frame: &mut Frame, after: &[Frame]) {
        match frame {
            Frame::Bind { handle, feed } => drop(self.bound.insert(*handle, *feed)),
            Frame::Roster { notes, .. } => notes.iter_mut().for_each(|note| *note = signed(note)),
            Frame::IdentityLane(lane) => {
                let audience = AudienceId::federation(&federation());
                let feed = FeedId { node: node(PEER), audience, lane: Lane::Identity };
                let leaves: Vec<Hash> = lane.entries.iter().map(Entry::leaf_hash).collect();
                sign_over(feed, &mut lane.head, &leaves);
                self.leaves.insert(feed, leaves);
            }
            Frame::Have { handle, head, .. } => drop(self.own(*handle).map(|feed| sign(feed, head))),
            Frame::TileIndex { handle, head, first_tile, tiles, edge, more: false } => {
                let Some(feed) = self.own(*handle) else { return };
                fill(*handle, *first_tile, tiles, edge, after);
                self.sign_index(feed, head, *first_tile, (tiles, edge));
            }
            Frame::Tile { handle, from, entries, .. } => drop(self.hear(*handle, *from, entries)),
            Frame::Batch { handle, from, entries, head } => {
                let heard = self
                    .hear(*handle, *from, entries)
                    .and_then(|feed| self.leaves.get(&feed).zip(Some(feed)));
                if let Some((leaves, feed)) = heard {
                    sign_over(feed, head, leaves);
                }
            }
            _ => {}
        }
    }

    /// The feed of a handle, if it is the peer's own.
    fn own(&self, handle: FeedHandle) -> Option<FeedId> {
        self.bound.get(&handle).copied().filter(|feed| feed.node == node(PEER))
    }

    /// Entries that follow what was sent before, or take its place.
    fn hear(&mut self, handle: FeedHandle, from: u64, entries: &[Entry]) -> Option<FeedId> {
        let feed = self.own(handle)?;
        let leaves = self.leaves.entry(feed).or_default();
        let from = usize::try_from(from).ok().filter(|from| *from <= leaves.len())?;
        leaves.truncate(from);
        leaves.extend(entries.iter().map(Entry::leaf_hash));
        Some(feed)
    }

    fn sign_index(
        &self,
        feed: FeedId,
        head: &mut BareHead,
        first_tile: u64,
        (tiles, edge): (&[Hash], &[Hash]),
    ) {
        let known = self.leaves.get(&feed).map(Vec::as_slice).unwrap_or_default();
        let base = first_tile.checked_mul(TILE_LEAVES).and_then(|base| usize::try_from(base).ok());
        let Some(known) = base.and_then(|base| known.get(..base)) else { return };
        let mut frontier = Frontier::default();
        frontier.extend(known.iter().copied());
        for tile in tiles {
            frontier.push_tile(*tile).expect("whole tiles follow whole tiles");
        }
        frontier.extend(edge.iter().copied());
        (head.size, head.root) = (frontier.size(), frontier.root());
        sign(feed, head);
    }
}

/// Puts into an index what the frames behind it will bring.
fn fill(handle: FeedHandle, first_tile: u64, tiles: &mut [Hash], edge: &mut [Hash], after: &[Frame]) {
    let edge_from = first_tile.saturating_add(tiles.len() as u64).saturating_mul(TILE_LEAVES);
    let mut at = |index: u64, leaf: Hash| {
        let place = index.checked_sub(edge_from).and_then(|place| usize::try_from(place).ok());
        if let Some(place) = place.and_then(|place| edge.get_mut(place)) {
            *place = leaf;
        }
    };
    let mut whole = |from: u64, leaves: &[Hash]| {
        let place =
            (from / TILE_LEAVES).checked_sub(first_tile).and_then(|place| usize::try_from(place).ok());
        if let Some(place) =
            place.filter(|_| leaves.len() as u64 == TILE_LEAVES).and_then(|place| tiles.get_mut(place))
        {
            *place = root(leaves);
        }
    };
    for frame in after {
        match frame {
            Frame::TileIndex { handle: other, .. } if *other == handle => return,
            Frame::Tile { handle: other, from, entries, leaf_hashes } if *other == handle => {
                let leaves: Vec<Hash> = entries.iter().map(Entry::leaf_hash).collect();
                whole(*from, if leaf_hashes.is_empty() { &leaves } else { leaf_hashes });
                (*from..).zip(leaves).for_each(|(index, leaf)| at(index, leaf));
            }
            Frame::LiveList { handle: other, index, entry, leaf_hashes } if *other == handle => {
                whole(*index, leaf_hashes);
                at(*index, entry.leaf_hash());
            }
            _ => {}
        }
    }
}

fn sign_over(feed: FeedId, head: &mut BareHead, leaves: &[Hash]) {
    (head.size, head.root) = (leaves.len() as u64, root(leaves));
    sign(feed, head);
}

/// The peer's keys by their epochs, made once.
fn keys() -> &'static [SigningKey] {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    let key = |epoch| members::signing_key(&members::name(PEER), Epoch(epoch));
    KEYS.get_or_init(|| (0..=EPOCHS as u64).map(key).collect())
}

fn sign(feed: FeedId, head: &mut BareHead) {
    let BareHead { epoch, size, root, .. } = *head;
    let key = &keys()[usize::try_from(epoch.0).unwrap_or(usize::MAX).min(EPOCHS)];
    *head = BareHead::from(&Head { feed, epoch, size, root }.sign(&federation(), key));
}
