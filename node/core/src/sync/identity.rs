//! Admission: roster, then identity lane, then TLS key. What a peer presents, and what is presented to it.

use crate::feed::{Entry, NodeId, ReplicaLog, Verifier};
use crate::roster::{ChainError, IdentityLane, RosterChain, SignedRoster};
use crate::sync::context::{Alarm, Context};
use crate::sync::effect::{Effect, VerifiedBatch};
use crate::sync::hello::Peer;
use crate::sync::limits::{ADMISSION_BYTES_MAX, ENTRIES_LEN_MAX, IDENTITY_ENTRIES_MAX, PAYLOAD_LEN_MAX};
use crate::sync::message::{BareHead, ByeReason, Frame, IdentityFrame, RefuseCode, entries_len};
use crate::sync::moment::Moment;
use crate::sync::serve::Reading;
use crate::sync::session::{Fault, Role, Session, Stage};

impl Session {
    /// Presents this node, and opens the session as soon as the peer is admitted.
    pub(super) fn proceed(&mut self, ctx: &mut Context) {
        if self.reading.is_some() {
            return;
        }
        let peer = self.peer.as_mut().expect("the peer has said hello");
        if std::mem::take(&mut peer.identity_due) {
            let feed = ctx.identity_feed(ctx.me().node);
            let until = ctx.size(feed).min(IDENTITY_ENTRIES_MAX);
            self.reading = Some(Reading::Identity);
            self.effects.push_back(Effect::ReadEntries {
                feed,
                from: 0,
                until,
                leaves_from: 0,
                bytes_max: ENTRIES_LEN_MAX,
            });
            return;
        }
        if !is_admitted(ctx, peer) {
            return;
        }
        let node = peer.node;
        if self.offer_roster(ctx) {
            return;
        }
        let dialled_by = if self.role == Role::Accepted { node } else { ctx.me().node };
        if !ctx.enter(self.id, node, dialled_by, self.heard) {
            self.end(ctx, ByeReason::Duplicate, "another session of the same two nodes goes on");
            return;
        }
        self.stage = Stage::Open;
        self.begin_telling(ctx, node);
        self.serve(ctx);
    }

    /// Reads the roster versions that the peer lacks. False when it lacks none.
    pub(super) fn offer_roster(&mut self, ctx: &Context) -> bool {
        let (version, peer) =
            (ctx.chain().roster().version, self.peer.as_mut().expect("the peer has said hello"));
        let differs = std::mem::take(&mut peer.roster_differs);
        if peer.roster_version >= version && !differs {
            return false;
        }
        let from = if differs { version } else { peer.roster_version + 1 };
        peer.roster_version = version;
        self.reading = Some(Reading::Roster);
        self.effects.push_back(Effect::ReadRoster { from });
        true
    }

    /// The own identity lane is read.
    pub(super) fn present_identity(&mut self, ctx: &Context, entries: Vec<Entry>) {
        let head = ctx.head(ctx.identity_feed(ctx.me().node)).map(BareHead::from);
        let Some(head) = head.filter(|head| head.size == entries.len() as u64) else { return };
        self.peer.as_mut().expect("the peer has said hello").identity_shown = Some(head.size);
        let frame = IdentityFrame { head, entries, tls_keys: Vec::new() };
        self.queue.push_back(Frame::IdentityLane(Box::new(frame)));
    }

    /// Roster versions are read.
    pub(super) fn present_roster(&mut self, notes: Vec<SignedRoster>) {
        self.queue.extend(roster_frames(notes));
    }

    /// The peer presents roster versions.
    pub(super) fn take_roster(&mut self, ctx: &mut Context, notes: Vec<SignedRoster>) -> Result<(), Fault> {
        if self.stage == Stage::Admission {
            self.count_admission(notes.iter().map(|note| note.to_note().len()).sum())?;
        }
        let peer = self.peer.as_mut().expect("the peer has said hello");
        let mut chain = in_force(ctx, peer).clone();
        let held = chain.roster().version;
        let mut accepted = Vec::new();
        for note in notes {
            match chain.accept(note.clone()) {
                Ok(next) if next == chain => continue,
                Ok(next) => chain = next,
                // The peer does not know yet what another peer has told meanwhile. A chain that stopped takes nothing
                // more, but feeds go on under its last version.
                Err(ChainError::Rollback { .. } | ChainError::Stopped { .. }) => continue,
                Err(ChainError::Fork(fork)) => {
                    ctx.raise(Alarm::StewardFork(fork.clone()));
                    ctx.roster_changed(chain.stop(*fork));
                    return Ok(());
                }
                Err(error) => return Err(Fault::new(RefuseCode::Unverified, error.to_string())),
            }
            accepted.push(note);
        }
        let version = chain.roster().version;
        peer.roster_version = peer.roster_version.max(version);
        if version > held {
            peer.chain = Some(chain.clone());
            self.effects.push_back(Effect::StoreRoster(Box::new(chain), accepted));
        }
        match self.peer.as_mut().and_then(|peer| peer.presented.take()) {
            Some(lane) => self.take_identity(ctx, *lane),
            None => Ok(()),
        }
    }

    /// The peer presents its identity lane. It is looked at when the peer is a member: its roster may follow.
    pub(super) fn take_identity(&mut self, ctx: &mut Context, frame: IdentityFrame) -> Result<(), Fault> {
        self.count_admission(entries_len(&frame.entries))?;
        let tls_key = self.tls_key;
        let peer = self.peer.as_mut().expect("the peer has said hello");
        if !is_member(ctx, peer) {
            peer.presented = Some(Box::new(frame));
            return Ok(());
        }
        let refuse = |reason: String| Fault::new(RefuseCode::Unverified, reason);
        let (lane, verifier) =
            fold(ctx, peer.node, &frame.entries).map_err(|error| refuse(error.to_string()))?;
        let feed = ctx.identity_feed(peer.node);
        let head = frame.head.of(feed);
        // From the beginning, because the entries that are held already would be passed by unread.
        let whole = ReplicaLog::new(feed).extend(0, &frame.entries, &head, &verifier);
        whole.map_err(|error| refuse(error.to_string()))?;
        peer.key_proven |= frame.tls_keys.contains(&tls_key);
        match ctx.log(feed).extend(0, &frame.entries, &head, &verifier) {
            Ok(extended) if extended.log == ctx.log(feed) => Ok(()),
            Ok(extended) => {
                let entries = frame.entries;
                let batch = VerifiedBatch { extended, entries, lane: Some(lane), handle: None, bytes: 0 };
                self.effects.push_back(Effect::Store(Box::new(batch)));
                Ok(())
            }
            // More of it came by another way.
            Err(crate::feed::replica::ExtendError::Behind { .. }) => Ok(()),
            Err(error) => Err(refuse(error.to_string())),
        }
    }

    /// There is a new roster: the peer may lack it, may be no member any more, and other feeds may be wanted.
    pub(super) fn take_roster_change(&mut self, ctx: &mut Context, now: Moment) -> Result<(), Fault> {
        let peer = self.peer.as_ref().expect("the peer has said hello");
        if ctx.chain().roster().handle_of(&peer.node).is_none() {
            self.end(ctx, ByeReason::Removed, "the roster does not list you any more");
            return Ok(());
        }
        self.receiving.feeds().into_iter().try_for_each(|feed| self.reconsider(ctx, now, feed))
    }

    fn count_admission(&mut self, bytes: usize) -> Result<(), Fault> {
        let peer = self.peer.as_mut().expect("the peer has said hello");
        peer.admission_bytes += bytes;
        if peer.admission_bytes > ADMISSION_BYTES_MAX {
            let hint = format!("more than {ADMISSION_BYTES_MAX} bytes of rosters and identity lanes");
            return Err(Fault::new(RefuseCode::Limit, hint));
        }
        Ok(())
    }
}

/// The newest roster chain that is verified, saved or not.
fn in_force<'a>(ctx: &'a Context, peer: &'a Peer) -> &'a RosterChain {
    let presented = peer.chain.as_ref();
    presented.filter(|chain| chain.roster().version > ctx.chain().roster().version).unwrap_or(ctx.chain())
}

fn is_member(ctx: &Context, peer: &Peer) -> bool {
    in_force(ctx, peer).roster().handle_of(&peer.node).is_some()
}

fn is_admitted(ctx: &Context, peer: &Peer) -> bool {
    is_member(ctx, peer) && peer.key_proven
}

/// A whole identity lane, and who signs its head.
fn fold(
    ctx: &Context,
    node: NodeId,
    entries: &[Entry],
) -> Result<(IdentityLane, Verifier), crate::roster::IdentityError> {
    let lane = IdentityLane::replay(node, entries)?;
    let verifier = lane.current(ctx.federation());
    Ok((lane, verifier))
}

/// Roster versions, as many to a frame as fit.
pub(super) fn roster_frames(notes: Vec<SignedRoster>) -> Vec<Frame> {
    let mut frames: Vec<Vec<SignedRoster>> = Vec::new();
    let mut bytes = 0;
    for note in notes {
        let len = note.to_note().len();
        bytes += len;
        match frames.last_mut() {
            Some(frame) if bytes <= PAYLOAD_LEN_MAX => frame.push(note),
            _ => {
                bytes = len;
                frames.push(vec![note]);
            }
        }
    }
    let last = frames.len().saturating_sub(1);
    let framed = frames.into_iter().enumerate();
    framed.map(|(place, notes)| Frame::Roster { notes, more: place < last }).collect()
}
