//! The node itself: tokens, audit log, feeds, figures.

use std::collections::BTreeSet;

use quince_core::domain::common::Label;
use quince_core::domain::handle::Handle;
use quince_core::domain::item::CatalogueVersion;
use quince_core::domain::{Instant, RecordId};

use crate::office::caller::Role;
use crate::office::view::LagView;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// Its id, as it stands in `tokens/{id}`.
    pub id: String,
    /// Whom it names.
    pub holder: Label,
    /// What it may do.
    pub role: Role,
    /// When it was issued.
    pub created: Instant,
    /// When it ends.
    pub expires: Instant,
    /// When it was revoked.
    pub revoked: Option<Instant>,
    /// The one party it may write for.
    pub party: Option<RecordId>,
    /// The methods that an integrator may call.
    pub methods: BTreeSet<String>,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// When.
    pub time: Instant,
    /// Who.
    pub holder: Label,
    /// As what.
    pub role: Role,
    /// From where.
    pub address: String,
    /// Which method.
    pub method: String,
    /// Which resources, as ids.
    pub resources: Vec<String>,
    /// `OK` or the name of a status code.
    pub result: String,
}

/// One feed that this node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    /// Whose.
    pub owner: Handle,
    /// Which lane, 0 to 4.
    pub lane: u32,
    /// Which epoch.
    pub epoch: u64,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: [u8; 32],
    /// How many of them are unreadable.
    pub quarantined: u64,
    /// Why the first of them is.
    pub quarantine_reason: Option<String>,
    /// Why it does not advance.
    pub stalled: Option<String>,
    /// When it last grew here.
    pub last_heard: Instant,
    /// How many members are known to hold all of it; only of own feeds.
    pub held_by: Option<u32>,
}

/// The node at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    /// Its handle.
    pub handle: Handle,
    /// Its name.
    pub display_name: String,
    /// Its identity.
    pub node_id: [u8; 32],
    /// The business clock.
    pub time: Instant,
    /// When this process started.
    pub started: Instant,
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// Why it signs nothing, if it does not.
    pub read_only_reason: Option<String>,
    /// The federation's name; empty while alone.
    pub federation: String,
    /// The roster version in force; 0 while alone.
    pub roster_version: u64,
    /// The version of the catalogue that this program has.
    pub catalogue_version: &'static str,
    /// The version of the catalogue that the roster names.
    pub federation_catalogue: Option<CatalogueVersion>,
    /// How many members.
    pub members: u32,
    /// How many sessions run.
    pub sessions: u32,
    /// Where it lags behind what was announced to it.
    pub lag: Vec<LagView>,
    /// Every feed that it holds.
    pub feeds: Vec<FeedView>,
    /// Unreadable entries over all feeds.
    pub quarantined: u64,
    /// Records held, own and others'.
    pub counts: RecordCounts,
    /// The business clock is set, and what is written is an exercise.
    pub drill: bool,
}

/// How many records of each family a node holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordCounts {
    /// Needs.
    pub needs: u64,
    /// Offers.
    pub offers: u64,
    /// Requisitions.
    pub requisitions: u64,
    /// Commitments.
    pub commitments: u64,
}
