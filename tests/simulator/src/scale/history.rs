//! What offices have signed, once for all nodes: a copy is a beginning of it, so that a store only keeps how far it holds a feed.

use std::time::Duration;

use quince_core::feed::{
    Entry, Epoch, FederationId, FeedId, Hash, OriginLog, ReplicaLog, SigningKey, TILE_LEAVES, tree,
};
use quince_core::sync::{Effect, Rows};

use crate::members::{self, RECORD, START_S};

/// Bytes of a record's body: a need of a few lines.
const BODY_LEN: usize = 500;

/// One feed.
#[derive(Debug)]
pub(super) struct History {
    pub(super) feed: FeedId,
    pub(super) entries: Vec<Entry>,
    leaves: Vec<Hash>,
    /// When each entry was published.
    pub(super) published: Vec<Duration>,
    origin: OriginLog,
    key: SigningKey,
}

impl History {
    pub(super) fn new(federation: FederationId, feed: FeedId, name: &str) -> Self {
        Self {
            feed,
            entries: Vec::new(),
            leaves: Vec::new(),
            published: Vec::new(),
            origin: OriginLog::new(federation, feed, Epoch::FIRST),
            key: members::signing_key(name, Epoch::FIRST),
        }
    }

    pub(super) const fn size(&self) -> usize {
        self.entries.len()
    }

    /// Signs one more record: the feed with it.
    pub(super) fn publish(&mut self, now: Duration) -> ReplicaLog {
        let mut body = format!("{} {} ", self.feed.node, self.entries.len()).into_bytes();
        body.resize(BODY_LEN, b'.');
        let entry = members::entry(RECORD, START_S + now.as_secs(), &body);
        let appended = self.origin.append(std::slice::from_ref(&entry), &self.key).expect("a whole entry");
        self.leaves.extend(appended.leaves);
        self.entries.push(entry);
        self.published.push(now);
        self.origin = appended.log;
        ReplicaLog::restore(self.feed, self.origin.frontier().clone(), appended.heads.last().copied(), None)
    }

    /// Whether these are the entries from this one on.
    pub(super) fn holds(&self, first: u64, entries: &[Entry]) -> bool {
        let first = index(first);
        self.entries.get(first..first + entries.len()) == Some(entries)
    }

    /// Answers a read. Whoever asks holds what it asks for.
    pub(super) fn read(&self, effect: &Effect) -> Rows {
        match effect {
            Effect::ReadEntries { from, until, leaves_from, bytes_max, .. } => {
                let mut bytes = 0;
                let fits = |entry: &&Entry| {
                    let is_first = bytes == 0;
                    bytes += entry.len_bytes();
                    is_first || bytes <= *bytes_max
                };
                let entries = self.entries[index(*from)..index(*until)].iter().take_while(fits);
                let leaves = self.leaves[index(*leaves_from)..index(*until)].to_vec();
                Rows::Entries { entries: entries.cloned().collect(), leaves }
            }
            Effect::ReadIndex { size, .. } => {
                let (tiles, edge) = self.leaves[..index(*size)].as_chunks::<{ TILE_LEAVES as usize }>();
                Rows::Index {
                    tiles: tiles.iter().map(|tile| tree::root(tile)).collect(),
                    edge: edge.to_vec(),
                }
            }
            _ => Rows::Damaged,
        }
    }
}

fn index(of: u64) -> usize {
    usize::try_from(of).expect("an index in memory")
}
