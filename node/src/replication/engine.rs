//! All sessions of the node, the context they share, and the order of things: hear, begin to save, tell, send.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use quince_core::domain::Instant;
use quince_core::feed::{Hash, NodeId};
use quince_core::sync::{
    Alarm, ByeReason, Closed, Context, Frame, Moment, Nonce, Role, SESSIONS_MAX, STRANGERS_MAX, Session,
};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{error, info, warn};

use super::directory::Directory;
use super::handle::Intake;
use super::link::{Link, LinkId};
use super::load::{self, Loaded};
use super::saving::{Outcome, Saves, begin_write};
use crate::clock::{Clock, Entropy};
use crate::store::{Store, StoreError};

/// Sessions of one address that are not admitted yet: offices behind one translator come one after the other, and whoever
/// fills these keeps out nobody but himself.
const WAITING_MAX: usize = 8;

/// What every part of replication works with.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
}

/// All sessions of the node.
pub(super) struct Engine {
    pub(super) tools: Tools,
    pub(super) ctx: Context,
    pub(super) directory: Directory,
    pub(super) connections: BTreeMap<LinkId, Connection>,
    pub(super) change_no: u64,
    /// Frames of offline files that are to be taken.
    pub(super) intakes: Vec<Intake>,
    /// The roster or the pinned peers have changed: there may be others to dial.
    pub(super) members_changed: bool,
    /// There may be entries that live lists let go.
    pub(super) compacting: bool,
    pub(super) saves: Saves,
}

/// One session and the way out of it.
pub(super) struct Connection {
    pub(super) session: Session,
    pub(super) remote: SocketAddr,
    pub(super) outbound: Option<NodeId>,
    pub(super) since: Instant,
    opened: bool,
    /// It dialled, and no member was known by its key.
    stranger: bool,
    outgoing: mpsc::Sender<Frame>,
    /// Tells the reader that the session is over.
    _over: DropGuard,
}

/// A session that is over.
pub(super) struct Ended {
    pub(super) link: LinkId,
    pub(super) peer: Option<NodeId>,
    /// Feeds flowed in it, and it did not give way to another one.
    pub(super) opened: bool,
    pub(super) closed: Option<Closed>,
}

impl Tools {
    pub(super) fn now(&self) -> Moment {
        Moment(self.clock.elapsed())
    }

    pub(super) fn nonce(&self) -> Nonce {
        Nonce(self.entropy.bytes())
    }

    /// A number for pauses and other small chances.
    pub(super) fn dice(&self) -> u64 {
        u64::from_be_bytes(self.entropy.bytes())
    }
}

/// Writes down that the node has started, before any peer hears of it.
async fn begin(tools: &Tools, instance: Nonce) -> Result<(), StoreError> {
    let mut tx = tools.store.begin_write().await?;
    tx.begin_instance(instance).await?;
    tx.commit().await?;
    Ok(())
}

impl Engine {
    /// The engine of the node as its store holds it; `None` outside a federation.
    pub(super) async fn load(tools: Tools, instance: Nonce) -> Result<Option<Self>, StoreError> {
        if let Err(error) = begin(&tools, instance).await {
            warn!(%error, "cannot write down this start, so peers are told everything after the next one: {error}");
        }
        let mut view = tools.store.view().await?;
        let loaded = load::everything(&mut view, instance).await?;
        drop(view);
        Ok(loaded.map(|Loaded { ctx, directory, change_no }| Self {
            tools,
            ctx,
            directory,
            connections: BTreeMap::new(),
            change_no,
            intakes: Vec::new(),
            members_changed: true,
            compacting: true,
            saves: Saves::default(),
        }))
    }

    /// Begins a session on a new connection. The token is cancelled when it is over. `None` when there is no room.
    pub(super) fn open(&mut self, id: LinkId, link: &Link) -> Option<CancellationToken> {
        let stranger = link.role == Role::Accepted && !self.ctx.knows_tls_key(Hash(link.peer.tls_key.0));
        let no_room = self.connections.len() >= SESSIONS_MAX
            || self.waiting_at(link.remote().ip()) >= WAITING_MAX
            || (stranger && self.strangers() >= STRANGERS_MAX);
        if no_room {
            return None;
        }
        let (now, nonce) = (self.tools.now(), self.tools.nonce());
        let session = Session::new(&mut self.ctx, now, link.role, Hash(link.peer.tls_key.0), nonce);
        let over = CancellationToken::new();
        let connection = Connection {
            session,
            remote: link.remote(),
            outbound: if let Role::Dialled(node) = link.role { Some(node) } else { None },
            since: self.tools.clock.now(),
            opened: false,
            stranger,
            outgoing: link.outgoing.clone(),
            _over: over.clone().drop_guard(),
        };
        self.connections.insert(id, connection);
        Some(over)
    }

    /// Sessions of one address that have not been opened.
    fn waiting_at(&self, address: IpAddr) -> usize {
        let waits = |connection: &&Connection| !connection.opened && connection.remote.ip() == address;
        self.connections.values().filter(waits).count()
    }

    /// Sessions of strangers that are not admitted by now.
    fn strangers(&self) -> usize {
        let waits = |connection: &&Connection| connection.stranger && !connection.session.is_open();
        self.connections.values().filter(waits).count()
    }

    pub(super) fn hear(&mut self, id: LinkId, frame: Frame) {
        let now = self.tools.now();
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.session.handle_frame(&mut self.ctx, now, frame);
        }
    }

    pub(super) fn garbled(&mut self, id: LinkId, hint: &str) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.session.handle_malformed(&mut self.ctx, hint);
        }
    }

    /// The connection is gone.
    pub(super) fn lose(&mut self, id: LinkId) -> Option<Ended> {
        let mut connection = self.connections.remove(&id)?;
        connection.session.handle_disconnected(&mut self.ctx);
        Some(connection.end(id))
    }

    /// Time has passed.
    pub(super) fn wake(&mut self) {
        let now = self.tools.now();
        // One that waited for another lane has its effect without any change of its own head.
        self.compacting = true;
        for connection in self.connections.values_mut() {
            if connection.session.poll_timeout().is_some_and(|at| at <= now) {
                connection.session.handle_timeout(&mut self.ctx, now);
            }
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Moment> {
        self.connections.values().filter_map(|connection| connection.session.poll_timeout()).min()
    }

    /// The store has new heads.
    pub(super) async fn follow(&mut self) -> Result<(), StoreError> {
        if let Some(changed) = self.tools.store.recent_feeds_since(self.change_no) {
            for feed in changed {
                self.change_no = feed.change_no;
                self.compacting |= load::change(&mut self.ctx, &feed);
            }
            return Ok(());
        }
        let mut view = self.tools.store.view().await?;
        let (change_no, compacting) =
            load::follow(&mut view, &mut self.ctx, &mut self.directory, self.change_no).await?;
        self.change_no = change_no;
        self.compacting |= compacting;
        Ok(())
    }

    /// What was being saved is on the disk. What lists let go has its turn before more is saved.
    pub(super) async fn take_saved(&mut self, outcome: Outcome) -> Result<(), StoreError> {
        self.tell_all_saved(outcome).await?;
        self.compact().await
    }

    /// Whether there is something to let go now: not while something is being saved, for it may bring another list.
    pub(super) fn may_compact(&self) -> bool {
        self.compacting && self.saves.are_at_rest()
    }

    /// Lets go of a little of what live lists call dead, after the sessions have heard by which.
    pub(super) async fn compact(&mut self) -> Result<(), StoreError> {
        if !self.may_compact() {
            return Ok(());
        }
        let mut view = self.tools.store.view().await?;
        self.compacting = view.is_compacting().await?;
        if !self.compacting {
            return Ok(());
        }
        load::lists(&mut view, &mut self.ctx).await?;
        drop(view);
        let mut tx = begin_write(&self.tools.store).await?;
        tx.compact().await?;
        tx.commit().await.map(drop)
    }

    /// Does all there is to do: begin to save, read, tell, send, until nothing is left. Answers the sessions that are over.
    ///
    /// The order is the promise of this node: what a session wants saved is durable before it hears so, by
    /// [`Engine::take_saved`], and only then does it make the frames that tell others. Sent earlier, a frame could acknowledge
    /// what a power cut takes back.
    pub(super) async fn settle(&mut self) -> Result<Vec<Ended>, StoreError> {
        self.take_in().await?;
        loop {
            let worked = self.work().await?;
            let told = self.tell();
            self.alarm().await?;
            let sent = self.send();
            if !worked && !told && !sent {
                return Ok(self.bury());
            }
        }
    }

    /// Ends every session.
    pub(super) async fn stop(&mut self, hint: &str) -> Result<Vec<Ended>, StoreError> {
        for connection in self.connections.values_mut() {
            connection.session.end(&mut self.ctx, ByeReason::Shutdown, hint);
        }
        let mut ended = self.settle().await?;
        while self.saves.are_under_way() {
            self.finish_saving().await?;
            ended.extend(self.settle().await?);
        }
        Ok(ended)
    }

    /// Peers of open sessions that this node dialled.
    pub(super) fn dialled(&self) -> impl Iterator<Item = NodeId> {
        let open = self.connections.values().filter(|connection| connection.session.is_open());
        open.filter_map(|connection| connection.outbound)
    }

    /// Ends the session that this node dialled with a peer.
    pub(super) fn let_go(&mut self, peer: NodeId) {
        for connection in self.connections.values_mut().filter(|it| it.outbound == Some(peer)) {
            connection.session.end(&mut self.ctx, ByeReason::Shutdown, "this node now dials another member");
        }
    }

    /// Tells every session what has changed for all. False when nothing has.
    fn tell(&mut self) -> bool {
        let Some(changes) = self.ctx.take_changes() else { return false };
        self.members_changed |= changes.roster;
        let now = self.tools.now();
        for connection in self.connections.values_mut() {
            connection.session.handle_changes(&mut self.ctx, now, &changes);
        }
        true
    }

    /// Hands frames to connections that can take them. False when none could be.
    fn send(&mut self) -> bool {
        let (mut any, now) = (false, self.tools.now());
        for connection in self.connections.values_mut() {
            while let Ok(place) = connection.outgoing.try_reserve()
                && let Some(frame) = connection.session.poll_frame(&self.ctx, now)
            {
                place.send(frame);
                any = true;
            }
            connection.opened |= connection.session.is_open();
        }
        any
    }

    /// Lets go of sessions that are over and have said all they had to say.
    fn bury(&mut self) -> Vec<Ended> {
        let over = |connection: &Connection| connection.session.is_finished();
        let gone: Vec<LinkId> =
            self.connections.iter().filter(|(_, connection)| over(connection)).map(|(id, _)| *id).collect();
        gone.into_iter().filter_map(|id| self.lose(id)).collect()
    }

    /// Says what people must hear. The store compares what peers hold of this node with what it has, and closes its guard
    /// if they disagree; when it fails, all sessions begin again, and with them every echo comes again.
    pub(super) async fn alarm(&mut self) -> Result<(), StoreError> {
        let echoes = self.ctx.take_echoes();
        if !echoes.is_empty() {
            self.tools.store.check_echo(&echoes).await?;
        }
        for alarm in self.ctx.take_alarms() {
            match alarm {
                Alarm::OwnHeadAhead { held, peer } => {
                    let size = held.head.size;
                    error!(%peer, size, "{peer} holds more of this node than its database: nothing is signed any more");
                    self.tools.store.check_echo(&[*held]).await?;
                }
                Alarm::OwnCopyDamaged(feed) => {
                    error!(%feed, "an own feed is damaged and is sent to nobody: restore a backup");
                }
                Alarm::CopyDamaged { feed, size } => {
                    warn!(%feed, size, "a stored copy was damaged: it was cut back to {size} and is fetched again");
                }
                Alarm::Unverified { peer, feed, reason } => {
                    warn!(%peer, %feed, reason, "{peer} sent what the owner did not sign: {reason}");
                }
                Alarm::Fork(proof) => {
                    let feed = proof.heads().0.head.feed;
                    error!(%feed, "the owner of a feed signed two histories: it is frozen");
                }
                Alarm::Drift { peer, feeds } => {
                    warn!(%peer, feeds, "{feeds} feeds had drifted from what {peer} told of them: they are fetched");
                }
                Alarm::StewardFork(fork) => {
                    let version = fork.version();
                    error!(
                        version,
                        "the stewards signed two rosters of version {version}: the older one stays"
                    );
                }
            }
        }
        Ok(())
    }
}

impl Connection {
    fn end(self, link: LinkId) -> Ended {
        let closed = self.session.closed().cloned();
        let peer = self.session.peer().or(self.outbound);
        if let Some(closed) = &closed {
            let who = peer.map(|peer| peer.to_string()).unwrap_or_default();
            info!(city.peer = who, remote = %self.remote, reason = ?closed.reason, hint = closed.hint, "a session ended");
        }
        // A peer that keeps another session, which this side may have lost, is not to be dialled again and again.
        let is_duplicate = closed.as_ref().is_some_and(|closed| closed.reason == ByeReason::Duplicate);
        Ended { link, peer, opened: self.opened && !is_duplicate, closed }
    }
}
