//! Codes of a city's own, as they are typed and shown.

use quince_proto::api::v1::{Item, Provenance};
use quince_proto::record::v1::{OwnItem, OwnItemState, Pack, Text, TextOrigin};

use crate::fake::{Fake, Listener};

const HOOD: &str = "isfahan:hood.padded";

fn text(language: &str, text: &str) -> Text {
    Text { language: language.to_owned(), text: text.to_owned(), origin: TextOrigin::Human.into() }
}

fn boxes() -> Vec<Pack> {
    vec![Pack { name: "box".to_owned(), contains: 50 }]
}

/// What the node says of Isfahan's hood.
fn hood() -> Item {
    let record = OwnItem {
        state: OwnItemState::Active.into(),
        code: HOOD.to_owned(),
        terms: vec![text("en", "Padded hood"), text("fr", "Capuche")],
        base_unit: "piece".to_owned(),
        packs: boxes(),
        ..OwnItem::default()
    };
    Item {
        name: format!("items/{HOOD}"),
        code: HOOD.to_owned(),
        title: "Padded hood".to_owned(),
        base_unit: "piece".to_owned(),
        packs: vec!["box=50".to_owned()],
        record_name: "nodes/isfahan/items/9".to_owned(),
        etag: "3".to_owned(),
        record: Some(record),
        provenance: Some(Provenance { owner: "isfahan".to_owned(), ..Provenance::default() }),
        ..Item::default()
    }
}

#[test]
fn an_own_item_is_sent_whole_and_a_bare_code_is_of_this_node() {
    let fake = Fake::start(Listener::Plain);
    fake.script().handle = Some("isfahan".to_owned());
    let said =
        ["--name", "Padded hood", "--name", "fr=Capuche matelassée", "--unit", "piece", "--pack", "box=50"];
    let more = ["--hs6", "6505.00", "--hs-note", "HS2022", "--description", "with fur = warm"];
    for code in ["hood.padded", HOOD] {
        let words = [&["item", "create", code][..], &said, &more].concat();
        let sentence = format!("item {HOOD} is active\n");
        fake.quince(&words).assert().success().stdout(format!("{HOOD}\n")).stderr(sentence);
        let sent = fake.script().items_created.pop().unwrap().item.unwrap().record.unwrap();
        assert_eq!((sent.code.as_str(), sent.base_unit.as_str()), (HOOD, "piece"));
        assert_eq!(sent.terms, [text("en", "Padded hood"), text("fr", "Capuche matelassée")]);
        assert_eq!((sent.packs, sent.hs6.as_str(), sent.hs_note.as_str()), (boxes(), "6505.00", "HS2022"));
        assert_eq!(sent.description, [text("en", "with fur = warm")]);
    }
    let check = [&["item", "create", HOOD, "--validate-only"][..], &said].concat();
    fake.quince(&check).assert().success().stdout("").stderr("this item is valid; nothing was written\n");
}

#[test]
fn a_pack_without_a_content_is_refused_before_anything_is_sent() {
    let fake = Fake::start(Listener::Plain);
    for pack in ["box", "box=", "box=0", "=50", "box=-1", "box=5.5"] {
        let words = ["item", "create", HOOD, "--name", "Hood", "--unit", "piece", "--pack", pack];
        let refused = fake.quince(&words).assert().code(2);
        let told = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(told.contains("such as box=50"), "{pack}: {told}");
    }
    assert!(fake.script().items_created.is_empty());
}

#[test]
fn an_update_keeps_what_nobody_typed_and_names_what_somebody_did() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(hood());
    let update = ["item", "update", HOOD, "--name", "fr=Cagoule", "--name", "fa=کلاه", "--drop-name", "en"];
    fake.quince(&update).assert().success();
    let sent = fake.script().items_updated.pop().unwrap();
    assert_eq!(sent.update_mask.unwrap().paths, ["terms"]);
    let item = sent.item.unwrap();
    assert_eq!((item.name, item.etag.as_str()), (format!("items/{HOOD}"), "3"));
    assert_eq!(item.record.unwrap().terms, [text("fr", "Cagoule"), text("fa", "کلاه")]);
    fake.quince(&["item", "update", HOOD, "--hs6", ""]).assert().success();
    assert_eq!(fake.script().items_updated.pop().unwrap().update_mask.unwrap().paths, ["hs6"]);
}

#[test]
fn mine_are_those_of_this_node_and_an_item_says_whose_it_is() {
    let fake = Fake::start(Listener::Plain);
    fake.script().handle = Some("quanzhou".to_owned());
    fake.script().items.push(hood());
    for (words, parent) in [
        (&["item", "list"][..], ""),
        (&["item", "list", "--mine"], "nodes/quanzhou"),
        (&["item", "list", "--node", "isfahan"], "nodes/isfahan"),
    ] {
        fake.quince(words).assert().success();
        assert_eq!(fake.script().items_listed.pop().unwrap().parent, parent, "{words:?}");
    }
    let shown = fake.quince(&["item", "show", HOOD]).assert().success();
    let sheet = String::from_utf8_lossy(&shown.get_output().stdout).into_owned();
    for line in ["state      active", "record     isfahan/9", "of isfahan, not heard of lately"] {
        assert!(sheet.contains(line), "{line} is missing in\n{sheet}");
    }
}

#[test]
fn a_need_for_boxes_of_an_own_item_counts_what_its_record_says() {
    let fake = Fake::start(Listener::Plain);
    fake.script().items.push(hood());
    let words = ["need", "create", "--item", HOOD, "--quantity", "20 box", "--urgency", "2"];
    // What the node answers is not looked at.
    drop(fake.quince(&words).assert());
    let need = fake.script().created.pop().unwrap().need.unwrap().record.unwrap();
    let quantity = need.lines[0].quantity.clone().unwrap();
    assert_eq!((quantity.amount, quantity.unit.as_str(), quantity.pack), (1_000, "piece", boxes().pop()));
}

#[test]
fn the_status_tells_a_catalogue_apart_that_the_federation_does_not_go_by() {
    let fake = Fake::start(Listener::Plain);
    fake.script().handle = Some("isfahan".to_owned());
    let told = |named: &str| {
        fake.script().catalogues = ["1", named].map(str::to_owned);
        let shown = fake.quince(&["status"]).assert().success();
        let output = shown.get_output();
        [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned())
    };
    for same in ["", "1"] {
        let [sheet, said] = told(same);
        assert!(sheet.contains("catalogue    version 1\n") && said.is_empty(), "{sheet}{said}");
    }
    let [sheet, said] = told("2027.1");
    assert!(sheet.contains("version 1, and the roster names version 2027.1: they differ"), "{sheet}");
    assert!(
        said.starts_with("this node has catalogue version 1, its federation goes by 2027.1: upgrade"),
        "{said}"
    );
}

#[test]
fn the_status_says_how_old_the_plan_is_and_why_there_is_no_newer_one() {
    let fake = Fake::start(Listener::Plain);
    fake.script().handle = Some("isfahan".to_owned());
    let told = |failure: &str| {
        fake.script().plan_failure = failure.to_owned();
        let shown = fake.quince(&["status"]).assert().success();
        String::from_utf8_lossy(&shown.get_output().stdout).into_owned()
    };
    assert!(told("").contains("plan         none yet\n"));
    assert!(told("the database is busy").contains("none yet; no newer one: the database is busy"));
}
