//! The suggestions of a plan in order. Each part makes its own once, and a plan whose other parts stayed the same takes theirs
//! over, so that one changed record costs neither the list of everything anew nor the memory of the one before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::iter::Map;
use std::ops::Index;
use std::slice;
use std::sync::{Arc, OnceLock};

use crate::matching::family::Family;
use crate::matching::part::Part;
use crate::matching::plan::Match;

/// The suggestions of a part in order, made when they are first asked for. They follow from the part and its family, so no
/// comparison looks at them.
#[derive(Debug, Clone, Default)]
pub(super) struct Listed(OnceLock<Vec<Arc<Match>>>);

/// The suggestions of a plan by rank: the first has rank 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestions<'p>(&'p [Arc<Match>]);

/// Suggestions by rank.
pub type Iter<'p> = Map<slice::Iter<'p, Arc<Match>>, fn(&'p Arc<Match>) -> &'p Match>;

impl Listed {
    /// Those of this part, which belongs to this family.
    pub(super) fn of(&self, part: &Part, family: &Family) -> &[Arc<Match>] {
        self.0.get_or_init(|| {
            let given = part.shared.iter().chain(&part.open_ended).chain(&part.local);
            let mut all: Vec<_> = given.map(|given| Arc::new(Match::of(given, family))).collect();
            all.sort_by_key(|one| one.standing);
            all
        })
    }
}

impl PartialEq for Listed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Listed {}

/// All parts' suggestions in one order.
pub(super) fn merge<'p>(parts: impl Iterator<Item = &'p [Arc<Match>]>) -> Vec<Arc<Match>> {
    let mut lists: Vec<_> = parts.map(<[Arc<Match>]>::iter).collect();
    let mut merged = Vec::with_capacity(lists.iter().map(ExactSizeIterator::len).sum());
    // The next of each part, the first of them on top.
    let next = |at: usize, list: &slice::Iter<'_, Arc<Match>>| {
        list.as_slice().first().map(|one| Reverse((one.standing, at)))
    };
    let mut heads: BinaryHeap<_> = lists.iter().enumerate().filter_map(|(at, list)| next(at, list)).collect();
    while let Some(mut head) = heads.peek_mut() {
        let Reverse((_, at)) = *head;
        merged.extend(lists[at].next().cloned());
        match next(at, &lists[at]) {
            Some(following) => *head = following,
            None => drop(PeekMut::pop(head)),
        }
    }
    merged
}

impl<'p> Suggestions<'p> {
    pub(super) const fn new(ranked: &'p [Arc<Match>]) -> Self {
        Self(ranked)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one at this place, counted from 0.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&'p Match> {
        self.0.get(at).map(|one| &**one)
    }

    /// All of them by rank.
    pub fn iter(&self) -> Iter<'p> {
        self.0.iter().map(|one| &**one)
    }

    /// The rank of a suggestion, from 1; where it would stand if it is not among these.
    #[must_use]
    pub fn rank_of(&self, matched: &Match) -> u32 {
        let before = self.0.partition_point(|one| one.standing < matched.standing);
        u32::try_from(before + 1).expect("a plan has fewer than 2^32 suggestions")
    }
}

impl<'p> IntoIterator for Suggestions<'p> {
    type Item = &'p Match;
    type IntoIter = Iter<'p>;

    fn into_iter(self) -> Iter<'p> {
        self.iter()
    }
}

impl Index<usize> for Suggestions<'_> {
    type Output = Match;

    fn index(&self, at: usize) -> &Match {
        &self.0[at]
    }
}
