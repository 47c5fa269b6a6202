//! Shifts: what became of lines or rows from one plan to the next, so that what is kept of them can follow.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::matching::entry::Entry;

/// What became of the lines of one side; by default there were none.
#[derive(Default)]
pub(super) struct Shift {
    /// The row of each line that was there before, if it is still there unchanged.
    pub(super) moved: Vec<Option<u32>>,
    /// The rows that are new, or stand differently.
    pub(super) fresh: Vec<u32>,
    /// Every line that is still there unchanged has the row that it had.
    pub(super) is_in_place: bool,
}

impl Shift {
    /// What became of the lines of one side, both by id. A line is unchanged if its entry is the same one in memory.
    pub(super) fn between<L>(before: &[Arc<Entry<L>>], after: &[Arc<Entry<L>>]) -> Self {
        let mut shift = Self { moved: vec![None; before.len()], fresh: Vec::new(), is_in_place: true };
        let mut old = 0;
        for (row, entry) in (0..).zip(after) {
            let mut order = Ordering::Greater;
            while let Some(one) = before.get(old) {
                order = if Arc::ptr_eq(one, entry) { Ordering::Equal } else { one.id.cmp(&entry.id) };
                if order != Ordering::Less {
                    break;
                }
                old += 1;
            }
            let same = order == Ordering::Equal && old < before.len();
            if same && Arc::ptr_eq(&before[old], entry) {
                shift.moved[old] = Some(row);
                shift.is_in_place &= old == row as usize;
            } else {
                shift.fresh.push(row);
            }
            old += usize::from(same);
        }
        shift
    }

    /// What became of a choice of these lines; `before` and `after` are the lines that were and are chosen, in order.
    pub(super) fn of_choice(&self, before: &[u32], after: &[u32]) -> Self {
        let mut shift =
            Self { moved: Vec::with_capacity(before.len()), fresh: Vec::new(), is_in_place: true };
        let mut chosen = (0..).zip(after).peekable();
        for (old, line) in (0..).zip(before) {
            let line = self.moved[*line as usize];
            let Some(line) = line else {
                shift.moved.push(None);
                continue;
            };
            while let Some((row, _)) = chosen.next_if(|(_, one)| **one < line) {
                shift.fresh.push(row);
            }
            let row = chosen.next_if(|(_, one)| **one == line).map(|(row, _)| row);
            shift.is_in_place &= row.is_none_or(|row| row == old);
            shift.moved.push(row);
        }
        shift.fresh.extend(chosen.map(|(row, _)| row));
        shift
    }
}
