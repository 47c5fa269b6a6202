//! Needs and offers from a spreadsheet: what rows mean, what is refused, and that all of it is written or none.

use std::fs;

use jiff::Timestamp;
use quince::failure::Failure;
use quince::input::catalogue::Catalogue;
use quince::input::fault::Faults;
use quince::input::import::column::{ALL, Scope, Shape};
use quince::input::import::entry::Prepared;
use quince::input::import::{Entry, Table};
use quince::input::sheet::Author;
use quince_proto::api::v1::{Item, Need};
use quince_proto::record::v1::{self as record, NeedState, Qualifier};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::fake::{Fake, Listener};

/// Two rows of one need, and a need of its own.
const NEEDS: &str = "\
record,group,title,item,quantity,urgency,to
need,A,Masks and gowns,mask.surgical.iir,80000 piece,1,\"Isfahan,IR\"
need,A,,gown.isolation.l3,>=500 piece,2,\"Isfahan,IR\"
need,,Gloves,glove.exam.nitrile,~2000 piece,3,\"Isfahan,IR\"
";

fn entries(text: &str) -> Result<Vec<Entry>, Failure> {
    let table = Table::parse(text, None, &[])?;
    let mut faults = Faults::default();
    let entries = Entry::all(table, None, &mut faults);
    faults.end().map(|()| entries)
}

fn prepared(text: &str) -> Result<Vec<Prepared>, Failure> {
    let author = Author { language: "en", exercise: false, now: Timestamp::UNIX_EPOCH };
    let mut faults = Faults::default();
    let entries = entries(text)?;
    let prepared =
        entries.iter().map(|entry| entry.prepare(&author, &Catalogue::default(), &mut faults)).collect();
    faults.end().map(|()| prepared)
}

/// The faults of a file, `place: words` each.
fn faults(text: &str) -> Vec<String> {
    let failure = prepared(text).map(|_| ()).expect_err("a fault");
    failure.fields.into_iter().map(|(place, words)| format!("{place}: {words}")).collect()
}

fn need(number: u64) -> Need {
    Need {
        name: format!("nodes/isfahan/needs/{number}"),
        etag: "1".to_owned(),
        record: Some(record::Need { state: NeedState::Open.into(), ..record::Need::default() }),
        ..Need::default()
    }
}

#[test]
fn rows_of_one_group_are_the_lines_of_one_record() {
    let entries = entries(NEEDS).unwrap();
    let places: Vec<String> = entries.iter().map(Entry::place).collect();
    assert_eq!(places, ["rows 2-3", "row 4"]);
    let prepared = prepared(NEEDS).unwrap();
    let Prepared::Need(first) = &prepared[0] else { panic!("a need was written") };
    assert_eq!(first.title[0].text, "Masks and gowns");
    let lines: Vec<_> =
        first.lines.iter().map(|line| (line.line, line.item.as_str(), line.urgency)).collect();
    assert_eq!(lines, [(1, "mask.surgical.iir", 1), (2, "gown.isolation.l3", 2)]);
    assert_eq!(first.lines[1].quantity.as_ref().unwrap().qualifier(), Qualifier::AtLeast);
}

#[test]
fn every_column_is_understood_on_needs_and_offers() {
    let example = |name: &str| match name {
        "record" | "group" => "",
        "kind" => "goods",
        "quantity" => "10 piece",
        "call" | "related" => "isfahan/3",
        "party" => "3:donor",
        "external-id" => "glide:EP-2020-000012-IRN",
        "value" => "USD:5",
        "currency" => "USD",
        "as-of" | "by" | "available" | "expires" | "date" => "2027-03-15",
        "to" | "from" => "Isfahan,IR",
        "country" => "IR",
        "latitude" | "longitude" => "32.654",
        "attribute" => "filtration=95",
        "urgency" | "min-lot" | "min-shelf-life-days" => "3",
        "accept-basis" | "basis" => "gift",
        "freight" | "duty" | "insurance" => "supplier",
        "approximate" | "accept-lower-grade" => "yes",
        _ => "words",
    };
    for (family, foreign) in
        [("need", [Scope::OfferLine, Scope::Terms]), ("offer", [Scope::NeedLine, Scope::NeedLine])]
    {
        let columns: Vec<_> = ALL
            .iter()
            .filter(|column| column.scope != Scope::Table && !foreign.contains(&column.scope))
            .collect();
        let header: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let cells: Vec<String> =
            columns.iter().map(|column| format!("\"{}\"", example(column.name))).collect();
        let text = format!("record,{}\n{family},{}\n", header.join(","), cells.join(","));
        assert_eq!(prepared(&text).map(|all| all.len()), Ok(1), "{family}");
    }
}

#[test]
fn a_cell_may_hold_several_values_where_a_flag_may_be_repeated() {
    let text = "record,item,quantity,from,excluded,earmarked-for\noffer,mask,5 piece,\"Quanzhou,CN\",US | CN,isfahan\n";
    let prepared = prepared(text).unwrap();
    let Prepared::Offer(offer) = &prepared[0] else { panic!("an offer was written") };
    assert_eq!(offer.lines[0].excluded, ["US", "CN"]);
    assert!(ALL.iter().any(|column| column.shape == Shape::Many && column.name == "excluded"));
}

#[test]
fn all_faults_of_all_rows_are_told_at_once_with_row_and_column() {
    let text = "record,item,quantity,urgency,to,value\n\
        need,mask,many,1,\"Isfahan,IR\",\n\
        gift,mask,5 piece,1,,\n\
        need,,5 piece,9,,USD:5\n\
        offer,mask,5 piece,1,,\n";
    assert_eq!(faults(text), ["row 3, record: got \"gift\", expected need or offer"]);
    let text = text.replace("gift", "need");
    let told = faults(&text);
    let places: Vec<&str> = told.iter().map(|fault| fault.split_once(": ").unwrap().0).collect();
    let expected = ["row 2, quantity", "row 4, as-of", "row 4, item", "row 4, urgency", "row 5, urgency"];
    for place in expected {
        assert!(places.contains(&place), "{place} in {told:#?}");
    }
}

#[test]
fn what_stands_above_the_lines_is_said_once_or_alike() {
    let text = "record,group,title,item,quantity,urgency\nneed,A,Masks,mask,5 piece,1\nneed,A,Gowns,gown,5 piece,1\n";
    assert_eq!(
        faults(text),
        ["row 3, title: got \"Gowns\", expected the same as in row 2, \"Masks\", or nothing"]
    );
}

#[test]
fn a_value_needs_the_day_for_which_it_was_stated() {
    let text = "record,item,quantity,urgency,value\nneed,mask,5 piece,2,USD:500\n";
    assert_eq!(
        faults(text),
        ["row 2, as-of: missing, expected the day for which the value was stated, such as 2027-03-15"]
    );
    let dated = "record,item,quantity,urgency,value,as-of\nneed,mask,5 piece,2,USD:500,2027-03-15\n";
    let prepared = prepared(dated).unwrap();
    let Prepared::Need(need) = &prepared[0] else { panic!("a need was written") };
    let money = need.common.as_ref().unwrap().values[0].money.clone().unwrap();
    assert_eq!((money.minor_units, money.date.as_str()), (50_000, "2027-03-15"));
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
    let text = "record,note,item,quantity,urgency\r\n\r\nneed,\"two\r\nlines\",mask,5 piece,1\r\nneed,,,,1\r\n,,,,\r\nneed,,,,1\r\n";
    let table = Table::parse(text, None, &[]).unwrap();
    let numbers: Vec<usize> = table.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [3, 4, 6]);
    assert_eq!(table.rows[0].text("note"), Some("two\nlines"));
}

#[test]
fn hashtags_name_the_columns_under_a_header_or_without_one() {
    let with_header = "Kind,Code,How many,Tier,Town,Land\n#meta+kind,#item+code,#inneed,,#loc+name,#country+code\n\
        need,mask,80000 piece,,Isfahan,IR\n";
    let table = Table::parse(with_header, None, &["Tier".to_owned()]).unwrap();
    assert_eq!(table.rows[0].number, 3);
    assert_eq!(table.rows[0].text("quantity"), Some("80000 piece"));
    let alone = "#meta+kind;#item;#inneed;#loc;#country;#geo+lat;#geo+lon\noffer;mask;9 piece;Quanzhou;CN;24.874;118.676\n";
    let prepared = prepared(alone).unwrap();
    let Prepared::Offer(offer) = &prepared[0] else { panic!("an offer was written") };
    let place = offer.lines[0].available_at.clone().unwrap();
    assert_eq!((place.name.as_str(), place.country.as_str()), ("Quanzhou", "CN"));
    assert_eq!(place.point.unwrap().latitude_e6, 24_874_000);
}

#[test]
fn unknown_and_doubled_columns_are_refused_by_name_unless_they_are_left_out() {
    let text = "record,item,itme,item\nneed,mask,x,y\n";
    let told = faults(text);
    assert!(told[0].starts_with("row 1, column 3: got \"itme\", expected one of record, group"), "{told:?}");
    assert!(told[1].contains("each column once"), "{told:?}");
    let table = Table::parse("record,item,colour\nneed,mask,red\n", None, &["colour".to_owned()]).unwrap();
    assert_eq!(table.rows[0].cells.len(), 2);
}

#[test]
fn delimiter_and_byte_order_mark_are_found_and_doubt_is_told() {
    for text in ["record;item\nneed;mask\n", "record\titem\nneed\tmask\n", "\u{feff}record,item\nneed,mask\n"]
    {
        assert_eq!(Table::parse(text, None, &[]).unwrap().rows[0].text("item"), Some("mask"), "{text:?}");
    }
    let doubtful = "record;item,code\nneed;mask\n";
    assert!(Table::parse(doubtful, None, &[]).unwrap_err().hint.unwrap().contains("--delimiter"));
    assert!(Table::parse("record;item,code\nneed;mask\n", Some(';'), &["item,code".to_owned()]).is_ok());
}

#[test]
fn request_ids_are_the_same_for_the_same_file_and_differ_by_row_content_and_manner() {
    let ids = |text: &str, manner: &str| -> Vec<String> {
        entries(text).unwrap().iter().map(|entry| entry.request_id(manner)).collect()
    };
    let first = ids(NEEDS, "en");
    assert_eq!(first, ids(NEEDS, "en"));
    assert!(first.iter().all(|id| id.len() == 32) && first[0] != first[1]);
    assert_ne!(first, ids(NEEDS, "fr"));
    let changed = ids(&NEEDS.replace("80000", "8000"), "en");
    assert!(first[0] != changed[0] && first[1] == changed[1]);
    let twice = "record,item,quantity,urgency\nneed,mask,5 piece,1\nneed,mask,5 piece,1\n";
    let twice = ids(twice, "en");
    assert_ne!(twice[0], twice[1], "two hospitals may ask for the same");
}

#[test]
fn a_dry_run_reports_row_by_row_and_writes_nothing() {
    let fake = Fake::start(Listener::Tls);
    fake.script().need.extend([Ok(need(0)), Ok(need(0))]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let run = fake.quince(&["import", file.to_str().unwrap(), "--dry-run"]).assert().success();
    let out = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(out.contains("2-3") && out.contains("Masks and gowns") && out.contains("Gloves"), "{out}");
    let created = fake.script().created.clone();
    assert!(created.len() == 2 && created.iter().all(|request| request.validate_only), "{created:?}");
}

#[test]
fn one_refused_row_and_nothing_is_written() {
    let fake = Fake::start(Listener::Tls);
    let mut details = ErrorDetails::new();
    details.add_bad_request_violation("need.record.lines[1].item", "is unknown");
    let refused = Status::with_error_details(
        tonic::Code::InvalidArgument,
        "need.record.lines[1].item is unknown",
        details,
    );
    fake.script().need.extend([Err(refused), Ok(need(0))]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let run = fake.quince(&["import", file.to_str().unwrap()]).assert().code(2);
    let err = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(err.contains("row 3, item: is unknown"), "{err}");
    let created = fake.script().created.clone();
    assert!(created.len() == 2 && created.iter().all(|request| request.validate_only), "{created:?}");
}

#[test]
fn what_is_in_order_is_written_once_however_often_it_is_imported() {
    let fake = Fake::start(Listener::Tls);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    for _ in 0..2 {
        fake.script().need.extend([Ok(need(0)), Ok(need(0)), Ok(need(17)), Ok(need(18))]);
        fake.quince(&["import", file.to_str().unwrap()])
            .assert()
            .success()
            .stdout("isfahan/17\nisfahan/18\n");
    }
    let written: Vec<String> = fake
        .script()
        .created
        .iter()
        .filter(|request| !request.validate_only)
        .map(|one| one.request_id.clone())
        .collect();
    assert_eq!(written.len(), 4);
    assert_eq!(written[..2], written[2..]);
    let checked = fake
        .script()
        .created
        .iter()
        .filter(|request| request.validate_only)
        .all(|one| one.request_id.is_empty());
    assert!(checked, "a check is another request than the one that writes");
}

#[test]
fn a_connection_that_breaks_in_between_says_how_far_it_came_and_what_to_do() {
    let fake = Fake::start(Listener::Tls);
    let gone = || Err(Status::unavailable("gone"));
    fake.script().need.extend([Ok(need(0)), Ok(need(0)), Ok(need(17)), gone(), gone()]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, NEEDS).unwrap();
    let run = fake.quince(&["import", file.to_str().unwrap()]).assert().code(7).stdout("isfahan/17\n");
    let err = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(
        err.contains("1 of 2 records are written") && err.contains("same command on the same file"),
        "{err}"
    );
}

#[test]
fn the_catalogue_knows_units_and_packs_as_for_a_flag() {
    let fake = Fake::start(Listener::Tls);
    let item = Item {
        name: "items/mask.surgical.iir".to_owned(),
        code: "mask.surgical.iir".to_owned(),
        base_unit: "piece".to_owned(),
        packs: vec!["box=50".to_owned()],
        ..Item::default()
    };
    fake.script().items.push(item);
    fake.script().need.extend([Ok(need(0)), Ok(need(17))]);
    let file = fake.folder.path().join("needs.csv");
    fs::write(&file, "record,item,quantity,urgency\nneed,mask.surgical.iir,1600 box,1\n").unwrap();
    fake.quince(&["import", file.to_str().unwrap()]).assert().success();
    let lines = fake.script().created.pop().unwrap().need.unwrap().record.unwrap().lines;
    assert_eq!(lines[0].quantity.as_ref().unwrap().amount, 80_000);
}
