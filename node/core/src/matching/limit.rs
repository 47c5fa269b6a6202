//! Limits of one city: how many of its lines are planned, and how many are life-saving. Part of the rule, the same on
//! every node. A city is the owner of its lines, so inventing parties gains nothing.

use std::collections::{BTreeMap, BTreeSet};
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
/// first, so that nothing private changes the plan that all compare; then those with a figure; then the older.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TierOne(BTreeMap<(Handle, bool), BTreeMap<Rank, FamilyKey>>);

/// Where a life-saving line stands in its city: private or not, without a figure or with one, id.
type Rank = (bool, bool, LineId);

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
        moved.map(|((.., line), family)| Moved { family: family.clone(), line: line.clone(), lowered: true })
    }

    /// Lines leave; gives those that move up for them.
    pub(super) fn leave(&mut self, entries: &[Arc<Entry<NeedLine>>]) -> Vec<Moved> {
        let mut cities: BTreeMap<(Handle, bool), Vec<Rank>> = BTreeMap::new();
        for entry in entries {
            cities.entry((entry.city().clone(), entry.exercise)).or_default().push(rank(entry));
        }
        cities.into_iter().flat_map(|(city, leaving)| self.leave_city(&city, &leaving)).collect()
    }

    fn leave_city(&mut self, city: &(Handle, bool), leaving: &[Rank]) -> Vec<Moved> {
        let Some(lines) = self.0.get_mut(city) else { return Vec::new() };
        let before: BTreeSet<Rank> = lines.keys().take(TIER_ONE_LINES_MAX).cloned().collect();
        leaving.iter().for_each(|rank| drop(lines.remove(rank)));
        let moved = lines.iter().take(TIER_ONE_LINES_MAX).filter(|(rank, _)| !before.contains(rank));
        let moved = moved.map(|((.., line), family)| Moved {
            family: family.clone(),
            line: line.clone(),
            lowered: false,
        });
        let moved = moved.collect();
        if lines.is_empty() {
            self.0.remove(city);
        }
        moved
    }
}

impl Entry<NeedLine> {
    /// Sets the tier in force of a life-saving line.
    pub(super) fn lower(&mut self, lowered: bool) {
        self.lowered = lowered;
        Arc::make_mut(&mut self.line).urgency =
            if lowered { Urgency::new(2).expect("2 is a tier") } else { Urgency::LIFE_SAVING };
    }
}

fn counts(entry: &Entry<NeedLine>) -> bool {
    is_planned(entry) && (entry.lowered || entry.line.urgency == Urgency::LIFE_SAVING)
}

/// Whether it is planned, or would be without a limit.
fn is_planned<L>(entry: &Entry<L>) -> bool {
    matches!(entry.readiness, Readiness::Ready | Readiness::Unquantified | Readiness::OverLimit)
}

fn rank(entry: &Entry<NeedLine>) -> Rank {
    (!entry.is_shared(), entry.amount.is_none(), entry.id.clone())
}

/// Leaves out what is beyond [`LINES_PER_CITY_MAX`]. Lines that all members can see go first, then those with a figure, then
/// the more urgent, then the older. Entries come by id, so those of a city stand together. `was_crowded` says whether something was
/// left out, before and after.
pub(super) fn leave_out<L: Clone>(
    entries: &mut [Arc<Entry<L>>],
    was_crowded: &mut bool,
    tier: impl Fn(&L) -> u8,
) {
    if !is_crowded(entries) && !*was_crowded {
        return;
    }
    *was_crowded = false;
    for city in entries.chunk_by_mut(|one, other| one.city() == other.city()) {
        let mut planned: Vec<&mut Arc<Entry<L>>> =
            city.iter_mut().filter(|entry| is_planned(entry)).collect();
        if planned.len() > LINES_PER_CITY_MAX {
            planned.sort_by_cached_key(|entry| {
                (!entry.is_shared(), entry.amount.is_none(), tier(&entry.line), entry.id.clone())
            });
        }
        for (at, entry) in planned.into_iter().enumerate() {
            let readiness = match entry.amount {
                _ if at >= LINES_PER_CITY_MAX => Readiness::OverLimit,
                None => Readiness::Unquantified,
                Some(_) => Readiness::Ready,
            };
            *was_crowded |= readiness == Readiness::OverLimit;
            if entry.readiness != readiness {
                Arc::make_mut(entry).readiness = readiness;
            }
        }
    }
}

/// Whether a city may have more lines here than are planned for one. A row of more than that many lines of one city holds two
/// that are half of it apart and in steps of that, so a look at few lines answers it.
fn is_crowded<L>(entries: &[Arc<Entry<L>>]) -> bool {
    let looked_at: Vec<_> = entries.iter().step_by(LINES_PER_CITY_MAX / 2).collect();
    looked_at.windows(2).any(|two| two.first().map(|one| one.city()) == two.last().map(|one| one.city()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::domain::id::LineNumber;
    use crate::domain::lines::Lines;
    use crate::domain::need::NeedLine;
    use crate::matching::tests::town::{CATALOGUE, Town};
    use crate::matching::{Epoch, LINES_PER_CITY_MAX, Plan, Planner, Readiness, TIER_ONE_LINES_MAX};

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

    #[test]
    fn needs_without_a_figure_take_nothing_from_the_limits_of_those_with_one_and_have_the_same() {
        let mut town = Town::new();
        for _ in 0..=LINES_PER_CITY_MAX {
            town.add("need south masks ? tier=1");
        }
        for _ in 0..TIER_ONE_LINES_MAX {
            town.add("need south masks 10 tier=1");
        }
        let view = town.view();
        assert!(
            view.needs().filter(|need| need.amount.is_some()).all(|need| need.is_ready() && !need.lowered)
        );
        assert!(view.needs().filter(|need| need.amount.is_none()).all(|need| need.lowered));
        let over = view.needs().filter(|need| need.readiness == Readiness::OverLimit).count();
        assert_eq!(over, TIER_ONE_LINES_MAX + 1);
    }

    #[test]
    fn when_a_record_with_two_life_saving_lines_ends_two_others_move_up() {
        let mut town = Town::new();
        for _ in 1..TIER_ONE_LINES_MAX {
            town.add("need south masks 10 tier=1");
        }
        let double = town.add("need south masks 10 tier=1");
        let lines = |town: &mut Town| {
            let need = town.sources.needs.get_mut(&double.record).unwrap();
            let second = NeedLine {
                line: LineNumber::new(2).unwrap(),
                ..need.record.lines.iter().next().unwrap().clone()
            };
            need.record.lines =
                Lines::new([need.record.lines.iter().cloned().collect(), vec![second]].concat()).unwrap();
        };
        lines(&mut town);
        town.add("need south masks 10 tier=1");
        let mut planner =
            Planner::new(town.home.clone(), Epoch::containing(town.now), Arc::new(CATALOGUE.clone()));
        town.sources.needs.values().for_each(|need| planner.set_need(need.clone()));
        let lowered = |plan: &Plan| plan.view().needs().filter(|need| need.lowered).count();
        assert_eq!(lowered(&planner.plan()), 2);
        planner.remove(&double.record);
        town.remove(&double);
        assert_eq!(lowered(&planner.plan()), 0);
    }
}
