//! The outside ledger: every write that an office acknowledged, kept where no kill reaches it.

use std::collections::{BTreeMap, BTreeSet};

use quince_tests::books::Books;
use quince_tests::city::Desk;

use crate::crash::act::{Act, Told};
use crate::crash::outage::Side;

/// What was acknowledged, in order.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    written: Vec<Acknowledged>,
    /// Records that an office wrote by itself, because its rules demand it.
    settled: BTreeSet<String>,
}

#[derive(Debug)]
struct Acknowledged {
    side: Side,
    request_id: String,
    act: Act,
    told: Told,
}

impl Ledger {
    /// Notes a write with its answer.
    pub(crate) fn acknowledge(&mut self, side: Side, request_id: String, act: Act, told: Told) {
        self.written.push(Acknowledged { side, request_id, act, told });
    }

    /// Notes a record that nobody at a desk wrote.
    pub(crate) fn settled(&mut self, name: String) {
        self.settled.insert(name);
    }

    /// How many writes were acknowledged.
    pub(crate) fn len(&self) -> usize {
        self.written.len()
    }

    /// Every request sent again gets the answer that it got: the same record, at the same revision, with the same words.
    pub(crate) async fn repeat_all<'d>(&self, desk: impl Fn(Side) -> &'d Desk) {
        for Acknowledged { side, request_id, act, told } in &self.written {
            let again = act.carry_out(desk(*side), request_id).await.unwrap();
            assert_eq!(again, *told, "{act:?} was answered otherwise before");
        }
    }

    /// The books contain what was acknowledged, at that revision or a later one, and nothing else.
    pub(crate) fn check(&self, books: &Books) {
        let found = books.revisions();
        let mut last: BTreeMap<&String, u64> = BTreeMap::new();
        for Told { name, revision, .. } in self.written.iter().map(|written| &written.told) {
            let revision = *revision.max(last.get(name).unwrap_or(&0));
            last.insert(name, revision);
        }
        for (name, revision) in &last {
            let there = found.get(*name);
            assert!(there.is_some_and(|there| there >= revision), "{name} at {revision} is lost: {there:?}");
        }
        let doubled: Vec<_> =
            found.keys().filter(|name| !last.contains_key(name) && !self.settled.contains(*name)).collect();
        assert!(doubled.is_empty(), "nobody was told of {doubled:?}: {books:#?}");
    }
}
