//! Pages, filters, the todo list, and what changed.

use std::collections::BTreeSet;

use quince_core::domain::RecordKind;
use quince_node::office::request::{CommitmentFilter, NeedFilter, OfferFilter, Paging, RequisitionFilter};
use quince_node::office::view::{Answer, ChangeNo, RecordView, TodoKind, TodoSubject};

use crate::database::on_both;
use crate::desk::{Desk, meet, page, write};

const KINDS: [RecordKind; 5] =
    [RecordKind::Party, RecordKind::Need, RecordKind::Offer, RecordKind::Requisition, RecordKind::Commitment];

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(isfahan.need(100).await);
            all.push(quanzhou.need(100).await);
        }
        isfahan.hear(&quanzhou).await;
        all.sort();

        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let paging = Paging { after, size: 3 };
            let listing = isfahan.office.needs(&NeedFilter::default(), &paging).await.unwrap();
            assert!(listing.items.len() <= 3);
            seen.extend(listing.items.iter().map(|one| one.snapshot.id.clone()));
            after = seen.last().cloned();
            if !listing.more {
                break;
            }
        }

        assert_eq!(seen, all);
        let owner = Some(quanzhou.city.handle.clone());
        let theirs = NeedFilter { owner, ..NeedFilter::default() };
        assert_eq!(isfahan.office.needs(&theirs, &page(100)).await.unwrap().items.len(), 5);
        let states = BTreeSet::from(["withdrawn"]);
        let none = NeedFilter { states, ..NeedFilter::default() };
        assert_eq!(isfahan.office.needs(&none, &page(100)).await.unwrap().items, []);
        let item = Some("glove".parse().unwrap());
        let none = OfferFilter { item, ..OfferFilter::default() };
        assert_eq!(isfahan.office.offers(&none, &page(100)).await.unwrap().items, []);
    });
}

#[test]
fn halves_are_listed_by_need_by_offer_and_by_answer() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, other, offer) = (desk.need(100).await, desk.need(100).await, desk.offer(500).await);
        let (yes, open) = (desk.ask(&need, &offer, 10).await, desk.ask(&other, &offer, 20).await);
        let commitment = desk.commit(&yes).await.snapshot.id;
        let ids = async |filter: RequisitionFilter| {
            let listing = desk.office.requisitions(&filter, &page(10)).await.unwrap();
            listing.items.into_iter().map(|one| one.snapshot.id).collect::<Vec<_>>()
        };
        let by_need = RequisitionFilter { need: Some(other.clone()), ..Default::default() };
        let by_offer = RequisitionFilter { offer: Some(offer.clone()), ..Default::default() };
        let pending = RequisitionFilter { answer: Some(Answer::Pending), ..Default::default() };
        assert_eq!(ids(by_need).await, vec![open.clone()]);
        assert_eq!(ids(by_offer).await, [yes.clone(), open.clone()]);
        assert_eq!(ids(pending).await, [open]);
        let committed = RequisitionFilter { answer: Some(Answer::Committed), ..Default::default() };
        assert_eq!(ids(committed).await, [yes]);

        let filter = CommitmentFilter { need: Some(need), ..Default::default() };
        let found = desk.office.commitments(&filter, &page(10)).await.unwrap().items;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].snapshot.id, commitment);
    });
}

#[test]
fn the_desk_sees_what_waits_for_it_and_nothing_else() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = (isfahan.need(100).await, quanzhou.offer(100).await);
        meet(&isfahan, &quanzhou).await;
        let asked = isfahan.ask(&need, &offer, 10).await;
        let second = isfahan.need(100).await;
        quanzhou.hear(&isfahan).await;
        let hold = quanzhou.hold(&offer, &second, 10).await;
        isfahan.hear(&quanzhou).await;

        let todos = quanzhou.office.todos(&page(10)).await.unwrap().items;
        assert_eq!(todos.len(), 1);
        assert_eq!((todos[0].kind, todos[0].urgency), (TodoKind::AnswerRequisition, Some(1)));
        assert_eq!(todos[0].subject, TodoSubject::Requisition(asked.clone()));
        assert_eq!(todos[0].command, format!("quince commitment commit {asked}"));
        let todos = isfahan.office.todos(&page(10)).await.unwrap().items;
        assert_eq!(todos.len(), 1);
        assert_eq!(todos[0].subject, TodoSubject::Commitment(hold.snapshot.id.clone()));
        assert_eq!(todos[0].due, hold.snapshot.record.held_until());

        isfahan.take(&hold, 10).await;
        assert_eq!(isfahan.office.todos(&page(10)).await.unwrap().items, []);
    });
}

#[test]
fn changes_come_in_order_once_per_record_and_the_cursor_passes_over_what_is_not_wanted() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(100).await, desk.offer(100).await);
        let asked = desk.ask(&need, &offer, 10).await;
        desk.commit(&asked).await;

        let (all, end) = desk.office.changes(ChangeNo(0), &KINDS, 100).await.unwrap();
        let words: Vec<_> = all.items.iter().map(|change| word(&change.record)).collect();
        assert_eq!(words, ["need", "offer", "requisition", "commitment"]);
        assert!(!all.more);
        assert_eq!(end.0, desk.office.latest_change().borrow().changed);

        let (offers, read) = desk.office.changes(ChangeNo(0), &[RecordKind::Offer], 2).await.unwrap();
        assert_eq!(offers.items.len(), 1);
        assert!(offers.more);
        let (rest, last) = desk.office.changes(read, &[RecordKind::Offer], 2).await.unwrap();
        assert_eq!((rest.items.len(), rest.more, last), (0, false, end));
        desk.try_need(&write(), 5).await.unwrap();
        let (news, _) = desk.office.changes(end, &KINDS, 100).await.unwrap();
        assert_eq!(news.items.len(), 1);
    });
}

fn word(record: &RecordView) -> &'static str {
    match record {
        RecordView::Need(_) => "need",
        RecordView::Offer(_) => "offer",
        RecordView::Requisition(_) => "requisition",
        RecordView::Commitment(_) => "commitment",
        RecordView::Party(_) => "party",
        RecordView::Consignment(_) => "consignment",
        RecordView::Receipt(_) => "receipt",
        RecordView::Partnership(_) => "partnership",
        RecordView::Call(_) => "call",
        RecordView::Message(_) => "message",
        RecordView::Knowledge(_) => "knowledge",
        RecordView::Report(_) => "report",
        RecordView::OwnItem(_) => "item",
    }
}
