//! What is encoded comes back, and what is no record is refused by name and never by panic.

use data_encoding::HEXLOWER;
use proptest::prelude::*;
use prost::Message;
use quince_core::domain::codec::Codec;
use quince_core::domain::{Record, RecordKind};
use quince_proto::record::v1 as proto;

use super::sample;
use super::{BODY_LEN_MAX, RecordCodec};

proptest! {
    #[test]
    fn a_record_comes_back_from_its_body_as_it_went_in(record in sample::record()) {
        let body = RecordCodec.encode(&record);
        prop_assume!(body.len() <= BODY_LEN_MAX);
        prop_assert_eq!(RecordCodec.decode(record.kind(), &body), Ok(record));
    }

    #[test]
    fn any_bytes_are_a_record_or_a_named_fault(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for kind in RecordKind::ALL {
            let _ = RecordCodec.decode(*kind, &bytes);
        }
    }

    #[test]
    fn a_body_with_any_byte_changed_is_a_record_or_a_named_fault(
        record in sample::record(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut body = RecordCodec.encode(&record);
        let at = at.index(body.len());
        body[at] = byte;
        if let Ok(changed) = RecordCodec.decode(record.kind(), &body) {
            let again = RecordCodec.decode(record.kind(), &RecordCodec.encode(&changed));
            prop_assert_eq!(again, Ok(changed));
        }
    }
}

fn need() -> proto::Need {
    let time = prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 };
    proto::Need {
        common: Some(proto::Common { created: Some(time), updated: Some(time), ..Default::default() }),
        state: proto::NeedState::Open.into(),
        lines: vec![proto::NeedLine {
            line: 1,
            kind: proto::Kind::Goods.into(),
            item: "mask.surgical.iir".to_owned(),
            quantity: Some(proto::Quantity {
                qualifier: proto::Qualifier::Exact.into(),
                amount: 80_000,
                unit: "piece".to_owned(),
                pack: None,
            }),
            urgency: 1,
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn refused(change: impl FnOnce(&mut proto::Need)) -> String {
    let mut need = need();
    change(&mut need);
    RecordCodec.decode(RecordKind::Need, &need.encode_to_vec()).unwrap_err().to_string()
}

#[test]
fn a_need_without_faults_is_read() {
    assert!(matches!(RecordCodec.decode(RecordKind::Need, &need().encode_to_vec()), Ok(Record::Need(_))));
}

#[test]
fn what_is_out_of_bounds_is_refused_with_its_path() {
    let year_12000 = prost_types::Timestamp { seconds: 316_537_891_200, nanos: 0 };
    let table = [
        (
            refused(|n| n.lines[0].quantity = None),
            "field lines[0].quantity is \"missing\", expected a quantity",
        ),
        (
            refused(|n| n.lines[0].quantity.as_mut().unwrap().amount = i64::MAX),
            "field lines[0].quantity.amount is \"9223372036854775807\", expected 0 to 9007199254740991",
        ),
        (
            refused(|n| n.lines[0].quantity.as_mut().unwrap().amount = -1),
            "field lines[0].quantity.amount is \"-1\", expected 0 to 9007199254740991",
        ),
        (
            refused(|n| n.lines[0].kind = 77),
            "field lines[0].kind is \"77\", expected KIND_GOODS, KIND_FUNDS, KIND_SERVICE, KIND_TRANSPORT, \
             KIND_PERSONNEL, KIND_KNOWLEDGE",
        ),
        (
            refused(|n| n.lines[0].item = "Mask!".to_owned()),
            "field lines[0].item is \"Mask!\", expected an item code such as mask.surgical.iir or \
             isfahan:mask.local",
        ),
        (refused(|n| n.lines[0].line = 101), "field lines[0].line is \"101\", expected 1 to 100"),
        (
            refused(|n| n.lines.push(n.lines[0].clone())),
            "field lines[1].line is \"1\", expected each line number once",
        ),
        (
            refused(|n| n.lines = vec![n.lines[0].clone(); 101]),
            "field lines is \"a list of 101\", expected at most 100 entries",
        ),
        (
            refused(|n| n.common.as_mut().unwrap().updated = Some(year_12000)),
            "field common.updated is \"316537891200 s 0 ns\", expected an instant in the years 1 to 9999 such \
             as 2027-03-15T08:00:00Z",
        ),
        (
            refused(|n| n.common.as_mut().unwrap().reason = "a\0b".to_owned()),
            "field common.reason is \"ab\", expected no U+0000",
        ),
        (refused(|n| n.common = None), "field common is \"missing\", expected what every record carries"),
        (
            refused(|n| n.state = proto::NeedState::Duplicate.into()),
            "field state is \"NEED_STATE_DUPLICATE\", expected duplicate_of to name the need that stays",
        ),
    ];
    for (came, expected) in table {
        assert_eq!(came, expected);
    }
}

#[test]
fn every_fault_of_a_record_is_found_at_once() {
    let mut need = need();
    need.lines[0].urgency = 9;
    need.lines[0].item = String::new();
    need.state = 0;
    let faults = super::from_proto::need(need).unwrap_err();
    let paths: Vec<_> = faults.as_slice().iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["state", "lines[0].item", "lines[0].urgency"]);
}

#[test]
fn a_body_one_byte_too_long_is_refused_before_it_is_parsed() {
    let error = RecordCodec.decode(RecordKind::Need, &vec![0; BODY_LEN_MAX + 1]).unwrap_err();
    assert_eq!(error.to_string(), "field body is \"32769 bytes\", expected at most 32768 bytes");
}

#[test]
fn fields_of_a_newer_version_are_skipped() {
    let mut body = need().encode_to_vec();
    let before = RecordCodec.decode(RecordKind::Need, &body);
    // Field 999, a varint: what a newer node may add.
    body.extend([0xb8, 0x3e, 0x01]);
    assert_eq!(RecordCodec.decode(RecordKind::Need, &body), before);
}

#[test]
fn an_offer_without_lane_and_freight_keeps_the_bytes_that_it_always_had() {
    let time = prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 };
    let line = proto::OfferLine {
        line: 1,
        kind: proto::Kind::Transport.into(),
        item: "transport.air".to_owned(),
        quantity: need().lines[0].quantity.clone(),
        ..Default::default()
    };
    let offer = |line: proto::OfferLine| proto::Offer {
        common: need().common,
        state: proto::OfferState::Open.into(),
        lines: vec![line],
        confirmed: Some(time),
        ..Default::default()
    };
    let again = |line: proto::OfferLine| {
        let record = RecordCodec.decode(RecordKind::Offer, &offer(line).encode_to_vec()).unwrap();
        RecordCodec.encode(&record)
    };
    let body = offer(line.clone()).encode_to_vec();
    assert_eq!(HEXLOWER.encode(&again(line.clone())), HEXLOWER.encode(&body));
    let silent = proto::OfferLine { freight: Some(proto::Freight::default()), ..line.clone() };
    assert_eq!(again(silent), body, "noughts say nothing");
    let freight = proto::Freight { weight_grams: 20_000_000, volume_millilitres: 0, cold_chain: true };
    let deliver_to =
        proto::Place { name: "Luxembourg".to_owned(), country: "LU".to_owned(), ..Default::default() };
    let lane = proto::OfferLine { freight: Some(freight), deliver_to: Some(deliver_to), ..line.clone() };
    assert_eq!(again(lane.clone()), offer(lane).encode_to_vec());
    let heavy = proto::Freight { weight_grams: -1, ..freight };
    let refused = RecordCodec
        .decode(RecordKind::Offer, &offer(proto::OfferLine { freight: Some(heavy), ..line }).encode_to_vec());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "field lines[0].freight.weight_grams is \"-1\", expected 0 (not stated) to 1000000000000"
    );
}
