//! The federation in its weather: one event after the other, each checked.

use std::collections::BTreeMap;
use std::time::Duration;

use quince_core::feed::{Epoch, Lane, NodeId, OriginLog, ReplicaLog};
use quince_core::sync::{FULL_MESH_MAX, Moment, Nonce};

use super::check::{Oracle, Violation};
use super::dice::Dice;
use super::disk::Disk;
use super::faults::{Counts, Fault};
use super::link::{Link, LinkId, Parcel};
use super::members;
use super::node::{Input, Node};
use super::options::{Options, Planted};
use super::queue::{Event, Over, Queue};
use super::tape::Tape;

/// Of a large federation one member in so many cannot be dialled.
const HIDDEN_OF: usize = 4;

/// The same of a small one, in a hundred.
const HIDDEN_PERCENT: u64 = 25;

/// The mean pause between two writes of one office.
const WRITE_PAUSE: Duration = Duration::from_secs(15);

/// The same where there are many offices.
const WRITE_PAUSE_LARGE: Duration = Duration::from_secs(600);

/// Everything.
#[derive(Debug)]
pub(super) struct World {
    pub(super) options: Options,
    pub(super) dice: Dice,
    pub(super) queue: Queue,
    pub(super) nodes: Vec<Node>,
    pub(super) ids: Vec<NodeId>,
    pub(super) index: BTreeMap<NodeId, usize>,
    pub(super) links: BTreeMap<LinkId, Link>,
    pub(super) links_begun: u64,
    pub(super) oracle: Oracle,
    pub(super) counts: Counts,
    pub(super) tape: Tape,
    /// Faults that this run knows: not each knows all of them, or the rare ones would drown.
    pub(super) drawn: Vec<Fault>,
    pub(super) weather_pause: Duration,
    /// The members of one side of a partition.
    pub(super) parted: Option<Vec<bool>>,
    /// Offices write, and things go wrong.
    pub(super) is_stormy: bool,
    pub(super) frames: u64,
    pub(super) entries: u64,
}

impl World {
    pub(super) fn new(options: Options, keep_tape: bool) -> Self {
        let mut dice = Dice::new(options.seed);
        let roster = members::roster(options.nodes);
        let federation = roster.founds().expect("version 1 founds a federation");
        let keeps_undo = options.has(Planted::SkipSync);
        let nodes: Vec<Node> = (0..options.nodes)
            .map(|index| {
                let disk = Disk::new(vec![roster.clone()], Nonce(dice.bytes()), keeps_undo);
                Node::new(index, disk, federation)
            })
            .collect();
        let drawn: Vec<Fault> = Fault::DRAWN.into_iter().filter(|_| dice.percent(50)).collect();
        let is_large = options.nodes > FULL_MESH_MAX;
        let weather_pause = dice.millis(if is_large { 200..1_000 } else { 1_000..12_000 });
        let ids: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
        let mut world = Self {
            index: ids.iter().enumerate().map(|(index, id)| (*id, index)).collect(),
            ids,
            dice,
            queue: Queue::default(),
            nodes,
            links: BTreeMap::new(),
            links_begun: 0,
            oracle: Oracle::default(),
            counts: Counts::default(),
            tape: Tape::new(keep_tape),
            drawn,
            weather_pause,
            parted: None,
            is_stormy: true,
            frames: 0,
            entries: 0,
            options,
        };
        world.found();
        world
    }

    /// Everybody's identity lane, whom each knows, and the first events.
    fn found(&mut self) {
        for index in 0..self.nodes.len() {
            self.begin_identity(index);
            self.nodes[index].hidden = self.is_large() && index % HIDDEN_OF == HIDDEN_OF - 1;
        }
        for index in 0..self.nodes.len() {
            self.introduce(index);
            if !self.is_large() {
                self.nodes[index].hidden = index > 0 && self.dice.percent(HIDDEN_PERCENT);
            }
            self.start(index);
            let pause = self.write_pause();
            let first = self.dice.around(pause);
            self.queue.plan(first, Event::Append { node: index });
            let backup = self.dice.of(1..self.options.seconds.max(2));
            self.queue.plan(Duration::from_secs(backup), Event::Backup { node: index });
        }
        self.queue.plan(self.weather_pause, Event::Weather);
    }

    /// Whether there are more members than dial each other.
    pub(super) const fn is_large(&self) -> bool {
        self.nodes.len() > FULL_MESH_MAX
    }

    pub(super) const fn write_pause(&self) -> Duration {
        if self.is_large() { WRITE_PAUSE_LARGE } else { WRITE_PAUSE }
    }

    fn begin_identity(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let (feed, entries) = (node.feed(Lane::Identity), members::first_entries(&node.name));
        let log = OriginLog::new(node.federation, feed, Epoch::FIRST);
        let appended = log.append(&entries, &node.key(Epoch::FIRST)).expect("whole entries are appended");
        let head = *appended.heads.last().expect("an append ends with a head");
        self.oracle.committed(&head, &entries);
        let log = ReplicaLog::restore(feed, appended.log.frontier().clone(), Some(head), None);
        node.disk.extend(entries, log);
        node.disk.sync();
        node.disk.record_head(head.head);
    }

    pub(super) const fn now(&self) -> Moment {
        Moment(self.queue.now())
    }

    /// Runs until `end`, or until something does not hold.
    pub(super) fn run_until(&mut self, end: Duration) {
        while self.oracle.fault().is_none()
            && let Some(event) = self.queue.next(end)
        {
            self.take(event);
        }
    }

    pub(super) fn violation(&self) -> Option<Violation> {
        let (invariant, what) = self.oracle.fault()?.clone();
        Some(Violation { invariant, what, event: self.tape.events() })
    }

    pub(super) fn note(&mut self, text: std::fmt::Arguments<'_>) {
        self.tape.write(self.queue.now(), text);
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Turn { node, life } if self.nodes[node].life == life => self.turn(node),
            Event::Timer { node, life } if self.nodes[node].life == life => self.time_out(node),
            Event::Committed { node, life } if self.nodes[node].life == life => self.commit(node),
            Event::Published { node, life } if self.nodes[node].life == life => self.publish(node),
            Event::Dialled { node, life, to } if self.nodes[node].life == life => self.dialled(node, to),
            Event::Synced { node } => self.nodes[node].disk.sync(),
            Event::Arrive { link, end, parcel } => self.arrive(link, end, parcel),
            Event::Append { node } => self.append(node),
            Event::Backup { node } => self.back_up(node),
            Event::Weather => self.weather(),
            Event::Over(over) => self.over(over),
            // Planned for a process that is no more.
            _ => {}
        }
    }

    /// Something waits to be heard by a node.
    pub(super) fn tell(&mut self, node: usize, input: Input) {
        if self.nodes[node].engine.is_some() {
            self.nodes[node].inbox.push_back(input);
            self.wake(node);
        }
    }

    /// Plans a turn of a node, if none is planned.
    pub(super) fn wake(&mut self, node: usize) {
        let Node { turn_due, pace, life, asleep, .. } = &mut self.nodes[node];
        if !*turn_due && !*asleep {
            *turn_due = true;
            self.queue.plan(*pace, Event::Turn { node, life: *life });
        }
    }

    /// A process starts, and reads what is on its disk.
    pub(super) fn start(&mut self, index: usize) {
        let instance = Nonce(self.dice.bytes());
        let node = &mut self.nodes[index];
        node.up = true;
        node.load(instance);
        self.oracle.contiguous(&node.name, &node.disk);
        if node.newest.is_none() && !self.oracle.restored.contains(&node.id) {
            self.oracle.started(node.id, &node.disk);
        }
        self.note(format_args!("n{index} starts"));
        self.write(index);
        self.wake(index);
    }

    fn back_up(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.backup = Some((node.disk.tables.clone(), node.disk.head_file.clone()));
        self.note(format_args!("n{index} is backed up"));
    }

    fn over(&mut self, over: Over) {
        self.note(format_args!("over: {over:?}"));
        match over {
            Over::Down { node, life } if self.nodes[node].life == life && !self.nodes[node].up => {
                self.start(node)
            }
            Over::Reload { node, life } if self.nodes[node].life == life && self.nodes[node].up => {
                if self.nodes[node].engine.is_none() {
                    self.start(node);
                }
            }
            Over::Blocked { link, end } | Over::Stalled { link, end } => self.release(link, end),
            Over::Partition => self.join(),
            Over::DiskFull { node } => self.nodes[node].disk.full = false,
            Over::Slow { node } => {
                self.nodes[node].pace = Duration::ZERO;
                self.nodes[node].asleep = false;
                self.wake(node);
            }
            Over::SlowLink { link } => self.quicken(link),
            Over::Down { .. } | Over::Reload { .. } => {}
        }
    }

    pub(super) fn hand_over(&mut self, link: LinkId, end: usize, parcel: Parcel) {
        let node = self.links[&link].nodes[end];
        self.tell(node, Input::Parcel(link, parcel));
    }
}
