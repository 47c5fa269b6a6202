//! Beginning where the last session ended: who tells what at the opening, HaveEnd, digests, and moving the cursors.
//!
//! Why this leaves no gap stands in [`crate::sync::cursor`]. Each side asks for what it lacks: when the cursors do not fit, it
//! sends a digest of what it holds, and the other side tells the feeds in the buckets that differ. The same digest runs once a
//! day with each peer; what only then turns out to be lacking has drifted, is told to people, and is fetched.

use std::collections::BTreeSet;
use std::mem;

use crate::feed::{FeedId, NodeId};
use crate::sync::context::{Alarm, Context};
use crate::sync::cursor::{Claim, Cursors, Mark};
use crate::sync::digest::Buckets;
use crate::sync::effect::Effect;
use crate::sync::limits::{CURSOR_PERIOD, DIGEST_PAUSE, DIGEST_PERIOD, DIGESTS_AT_ONCE};
use crate::sync::message::{BareHead, Frame, Nonce, RefuseCode};
use crate::sync::moment::Moment;
use crate::sync::session::{Fault, Role, Session};

/// What HaveEnd says to a peer of a version without cursors.
const NO_CURSOR: u64 = 0;

/// What a session knows of cursors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Resume {
    /// What this side's Hello said, and the peer's.
    own: Option<Claim>,
    peer: Option<Claim>,
    /// Both speak the version that has cursors.
    able: bool,
    /// Names the session, and is the key of its digests.
    name: Nonce,
    /// The peer's instance, which tells its changes in this session.
    instance: Option<Nonce>,
    stored: Option<Cursors>,
    /// What is stored when everything asked for is saved.
    wanted: Option<Cursors>,
    /// What this session has heard of its context.
    mark: Option<Mark>,
    saying: Saying,
    reading: Reading,
}

/// Telling the peer that all is told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Saying {
    /// Nothing can be said before the peer's digest has come.
    awaits_digest: bool,
    due: bool,
    /// When it last became due.
    at: Moment,
    /// To be said as soon as nothing else waits to be told.
    next: Option<End>,
    /// To be said as soon as it is saved.
    saving: Option<End>,
    /// Digests that the peer sent.
    digests: u32,
}

/// The peer's telling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Reading {
    /// Feeds of which the peer announced more than is stored here.
    lacking: BTreeSet<FeedId>,
    /// The peer has told all up to here.
    heard: Option<u64>,
    /// Digests that were sent, and that the peer has answered.
    asked: u32,
    answered: u32,
    due: bool,
    /// The digest under way is that of the day.
    daily: bool,
    /// Feeds that differ in it and should not.
    drifting: u64,
    drifted: u64,
}

/// What HaveEnd says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    cursor: u64,
    digests: u32,
}

impl Resume {
    /// What this side's Hello says, and what is stored of it.
    pub(super) fn say(&mut self, own: Claim, stored: Option<Cursors>) {
        (self.own, self.stored) = (Some(own), stored);
    }

    pub(super) fn hear(&mut self, peer: Claim) {
        self.peer = Some(peer);
    }

    /// Feeds that were found to differ although all was told.
    pub(super) const fn drifted(&self) -> u64 {
        self.reading.drifted
    }

    /// What was read does not hold any more, or what was said.
    fn forget(&mut self, read: bool, said: bool) {
        if let Some(wanted) = &mut self.wanted {
            wanted.read = if read { 0 } else { wanted.read };
            wanted.said = if said { 0 } else { wanted.said };
        }
    }

    fn lacks(&mut self, feed: FeedId, lacks: bool) {
        if lacks {
            self.reading.lacking.insert(feed);
        } else {
            self.reading.lacking.remove(&feed);
        }
    }

    /// The cursors with what has been heard of the context.
    fn marked(&self) -> Option<Cursors> {
        let (wanted, mark) = (self.wanted?, self.mark?);
        Some(Cursors { roster: mark.roster, mends: mark.mends, ..wanted })
    }
}

impl Session {
    /// The session is open: decides what is to be told, and asks for what cannot be known.
    pub(super) fn begin_telling(&mut self, ctx: &mut Context, node: NodeId) {
        self.announcing.begin(node);
        self.echo_identity(ctx, ctx.identity_feed(node));
        let (resume, mark) = (&mut self.resume, ctx.mark());
        resume.mark = Some(mark);
        resume.saying.at = self.heard;
        let (own, peer) = (resume.own.take(), resume.peer.take());
        let (own, peer) = own.zip(peer).expect("both sides have said hello");
        resume.able = peer.resumes();
        resume.instance = Some(peer.instance());
        let (dialled, accepted) = if self.role == Role::Accepted { (&peer, &own) } else { (&own, &peer) };
        resume.name = dialled.name(accepted);
        let (session, roster, mends) = (resume.name, mark.roster, mark.mends);
        let anew = Cursors { session, read: 0, instance: None, said: 0, roster, mends };
        resume.wanted = resume.stored.or(Some(anew));
        match peer.since(&own) {
            Some(since) => {
                // Rosters and cut-backs that came after Hello, and changes of another history of this database.
                let is_told = peer.told_by().is_none_or(|instance| ctx.has_told(instance, since));
                let said = is_told && own.roster_version() == mark.roster;
                let held = resume.stored.is_some_and(|stored| stored.mends == mark.mends);
                resume.forget(!held, !said);
                resume.reading.due = !held;
                self.tell_since(ctx, if said { since } else { 0 });
            }
            None if resume.able => {
                resume.wanted = Some(anew);
                resume.saying.awaits_digest = true;
                resume.reading.due = true;
            }
            None => self.tell_since(ctx, 0),
        }
        self.ask(ctx, self.heard);
    }

    fn tell_since(&mut self, ctx: &Context, change_no: u64) {
        self.resume.saying.due = true;
        ctx.changed_since(change_no).into_iter().for_each(|feed| self.announcing.due(feed));
    }

    /// What the session hears of its context: how far the store has come, a roster, a copy that was cut back.
    pub(super) fn take_mark(&mut self, ctx: &mut Context, now: Moment, mark: Mark) {
        let Some(before) = self.resume.mark.replace(mark) else { return };
        let (roster, mend) = (before.roster != mark.roster, before.mends != mark.mends);
        self.resume.forget(mend, roster);
        self.resume.saying.due |= roster && !self.resume.saying.awaits_digest;
        self.resume.reading.due |= mend;
        self.ask(ctx, now);
    }

    /// Sends a digest if one is due, none is under way, and the peer must still take it.
    fn ask(&mut self, ctx: &mut Context, now: Moment) {
        let reading = &mut self.resume.reading;
        let may = reading.asked == reading.answered && reading.asked < digests_allowed(self.begun, now) / 2;
        if !reading.due || !may || !self.resume.able {
            return;
        }
        reading.due = false;
        reading.asked += 1;
        self.queue.push_back(Frame::Digest(Buckets::of(ctx, self.resume.name)));
        ctx.compares(self.peer.as_ref().expect("an open session has a peer").node, now);
    }

    /// The peer holds this: it is told what differs.
    pub(super) fn take_digest(&mut self, ctx: &Context, now: Moment, there: &Buckets) -> Result<(), Fault> {
        let saying = &mut self.resume.saying;
        if saying.digests >= digests_allowed(self.begun, now) {
            let hint =
                format!("{DIGESTS_AT_ONCE} digests, and more than one every {} s", DIGEST_PAUSE.as_secs());
            return Err(Fault::new(RefuseCode::Limit, hint));
        }
        saying.digests += 1;
        (saying.awaits_digest, saying.due) = (false, true);
        // What is held has changed, and is not told because digests differ.
        self.announcing.tell_held();
        there.differing(ctx, self.resume.name).into_iter().for_each(|feed| self.announcing.compared(feed));
        Ok(())
    }

    /// Nothing waits to be told: says so, if that is due. What is being sent, but is not on the wire yet, is told before.
    pub(super) fn next_end(&mut self, ctx: &Context) -> Option<Frame> {
        let (saying, mark) = (&mut self.resume.saying, self.resume.mark?);
        if saying.due {
            // Where there is always news something is always held, and the end would never be said.
            self.announcing.tell_held();
        }
        if saying.saving.is_some() || !self.announcing.is_told() {
            return None;
        }
        if let Some(end) = saying.next.take() {
            return self.end_telling(end);
        }
        if !mem::take(&mut saying.due) {
            return None;
        }
        saying.next = Some(End { cursor: mark.change_no, digests: saying.digests });
        self.announcing.untold(ctx, &self.serving);
        self.announcing.next(ctx, &self.serving).or_else(|| self.next_end(ctx))
    }

    /// Asks to save what is to be said, as soon as nothing else waits to be told.
    pub(super) fn conclude(&mut self, ctx: &Context) {
        let frame = self.next_end(ctx);
        self.queue.extend(frame);
    }

    /// Saved first, then sent: a cursor that the peer has read and this side has not saved would not fit.
    fn end_telling(&mut self, end: End) -> Option<Frame> {
        let said = self.resume.marked().filter(|_| self.resume.able);
        let Some(said) = said else {
            return Some(Frame::HaveEnd { cursor: NO_CURSOR, digests: end.digests });
        };
        let cursor = if self.announcing.is_full() { said.said } else { end.cursor.max(said.said) };
        let (said, end) = (Cursors { said: cursor, ..said }, End { cursor, ..end });
        self.resume.wanted = Some(said);
        if self.resume.stored == Some(said) {
            return Some(Frame::HaveEnd { cursor, digests: end.digests });
        }
        self.resume.saying.saving = Some(end);
        self.save_cursors(said);
        None
    }

    /// The peer has told all up to here.
    pub(super) fn take_end(&mut self, ctx: &mut Context, cursor: u64, digests: u32) -> Result<(), Fault> {
        let known = self.peer.as_mut().expect("an open session has a peer");
        let peer = known.node;
        if let Some(size) = known.identity_shown.take() {
            // It was saved before the peer said this, and is not acknowledged otherwise.
            ctx.holds(peer, ctx.identity_feed(ctx.me().node), size);
        }
        let reading = &mut self.resume.reading;
        if digests > reading.asked || digests < reading.answered {
            return Err(Fault::malformed(format!("{digests} digests answered of {}", reading.asked)));
        }
        (reading.answered, reading.heard) = (digests, Some(cursor));
        if reading.answered == reading.asked && mem::take(&mut reading.daily) {
            let feeds = mem::take(&mut reading.drifting);
            reading.drifted += feeds;
            if feeds > 0 {
                ctx.raise(Alarm::Drift { peer, feeds });
            }
        }
        Ok(())
    }

    /// Whether the stored copy covers what the peer announced of a feed.
    pub(super) fn note_lack(&mut self, ctx: &Context, feed: FeedId) {
        let lacks = self.receiving.lacks(ctx, feed);
        self.receiving.note_lack(feed, lacks, self.heard);
        self.resume.lacks(feed, lacks);
    }

    /// A head that the peer tells only because digests differ. It has drifted when the digest is that of the day, for then all
    /// was told before, and it is news nevertheless.
    pub(super) fn note_drift(&mut self, ctx: &Context, feed: FeedId, head: &BareHead) {
        if self.resume.reading.daily && self.receiving.is_news(ctx, feed, head) {
            self.resume.reading.drifting += 1;
        }
    }

    /// Moves the cursor up to what the peer has told, once nothing of that is lacking here.
    pub(super) fn move_cursor(&mut self) {
        let reading = &mut self.resume.reading;
        let level = reading.lacking.is_empty() && reading.asked == reading.answered && !reading.due;
        if !level || self.receiving.failures > 0 || !self.resume.able {
            return;
        }
        let (Some(read), Some(wanted)) = (reading.heard.take(), self.resume.marked()) else { return };
        let instance = if read == wanted.read { wanted.instance } else { self.resume.instance };
        let wanted = Cursors { read, instance, ..wanted };
        self.resume.wanted = Some(wanted);
        if self.resume.stored != Some(wanted) {
            self.save_cursors(wanted);
        }
    }

    fn save_cursors(&mut self, cursors: Cursors) {
        let peer = self.peer.as_ref().expect("an open session has a peer").node;
        self.effects.push_back(Effect::SaveCursors(peer, cursors));
    }

    /// Cursors are saved.
    pub(super) fn take_saved(&mut self, ctx: &mut Context, cursors: Cursors) {
        let peer = self.peer.as_ref().expect("an open session has a peer").node;
        ctx.cursors_stored(peer, cursors);
        self.resume.stored = Some(cursors);
        if self.closed().is_some() {
            return;
        }
        let saying = &mut self.resume.saying;
        if let Some(End { cursor, digests }) = saying.saving.take_if(|end| end.cursor <= cursors.said) {
            self.queue.push_back(Frame::HaveEnd { cursor, digests });
        }
    }

    /// Once in a while says how far all is told, and once a day compares everything.
    pub(super) fn compare_in_time(&mut self, ctx: &mut Context, now: Moment) {
        let Some(peer) = self.peer() else { return };
        let moved = self.resume.mark.map(|mark| mark.change_no) > self.resume.wanted.map(|it| it.said)
            || self.resume.marked() != self.resume.stored;
        let saying = &mut self.resume.saying;
        if moved && self.resume.able && !saying.awaits_digest && now >= saying.at.plus(CURSOR_PERIOD) {
            (saying.due, saying.at) = (true, now);
        }
        let reading = &mut self.resume.reading;
        if now >= ctx.compared_at(peer).plus(DIGEST_PERIOD) && reading.asked == reading.answered {
            (reading.daily, reading.due) = (!reading.due, true);
        }
        self.ask(ctx, now);
    }
}

/// Digests that a peer may have sent in this time.
fn digests_allowed(begun: Moment, now: Moment) -> u32 {
    let minutes = now.since(begun).as_secs() / DIGEST_PAUSE.as_secs();
    DIGESTS_AT_ONCE.saturating_add(u32::try_from(minutes).unwrap_or(u32::MAX))
}
