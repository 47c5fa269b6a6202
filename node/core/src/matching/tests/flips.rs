//! The flip test of explanations, counted: of a thousand unserved need lines, how many have a reason, and what becomes of them
//! when everything is removed that the nearest candidate names.

use std::collections::BTreeMap;

use crate::domain::id::LineId;
use crate::matching::tests::explanations::flip;
use crate::matching::tests::random::{Dice, Family, RATIOS};
use crate::matching::tests::served::of_need;
use crate::matching::tests::town::{CATALOGUE, Town};
use crate::matching::{Candidate, Plan, RuleCode, Subject, View, explain, plan};

/// How many unserved need lines are asked about.
const LINES: usize = 1_000;

/// What may stand at the end of a line in these towns, so that every kind of reason comes up.
const NEED_QUIRKS: [&str; 10] =
    ["", "", "", "", "on_hold", "exercise", "lot=400", "bases=gift", "attr=bfe:98", "private"];
const OFFER_QUIRKS: [&str; 10] = [
    "",
    "",
    "stale",
    "closed",
    "exercise",
    "lot=400",
    "basis=loan",
    "attr=bfe:95",
    "unit=set",
    "group=medics",
];

/// A family with quirks.
fn quirky(seed: u64) -> Family {
    let mut family = Family::draw(seed, RATIOS[usize::try_from(seed).unwrap() % RATIOS.len()]);
    let mut dice = Dice::new(seed);
    for need in &mut family.needs {
        need.more += &format!(" {}", NEED_QUIRKS[dice.below(NEED_QUIRKS.len())]);
    }
    for offer in &mut family.offers {
        offer.more += &format!(" {}", OFFER_QUIRKS[dice.below(OFFER_QUIRKS.len())]);
    }
    family
}

/// What the removal of all named causes led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// The pair is suggested.
    Suggested,
    /// Another need takes the offer, and is named.
    Taken,
    /// Another offer serves the need now.
    Served,
    /// Something else is named.
    OtherReason,
    /// The same is named as before.
    Same,
}

fn suggests(plan: &Plan, need: &LineId, offer: &LineId) -> bool {
    plan.suggestions().iter().any(|one| one.need_line == *need && one.offer_line == *offer)
}

/// Removes everything that a candidate names, and looks again.
fn outcome(town: &Town, candidate: &Candidate) -> Outcome {
    let mut flipped = town.clone();
    candidate.reasons.iter().for_each(|reason| flip(&mut flipped, candidate, reason));
    let (need, offer) = (candidate.need_line.clone().unwrap(), candidate.offer_line.clone().unwrap());
    let plan = plan(&flipped.view(), &CATALOGUE);
    if suggests(&plan, &need, &offer) {
        return Outcome::Suggested;
    }
    let after = explain(&CATALOGUE, &plan, &Subject::Pair(need, offer)).blocked.remove(0);
    let codes: Vec<_> = after.reasons.iter().map(|reason| reason.code).collect();
    match codes[..] {
        _ if after.reasons == candidate.reasons => Outcome::Same,
        [RuleCode::TakenByTier | RuleCode::TakenByOrder | RuleCode::TakenByShared] => Outcome::Taken,
        [RuleCode::NeedServed] => Outcome::Served,
        _ => Outcome::OtherReason,
    }
}

/// The need lines that lack something and take part, or would if nothing held them back.
fn unserved(view: &View, plan: &Plan) -> Vec<LineId> {
    let lacks = |need: &LineId| {
        let entry = view.need(need).unwrap();
        entry.amount.unwrap_or_default().get() > of_need(plan, need)
    };
    view.needs().map(|need| need.id.clone()).filter(lacks).collect()
}

#[test]
fn of_a_thousand_unserved_needs_nearly_all_have_a_reason_whose_removal_changes_the_result() {
    let (mut asked, mut reasoned, mut alone) = (0, 0, 0);
    let mut outcomes: BTreeMap<Outcome, u32> = BTreeMap::new();
    let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 7_000.. {
        let family = quirky(seed);
        let town = family.build().town;
        let view = town.view();
        let plan = plan(&view, &CATALOGUE);
        for need in unserved(&view, &plan).into_iter().take(LINES - asked) {
            asked += 1;
            let explanation = explain(&CATALOGUE, &plan, &Subject::Need(need.clone()));
            let Some(first) = explanation.blocked.first() else {
                println!("seed {seed}: {need} has no reason");
                continue;
            };
            reasoned += 1;
            first.reasons.iter().for_each(|reason| *codes.entry(reason.code.as_str()).or_default() += 1);
            if first.offer_line.is_none() {
                alone += 1;
                continue;
            }
            let outcome = outcome(&town, first);
            *outcomes.entry(outcome).or_default() += 1;
            if matches!(outcome, Outcome::Same | Outcome::OtherReason) {
                println!("seed {seed}: {outcome:?} for {first:?}");
            }
        }
        if asked == LINES {
            break;
        }
    }
    let of = |outcome| outcomes.get(&outcome).copied().unwrap_or_default();
    println!("of {asked} unserved needs {reasoned} have a reason, {alone} one of their own");
    println!("after the removal of what the nearest candidate names: {outcomes:?}");
    println!("reasons: {codes:?}");
    assert!(reasoned * 100 >= asked * 99, "{reasoned} of {asked}");
    let changed = outcomes.values().sum::<u32>() - of(Outcome::Same);
    assert!(of(Outcome::Same) * 100 <= changed, "{outcomes:?}");
    assert!(of(Outcome::OtherReason) * 20 <= changed, "{outcomes:?}");
}
