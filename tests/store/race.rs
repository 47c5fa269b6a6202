//! Eight writers after one stock line.

use std::collections::BTreeMap;
use std::sync::Arc;

use quince_core::domain::agreement::stock::{Stock, StockError, Written};
use quince_core::domain::{Amount, Commitment, LineNumber, Offer, RecordId, Snapshot};
use quince_node::store::StoreError;

use crate::city::{City, revision};
use crate::database::on_both;
use quince_tests::samples::{line, now, offer, requisition};

const WRITERS: u64 = 8;
const STOCK: i64 = 100;

/// Answers one requisition in one transaction, by the domain's rules. The answer to a loser is a no, or an
/// error that says why.
async fn answer(city: &City, requisition: &RecordId) -> Result<Result<Written, StockError>, StoreError> {
    let offer: RecordId = "isfahan/1".parse().unwrap();
    let mut tx = city.store.begin_write().await?;
    let asked = tx.get(requisition).await?.expect("it was written");
    let offer: Snapshot<Offer> = tx.get(&offer).await?.expect("it was written");
    let halves = tx.halves_of_offer(&offer.id).await?;
    let stock = Stock::new(&offer, LineNumber::new(1).unwrap(), &halves.commitments, &halves.deliveries);
    let stock = stock.unwrap();
    let written = match stock.answer(now(), &asked, None, None) {
        Ok(written) => written,
        Err(refused) => return Ok(Err(refused)),
    };
    let number = tx.allocate_number().await?;
    let new = revision(RecordId::new(city.handle.clone(), number), 1, written.commitment().clone());
    tx.append(new, now()).await?;
    tx.commit().await?;
    Ok(Ok(written))
}

#[test]
fn eight_writers_never_promise_more_than_there_is() {
    on_both(|server| async move {
        let city = Arc::new(City::found(&server, "isfahan", &Arc::default()).await);
        city.create(offer("masks", "mask", STOCK)).await;
        let mut asked = Vec::new();
        for _ in 0..WRITERS {
            asked.push(city.create(requisition(line("isfahan/99"), line("isfahan/1"), 30)).await.id);
        }
        let start = Arc::new(tokio::sync::Barrier::new(asked.len()));
        let tasks: Vec<_> = asked
            .into_iter()
            .map(|requisition| {
                let (city, start) = (city.clone(), start.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    answer(&city, &requisition).await
                })
            })
            .collect();
        let mut answered = 0;
        for task in tasks {
            answered += usize::from(task.await.unwrap().unwrap().is_ok());
        }
        let mut view = city.store.view().await.unwrap();
        let halves = view.halves_of_offer(&"isfahan/1".parse().unwrap()).await.unwrap();
        let committed = |c: &&Snapshot<Commitment>| c.record.is_committed();
        let promised: Amount = halves.commitments.iter().filter(committed).map(|c| c.record.amount()).sum();
        assert_eq!(promised.get(), STOCK);
        assert_eq!(halves.commitments.len(), answered);
        assert!(quince_core::domain::agreement::audit::audit(&halves.commitments).is_empty());
    });
}

#[test]
fn a_reader_that_follows_the_numbers_of_changes_misses_none_while_eight_write() {
    on_both(|server| async move {
        let city = Arc::new(City::found(&server, "isfahan", &Arc::default()).await);
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let city = city.clone();
                tokio::spawn(async move {
                    for _ in 0..10 {
                        city.create(offer("masks", "mask", STOCK)).await;
                        city.create(requisition(line("isfahan/99"), line("isfahan/1"), 30)).await;
                    }
                })
            })
            .collect();
        let (mut cursor, mut seen) = (0, BTreeMap::new());
        let mut follow = async |cursor: &mut u64| {
            let mut view = city.store.view().await.unwrap();
            let newest = view.change_no().await.unwrap();
            for feed in view.feeds_since(*cursor, 1_000).await.unwrap() {
                assert!(feed.change_no > *cursor, "the change {} comes after {cursor}", feed.change_no);
                *cursor = feed.change_no;
                seen.insert(feed.id, feed.size());
            }
            assert_eq!(*cursor, newest, "no change is newer than the last one");
        };
        while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
            follow(&mut cursor).await;
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        follow(&mut cursor).await;
        let feeds = city.store.view().await.unwrap().feeds().await.unwrap();
        let held: BTreeMap<_, _> =
            feeds.into_iter().filter(|feed| feed.head.is_some()).map(|feed| (feed.id, feed.size())).collect();
        assert_eq!(seen, held);
    });
}
