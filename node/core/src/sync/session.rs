//! One session with one peer.
//!
//! A session is plain data. The driver calls it in this way, and nothing in it ever waits:
//!
//! - `handle_frame`, `handle_timeout`, `handle_changes`, `handle_disconnected`: something happened.
//! - [`Session::poll_effect`]: work on the store. After any `handle_*`, poll until there is none, do it in order, and answer
//!   with `handle_stored`, `handle_roster_stored`, `handle_cursors_saved`, `handle_read` or the context's `copy_checked`.
//! - [`Session::poll_frame`]: the next frame to send. Poll whenever the connection can take one: frames are made when
//!   they are asked for, so a peer that does not read costs no memory.
//! - [`Session::poll_timeout`]: when to call `handle_timeout`, if nothing happens before.
//! - After each round, [`Context::take_changes`], and `handle_changes` on every session, until there are none.
//!
//! **Save, then send**: what depends on saved entries, Durable, Have and new batches, is made only after
//! `handle_stored`, and HaveEnd only after `handle_cursors_saved`. A driver that answers before its transaction is durable acknowledges what a power cut can take back.

use std::collections::VecDeque;

use crate::feed::{FeedId, Hash, Lane, NodeId};
use crate::sync::announce::Announcing;
use crate::sync::context::{Changes, Context, SessionId};
use crate::sync::cursor::Cursors;
use crate::sync::effect::{Effect, Receipt, Rows};
use crate::sync::hello::Peer;
use crate::sync::limits::{HEARTBEAT, QUEUE_MAX, RELAY_PAUSE, SETUP_TIME, SILENCE_MAX};
use crate::sync::message::{ByeReason, Frame, Nonce, RefuseCode, clip};
use crate::sync::moment::Moment;
use crate::sync::quota::Usage;
use crate::sync::resume::Resume;
use crate::sync::serve::{Reading, Serving};
use crate::sync::want::Receiving;

/// Who dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This node dialled, and expects to find this one.
    Dialled(NodeId),
    /// The peer dialled.
    Accepted,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Why.
    pub reason: ByeReason,
    /// The refusal behind it, if it was one.
    pub code: Option<RefuseCode>,
    /// In words; a peer's words when `by_peer`.
    pub hint: String,
    /// The peer ended it.
    pub by_peer: bool,
}

/// One session with one peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub(super) id: SessionId,
    pub(super) role: Role,
    pub(super) tls_key: Hash,
    pub(super) nonce: Nonce,
    pub(super) stage: Stage,
    pub(super) peer: Option<Peer>,
    pub(super) queue: VecDeque<Frame>,
    pub(super) effects: VecDeque<Effect>,
    pub(super) reading: Option<Reading>,
    pub(super) announcing: Announcing,
    pub(super) serving: Serving,
    pub(super) receiving: Receiving,
    pub(super) resume: Resume,
    refusal: Option<RefuseCode>,
    pub(super) begun: Moment,
    pub(super) heard: Moment,
    pinged: Option<Moment>,
    reviewed: Moment,
}

/// How far a session has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// The peer has not said who it is.
    Hello,
    /// It has, but has not shown yet that it belongs here.
    Admission,
    /// Feeds flow.
    Open,
    /// It is over.
    Closed(Closed),
}

/// What the peer did that ends the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: RefuseCode,
    pub(super) hint: String,
}

impl Fault {
    pub(super) fn new(code: RefuseCode, hint: impl Into<String>) -> Self {
        Self { code, hint: hint.into() }
    }

    pub(super) fn malformed(hint: impl Into<String>) -> Self {
        Self::new(RefuseCode::Malformed, hint)
    }
}

impl Session {
    /// A session on a new connection. `tls_key` is the SHA-256 of the key that the peer proved to have, `nonce` is random.
    #[must_use]
    pub fn new(ctx: &mut Context, now: Moment, role: Role, tls_key: Hash, nonce: Nonce) -> Self {
        let mut session = Self {
            id: ctx.begin_session(),
            role,
            tls_key,
            nonce,
            stage: Stage::Hello,
            peer: None,
            queue: VecDeque::new(),
            effects: VecDeque::new(),
            reading: None,
            announcing: Announcing::default(),
            serving: Serving::default(),
            receiving: Receiving::new(ctx.me().credit_bytes),
            resume: Resume::default(),
            refusal: None,
            begun: now,
            heard: now,
            pinged: None,
            reviewed: now,
        };
        if let Role::Dialled(node) = role {
            session.say_hello(ctx, Some(node));
        }
        session
    }

    /// A frame arrived.
    pub fn handle_frame(&mut self, ctx: &mut Context, now: Moment, frame: Frame) {
        if self.closed().is_some() {
            return;
        }
        self.heard = now;
        self.pinged = None;
        ctx.hear(self.id, now);
        let outcome = if self.queue.len() < QUEUE_MAX {
            self.take_frame(ctx, now, frame)
        } else {
            Err(Fault::new(RefuseCode::Limit, format!("{QUEUE_MAX} answers wait to be read")))
        };
        self.settle(ctx, outcome);
    }

    /// The bytes that arrived are no frame.
    pub fn handle_malformed(&mut self, ctx: &mut Context, hint: &str) {
        self.settle(ctx, Err(Fault::malformed(hint)));
    }

    /// A batch is saved, and so is everything that the session asked to save before.
    pub fn handle_stored(&mut self, ctx: &mut Context, now: Moment, receipt: &Receipt) {
        ctx.advance(&receipt.log, receipt.lane.clone(), self.id, now);
        self.receiving.acknowledge(receipt);
        self.settle(ctx, Ok(()));
    }

    /// A batch could not be saved because it does not follow what the store holds by now: the feed begins anew.
    pub fn handle_store_refused(&mut self, ctx: &mut Context, receipt: &Receipt) {
        self.receiving.grant.settle(receipt.bytes);
        self.give_up(ctx, receipt.feed());
        self.settle(ctx, Ok(()));
    }

    /// A batch was not saved because its owner would have more in use than it may: the feed stays where it is, whoever
    /// brings it, until [`Context::usage_changed`] tells of less or a roster grants more.
    pub fn handle_stalled(&mut self, ctx: &mut Context, receipt: &Receipt, usage: Usage) {
        ctx.quotas.stall(receipt.feed(), usage);
        self.handle_store_refused(ctx, receipt);
    }

    /// A roster is saved.
    pub fn handle_roster_stored(&mut self, ctx: &mut Context, chain: crate::roster::RosterChain) {
        ctx.roster_changed(chain);
        self.settle(ctx, Ok(()));
    }

    /// Cursors are saved.
    pub fn handle_cursors_saved(&mut self, ctx: &mut Context, cursors: Cursors) {
        self.take_saved(ctx, cursors);
        self.settle(ctx, Ok(()));
    }

    /// What the session asked for is read.
    pub fn handle_read(&mut self, ctx: &mut Context, rows: Rows) {
        if let Some(reading) = self.reading.take() {
            self.take_rows(ctx, reading, rows);
        }
        self.settle(ctx, Ok(()));
    }

    /// The context changed, by this session or another one.
    pub fn handle_changes(&mut self, ctx: &mut Context, now: Moment, changes: &Changes) {
        if changes.ousted.contains(&self.id) {
            self.end(ctx, ByeReason::Duplicate, "another session of the same two nodes goes on");
        }
        if self.stage != Stage::Open {
            return;
        }
        for proof in &changes.forks {
            self.announcing.tell_fork(proof);
        }
        if changes.doubted.contains(&self.id) && self.pinged.is_none() {
            self.ask_for_life(now);
        }
        for feed in &changes.feeds {
            self.announce(ctx, now, *feed);
            self.serving.wake(*feed);
        }
        let mut outcome = changes.feeds.iter().try_for_each(|feed| self.reconsider(ctx, now, *feed));
        if changes.roster {
            outcome = outcome.and_then(|()| self.take_roster_change(ctx, now));
        }
        if let Some(mark) = changes.mark.filter(|_| self.is_open()) {
            self.take_mark(ctx, now, mark);
        }
        self.settle(ctx, outcome);
    }

    /// The moment of [`Session::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, ctx: &mut Context, now: Moment) {
        let outcome = match self.stage {
            Stage::Closed(_) => return self.give_up_farewell(now),
            Stage::Hello | Stage::Admission if now >= self.begun.plus(SETUP_TIME) => {
                Err(Fault::new(RefuseCode::NotAMember, "the session was not set up in time"))
            }
            _ if now >= self.heard.plus(SILENCE_MAX) => {
                Err(Fault::new(RefuseCode::Unavailable, "nothing was heard for too long"))
            }
            Stage::Open => {
                self.ping(now);
                if self.announcing.held_until().is_some_and(|at| at <= now) {
                    self.announcing.tell_held();
                }
                self.resume_in_time(ctx, now).and_then(|()| self.review_in_time(ctx, now))
            }
            _ => Ok(()),
        };
        self.settle(ctx, outcome);
    }

    /// The connection is gone.
    pub fn handle_disconnected(&mut self, ctx: &mut Context) {
        if self.closed().is_none() {
            self.close(ctx, ByeReason::Shutdown, None, "the connection was lost", true);
        }
        ctx.leave(self.id);
    }

    /// Ends the session because this node wants so.
    pub fn end(&mut self, ctx: &mut Context, reason: ByeReason, hint: &str) {
        if self.closed().is_none() {
            self.queue.push_back(Frame::bye(reason, hint));
            self.close(ctx, reason, None, hint, false);
        }
    }

    /// The next piece of work on the store.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The next frame to send: answers first, then what is acknowledged, then what is announced, then entries, as many as may
    /// be under way.
    pub fn poll_frame(&mut self, ctx: &Context, now: Moment) -> Option<Frame> {
        if let Some(frame) = self.queue.pop_front() {
            return Some(frame);
        }
        if self.stage != Stage::Open {
            return None;
        }
        let frame = self
            .receiving
            .next_answer()
            .or_else(|| self.serving.probe(now).map(|nonce| Frame::Ping { nonce }))
            .or_else(|| self.announcing.next(ctx, &self.serving))
            .or_else(|| self.next_end(ctx))
            .or_else(|| self.serving.next_frame());
        self.conclude(ctx);
        self.serve(ctx);
        frame
    }

    /// When `handle_timeout` is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Moment> {
        match self.stage {
            Stage::Closed(_) if self.queue.is_empty() => None,
            Stage::Closed(_) => Some(self.heard.plus(SILENCE_MAX)),
            Stage::Hello | Stage::Admission => Some(self.begun.plus(SETUP_TIME)),
            Stage::Open => {
                let ping = self.pinged.unwrap_or(self.heard).plus(HEARTBEAT);
                let next = ping.min(self.heard.plus(SILENCE_MAX)).min(self.reviewed.plus(HEARTBEAT));
                let later = [self.receiving.resume_at(), self.announcing.held_until()];
                later.into_iter().flatten().chain([next]).min()
            }
        }
    }

    /// Its name inside the node.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Who the peer is, once it said so; it is true once the session is open.
    #[must_use]
    pub fn peer(&self) -> Option<NodeId> {
        self.peer.as_ref().map(Peer::node)
    }

    /// Whether the peer is admitted and feeds flow.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Whether it is over and has no frame left to send.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.closed().is_some() && self.queue.is_empty()
    }

    /// How it ended, if it did. Frames may still be there to be sent; then the connection is to be closed.
    #[must_use]
    pub const fn closed(&self) -> Option<&Closed> {
        match &self.stage {
            Stage::Closed(closed) => Some(closed),
            _ => None,
        }
    }

    fn take_frame(&mut self, ctx: &mut Context, now: Moment, frame: Frame) -> Result<(), Fault> {
        match (&self.stage, frame) {
            (_, Frame::Bye { reason, hint }) => {
                let code = self.refusal;
                self.close(ctx, reason, code, &clip(&hint), true);
                Ok(())
            }
            (_, Frame::Refuse { handle: None, code, .. }) => {
                self.refusal = Some(code);
                Ok(())
            }
            (Stage::Hello, Frame::Hello(hello)) => self.greet(ctx, *hello),
            (Stage::Hello, frame) => Err(Fault::malformed(format!("{} before hello", frame.name()))),
            (_, Frame::Hello(_)) => Err(Fault::malformed("a second hello")),
            (_, Frame::Roster { notes, .. }) => self.take_roster(ctx, notes),
            (_, Frame::IdentityLane(lane)) => self.take_identity(ctx, *lane),
            (Stage::Admission, _) => Err(Fault::new(
                RefuseCode::NotAMember,
                "no member of this federation, or not with this TLS key",
            )),
            (_, frame) => self.take_open_frame(ctx, now, frame),
        }
    }

    fn take_open_frame(&mut self, ctx: &mut Context, now: Moment, frame: Frame) -> Result<(), Fault> {
        match frame {
            Frame::Bind { handle, feed } => self.receiving.bind(handle, feed),
            Frame::Have { handle, head, compared } => self.take_have(ctx, now, handle, head, compared),
            Frame::HaveEnd { cursor, digests } => self.take_end(ctx, cursor, digests),
            Frame::Digest(buckets) => self.take_digest(ctx, now, &buckets),
            Frame::Want { handle, from, mode, .. } => self.take_want(ctx, handle, from, mode),
            Frame::Unwant { handle } => {
                let feed = self.announcing.feed(handle)?;
                self.serving.stop(feed);
                self.announcing.due(feed);
                Ok(())
            }
            frame @ (Frame::TileIndex { .. }
            | Frame::Tile { .. }
            | Frame::LiveList { .. }
            | Frame::DeadTiles { .. }
            | Frame::Batch { .. }) => self.take_data(ctx, now, frame),
            Frame::Credit { bytes } => {
                self.serving.allowance.add(bytes);
                Ok(())
            }
            Frame::Durable { handle, size } => {
                let feed = self.announcing.feed(handle)?;
                self.serving.acknowledge(feed, size);
                let peer = self.peer.as_ref().expect("an open session has a peer").node;
                ctx.holds(peer, feed, size);
                Ok(())
            }
            Frame::ForkProof { feed, left, right } => {
                self.take_fork(ctx, left.of(feed), right.of(feed));
                Ok(())
            }
            Frame::Refuse { code, handle: Some(handle), .. } => self.take_refusal(ctx, code, handle),
            Frame::Ping { nonce } => {
                self.receiving.pong = Some(nonce);
                Ok(())
            }
            Frame::Pong { nonce } => {
                self.serving.pace.hear(nonce, now);
                Ok(())
            }
            // The rest was dealt with before, or says no more than that the peer is there.
            _ => Ok(()),
        }
    }

    /// What follows every step: the end, if the peer went too far, or the next thing to do.
    pub(super) fn settle(&mut self, ctx: &mut Context, outcome: Result<(), Fault>) {
        if let Err(Fault { code, hint }) = outcome
            && self.closed().is_none()
        {
            self.queue.push_back(Frame::refuse(code, None, &hint));
            self.queue.push_back(Frame::bye(ByeReason::Refused, &hint));
            self.close(ctx, ByeReason::Refused, Some(code), &hint, false);
        }
        match self.stage {
            Stage::Admission => self.proceed(ctx),
            Stage::Open => {
                self.move_cursor();
                self.conclude(ctx);
                self.serve(ctx);
            }
            Stage::Hello | Stage::Closed(_) => {}
        }
    }

    fn close(
        &mut self,
        ctx: &mut Context,
        reason: ByeReason,
        code: Option<RefuseCode>,
        hint: &str,
        by_peer: bool,
    ) {
        self.stage = Stage::Closed(Closed { reason, code, hint: hint.to_owned(), by_peer });
        ctx.leave(self.id);
    }

    /// A peer that does not read the farewell keeps no place by that.
    fn give_up_farewell(&mut self, now: Moment) {
        if now >= self.heard.plus(SILENCE_MAX) {
            self.queue.clear();
        }
    }

    fn review_in_time(&mut self, ctx: &mut Context, now: Moment) -> Result<(), Fault> {
        if now < self.reviewed.plus(HEARTBEAT) {
            return Ok(());
        }
        self.reviewed = now;
        self.compare_in_time(ctx, now);
        self.review(ctx, now)
    }

    /// A feed has changed: the peer is told, unless it gets the entries; a little later, where others may be nearer to it.
    fn announce(&mut self, ctx: &Context, now: Moment, feed: FeedId) {
        if self.serving.serves(feed) {
            return;
        }
        self.echo_identity(ctx, feed);
        if feed.lane > Lane::Urgent && !ctx.is_own(feed) && ctx.is_large() {
            self.announcing.due_by(feed, now.plus(RELAY_PAUSE));
        } else {
            self.announcing.due(feed);
        }
    }

    fn ping(&mut self, now: Moment) {
        if now >= self.pinged.unwrap_or(self.heard).plus(HEARTBEAT) {
            self.ask_for_life(now);
        }
    }

    fn ask_for_life(&mut self, now: Moment) {
        self.pinged = Some(now);
        let nonce = self.serving.pace.ask(now);
        self.queue.push_back(Frame::Ping { nonce });
    }

    pub(super) fn check_copy(&mut self, ctx: &mut Context, feed: FeedId) {
        if ctx.begin_check(feed) {
            self.effects.push_back(Effect::CheckCopy(feed));
        }
    }
}
