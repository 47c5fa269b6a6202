//! Limits of one city: how many of its lines are planned, and how many are life-saving. Part of the rule, the same on
//! every node. A city is the owner of its lines, so inventing parties gains nothing.

use std::collections::BTreeMap;

use crate::domain::handle::Handle;
use crate::domain::id::LineId;
use crate::domain::item::Catalogue;
use crate::domain::lines::Line;
use crate::domain::need::Urgency;
use crate::matching::family::FamilyKey;
use crate::matching::view::{Entry, Readiness, View};

/// The most lines of one city that are planned in one family, needs and offers apart: far more than a city office
/// keeps, far fewer than would crowd out everybody else.
pub const LINES_PER_CITY_MAX: usize = 1_000;

/// The most lines of one city in tier 1; further ones count as tier 2. If everything is life-saving, nothing is.
pub const TIER_ONE_LINES_MAX: usize = 20;

/// Lowers what is too much in tier 1, then leaves out what is too much in a family. Lines that all members can see
/// go first, so that nothing private changes the plan that all compare; then the more urgent, then the older.
pub(super) fn apply(view: &mut View, catalogue: &Catalogue) {
    lower(view);
    leave_out(&mut view.needs, catalogue, |line| line.urgency.tier());
    leave_out(&mut view.offers, catalogue, |_| 0);
}

fn lower(view: &mut View) {
    let mut in_tier_one: BTreeMap<(Handle, bool), usize> = BTreeMap::new();
    for at in in_order(&view.needs, |_| 0) {
        let need = &mut view.needs[at];
        if need.readiness != Readiness::Ready || need.line.urgency != Urgency::LIFE_SAVING {
            continue;
        }
        let count = in_tier_one.entry((need.city().clone(), need.exercise)).or_default();
        *count += 1;
        if *count > TIER_ONE_LINES_MAX {
            need.line.urgency = Urgency::new(2).expect("2 is a tier");
            view.lowered.insert(need.id.clone());
        }
    }
}

fn leave_out<L: Line>(entries: &mut [Entry<L>], catalogue: &Catalogue, tier: impl Fn(&L) -> u8) {
    let mut planned: BTreeMap<(Handle, FamilyKey), usize> = BTreeMap::new();
    for at in in_order(entries, tier) {
        let entry = &mut entries[at];
        if entry.readiness != Readiness::Ready {
            continue;
        }
        let key = (entry.city().clone(), FamilyKey::of(entry, catalogue));
        let count = planned.entry(key).or_default();
        *count += 1;
        if *count > LINES_PER_CITY_MAX {
            entry.readiness = Readiness::OverLimit;
        }
    }
}

fn in_order<L>(entries: &[Entry<L>], tier: impl Fn(&L) -> u8) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let key = |at: &usize| -> (bool, u8, &LineId) {
        let entry = &entries[*at];
        (!entry.is_shared(), tier(&entry.line), &entry.id)
    };
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    order
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
        assert_eq!(view.lowered.len(), 1);
        assert_eq!(
            view.needs.iter().filter(|need| need.line.urgency.tier() == 1).count(),
            TIER_ONE_LINES_MAX + 1
        );
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
        assert!(
            view.needs
                .iter()
                .all(|need| view.lowered.contains(&need.id) != need.is_shared() || need.exercise)
        );
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
        let over: Vec<_> = view.needs.iter().filter(|n| n.readiness == Readiness::OverLimit).collect();
        assert_eq!(over.len(), 1);
        assert_eq!(over[0].line.urgency.tier(), 4);
        assert_eq!(over[0].line.item.to_string(), "mask.surgical.iir");
    }
}
