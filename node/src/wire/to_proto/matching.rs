//! Suggestions and explanations.

use quince_core::domain::{Instant, LineId, RecordKind};
use quince_core::matching::transport::{Carriage, Carried, Obstacle, Outcome};
use quince_core::matching::{Candidate, Change, Comparison, Explanation, Match, Plan, Reason, sentence};
use quince_proto::api::v1 as api;

use super::resource::hex;
use crate::wire::names;
use crate::wire::record::to_proto::instant;
use crate::wire::vocabulary::value_or_unspecified;

/// Families that are named as cut short: each is one more that an operator looks into.
const CUT_SHORT_MAX: usize = 20;

/// A page of suggestions with the token of the next, and the plan that they are from.
pub fn list_matches(page: (Vec<api::Match>, String), plan: api::Plan) -> api::ListMatchesResponse {
    let (matches, next_page_token) = page;
    api::ListMatchesResponse { matches, next_page_token, plan: Some(plan) }
}

/// Why a pair is or is not suggested.
pub fn explain_match(
    explanation: &Explanation,
    shown: impl Fn(&Match) -> api::Match,
    plan: api::Plan,
) -> api::ExplainMatchResponse {
    api::ExplainMatchResponse {
        matches: explanation.matches.iter().map(shown).collect(),
        blocked: explanation.blocked.iter().map(candidate).collect(),
        plan: Some(plan),
    }
}

/// A suggestion, its rank, what speaks for it, who carries it, and whether this city owns one of its lines.
pub fn suggestion(
    one: &Match,
    rank: u32,
    mine: bool,
    reasons: &[Reason],
    carriage: Option<&Carriage>,
) -> api::Match {
    api::Match {
        name: format!("matches/{}", one.id),
        need_line: names::line(RecordKind::Need, &one.need_line),
        offer_line: names::line(RecordKind::Offer, &one.offer_line),
        amount: one.amount.get(),
        unit: one.unit.to_string(),
        item: one.item.to_string(),
        tier: one.tier.tier().into(),
        rank,
        distance_km: one.distance_km,
        reasons: reasons.iter().map(reason).collect(),
        mine,
        carriage: carriage.map(carriage_of),
        kind: value_or_unspecified(Some(one.kind)),
        exercise: one.exercise,
        local: one.local,
    }
}

/// How a suggestion changed; what stands in the way now of one that is gone.
pub fn match_change(
    change: &Change,
    shown: impl Fn(&Match) -> api::Match,
    blocks: &[Reason],
) -> api::MatchChange {
    use api::MatchChangeType as Type;

    let (kind, one, before) = match change {
        Change::Added(one) => (Type::Added, one, 0),
        Change::Removed(one) => (Type::Removed, one, one.amount.get()),
        Change::Updated { now, before } => (Type::Updated, now, before.amount.get()),
    };
    api::MatchChange {
        r#type: kind.into(),
        r#match: Some(shown(one)),
        previous_amount: before,
        reasons: blocks.iter().map(reason).collect(),
    }
}

/// What does not fit into an answer.
#[derive(Debug, Clone, Copy)]
pub struct LeftOut {
    /// Changes that are not told.
    pub changes: usize,
    /// Lines that are not explained.
    pub lines: usize,
}

/// What would change in a plan, with as many of the changes as are sent.
pub fn simulate_match(
    changes: Vec<api::MatchChange>,
    name: String,
    blocked: &[Candidate],
    left_out: LeftOut,
    plan: api::Plan,
) -> api::SimulateMatchResponse {
    let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
    api::SimulateMatchResponse {
        changes,
        name,
        blocked: blocked.iter().map(candidate).collect(),
        changes_left_out: count(left_out.changes),
        lines_left_out: count(left_out.lines),
        plan: Some(plan),
    }
}

fn carriage_of(carriage: &Carriage) -> api::Carriage {
    use api::CarriageOutcome as Kind;

    let (outcome, rides, obstacles) = match &carriage.outcome {
        Outcome::WithinCity => (Kind::WithinCity, &[][..], &[][..]),
        Outcome::SupplierBrings => (Kind::SupplierBrings, &[][..], &[][..]),
        Outcome::Carried(rides) => (Kind::Carried, &rides[..], &[][..]),
        Outcome::Stranded(obstacles) => (Kind::Stranded, &[][..], &obstacles[..]),
    };
    api::Carriage {
        outcome: outcome.into(),
        rides: rides.iter().map(ride).collect(),
        obstacles: obstacles.iter().map(obstacle).collect(),
    }
}

fn obstacle(obstacle: &Obstacle) -> api::Obstacle {
    let line = obstacle.transport_line.as_ref().map(|line| names::line(RecordKind::Offer, line));
    let reasons = obstacle.reasons.iter().map(reason).collect();
    api::Obstacle { transport_line: line.unwrap_or_default(), reasons }
}

fn ride(ride: &Carried) -> api::Ride {
    api::Ride {
        transport_line: names::line(RecordKind::Offer, &ride.transport_line),
        journey: ride.journey,
        units: ride.units.get(),
        share_e4: ride.share_e4,
        detour_km: ride.detour_km,
        arrival: Some(instant(ride.arrival)),
        reasons: ride.reasons.iter().map(reason).collect(),
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

/// What another node's plan is to this one.
pub fn compare_plan(comparison: &Comparison, plan: api::Plan) -> api::ComparePlanResponse {
    let told = match comparison {
        Comparison::SamePlan => api::PlanComparison::SamePlan,
        Comparison::OtherRules { .. } => api::PlanComparison::OtherRules,
        Comparison::OtherEpoch => api::PlanComparison::OtherEpoch,
        Comparison::OtherInputs => api::PlanComparison::OtherInputs,
        Comparison::OtherPlan => api::PlanComparison::OtherPlan,
    };
    let (sentence, plan) = (comparison.sentence(), Some(plan));
    api::ComparePlanResponse { comparison: told.into(), sentence, plan }
}

/// What a plan was computed from, when, and why there is no newer one.
pub fn plan_of(plan: &Plan, computed: Instant, failure: Option<String>) -> api::Plan {
    api::Plan {
        epoch: Some(instant(plan.epoch.begin())),
        rule_version: plan.rule_version.to_owned(),
        catalogue_version: plan.catalogue_version.to_owned(),
        input_digest: hex(plan.input_digest.as_bytes()),
        plan_digest: hex(plan.digest.as_bytes()),
        computed_time: Some(instant(computed)),
        families_cut_short: plan.cut_short().take(CUT_SHORT_MAX).map(ToString::to_string).collect(),
        failure: failure.unwrap_or_default(),
    }
}
