//! The first frame of both sides: protocol version, federation, who is who, and what each holds of the other.

use crate::feed::{FeedId, Hash, NodeId};
use crate::roster::RosterChain;
use crate::sync::context::Context;
use crate::sync::cursor::Claim;
use crate::sync::limits::{FRAME_LEN_MAX, OWN_HEADS_MAX, PROTOCOL_VERSION, PROTOCOL_VERSIONS};
use crate::sync::message::{BareHead, Frame, Hello, IdentityFrame, OwnHead, RefuseCode};
use crate::sync::session::{Fault, Role, Session, Stage};

/// The other side, after its Hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) node: NodeId,
    /// The roster version that it has, or was sent.
    pub(super) roster_version: u64,
    /// Its roster has the same version and another text: one of the two is a proof against the stewards.
    pub(super) roster_differs: bool,
    /// It knows live lists, so that what they let go need not be sent to it.
    pub(super) knows_lists: bool,
    /// It does not hold all of this node's identity lane.
    pub(super) identity_due: bool,
    /// Entries of this node's identity lane that it was presented with, until it shows that it has saved them.
    pub(super) identity_shown: Option<u64>,
    /// Roster versions that it presented, verified; saving them is under way.
    pub(super) chain: Option<RosterChain>,
    /// The identity lane that it presented while it was no member.
    pub(super) presented: Option<Box<IdentityFrame>>,
    /// It proved to have a TLS key that its verified identity lane names.
    pub(super) key_proven: bool,
    /// Bytes of rosters and lanes that it sent before it was admitted.
    pub(super) admission_bytes: usize,
}

impl Peer {
    pub(super) const fn node(&self) -> NodeId {
        self.node
    }
}

impl Session {
    /// Says hello. Only to a node that proved who it is, or that this node chose to dial, is said what is held of it.
    pub(super) fn say_hello(&mut self, ctx: &Context, to: Option<NodeId>) {
        let heads = to.map(|node| ctx.heads_of(node)).unwrap_or_default();
        let own_heads = heads.into_iter().take(OWN_HEADS_MAX).map(|signed| OwnHead {
            audience: signed.head.feed.audience,
            lane: signed.head.feed.lane,
            head: BareHead::from(signed),
        });
        let (me, roster) = (ctx.me(), ctx.chain().roster());
        let cursors = to.and_then(|node| ctx.cursors(node));
        let hello = Hello {
            versions: PROTOCOL_VERSIONS.to_vec(),
            federation: ctx.federation(),
            node: me.node,
            store_token: me.store_token,
            session_nonce: self.nonce,
            instance_nonce: me.instance_nonce,
            last_session: cursors.map(|it| it.session),
            cursor: cursors.map_or(0, |it| it.read),
            cursor_instance: cursors.and_then(|it| it.instance),
            said: cursors.map_or(0, |it| it.said),
            roster_version: roster.version,
            roster_hash: roster.hash(),
            own_heads: own_heads.collect(),
            credit: me.credit_bytes,
        };
        self.resume.say(Claim::of(&hello), cursors);
        self.queue.push_back(Frame::Hello(Box::new(hello)));
    }

    /// The peer's Hello. Whoever was dialled answers only now, when it knows whom it answers.
    pub(super) fn greet(&mut self, ctx: &mut Context, hello: Hello) -> Result<(), Fault> {
        check(ctx, self.role, &hello)?;
        let known = ctx.has_tls_key(hello.node, self.tls_key);
        if self.role == Role::Accepted {
            self.say_hello(ctx, known.then_some(hello.node));
        }
        if known {
            ctx.holds_nothing(hello.node);
        }
        for OwnHead { audience, lane, head } in &hello.own_heads {
            let feed = FeedId { node: ctx.me().node, audience: *audience, lane: *lane };
            let is_ahead = ctx.check_echo(&head.of(feed), hello.node);
            if known && !is_ahead {
                ctx.holds(hello.node, feed, head.size);
            }
        }
        self.serving.allowance.add(hello.credit);
        self.resume.hear(Claim::of(&hello));
        let roster = ctx.chain().roster();
        if roster.handle_of(&hello.node).is_none() && hello.roster_version <= roster.version {
            let hint = format!("not in roster version {}: ask a steward to admit you", roster.version);
            return Err(Fault::new(RefuseCode::NotAMember, hint));
        }
        self.peer = Some(peer_of(ctx, self.tls_key, &hello));
        self.stage = Stage::Admission;
        Ok(())
    }
}

fn check(ctx: &Context, role: Role, hello: &Hello) -> Result<(), Fault> {
    if !hello.versions.iter().any(|version| PROTOCOL_VERSIONS.contains(version)) {
        let hint = format!("you speak versions {:?}, I speak {PROTOCOL_VERSIONS:?}", hello.versions);
        return Err(Fault::new(RefuseCode::Version, hint));
    }
    if hello.federation != ctx.federation() {
        let hint = "another federation, whatever its name is: compare the ids of both";
        return Err(Fault::new(RefuseCode::Federation, hint));
    }
    if hello.node == ctx.me().node {
        return Err(Fault::new(RefuseCode::NotAMember, "this is me: an address leads back to its owner"));
    }
    if matches!(role, Role::Dialled(expected) if expected != hello.node) {
        return Err(Fault::new(RefuseCode::NotAMember, "another node than the one I dialled"));
    }
    if hello.own_heads.len() > OWN_HEADS_MAX {
        return Err(Fault::new(RefuseCode::Limit, format!("more than {OWN_HEADS_MAX} own heads in hello")));
    }
    if hello.credit < FRAME_LEN_MAX as u64 {
        return Err(Fault::malformed(format!("credit below one frame of {FRAME_LEN_MAX} bytes")));
    }
    Ok(())
}

fn peer_of(ctx: &Context, tls_key: Hash, hello: &Hello) -> Peer {
    let roster = ctx.chain().roster();
    let identity = ctx.identity_feed(ctx.me().node);
    let place = |own: &&OwnHead| (own.audience, own.lane) == (identity.audience, identity.lane);
    let echoed = hello.own_heads.iter().find(place).map_or(0, |own| own.head.size);
    Peer {
        node: hello.node,
        roster_version: hello.roster_version,
        roster_differs: hello.roster_version == roster.version && hello.roster_hash != roster.hash(),
        knows_lists: hello.versions.contains(&PROTOCOL_VERSION),
        identity_due: ctx.head(identity).is_some_and(|signed| signed.head.size > echoed),
        identity_shown: None,
        chain: None,
        presented: None,
        key_proven: ctx.has_tls_key(hello.node, tls_key),
        admission_bytes: 0,
    }
}
