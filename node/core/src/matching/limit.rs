//! Limits of one city: how many of its lines are planned, and how many are life-saving. Part of the rule, the same on
//! every node. A city is the owner of its lines, so inventing parties gains nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::handle::Handle;
use crate::domain::id::LineId;
use crate::domain::need::{NeedLine, Urgency};
use crate::matching::entry::{Entry, Readiness};
use crate::matching::family::FamilyKey;

/// The most lines of one city that are planned in one family, needs and offers apart: far more than a city office
/// keeps, far fewer than would crowd out everybody else.
pub const LINES_PER_CITY_MAX: usize = 1_000;

/// The most lines of one city in tier 1; further ones count as tier 2. If everything is life-saving, nothing is.
pub const TIER_ONE_LINES_MAX: usize = 20;

/// The life-saving lines of each city, drills apart, in the order in which they count: lines that all members can see go
/// first, so that nothing private changes the plan that all compare; then the older.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TierOne(BTreeMap<(Handle, bool), BTreeMap<Rank, FamilyKey>>);

/// Where a life-saving line stands in its city: private or not, id.
type Rank = (bool, LineId);

/// A line whose tier in force is another than before.
pub(super) struct Moved {
    pub(super) family: FamilyKey,
    pub(super) line: LineId,
    pub(super) lowered: bool,
}

impl TierOne {
    /// A line joins, if it is life-saving and takes part; gives the one that is lowered for it, perhaps itself.
    pub(super) fn join(&mut self, entry: &Entry<NeedLine>, family: &FamilyKey) -> Option<Moved> {
        if !counts(entry) {
            return None;
        }
        let lines = self.0.entry((entry.city().clone(), entry.exercise)).or_default();
        let own = rank(entry);
        lines.insert(own.clone(), family.clone());
        let stays = lines.keys().take(TIER_ONE_LINES_MAX).any(|line| *line == own);
        let first_beyond = || lines.iter().nth(TIER_ONE_LINES_MAX);
        let moved = if stays { first_beyond() } else { Some((&own, family)) };
        moved.map(|((_, line), family)| Moved { family: family.clone(), line: line.clone(), lowered: true })
    }

    /// A line leaves; gives the one that moves up for it.
    pub(super) fn leave(&mut self, entry: &Entry<NeedLine>) -> Option<Moved> {
        let city = (entry.city().clone(), entry.exercise);
        let lines = self.0.get_mut(&city)?;
        lines.remove(&rank(entry))?;
        let moved = lines.iter().nth(TIER_ONE_LINES_MAX - 1).map(|((_, line), family)| Moved {
            family: family.clone(),
            line: line.clone(),
            lowered: false,
        });
        if lines.is_empty() {
            self.0.remove(&city);
        }
        moved.filter(|_| !entry.lowered)
    }
}

impl Entry<NeedLine> {
    /// Sets the tier in force of a life-saving line.
    pub(super) fn lower(&mut self, lowered: bool) {
        self.lowered = lowered;
        self.line.urgency =
            if lowered { Urgency::new(2).expect("2 is a tier") } else { Urgency::LIFE_SAVING };
    }
}

fn counts(entry: &Entry<NeedLine>) -> bool {
    let takes_part = matches!(entry.readiness, Readiness::Ready | Readiness::OverLimit);
    takes_part && (entry.lowered || entry.line.urgency == Urgency::LIFE_SAVING)
}

fn rank(entry: &Entry<NeedLine>) -> Rank {
    (!entry.is_shared(), entry.id.clone())
}

/// Leaves out what is beyond [`LINES_PER_CITY_MAX`]. Lines that all members can see go first, then the more urgent, then the
/// older. Entries come by id, so those of a city stand together.
pub(super) fn leave_out<L: Clone>(entries: &mut [Arc<Entry<L>>], tier: impl Fn(&L) -> u8) {
    for city in entries.chunk_by_mut(|one, other| one.city() == other.city()) {
        let takes_part =
            |entry: &&mut Arc<Entry<L>>| matches!(entry.readiness, Readiness::Ready | Readiness::OverLimit);
        let mut planned: Vec<&mut Arc<Entry<L>>> = city.iter_mut().filter(takes_part).collect();
        if planned.len() > LINES_PER_CITY_MAX {
            planned.sort_by_cached_key(|entry| (!entry.is_shared(), tier(&entry.line), entry.id.clone()));
        }
        for (at, entry) in planned.into_iter().enumerate() {
            let readiness = if at < LINES_PER_CITY_MAX { Readiness::Ready } else { Readiness::OverLimit };
            if entry.readiness != readiness {
                Arc::make_mut(entry).readiness = readiness;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::matching::tests::town::Town;
    use crate::matching::{LINES_PER_CITY_MAX, Readiness, TIER_ONE_LINES_MAX};

    #[test]
    fn the_twenty_first_life_saving_line_of_a_city_counts_as_tier_two() {
        let mut town = Town::new();
        for _ in 0..=TIER_ONE_LINES_MAX {
            town.add("need south masks 10 tier=1");
        }
        town.add("need east masks 10 tier=1");
        let view = town.view();
        assert_eq!(view.needs().filter(|need| need.lowered).count(), 1);
        let in_tier_one = view.needs().filter(|need| need.line.urgency.tier() == 1).count();
        assert_eq!(in_tier_one, TIER_ONE_LINES_MAX + 1);
    }

    #[test]
    fn drills_and_private_needs_take_nothing_from_the_limit_of_the_real_ones() {
        let mut town = Town::new();
        for _ in 0..TIER_ONE_LINES_MAX {
            town.add("need south masks 10 tier=1 exercise");
            town.add("need south masks 10 tier=1 private");
            town.add("need south masks 10 tier=1");
        }
        let view = town.view();
        assert!(view.needs().all(|need| need.lowered != need.is_shared() || need.exercise));
    }

    #[test]
    fn line_one_thousand_and_one_of_a_city_in_a_family_is_left_out_and_it_is_the_least_urgent() {
        let mut town = Town::new();
        town.add("need south masks 10 tier=4");
        for _ in 0..LINES_PER_CITY_MAX {
            town.add("need south masks 10 tier=3");
        }
        town.add("need south blankets 10 tier=4");
        let view = town.view();
        let over: Vec<_> = view.needs().filter(|n| n.readiness == Readiness::OverLimit).collect();
        assert_eq!(over.len(), 1);
        assert_eq!(over[0].line.urgency.tier(), 4);
        assert_eq!(over[0].line.item.to_string(), "mask.surgical.iir");
    }
}
