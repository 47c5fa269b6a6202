//! The task that owns every session. All reasons to do something arrive here, one after the other.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use quince_core::domain::profile::TlsKeyHash;
use quince_core::feed::NodeId;
use quince_core::sync::{Dialling, Frame, Moment, Nonce};
use tokio::sync::{Notify, mpsc, watch};
use tracing::{error, info};

use super::dial::{DialFailure, Dials, Target, dial};
use super::engine::{Ended, Engine, Tools};
use super::handle::{Intake, REQUESTS_MAX, ReplicationHandle, Report, Request};
use super::link::{Link, LinkId, read};
use super::load;
use super::report::report;
use super::saving::Outcome;
use crate::clock::{Clock, Entropy};
use crate::shutdown::Tasks;
use crate::store::{Progress, Store, StoreError};
use crate::tls::Dialler;
use crate::wire::sync_from_proto::FrameError;

/// Frames that wait for the owner, over all connections: 16 MiB of the largest. A connection that finds no place waits, and
/// with it only its own peer.
const EVENTS_MAX: usize = 64;

/// After the store has failed, how long to wait before everything is read from it again.
const RELOAD_PAUSE: Duration = Duration::from_secs(5);

/// How long the owner sleeps when nothing is due.
const IDLE_MAX: Duration = Duration::from_mins(1);

/// What replication works with.
pub struct Replication {
    /// The node's store.
    pub store: Store,
    /// Its clock.
    pub clock: Clock,
    /// Where nonces and chances are drawn from.
    pub entropy: Entropy,
    /// Dials other nodes with this node's own key.
    pub dialler: Dialler,
    /// That key.
    pub tls_key: TlsKeyHash,
}

/// Something that happened on a connection.
pub(super) enum Event {
    /// A frame arrived.
    Heard(LinkId, Box<Frame>),
    /// Bytes arrived that are no frame.
    Garbled(LinkId, FrameError),
    /// The connection is gone.
    Gone(LinkId),
    /// A dial came to its end.
    Dialled(NodeId, Result<Box<Link>, DialFailure>),
}

struct Owner {
    tools: Tools,
    dialler: Dialler,
    tasks: Tasks,
    instance: Nonce,
    engine: Option<Engine>,
    choice: Dialling,
    dials: Dials,
    links: u64,
    reload_at: Option<Moment>,
    requests: mpsc::Receiver<Request>,
    events: mpsc::Receiver<Event>,
    heard: mpsc::Sender<Event>,
    writable: Arc<Notify>,
    membership: Arc<Notify>,
    progress: watch::Receiver<Progress>,
}

/// Starts replication. It runs until the node stops; while the node is in no federation it waits.
#[must_use]
pub fn start(replication: Replication, tasks: &Tasks) -> ReplicationHandle {
    let Replication { store, clock, entropy, dialler, tls_key } = replication;
    let (requests, incoming) = mpsc::channel(REQUESTS_MAX);
    let (heard, events) = mpsc::channel(EVENTS_MAX);
    let (membership, writable) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let progress = store.progress();
    let tools = Tools { store, clock, entropy };
    let owner = Owner {
        instance: tools.nonce(),
        tools,
        dialler: dialler.clone(),
        tasks: tasks.clone(),
        engine: None,
        choice: Dialling::default(),
        dials: Dials::default(),
        links: 0,
        reload_at: None,
        requests: incoming,
        events,
        heard,
        writable: writable.clone(),
        membership: membership.clone(),
        progress,
    };
    tasks.spawn("replication", owner.run());
    ReplicationHandle { requests, membership, writable, dialler, tls_key }
}

/// Dials a member and tells the owner what came of it.
async fn reach(dialler: Dialler, target: Target, writable: Arc<Notify>, heard: mpsc::Sender<Event>) {
    let node = target.node;
    let outcome = dial(dialler, target, writable).await.map(Box::new);
    // The owner may have ended meanwhile.
    drop(heard.send(Event::Dialled(node, outcome)).await);
}

/// What became of what is being saved; waits for ever when nothing is.
async fn saved(engine: &mut Option<Engine>) -> Outcome {
    match engine {
        Some(engine) => engine.saves.next().await,
        None => std::future::pending().await,
    }
}

impl Owner {
    async fn run(mut self) -> Result<(), Infallible> {
        let stop = self.tasks.stop();
        self.reload().await;
        self.settle().await;
        while stop.run_until_cancelled(self.step()).await.is_some() {
            self.settle().await;
        }
        if let Some(engine) = &mut self.engine
            && let Err(error) = engine.stop("the node stops").await
        {
            error!(%error, "cannot end the sessions in order: {error}");
        }
        Ok(())
    }

    /// Waits for the next thing to happen, and takes it in.
    async fn step(&mut self) {
        let pause = self.next_wake().since(self.tools.now());
        tokio::select! {
            Some(request) = self.requests.recv() => self.take_request(request).await,
            Some(event) = self.events.recv() => self.take_events(event),
            outcome = saved(&mut self.engine) => self.take_saved(outcome).await,
            () = self.writable.notified() => {}
            () = self.membership.notified() => self.reload().await,
            Ok(()) = self.progress.changed() => self.follow().await,
            () = tokio::time::sleep(pause) => self.wake().await,
        }
    }

    /// Takes in the events that wait: what they bring is saved together. No more than had room to wait, or peers that never
    /// stop would keep this node from ever saving and answering.
    fn take_events(&mut self, first: Event) {
        self.take_event(first);
        for _ in 1..EVENTS_MAX {
            let Ok(event) = self.events.try_recv() else { return };
            self.take_event(event);
        }
    }

    fn take_event(&mut self, event: Event) {
        if let Event::Dialled(node, outcome) = event {
            return self.take_dialled(node, outcome);
        }
        let Some(engine) = &mut self.engine else { return };
        match event {
            Event::Heard(id, frame) => engine.hear(id, *frame),
            Event::Garbled(id, error) => engine.garbled(id, &error.to_string()),
            Event::Gone(id) => {
                let ended = engine.lose(id);
                ended.into_iter().for_each(|ended| self.take_ended(ended));
            }
            Event::Dialled(..) => {}
        }
    }

    fn take_dialled(&mut self, node: NodeId, outcome: Result<Box<Link>, DialFailure>) {
        let opened = outcome.and_then(|link| {
            self.open(*link).ok_or_else(|| DialFailure::other("there are too many sessions already"))
        });
        match opened {
            Ok(id) => self.dials.running(node, id),
            Err(failure) => {
                info!(peer = %node, "{node} is not reached: {}", failure.message);
                self.dials.failed(node, failure, self.tools.now(), self.tools.dice());
            }
        }
    }

    async fn take_request(&mut self, request: Request) {
        // Whoever asked may be gone by now.
        match request {
            Request::Open { link, reply } => drop(reply.send(self.open(*link).is_some())),
            Request::Take(intake) => self.take_in(*intake).await,
            Request::Report { reply } => drop(reply.send(self.report())),
        }
    }

    /// Frames of an offline file. Outside a federation they are dropped, and whoever asked hears so; but the file may be the
    /// one that has just made this node a member.
    async fn take_in(&mut self, intake: Intake) {
        if self.engine.is_none() {
            self.reload().await;
        }
        if let Some(engine) = &mut self.engine {
            engine.intakes.push(intake);
        }
    }

    /// Begins a session, and the task that reads for it.
    fn open(&mut self, link: Link) -> Option<LinkId> {
        let id = LinkId(self.links + 1);
        let over = self.engine.as_mut()?.open(id, &link)?;
        self.links = id.0;
        self.tasks.spawn_detached(read(id, link.incoming, self.heard.clone(), over));
        Some(id)
    }

    fn take_ended(&mut self, ended: Ended) {
        let Some(node) = ended.peer else { return };
        let why = ended.closed.map_or_else(String::new, |closed| closed.hint);
        let now = (self.tools.now(), self.tools.clock.now());
        self.dials.ended(node, ended.link, ended.opened, why, now, self.tools.dice());
    }

    async fn take_saved(&mut self, outcome: Outcome) {
        let Some(engine) = &mut self.engine else { return };
        if let Err(error) = engine.take_saved(outcome).await {
            self.give_up(&error);
        }
    }

    async fn follow(&mut self) {
        let Some(engine) = &mut self.engine else { return };
        if let Err(error) = engine.follow().await {
            self.give_up(&error);
        }
    }

    async fn wake(&mut self) {
        if self.reload_at.is_some_and(|at| at <= self.tools.now()) {
            self.reload().await;
        }
        if let Some(engine) = &mut self.engine {
            engine.wake();
        }
    }

    fn next_wake(&self) -> Moment {
        let now = self.tools.now();
        if self.engine.as_ref().is_some_and(Engine::may_compact) {
            return now;
        }
        let idle = now.plus(IDLE_MAX);
        let sessions = self.engine.as_ref().and_then(Engine::next_timeout);
        let dials = self.dials.next(|node| self.is_connected(node));
        let choice = self.engine.as_ref().map(|_| [self.choice.redraw_at(), self.choice.let_go_at()]);
        let choice = choice.into_iter().flatten().flatten();
        [sessions, dials, self.reload_at].into_iter().flatten().chain(choice).min().unwrap_or(idle)
    }

    fn is_connected(&self, node: NodeId) -> bool {
        self.engine.as_ref().is_some_and(|engine| engine.ctx.peers().contains(&node))
    }

    /// Does what follows from what happened, and dials whom it is time to dial.
    async fn settle(&mut self) {
        let Some(engine) = &mut self.engine else { return };
        let surplus = engine.dialled().filter(|node| !self.dials.contains(*node)).collect();
        if let Some(peer) = self.choice.let_go(&surplus, self.tools.now(), self.tools.dice()) {
            engine.let_go(peer);
        }
        match engine.settle().await {
            Ok(ended) => ended.into_iter().for_each(|ended| self.take_ended(ended)),
            Err(error) => return self.give_up(&error),
        }
        if let Some(engine) = &mut self.engine
            && let Err(error) = engine.compact().await
        {
            return self.give_up(&error);
        }
        if let Err(error) = self.aim().await {
            return self.give_up(&error);
        }
        let connected = self.engine.as_ref().map(|engine| engine.ctx.peers()).unwrap_or_default();
        for target in self.dials.due(self.tools.now(), |node| connected.contains(&node)) {
            let dialling = reach(self.dialler.clone(), target, self.writable.clone(), self.heard.clone());
            self.tasks.spawn_detached(dialling);
        }
    }

    /// Finds out whom to dial, if that may have changed or a drawn peer is to be replaced.
    async fn aim(&mut self) -> Result<(), StoreError> {
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let (now, connected) = (self.tools.now(), engine.ctx.peers());
        self.choice.watch(now, |node| connected.contains(&node));
        let changed = engine.directory.take_changed() | std::mem::take(&mut engine.members_changed);
        if !changed && self.choice.redraw_at().is_none_or(|at| now < at) {
            return Ok(());
        }
        let pinned = load::pinned(&mut self.tools.store.view().await?).await?;
        let (chain, directory) = (engine.ctx.chain(), &engine.directory);
        let members = directory.candidates(chain, &pinned);
        let chosen = self.choice.choose(engine.ctx.me().node, &members, now, self.tools.dice());
        let targets = chosen.into_iter().filter_map(|node| directory.target(chain, &pinned, node));
        self.dials.aim(targets.collect(), now, self.tools.clock.now());
        Ok(())
    }

    /// Looks at the store again: membership, roster and pinned peers may be others.
    async fn reload(&mut self) {
        self.reload_at = None;
        if let Err(error) = self.try_reload().await {
            self.give_up(&error);
        }
    }

    async fn try_reload(&mut self) -> Result<(), StoreError> {
        let mut view = self.tools.store.view().await?;
        let chain = load::chain(&mut view).await?;
        drop(view);
        if let (Some(engine), Some(chain)) = (&mut self.engine, &chain)
            && engine.ctx.federation() == chain.federation()
        {
            engine.ctx.roster_changed(chain.clone());
            engine.members_changed = true;
            return Ok(());
        }
        if let Some(engine) = &mut self.engine {
            engine.stop("this node has left the federation").await?;
        }
        self.dials.clear();
        self.choice = Dialling::default();
        self.engine = match chain {
            Some(_) => Engine::load(self.tools.clone(), self.instance).await?,
            None => None,
        };
        Ok(())
    }

    /// The store has failed: what the sessions believe to be saved may not be. All of them end, and begin again with what
    /// the store holds then.
    fn give_up(&mut self, error: &StoreError) {
        error!(%error, "replication stops for {} s, for the store failed: {error}", RELOAD_PAUSE.as_secs());
        self.engine = None;
        self.dials.clear();
        self.reload_at = Some(self.tools.now().plus(RELOAD_PAUSE));
    }

    fn report(&self) -> Report {
        self.engine.as_ref().map(|engine| report(engine, &self.dials, self.tools.now())).unwrap_or_default()
    }
}
