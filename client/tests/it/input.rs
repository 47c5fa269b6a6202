//! What people type, as tables: the text on the left, what it means on the right.

use jiff::Timestamp;
use quince::input::attribute::{parse_attribute, parse_role};
use quince::input::catalogue::Catalogue;
use quince::input::fault::{At, Faults};
use quince::input::freight::{self, parse_volume, parse_weight};
use quince::input::need::{self, NeedLineInput};
use quince::input::offer::{self, OfferLineInput};
use quince::input::place;
use quince::input::quantity::{Count, ItemUnits};
use quince::input::sheet::{Author, Sheet};
use quince::input::when::{self, Means};
use quince_proto::api::v1::Item;
use quince_proto::record::v1::{Qualifier, Quantity};

fn masks() -> ItemUnits {
    ItemUnits { base_unit: "piece".to_owned(), packs: vec![("box".to_owned(), 50)] }
}

fn told(quantity: &Quantity) -> String {
    let qualifier = match quantity.qualifier() {
        Qualifier::Exact => "exactly",
        Qualifier::AtLeast => "at least",
        Qualifier::About => "about",
        Qualifier::Unknown => "unknown",
        Qualifier::Unspecified => "unspecified",
    };
    let pack = quantity.pack.as_ref().map(|pack| format!(" in {} of {}", pack.name, pack.contains));
    format!("{qualifier} {} {}{}", quantity.amount, quantity.unit, pack.unwrap_or_default())
}

#[test]
fn quantities_mean_what_the_table_says() {
    let table = [
        ("80000", "exactly 80000 piece"),
        ("0", "exactly 0 piece"),
        ("80000+", "at least 80000 piece"),
        (">=80000", "at least 80000 piece"),
        ("~80000", "about 80000 piece"),
        ("?", "unknown 0 piece"),
        ("unknown", "unknown 0 piece"),
        ("80000 piece", "exactly 80000 piece"),
        ("500 gram", "exactly 500 gram"),
        ("1600 box", "exactly 80000 piece in box of 50"),
        ("1600 box of 50", "exactly 80000 piece in box of 50"),
        ("1600 boxes", "exactly 80000 piece in box of 50"),
        ("80000 Pieces", "exactly 80000 piece"),
        ("3 people", "exactly 3 person"),
        ("~10 case of 1000", "about 10000 piece in case of 1000"),
        ("10 case of 20 set", "exactly 200 set in case of 20"),
        ("10 pack:bottle", "exactly 10 pack:bottle"),
        ("250000 minor:EUR", "exactly 250000 minor:EUR"),
        ("9007199254740991", "exactly 9007199254740991 piece"),
    ];
    for (text, meaning) in table {
        let quantity = Count::parse(text).and_then(|count| count.resolve(Some(&masks())));
        assert_eq!(quantity.as_ref().map(told).as_deref(), Ok(meaning), "{text:?}");
    }
}

#[test]
fn a_pack_of_several_sizes_is_asked_back_and_an_unknown_one_names_those_that_are_known() {
    let packs = [("box", 10), ("box", 20), ("case", 400)];
    let packs = packs.map(|(name, contains)| (name.to_owned(), contains)).to_vec();
    let respirators = ItemUnits { base_unit: "piece".to_owned(), packs };
    let resolve = |text: &str| Count::parse(text).and_then(|count| count.resolve(Some(&respirators)));
    assert_eq!(resolve("3 box").unwrap_err(), "to know which box is meant: box of 10 or box of 20");
    assert_eq!(resolve("3 box of 20").as_ref().map(told).as_deref(), Ok("exactly 60 piece in box of 20"));
    assert_eq!(resolve("3 cases").as_ref().map(told).as_deref(), Ok("exactly 1200 piece in case of 400"));
    assert!(resolve("3 crate").unwrap_err().contains("(box of 10, box of 20, case of 400)"));
}

#[test]
fn what_is_no_quantity_is_refused() {
    let table = [
        "",
        "80,000",
        "8o000",
        "-1",
        "+5",
        "1.5",
        "80000++",
        "~80000+",
        "80000 box of",
        "80000 box of 0",
        "80000 box of -1",
        "1 box of 50 crate",
        "9007199254740992",
        "9007199254740991 box",
        "1 bottle",
        "99 9",
        "９",
        "80000 piece or so",
    ];
    for text in table {
        let quantity = Count::parse(text).and_then(|count| count.resolve(Some(&masks())));
        assert!(quantity.is_err(), "{text:?} was taken as {quantity:?}");
    }
}

#[test]
fn an_unknown_item_needs_a_unit_of_its_own() {
    let resolve = |text: &str| Count::parse(text).and_then(|count| count.resolve(None));
    assert!(resolve("80000").expect_err("no unit").contains("80000 piece"));
    assert_eq!(resolve("80000 piece").as_ref().map(told).as_deref(), Ok("exactly 80000 piece"));
    assert_eq!(resolve("2 box of 5 piece").as_ref().map(told).as_deref(), Ok("exactly 10 piece in box of 5"));
}

#[test]
fn places_mean_what_the_table_says() {
    let table = [
        ("Isfahan,IR", "Isfahan|IR|"),
        ("Isfahan, IR", "Isfahan|IR|"),
        ("Isfahan,IR,32.654,51.668", "Isfahan|IR|32654000 51668000"),
        ("Lima,PE,-12.046374,-77.042793", "Lima|PE|-12046374 -77042793"),
        ("Washington, D.C.,US", "Washington, D.C.|US|"),
        ("Null Island,GH,0,0", "Null Island|GH|0 0"),
        ("South,AQ,-90,180", "South|AQ|-90000000 180000000"),
        ("Africa,002", "Africa||"),
    ];
    for (text, meaning) in table {
        let place = place::parse(text).expect(text);
        let point = place.point.map(|point| format!("{} {}", point.latitude_e6, point.longitude_e6));
        assert_eq!(
            format!("{}|{}|{}", place.name, place.country, point.unwrap_or_default()),
            meaning,
            "{text:?}"
        );
    }
    let refused = [
        "",
        "Isfahan",
        "Isfahan,",
        ",IR",
        "Isfahan,ir",
        "Isfahan,IRN",
        "Isfahan,IR,32.654",
        "Isfahan,IR,91,0",
        "Isfahan,IR,0,181",
        "Isfahan,IR,0.1234567,0",
        "Isfahan,IR,1e3,0",
    ];
    for text in refused {
        assert!(place::parse(text).is_err(), "{text:?} was taken");
    }
}

#[test]
fn times_mean_what_the_table_says() {
    let instant = |text: &str| text.parse::<Timestamp>().expect("an instant").as_second();
    let table = [
        ("2027-03-15", Means::Latest, None, Some("2027-03-15T23:59:59Z"), ""),
        ("2027-03-15", Means::Earliest, Some("2027-03-15T00:00:00Z"), None, ""),
        ("2027-03-15T12:00:00+03:30", Means::Latest, None, Some("2027-03-15T08:30:00Z"), ""),
        (
            "2027-03-01..2027-03-15",
            Means::Latest,
            Some("2027-03-01T00:00:00Z"),
            Some("2027-03-15T23:59:59Z"),
            "",
        ),
        ("2027-03-01..", Means::Latest, Some("2027-03-01T00:00:00Z"), None, ""),
        ("..2027-03-15", Means::Earliest, None, Some("2027-03-15T23:59:59Z"), ""),
        (
            "in mid-February 2027-02-10..2027-02-20",
            Means::Latest,
            Some("2027-02-10T00:00:00Z"),
            Some("2027-02-20T23:59:59Z"),
            "in mid-February",
        ),
    ];
    for (text, single, earliest, latest, words) in table {
        let when = when::parse(text, single).expect(text);
        assert_eq!(when.earliest.map(|at| at.seconds), earliest.map(instant), "{text:?}");
        assert_eq!(when.latest.map(|at| at.seconds), latest.map(instant), "{text:?}");
        assert_eq!(when.words, words, "{text:?}");
    }
    for text in
        ["", "..", "soon", "mid-February", "2027-02-30", "15.03.2027", "2027-03-15..2027-03-01", "2027-03"]
    {
        assert!(when::parse(text, Means::Latest).is_err(), "{text:?} was taken");
    }
}

#[test]
fn attributes_and_roles_mean_what_the_table_says() {
    let attribute = parse_attribute("filtration=95; EN 149; certificate").expect("an attribute");
    let parts = [attribute.name, attribute.value, attribute.standard, attribute.evidence];
    assert_eq!(parts, ["filtration", "95", "EN 149", "certificate"]);
    for text in ["", "filtration", "=95", "filtration=", "a=b;c;d;e"] {
        assert!(parse_attribute(text).is_err(), "{text:?} was taken");
    }
    let table = [
        ("3:donor", (3, "donor", 0)),
        ("3:donor:50%", (3, "donor", 5000)),
        ("3:donor:12.5%", (3, "donor", 1250)),
        ("isfahan/3:donor:50%", (3, "donor", 5000)),
    ];
    for (text, meaning) in table {
        let (_, role) = parse_role(text).expect(text);
        assert_eq!((role.party, role.role.as_str(), role.share_e4), meaning);
    }
    for text in
        ["", "donor", "3", "3:", "x:donor", "3:donor:50", "3:donor:0%", "3:donor:101%", "3:donor:1.234%"]
    {
        assert!(parse_role(text).is_err(), "{text:?} was taken");
    }
}

const AUTHOR: Author<'static> = Author { language: "en", exercise: false, now: Timestamp::UNIX_EPOCH };

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.add(Item {
        code: "mask.surgical.iir".to_owned(),
        base_unit: "piece".to_owned(),
        packs: vec!["box=50".to_owned()],
        ..Item::default()
    });
    catalogue
}

#[test]
fn yaml_and_json_say_the_same_as_flags() {
    let yaml = "
title: Masks for the hospitals
lines:
  - item: mask.surgical.iir
    quantity: 80000
    urgency: 1
    by: 2027-03-15
    to: Isfahan,IR
    min-lot: 5000
    accept-lower-grade: true
";
    let json = r#"{"title": "Masks for the hospitals", "lines": [{"item": "mask.surgical.iir", "quantity": "80000",
        "urgency": 1, "by": "2027-03-15", "to": "Isfahan,IR", "min-lot": 5000, "accept-lower-grade": true}]}"#;
    let flags = Sheet {
        title: Some("Masks for the hospitals".parse().expect("any text")),
        lines: vec![NeedLineInput {
            item: Some("mask.surgical.iir".to_owned()),
            quantity: Some("80000".to_owned()),
            urgency: Some("1".to_owned()),
            by: Some("2027-03-15".to_owned()),
            to: Some("Isfahan,IR".to_owned()),
            min_lot: Some("5000".to_owned()),
            accept_lower_grade: true,
            ..NeedLineInput::default()
        }],
        ..Sheet::default()
    };
    assert_eq!(Sheet::parse(yaml).as_ref(), Ok(&flags));
    assert_eq!(Sheet::parse(json).as_ref(), Ok(&flags));
}

#[test]
fn weights_and_volumes_mean_what_the_table_says_and_come_back_as_they_are_shown() {
    let weights = [("12.5 t", 12_500_000), ("800kg", 800_000), ("0.5 kg", 500), ("1234.567 kg", 1_234_567)];
    for (text, grams) in weights {
        assert_eq!(parse_weight(text), Ok(grams), "{text:?}");
        assert_eq!(parse_weight(&freight::weight(grams)), Ok(grams), "{text:?}");
    }
    let volumes = [("30 m3", 30_000_000), ("30 m³", 30_000_000), ("500 L", 500_000), ("250 ml", 250)];
    for (text, millilitres) in volumes {
        assert_eq!(parse_volume(text), Ok(millilitres), "{text:?}");
        assert_eq!(parse_volume(&freight::volume(millilitres)), Ok(millilitres), "{text:?}");
    }
    let shown = [0, 1, 999, 1_000, 12_500_000, 1_234_567, 1_000_000_000_000].map(freight::weight);
    assert_eq!(shown, ["0 g", "1 g", "999 g", "1 kg", "12.5 t", "1234.567 kg", "1000000 t"]);
    for text in ["", "12", "t", "-1 t", "12,5 t", "1.5 g", "3 lb", "30 m3", "9999999999999 t"] {
        assert!(parse_weight(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_change_of_freight_leaves_what_was_not_typed() {
    let change = |flags: OfferLineInput, line: &mut quince_proto::record::v1::OfferLine| {
        let mut faults = Faults::default();
        flags.change(line, At::File, Timestamp::UNIX_EPOCH, &Catalogue::default(), &mut faults);
        faults.end().expect("no faults");
    };
    let mut line = quince_proto::record::v1::OfferLine::default();
    change(OfferLineInput { note: Some("x".to_owned()), ..Default::default() }, &mut line);
    assert_eq!((line.freight, line.deliver_to.as_ref()), (None, None), "nothing typed, nothing stated");
    change(
        OfferLineInput { weight: Some("2 t".to_owned()), cold_chain: true, ..Default::default() },
        &mut line,
    );
    change(OfferLineInput { volume: Some("9 m3".to_owned()), ..Default::default() }, &mut line);
    let freight = line.freight.unwrap();
    assert_eq!((freight.weight_grams, freight.volume_millilitres), (2_000_000, 9_000_000));
    assert!(freight.cold_chain);
}

#[test]
fn a_file_gives_several_languages_and_lines() {
    let sheet: Sheet<OfferLineInput> = Sheet::parse(
        "
title: {en: Masks and gowns, fa: ماسک}
party: ['3:donor:50%', '4:donor:50%']
lines:
  - {item: mask.surgical.iir, quantity: '>=80000', from: 'Quanzhou,CN', terms: {basis: loan, freight: supplier}}
  - {item: gown.new, line: 7, quantity: 40 set, earmarked-for: [isfahan, IT], expires: 2028-01-01}
",
    )
    .expect("a good file");
    let mut faults = Faults::default();
    let record = offer::to_record(&sheet, At::File, &AUTHOR, &catalogue(), &mut faults);
    faults.end().expect("no faults");
    let titles: Vec<_> =
        record.title.iter().map(|text| (text.language.as_str(), text.text.as_str())).collect();
    assert_eq!(titles, [("en", "Masks and gowns"), ("fa", "ماسک")]);
    assert_eq!(record.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 7]);
    assert_eq!(record.lines[0].quantity.as_ref().map(told).as_deref(), Some("at least 80000 piece"));
    assert_eq!(record.lines[1].earmarked_for, ["isfahan", "IT"]);
    assert_eq!(record.common.expect("common").parties.len(), 2);
}

#[test]
fn all_faults_of_a_file_are_told_at_once_with_path_value_and_expectation() {
    let sheet = Sheet::parse(
        "
call: '17'
party: [donor]
lines:
  - {item: mask.surgical.iir, quantity: 8o000, urgency: 5, by: soon, to: Isfahan}
  - {item: gown.new, quantity: 40, urgency: 2, accept-basis: [theft]}
  - {kind: thing}
",
    )
    .expect("good form");
    let mut faults = Faults::default();
    need::to_record(&sheet, At::File, &AUTHOR, &catalogue(), &mut faults);
    insta::assert_snapshot!(faults.end().expect_err("faults"));
}

#[test]
fn a_file_with_a_key_or_type_nobody_knows_is_refused_by_name_and_place() {
    let refusals = [
        "lines:\n  - {item: gown, quantitty: 40}\n",
        "lines:\n  - {item: gown, accept-lower-grade: perhaps}\n",
        "title: [a, b]\n",
        "titel: a\n",
        "lines: 3\n",
        "title: {en: a, en: b}\n",
        "title: a\ntitle: b\n",
        "{",
    ]
    .map(|text| match Sheet::<NeedLineInput>::parse(text) {
        Ok(sheet) => panic!("{text:?} was taken as {sheet:?}"),
        Err(refusal) => format!("{text}=> {refusal}\n"),
    });
    insta::assert_snapshot!(refusals.join("\n"));
}
