//! Own items and the plan: lines with an own code meet lines with the same code, whatever anybody says that it means.

use quince_core::domain::OwnItem;
use quince_core::domain::item::OwnItemState;
use quince_core::domain::text::{Names, Text, TextOrigin, Texts};

use super::*;

#[test]
fn what_cities_say_of_their_own_codes_changes_nobodys_plan() {
    let local = |mut need: Need| {
        let mut line = need.lines.iter().next().unwrap().clone();
        line.item = "isfahan:mask.local".parse().unwrap();
        need.lines = Lines::new(vec![line]).unwrap();
        need
    };
    let records = || {
        vec![
            stored("isfahan/5", need(300)),
            stored("isfahan/6", local(need(200))),
            stored("quanzhou/5", offer(500)),
        ]
    };
    // Named as the catalogue names its masks, in all three namespaces.
    let said = ["isfahan:mask.local", "quanzhou:mask.local", "quanzhou:mask.surgical.iir"].map(own_item);
    let said = (10..)
        .zip(said)
        .map(|(number, item)| stored(&format!("{}/{number}", item.code.owner().unwrap()), item));
    let (before, after) =
        (advise("turin", records()), advise("turin", records().into_iter().chain(said).collect()));
    assert_eq!(before.plan, after.plan);
    assert_eq!(before.plan.suggestions().iter().map(|one| one.amount.get()).collect::<Vec<_>>(), [300]);
}

/// Masks by a code of their own.
fn own_item(code: &str) -> OwnItem {
    let masks = Catalogue::embedded().get(&"mask.surgical.iir".parse().unwrap()).unwrap().title().to_owned();
    let terms = Texts::new(vec![Text::new("en", masks, TextOrigin::Human).unwrap()]).unwrap();
    OwnItem {
        common: Common::new(now()),
        state: OwnItemState::Active,
        code: code.parse().unwrap(),
        terms: Names::new(terms).unwrap(),
        base_unit: Unit::Piece,
        packs: List::default(),
        hs6: Some("6307.90".parse().unwrap()),
        hs_note: None,
        description: <_>::default(),
    }
}
