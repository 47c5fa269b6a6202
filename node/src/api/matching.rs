//! Suggestions. The matcher plans on its own time; this shows its newest advice.

use quince_core::domain::RecordKind;
use quince_core::matching::{Change, Supposed};
use quince_proto::api::v1 as proto;
use quince_proto::api::v1::match_service_server::MatchService;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::api::{Api, caller, watch_matches};
use crate::matcher::{Filter, MatcherError, Place, Suggestion};
use crate::office::view::Listing;
use crate::office::{Error, ErrorKind};
use crate::wire::page::{Placed, Position};
use crate::wire::{from_proto, to_proto};

/// Suggestions over the matcher.
#[derive(Debug, Clone)]
pub(super) struct Matches(pub(super) Api);

#[tonic::async_trait]
impl MatchService for Matches {
    async fn list_matches(
        &self,
        request: Request<proto::ListMatchesRequest>,
    ) -> Result<Response<proto::ListMatchesResponse>, Status> {
        let (asked, page) = from_proto::list_matches(request.get_ref())?;
        let filter = Filter { mine_only: asked.mine_only, need: asked.need, offer: asked.offer };
        let advice = self.0.matcher.advice().await?;
        // One more than asked for shows whether there is another page.
        let limit = usize::try_from(page.paging.size).unwrap_or(usize::MAX).saturating_add(1);
        let mut items = advice.list(&filter, page.paging.after, limit);
        let more = items.len() == limit;
        items.truncate(limit - 1);
        let filled = page.fill(&Listing { items, more }, sent);
        Ok(Response::new(to_proto::list_matches(filled, &advice.plan)))
    }

    async fn explain_match(
        &self,
        request: Request<proto::ExplainMatchRequest>,
    ) -> Result<Response<proto::ExplainMatchResponse>, Status> {
        let subject = from_proto::explain_match(request.get_ref())?;
        let advice = self.0.matcher.advice().await?;
        let explanation = advice.explain(&subject);
        let shown = |one: &_| sent(&advice.suggestion(one));
        Ok(Response::new(to_proto::explain_match(&explanation, shown, &advice.plan)))
    }

    type WatchMatchesStream = ReceiverStream<Result<proto::WatchMatchesResponse, Status>>;

    async fn watch_matches(
        &self,
        request: Request<proto::WatchMatchesRequest>,
    ) -> Result<Response<Self::WatchMatchesStream>, Status> {
        let token = caller::token(&request)?;
        let mine_only = request.get_ref().mine_only;
        Ok(Response::new(watch_matches::open(&self.0, token, mine_only)))
    }

    async fn simulate_match(
        &self,
        request: Request<proto::SimulateMatchRequest>,
    ) -> Result<Response<proto::SimulateMatchResponse>, Status> {
        let supposed = from_proto::simulate_match(self.0.office.now(), request.into_inner())?;
        let advice = self.0.matcher.advice().await?;
        let kind = match &supposed {
            Supposed::Need(_) => RecordKind::Need,
            Supposed::Offer(_) => RecordKind::Offer,
        };
        let simulation = advice.simulate(supposed);
        let plan = |change: &Change| {
            if matches!(change, Change::Removed(_)) { &advice.plan } else { &simulation.plan }
        };
        let one = |change: &Change| {
            let plan = plan(change);
            let shown = |one: &_| sent(&advice.suggestion_of(plan, one));
            to_proto::match_change(change, shown, &[])
        };
        let changes = simulation.changes.iter().map(one).collect();
        let name = kind.name_of(&simulation.id);
        Ok(Response::new(to_proto::simulate_match(changes, name, &simulation.blocked)))
    }

    async fn get_plan(&self, _: Request<proto::GetPlanRequest>) -> Result<Response<proto::Plan>, Status> {
        let advice = self.0.matcher.advice().await?;
        Ok(Response::new(to_proto::plan_of(&advice.plan)))
    }

    async fn compare_plan(
        &self,
        request: Request<proto::ComparePlanRequest>,
    ) -> Result<Response<proto::ComparePlanResponse>, Status> {
        let other = from_proto::compare_plan(request.into_inner())?;
        let advice = self.0.matcher.advice().await?;
        let comparison = advice.plan.origin().compare(&other);
        Ok(Response::new(to_proto::compare_plan(&comparison, &advice.plan)))
    }
}

/// A suggestion as it is sent.
pub(super) fn sent(one: &Suggestion) -> proto::Match {
    to_proto::suggestion(&one.matched, one.mine, &one.reasons, one.carriage.as_ref())
}

impl From<MatcherError> for Status {
    fn from(error: MatcherError) -> Self {
        match error {
            MatcherError::NotReady => Error::new(ErrorKind::Unavailable, error.to_string()).into(),
        }
    }
}

impl Placed for Suggestion {
    type Position = Place;

    fn position(&self) -> Place {
        self.place()
    }
}

impl Position for Place {
    fn write(&self) -> String {
        format!("{}.{}", u8::from(self.others), self.rank)
    }

    fn read(text: &str) -> Option<Self> {
        let (others, rank) = text.split_once('.')?;
        Some(Self { others: others != "0", rank: rank.parse().ok()? })
    }
}
