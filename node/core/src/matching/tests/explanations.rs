//! Explanations as tables, and the flip test: remove what is named, and the result changes.

use proptest::prelude::*;

use crate::domain::id::LineId;
use crate::domain::lines::Lines;
use crate::domain::list::List;
use crate::domain::need::{NeedLine, NeedState};
use crate::domain::offer::{OfferLine, OfferState};
use crate::domain::quantity::{Amount, Measure};
use crate::domain::snapshot::Audience;
use crate::domain::time::When;
use crate::matching::explain::CANDIDATES_MAX;
use crate::matching::tests::properties::{line, town};
use crate::matching::tests::town::{CATALOGUE, Town, now};
use crate::matching::{Candidate, Reason, RuleCode, sentence};

fn check(table: &[(&str, &str, &str)]) {
    for (lines, subject, expected) in table {
        assert_eq!(Town::of(lines).blocked(subject), *expected, "{subject} in {lines}");
    }
}

#[test]
fn of_a_record_and_the_one_that_takes_it_over_only_one_counts() {
    check(&[
        (
            "need N0 north masks 3 | offer O1 north masks 9 | need N1 south masks 3 continues=N0",
            "O1 N1",
            "O1 N1 need.takes_over",
        ),
        (
            "offer O0 east masks 9 | offer O1 north masks 9 continues=O0 | need N1 south masks 3",
            "O1 N1",
            "O1 N1 offer.takes_over",
        ),
    ]);
    let planned = |lines: &str| Town::of(lines).shown();
    let both = planned("offer O1 north masks 9 | need N0 east masks 3 | need N1 south masks 3 continues=N0");
    assert_eq!(both, "O1 N0 3");
    let ended = planned(
        "offer O1 north masks 9 | need N0 east masks 3 fulfilled | need N1 south masks 3 continues=N0",
    );
    assert_eq!(ended, "O1 N1 3");
}

#[test]
fn a_blocked_pair_names_the_rule_that_blocks_it() {
    let pair =
        |offer: &str, need: &str| Town::of(&format!("offer O1 {offer} | need N1 {need}")).blocked("O1 N1");
    for (offer, need, code) in [
        ("north masks 9 exercise", "south masks 3", "exercise"),
        ("north masks 9 service", "south masks 3", "kind.differs"),
        ("north mask.unspecified 9", "south masks 3", "item.unspecified"),
        ("north blankets 9", "south masks 3", "item.differs"),
        ("north basic 9", "south masks 3", "item.lower"),
        ("north masks 9 unit=set", "south masks 3", "unit.differs"),
        ("north masks 9 private", "south masks 3", "audience"),
        ("north masks 9 earmark=east", "south masks 3", "earmark"),
        ("north masks 9 exclude=south", "south masks 3", "excluded"),
        ("north masks 9 basis=loan", "south masks 3 bases=gift", "terms"),
        ("north masks 9", "south masks 3 attr=bfe:98", "attribute.missing"),
        ("north masks 9 attr=bfe:95", "south masks 3 attr=bfe:98", "attribute.below"),
        ("north masks 9 attr=bfe:98", "south masks 3 attr=bfe:98::label", "attribute.evidence"),
        ("north masks 9 by=-1", "south masks 3", "window.closed"),
        ("north masks 9 by=1", "south masks 3 from=5", "window.early"),
        ("north masks 9 from=40", "south masks 3 by=5", "window.late"),
        ("north masks 9 expires=9", "south masks 3 shelf=30", "shelf_life.short"),
        ("north masks 9 lot=5", "south masks 3", "lot.small"),
        ("north masks 9", "south masks 3 on_hold", "need.on_hold"),
        ("north masks 9", "south masks 3 fulfilled", "need.closed"),
        ("north masks 9", "south masks 3 counted=3", "need.covered"),
        ("north masks 9 closed", "south masks 3", "offer.closed"),
        ("north masks 9 stale", "south masks 3", "offer.stale"),
        ("north masks 9 counted=9", "south masks 3", "offer.exhausted"),
        ("north masks ?", "south masks 3", "offer.unquantified"),
        ("north masks 9 draft", "south masks 3", "line.absent"),
    ] {
        assert_eq!(pair(offer, need), format!("O1 N1 {code}"), "{offer} | {need}");
    }
}

#[test]
fn who_came_first_is_named() {
    check(&[
        (
            "offer O1 north masks 9 | need N1 south masks 3 tier=2 | need N2 far masks 9 tier=1",
            "N1",
            "O1 N1 taken.tier",
        ),
        ("offer O1 north masks 1 | need N1 far masks 3 | need N2 south masks 9", "N1", "O1 N1 taken.order"),
        ("offer O1 south masks 9 | offer O2 far masks 9 | need N1 south masks 3", "N1", "O2 N1 need.served"),
        ("offer O1 south masks 9 | offer O2 far masks 9 | need N1 south masks 3", "O2", "O2 N1 need.served"),
        (
            "offer O1 north masks 9 lot=5 | need N1 far masks 6 | need N2 south masks 6",
            "N1",
            "O1 N1 lot.left",
        ),
    ]);
    let town = Town::of("offer O1 north masks 1 | need N1 far masks 3 | need N2 south masks 9");
    let reason = &town.explain("N1").blocked[0].reasons[0];
    assert_eq!(reason.parameters["need_line"], town.lines["N2"].to_string());
    assert_eq!(sentence(reason), format!("{} takes 1 of it, which comes first in tier 3", town.lines["N2"]));
}

#[test]
fn the_three_nearest_are_shown_those_with_the_fewest_reasons_first() {
    check(&[(
        "need N1 south masks 3 | offer O1 far masks 9 stale | offer O2 harbor masks 9 stale earmark=east \
         | offer O3 north masks 9 stale | offer O4 south blankets 9 | offer O5 east basic 9",
        "N1",
        "O3 N1 offer.stale, O5 N1 item.lower, O1 N1 offer.stale",
    )]);
}

#[test]
fn a_line_without_anything_near_it_says_so() {
    check(&[
        ("need N1 south masks 3 | offer O1 north blankets 9", "N1", "- N1 offers.none"),
        ("need N1 south masks 3 | offer O1 north blankets 9", "O1", "O1 - needs.none"),
        ("need N1 south masks ? | offer O1 north masks 9 | need N2 east masks 9", "N1", "O1 N1 taken.figure"),
        ("need N1 south masks 3 on_hold | offer O1 north masks 9", "N1", "- N1 need.on_hold"),
        ("need N1 south masks 3 | offer O1 north masks 9", "N1", ""),
        ("need N1 south masks 3 draft | offer O1 north masks 9", "N1", "- N1 line.absent"),
    ]);
}

#[test]
fn a_suggestion_says_what_a_coordinator_would_check() {
    let town = Town::of("offer O1 north respirators 9 expires=400 | need N1 south masks 3 by=1 shelf=100");
    let explanation = town.explain("N1");
    assert!(explanation.blocked.is_empty());
    let plan = town.plan();
    let said: Vec<_> = plan.supports(&CATALOGUE, &explanation.matches[0]).iter().map(sentence).collect();
    assert_eq!(
        said,
        [
            "respirator.n95.surgical may stand in for mask.surgical.iir",
            "check the condition: only if the respirator has a fluid test at or above the needed mmHg",
            "it has 555 km to go",
            "it can arrive on 2027-03-01 and is needed by 2027-03-02",
            "it keeps 399 days after arrival, 100 are needed",
        ]
    );
}

#[test]
fn no_sentence_is_left_with_a_hole_or_repeats_what_a_peer_wrote() {
    for code in RuleCode::ALL {
        assert!(!sentence(&Reason::new(*code)).is_empty());
    }
    let town = Town::of(
        "offer O1 north masks 9 attr=bfe:evil at=Evil unit=pack:evil \
         | need N1 south masks 3 attr=bfe:98 | offer O2 north masks 9 | need N2 south masks 3 attr=evil:1",
    );
    for subject in ["N1", "N2", "O1", "O2"] {
        let explanation = town.explain(subject);
        assert!(!explanation.blocked.is_empty(), "{subject}");
        for reason in explanation.blocked.iter().flat_map(|candidate| &candidate.reasons) {
            let said = sentence(reason);
            assert!(!said.contains(['{', '}']) && !said.to_lowercase().contains("evil"), "{said}");
        }
    }
}

/// Removes what a reason names.
pub(super) fn flip(town: &mut Town, candidate: &Candidate, reason: &Reason) {
    let (need, offer) = (candidate.need_line.as_ref().unwrap(), candidate.offer_line.as_ref().unwrap());
    let asked = town.view().need(need).unwrap().line.clone();
    match reason.code {
        RuleCode::Exercise => set_exercise(town, offer, need),
        RuleCode::ItemDiffers | RuleCode::ItemUnspecified => {
            change_offer(town, offer, |l| l.item = asked.item.clone())
        }
        RuleCode::ItemLower => change_need(town, need, |l| l.accept_lower_grade = true),
        RuleCode::UnitDiffers => {
            change_offer(town, offer, |l| l.quantity.unit = asked.quantity.unit.clone());
        }
        RuleCode::Audience => {
            town.sources.needs.get_mut(&need.record).unwrap().audience = Audience::Federation;
            town.sources.offers.get_mut(&offer.record).unwrap().audience = Audience::Federation;
        }
        RuleCode::Earmark => change_offer(town, offer, |l| l.earmarked_for = List::default()),
        RuleCode::Excluded => change_offer(town, offer, |l| l.excluded = List::default()),
        RuleCode::Terms => change_need(town, need, |l| l.acceptable_bases.clear()),
        RuleCode::AttributeMissing | RuleCode::AttributeBelow | RuleCode::AttributeEvidence => {
            change_need(town, need, |l| l.attributes = List::default());
        }
        RuleCode::WindowClosed | RuleCode::WindowEarly => {
            change_offer(town, offer, |l| l.available = When::default())
        }
        RuleCode::WindowLate => change_need(town, need, |l| l.needed = When::default()),
        RuleCode::ShelfLifeShort => change_offer(town, offer, |l| l.expires = None),
        RuleCode::LotSmall | RuleCode::LotLeft => {
            change_need(town, need, |l| l.min_lot = Amount::ZERO);
            change_offer(town, offer, |l| l.min_lot = Amount::ZERO);
        }
        RuleCode::NeedOnHold | RuleCode::NeedClosed => {
            town.sources.needs.get_mut(&need.record).unwrap().record.state = NeedState::Open;
        }
        RuleCode::OfferStale | RuleCode::OfferClosed => {
            let offer = &mut town.sources.offers.get_mut(&offer.record).unwrap().record;
            (offer.state, offer.confirmed) = (OfferState::Open, now());
        }
        RuleCode::NeedCovered | RuleCode::NeedServed | RuleCode::NeedBestOnly => {
            change_need(town, need, |l| l.quantity.measure = Measure::Exact(Amount::new(100_000).unwrap()));
        }
        RuleCode::OfferExhausted | RuleCode::OfferUnquantified => {
            change_offer(town, offer, |l| l.quantity.measure = Measure::Exact(Amount::new(100_000).unwrap()));
        }
        RuleCode::TakenByTier
        | RuleCode::TakenByOrder
        | RuleCode::TakenByFigure
        | RuleCode::TakenByShared => {
            town.remove(&reason.parameters["need_line"].parse().unwrap());
        }
        other => panic!("{other} is not expected in a small town"),
    }
}

fn set_exercise(town: &mut Town, offer: &LineId, need: &LineId) {
    let exercise = town.view().need(need).unwrap().exercise;
    town.sources.offers.get_mut(&offer.record).unwrap().record.exercise = exercise;
}

fn change_need(town: &mut Town, line: &LineId, change: impl Fn(&mut NeedLine)) {
    let need = &mut town.sources.needs.get_mut(&line.record).unwrap().record;
    let mut lines: Vec<_> = need.lines.iter().cloned().collect();
    lines.iter_mut().for_each(change);
    need.lines = Lines::new(lines).unwrap();
}

fn change_offer(town: &mut Town, line: &LineId, change: impl Fn(&mut OfferLine)) {
    let offer = &mut town.sources.offers.get_mut(&line.record).unwrap().record;
    let mut lines: Vec<_> = offer.lines.iter().cloned().collect();
    lines.iter_mut().for_each(change);
    offer.lines = Lines::new(lines).unwrap();
}

proptest! {
    #[test]
    fn removing_the_named_cause_changes_the_result(lines in prop::collection::vec(line(), 2..16)) {
        let town = town(&lines);
        let needs: Vec<_> = town.lines.values().filter(|line| town.view().need(line).is_some()).cloned().collect();
        for need in needs {
            let explanation = town.explain_need(&need);
            prop_assert!(explanation.blocked.len() <= CANDIDATES_MAX);
            prop_assert!(!explanation.matches.is_empty() || !explanation.blocked.is_empty());
            for candidate in explanation.blocked.iter().filter(|candidate| candidate.offer_line.is_some()) {
                let mut flipped = town.clone();
                for reason in &candidate.reasons {
                    flip(&mut flipped, candidate, reason);
                }
                let now = flipped.explain_pair(candidate);
                let still = now.blocked.first().is_some_and(|after| after.reasons == candidate.reasons);
                prop_assert!(!still, "{candidate:?}");
            }
        }
    }
}
