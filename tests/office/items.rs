//! Codes of a city's own: defined once and by their own city, looked up where a line names them, and read by everybody.

use quince_core::domain::item::{Fit, OwnItemPatch};
use quince_core::domain::lines::Lines;
use quince_core::domain::{ItemCode, Need, NeedLine, Offer, OfferState, OwnItem, Quantity, Revision, Unit};
use quince_node::office::request::{ItemTarget, NeedPatch};
use quince_node::office::view::{ItemView, NeedView, ProposalView};
use quince_node::office::{Error, ErrorKind};

use crate::database::on_both;
use crate::desk::{Desk, need, page, reason, target, write, write_once};
use quince_tests::samples::{amount, offer, own_item};

const HOOD: &str = "isfahan:hood";

fn hood() -> OwnItem {
    own_item(HOOD, &[("en", "padded hood"), ("fr", "capuche matelassée"), ("fa", "کلاه گرم")])
}

fn code(text: &str) -> ItemCode {
    text.parse().unwrap()
}

fn item(text: &str) -> ItemTarget {
    ItemTarget { code: code(text), expected: None }
}

/// A draft of one line for this item in this unit.
fn need_of(item: &str, unit: Unit) -> Need {
    let need = need(5);
    let line = need.lines.iter().next().unwrap().clone();
    let line = NeedLine { item: code(item), quantity: Quantity::exact(amount(5), unit), ..line };
    Need { lines: Lines::new(vec![line]).unwrap(), ..need }
}

impl Desk {
    async fn try_need_of(&self, item: &str, unit: Unit) -> Result<NeedView, Error> {
        self.office.create_need(&write(), need_of(item, unit), true).await
    }

    async fn found(&self, query: &str) -> Vec<ProposalView> {
        self.office.search_items(query, 5).await.unwrap()
    }
}

#[test]
fn another_city_finds_an_own_item_in_any_of_its_languages_and_sees_whose_it_is() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        assert!(quanzhou.found("capuche").await.is_empty());
        let made = isfahan.office.create_item(&write(), hood()).await.unwrap();
        quanzhou.hear(&isfahan).await;

        for query in ["CAPUCHE MATELASSEE", "كلاه گرم", "padded"] {
            let found = quanzhou.found(query).await;
            let ItemView::Own(view) = &found[0].item else { panic!("{query}: {found:?}") };
            assert_eq!((&view.snapshot, view.provenance.own), (&made.snapshot, false), "{query}");
            assert!(view.provenance.owner_last_heard.is_some());
        }
        assert_eq!(quanzhou.found("capuche matelassée").await[0].how, Fit::Equal);
        let ItemView::Own(view) = quanzhou.office.item(&code(HOOD)).await.unwrap() else {
            panic!("an own item")
        };
        assert_eq!(view.item.base_unit.to_string(), "piece");
        let theirs = quanzhou.office.items(Some(&isfahan.city.handle), &page(10)).await.unwrap();
        assert_eq!(theirs.items, [*view]);
        assert!(
            quanzhou.office.items(Some(&quanzhou.city.handle), &page(10)).await.unwrap().items.is_empty()
        );

        let terms = own_item(HOOD, &[("it", "cappuccio imbottito")]).terms;
        let patch = OwnItemPatch { terms: Some(terms), ..OwnItemPatch::default() };
        isfahan.office.update_item(&write(), &item(HOOD), patch, None).await.unwrap();
        quanzhou.hear(&isfahan).await;
        assert!(quanzhou.found("capuche").await.is_empty(), "what it is called now counts");
        assert_eq!(quanzhou.found("cappuccio").await.len(), 1);
    });
}

#[test]
fn a_code_is_defined_once_and_the_refusal_names_the_record_that_has_it() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let once = write_once("hood", 1);
        let first = desk.office.create_item(&once, hood()).await.unwrap();
        assert_eq!(desk.office.create_item(&once, hood()).await.unwrap(), first, "a retry");

        let refused = desk.office.create_item(&write(), hood()).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::AlreadyExists);
        let name = format!("nodes/isfahan/items/{}", first.snapshot.id.number);
        assert_eq!(refused.message, format!("{HOOD} is defined by {name}, which is active"));
        assert!(refused.hint.unwrap().contains("quince item update isfahan:hood"));

        desk.office.withdraw_item(&write(), &item(HOOD), reason("out of use")).await.unwrap();
        let refused = desk.office.create_item(&write(), hood()).await.unwrap_err();
        assert_eq!(refused.message, format!("{HOOD} is defined by {name}, which is withdrawn"));
    });
}

#[test]
fn a_city_defines_changes_and_withdraws_no_code_of_another() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        for foreign in [HOOD, "mask.surgical.iir", "nowhere:hood"] {
            let item = own_item(foreign, &[("en", "padded hood")]);
            let refused = quanzhou.office.create_item(&write(), item).await.unwrap_err();
            assert_eq!(refused.kind, ErrorKind::Invalid, "{foreign}");
            let expected = "expected a code of quanzhou itself, such as quanzhou:mask.local";
            assert_eq!(refused.message, format!("item.record.code is {foreign:?}, {expected}"));
        }
        isfahan.office.create_item(&write(), hood()).await.unwrap();
        quanzhou.hear(&isfahan).await;
        let (office, patch) = (&quanzhou.office, OwnItemPatch::default());
        let updated = office.update_item(&write(), &item(HOOD), patch.clone(), None).await.unwrap_err();
        let withdrawn = office.withdraw_item(&write(), &item(HOOD), reason("I say so")).await.unwrap_err();
        assert_eq!((updated.kind, withdrawn.kind), (ErrorKind::Forbidden, ErrorKind::Forbidden));
        let unknown = office.update_item(&write(), &item("quanzhou:hood"), patch, None).await.unwrap_err();
        assert_eq!(unknown.kind, ErrorKind::NotFound);
    });
}

#[test]
fn an_update_for_an_older_revision_is_stale_and_a_withdrawn_one_changes_no_more() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        desk.office.create_item(&write(), hood()).await.unwrap();
        let first = ItemTarget { expected: Some(Revision::FIRST), ..item(HOOD) };
        let patch =
            || OwnItemPatch { hs6: Some(Some("6505.00".parse().unwrap())), ..OwnItemPatch::default() };
        let updated = desk.office.update_item(&write(), &first, patch(), None).await.unwrap();
        assert_eq!((updated.item.hs6.as_str(), updated.snapshot.record.terms), ("6505.00", hood().terms));
        let stale = desk.office.update_item(&write(), &first, patch(), None).await.unwrap_err();
        assert_eq!(stale.kind, ErrorKind::Stale);
        desk.office.withdraw_item(&write(), &item(HOOD), reason("out of use")).await.unwrap();
        let ended = desk.office.update_item(&write(), &item(HOOD), patch(), None).await.unwrap_err();
        assert_eq!(ended.kind, ErrorKind::State);
    });
}

#[test]
fn a_line_with_an_own_code_that_is_not_defined_is_refused_and_told_how_to_define_it() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let refused = desk.try_need_of(HOOD, Unit::Piece).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid);
        let expected =
            "need.record.lines[0].item is \"isfahan:hood\", expected a code that this city has defined";
        assert_eq!(refused.message, expected);
        assert!(refused.hint.unwrap().starts_with("`quince item create isfahan:hood "));
        let hoods = Offer { state: OfferState::Draft, ..offer("hoods", HOOD, 5) };
        let refused = desk.office.create_offer(&write(), hoods.clone(), true).await.unwrap_err();
        assert_eq!(refused.fields.unwrap().first().path, "offer.record.lines[0].item");

        desk.office.create_item(&write(), hood()).await.unwrap();
        desk.try_need_of(HOOD, Unit::Piece).await.unwrap();
        desk.office.create_offer(&write(), hoods, true).await.unwrap();
    });
}

#[test]
fn a_line_counts_in_the_unit_of_a_code_that_is_known_here_and_an_unknown_one_of_others_is_good() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        isfahan.office.create_item(&write(), hood()).await.unwrap();
        quanzhou.try_need_of(HOOD, Unit::Gram).await.unwrap();
        quanzhou.hear(&isfahan).await;
        for desk in [&isfahan, &quanzhou] {
            let refused = desk.try_need_of(HOOD, Unit::Gram).await.unwrap_err();
            let expected = "need.record.lines[0].quantity.unit is \"gram\", expected piece, in which isfahan:hood \
                            counts, or a pack of unknown content";
            assert_eq!(refused.message, expected);
            desk.try_need_of(HOOD, Unit::Piece).await.unwrap();
            desk.try_need_of(HOOD, "pack:bale".parse().unwrap()).await.unwrap();
        }
    });
}

#[test]
fn what_names_a_withdrawn_code_goes_on_and_no_new_line_of_its_city_names_it() {
    on_both(|server| async move {
        let (isfahan, quanzhou) = Desk::two(&server).await;
        isfahan.office.create_item(&write(), hood()).await.unwrap();
        let before = isfahan.try_need_of(HOOD, Unit::Piece).await.unwrap().snapshot;
        isfahan.office.withdraw_item(&write(), &item(HOOD), reason("out of use")).await.unwrap();
        quanzhou.hear(&isfahan).await;

        let refused = isfahan.try_need_of(HOOD, Unit::Piece).await.unwrap_err();
        assert!(refused.message.ends_with("expected a code in use; it is withdrawn"), "{}", refused.message);
        quanzhou.try_need_of(HOOD, Unit::Piece).await.unwrap();
        let patch =
            |lines| NeedPatch { lines: Some(lines), reason: Some(reason("fewer")), ..NeedPatch::default() };
        let mut line = before.record.lines.iter().next().unwrap().clone();
        line.quantity = Quantity::exact(amount(3), Unit::Piece);
        let fewer = patch(Lines::new(vec![line]).unwrap());
        isfahan.office.update_need(&write(), &target(&before.id), fewer).await.unwrap();
        let other = isfahan.need(5).await;
        let moved = patch(need_of(HOOD, Unit::Piece).lines);
        let refused = isfahan.office.update_need(&write(), &target(&other), moved).await.unwrap_err();
        assert!(refused.message.contains("it is withdrawn"), "{}", refused.message);
        let ItemView::Own(view) = quanzhou.office.item(&code(HOOD)).await.unwrap() else {
            panic!("an own item")
        };
        assert_eq!(view.snapshot.record.state.as_str(), "withdrawn");
        assert!(quanzhou.found("capuche").await.is_empty(), "and nobody is proposed it");
    });
}
