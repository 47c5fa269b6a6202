//! Requests of `match.proto`.

use quince_core::domain::field::{Faults, FieldError};
use quince_core::domain::text::Words;
use quince_core::domain::{Instant, RecordId, RecordKind};
use quince_core::matching::{MatchId, Origin, Subject, Supposed};
use quince_proto::api::v1 as api;

use super::names;
use crate::wire::Gate;
use crate::wire::page::{Page, Position, page};
use crate::wire::record::from_proto::{instant, required};

/// The longest version that a node says of its rule or catalogue.
const VERSION_CHARS_MAX: usize = 64;

type Version = Words<VERSION_CHARS_MAX>;

/// Which suggestions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchFilter {
    /// Those of which this city owns a line.
    pub mine_only: bool,
    /// Those for this need.
    pub need: Option<RecordId>,
    /// Those of this offer.
    pub offer: Option<RecordId>,
}

/// Which suggestions, and which of them first. Their places are the matcher's, so that it says what those are.
pub fn list_matches<K: Position>(request: &api::ListMatchesRequest) -> Gate<(MatchFilter, Page<K>)> {
    let page = page(request)?;
    let mut faults = Faults::default();
    let need = names::parse_optional_record(RecordKind::Need, &request.need);
    let need = faults.take("need", need);
    let offer = names::parse_optional_record(RecordKind::Offer, &request.offer);
    let offer = faults.take("offer", offer);
    let built = || Some(MatchFilter { mine_only: request.mine_only, need: need?, offer: offer? });
    Ok((faults.finish(built())?, page))
}

/// What to explain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A suggestion that is shown.
    Match(MatchId),
    /// A line or a pair.
    Subject(Subject),
}

/// What to explain.
pub fn explain_match(request: &api::ExplainMatchRequest) -> Gate<Asked> {
    let mut faults = Faults::default();
    if !request.name.is_empty() {
        let found = faults.take("name", match_id(request));
        return Ok(faults.finish(found.map(Asked::Match))?);
    }
    let line = |kind, name: &str| (!name.is_empty()).then(|| names::parse_line(kind, name)).transpose();
    let need = faults.take("need_line", line(RecordKind::Need, &request.need_line));
    let offer = faults.take("offer_line", line(RecordKind::Offer, &request.offer_line));
    let subject = match (need.flatten(), offer.flatten()) {
        (Some(need), Some(offer)) => Some(Subject::Pair(need, offer)),
        (Some(need), None) => Some(Subject::Need(need)),
        (None, Some(offer)) => Some(Subject::Offer(offer)),
        (None, None) => None,
    };
    if request.need_line.is_empty() && request.offer_line.is_empty() {
        faults.take(
            "need_line",
            Err::<(), _>(FieldError::of("", "a need line, an offer line, both, or a name")),
        );
    }
    Ok(faults.finish(subject.map(Asked::Subject))?)
}

/// The suggestion that a request names and nothing else beside it.
fn match_id(request: &api::ExplainMatchRequest) -> Result<MatchId, FieldError> {
    let fault = || FieldError::of(&request.name, "matches/{id} alone, or else lines and no name");
    if !(request.need_line.is_empty() && request.offer_line.is_empty()) {
        return Err(fault());
    }
    let id = request.name.strip_prefix("matches/").and_then(|id| id.parse().ok());
    id.ok_or_else(fault)
}

/// What is supposed to exist, held to what its creation would be held to.
pub fn simulate_match(now: Instant, request: api::SimulateMatchRequest) -> Gate<Supposed> {
    use api::simulate_match_request::Supposed as Asked;

    match request.supposed {
        Some(Asked::Need(record)) => {
            let need = Some(api::Need { record: Some(record), ..api::Need::default() });
            let request = api::CreateNeedRequest { need, ..api::CreateNeedRequest::default() };
            super::create_need(now, request).map(|(need, _)| Supposed::Need(need))
        }
        Some(Asked::Offer(record)) => {
            let offer = Some(api::Offer { record: Some(record), ..api::Offer::default() });
            let request = api::CreateOfferRequest { offer, ..api::CreateOfferRequest::default() };
            super::create_offer(now, request).map(|(offer, _)| Supposed::Offer(offer))
        }
        None => {
            let mut faults = Faults::default();
            faults.take("supposed", Err::<(), _>(FieldError::of("", "a need or an offer")));
            Ok(faults.finish(None)?)
        }
    }
}

/// What another node said of its plan.
pub fn compare_plan(request: api::ComparePlanRequest) -> Gate<Origin> {
    let mut faults = Faults::default();
    let told = faults.take("other", required(request.other, "what the other node's GetPlan told"));
    let api::Plan { epoch, rule_version, catalogue_version, input_digest, plan_digest, .. } =
        told.unwrap_or_default();
    let epoch = faults.take("other.epoch", required(epoch, "an instant").and_then(instant));
    let rule: Option<Version> = faults.take("other.rule_version", Words::new(rule_version));
    let catalogue: Option<Version> = faults.take("other.catalogue_version", Words::new(catalogue_version));
    let input_digest = faults.take("other.input_digest", input_digest.parse());
    let plan_digest = faults.take("other.plan_digest", plan_digest.parse());
    let built = || {
        Some(Origin {
            rule_version: rule?.as_str().to_owned(),
            catalogue_version: catalogue?.as_str().to_owned(),
            epoch: epoch?,
            input_digest: input_digest?,
            plan_digest: plan_digest?,
        })
    };
    Ok(faults.finish(built())?)
}
