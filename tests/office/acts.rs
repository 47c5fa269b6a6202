//! Every act on own records: what it moves, and what refuses it.

use quince_core::domain::coverage::Track;
use quince_core::domain::{Offer, OfferState, ReasonCode, RecordKind};
use quince_node::office::request::{NeedPatch, NeedStep, OfferPatch, OfferStep, PartyPatch, Withdrawal};
use quince_node::office::view::Answer;
use quince_node::office::{ErrorKind, Settings};
use std::sync::Arc;

use crate::city::City;
use crate::database::on_both;
use crate::desk::{Desk, amount, declined, grounds, need, page, pieces, reason, target, write};
use quince_tests::samples;

#[test]
fn a_need_moves_along_its_states_and_nowhere_else() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let need = desk.need(100).await;
        let other = desk.need(100).await;
        let duplicate = NeedStep::Duplicate { of: other, reason: None };
        let steps = [
            (NeedStep::Submit, None),
            (NeedStep::Approve, None),
            (NeedStep::Resume, None),
            (NeedStep::Hold(None), Some("on_hold")),
            (NeedStep::Hold(None), None),
            (NeedStep::Resume, Some("open")),
            (duplicate, Some("duplicate")),
            (NeedStep::Withdraw(reason("not needed")), None),
        ];
        for (step, expected) in steps {
            let moved = desk.office.move_need(&write(), &target(&need), step.clone()).await;
            match expected {
                Some(state) => assert_eq!(moved.unwrap().snapshot.record.state.as_str(), state, "{step:?}"),
                None => assert_eq!(moved.unwrap_err().kind, ErrorKind::State, "{step:?}"),
            }
        }
    });
}

#[test]
fn where_needs_are_approved_nothing_is_published_before_an_approver_saw_it() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let desk = Desk::with(city, Settings { approve_needs: true, ..Default::default() }).await;
        let submitted = desk.try_need(&write(), 100).await.unwrap().snapshot;
        assert_eq!(submitted.record.state.as_str(), "submitted");
        assert_eq!(desk.office.todos(&page(10)).await.unwrap().items.len(), 1);

        let step = NeedStep::Approve;
        let open = desk.office.move_need(&write(), &target(&submitted.id), step).await.unwrap();

        assert_eq!(open.snapshot.record.state.as_str(), "open");
        assert_eq!(desk.office.todos(&page(10)).await.unwrap().items, []);
    });
}

#[test]
fn an_offer_moves_along_its_states_and_nowhere_else() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let draft = Offer { state: OfferState::Draft, ..samples::offer("masks", "mask", 100) };
        let offer = desk.office.create_offer(&write(), draft, false).await.unwrap().snapshot.id;
        let steps = [
            (OfferStep::Close(None), None),
            (OfferStep::Confirm, Some(OfferState::Open)),
            (OfferStep::Confirm, Some(OfferState::Open)),
            (OfferStep::Withdraw(reason("sold")), Some(OfferState::Withdrawn)),
            (OfferStep::Confirm, None),
        ];
        for (step, expected) in steps {
            let moved = desk.office.move_offer(&write(), &target(&offer), step.clone()).await;
            match expected {
                Some(state) => assert_eq!(moved.unwrap().snapshot.record.state, state, "{step:?}"),
                None => assert_eq!(moved.unwrap_err().kind, ErrorKind::State, "{step:?}"),
            }
        }
    });
}

#[test]
fn an_offer_nobody_confirmed_for_thirty_days_is_stale_until_somebody_does() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let offer = desk.offer(100).await;
        desk.clock.set("2027-03-31T08:00:00Z".parse().unwrap());
        assert!(desk.office.offer(&offer).await.unwrap().stale);
        assert_eq!(desk.office.todos(&page(10)).await.unwrap().items.len(), 1);
        let fresh = desk.office.move_offer(&write(), &target(&offer), OfferStep::Confirm).await.unwrap();
        assert!(!fresh.stale);
    });
}

#[test]
fn a_need_line_keeps_what_its_requisitions_count_on() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (id, offer) = (desk.need(100).await, desk.offer(100).await);
        desk.ask(&id, &offer, 60).await;
        let patch = |pieces| NeedPatch {
            lines: Some(need(pieces).lines),
            reason: Some(reason("counted again")),
            ..NeedPatch::default()
        };
        let refused = desk.office.update_need(&write(), &target(&id), patch(59)).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid);
        let path = &refused.fields.unwrap().first().path.clone();
        assert_eq!(path, "lines[1].quantity.amount");
        let wordless = NeedPatch { reason: None, ..patch(60) };
        let wordless = desk.office.update_need(&write(), &target(&id), wordless).await.unwrap_err();
        assert_eq!(wordless.kind, ErrorKind::Invalid);
        let view = desk.office.update_need(&write(), &target(&id), patch(60)).await.unwrap();
        assert_eq!(view.coverage[0].coverage.requested, pieces(60));
    });
}

#[test]
fn an_offer_line_keeps_what_is_held_and_promised() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(100).await, desk.offer(100).await);
        let asked = desk.ask(&need, &offer, 60).await;
        desk.commit(&asked).await;
        let other = desk.need(100).await;
        desk.hold(&offer, &other, 10).await;
        let patch = |pieces| OfferPatch {
            lines: Some(samples::offer("masks", "mask.surgical.iir", pieces).lines),
            reason: Some(reason("some were wet")),
            ..OfferPatch::default()
        };
        let refused = desk.office.update_offer(&write(), &target(&offer), patch(69)).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid);
        let view = desk.office.update_offer(&write(), &target(&offer), patch(70)).await.unwrap();
        assert_eq!(view.coverage[0].coverage.outstanding, Some(pieces(0)));
        assert_eq!(
            (view.coverage[0].coverage.held, view.coverage[0].coverage.committed),
            (pieces(10), pieces(60))
        );
        desk.audit().await;
    });
}

#[test]
fn no_more_is_asked_for_than_the_need_lacks_also_after_a_withdrawal() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        let (need, offer) = (isfahan.need(100).await, quanzhou.offer(500).await);
        let second = quanzhou.offer(500).await;
        isfahan.hear(&quanzhou).await;
        let asked = isfahan.ask(&need, &offer, 80).await;
        let too_much = isfahan.try_ask(&write(), &need, &second, 21).await.unwrap_err();
        assert_eq!(too_much.kind, ErrorKind::State);
        assert!(too_much.hint.is_some());

        let withdrawal = |force| Withdrawal { reason: reason("another city helps"), force };
        let office = &isfahan.office;
        office.withdraw_requisition(&write(), &target(&asked), withdrawal(false)).await.unwrap();
        assert!(
            isfahan.try_ask(&write(), &need, &second, 21).await.is_err(),
            "it counts until it is answered"
        );
        office.withdraw_requisition(&write(), &target(&asked), withdrawal(true)).await.unwrap();
        isfahan.try_ask(&write(), &need, &second, 100).await.unwrap();
    });
}

#[test]
fn a_second_open_requisition_for_the_same_lines_is_over_the_limit() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(100).await, desk.offer(100).await);
        desk.ask(&need, &offer, 10).await;
        let second = desk.try_ask(&write(), &need, &offer, 10).await.unwrap_err();
        assert_eq!(second.kind, ErrorKind::Limit);
    });
}

#[test]
fn a_promise_covers_and_a_decline_leaves_the_need_as_it_was() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(100).await, desk.offer(70).await);
        let asked = desk.ask(&need, &offer, 30).await;
        let no = desk.office.decline_requisition(&write(), &asked, grounds(ReasonCode::NotSuitable)).await;
        assert_eq!(declined(&no.unwrap()), Some(ReasonCode::NotSuitable));
        assert_eq!(desk.answer(&asked).await, Some(Answer::Declined));
        assert_eq!(desk.need_coverage(&need).await.commit, Track::None);

        let asked = desk.ask(&need, &offer, 100).await;
        let yes = desk.commit(&asked).await;
        assert!(yes.paired);
        assert_eq!(amount(&yes), 70, "what is not there lapses");
        assert_eq!(desk.answer(&asked).await, Some(Answer::Committed));
        assert_eq!(desk.need_coverage(&need).await.commit, Track::Partial);
        assert_eq!(desk.offer_coverage(&offer).await.commit, Track::Complete);
        let again = desk.try_commit(&write(), &asked).await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::State);
    });
}

#[test]
fn a_release_gives_back_whole_or_in_part_and_never_takes_more() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let (need, offer) = (desk.need(100).await, desk.offer(100).await);
        let asked = desk.ask(&need, &offer, 80).await;
        let commitment = desk.commit(&asked).await.snapshot.id;
        assert_eq!(desk.release(&commitment, 80).await.unwrap_err().kind, ErrorKind::Invalid);
        desk.release(&commitment, 30).await.unwrap();
        assert_eq!(desk.offer_coverage(&offer).await.outstanding, Some(pieces(70)));
        assert_eq!(desk.answer(&asked).await, Some(Answer::Committed));
        desk.release(&commitment, 0).await.unwrap();
        assert_eq!(desk.answer(&asked).await, Some(Answer::Released));
        assert_eq!(desk.release(&commitment, 0).await.unwrap_err().kind, ErrorKind::State);
        desk.audit().await;
    });
}

#[test]
fn a_party_that_was_published_does_not_become_a_private_person() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let party = desk.party().await;
        let person = PartyPatch {
            party_type: Some(quince_core::domain::party::PartyType::Person),
            ..PartyPatch::default()
        };
        let refused = desk.office.update_party(&write(), &target(&party), person).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::State);
        let retired = PartyPatch { retired: Some(true), ..PartyPatch::default() };
        let view = desk.office.update_party(&write(), &target(&party), retired).await.unwrap();
        assert!(view.snapshot.record.retired);
        let all = desk.office.revisions(RecordKind::Party, &party, &page(10)).await.unwrap().items;
        let states: Vec<_> = all.iter().map(|one| one.state).collect();
        assert_eq!(states, ["retired", "active"], "newest first");
    });
}
