//! A codec for tests: bodies name records that it remembers, so that the store is tested without the
//! contract.

use std::sync::Mutex;

use quince_core::domain::{Codec, Malformed, Record, RecordKind};

/// Remembers every record that it has encoded. All stores of a test share one.
#[derive(Debug, Default)]
pub(crate) struct Remembering(Mutex<Vec<Record>>);

/// About as long as a real body.
const BODY_LEN: usize = 300;

impl Codec for Remembering {
    fn encode(&self, record: &Record) -> Vec<u8> {
        let mut known = self.0.lock().unwrap();
        let place = known.iter().position(|one| one == record).unwrap_or_else(|| {
            known.push(record.clone());
            known.len() - 1
        });
        format!("{place:0BODY_LEN$}").into_bytes()
    }

    fn decode(&self, kind: RecordKind, body: &[u8]) -> Result<Record, Malformed> {
        let place = std::str::from_utf8(body).ok().and_then(|text| text.parse::<usize>().ok());
        let record = place.and_then(|place| self.0.lock().unwrap().get(place).cloned());
        record.filter(|record| record.kind() == kind).ok_or_else(|| Malformed {
            field: "body".to_owned(),
            value: String::from_utf8_lossy(body).into_owned(),
            expected: "a record that was encoded".to_owned(),
        })
    }
}
