//! Suggestions. The matcher plans on its own time; this shows its latest plan.

use std::fmt;
use std::sync::Arc;

use quince_core::domain::handle::Handle;
use quince_core::matching::{Explanation, Match, Plan, Subject};
use quince_proto::api::v1 as proto;
use quince_proto::api::v1::match_service_server::MatchService;
use tonic::{Request, Response, Status};

use crate::office::request::Paging;
use crate::office::view::Listing;
use crate::office::{Error, Office};
use crate::wire::from_proto::MatchFilter;
use crate::wire::{from_proto, to_proto};

/// What the API asks of the matcher.
#[tonic::async_trait]
pub trait Planner: fmt::Debug + Send + Sync + 'static {
    /// The latest plan.
    async fn plan(&self) -> Result<Arc<Plan>, Error>;

    /// Why something is or is not suggested in the latest plan, with that plan.
    async fn explain(&self, subject: Subject) -> Result<(Explanation, Arc<Plan>), Error>;
}

/// Suggestions over the matcher.
#[derive(Debug, Clone)]
pub(super) struct Matches {
    pub(super) office: Office,
    pub(super) planner: Arc<dyn Planner>,
}

#[tonic::async_trait]
impl MatchService for Matches {
    async fn list_matches(
        &self,
        request: Request<proto::ListMatchesRequest>,
    ) -> Result<Response<proto::ListMatchesResponse>, Status> {
        let (filter, page) = from_proto::list_matches(request.get_ref())?;
        let (home, plan) = (self.office.handle(), self.planner.plan().await?);
        let listing = select(&plan.suggestions, home, &filter, &page.paging);
        Ok(Response::new(to_proto::list_matches(home, &plan, &listing, &page)))
    }

    async fn explain_match(
        &self,
        request: Request<proto::ExplainMatchRequest>,
    ) -> Result<Response<proto::ExplainMatchResponse>, Status> {
        let subject = from_proto::explain_match(request.get_ref())?;
        let (explanation, plan) = self.planner.explain(subject).await?;
        Ok(Response::new(to_proto::explain_match(self.office.handle(), &plan, &explanation)))
    }
}

/// The page of those that the filter admits: first those that wait for this city, then by rank.
fn select(
    suggestions: &[Match],
    home: &Handle,
    filter: &MatchFilter,
    paging: &Paging<u64>,
) -> Listing<Match> {
    let mine = MatchFilter { mine_only: true, ..MatchFilter::default() };
    let (first, last): (Vec<_>, Vec<_>) =
        suggestions.iter().filter(|one| filter.admits(home, one)).partition(|one| mine.admits(home, one));
    let skip = usize::try_from(paging.after.unwrap_or(0)).unwrap_or(usize::MAX);
    let take = usize::try_from(paging.size).unwrap_or(usize::MAX);
    let mut rest = first.into_iter().chain(last).skip(skip);
    let items = rest.by_ref().take(take).cloned().collect();
    Listing { items, more: rest.next().is_some() }
}
