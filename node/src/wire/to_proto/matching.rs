//! Suggestions and explanations.

use quince_core::domain::{LineId, RecordKind};
use quince_core::matching::{Candidate, Explanation, Match, Plan, Reason, sentence};
use quince_proto::api::v1 as api;

use super::resource::hex;
use crate::wire::names;
use crate::wire::record::to_proto::instant;
use crate::wire::vocabulary::value_or_unspecified;

/// A page of suggestions with the token of the next, and the plan that they are from.
pub fn list_matches(page: (Vec<api::Match>, String), plan: &Plan) -> api::ListMatchesResponse {
    let (matches, next_page_token) = page;
    api::ListMatchesResponse { matches, next_page_token, plan: Some(plan_of(plan)) }
}

/// Why a pair is or is not suggested.
pub fn explain_match(
    explanation: &Explanation,
    mine: impl Fn(&Match) -> bool,
    plan: &Plan,
) -> api::ExplainMatchResponse {
    api::ExplainMatchResponse {
        matches: explanation.matches.iter().map(|one| suggestion(one, mine(one))).collect(),
        blocked: explanation.blocked.iter().map(candidate).collect(),
        plan: Some(plan_of(plan)),
    }
}

/// A suggestion, and whether this city owns one of its lines.
pub fn suggestion(one: &Match, mine: bool) -> api::Match {
    api::Match {
        name: format!("matches/{}", one.id),
        need_line: names::line(RecordKind::Need, &one.need_line),
        offer_line: names::line(RecordKind::Offer, &one.offer_line),
        amount: one.amount.get(),
        unit: one.unit.to_string(),
        item: one.item.to_string(),
        tier: one.tier.tier().into(),
        rank: one.rank,
        distance_km: one.distance_km.unwrap_or_default(),
        reasons: one.reasons.iter().map(reason).collect(),
        mine,
    }
}

fn reason(reason: &Reason) -> api::Reason {
    let parameters = reason.parameters.iter();
    api::Reason {
        code: reason.code.as_str().to_owned(),
        parameters: parameters.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        sentence: sentence(reason),
        blocks: reason.code.blocks(),
    }
}

fn candidate(candidate: &Candidate) -> api::Candidate {
    let name = |kind, line: &Option<LineId>| line.as_ref().map(|line| names::line(kind, line));
    api::Candidate {
        need_line: name(RecordKind::Need, &candidate.need_line).unwrap_or_default(),
        offer_line: name(RecordKind::Offer, &candidate.offer_line).unwrap_or_default(),
        reasons: candidate.reasons.iter().map(reason).collect(),
        kind: value_or_unspecified(candidate.kind),
    }
}

fn plan_of(plan: &Plan) -> api::Plan {
    api::Plan {
        epoch: Some(instant(plan.epoch.begin())),
        rule_version: plan.rule_version.to_owned(),
        catalogue_version: plan.catalogue_version.to_owned(),
        input_digest: hex(plan.input_digest.as_bytes()),
        plan_digest: hex(plan.digest.as_bytes()),
    }
}
