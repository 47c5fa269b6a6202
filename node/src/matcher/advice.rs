//! Advice: a plan with the view that it was computed from, and the questions that are answered from both.

use std::sync::Arc;

use quince_core::domain::item::Catalogue;
use quince_core::domain::{Handle, RecordId};
use quince_core::matching::{Explanation, Match, Plan, Subject, View, explain};

/// A plan, and from what it was computed.
#[derive(Debug)]
pub struct Advice {
    /// The plan.
    pub plan: Plan,
    pub(super) view: View,
    /// The newest change of a record that it knows; see [`Progress`](crate::store::Progress).
    pub(super) changed: u64,
    pub(super) home: Handle,
    pub(super) catalogue: Arc<Catalogue>,
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
    /// This city owns one of the two lines.
    pub mine: bool,
}

/// Where a suggestion stands in a list: this city's first, then by rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Neither line is this city's.
    pub others: bool,
    /// The rank in the plan.
    pub rank: u32,
}

impl Advice {
    /// Suggestions that a filter lets through, after a place, this city's first; at most `limit`.
    #[must_use]
    pub fn list(&self, filter: &Filter, after: Option<Place>, limit: usize) -> Vec<Suggestion> {
        let wanted = |one: &&Match| {
            filter.need.as_ref().is_none_or(|need| one.need_line.record == *need)
                && filter.offer.as_ref().is_none_or(|offer| one.offer_line.record == *offer)
        };
        let all = self.plan.suggestions.iter().filter(wanted).map(|one| self.suggestion(one));
        let (mine, others): (Vec<_>, Vec<_>) = all.partition(|one| one.mine);
        let others = others.into_iter().filter(|_| !filter.mine_only);
        let listed = mine.into_iter().chain(others);
        listed.filter(|one| after.is_none_or(|after| one.place() > after)).take(limit).collect()
    }

    /// Why a line or a pair is or is not suggested.
    #[must_use]
    pub fn explain(&self, subject: &Subject) -> Explanation {
        explain(&self.view, &self.catalogue, &self.plan, subject)
    }

    /// A suggestion as this city sees it.
    #[must_use]
    pub fn suggestion(&self, matched: &Match) -> Suggestion {
        let mine = [&matched.need_line, &matched.offer_line].iter().any(|line| *line.owner() == self.home);
        Suggestion { matched: matched.clone(), mine }
    }
}

impl Suggestion {
    /// Where it stands in a list.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { others: !self.mine, rank: self.matched.rank }
    }
}
