//! The node itself.

use quince_core::domain::{Instant, RecordKind};
use quince_proto::admin::v1 as admin;

use super::resource::{hex, optional_name};
use crate::office::view::{AuditView, FeedView, LagView, Listing, PeerView, StatusView, TokenView};
use crate::wire::page::Page;
use crate::wire::record::to_proto::instant;
use crate::wire::vocabulary::Vocabulary;

/// The node at a glance, when it computed its newest plan, and why there is no newer one.
pub fn status(view: &StatusView, computed: Option<Instant>, failure: Option<String>) -> admin::Status {
    let named = view.federation_catalogue.as_ref().map(ToString::to_string).unwrap_or_default();
    admin::Status {
        handle: view.handle.to_string(),
        display_name: view.display_name.clone(),
        node_id: hex(&view.node_id),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: Some(instant(view.time)),
        started: Some(instant(view.started)),
        database: view.database.to_owned(),
        read_only_reason: view.read_only_reason.clone().unwrap_or_default(),
        federation: view.federation.clone(),
        roster_version: view.roster_version,
        members: view.members,
        sessions: view.sessions,
        feeds: view.feeds.iter().map(feed).collect(),
        quarantined: view.quarantined,
        needs: view.counts.needs,
        offers: view.counts.offers,
        requisitions: view.counts.requisitions,
        commitments: view.counts.commitments,
        drill: view.drill,
        catalogue_version: view.catalogue_version.to_owned(),
        federation_catalogue_version: named,
        plan_computed_time: computed.map(instant),
        plan_failure: failure.unwrap_or_default(),
        lag: view.lag.iter().map(lane_lag).collect(),
    }
}

fn lane_lag(view: &LagView) -> admin::LaneLag {
    admin::LaneLag {
        lane: u32::from(view.lane.number()),
        entries: view.entries,
        seconds: view.time.as_secs(),
    }
}

fn feed(view: &FeedView) -> admin::FeedStatus {
    admin::FeedStatus {
        owner: view.owner.to_string(),
        lane: view.lane,
        epoch: view.epoch,
        size: view.size,
        root: hex(&view.root),
        quarantined: view.quarantined,
        stalled: view.stalled.clone().unwrap_or_default(),
        quarantine_reason: view.quarantine_reason.clone().unwrap_or_default(),
        last_heard: Some(instant(view.last_heard)),
        held_by: view.held_by,
    }
}

/// A peer.
pub fn peer(view: &PeerView) -> admin::Peer {
    admin::Peer {
        name: format!("peers/{}", view.handle),
        handle: view.handle.to_string(),
        pinned: view.pinned,
        connected: view.connected,
        outbound: view.outbound,
        address: view.address.clone().unwrap_or_default(),
        since: view.since.map(instant),
        behind: view.behind,
        last_error: view.last_error.clone().unwrap_or_default(),
        lag: view.lag.iter().map(lane_lag).collect(),
        last_heard: view.last_heard.map(instant),
    }
}

/// Every peer.
pub fn list_peers(views: &[PeerView]) -> admin::ListPeersResponse {
    admin::ListPeersResponse { peers: views.iter().map(peer).collect() }
}

/// A token without its secret.
pub fn token(view: &TokenView) -> admin::Token {
    admin::Token {
        name: format!("tokens/{}", view.id),
        holder: view.holder.to_string(),
        role: view.role.value(),
        created: Some(instant(view.created)),
        expires: Some(instant(view.expires)),
        revoked: view.revoked.map(instant),
        party: optional_name(RecordKind::Party, view.party.as_ref()),
        methods: view.methods.iter().cloned().collect(),
        secret: String::new(),
    }
}

/// A token that was just issued, with the secret that is told once.
pub fn created_token(view: &TokenView, secret: String) -> admin::Token {
    admin::Token { secret, ..token(view) }
}

/// What the business clock shows after it was set.
pub fn business_time(shown: Instant) -> admin::SetBusinessTimeResponse {
    admin::SetBusinessTimeResponse { time: Some(instant(shown)) }
}

/// Every token that is kept.
pub fn list_tokens(views: &[TokenView]) -> admin::ListTokensResponse {
    admin::ListTokensResponse { tokens: views.iter().map(token).collect() }
}

/// A page of the audit log.
pub fn list_audit_entries(listing: &Listing<AuditView>, page: &Page<u64>) -> admin::ListAuditEntriesResponse {
    let (entries, next_page_token) = page.fill(listing, audit_entry);
    admin::ListAuditEntriesResponse { entries, next_page_token }
}

fn audit_entry(view: &AuditView) -> admin::AuditEntry {
    admin::AuditEntry {
        sequence: view.sequence,
        time: Some(instant(view.time)),
        holder: view.holder.to_string(),
        role: view.role.value(),
        address: view.address.clone(),
        method: view.method.clone(),
        resources: view.resources.clone(),
        result: view.result.clone(),
    }
}
