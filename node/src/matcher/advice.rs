//! Advice: a plan with the view that it was computed from, and the questions that are answered from both.

use std::sync::Arc;

use quince_core::domain::id::NUMBER_MAX;
use quince_core::domain::item::Catalogue;
use quince_core::domain::{
    Audience, Handle, Instant, Number, RecordId, RecordKind, Revision, Snapshot, place,
};
use quince_core::matching::transport::Carriage;
use quince_core::matching::{
    Candidate, Change, Explanation, LeanNeed, LeanOffer, Match, Plan, Reason, Standing, Subject, Supposed,
    explain,
};

/// Of how many lines of a supposed record it is said what stands in the way: each is held against every line that comes near.
const LINES_EXPLAINED_MAX: usize = 20;

/// The newest plan, and what is shown of it.
#[derive(Debug)]
pub struct Advice {
    /// The plan of the records as they stand: what nodes compare.
    pub plan: Plan,
    /// What people are shown, which does not jump before an epoch ends.
    pub shown: Plan,
    /// The newest change of a record that it knows; see [`Progress`](crate::store::Progress).
    pub(super) changed: u64,
    /// When it was computed.
    pub computed: Instant,
    pub(super) home: Home,
    pub(super) catalogue: Arc<Catalogue>,
}

/// The city that is advised.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// Its handle.
    pub(super) handle: Handle,
    /// Where its office sits.
    pub(super) office: Option<place::Place>,
}

/// What would change if something existed.
#[derive(Debug)]
pub struct Simulation {
    /// The id that the supposed record has in the changes; nothing of that id is ever written.
    pub id: RecordId,
    /// What the supposed record is.
    pub kind: RecordKind,
    /// How the suggestions of the newest plan would change.
    pub changes: Vec<Change>,
    /// What stands in the way of the supposed lines that would get or give nothing.
    pub blocked: Vec<Candidate>,
    /// Of how many lines that is not told.
    pub lines_left_out: usize,
    /// The plan as it would be.
    pub plan: Plan,
}

/// Which suggestions are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those on which this city could act.
    pub mine_only: bool,
    /// Only those of this need.
    pub need: Option<RecordId>,
    /// Only those of this offer.
    pub offer: Option<RecordId>,
}

/// A suggestion as this city sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The suggestion.
    pub matched: Match,
    /// Its place in the plan, from 1.
    pub rank: u32,
    /// This city owns one of the two lines.
    pub mine: bool,
    /// What speaks for it.
    pub reasons: Vec<Reason>,
    /// Who could carry it; nothing but goods needs that.
    pub carriage: Option<Carriage>,
}

/// Where a suggestion stands in a list: this city's first, then by rank. It follows from the suggestion alone, so that a page
/// goes on where the last one ended also when the plan is another one by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Neither line is this city's.
    pub others: bool,
    /// What the rank follows from.
    pub standing: Standing,
}

impl Advice {
    /// Suggestions that a filter lets through, after a place, this city's first; at most `limit`.
    #[must_use]
    pub fn list(&self, filter: &Filter, after: Option<Place>, limit: usize) -> Vec<Suggestion> {
        let wanted = |one: &&Match| {
            filter.need.as_ref().is_none_or(|need| one.need_line.record == *need)
                && filter.offer.as_ref().is_none_or(|offer| one.offer_line.record == *offer)
        };
        let place = |one: &Match| Place { others: !self.is_mine(one), standing: one.standing };
        let all = self.shown.suggestions().iter().filter(wanted);
        let (mine, others): (Vec<_>, Vec<_>) = all.partition(|one| self.is_mine(one));
        let others = others.into_iter().filter(|_| !filter.mine_only);
        let listed = mine.into_iter().chain(others);
        let page = listed.filter(|one| after.is_none_or(|after| place(one) > after)).take(limit);
        page.map(|one| self.suggestion(one)).collect()
    }

    /// Why a line or a pair is or is not suggested.
    #[must_use]
    pub fn explain(&self, subject: &Subject) -> Explanation {
        explain(&self.catalogue, &self.shown, subject)
    }

    /// A suggestion as this city sees it.
    #[must_use]
    pub fn suggestion(&self, matched: &Match) -> Suggestion {
        self.suggestion_of(&self.shown, matched)
    }

    /// A suggestion of another plan than the one shown, as this city sees it.
    #[must_use]
    pub fn suggestion_of(&self, plan: &Plan, matched: &Match) -> Suggestion {
        let reasons = plan.supports(&self.catalogue, matched);
        let carriage = plan.carriage(matched).cloned();
        let (rank, mine) = (plan.suggestions().rank_of(matched), self.is_mine(matched));
        Suggestion { matched: matched.clone(), rank, mine, reasons, carriage }
    }

    /// What stands in the way of a suggestion that is shown no more.
    #[must_use]
    pub fn obstacles(&self, gone: &Match) -> Vec<Reason> {
        let subject = Subject::Pair(gone.need_line.clone(), gone.offer_line.clone());
        self.explain(&subject).blocked.into_iter().flat_map(|candidate| candidate.reasons).collect()
    }

    /// What would change in the newest plan if an open record of this city existed, for all members.
    #[must_use]
    pub fn simulate(&self, supposed: Supposed) -> Simulation {
        let number = Number::new(NUMBER_MAX).expect("the highest number is a number");
        let id = RecordId::new(self.home.handle.clone(), number);
        let (catalogue, office) = (&self.catalogue, self.home.office.as_ref());
        let (kind, plan, subjects): (RecordKind, Plan, Vec<Subject>) = match supposed {
            Supposed::Need(record) => {
                let need = published(&id, LeanNeed::from(record));
                let lines = need.record.lines.iter().map(|line| Subject::Need(need.line_id(line.line)));
                (RecordKind::Need, self.plan.with_need(catalogue, &need, office), lines.collect())
            }
            Supposed::Offer(record) => {
                let offer = published(&id, LeanOffer::from(record));
                let lines = offer.record.lines.iter().map(|line| Subject::Offer(offer.line_id(line.line)));
                (RecordKind::Offer, self.plan.with_offer(catalogue, &offer, office), lines.collect())
            }
        };
        let explained =
            subjects.iter().take(LINES_EXPLAINED_MAX).map(|subject| explain(catalogue, &plan, subject));
        let blocked = explained.filter(|one| one.matches.is_empty()).flat_map(|one| one.blocked).collect();
        let lines_left_out = subjects.len().saturating_sub(LINES_EXPLAINED_MAX);
        Simulation { id, kind, changes: plan.changes_since(&self.plan), blocked, lines_left_out, plan }
    }

    /// Whether this city owns one of the two lines.
    #[must_use]
    pub fn is_mine(&self, matched: &Match) -> bool {
        [&matched.need_line, &matched.offer_line].iter().any(|line| *line.owner() == self.home.handle)
    }
}

impl Suggestion {
    /// Where it stands in a list.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { others: !self.mine, standing: self.matched.standing }
    }
}

fn published<R>(id: &RecordId, record: R) -> Snapshot<R> {
    Snapshot { id: id.clone(), revision: Revision::FIRST, audience: Audience::Federation, record }
}
