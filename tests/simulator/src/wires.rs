//! Connections between nodes: how they begin, carry and end.

use std::time::Duration;

use quince_core::sync::{Frame, Role};

use super::alter;
use super::faults::Fault;
use super::link::{FAST, Link, LinkId, Parcel};
use super::node::Input;
use super::queue::Event;
use super::world::World;

impl World {
    /// A dial has come to its end: there is a connection, or there is none.
    pub(super) fn dialled(&mut self, from: usize, to: usize) {
        let reaches = self.nodes[from].engine.is_some()
            && self.nodes[to].engine.is_some()
            && !self.nodes[to].hidden
            && !self.is_parted(from, to);
        if !reaches {
            let dice = self.dice.next();
            let now = self.queue.now();
            self.nodes[from].dials.failed(to, now, dice);
            self.note(format_args!("n{from} does not reach n{to}"));
            // The next time-out is planned at the end of a turn.
            self.wake(from);
            return;
        }
        let id = self.connect(from, to);
        self.oracle.connected(self.queue.now(), from, to);
        self.nodes[from].dials.running(to, id);
    }

    /// Begins a connection.
    pub(super) fn connect(&mut self, from: usize, to: usize) -> LinkId {
        self.links_begun += 1;
        let id = LinkId(self.links_begun);
        let delay = self.dice.millis(1..80);
        self.links.insert(id, Link::new(from, to, delay, FAST));
        self.note(format_args!("l{} from n{from} to n{to}", id.0));
        let expected = self.nodes[to].id;
        self.tell(from, Input::Open(id, Role::Dialled(expected), to));
        self.tell(to, Input::Open(id, Role::Accepted, from));
        id
    }

    /// Sends something from an end of a connection.
    pub(super) fn post(&mut self, id: LinkId, end: usize, mut parcel: Parcel) {
        let now = self.queue.now();
        let Some(link) = self.links.get_mut(&id) else { return };
        let way = &mut link.ways[1 - end];
        if way.alter
            && let Parcel::Frame(frame) = &mut parcel
            && alter::frame(&mut self.dice, frame)
        {
            way.alter = false;
            self.counts.count(Fault::AlteredFrame);
            self.oracle.altered.insert(self.nodes[link.nodes[end]].id);
        }
        let at = way.send(now, &parcel);
        self.queue.plan_at(at, Event::Arrive { link: id, end: 1 - end, parcel });
    }

    /// Something comes out of a connection, if there is anybody left.
    pub(super) fn arrive(&mut self, id: LinkId, end: usize, parcel: Parcel) {
        let alive = self.links.get(&id).is_some_and(|link| link.alive[end]);
        if !alive {
            if let Parcel::Frame(frame) = parcel {
                self.counts.count(Fault::LateFrame);
                self.note(format_args!("late l{} {}", id.0, frame.name()));
            }
            return;
        }
        let link = self.links.get_mut(&id).expect("looked up above");
        if let Some(parcel) = link.ways[end].arrive(parcel) {
            self.hand_over(id, end, parcel);
        }
    }

    /// One reason less to hold a direction back.
    pub(super) fn release(&mut self, id: LinkId, end: usize) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let held = link.ways[end].release();
        if link.alive[end] {
            held.into_iter().for_each(|parcel| self.hand_over(id, end, parcel));
        }
    }

    /// A session has taken something out of its connection: the sender may send again.
    pub(super) fn taken(&mut self, id: LinkId, end: usize, parcel: &Parcel) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let starved = link.ways[end].take(parcel);
        let sender = link.nodes[1 - end];
        if starved && link.alive[1 - end] {
            self.wake(sender);
        }
    }

    /// One end of a connection is gone. The other hears so behind everything that was sent, or not at all.
    pub(super) fn close(&mut self, id: LinkId, end: usize, tell: bool) {
        let Some(link) = self.links.get_mut(&id) else { return };
        if !std::mem::replace(&mut link.alive[end], false) {
            return;
        }
        if link.is_over() {
            self.links.remove(&id);
        } else if tell {
            self.post(id, end, Parcel::End);
        }
    }

    /// The connection breaks, with everything on its way.
    pub(super) fn cut(&mut self, id: LinkId) {
        let Some(link) = self.links.remove(&id) else { return };
        for end in [0, 1] {
            if link.alive[end] {
                self.tell(link.nodes[end], Input::Gone(id));
            }
        }
    }

    /// Whether a partition lies between two nodes.
    pub(super) fn is_parted(&self, left: usize, right: usize) -> bool {
        self.parted.as_ref().is_some_and(|sides| sides[left] != sides[right])
    }

    /// Everybody reaches everybody again.
    pub(super) fn join(&mut self) {
        let Some(sides) = self.parted.take() else { return };
        let across: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| sides[link.nodes[0]] != sides[link.nodes[1]])
            .map(|(id, _)| *id)
            .collect();
        for id in across {
            self.release(id, 0);
            self.release(id, 1);
        }
    }

    /// A connection is as fast as any other.
    pub(super) fn quicken(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.ways.iter_mut().for_each(|way| {
                way.rate = FAST;
                way.delay = way.delay.min(Duration::from_millis(80));
            });
        }
    }

    /// A frame in short, for the tape.
    pub(super) fn describe(frame: &Frame) -> String {
        let head = match frame {
            Frame::Have { head, .. } | Frame::Batch { head, .. } | Frame::TileIndex { head, .. } => {
                Some(head)
            }
            Frame::IdentityLane(lane) => Some(&lane.head),
            _ => None,
        };
        let head = head.map(|head| format!(" {}@{:?}", head.size, head.root)).unwrap_or_default();
        format!("{} {}{head}", frame.name(), frame.data_bytes())
    }
}
