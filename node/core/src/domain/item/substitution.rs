//! Substitution: which item may stand in for which, by the catalogue alone. Matching suggests by this rule and the
//! agreement holds to it. A city's own codes match by equality, so they connect nothing; grades have no linear order, so
//! only stated replacements count.

use std::collections::{BTreeMap, VecDeque};

use thiserror::Error;

use crate::domain::item::{BaseUnit, Catalogue, ItemCode};
use crate::domain::quantity::Unit;

/// Shelf life that medicines and tests must have left on arrival if the need states none, in days: a year, the usual
/// rule of those who receive donated medicines.
pub const SHELF_LIFE_DEFAULT_DAYS: u32 = 365;

/// How an offered item relates to the one that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Substitution {
    /// It is the item.
    Same,
    /// Both name the same code, which leaves the grade open; the two cities must say which they mean.
    Open,
    /// It may stand in without asking for less, over so many replacements.
    Higher(u8),
    /// It is a lower grade of the same heading, so many replacements below.
    Lower(u8),
    /// The code of one of them leaves the grade open; a person must choose one first.
    Unspecified,
    /// Neither may stand in for the other.
    Unrelated,
}

impl Substitution {
    /// What `offered` is to one who asks for `asked`.
    #[must_use]
    pub fn of(catalogue: &Catalogue, asked: &ItemCode, offered: &ItemCode) -> Self {
        let open = is_unspecified(asked) || is_unspecified(offered);
        match asked == offered {
            true if open => return Self::Open,
            true => return Self::Same,
            false if open => return Self::Unspecified,
            false => {}
        }
        let steps =
            |from, to| path(catalogue, from, to).map(|path| u8::try_from(path.len()).unwrap_or(u8::MAX));
        if let Some(steps) = steps(asked, offered) {
            return Self::Higher(steps);
        }
        match steps(offered, asked) {
            Some(steps) if same_heading(catalogue, asked, offered) => Self::Lower(steps),
            _ => Self::Unrelated,
        }
    }
}

/// Why an offered item may not serve a need.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "offer line is of {offered}, expected {asked} as in the need line, what may replace it{}",
    if *accept_lower_grade { ", or a lower grade" } else { "; a lower grade needs accept_lower_grade" }
)]
pub struct ItemMismatch {
    /// The need line's item.
    pub asked: ItemCode,
    /// The offer line's item.
    pub offered: ItemCode,
    /// Whether the need line accepts a lower grade.
    pub accept_lower_grade: bool,
}

/// Checks that a need line for `asked` may be served with `offered`: the item itself, what may replace it, or a lower grade
/// where the line accepts one. Two lines with one code agree even if it leaves the grade open: a person chose both.
pub fn check_serves(
    catalogue: &Catalogue,
    asked: &ItemCode,
    offered: &ItemCode,
    accept_lower_grade: bool,
) -> Result<(), ItemMismatch> {
    let serves = match Substitution::of(catalogue, asked, offered) {
        Substitution::Same | Substitution::Open | Substitution::Higher(_) => true,
        Substitution::Lower(_) => accept_lower_grade,
        Substitution::Unspecified | Substitution::Unrelated => false,
    };
    if serves {
        return Ok(());
    }
    Err(ItemMismatch { asked: asked.clone(), offered: offered.clone(), accept_lower_grade })
}

/// Whether a person looking for one would look at the other, even if neither may stand in for the other.
#[must_use]
pub fn same_heading(catalogue: &Catalogue, one: &ItemCode, other: &ItemCode) -> bool {
    match (catalogue.get(one), catalogue.get(other)) {
        (Some(one), Some(other)) => one.family == other.family,
        _ => one == other,
    }
}

/// The conditions under which `offered` may stand in for `asked`, as the catalogue words them.
pub fn conditions<'a>(
    catalogue: &'a Catalogue,
    asked: &'a ItemCode,
    offered: &'a ItemCode,
) -> impl Iterator<Item = &'a str> {
    let replaced = path(catalogue, asked, offered).unwrap_or_default();
    let items = replaced.into_iter().filter_map(|code| catalogue.get(code));
    items.map(|item| item.replacement_conditions.as_str()).filter(|words| !words.is_empty())
}

/// The shelf life that this item must have left on arrival if the need states none, in days.
#[must_use]
pub fn shelf_life_default_days(catalogue: &Catalogue, code: &ItemCode) -> u32 {
    let is_test = catalogue.get(code).is_some_and(|item| item.base_unit == BaseUnit::Fixed(Unit::Test));
    let is_medicine = code.owner().is_none() && code.code().starts_with("medicine.");
    if is_test || is_medicine { SHELF_LIFE_DEFAULT_DAYS } else { 0 }
}

/// Whether the code leaves the grade open.
pub(super) fn is_unspecified(code: &ItemCode) -> bool {
    code.owner().is_none() && code.code().ends_with(".unspecified")
}

/// The shortest chain of "may be replaced by", as the items that are replaced on the way; the first listed wins.
fn path<'a>(catalogue: &'a Catalogue, from: &'a ItemCode, to: &ItemCode) -> Option<Vec<&'a ItemCode>> {
    let mut reached_from: BTreeMap<&ItemCode, Option<&ItemCode>> = BTreeMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(code) = queue.pop_front() {
        if code == to {
            return Some(back(&reached_from, code));
        }
        for next in catalogue.get(code).into_iter().flat_map(|item| &item.may_be_replaced_by) {
            if !reached_from.contains_key(next) {
                reached_from.insert(next, Some(code));
                queue.push_back(next);
            }
        }
    }
    None
}

fn back<'a>(reached_from: &BTreeMap<&ItemCode, Option<&'a ItemCode>>, end: &ItemCode) -> Vec<&'a ItemCode> {
    let mut path = Vec::new();
    let mut at = reached_from[end];
    while let Some(code) = at {
        path.push(code);
        at = reached_from[code];
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(asked: &str, offered: &str) -> Substitution {
        Substitution::of(&Catalogue::embedded(), &asked.parse().unwrap(), &offered.parse().unwrap())
    }

    #[test]
    fn a_higher_grade_stands_in_over_several_replacements_and_a_lower_one_is_known_as_lower() {
        assert_eq!(of("mask.surgical.iir", "mask.surgical.iir"), Substitution::Same);
        assert_eq!(of("mask.surgical.iir", "respirator.n95.surgical"), Substitution::Higher(1));
        assert_eq!(of("mask.medical.ii", "respirator.n95.surgical"), Substitution::Higher(2));
        assert_eq!(of("mask.medical.i", "mask.medical.ii"), Substitution::Higher(1));
        assert_eq!(of("mask.surgical.iir", "mask.medical.ii"), Substitution::Lower(1));
    }

    #[test]
    fn a_need_is_served_by_its_item_by_what_may_replace_it_and_by_a_lower_grade_only_if_accepted() {
        let catalogue = Catalogue::embedded();
        let serves = |asked: &str, offered: &str, lower| {
            check_serves(&catalogue, &asked.parse().unwrap(), &offered.parse().unwrap(), lower).is_ok()
        };
        #[rustfmt::skip]
        let table = [
            ("mask.surgical.iir",      "mask.surgical.iir",       true,  true),
            ("mask.surgical.iir",      "respirator.n95.surgical", true,  true),
            ("mask.surgical.iir",      "mask.medical.ii",         false, true),
            ("mask.surgical.iir",      "oxygen.concentrator",     false, false),
            ("mask.unspecified",       "mask.unspecified",        true,  true),
            ("mask.unspecified",       "mask.surgical.iir",       false, false),
            ("isfahan:mask.local",     "isfahan:mask.local",      true,  true),
            ("isfahan:mask.local",     "mask.surgical.iir",       false, false),
        ];
        for (asked, offered, strictly, with_lower) in table {
            assert_eq!(serves(asked, offered, false), strictly, "{asked} by {offered}");
            assert_eq!(serves(asked, offered, true), with_lower, "{asked} by {offered}, lower accepted");
        }
    }

    #[test]
    fn a_surgical_mask_never_answers_a_respirator_need() {
        assert_eq!(of("respirator.n95.surgical", "mask.surgical.iir"), Substitution::Unrelated);
    }

    #[test]
    fn an_open_grade_meets_the_same_open_grade_only() {
        assert_eq!(of("mask.unspecified", "mask.unspecified"), Substitution::Open);
        assert_eq!(of("mask.unspecified", "mask.surgical.iir"), Substitution::Unspecified);
        assert_eq!(of("isfahan:mask.unspecified", "isfahan:mask.unspecified"), Substitution::Same);
    }

    #[test]
    fn a_citys_own_code_and_an_unknown_code_match_by_equality_only() {
        assert_eq!(of("isfahan:mask.surgical.iir", "isfahan:mask.surgical.iir"), Substitution::Same);
        assert_eq!(of("isfahan:mask.surgical.iir", "mask.surgical.iir"), Substitution::Unrelated);
        assert_eq!(of("new.thing", "new.thing"), Substitution::Same);
        assert_eq!(of("new.thing", "new.thing.better"), Substitution::Unrelated);
    }

    #[test]
    fn the_conditions_of_every_replacement_on_the_way_are_stated() {
        let catalogue = Catalogue::embedded();
        let (asked, offered) =
            ("mask.medical.ii".parse().unwrap(), "respirator.n95.surgical".parse().unwrap());
        let conditions: Vec<_> = conditions(&catalogue, &asked, &offered).collect();
        assert_eq!(conditions.len(), 2);
        assert!(conditions[1].contains("fluid test"), "{conditions:?}");
    }

    #[test]
    fn tests_need_a_year_of_shelf_life_and_masks_need_none() {
        let catalogue = Catalogue::embedded();
        assert_eq!(shelf_life_default_days(&catalogue, &"test.antigen".parse().unwrap()), 365);
        assert_eq!(shelf_life_default_days(&catalogue, &"medicine.insulin".parse().unwrap()), 365);
        assert_eq!(shelf_life_default_days(&catalogue, &"mask.surgical.iir".parse().unwrap()), 0);
    }
}
