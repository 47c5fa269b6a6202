//! What the room of `header` promises, a test a promise.

use proptest::prelude::*;

use super::*;

fn fields() -> Fields {
    Fields {
        flags: Flags(0xf2),
        kind: EntryKind(0x0304),
        schema: 0x0506,
        body_len: 0x0708,
        number: 0x0009_0a0b_0c0d_0e0f,
        revision: 0x0010_1112_1314_1516,
        time_s: 0x0017_1819_1a1b_1c1d,
        retain_until_s: 0x001e_1f20_2122_2324,
    }
}

#[test]
fn every_field_stands_at_its_documented_offset() {
    let bytes = Header::new(fields()).unwrap().to_bytes();
    let mut expected = [0; HEADER_LEN];
    expected[..6].copy_from_slice(&[1, 0xf2, 3, 4, 5, 6]);
    expected[10..12].copy_from_slice(&[7, 8]);
    expected[13..20].copy_from_slice(&[9, 10, 11, 12, 13, 14, 15]);
    expected[21..28].copy_from_slice(&[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16]);
    expected[29..36].copy_from_slice(&[0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d]);
    expected[37..44].copy_from_slice(&[0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24]);
    assert_eq!(bytes, expected);
}

#[test]
fn each_bound_holds_at_the_limit_and_refuses_one_more() {
    let with = |change: &dyn Fn(&mut Fields)| {
        let mut fields = fields();
        change(&mut fields);
        Header::new(fields).map(|_| ())
    };
    assert_eq!(with(&|f| f.body_len = BODY_LEN_MAX), Ok(()));
    assert_eq!(with(&|f| f.body_len = BODY_LEN_MAX + 1), Err(HeaderError::BodyTooLong(32_769)));
    assert_eq!(with(&|f| f.body_len = SALT_LEN), Ok(()));
    assert_eq!(with(&|f| f.body_len = SALT_LEN - 1), Err(HeaderError::NoSalt(15)));
    let integers = |value| {
        [
            ("number", with(&|f| f.number = value)),
            ("revision", with(&|f| f.revision = value)),
            ("time", with(&|f| f.time_s = value)),
            ("retain until", with(&|f| f.retain_until_s = value)),
        ]
    };
    assert!(integers(INTEGER_MAX).iter().all(|(_, result)| result.is_ok()));
    for value in [INTEGER_MAX + 1, u64::MAX] {
        for (field, result) in integers(value) {
            assert_eq!(result, Err(HeaderError::TooLarge { field, value }));
        }
    }
}

#[test]
fn bytes_of_another_layout_are_refused_by_name() {
    let good = Header::new(fields()).unwrap().to_bytes();
    let with = |place: usize, value: u8| {
        let mut bytes = good;
        bytes[place] = value;
        Header::parse(&bytes)
    };
    assert_eq!(with(0, 2), Err(HeaderError::Format(2)));
    assert_eq!(with(6, 1), Err(HeaderError::Reserved(256)));
    assert_eq!(with(7, 1), Err(HeaderError::Reserved(1)));
    assert_eq!(Header::parse(&good[..43]), Err(HeaderError::Length(43)));
    assert_eq!(Header::parse(&[good.as_slice(), &[0]].concat()), Err(HeaderError::Length(45)));
}

#[test]
fn times_are_rounded_down_to_the_minute() {
    assert_eq!([0, 59, 60, 119].map(coarse_time), [0, 0, 60, 60]);
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_back_byte_by_byte(mut bytes in prop::array::uniform32(any::<u8>()), tail in prop::array::uniform12(any::<u8>())) {
        bytes[0] = 1;
        // Small enough values in the places that have bounds, so that most cases are headers.
        for place in [6, 7, 8, 9, 12, 20, 28] { bytes[place] = 0; }
        let mut all = [bytes.as_slice(), &tail].concat();
        all[36] = 0;
        if let Ok(header) = Header::parse(&all) {
            prop_assert_eq!(header.to_bytes().to_vec(), all);
            prop_assert_eq!(Header::new(*header), Ok(header));
        }
    }
}
