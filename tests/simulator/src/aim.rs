//! Whom a node dials: the choice is the core's, by what the node holds of the others, in the order of the real driver.

use std::collections::BTreeSet;

use quince_core::feed::{Lane, NodeId};
use quince_core::sync::{ByeReason, Candidate, Dialling};

use super::node::{Connection, Node};
use super::queue::Event;
use super::world::World;

impl World {
    /// A member has come to know those whom it would dial if it knew everybody, and no others: in a full mesh everybody, in a
    /// large federation a few.
    pub(super) fn introduce(&mut self, index: usize) {
        let everybody = self.candidates(|_| true);
        let (now, seed) = (self.now(), self.chance());
        let acquaintances = Dialling::default().choose(self.nodes[index].id, &everybody, now, seed);
        for node in acquaintances {
            let other = self.index[&node];
            let feed = self.nodes[other].feed(Lane::Identity);
            let copy = self.nodes[other].disk.tables.copies[&feed].clone();
            self.nodes[index].disk.tables.copies.insert(feed, copy);
        }
    }

    /// Ends a session that the node dialled and would not dial any more, if it is time to.
    pub(super) fn let_go(&mut self, index: usize) {
        let (now, seed) = (self.now(), self.chance());
        let Node { engine, dials, choice, .. } = &mut self.nodes[index];
        let Some(engine) = engine else { return };
        let (targets, ids) = (dials.targets(), &self.ids);
        let outbound = |it: &Connection| it.outbound.filter(|_| it.session.is_open());
        let dialled = engine.connections.values().filter_map(outbound);
        let surplus: BTreeSet<NodeId> =
            dialled.filter(|to| targets.binary_search(to).is_err()).map(|to| ids[to]).collect();
        let Some(peer) = choice.let_go(&surplus, now, seed) else { return };
        for Connection { session, outbound, .. } in engine.connections.values_mut() {
            if outbound.is_some_and(|to| ids[to] == peer) {
                session.end(&mut engine.ctx, ByeReason::Shutdown, "another is dialled");
            }
        }
    }

    /// Chooses whom to dial, if it is time to, dials whom it is time to dial, and plans when to look again.
    pub(super) fn dial(&mut self, index: usize) {
        let now = self.now();
        let Node { engine, choice, has_aimed, .. } = &mut self.nodes[index];
        let Some(engine) = engine else { return };
        let peers = engine.ctx.peers();
        choice.watch(now, |peer| peers.contains(&peer));
        if !*has_aimed || choice.redraw_at().is_some_and(|at| at <= now) {
            self.aim(index);
        }
        let (ids, life) = (&self.ids, self.nodes[index].life);
        for to in self.nodes[index].dials.due(now.0, |target| peers.contains(&ids[target])) {
            let takes = self.dice.millis(2..200);
            self.queue.plan(takes, Event::Dialled { node: index, life, to });
        }
        self.plan_timer(index, &peers);
    }

    /// Plans the next time-out of a session, the next dial or the next choice.
    fn plan_timer(&mut self, index: usize, peers: &BTreeSet<NodeId>) {
        let Node { engine, dials, choice, life, timer_at, .. } = &mut self.nodes[index];
        let Some(engine) = engine else { return };
        let sessions =
            engine.connections.values().filter_map(|connection| connection.session.poll_timeout()).min();
        let dial = dials.next(|target| peers.contains(&self.ids[target]));
        let moments = [sessions, choice.redraw_at(), choice.let_go_at()];
        let next = moments.into_iter().flatten().map(|moment| moment.0).chain(dial).min();
        if let Some(at) = next.filter(|at| timer_at.is_none_or(|planned| *at < planned)) {
            *timer_at = Some(at.max(self.queue.now()));
            self.queue.plan_at(at, Event::Timer { node: index, life: *life });
        }
    }

    fn aim(&mut self, index: usize) {
        let (now, seed) = (self.now(), self.chance());
        let Some(engine) = &self.nodes[index].engine else { return };
        let members = self.candidates(|node| engine.ctx.lane(node).is_some());
        let node = &mut self.nodes[index];
        let chosen = node.choice.choose(node.id, &members, now, seed);
        node.dials.follow(chosen.iter().map(|peer| self.index[peer]));
        node.has_aimed = true;
    }

    /// What a choice is left to; in a full mesh there is none.
    fn chance(&mut self) -> u64 {
        if self.is_large() { self.dice.next() } else { 0 }
    }

    /// Everybody, as somebody sees them who knows some of them. In a large federation a member that nobody can dial gives no
    /// address; in a small one it gives one that leads nowhere.
    fn candidates(&self, is_known: impl Fn(NodeId) -> bool) -> Vec<Candidate> {
        let candidate = |node: &Node| Candidate {
            node: node.id,
            pinned: false,
            has_address: is_known(node.id) && !(self.is_large() && node.hidden),
            point: None,
        };
        self.nodes.iter().map(candidate).collect()
    }
}
