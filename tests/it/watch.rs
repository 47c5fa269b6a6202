//! Watching: whoever resumes with the last cursor loses nothing and sees nothing twice.

use std::collections::BTreeMap;

use quince_proto::api::v1 as api;
use quince_proto::api::v1::watch_response::Resource;
use quince_tests::acts;
use quince_tests::books::Books;
use quince_tests::city::{City, Desk};

use crate::OFFICE;

/// Needs that are written while somebody watches.
const NEEDS: usize = 40;

/// Changes that are read before the line is cut: no divisor of what there is to see.
const CUT_AFTER: usize = 7;

/// A watcher that was cut off, with all that it has seen.
struct Watcher {
    cursor: String,
    /// Revisions by name, in the order in which they came.
    seen: BTreeMap<String, Vec<u64>>,
}

#[tokio::test]
async fn a_watcher_that_is_cut_off_again_and_again_misses_nothing_and_sees_nothing_twice() {
    let mut office = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
    let desk = office.start().await;
    let mut watcher = Watcher { cursor: "0".to_owned(), seen: BTreeMap::new() };

    let writing = tokio::spawn(write_needs(desk.clone()));
    while watcher.seen.len() < NEEDS {
        watcher.watch(&desk, CUT_AFTER.min(NEEDS - watcher.seen.len())).await;
    }
    writing.await.unwrap();
    watcher.check(&desk, NEEDS).await;

    office.kill();
    let desk = office.start().await;
    let needs = Books::of(&desk).await.unwrap().needs;
    for need in &needs {
        acts::retitle(&desk, need, "masks wanted, corrected", "").await.unwrap();
    }
    watcher.watch(&desk, NEEDS).await;
    watcher.check(&desk, 2 * NEEDS).await;
}

async fn write_needs(desk: Desk) {
    for amount in 1..=NEEDS {
        acts::ask(&desk, i64::try_from(amount).unwrap(), "").await.unwrap();
    }
}

impl Watcher {
    /// Reads so many changes from where it was cut off.
    async fn watch(&mut self, desk: &Desk, changes: usize) {
        let collections = vec!["needs".to_owned()];
        let request = api::WatchRequest { cursor: self.cursor.clone(), collections };
        let mut stream = desk.desk.clone().watch(request).await.unwrap().into_inner();
        let mut read = 0;
        while read < changes {
            let change = stream.message().await.unwrap().unwrap();
            self.cursor = change.cursor;
            if let Some(Resource::Need(need)) = change.resource {
                self.seen.entry(need.name).or_default().push(need.etag.parse().unwrap());
                read += 1;
            }
        }
    }

    /// Every need was seen at each of its revisions, once and in order.
    async fn check(&self, desk: &Desk, changes: usize) {
        let there = Books::of(desk).await.unwrap().revisions();
        let expected: BTreeMap<String, Vec<u64>> =
            there.into_iter().map(|(name, revision)| (name, (1..=revision).collect())).collect();
        assert_eq!(self.seen, expected);
        assert_eq!(self.seen.values().map(Vec::len).sum::<usize>(), changes);
    }
}
