//! Needs and offers from a spreadsheet: what rows mean and what is refused before anything is sent.

use std::fs;

use jiff::Timestamp;
use quince::failure::Failure;
use quince::input::catalogue::Catalogue;
use quince::input::fault::Faults;
use quince::input::import::column::{ALL, Scope, Shape};
use quince::input::import::entry::Prepared;
use quince::input::import::table::{CELL_CHARS_MAX, FILE_BYTES_MAX, ROWS_MAX, parse_delimiter};
use quince::input::import::{Entry, Table, refusal};
use quince::input::sheet::Author;
use quince_proto::record::v1::Qualifier;

/// Two rows of one need, and a need of its own.
pub(crate) const NEEDS: &str = "\
record,group,title,item,quantity,urgency,to
need,A,Masks and gowns,mask.surgical.iir,80000 piece,1,\"Isfahan,IR\"
need,A,,gown.isolation.l3,>=500 piece,2,\"Isfahan,IR\"
need,,Gloves,glove.exam.nitrile,~2000 piece,3,\"Isfahan,IR\"
";

fn table(text: &str, ignored: &[&str]) -> Table {
    let ignored: Vec<String> = ignored.iter().map(|name| (*name).to_owned()).collect();
    let mut faults = Faults::default();
    let table = Table::parse(text, None, &ignored, &mut faults).expect("a table");
    faults.end().map(|()| table).expect("no faults")
}

fn entries(text: &str) -> Vec<Entry> {
    let mut faults = Faults::default();
    let entries = Entry::all(table(text, &[]), None, &mut faults);
    faults.end().map(|()| entries).expect("no faults")
}

fn prepared(text: &str) -> Result<Vec<Prepared>, Failure> {
    let author = Author { language: "en", exercise: false, now: Timestamp::UNIX_EPOCH };
    let mut faults = Faults::default();
    let entries = Entry::all(Table::parse(text, None, &[], &mut faults)?, None, &mut faults);
    let prepared =
        entries.iter().map(|entry| entry.prepare(&author, &Catalogue::default(), &mut faults)).collect();
    faults.end().map(|()| prepared)
}

/// The faults of a file, `place: words` each.
fn faults(text: &str) -> Vec<String> {
    let failure = prepared(text).map(|_| ()).expect_err("a fault");
    failure.fields.into_iter().map(|(place, words)| format!("{place}: {words}")).collect()
}

#[test]
fn rows_of_one_group_are_the_lines_of_one_record() {
    let entries = entries(NEEDS);
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
        "call" | "continues" | "related" => "isfahan/3",
        "party" => "3:donor",
        "external-id" => "glide:EP-2020-000012-IRN",
        "value" | "estimate" => "USD:5",
        "currency" => "USD",
        "as-of" | "by" | "available" | "expires" | "date" => "2027-03-15",
        "to" | "from" => "Isfahan,IR",
        "country" => "IR",
        "latitude" | "longitude" => "32.654",
        "attribute" => "filtration=95",
        "urgency" | "min-lot" | "min-shelf-life-days" => "3",
        "accept-basis" | "basis" => "gift",
        "freight" | "duty" | "insurance" => "supplier",
        "approximate" | "accept-lower-grade" | "cold-chain" => "yes",
        "weight" => "12.5 t",
        "volume" => "30 m3",
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
    let long = "x".repeat(CELL_CHARS_MAX + 1);
    let text = format!(
        "record,item,quantity,urgency,to,value,note\n\
         need,mask,many,1,\"Isfahan,IR\",,\n\
         gift,mask,lots,7,,,\n\
         need,,5 piece,9,,USD:5,\n\
         offer,mask,5 piece,1,,,{long}\n\
         need,mask,5 piece,1,,,,,beyond\n"
    );
    let told = faults(&text);
    let mut places: Vec<&str> = told.iter().map(|fault| fault.split_once(": ").unwrap().0).collect();
    places.sort_unstable();
    let expected = [
        "row 2, quantity",
        "row 3, quantity",
        "row 3, record",
        "row 3, urgency",
        "row 4, as-of",
        "row 4, item",
        "row 4, urgency",
        "row 5, note",
        "row 5, urgency",
        "row 6, column 9",
    ];
    assert_eq!(places, expected, "{told:#?}");
    assert!(told.contains(&"row 3, record: got \"gift\", expected need or offer".to_owned()), "{told:#?}");
}

#[test]
fn empty_lines_are_rows_as_the_spreadsheet_counts_them() {
    let numbers = |text: &str| table(text, &[]).rows.iter().map(|row| row.number).collect::<Vec<_>>();
    for end in ["\n", "\r\n", "\r"] {
        let text = |lines: &[&str]| lines.join(end);
        let gaps = text(&["record,item", "need,mask", "", "", "need,gown", ",", "need,glove", ""]);
        assert_eq!(numbers(&gaps), [2, 5, 7], "{end:?}");
        let above = text(&["", "record,item", "", "#meta+kind,#item", "need,mask"]);
        assert_eq!(numbers(&above), [5], "{end:?}");
        let broken = text(&["record,item,note", "need,mask,\"two", "", "lines\"", "", "need,gown,"]);
        assert_eq!(numbers(&broken), [2, 4], "{end:?}: a cell with line breaks is one row");
    }
    assert_eq!(numbers("\u{feff}\nrecord,item\nneed,mask\n"), [3], "a byte order mark is no text");
    let faults = faults("record,item,quantity,urgency\n\nneed,mask,many,1\n");
    assert!(faults[0].starts_with("row 3, quantity: got \"many\""), "{faults:?}");
}

#[test]
fn a_fault_above_the_lines_is_that_of_the_row_which_says_it() {
    let text = "record,group,item,quantity,urgency,call,place,country\n\
        need,A,mask,5 piece,1,,,\n\
        need,A,gown,5 piece,1,nonsense,Isfahan,Persia\n";
    let told = faults(text);
    assert!(told[0].starts_with("row 3, call: got \"nonsense\", expected a call"), "{told:?}");
    assert!(told[1].starts_with("row 3, place: got \"Isfahan,Persia\""), "{told:?}");
    assert_eq!(told.len(), 2);
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
    let table = table(text, &[]);
    let numbers: Vec<usize> = table.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [3, 4, 6]);
    assert_eq!(table.rows[0].text("note"), Some("two\nlines"));
}

#[test]
fn a_group_says_its_day_once_and_in_any_of_its_rows() {
    let text = "record,group,item,quantity,urgency,value,as-of\n\
        need,A,mask,5 piece,2,USD:500,\nneed,A,gown,5 piece,2,,2027-03-15\n";
    assert_eq!(prepared(text).map(|all| all.len()), Ok(1));
}

#[test]
fn an_estimate_is_dated_by_its_file_and_not_by_the_day_of_the_import() {
    let text = "record,item,quantity,basis,estimate\noffer,mask,5 piece,reimbursed,EUR:1500\n";
    assert!(faults(text)[0].starts_with("row 2, as-of: missing"));
    let text = "record,item,quantity,basis,estimate,as-of,source\n\
        offer,mask,5 piece,reimbursed,EUR:1500,2027-03-15,City\n";
    let prepared = prepared(text).unwrap();
    let Prepared::Offer(offer) = &prepared[0] else { panic!("an offer was written") };
    let estimate = offer.lines[0].terms.as_ref().unwrap().estimate.as_ref().unwrap();
    assert_eq!((estimate.minor_units, estimate.date.as_str()), (150_000, "2027-03-15"));
}

#[test]
fn hashtags_name_the_columns_under_a_header_or_without_one() {
    let with_header = "Kind,Code,How many,Tier,Town,Land\n#meta+kind,#item+code,#inneed,,#loc+name,#country+code\n\
        need,mask,80000 piece,,Isfahan,IR\n";
    let table = table(with_header, &["TIER"]);
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
    let told = faults("record,Item,itme,ITEM\nneed,mask,x,y\n");
    assert!(told[0].starts_with("row 1, column 3: got \"itme\", expected one of record, group"), "{told:?}");
    assert!(told[1].starts_with("row 1, column 4: got \"ITEM\", expected each column once"), "{told:?}");
    assert_eq!(table("record,item,colour\nneed,mask,red\n", &["Colour"]).rows[0].cells.len(), 2);
    let told = faults("Kind,Status\n#meta+kind,#status\nneed,open\n");
    assert!(told[0].starts_with("row 2, column 2: got \"#status\", expected one of #item+name"), "{told:?}");
}

#[test]
fn delimiter_and_byte_order_mark_are_found_and_doubt_is_told() {
    let texts = [
        "record;item\nneed;mask\n",
        "record\titem\nneed\tmask\n",
        "\u{feff}record,item\nneed,mask\n",
        "\"record\";\"item\"\nneed;mask\n",
    ];
    for text in texts {
        assert_eq!(table(text, &[]).rows[0].text("item"), Some("mask"), "{text:?}");
    }
    let parse = |delimiter, ignored: &[String]| {
        Table::parse("record;item,code\nneed;mask\n", delimiter, ignored, &mut Faults::default())
    };
    assert!(parse(None, &[]).unwrap_err().hint.unwrap().contains("--delimiter"));
    assert!(parse(Some(b';'), &["item,code".to_owned()]).is_ok());
    let quoted = Table::parse(
        "\"item, code\";record\nmask;need\n",
        None,
        &["item, code".to_owned()],
        &mut Faults::default(),
    );
    assert!(quoted.is_ok(), "what stands in quotes separates nothing: {quoted:?}");
    let typed = [(";", Ok(b';')), ("tab", Ok(b'\t')), ("\\t", Ok(b'\t')), ("\t", Ok(b'\t'))];
    for (text, delimiter) in typed {
        assert_eq!(parse_delimiter(text), delimiter, "{text:?}");
    }
    for text in ["", "\"", "\n", "é", ";;"] {
        assert!(parse_delimiter(text).is_err(), "{text:?}");
    }
}

#[test]
fn files_out_of_bounds_and_in_other_encodings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Table::read(&path, None, &[], &mut Faults::default()).map(|table| table.rows.len())
    };
    let latin = refused("latin.csv", b"record,item,to\nneed,mask,M\xfcnchen\n").unwrap_err();
    assert!(latin.message.ends_with("byte 27 is not UTF-8"), "{latin}");
    assert!(latin.hint.unwrap().contains("CSV UTF-8"));
    assert!(refused("wide.csv", b"\xff\xfer\0e\0").unwrap_err().message.contains("not UTF-8"));
    let rows = |count: usize| format!("record,item\n{}", "need,mask\n".repeat(count));
    assert_eq!(refused("full.csv", rows(ROWS_MAX).as_bytes()), Ok(ROWS_MAX));
    let over = refused("over.csv", rows(ROWS_MAX + 1).as_bytes()).unwrap_err();
    assert_eq!(over.message, "5001 rows, expected at most 5000: split the file");
    let long = vec![b'x'; usize::try_from(FILE_BYTES_MAX).unwrap() + 1];
    assert!(refused("long.csv", &long).unwrap_err().message.contains("longer than 8388608 bytes"));
}

#[test]
fn rows_that_say_the_same_are_found_within_a_group_and_without_one() {
    let text =
        "record,group,item\nneed,A,mask\nneed,A,mask\nneed,B,mask\nneed,,mask\nneed,,gown\nneed,,mask\n";
    assert_eq!(table(text, &[]).doubles(), [(3, 2), (7, 5)]);
}

#[test]
fn what_the_node_refuses_is_told_by_row_and_column() {
    let text = "record,group,item,quantity,urgency,to,place,party,note\n\
        need,A,mask,5 piece,1,\"Isfahan,IR\",,,\n\
        need,,glove,5 piece,1,,,,\n\
        need,A,gown,5 piece,1,,Isfahan,3:requester,x\n";
    let entry = &entries(text)[0];
    let told = [
        ("need.record.lines[1].quantity", "row 4, quantity"),
        ("need.record.lines[1].quantity.amount", "row 4, quantity"),
        ("need.record.lines[0].deliver_to.country", "row 2, to"),
        ("need.record.lines[1].deliver_to.country", "row 4, place"),
        ("need.record.lines[0].attributes[2].name", "row 2, attribute"),
        ("need.record.lines[0].min_shelf_life_days", "row 2, min-shelf-life-days"),
        ("need.record.lines[1].line", "row 4, line"),
        ("need.record.lines[1]", "row 4"),
        ("need.record.lines[7].item", "rows 2, 4, lines[7].item"),
        ("need.record.common.parties[0].share", "row 4, party"),
        ("need.record.common.source.as_of", "row 2, as-of"),
        ("need.record.title[0].text", "row 2, title"),
        ("need.record.lines", "rows 2, 4, lines"),
        ("", "rows 2, 4"),
    ];
    for (path, place) in told {
        assert_eq!(refusal::place(entry, path), place, "{path:?}");
    }
    assert_eq!(["row 12, item", "rows 2-3", "lines"].map(refusal::number), [12, 2, 0]);
}

#[test]
fn the_lane_and_the_freight_of_an_offer_have_columns_and_faults_find_them() {
    let text = "record,kind,item,quantity,from,to,weight,volume,cold-chain\n\
        offer,transport,transport.air,1 mission,\"Zhengzhou,CN\",\"Luxembourg,LU\",12.5 t,30 m3,yes\n";
    let prepared = prepared(text).unwrap();
    let Prepared::Offer(offer) = &prepared[0] else { panic!("an offer was written") };
    let line = &offer.lines[0];
    assert_eq!(line.deliver_to.as_ref().unwrap().name, "Luxembourg");
    let freight = line.freight.unwrap();
    let figures = (freight.weight_grams, freight.volume_millilitres, freight.cold_chain);
    assert_eq!(figures, (12_500_000, 30_000_000, true));
    let entry = &entries(text)[0];
    for (path, place) in [
        ("offer.record.lines[0].deliver_to", "row 2, to"),
        ("offer.record.lines[0].freight.weight_grams", "row 2, weight"),
        ("offer.record.lines[0].freight.volume_millilitres", "row 2, volume"),
        ("offer.record.lines[0].terms.freight", "row 2, freight"),
    ] {
        assert_eq!(refusal::place(entry, path), place, "{path:?}");
    }
}

#[test]
fn request_ids_are_the_same_for_the_same_file_and_differ_by_row_content_and_manner() {
    let ids = |text: &str, manner: &str| -> Vec<String> {
        entries(text).iter().map(|entry| entry.request_id(manner)).collect()
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
