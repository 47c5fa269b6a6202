//! The node at a glance.

use std::collections::BTreeMap;

use quince_core::domain::item::CATALOGUE_VERSION;
use quince_core::domain::{Profile, RecordKind};
use quince_core::feed::FeedId;

use crate::office::federation::membership;
use crate::office::identity::profile_of;
use crate::office::roster::stored_chain;
use crate::office::view::{FeedView, Membership, RecordCounts, StatusView};
use crate::office::{BusinessTime, Office, Result};
use crate::store::View;

impl Office {
    /// Who this node is, whether it signs, whom it knows and what it holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn status(&self) -> Result<StatusView> {
        let mut view = self.store().view().await?;
        let counts = view.counts().await?;
        let count = |kind| counts.records.get(&kind).copied().unwrap_or_default();
        let chain = match membership(&mut view).await? {
            Membership::Alone => None,
            _ => stored_chain(&mut view).await?,
        };
        let name = view.get::<Profile>(&profile_of(self.handle())).await?;
        let name =
            name.and_then(|found| Some(found.record.names.as_slice().first()?.words.as_str().to_owned()));
        let replication = self.replication().await;
        let sessions = replication.sessions.iter().filter(|session| session.connected).count();
        Ok(StatusView {
            handle: self.handle().clone(),
            display_name: name.unwrap_or_else(|| self.handle().to_string()),
            node_id: view.own_node().await?.0,
            time: self.now(),
            started: self.started(),
            database: self.store().database(),
            read_only_reason: self.store().read_only(),
            federation: chain.as_ref().map(|chain| chain.roster().name.to_string()).unwrap_or_default(),
            roster_version: chain.as_ref().map_or(0, |chain| chain.roster().version),
            catalogue_version: CATALOGUE_VERSION,
            federation_catalogue: chain.as_ref().and_then(|chain| chain.roster().catalogue.clone()),
            members: chain.map_or(0, |chain| u32::try_from(chain.roster().members.len()).unwrap_or(u32::MAX)),
            sessions: u32::try_from(sessions).unwrap_or(u32::MAX),
            lag: replication.lag,
            feeds: feeds(&mut view, &replication.held_by).await?,
            quarantined: counts.quarantined,
            counts: RecordCounts {
                needs: count(RecordKind::Need),
                offers: count(RecordKind::Offer),
                requisitions: count(RecordKind::Requisition),
                commitments: count(RecordKind::Commitment),
            },
            drill: self.business_time() == BusinessTime::Drill,
        })
    }
}

async fn feeds(view: &mut View, held_by: &BTreeMap<FeedId, u32>) -> Result<Vec<FeedView>> {
    let mut shown = Vec::new();
    for state in view.feeds().await? {
        let member = view.member_by_node(state.id.node).await?;
        let Some(member) = member else { continue };
        let quarantined = view.quarantine_count(&state).await?;
        let first = if quarantined > 0 { view.quarantined(&state.id, 1).await? } else { Vec::new() };
        shown.push(FeedView {
            owner: member.handle,
            lane: u32::from(state.id.lane.number()),
            epoch: state.head.map_or(0, |signed| signed.head.epoch.0),
            size: state.size(),
            root: state.frontier.root().0,
            quarantined,
            quarantine_reason: first.into_iter().next().map(|(_, reason)| reason),
            stalled: state.stalled,
            last_heard: state.heard,
            held_by: state.own.then(|| held_by.get(&state.id).copied().unwrap_or_default()),
        });
    }
    Ok(shown)
}
