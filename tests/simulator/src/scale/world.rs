//! The federation and its clock: everybody starts, offices write, a fifth is lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quince_core::feed::{AudienceId, FeedId, Lane, NodeId};
use quince_core::roster::RosterChain;
use quince_core::sync::{Candidate, Moment, Nonce};

use super::figures::{Figures, Lost};
use super::history::History;
use super::net::{Link, Parcel, somewhere};
use super::node::{Input, Node};
use super::tally::{Tally, in_one_piece};
use super::{FrameLen, Options};
use crate::dice::Dice;
use crate::link::LinkId;
use crate::members;

/// Time within which everybody starts.
const STARTING: Duration = Duration::from_secs(10);

/// Time after which everybody has whom it dials.
const SETTLING: Duration = Duration::from_mins(2);

/// How long is waited for everybody to hold everything: a draw that is lost is missed after 45 seconds of silence, replaced
/// a minute later, and what it should have brought comes then.
const CONVERGING_MAX: Duration = Duration::from_mins(5);

/// How often is looked whether everybody does.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// One node in so many is lost.
const LOST_OF: usize = 5;

/// Something that happens.
#[derive(Debug)]
pub(super) enum Event {
    /// A node starts.
    Start { node: usize },
    /// A time-out, a dial or a choice may be due.
    Timer { node: usize },
    /// A transaction is on the disk.
    Committed { node: usize },
    /// Something comes out of a connection.
    Arrive { link: LinkId, end: usize, parcel: Parcel },
    /// A dial comes to its end.
    Dialled { node: usize, to: usize },
    /// An office writes a record.
    Write { feed: usize },
}

/// Everything.
#[derive(Debug)]
pub(super) struct World {
    pub(super) options: Options,
    pub(super) frame_len: FrameLen,
    pub(super) dice: Dice,
    now: Duration,
    planned: u64,
    events: BTreeMap<(Duration, u64), Event>,
    pub(super) names: Vec<String>,
    pub(super) ids: Vec<NodeId>,
    pub(super) index: BTreeMap<NodeId, usize>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) nodes: Vec<Node>,
    pub(super) links: BTreeMap<LinkId, Link>,
    pub(super) links_begun: u64,
    pub(super) histories: Vec<History>,
    pub(super) feeds: BTreeMap<FeedId, usize>,
    pub(super) tally: Tally,
    /// Dials refused by a node that has as many sessions as it takes.
    pub(super) refused: usize,
    /// Alarms, and entries that their owner did not write: there is cause for none.
    pub(super) alarms: usize,
}

impl World {
    pub(super) fn new(options: Options, frame_len: FrameLen) -> Self {
        let mut dice = Dice::new(options.seed);
        let roster = members::roster(options.nodes);
        let federation = roster.founds().expect("version 1 founds a federation");
        let chain = RosterChain::begin(federation, roster).expect("version 1 begins the chain");
        let chain = Arc::new(chain);
        let names: Vec<String> = (0..options.nodes).map(members::name).collect();
        let nodes: Vec<Node> =
            names.iter().map(|name| Node::new(name, &chain, Nonce(dice.bytes()), options.writers)).collect();
        let ids: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
        let candidate = |(index, node): (usize, &NodeId)| Candidate {
            node: *node,
            pinned: false,
            has_address: index.is_multiple_of(2),
            point: Some(somewhere(&mut dice)),
        };
        let candidates = ids.iter().enumerate().map(candidate).collect();
        let history = |writer: usize| {
            let audience = AudienceId::federation(&federation);
            let feed = FeedId { node: ids[writer], audience, lane: Lane::Normal };
            History::new(federation, feed, &names[writer])
        };
        let histories: Vec<History> = (0..options.writers).map(history).collect();
        Self {
            options,
            frame_len,
            dice,
            now: Duration::ZERO,
            planned: 0,
            events: BTreeMap::new(),
            index: ids.iter().enumerate().map(|(index, id)| (*id, index)).collect(),
            feeds: histories.iter().enumerate().map(|(place, history)| (history.feed, place)).collect(),
            names,
            ids,
            candidates,
            nodes,
            links: BTreeMap::new(),
            links_begun: 0,
            histories,
            tally: Tally::default(),
            refused: 0,
            alarms: 0,
        }
    }

    /// Everybody starts and dials.
    pub(super) fn found(&mut self) {
        for writer in 0..self.options.writers {
            let name = self.names[writer].clone();
            self.nodes.iter_mut().for_each(|node| node.know_writer(&name));
        }
        for node in 0..self.nodes.len() {
            let at = self.dice.millis(0..STARTING.as_millis() as u64);
            self.plan(at, Event::Start { node });
        }
        self.run_until(SETTLING);
    }

    /// Offices write, and everybody has time to hold it.
    pub(super) fn write(&mut self) -> Figures {
        self.tally.begin(&self.nodes);
        let (begun, writing) = (self.now, self.options.writing.as_millis() as u64);
        for feed in 0..self.options.writers {
            for _ in 0..self.options.records {
                let at = begun + self.dice.millis(0..writing);
                self.plan(at, Event::Write { feed });
            }
        }
        let ended = begun + self.options.writing;
        self.run_until(ended);
        while self.level() < self.up() && self.now < ended + CONVERGING_MAX {
            self.run_until(self.now + LOOK_PAUSE);
        }
        let entries = self.options.records * self.options.writers as u64;
        self.tally.figures(&self.nodes, self.level(), entries)
    }

    /// A fifth of the nodes vanish without a word, none of them writers.
    pub(super) fn lose_a_fifth(&mut self) -> Lost {
        let mut left: Vec<usize> = (self.options.writers..self.nodes.len()).collect();
        for _ in 0..self.nodes.len() / LOST_OF {
            let gone = left.swap_remove(self.dice.index(left.len()));
            self.nodes[gone].vanish();
            self.links.values_mut().filter(|link| link.nodes.contains(&gone)).for_each(|link| {
                let end = link.end_of(gone);
                link.alive[end] = false;
            });
        }
        Lost { left: self.up(), in_one_piece: in_one_piece(&self.nodes) }
    }

    fn up(&self) -> usize {
        self.nodes.iter().filter(|node| node.is_up).count()
    }

    /// Nodes that hold everything that was written.
    fn level(&self) -> usize {
        let sizes: Vec<usize> = self.histories.iter().map(History::size).collect();
        let holds = |node: &&Node| node.is_up && node.hops.iter().map(Vec::len).eq(sizes.iter().copied());
        self.nodes.iter().filter(holds).count()
    }

    pub(super) const fn now(&self) -> Moment {
        Moment(self.now)
    }

    pub(super) fn plan(&mut self, at: Duration, event: Event) {
        self.events.insert((at.max(self.now), self.planned), event);
        self.planned += 1;
    }

    fn run_until(&mut self, end: Duration) {
        while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 < end) {
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            self.take(event);
        }
        self.now = end;
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Start { node } => {
                self.nodes[node].is_up = true;
                self.settle(node);
            }
            Event::Timer { node } => self.time_out(node),
            Event::Committed { node } => self.commit(node),
            Event::Arrive { link, end, parcel } => self.arrive(link, end, parcel),
            Event::Dialled { node, to } => self.dialled(node, to),
            Event::Write { feed } => self.tell(feed, Input::Published(feed)),
        }
    }
}
