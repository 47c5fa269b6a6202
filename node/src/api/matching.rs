//! Suggestions. The matcher plans on its own time; this shows its newest advice.

use quince_proto::api::v1 as proto;
use quince_proto::api::v1::match_service_server::MatchService;
use tonic::{Request, Response, Status};

use crate::matcher::{Filter, MatcherError, MatcherHandle, Place, Suggestion};
use crate::office::view::Listing;
use crate::office::{Error, ErrorKind};
use crate::wire::page::{Placed, Position};
use crate::wire::{from_proto, to_proto};

/// Suggestions over the matcher.
#[derive(Debug, Clone)]
pub(super) struct Matches(pub(super) MatcherHandle);

#[tonic::async_trait]
impl MatchService for Matches {
    async fn list_matches(
        &self,
        request: Request<proto::ListMatchesRequest>,
    ) -> Result<Response<proto::ListMatchesResponse>, Status> {
        let (asked, page) = from_proto::list_matches(request.get_ref())?;
        let filter = Filter { mine_only: asked.mine_only, need: asked.need, offer: asked.offer };
        let advice = self.0.advice().await?;
        // One more than asked for shows whether there is another page.
        let limit = usize::try_from(page.paging.size).unwrap_or(usize::MAX).saturating_add(1);
        let mut items = advice.list(&filter, page.paging.after, limit);
        let more = items.len() == limit;
        items.truncate(limit - 1);
        let shown = |one: &Suggestion| to_proto::suggestion(&one.matched, one.mine);
        let filled = page.fill(&Listing { items, more }, shown);
        Ok(Response::new(to_proto::list_matches(filled, &advice.plan)))
    }

    async fn explain_match(
        &self,
        request: Request<proto::ExplainMatchRequest>,
    ) -> Result<Response<proto::ExplainMatchResponse>, Status> {
        let subject = from_proto::explain_match(request.get_ref())?;
        let advice = self.0.advice().await?;
        let explanation = advice.explain(&subject);
        let mine = |one: &_| advice.suggestion(one).mine;
        Ok(Response::new(to_proto::explain_match(&explanation, mine, &advice.plan)))
    }
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
