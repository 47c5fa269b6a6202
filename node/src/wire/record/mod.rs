//! Records and their bodies: what is encoded once, signed, and kept for ever.

use prost::Message;
use quince_core::domain::codec::{Codec, Malformed};
use quince_core::domain::{FieldError, FieldErrors, Record, RecordKind};

pub mod from_proto;
pub mod to_proto;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

/// The longest body, in bytes: a validity rule, so that every node can hold every entry.
pub const BODY_LEN_MAX: usize = 32 * 1024;

/// Bodies as protobuf of `quince.record.v1`. Decoding is total: any bytes give a record or say where they are wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecordCodec;

impl Codec for RecordCodec {
    fn encode(&self, record: &Record) -> Vec<u8> {
        match record {
            Record::Profile(r) => to_proto::profile(r).encode_to_vec(),
            Record::Party(r) => to_proto::party(r).encode_to_vec(),
            Record::Need(r) => to_proto::need(r).encode_to_vec(),
            Record::Offer(r) => to_proto::offer(r).encode_to_vec(),
            Record::Requisition(r) => to_proto::requisition(r).encode_to_vec(),
            Record::Commitment(r) => to_proto::commitment(r).encode_to_vec(),
            Record::Partnership(r) => to_proto::partnership(r).encode_to_vec(),
            Record::Call(r) => to_proto::call(r).encode_to_vec(),
            Record::Consignment(r) => to_proto::consignment(r).encode_to_vec(),
            Record::Receipt(r) => to_proto::receipt(r).encode_to_vec(),
            Record::Message(r) => to_proto::message(r).encode_to_vec(),
            Record::Knowledge(r) => to_proto::knowledge(r).encode_to_vec(),
            Record::Report(r) => to_proto::report(r).encode_to_vec(),
            Record::OwnItem(r) => to_proto::own_item(r).encode_to_vec(),
        }
    }

    fn decode(&self, kind: RecordKind, body: &[u8]) -> Result<Record, Malformed> {
        if body.len() > BODY_LEN_MAX {
            let came = format!("{} bytes", body.len());
            return Err(FieldError::of(came, format!("at most {BODY_LEN_MAX} bytes")).under("body").into());
        }
        match kind {
            RecordKind::Profile => parse(body, from_proto::profile),
            RecordKind::Party => parse(body, from_proto::party),
            RecordKind::Need => parse(body, from_proto::need),
            RecordKind::Offer => parse(body, from_proto::offer),
            RecordKind::Requisition => parse(body, from_proto::requisition),
            RecordKind::Commitment => parse(body, from_proto::commitment),
            RecordKind::Partnership => parse(body, from_proto::partnership),
            RecordKind::Call => parse(body, from_proto::call),
            RecordKind::Consignment => parse(body, from_proto::consignment),
            RecordKind::Receipt => parse(body, from_proto::receipt),
            RecordKind::Message => parse(body, from_proto::message),
            RecordKind::Knowledge => parse(body, from_proto::knowledge),
            RecordKind::Report => parse(body, from_proto::report),
            RecordKind::OwnItem => parse(body, from_proto::own_item),
        }
    }
}

/// Bytes to message to record.
fn parse<M, R>(body: &[u8], read: fn(M) -> Result<R, FieldErrors>) -> Result<Record, Malformed>
where
    M: Message + Default,
    R: Into<Record>,
{
    let message = M::decode(body).map_err(|error| {
        let came = format!("{} bytes that do not parse: {error}", body.len());
        FieldError::of(came, "a message of quince.record.v1").under("body")
    })?;
    Ok(read(message)?.into())
}
