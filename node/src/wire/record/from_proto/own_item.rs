//! Own items, in the order of `own_item.proto`. Whether the code is of the record's own city shows where the record stands.

use quince_core::domain::OwnItem;
use quince_core::domain::field::{Faults, FieldError, FieldErrors};
use quince_core::domain::item::{Hs6, OwnItemState, PACKS_MAX, Packs};
use quince_core::domain::text::Words;
use quince_proto::record::v1 as proto;

use super::common::{common, pack, texts};
use super::party::names;
use super::{each, unless_empty};
use crate::wire::vocabulary::Vocabulary;

/// An own item.
pub fn own_item(item: proto::OwnItem) -> Result<OwnItem, FieldErrors> {
    let mut faults = Faults::default();
    let common = faults.take_all("common", common(item.common));
    let state = faults.take("state", OwnItemState::from_value(item.state));
    let code = faults.take("code", item.code.parse());
    let terms = faults.take_all("terms", names(item.terms));
    let base_unit = faults.take("base_unit", item.base_unit.parse());
    let packs = faults.take_all("packs", packs(item.packs));
    let hs6 = faults.take("hs6", hs6(item.hs6));
    let hs_note = faults.take("hs_note", unless_empty(item.hs_note, Words::new));
    let description = faults.take_all("description", texts(item.description));
    let built = || {
        Some(OwnItem {
            common: common?,
            state: state?,
            code: code?,
            terms: terms?,
            base_unit: base_unit?,
            packs: packs?,
            hs6: hs6?,
            hs_note: hs_note?,
            description: description?,
        })
    };
    faults.finish(built())
}

/// How it is packed.
pub fn packs(packs: Vec<proto::Pack>) -> Result<Packs, FieldErrors> {
    Ok(Packs::new(each(packs, PACKS_MAX, pack)?)?)
}

/// A heading of the Harmonized System, where one is known.
pub fn hs6(text: String) -> Result<Option<Hs6>, FieldError> {
    unless_empty(text, |text| text.parse())
}
