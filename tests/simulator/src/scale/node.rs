//! A node: the real context and sessions, whom it dials, and how far its store holds each feed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use quince_core::feed::{Epoch, NodeId};
use quince_core::roster::{IdentityLane, RosterChain};
use quince_core::sync::{CREDIT_BYTES, Context, Dialling, Effect, Me, Moment, Nonce, Role, Session};

use super::net::Parcel;
use crate::dials::Dials;
use crate::link::LinkId;
use crate::members;

/// Something that waits to be heard.
#[derive(Debug)]
pub(super) enum Input {
    /// A connection stands.
    Open(LinkId, Role, usize),
    /// Something came out of it.
    Parcel(LinkId, Parcel),
    /// This office has published something, in the feed of this place.
    Published(usize),
}

/// One session, and who is at its other end.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) session: Session,
    pub(super) peer: usize,
    pub(super) is_outbound: bool,
    pub(super) opened: bool,
}

/// A member of the federation.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) ctx: Context,
    pub(super) connections: BTreeMap<LinkId, Connection>,
    pub(super) choice: Dialling,
    pub(super) dials: Dials,
    pub(super) has_aimed: bool,
    pub(super) inbox: VecDeque<Input>,
    /// The transaction under way: nothing else is done meanwhile.
    pub(super) saving: Vec<(LinkId, Effect)>,
    /// Reads that come after it.
    pub(super) reads: Vec<(LinkId, Effect)>,
    pub(super) timer_at: Option<Duration>,
    pub(super) is_up: bool,
    /// Changes of heads in its store.
    changes: u64,
    /// Of each entry of each feed that it holds, over how many nodes it came.
    pub(super) hops: Vec<Vec<u8>>,
    /// Entries with bodies that it has heard.
    pub(super) bodies: u64,
    /// Bytes that it has heard, and of these bytes of frames with entries.
    pub(super) bytes: u64,
    pub(super) data_bytes: u64,
}

impl Node {
    pub(super) fn new(name: &str, chain: &Arc<RosterChain>, token: Nonce, feeds: usize) -> Self {
        let id = members::node(name);
        let me = Me { node: id, store_token: token, instance_nonce: token, credit_bytes: CREDIT_BYTES };
        Self {
            id,
            ctx: Context::new(me, chain.clone()),
            connections: BTreeMap::new(),
            choice: Dialling::default(),
            dials: Dials::default(),
            has_aimed: false,
            inbox: VecDeque::new(),
            saving: Vec::new(),
            reads: Vec::new(),
            timer_at: None,
            is_up: false,
            changes: 0,
            hops: vec![Vec::new(); feeds],
            bodies: 0,
            bytes: 0,
            data_bytes: 0,
        }
    }

    /// Whose signature counts in a member's feeds.
    pub(super) fn know_writer(&mut self, name: &str) {
        let entries = members::first_entries(name);
        let lane = IdentityLane::replay(members::node(name), &entries).expect("a whole identity lane");
        debug_assert_eq!(lane.epoch(), Epoch::FIRST);
        self.ctx.lane_changed(lane);
    }

    /// How many entries of a feed it holds.
    pub(super) fn size(&self, feed: usize) -> usize {
        self.hops[feed].len()
    }

    /// Peers that it dialled and would not dial now.
    pub(super) fn surplus(&self, ids: &[NodeId]) -> BTreeSet<NodeId> {
        let targets = self.dials.targets();
        let dialled = self.connections.values().filter(|it| it.is_outbound && it.session.is_open());
        dialled.filter(|it| targets.binary_search(&it.peer).is_err()).map(|it| ids[it.peer]).collect()
    }

    /// The store has a new head of a feed.
    pub(super) fn number(&mut self, feed: quince_core::feed::FeedId) {
        self.changes += 1;
        self.ctx.numbered(feed, self.changes);
    }

    /// Takes out what sessions want. True when something is to be saved.
    pub(super) fn gather(&mut self) -> bool {
        for (id, connection) in &mut self.connections {
            while let Some(effect) = connection.session.poll_effect() {
                match effect {
                    Effect::ReadEntries { .. } | Effect::ReadIndex { .. } | Effect::ReadRoster { .. } => {
                        self.reads.push((*id, effect));
                    }
                    _ => self.saving.push((*id, effect)),
                }
            }
        }
        !self.saving.is_empty()
    }

    /// Sessions whose time has come.
    pub(super) fn expire(&mut self, now: Moment) {
        for Connection { session, .. } in self.connections.values_mut() {
            if session.poll_timeout().is_some_and(|at| at <= now) {
                session.handle_timeout(&mut self.ctx, now);
            }
        }
    }

    /// Tells every session what has changed for all. False when nothing has.
    pub(super) fn spread(&mut self, now: Moment) -> bool {
        let Some(changes) = self.ctx.take_changes() else { return false };
        for Connection { session, .. } in self.connections.values_mut() {
            session.handle_changes(&mut self.ctx, now, &changes);
        }
        true
    }

    /// Nothing is heard of it any more.
    pub(super) fn vanish(&mut self) {
        self.is_up = false;
        self.connections.clear();
        self.inbox.clear();
        self.saving.clear();
        self.reads.clear();
    }
}
