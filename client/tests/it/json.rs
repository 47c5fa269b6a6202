//! `--json` is the canonical protobuf JSON, stable to the byte.

use std::collections::HashMap;

use prost_types::Timestamp;
use quince::print::json::to_json;
use quince_proto::api::v1::{Coverage, Item, Need, Provenance, Track};
use quince_proto::record::v1::{self as record, NeedLine, NeedState, Point, Qualifier, Quantity};

#[test]
fn a_need_prints_as_canonical_json() {
    let line = NeedLine {
        line: 1,
        item: "mask.surgical.iir".to_owned(),
        quantity: Some(Quantity {
            qualifier: Qualifier::AtLeast.into(),
            amount: 9_007_199_254_740_991,
            unit: "piece".to_owned(),
            pack: None,
        }),
        deliver_to: Some(record::Place {
            name: "Isfahan".to_owned(),
            country: "IR".to_owned(),
            point: Some(Point { latitude_e6: 32_654_000, longitude_e6: 51_668_000 }),
            aliases: Vec::new(),
            region: String::new(),
        }),
        ..NeedLine::default()
    };
    let need = Need {
        name: "nodes/isfahan/needs/17".to_owned(),
        etag: "3".to_owned(),
        record: Some(record::Need {
            state: NeedState::OnHold.into(),
            lines: vec![line],
            ..record::Need::default()
        }),
        coverage: vec![Coverage {
            line: 1,
            outstanding: Some(0),
            commit_track: Track::Complete.into(),
            ..Coverage::default()
        }],
        provenance: Some(Provenance {
            owner: "isfahan".to_owned(),
            own: false,
            owner_last_heard: Some(Timestamp { seconds: 1_800_000_000, nanos: 0 }),
        }),
    };
    insta::assert_snapshot!(to_json(&need));
}

#[test]
fn equal_messages_print_equal_bytes() {
    let item = |languages: &[&str]| Item {
        terms: languages.iter().map(|l| ((*l).to_owned(), format!("mask in {l}"))).collect::<HashMap<_, _>>(),
        ..Item::default()
    };
    let languages = ["ar", "es", "fa", "fr", "it", "ne", "pt", "ru", "vi", "zh"];
    let reversed: Vec<&str> = languages.iter().rev().copied().collect();
    assert_eq!(to_json(&item(&languages)), to_json(&item(&reversed)));
}
