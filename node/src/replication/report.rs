//! What operators see of replication: sessions and dials, where this node lags behind, and who holds what it wrote.

use std::collections::BTreeMap;
use std::time::Duration;

use quince_core::feed::{FeedId, Lane, NodeId};
use quince_core::sync::{Lacking, Moment};

use super::dial::{Dial, Dials};
use super::engine::Engine;
use super::handle::{Lag, PeerStatus, Report};

/// Everything, as it is now.
pub(super) fn report(engine: &Engine, dials: &Dials, now: Moment) -> Report {
    let roster = engine.ctx.chain().roster();
    let mut peers: BTreeMap<NodeId, PeerStatus> =
        dials.iter().map(|dial| (dial.target.node, tried(dial))).collect();
    let mut lacking: BTreeMap<FeedId, Lacking> = BTreeMap::new();
    for connection in engine.connections.values().filter(|connection| connection.session.is_open()) {
        let status = connection.session.status(&engine.ctx);
        for feed in &status.lacking {
            let known = lacking.entry(feed.feed).or_insert(*feed);
            (known.entries, known.since) = (known.entries.max(feed.entries), known.since.min(feed.since));
        }
        let Some((node, handle)) = status.peer.and_then(|node| Some((node, roster.handle_of(&node)?))) else {
            continue;
        };
        let status = PeerStatus {
            handle: handle.clone(),
            node,
            connected: true,
            outbound: connection.outbound.is_some(),
            address: Some(connection.remote.to_string()),
            since: Some(connection.since),
            behind: status.behind(),
            lag: lags(&status.lacking, now),
            last_error: None,
        };
        peers.insert(node, status);
    }
    let mut peers: Vec<PeerStatus> = peers.into_values().collect();
    peers.sort_by(|left, right| left.handle.cmp(&right.handle));
    Report { peers, lag: lags(lacking.values(), now), held_by: engine.ctx.holders() }
}

/// A member without a session.
fn tried(dial: &Dial) -> PeerStatus {
    PeerStatus {
        handle: dial.target.handle.clone(),
        node: dial.target.node,
        connected: false,
        outbound: true,
        address: dial.target.addresses.first().map(ToString::to_string),
        since: Some(dial.since),
        behind: 0,
        lag: Vec::new(),
        last_error: dial.last_error.clone(),
    }
}

/// The lag of each lane in which there is any, the most urgent first.
fn lags<'a>(lacking: impl IntoIterator<Item = &'a Lacking>, now: Moment) -> Vec<Lag> {
    let mut lags: BTreeMap<Lane, Lag> = BTreeMap::new();
    for Lacking { feed, entries, since } in lacking {
        let none = Lag { lane: feed.lane, entries: 0, time: Duration::ZERO };
        let lag = lags.entry(feed.lane).or_insert(none);
        lag.entries = lag.entries.saturating_add(*entries);
        lag.time = lag.time.max(now.since(*since));
    }
    lags.into_values().collect()
}
