//! Records that ended for good. A node hardly forgets any, and most of what it holds has ended, so each takes a bit: an owner
//! numbers its records as it goes.

use std::collections::BTreeMap;

use quince_core::domain::{Handle, RecordId};

/// Numbers whose bits lie in one word.
const WORD: u64 = u64::BITS as u64;

/// Which records have ended.
#[derive(Debug, Default)]
pub(super) struct Ended(BTreeMap<Handle, BTreeMap<u64, u64>>);

impl Ended {
    /// Notes a record; false if it was noted before.
    pub(super) fn insert(&mut self, id: &RecordId) -> bool {
        let (word, bit) = place(id);
        let bits = self.0.entry(id.owner.clone()).or_default().entry(word).or_default();
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }

    /// Whether it was noted.
    pub(super) fn contains(&self, id: &RecordId) -> bool {
        let (word, bit) = place(id);
        self.0.get(&id.owner).and_then(|words| words.get(&word)).is_some_and(|bits| bits & bit != 0)
    }
}

/// The word of a record, and its bit there.
fn place(id: &RecordId) -> (u64, u64) {
    let number = id.number.get();
    (number / WORD, 1 << (number % WORD))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn exactly_what_was_noted_is_known_whatever_its_number() {
        let numbers = [1, 62, 63, 64, 65, 127, 128, 4_096, (1_u64 << 53) - 1];
        let ids =
            |owner: &str| numbers.map(|number| format!("{owner}/{number}").parse::<RecordId>().unwrap());
        let (mut ended, mut naive) = (Ended::default(), BTreeSet::new());
        for id in ids("isfahan").iter().chain(&ids("recife")).step_by(2).cycle().take(20) {
            assert_eq!(ended.insert(id), naive.insert(id.clone()), "{id}");
        }
        for id in ["acre", "isfahan", "recife"].iter().flat_map(|owner| ids(owner)) {
            assert_eq!(ended.contains(&id), naive.contains(&id), "{id}");
        }
    }
}
