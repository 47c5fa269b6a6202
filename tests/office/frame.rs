//! The frame of every write: retries, etags, bound tokens, dry runs, the audit log.

use std::sync::Arc;
use std::time::Duration;

use quince_core::domain::need::Urgency;
use quince_core::domain::text::{Description, Title};
use quince_core::domain::time::When;
use quince_core::domain::{Audience, Common, LineId, Need, ReasonCode, RecordKind, Revision};
use quince_node::office::request::{Acceptance, NeedPatch, NeedStep, OfferStep, Target};
use quince_node::office::{ANSWERS_KEPT, ErrorKind, Settings, Write};
use quince_node::store::View;

use crate::city::City;
use crate::database::on_both;
use crate::desk::{
    Desk, first_line, grounds, need, page, positive, reason, spoken_for, target, write, write_for, write_once,
};
use quince_tests::samples;

async fn view(desk: &Desk) -> View {
    desk.city.store.view().await.unwrap()
}

#[test]
fn a_retry_gets_the_answer_of_the_first_request_and_writes_nothing() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let once = write_once("r-1", 1);
        let first = desk.try_need(&once, 100).await.unwrap();
        let step = NeedStep::Hold(None);
        desk.office.move_need(&write(), &target(&first.snapshot.id), step).await.unwrap();
        let before = view(&desk).await.last_changed().await.unwrap();

        let again = desk.try_need(&once, 100).await.unwrap();

        assert_eq!(again, first, "the resource at the revision that the request wrote");
        assert_eq!(view(&desk).await.last_changed().await.unwrap(), before);
    });
}

#[test]
fn an_answer_is_remembered_for_thirty_days_and_then_forgotten() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let once = write_once("r-1", 1);
        let first = desk.try_need(&once, 100).await.unwrap();
        desk.clock.set(samples::now().plus(ANSWERS_KEPT));
        assert_eq!(desk.office.forget().await.unwrap(), 0);
        assert_eq!(desk.try_need(&once, 100).await.unwrap().snapshot.id, first.snapshot.id);
        desk.clock.set(samples::now().plus(ANSWERS_KEPT + Duration::from_micros(1)));
        assert_eq!(desk.office.forget().await.unwrap(), 1);
        assert_ne!(desk.try_need(&once, 100).await.unwrap().snapshot.id, first.snapshot.id, "a new request");
    });
}

#[test]
fn a_retry_of_a_decision_about_stock_decides_nothing_again() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(100).await, desk.offer(100).await);
        let asked = desk.ask(&need, &offer, 40).await;
        let first = desk.try_commit(&write_once("c", 1), &asked).await.unwrap();
        let again = desk.try_commit(&write_once("c", 1), &asked).await.unwrap();
        assert_eq!(again, first);
        assert_eq!(desk.offer_coverage(&offer).await.committed.get(), 40);

        let asked = desk.ask(&need, &offer, 10).await;
        let (once, terms) = (write_once("d", 1), || grounds(ReasonCode::Terms));
        let (office, requester) = (&desk.office, &desk.city.handle);
        let all = office.decline_all_requisitions(&once, requester, terms()).await.unwrap();
        let again = office.decline_all_requisitions(&once, requester, terms()).await.unwrap();
        assert_eq!(again, all);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].snapshot.record.requisition(), Some(&asked));
    });
}

#[test]
fn the_same_request_id_with_another_content_or_method_is_refused() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        desk.try_need(&write_once("r", 1), 100).await.unwrap();

        let other_content = desk.try_need(&write_once("r", 2), 200).await.unwrap_err();
        assert_eq!(other_content.kind, ErrorKind::RequestReused);
        let mut other_method = write_once("r", 1);
        other_method.caller.method = "/quince.api.v1.Test/Other";
        assert_eq!(desk.try_need(&other_method, 100).await.unwrap_err().kind, ErrorKind::RequestReused);
        let needs = desk.office.needs(&Default::default(), &page(10)).await.unwrap();
        assert_eq!(needs.items.len(), 1);
    });
}

#[test]
fn a_failed_request_is_not_remembered() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(10).await, desk.offer(100).await);
        desk.try_ask(&write_once("r", 1), &need, &offer, 11).await.unwrap_err();
        let patch = NeedPatch {
            lines: Some(crate::desk::need(20).lines),
            reason: Some(reason("more are ill")),
            ..NeedPatch::default()
        };
        desk.office.update_need(&write(), &target(&need), patch).await.unwrap();
        desk.try_ask(&write_once("r", 1), &need, &offer, 11).await.unwrap();
    });
}

#[test]
fn a_write_for_an_older_revision_is_refused_as_stale() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let need = desk.need(100).await;
        let first = Target { id: need.clone(), expected: Some(Revision::FIRST) };
        let held = desk.office.move_need(&write(), &first, NeedStep::Hold(None)).await.unwrap();
        assert_eq!(held.snapshot.revision.get(), 2);

        let stale = desk.office.move_need(&write(), &first, NeedStep::Resume).await.unwrap_err();

        assert_eq!(stale.kind, ErrorKind::Stale);
        assert!(stale.message.contains("at revision 2, the request expects 1"), "{}", stale.message);
    });
}

#[test]
fn a_dry_run_answers_like_a_write_and_leaves_nothing() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let offer = desk.offer(100).await;
        let before = view(&desk).await.last_changed().await.unwrap();
        let dry = Write { validate_only: true, ..write_once("dry", 1) };

        let shown = desk.try_need(&dry, 100).await.unwrap();

        assert_eq!(shown.snapshot.record.state.as_str(), "open");
        assert_eq!(desk.office.need(&shown.snapshot.id).await.unwrap_err().kind, ErrorKind::NotFound);
        let mut now = view(&desk).await;
        assert_eq!(now.last_changed().await.unwrap(), before);
        assert_eq!(now.answered("layla", "dry").await.unwrap(), None);
        assert_eq!(now.audited(None, None, 10).await.unwrap().len(), 1, "the offer's line only");
        drop(now);
        // The number is free again, and the request id may still be used.
        let real = desk.try_need(&write_once("dry", 1), 100).await.unwrap();
        assert_eq!(real.snapshot.id, shown.snapshot.id);
        let wrong = Write { validate_only: true, ..write() };
        assert!(desk.try_ask(&wrong, &real.snapshot.id, &offer, 101).await.is_err());
    });
}

#[test]
fn a_token_bound_to_one_party_writes_for_that_party_only() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (party, other) = (desk.party().await, desk.party().await);
        let bound = write_for(&party);
        let for_party = |party| {
            let mut need = need(100);
            need.common.parties = spoken_for(party);
            need
        };
        let own = desk.office.create_need(&bound, for_party(&party), true).await.unwrap().snapshot.id;
        let office = &desk.office;
        let foreign = office.create_need(&write(), for_party(&other), true).await.unwrap().snapshot.id;
        let offer = desk.offer(100).await;
        office.move_need(&bound, &target(&own), NeedStep::Hold(None)).await.unwrap();
        office.move_need(&bound, &target(&own), NeedStep::Resume).await.unwrap();
        let asked = desk.try_ask(&bound, &own, &offer, 10).await.unwrap().snapshot.id;

        let refusals = [
            office.create_need(&bound, for_party(&other), true).await.map(drop),
            office.create_need(&bound, need(100), true).await.map(drop),
            office.move_need(&bound, &target(&foreign), NeedStep::Hold(None)).await.map(drop),
            office.update_need(&bound, &target(&foreign), NeedPatch::default()).await.map(drop),
            desk.try_offer(&bound, 100).await.map(drop),
            office.move_offer(&bound, &target(&offer), OfferStep::Close(None)).await.map(drop),
            desk.try_ask(&bound, &foreign, &offer, 10).await.map(drop),
            desk.try_commit(&bound, &asked).await.map(drop),
            office.update_party(&bound, &target(&other), Default::default()).await.map(drop),
        ];

        for (act, refusal) in refusals.into_iter().enumerate() {
            assert_eq!(refusal.unwrap_err().kind, ErrorKind::Forbidden, "act {act}");
        }
        office.update_party(&bound, &target(&party), Default::default()).await.unwrap();
    });
}

#[test]
fn nobody_writes_another_citys_records_or_names_parties_that_are_not_there() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let need = isfahan.need(100).await;
        quanzhou.hear(&isfahan).await;
        let foreign = quanzhou.office.move_need(&write(), &target(&need), NeedStep::Resume).await;
        assert_eq!(foreign.unwrap_err().kind, ErrorKind::Forbidden);

        let mut unknown = crate::desk::need(100);
        unknown.common.parties = spoken_for(&"isfahan/77".parse().unwrap());
        let unknown = isfahan.office.create_need(&write(), unknown, true).await.unwrap_err();
        assert_eq!(unknown.kind, ErrorKind::Invalid);
        let missing = "isfahan/78".parse().unwrap();
        assert_eq!(isfahan.office.need(&missing).await.unwrap_err().kind, ErrorKind::NotFound);
    });
}

#[test]
fn each_write_leaves_one_line_in_the_audit_log_with_all_it_touched() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(100).await, desk.offer(100).await);
        let asked = desk.ask(&need, &offer, 10).await;
        let step = NeedStep::Withdraw(reason("the hospital closed"));
        desk.office.move_need(&write(), &target(&need), step).await.unwrap();

        let lines = view(&desk).await.audited(None, None, 10).await.unwrap();

        assert_eq!(lines.len(), 4);
        let expected = [RecordKind::Need.name_of(&need), RecordKind::Requisition.name_of(&asked)];
        assert_eq!(lines[0].call.resources[..2], expected);
        assert_eq!((lines[0].call.holder.as_str(), lines[0].call.result.as_str()), ("layla", "OK"));
    });
}

fn acceptance(offer_line: LineId, pieces: i64) -> Acceptance {
    Acceptance {
        common: Common::new(samples::now()),
        offer_line,
        amount: positive(pieces),
        title: Title::default(),
        description: Description::default(),
        urgency: Urgency::LIFE_SAVING,
        needed: When::default(),
        deliver_to: None,
        note: None,
    }
}

#[test]
fn where_needs_are_approved_first_no_offer_is_accepted_in_one_step() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let desk = Desk::with(city, Settings { approve_needs: true, ..Default::default() }).await;
        let offer = desk.offer(100).await;
        let refused =
            desk.office.accept_offer(&write(), acceptance(first_line(&offer), 60)).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::State);
        assert!(refused.hint.unwrap().contains("have it approved"));
    });
}

#[test]
fn accepting_an_offer_writes_need_and_requisition_together_or_neither() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let offer = quanzhou.offer(100).await;
        isfahan.hear(&quanzhou).await;
        let acceptance = |pieces| acceptance(first_line(&offer), pieces);
        let once = write_once("accept", 1);

        let (need, asked) = isfahan.office.accept_offer(&once, acceptance(60)).await.unwrap();

        assert_eq!(asked.snapshot.record.need_line, first_line(&need.snapshot.id));
        assert_eq!(asked.snapshot.record.amount().get(), 60);
        assert_eq!(need.coverage[0].coverage.requested.get(), 60);
        assert_eq!(
            need.snapshot.record.title,
            isfahan.office.offer(&offer).await.unwrap().snapshot.record.title
        );
        assert_eq!(isfahan.office.accept_offer(&once, acceptance(60)).await.unwrap(), (need, asked));

        quanzhou.office.move_offer(&write(), &target(&offer), OfferStep::Close(None)).await.unwrap();
        isfahan.hear(&quanzhou).await;
        let before = view(&isfahan).await.last_changed().await.unwrap();
        let late = isfahan.office.accept_offer(&write(), acceptance(60)).await.unwrap_err();
        assert_eq!(late.kind, ErrorKind::State);
        assert_eq!(
            view(&isfahan).await.last_changed().await.unwrap(),
            before,
            "no need without its requisition"
        );
    });
}

#[test]
fn a_draft_stays_private_and_is_published_by_opening_it() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let draft = isfahan.office.create_need(&write(), need(100), false).await.unwrap().snapshot;
        assert_eq!(draft.audience, Audience::Private);
        quanzhou.hear(&isfahan).await;
        assert_eq!(quanzhou.office.need(&draft.id).await.unwrap_err().kind, ErrorKind::NotFound);

        isfahan.office.move_need(&write(), &target(&draft.id), NeedStep::Submit).await.unwrap();

        quanzhou.hear(&isfahan).await;
        let copy = quanzhou.office.need(&draft.id).await.unwrap();
        assert!(!copy.provenance.own);
        assert_eq!(copy.provenance.owner_last_heard, Some(samples::now()));
        let Need { state, .. } = copy.snapshot.record;
        assert_eq!(state.as_str(), "open");
    });
}
