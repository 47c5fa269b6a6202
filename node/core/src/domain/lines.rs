//! The lines of a record: at least one, at most a hundred, each with its own number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::field::{Faults, FieldError, FieldErrors};
use crate::domain::id::{LINE_MAX, LineNumber};
use crate::domain::item::ItemCode;
use crate::domain::kind::Kind;
use crate::domain::quantity::{Amount, Quantity};

/// A line of any record.
pub trait Numbered {
    /// Its number in the record.
    fn number(&self) -> LineNumber;
}

/// What need lines and offer lines have in common.
pub trait Line: Numbered {
    /// What it is about.
    fn kind(&self) -> Kind;
    /// Which item.
    fn item(&self) -> &ItemCode;
    /// How much.
    fn quantity(&self) -> &Quantity;
}

/// What other records count on the lines of one record. A line that is named here is frozen in kind, item and unit,
/// and its quantity does not fall below the amount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted(BTreeMap<LineNumber, Amount>);

/// 1 to [`LINE_MAX`] lines by number. Cheap to clone: who keeps a line beside its record shares it with that. They take no more
/// room than they need, for matching keeps every open one in memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lines<L>(Box<[Arc<L>]>);

impl Counted {
    /// Notes that another record names this line and counts so much on it, perhaps nothing.
    pub fn add(&mut self, line: LineNumber, amount: Amount) {
        let counted = self.0.entry(line).or_default();
        *counted = counted.saturating_add(amount);
    }
}

impl<L: Numbered> Lines<L> {
    /// Checks that there is a line and that no number comes twice.
    pub fn new(lines: Vec<L>) -> Result<Self, FieldError> {
        if lines.is_empty() || lines.len() > usize::from(LINE_MAX) {
            return Err(FieldError::of(format!("{} lines", lines.len()), format!("1 to {LINE_MAX} lines")));
        }
        let mut seen = BTreeSet::new();
        for (i, line) in lines.iter().enumerate() {
            if !seen.insert(line.number()) {
                let fault = FieldError::of(line.number(), "each line number once");
                return Err(fault.under(&format!("[{i}].line")));
            }
        }
        let mut lines: Box<[Arc<L>]> = lines.into_iter().map(Arc::new).collect();
        lines.sort_unstable_by_key(|line| line.number());
        Ok(Self(lines))
    }

    /// The line with this number.
    #[must_use]
    pub fn get(&self, line: LineNumber) -> Option<&L> {
        let at = self.0.binary_search_by_key(&line, |one| one.number()).ok()?;
        Some(&self.0[at])
    }

    /// The lines by rising number.
    pub fn iter(&self) -> impl Iterator<Item = &L> {
        self.0.iter().map(|line| &**line)
    }

    /// The same, to be kept.
    pub fn shared(&self) -> impl Iterator<Item = &Arc<L>> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl<L: Line> Lines<L> {
    /// Whether published lines may become `next`: none disappears, and what is `counted` stays covered.
    pub fn check_change(&self, next: &Self, counted: &Counted) -> Result<(), FieldErrors> {
        let mut faults = Faults::default();
        for old in self.iter() {
            let path = format!("lines[{}]", old.number());
            let Some(new) = next.get(old.number()) else {
                faults.require(
                    false,
                    &path,
                    "missing",
                    "every published line; set its quantity to 0 instead",
                );
                continue;
            };
            if let Some(amount) = counted.0.get(&old.number()) {
                faults.take_all(&path, check_named(old, new, *amount));
            }
        }
        faults.finish(Some(()))
    }
}

/// Whether a line that other records name may become `new`.
fn check_named<L: Line>(old: &L, new: &L, counted: Amount) -> Result<(), FieldErrors> {
    let mut faults = Faults::default();
    let (kind, item, unit) = (old.kind(), old.item(), &old.quantity().unit);
    faults.require(
        new.kind() == kind,
        "kind",
        new.kind(),
        &format!("{kind}, because other records name the line"),
    );
    faults.require(
        new.item() == item,
        "item",
        new.item(),
        &format!("{item}, because other records name the line"),
    );
    let new_unit = &new.quantity().unit;
    faults.require(
        new_unit == unit,
        "quantity.unit",
        new_unit,
        &format!("{unit}, because other records name the line"),
    );
    let covered = new.quantity().cap().map_or(counted.is_zero(), |cap| cap >= counted);
    let shown = new.quantity().cap().map_or("unknown".to_owned(), |cap| cap.to_string());
    faults.require(
        covered,
        "quantity.amount",
        shown,
        &format!("at least {counted}, which other records count on"),
    );
    faults.finish(Some(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::tests::{exactly, line, need};
    use crate::domain::need::NeedLine;

    fn lines(numbers: impl IntoIterator<Item = u64>) -> Result<Lines<NeedLine>, FieldError> {
        let one = need(1, exactly(1)).record.lines.get(line(1)).unwrap().clone();
        Lines::new(numbers.into_iter().map(|n| NeedLine { line: line(n), ..one.clone() }).collect())
    }

    #[test]
    fn a_record_has_one_to_a_hundred_lines_each_with_its_number() {
        assert_eq!(lines(1..=100).unwrap().count(), 100);
        assert!(lines([]).is_err());
        let twice = lines([3, 1, 3]).unwrap_err().under("lines");
        assert_eq!(twice.to_string(), "lines[2].line is \"3\", expected each line number once");
        let numbers: Vec<_> = lines([3, 1]).unwrap().iter().map(|line| line.line.get()).collect();
        assert_eq!(numbers, [1, 3]);
    }
}
