//! Own items for tests.

use crate::domain::common::Common;
use crate::domain::item::{OwnItem, OwnItemState};
use crate::domain::list::List;
use crate::domain::quantity::{Pack, PackName, Positive, Unit};
use crate::domain::snapshot::{Audience, Snapshot};
use crate::domain::text::{Description, Names, Text, TextOrigin, Texts};
use crate::domain::{RecordId, Revision};

/// An active own item counted in pieces and packed in boxes of 50.
pub(crate) fn own_item(code: &str, terms: &[(&str, &str)]) -> OwnItem {
    let text = |(language, text): &(&str, &str)| Text::new(language, *text, TextOrigin::Human).unwrap();
    let pack = Pack { name: PackName::new("box").unwrap(), contains: Positive::new(50).unwrap() };
    OwnItem {
        common: Common::new("2027-03-01T08:00:00Z".parse().unwrap()),
        state: OwnItemState::Active,
        code: code.parse().unwrap(),
        terms: Names::new(Texts::new(terms.iter().map(text).collect()).unwrap()).unwrap(),
        base_unit: Unit::Piece,
        packs: List::new(vec![pack]).unwrap(),
        hs6: Some("6307.90".parse().unwrap()),
        hs_note: None,
        description: Description::default(),
    }
}

/// The first revision of a record.
pub(crate) fn recorded(id: &str, record: OwnItem) -> Snapshot<OwnItem> {
    let id: RecordId = id.parse().unwrap();
    Snapshot { id, revision: Revision::FIRST, audience: Audience::Federation, record }
}
