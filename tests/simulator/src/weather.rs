//! Bad weather: which fault strikes next, where, and for how long.

use std::time::Duration;

use quince_core::feed::{FeedId, Lane};

use super::alter;
use super::disk::Copy;
use super::faults::Fault;
use super::link::{LinkId, Parcel};
use super::node::{Input, Write};
use super::options::Planted;
use super::queue::{Event, Over};
use super::world::World;

/// Seconds in a year.
const YEAR_S: u64 = 365 * 24 * 3600;

impl World {
    /// The next fault strikes.
    pub(super) fn weather(&mut self) {
        if !self.is_stormy {
            return;
        }
        let next = self.dice.around(self.weather_pause);
        self.queue.plan(next, Event::Weather);
        if self.drawn.is_empty() {
            return;
        }
        let fault = self.drawn[self.dice.index(self.drawn.len())];
        let node = self.dice.index(self.nodes.len());
        self.note(format_args!("weather: {} at n{node}", fault.name()));
        if self.strike(fault, node) {
            self.counts.count(fault);
        }
    }

    /// False when there was nothing to strike, or when the effect is counted where it shows.
    fn strike(&mut self, fault: Fault, node: usize) -> bool {
        match fault {
            Fault::Crash => self.crash(node, true),
            Fault::PowerLoss => self.crash(node, false),
            Fault::Cut | Fault::HalfOpen | Fault::OneWay | Fault::SlowLink => self.strike_link(fault),
            Fault::AlteredFrame | Fault::Garbled | Fault::StalledReader => self.strike_link(fault),
            Fault::Partition => self.part(),
            Fault::DoubleDial => self.dial_twice(),
            Fault::SlowNode | Fault::Suspend => self.slow_down(fault, node),
            Fault::DateJump => {
                let off = self.dice.of(0..2 * YEAR_S).cast_signed() - YEAR_S.cast_signed();
                self.nodes[node].date_off_s = off;
                true
            }
            Fault::DiskFull => {
                self.nodes[node].disk.full = true;
                let after = self.dice.millis(1_000..30_000);
                self.queue.plan(after, Event::Over(Over::DiskFull { node }));
                false
            }
            Fault::FlippedCopy | Fault::FlippedOwn => self.flip(fault, node),
            Fault::OldDatabase | Fault::OldMachine => self.restore(fault, node),
            Fault::LostCommit | Fault::UntoldCommit | Fault::LateFrame | Fault::Mended | Fault::Fork => false,
        }
    }

    /// A process ends. Transactions under way are there or not: those before, then those after some point.
    fn crash(&mut self, index: usize, tell: bool) -> bool {
        if !self.nodes[index].up {
            return false;
        }
        self.kill(index, tell);
        let node = &self.nodes[index];
        let over = Over::Down { node: index, life: node.life };
        let after = self.dice.millis(100..25_000);
        self.queue.plan(after, Event::Over(over));
        true
    }

    /// A process ends, and is not started again by itself.
    pub(super) fn kill(&mut self, index: usize, tell: bool) {
        self.hang_up(index, tell);
        let under_way = self.nodes[index].disk.under_way.len();
        let kept = self.dice.index(under_way + 1);
        for place in 0..under_way {
            if place < kept {
                self.counts.count(Fault::UntoldCommit);
                self.persist(index);
            } else {
                self.counts.count(Fault::LostCommit);
            }
        }
        let node = &mut self.nodes[index];
        node.disk.under_way.clear();
        node.disk.lose_unsynced();
        node.up = false;
        node.end();
        node.end_office();
        if self.options.has(Planted::LoseEntries) || self.options.has(Planted::LoseOwnEntries) {
            node.lose_at_restart(self.options.has(Planted::LoseOwnEntries));
        }
    }

    fn strike_link(&mut self, fault: Fault) -> bool {
        let alive: Vec<LinkId> =
            self.links.iter().filter(|(_, link)| link.alive == [true, true]).map(|(id, _)| *id).collect();
        if alive.is_empty() {
            return false;
        }
        let (link, end) = (alive[self.dice.index(alive.len())], self.dice.index(2));
        let after = self.dice.millis(500..70_000);
        let way = &mut self.links.get_mut(&link).expect("picked from the links").ways[end];
        match fault {
            Fault::Cut => self.cut(link),
            Fault::HalfOpen => self.break_one_end(link, end),
            Fault::OneWay | Fault::StalledReader => {
                way.holds += 1;
                let over = if fault == Fault::OneWay {
                    Over::Blocked { link, end }
                } else {
                    Over::Stalled { link, end }
                };
                self.queue.plan(after, Event::Over(over));
            }
            Fault::SlowLink => {
                (way.rate, way.delay) = (self.dice.of(4..200), self.dice.millis(80..1_500));
                self.queue.plan(after, Event::Over(Over::SlowLink { link }));
            }
            Fault::AlteredFrame => {
                way.alter = true;
                return false;
            }
            _ => self.post(link, 1 - end, Parcel::Garbage),
        }
        true
    }

    /// One end notices that its connection is gone; the other hears nothing, ever.
    fn break_one_end(&mut self, link: LinkId, end: usize) {
        let node = self.links[&link].nodes[end];
        self.close(link, end, false);
        self.tell(node, Input::Gone(link));
    }

    fn part(&mut self) -> bool {
        if self.parted.is_some() {
            return false;
        }
        let sides: Vec<bool> = self.nodes.iter().map(|_| self.dice.percent(50)).collect();
        for link in self.links.values_mut().filter(|link| sides[link.nodes[0]] != sides[link.nodes[1]]) {
            link.ways.iter_mut().for_each(|way| way.holds += 1);
        }
        self.parted = Some(sides);
        let after = self.dice.millis(1_000..80_000);
        self.queue.plan(after, Event::Over(Over::Partition));
        true
    }

    /// A second connection of two members that are connected already, from the other side.
    fn dial_twice(&mut self) -> bool {
        let links: Vec<[usize; 2]> =
            self.links.values().filter(|link| link.alive == [true, true]).map(|link| link.nodes).collect();
        if links.is_empty() {
            return false;
        }
        let [dialling, dialled] = links[self.dice.index(links.len())];
        if self.is_parted(dialling, dialled) {
            return false;
        }
        if self.dice.percent(50) {
            self.connect(dialled, dialling)
        } else {
            self.connect(dialling, dialled)
        };
        true
    }

    fn slow_down(&mut self, fault: Fault, index: usize) -> bool {
        let node = &mut self.nodes[index];
        if fault == Fault::Suspend {
            node.asleep = true;
        } else {
            node.pace = self.dice.millis(50..1_500);
        }
        let after = self.dice.millis(1_000..60_000);
        self.queue.plan(after, Event::Over(Over::Slow { node: index }));
        true
    }

    /// A bit of a stored entry, or of its leaf hash, changes.
    fn flip(&mut self, fault: Fault, index: usize) -> bool {
        let node = &mut self.nodes[index];
        let own = fault == Fault::FlippedOwn;
        let kept = |feed: &FeedId, copy: &Copy| {
            (feed.node == node.id) == own && feed.lane != Lane::Identity && copy.held().next().is_some()
        };
        let feeds: Vec<FeedId> = node
            .disk
            .tables
            .copies
            .iter()
            .filter(|(feed, copy)| kept(feed, copy))
            .map(|(feed, _)| *feed)
            .collect();
        if feeds.is_empty() || !node.disk.under_way.is_empty() {
            return false;
        }
        let copy = node.disk.tables.copy_mut(feeds[self.dice.index(feeds.len())]);
        let places: Vec<u64> = copy.held().map(|(place, _)| place).collect();
        let place = usize::try_from(places[self.dice.index(places.len())]).expect("a size in memory");
        let (entry, leaf) = &mut copy.rows[place];
        match alter::entry(&mut self.dice, entry).filter(|_| self.dice.percent(70)) {
            Some(altered) => *entry = altered,
            None => leaf.0[self.dice.index(32)] ^= 1 << self.dice.of(0..8),
        }
        self.oracle.altered.insert(node.id);
        if own {
            self.oracle.damaged.insert(node.id);
        }
        true
    }

    /// A database, or a whole machine, is replaced by what it was at the time of the backup.
    fn restore(&mut self, fault: Fault, index: usize) -> bool {
        let node = &self.nodes[index];
        let Some((tables, head_file)) = node.backup.clone() else { return false };
        let own = || node.disk.tables.copies.iter().filter(|(feed, _)| feed.node == node.id);
        let told =
            |size: u64, feed: &FeedId| node.disk.head_file.get(feed).is_some_and(|head| head.size == size);
        let is_known = own().all(|(feed, copy)| told(copy.log.frontier().size(), feed));
        let was_restored = node.newest.is_some() || self.oracle.restored.contains(&node.id);
        let is_sound = !self.oracle.altered.contains(&node.id);
        if was_restored || !is_known || !is_sound || !node.disk.under_way.is_empty() || !node.up {
            return false;
        }
        let is_older = own().any(|(feed, copy)| tables.size(*feed) < copy.log.frontier().size());
        self.crash(index, true);
        let node = &mut self.nodes[index];
        let newest = std::mem::replace(&mut node.disk.tables, tables);
        node.newest = is_older.then_some(newest);
        if fault == Fault::OldMachine {
            node.disk.head_file = head_file;
        }
        if fault == Fault::OldMachine && is_older {
            self.oracle.restored.insert(node.id);
            if self.dice.percent(50) {
                self.write_again(index);
            }
        } else {
            // The head file closes the guard before any peer could say something.
            self.oracle.behind.insert(node.id);
        }
        is_older
    }

    /// People at an older machine write what is missing there once more, before any peer could warn them.
    fn write_again(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let Some(newest) = &node.newest else { return };
        for lane in [Lane::Ledger, Lane::Urgent, Lane::Normal, Lane::Bulk] {
            let feed = node.feed(lane);
            let count = newest.size(feed).saturating_sub(node.disk.tables.size(feed));
            if count > 0 {
                node.writes.push_back(Write::Records { lane, count, body_len: 40 });
            }
        }
    }

    /// Everything that is a fault of the network, the machines or the disks is put right.
    pub(super) fn clear_up(&mut self) {
        self.is_stormy = false;
        self.join();
        // What is altered from now on would be refused by a node that nobody starts anew.
        let ways = self.links.values_mut().flat_map(|link| &mut link.ways);
        ways.for_each(|way| way.alter = false);
        let held: Vec<(LinkId, usize, u32)> = self
            .links
            .iter()
            .flat_map(|(id, link)| [(*id, 0, link.ways[0].holds), (*id, 1, link.ways[1].holds)])
            .collect();
        for (id, end, holds) in held {
            (0..holds).for_each(|_| self.release(id, end));
            self.quicken(id);
        }
        for index in 0..self.nodes.len() {
            let node = &mut self.nodes[index];
            (node.disk.full, node.pace, node.asleep) = (false, Duration::ZERO, false);
            let is_damaged = self.oracle.altered.contains(&node.id) || node.newest.is_some();
            if is_damaged && node.up {
                self.kill(index, true);
            }
            self.repair(index);
            if !self.nodes[index].up {
                self.start(index);
            }
            self.wake(index);
        }
    }

    /// What an operator does: damaged copies are checked, a damaged own feed comes from a backup, and the newest database
    /// takes the place of an older one, unless that has been written to.
    fn repair(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let is_rewritten = self.oracle.rewritten.contains(&node.id);
        if let Some(newest) = node.newest.take().filter(|_| !is_rewritten) {
            node.disk.tables = newest;
            node.disk.tables.read_only = None;
        }
        if !self.oracle.altered.contains(&node.id) {
            return;
        }
        // A feed that this node has signed twice is left for people to settle.
        let is_repairable = |feed: &FeedId| !(feed.node == node.id && self.oracle.is_forked(*feed));
        let damaged: Vec<FeedId> = node.disk.tables.damaged().into_iter().filter(is_repairable).collect();
        for feed in damaged {
            match self.oracle.history(feed).filter(|_| feed.node == node.id) {
                Some(history) => {
                    let copy = node.disk.tables.copy_mut(feed);
                    let size = usize::try_from(copy.log.frontier().size()).expect("a size in memory");
                    copy.restore(&history[..size]);
                }
                None => node.disk.mend(feed),
            }
        }
        if self.oracle.damaged.contains(&node.id) && !is_rewritten {
            node.disk.tables.read_only = None;
        }
    }
}
