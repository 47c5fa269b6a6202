//! Suggestions. The matcher plans on its own time; this shows its newest advice.

use quince_core::matching::{Change, Plan, Standing, Subject};
use quince_proto::api::v1 as proto;
use quince_proto::api::v1::match_service_server::MatchService;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::api::{Api, caller, watch_matches};
use crate::matcher::{Advice, Filter, MatcherError, MatcherHandle, Place, Simulation, Suggestion};
use crate::office::view::Listing;
use crate::office::{Error, ErrorKind};
use crate::wire::from_proto::Asked;
use crate::wire::page::{Fill, Placed, Position};
use crate::wire::to_proto::LeftOut;
use crate::wire::{from_proto, to_proto};

/// Changes in the answer to one simulation: more than a person reads.
const SIMULATED_CHANGES_MAX: usize = 500;

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
        Ok(Response::new(to_proto::list_matches(filled, plan_of(&self.0.matcher, &advice, &advice.shown))))
    }

    async fn explain_match(
        &self,
        request: Request<proto::ExplainMatchRequest>,
    ) -> Result<Response<proto::ExplainMatchResponse>, Status> {
        let asked = from_proto::explain_match(request.get_ref())?;
        let matcher = self.0.matcher.clone();
        let told = self.0.matcher.ask(move |advice| explained(&matcher, advice, asked)).await?;
        let missing = || Error::new(ErrorKind::NotFound, format!("{} is not shown", request.get_ref().name));
        let hint = "ListMatches has those that are; name the two lines to learn what blocks the pair";
        Ok(Response::new(told.ok_or_else(|| missing().hint(hint))?))
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
        let supposed = self.0.office.supposed(supposed)?;
        let matcher = self.0.matcher.clone();
        let simulated = move |advice: &Advice| simulated(&matcher, advice, &advice.simulate(supposed));
        Ok(Response::new(self.0.matcher.ask(simulated).await?))
    }

    async fn get_plan(&self, _: Request<proto::GetPlanRequest>) -> Result<Response<proto::Plan>, Status> {
        let advice = self.0.matcher.advice().await?;
        Ok(Response::new(plan_of(&self.0.matcher, &advice, &advice.plan)))
    }

    async fn compare_plan(
        &self,
        request: Request<proto::ComparePlanRequest>,
    ) -> Result<Response<proto::ComparePlanResponse>, Status> {
        let other = from_proto::compare_plan(request.into_inner())?;
        let advice = self.0.matcher.advice().await?;
        let comparison = advice.plan.origin().compare(&other);
        let plan = plan_of(&self.0.matcher, &advice, &advice.plan);
        Ok(Response::new(to_proto::compare_plan(&comparison, plan)))
    }
}

fn explained(matcher: &MatcherHandle, advice: &Advice, asked: Asked) -> Option<proto::ExplainMatchResponse> {
    let subject = match asked {
        Asked::Subject(subject) => subject,
        Asked::Match(id) => {
            let found = advice.shown.suggestion(id)?;
            Subject::Pair(found.need_line.clone(), found.offer_line.clone())
        }
    };
    let explanation = advice.explain(&subject);
    let shown = |one: &_| sent(&advice.suggestion(one));
    Some(to_proto::explain_match(&explanation, shown, plan_of(matcher, advice, &advice.shown)))
}

fn simulated(
    matcher: &MatcherHandle,
    advice: &Advice,
    simulation: &Simulation,
) -> proto::SimulateMatchResponse {
    let mut changes = Fill::new(SIMULATED_CHANGES_MAX);
    for change in &simulation.changes {
        let plan = if matches!(change, Change::Removed(_)) { &advice.plan } else { &simulation.plan };
        let shown = |one: &_| sent(&advice.suggestion_of(plan, one));
        if !changes.push(to_proto::match_change(change, shown, &[])) {
            break;
        }
    }
    let (changes, plan) = (changes.into_messages(), plan_of(matcher, advice, &advice.plan));
    let Simulation { id, kind, blocked, lines_left_out, .. } = simulation;
    let left_out = LeftOut { changes: simulation.changes.len() - changes.len(), lines: *lines_left_out };
    to_proto::simulate_match(changes, kind.name_of(id), blocked, left_out, plan)
}

/// One of the plans of advice as it is sent.
pub(super) fn plan_of(matcher: &MatcherHandle, advice: &Advice, plan: &Plan) -> proto::Plan {
    to_proto::plan_of(plan, advice.computed, matcher.newest().failure)
}

/// A suggestion as it is sent.
pub(super) fn sent(one: &Suggestion) -> proto::Match {
    to_proto::suggestion(&one.matched, one.rank, one.mine, &one.reasons, one.carriage.as_ref())
}

impl From<MatcherError> for Status {
    fn from(error: MatcherError) -> Self {
        Error::from(error).into()
    }
}

impl From<MatcherError> for Error {
    fn from(error: MatcherError) -> Self {
        let kind = match error {
            MatcherError::NotReady | MatcherError::Failing(_) => ErrorKind::Unavailable,
            MatcherError::Broken => ErrorKind::Internal,
        };
        Self::new(kind, error.to_string())
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
        let Standing { local, tier, cost, tie, id } = self.standing;
        format!("{}.{}.{tier}.{cost}.{tie:x}.{id}", u8::from(self.others), u8::from(local))
    }

    fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split('.').collect();
        let [others, local, tier, cost, tie, id] = words[..] else { return None };
        let standing = Standing {
            local: local != "0",
            tier: tier.parse().ok()?,
            cost: cost.parse().ok()?,
            tie: u64::from_str_radix(tie, 16).ok()?,
            id: id.parse().ok()?,
        };
        Some(Self { others: others != "0", standing })
    }
}
