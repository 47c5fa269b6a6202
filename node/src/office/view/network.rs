//! The federation and its members as this node knows them.

use std::time::Duration;

use quince_core::domain::Instant;
use quince_core::domain::common::Label;
use quince_core::domain::handle::Handle;
use quince_core::domain::item::CatalogueVersion;
use quince_core::feed::Lane;

/// The shortest and longest life of an invitation.
pub const INVITATION_LIFETIME: (Duration, Duration) = (Duration::from_mins(15), Duration::from_hours(7 * 24));

/// This node's standing in a federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// In no federation yet.
    Alone,
    /// Joined, not yet admitted.
    Pending,
    /// A member.
    Member,
    /// It left.
    Left,
}

/// The federation as this node knows it; empty texts and 0 while alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederationView {
    /// Its name.
    pub display_name: String,
    /// SHA-256 of roster version 1.
    pub federation_id: Option<[u8; 32]>,
    /// The roster version in force.
    pub roster_version: u64,
    /// The version of the catalogue that it names.
    pub catalogue_version: Option<CatalogueVersion>,
    /// When that expires.
    pub roster_expires: Option<Instant>,
    /// This node's standing.
    pub membership: Membership,
    /// This node is a steward.
    pub steward: bool,
    /// While pending: the six words to compare.
    pub words: Option<String>,
}

/// How far an invitation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// Can be redeemed.
    Open,
    /// Proved by a newcomer who waits to be admitted.
    Redeemed,
    /// Used.
    Admitted,
    /// Taken back.
    Revoked,
    /// Too late.
    Expired,
    /// Wrong proofs used it up.
    Void,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// Its code id, as it stands in `invitations/{code id}`.
    pub id: String,
    /// The newcomer's handle.
    pub handle: Handle,
    /// The newcomer's name.
    pub display_name: Label,
    /// Until when it can be redeemed.
    pub expires: Instant,
    /// The code with its secret; only in the answer to its creation.
    pub code: Option<String>,
    /// How far it is.
    pub state: InvitationState,
    /// While redeemed: the six words to compare.
    pub words: Option<String>,
    /// While redeemed: who proved it.
    pub node_id: Option<[u8; 32]>,
}

/// A member of the federation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Its handle.
    pub handle: Handle,
    /// Its name in the roster.
    pub display_name: String,
    /// Its identity.
    pub node_id: [u8; 32],
    /// It signs rosters.
    pub steward: bool,
    /// It is this node.
    pub this_node: bool,
    /// Where it is dialled.
    pub endpoints: Vec<String>,
    /// When this node last heard from it.
    pub last_heard: Option<Instant>,
}

/// How far this node lags behind in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LagView {
    /// The lane.
    pub lane: Lane,
    /// Entries that were announced and that this node does not hold.
    pub entries: u64,
    /// How long it has not been level with what was announced.
    pub time: Duration,
}

/// A peer: another member, with which a session runs or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerView {
    /// Which member.
    pub handle: Handle,
    /// The operator wants it reached always.
    pub pinned: bool,
    /// A session runs.
    pub connected: bool,
    /// This node dialled.
    pub outbound: bool,
    /// Where it is.
    pub address: Option<String>,
    /// Since when it is connected or not.
    pub since: Option<Instant>,
    /// Entries that it announced and this node does not hold.
    pub behind: u64,
    /// The same lane by lane, where there are any.
    pub lag: Vec<LagView>,
    /// When this node last took a word of it, from itself or through others.
    pub last_heard: Option<Instant>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}
