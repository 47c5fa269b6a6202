//! A node: its disk, which outlives it, and the process, which does not.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use quince_core::feed::{
    AudienceId, Entry, Epoch, FederationId, FeedId, Head, Lane, NodeId, SignedHead, SigningKey,
};
use quince_core::roster::{IdentityLane, RosterChain};
use quince_core::sync::{CREDIT_BYTES, Context, Dialling, Effect, Me, Nonce, Role, Session};

use super::dials::Dials;
use super::disk::{Disk, Tables};
use super::link::{LinkId, Parcel};
use super::members::{self, START_S};

/// Something that waits to be heard.
#[derive(Debug)]
pub(super) enum Input {
    /// A connection stands.
    Open(LinkId, Role, usize),
    /// Something came out of it.
    Parcel(LinkId, Parcel),
    /// It is gone.
    Gone(LinkId),
    /// The office has published this.
    Progress(FeedId),
}

/// What an office wants written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Write {
    /// Records.
    Records { lane: Lane, count: u64, body_len: usize },
    /// What of a lane still counts.
    Sweep { lane: Lane },
    /// Its profile anew.
    Profile,
    /// A new epoch with a new key.
    Epoch,
}

/// Replication in a process that runs.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) ctx: Context,
    pub(super) connections: BTreeMap<LinkId, Connection>,
    /// What sessions want read.
    pub(super) reads: Vec<(LinkId, Effect)>,
    /// What sessions want saved in the next transaction.
    pub(super) saves: Vec<(LinkId, Effect)>,
    /// A transaction of the sessions is under way.
    pub(super) saving: bool,
    /// Keys, a roster or a proof of a fork are to be saved: until that is done, nothing is heard.
    pub(super) deciding: bool,
    /// How far it has heard of changes of heads.
    pub(super) followed: u64,
}

/// One session, and what is known of its connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) session: Session,
    /// Who was dialled.
    pub(super) outbound: Option<usize>,
    pub(super) opened: bool,
}

/// A member of the federation.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) id: NodeId,
    pub(super) federation: FederationId,
    pub(super) disk: Disk,
    pub(super) engine: Option<Engine>,
    /// The process runs; it may still wait for its store.
    pub(super) up: bool,
    /// Changes whenever what was planned for the process is void.
    pub(super) life: u64,
    pub(super) choice: Dialling,
    pub(super) dials: Dials,
    /// It has chosen whom to dial since its process runs.
    pub(super) has_aimed: bool,
    pub(super) inbox: VecDeque<Input>,
    pub(super) turn_due: bool,
    pub(super) timer_at: Option<Duration>,
    /// When the last transaction under way is on the disk.
    pub(super) commit_at: Duration,
    /// How long it takes to get to work.
    pub(super) pace: Duration,
    pub(super) asleep: bool,
    /// Nobody can dial it.
    pub(super) hidden: bool,
    /// How far its date is off, in seconds.
    pub(super) date_off_s: i64,
    pub(super) writes: VecDeque<Write>,
    /// The office has a transaction under way.
    pub(super) writing: bool,
    /// Heads on their way into the head file.
    pub(super) publishing: VecDeque<SignedHead>,
    pub(super) backup: Option<(Tables, BTreeMap<FeedId, Head>)>,
    /// The newest database, put aside when an older one took its place.
    pub(super) newest: Option<Tables>,
    pub(super) records: u64,
}

impl Node {
    pub(super) fn new(index: usize, disk: Disk, federation: FederationId) -> Self {
        let name = members::name(index);
        Self {
            id: members::node(&name),
            name,
            federation,
            disk,
            engine: None,
            up: true,
            life: 0,
            choice: Dialling::default(),
            dials: Dials::default(),
            has_aimed: false,
            inbox: VecDeque::new(),
            turn_due: false,
            timer_at: None,
            commit_at: Duration::ZERO,
            pace: Duration::ZERO,
            asleep: false,
            hidden: false,
            date_off_s: 0,
            writes: VecDeque::new(),
            writing: false,
            publishing: VecDeque::new(),
            backup: None,
            newest: None,
            records: 0,
        }
    }

    pub(super) const fn feed(&self, lane: Lane) -> FeedId {
        FeedId { node: self.id, audience: AudienceId::federation(&self.federation), lane }
    }

    /// The date by its own clock.
    pub(super) fn date_s(&self, now: Duration) -> u64 {
        (START_S + now.as_secs()).saturating_add_signed(self.date_off_s)
    }

    /// The epoch in force by the stored identity lane.
    pub(super) fn epoch(&self) -> Epoch {
        self.lane(self.feed(Lane::Identity)).map_or(Epoch::FIRST, |(lane, _)| lane.epoch())
    }

    pub(super) fn key(&self, epoch: Epoch) -> SigningKey {
        members::signing_key(&self.name, epoch)
    }

    /// Reads everything from the disk, as a process does when it starts. The guard of the signature closes when the head
    /// file knows more than the database.
    pub(super) fn load(&mut self, instance: Nonce) {
        let heads = self.disk.head_file.values();
        let reason = heads.filter_map(|head| self.disk.disagreement("the head file", head)).next();
        if self.disk.tables.read_only.is_none() {
            self.disk.tables.read_only = reason;
        }
        let me = Me {
            node: self.id,
            store_token: self.disk.tables.token,
            instance_nonce: instance,
            credit_bytes: CREDIT_BYTES,
        };
        let mut rosters = self.disk.tables.rosters.iter().cloned();
        let first = rosters.next().expect("a member has a roster");
        let begun = RosterChain::begin(self.federation, first).expect("a stored roster begins the chain");
        let chain =
            rosters.fold(begun, |chain, note| chain.accept(note).expect("stored rosters follow each other"));
        let mut ctx = Context::new(me, chain);
        for (feed, copy) in &self.disk.tables.copies {
            ctx.feed_changed(copy.log.clone());
            self.read_identity(&mut ctx, *feed);
            if let Some((first, second)) = self.disk.tables.forks.get(feed) {
                ctx.fork_stored(*first, *second);
            }
        }
        ctx.mends_stored(self.disk.tables.mends);
        self.disk.tables.begin_instance(instance);
        ctx.instances_stored(self.disk.tables.instances.clone());
        self.disk.tables.cursors.iter().for_each(|(peer, cursors)| ctx.cursors_stored(*peer, *cursors));
        let (connections, reads) = (BTreeMap::new(), Vec::new());
        let mut engine = Engine {
            ctx,
            connections,
            reads,
            saves: Vec::new(),
            saving: false,
            deciding: false,
            followed: 0,
        };
        engine.follow(&self.disk.tables);
        drop(engine.ctx.take_changes());
        self.engine = Some(engine);
    }

    /// Tells the context whose keys an identity lane holds, as the shell reads them.
    pub(super) fn read_identity(&self, ctx: &mut Context, feed: FeedId) {
        if let Some((lane, entries)) = self.lane(feed) {
            ctx.lane_changed(lane);
            ctx.tls_keys_changed(feed.node, members::tls_keys(&entries));
        }
    }

    /// The process ends, and what it knew is lost.
    pub(super) fn end(&mut self) {
        self.engine = None;
        self.life += 1;
        self.inbox.clear();
        (self.turn_due, self.timer_at) = (false, None);
        (self.choice, self.dials, self.has_aimed) = (Dialling::default(), Dials::default(), false);
    }

    /// What is lost with the process besides: what the office had not yet been told, and transactions under way.
    pub(super) fn end_office(&mut self) {
        self.writes.clear();
        self.publishing.clear();
        self.writing = false;
    }

    fn lane(&self, feed: FeedId) -> Option<(IdentityLane, Vec<Entry>)> {
        if feed.lane != Lane::Identity {
            return None;
        }
        let copy = self.disk.tables.copies.get(&feed)?;
        let entries: Vec<Entry> = copy.rows.iter().map(|(entry, _)| entry.clone()).collect();
        Some((IdentityLane::replay(feed.node, &entries).ok()?, entries))
    }
}
