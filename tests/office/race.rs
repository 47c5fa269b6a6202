//! Eight desks after one stock line.

use std::sync::Arc;

use quince_core::domain::{ReasonCode, RecordId};
use quince_node::office::Office;
use quince_node::office::request::NewCommitment;
use quince_node::office::view::CommitmentView;
use tokio::sync::Barrier;

use crate::database::on_both;
use crate::desk::{Desk, amount, declined, pieces, wish, write};

const DESKS: usize = 8;

#[test]
fn eight_concurrent_answers_never_promise_more_than_there_is_and_every_loser_has_a_reason() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let offer = quanzhou.offer(100).await;
        isfahan.hear(&quanzhou).await;
        let mut asked = Vec::new();
        for _ in 0..DESKS {
            let need = isfahan.need(30).await;
            asked.push(isfahan.ask(&need, &offer, 30).await);
        }
        quanzhou.hear(&isfahan).await;

        let start = Arc::new(Barrier::new(DESKS));
        let tasks: Vec<_> = asked
            .iter()
            .map(|requisition| {
                let (office, start) = (quanzhou.office.clone(), start.clone());
                tokio::spawn(answer(office, requisition.clone(), start))
            })
            .collect();
        let mut losers = 0;
        for task in tasks {
            let answer = task.await.unwrap();
            if amount(&answer) == 0 {
                assert_eq!(declined(&answer), Some(ReasonCode::Exhausted));
                losers += 1;
            }
        }
        assert_eq!(losers, DESKS - 4);

        let all = quanzhou.commitments().await;
        let promised: i64 = all.iter().map(amount).sum();
        assert_eq!(promised, 100);
        assert_eq!(all.len(), DESKS, "each requisition has exactly one answer");
        quanzhou.audit().await;
    });
}

#[test]
fn eight_concurrent_requisitions_never_ask_for_more_than_the_need_lacks() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let need = isfahan.need(100).await;
        let mut offers = Vec::new();
        for _ in 0..DESKS {
            offers.push(quanzhou.offer(100).await);
        }
        isfahan.hear(&quanzhou).await;
        let start = Arc::new(Barrier::new(DESKS));
        let tasks: Vec<_> = offers
            .into_iter()
            .map(|offer| {
                let (office, start) = (isfahan.office.clone(), start.clone());
                let wish = wish(&need, &offer, 30);
                tokio::spawn(async move {
                    start.wait().await;
                    office.create_requisition(&write(), wish).await
                })
            })
            .collect();
        let mut asked = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(view) => asked += view.snapshot.record.amount().get(),
                Err(late) => {
                    assert!(late.message.contains("at most the 10 that the need line lacks"), "{late}")
                }
            }
        }
        assert_eq!(asked, 90);
        assert_eq!(isfahan.need_coverage(&need).await.requested, pieces(90));
    });
}

async fn answer(office: Office, requisition: RecordId, start: Arc<Barrier>) -> CommitmentView {
    start.wait().await;
    let new = NewCommitment { requisition, amount: None, terms: None };
    office.commit_stock(&write(), new).await.unwrap()
}
