//! What offices write: records in several lanes, profiles and new epochs; each commit whole, then the head file, then the
//! answer, and only then the sessions.

use std::collections::BTreeMap;

use quince_core::feed::{Entry, Epoch, Frontier, Lane, OriginLog, ReplicaLog};

use super::disk::Tx;
use super::faults::Fault;
use super::members::{self, RECORD};
use super::node::{Input, Node, Write};
use super::options::Planted;
use super::queue::Event;
use super::sparse;
use super::world::World;

/// Writes of an office that wait. An office whose disk is slow writes less.
const WRITES_MAX: usize = 4;

/// Records of an import that goes faster than its peers take it.
const FLOOD: u64 = 2_200;

impl World {
    /// An office wants something written, and will again.
    pub(super) fn append(&mut self, index: usize) {
        if !self.is_stormy {
            return;
        }
        let pause = self.write_pause();
        let next = self.dice.around(pause);
        self.queue.plan(next, Event::Append { node: index });
        let write = self.draw_write(index);
        if self.nodes[index].up && self.nodes[index].writes.len() < WRITES_MAX {
            self.nodes[index].writes.push_back(write);
            self.write(index);
        }
    }

    fn draw_write(&mut self, index: usize) -> Write {
        if let Some(lane) = self.nodes[index].disk.tables.ripe(self.nodes[index].id)
            && self.dice.percent(40)
        {
            return Write::Sweep { lane };
        }
        let is_large = self.is_large();
        let lane = [Lane::Ledger, Lane::Urgent, Lane::Normal, Lane::Bulk][self.dice.index(4)];
        match self.dice.of(0..400) {
            0 if !is_large => Write::Records { lane: Lane::Bulk, count: FLOOD, body_len: 12 },
            1..6 => Write::Profile,
            6..9 => Write::Epoch,
            9..24 if !is_large => Write::Records { lane, count: self.dice.of(100..400), body_len: 40 },
            24..40 => Write::Records { lane, count: self.dice.of(1..12), body_len: 20_000 },
            40..140 => Write::Records { lane, count: self.dice.of(2..30), body_len: 200 },
            _ => Write::Records { lane, count: 1, body_len: 300 },
        }
    }

    /// Begins the next write, if none is under way.
    pub(super) fn write(&mut self, index: usize) {
        let now = self.queue.now();
        let node = &mut self.nodes[index];
        if node.writing || node.asleep || !node.up {
            return;
        }
        let Some(write) = node.writes.pop_front() else { return };
        if node.disk.tables.read_only.is_some() {
            return;
        }
        if node.disk.full {
            self.counts.count(Fault::DiskFull);
            return;
        }
        let (entries, log) = node.compose(write, now);
        let (lane, size) = (log.feed().lane, log.frontier().size());
        let reuses = self.options.has(Planted::ReuseIndex) && node.life > 0 && node.records > 0;
        let log = if reuses { node.reuse(&entries, log) } else { log };
        if self.options.has(Planted::TellBeforeSave)
            && let Some(engine) = &mut node.engine
        {
            engine.ctx.feed_changed(log.clone());
        }
        node.writing = true;
        self.note(format_args!("n{index} writes {} entries up to {size} in {lane}", entries.len()));
        self.begin_commit(index, Tx::Office(entries, Box::new(log)));
    }

    /// What an office wrote is on the disk.
    pub(super) fn persist_office(&mut self, index: usize, entries: Vec<Entry>, log: ReplicaLog) {
        let head = *log.head().expect("what is written has a head");
        self.oracle.committed(&head, &entries);
        let node = &mut self.nodes[index];
        node.disk.extend(entries, log);
        node.publishing.push_back(head);
        self.note(format_args!("n{index} commits {} at {}", head.head.feed.lane, head.head.size));
    }

    /// The head file knows the new head: the office is answered, and the sessions hear.
    pub(super) fn publish(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let Some(signed) = node.publishing.pop_front() else { return };
        let feed = signed.head.feed;
        node.disk.record_head(signed.head);
        node.writing = false;
        self.oracle.acknowledge(feed, signed.head.size);
        self.note(format_args!("n{index} publishes {} at {}", feed.lane, signed.head.size));
        if !self.options.has(Planted::ForgetToTell) {
            self.tell(index, Input::Progress(feed));
        }
        self.write(index);
    }
}

impl Node {
    /// The entries of a write, and the feed that they lead to.
    fn compose(&mut self, write: Write, now: std::time::Duration) -> (Vec<Entry>, ReplicaLog) {
        let (date_s, epoch) = (self.date_s(now), self.epoch());
        let (lane, entries, epoch) = match write {
            Write::Records { lane, count, body_len } => {
                let entries = (0..count).map(|_| self.record(date_s, body_len)).collect();
                (lane, entries, epoch)
            }
            Write::Sweep { lane } => {
                let size = self.disk.tables.size(self.feed(lane));
                let list = sparse::list(lane, size, date_s);
                // An office that has little to sweep writes something.
                let entries = if list.is_empty() { vec![self.record(date_s, 300)] } else { list };
                (lane, entries, epoch)
            }
            Write::Profile => (Lane::Identity, vec![members::profile(&self.name, date_s)], epoch),
            Write::Epoch => {
                let epoch = epoch.next();
                (Lane::Identity, vec![members::epoch_start(&self.name, date_s, epoch)], epoch)
            }
        };
        let log = self.sign(lane, &entries, epoch);
        (entries, log)
    }

    fn sign(&mut self, lane: Lane, entries: &[Entry], epoch: Epoch) -> ReplicaLog {
        let feed = self.feed(lane);
        let frontier = self.disk.tables.copy_mut(feed).log.frontier().clone();
        let origin = OriginLog::restore(self.federation, feed, epoch, frontier);
        let appended = origin.append(entries, &self.key(epoch)).expect("whole entries are appended");
        let head = appended.heads.last().copied();
        ReplicaLog::restore(feed, appended.log.frontier().clone(), head, None)
    }

    /// No two records are equal, so that none can stand in for another.
    fn record(&mut self, date_s: u64, body_len: usize) -> Entry {
        self.records += 1;
        let mut body = format!("{} {} ", self.name, self.records).into_bytes();
        body.resize(body_len.max(body.len()), b'.');
        members::entry(RECORD, date_s, &body)
    }

    /// The mistake of signing over the last entry once more.
    fn reuse(&mut self, entries: &[Entry], log: ReplicaLog) -> ReplicaLog {
        let feed = log.feed();
        let copy = self.disk.tables.copy_mut(feed);
        if copy.rows.is_empty() || feed.lane == Lane::Identity {
            return log;
        }
        copy.forget(copy.rows.len() - 1);
        let frontier: Frontier = copy.rows.iter().map(|(_, leaf)| *leaf).collect();
        copy.log = ReplicaLog::restore(feed, frontier, None, None);
        let epoch = self.epoch();
        self.sign(feed.lane, entries, epoch)
    }

    /// Losses of a store that does not keep its promises, at a restart.
    pub(super) fn lose_at_restart(&mut self, own: bool) {
        let mut heads = BTreeMap::new();
        for (feed, copy) in &mut self.disk.tables.copies {
            if (feed.node == self.id) != own || copy.rows.len() < 2 || feed.lane == Lane::Identity {
                continue;
            }
            copy.forget(copy.rows.len() - 1);
            if own {
                let frontier: Frontier = copy.rows.iter().map(|(_, leaf)| *leaf).collect();
                copy.log = ReplicaLog::restore(*feed, frontier, None, None);
                heads.insert(*feed, ());
            }
        }
        self.disk.head_file.retain(|feed, _| !heads.contains_key(feed));
    }
}
