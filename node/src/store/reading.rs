//! What entries do here, read on other threads before the transaction that stores them needs it: to read a record takes longer
//! than to write it.

use std::sync::Arc;

use quince_core::domain::{Codec, Handle};
use quince_core::feed::{Entry, Lane};
use tokio::task::JoinHandle;

use super::fold::{Effect, effect};
use super::view::Store;

/// From so many entries on they are read on another thread: fewer are read sooner than a task begins.
const APART_FROM: usize = 32;

/// Entries that are being read, and whose they are. When it is dropped, nobody is kept from anything.
#[derive(Debug)]
pub struct ReadAhead {
    owner: Handle,
    count: usize,
    task: JoinHandle<Vec<Effect>>,
}

/// Entries that are being read, or were.
pub(super) enum Reading {
    Done(Vec<Effect>),
    Apart(JoinHandle<Vec<Effect>>),
}

impl Store {
    /// Begins to read entries of an owner's lane which are to be stored soon; `None` when they are too few to gain by it.
    #[must_use]
    pub fn read_ahead(&self, owner: &Handle, lane: Lane, entries: &[Entry]) -> Option<ReadAhead> {
        if entries.len() < APART_FROM {
            return None;
        }
        let task = begin_apart(&self.shared.codec, owner, lane, entries);
        Some(ReadAhead { owner: owner.clone(), count: entries.len(), task })
    }
}

impl ReadAhead {
    /// The reading, if it is of so many entries of this owner.
    pub(super) fn of(self, owner: &Handle, count: usize) -> Option<Reading> {
        (self.owner == *owner && self.count == count).then_some(Reading::Apart(self.task))
    }
}

/// Begins to find out what the entries of an owner's lane do.
pub(super) fn begin(codec: &Arc<dyn Codec>, owner: &Handle, lane: Lane, entries: &[Entry]) -> Reading {
    if entries.len() < APART_FROM {
        return Reading::Done(effects(&**codec, owner, lane, entries));
    }
    Reading::Apart(begin_apart(codec, owner, lane, entries))
}

fn begin_apart(
    codec: &Arc<dyn Codec>,
    owner: &Handle,
    lane: Lane,
    entries: &[Entry],
) -> JoinHandle<Vec<Effect>> {
    let (codec, owner, entries) = (Arc::clone(codec), owner.clone(), entries.to_vec());
    tokio::spawn(async move { effects(&*codec, &owner, lane, &entries) })
}

fn effects(codec: &dyn Codec, owner: &Handle, lane: Lane, entries: &[Entry]) -> Vec<Effect> {
    entries.iter().map(|entry| effect(codec, owner, lane, entry)).collect()
}
