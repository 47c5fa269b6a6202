//! Own items: what a city's own codes mean. Each is a record of its city. None can say that it is the same as anything
//! else, so that nobody's code changes what another city's lines match.

use std::fmt;
use std::str::FromStr;

use crate::domain::common::{Common, Label};
use crate::domain::field::FieldError;
use crate::domain::handle::Handle;
use crate::domain::item::{BaseUnit, Item, ItemCode, PackOption};
use crate::domain::list::List;
use crate::domain::quantity::{Pack, Unit};
use crate::domain::text::{Description, Names, Reason, TITLE_CHARS_MAX, Text};
use crate::domain::time::Instant;
use crate::domain::transition::TransitionError;
use crate::domain::word::words;

/// The most packs of an own item: four times what any item of the catalogue has.
pub const PACKS_MAX: usize = 16;

words! {
    /// Where an own item stands.
    OwnItemState, "a state of an own item", {
        /// Lines may name it.
        Active = "active",
        /// No new line of its city names it; what names it already can still be read.
        Withdrawn = "withdrawn",
    }
}

/// A heading of the Harmonized System as the catalogue writes it: four digits, a point, two digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hs6(String);

/// How an own item is usually packed.
pub type Packs = List<Pack, 0, PACKS_MAX>;

/// One revision of an own item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnItem {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: OwnItemState,
    /// Its code, in the namespace of its owner; never changes.
    pub code: ItemCode,
    /// What it is called.
    pub terms: Names,
    /// How it is counted; never changes, because lines have counted in it.
    pub base_unit: Unit,
    /// How it is usually packed.
    pub packs: Packs,
    /// Its heading in the Harmonized System.
    pub hs6: Option<Hs6>,
    /// Which edition of the Harmonized System, and what differs.
    pub hs_note: Option<Label>,
    /// What it is, in full.
    pub description: Description,
}

/// What of an own item is to be written anew; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnItemPatch {
    /// What it is called.
    pub terms: Option<Names>,
    /// How it is usually packed.
    pub packs: Option<Packs>,
    /// Its heading; `Some(None)` takes it away.
    pub hs6: Option<Option<Hs6>>,
    /// The note on it; `Some(None)` takes it away.
    pub hs_note: Option<Option<Label>>,
    /// What it is, in full.
    pub description: Option<Description>,
}

impl OwnItem {
    /// Whether the code is of the city that writes it. Every reader asks this: a record that defines another city's code,
    /// or one of the common catalogue, has no effect anywhere.
    pub fn check_owner(&self, owner: &Handle) -> Result<(), FieldError> {
        if self.code.owner() == Some(owner) {
            return Ok(());
        }
        Err(FieldError::of(&self.code, format!("a code of {owner} itself, such as {owner}:mask.local"))
            .under("code"))
    }

    /// Writes parts of it anew. Code and base unit stay what they were.
    pub fn revise(
        &self,
        now: Instant,
        patch: OwnItemPatch,
        reason: Option<Reason>,
    ) -> Result<Self, TransitionError> {
        self.check_active("update")?;
        let OwnItemPatch { terms, packs, hs6, hs_note, description } = patch;
        let old = self.clone();
        Ok(Self {
            common: self.common.revised(now, reason),
            terms: terms.unwrap_or(old.terms),
            packs: packs.unwrap_or(old.packs),
            hs6: hs6.unwrap_or(old.hs6),
            hs_note: hs_note.unwrap_or(old.hs_note),
            description: description.unwrap_or(old.description),
            ..old
        })
    }

    /// active → withdrawn.
    pub fn withdraw(&self, now: Instant, reason: Reason) -> Result<Self, TransitionError> {
        self.check_active("withdraw")?;
        let common = self.common.revised(now, Some(reason));
        Ok(Self { common, state: OwnItemState::Withdrawn, ..self.clone() })
    }

    /// Whether lines may name it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == OwnItemState::Active
    }

    /// The same as an item: it stands under no heading, and nothing replaces it.
    #[must_use]
    pub fn to_item(&self) -> Item {
        let pack = |pack: &Pack| PackOption { name: pack.name.clone(), contains: Some(pack.contains) };
        let term = |text: &Text<TITLE_CHARS_MAX>| (text.language.clone(), text.words.to_string());
        Item {
            code: self.code.clone(),
            family: String::new(),
            base_unit: BaseUnit::Fixed(self.base_unit.clone()),
            packs: self.packs.iter().map(pack).collect(),
            standards: String::new(),
            hs6: self.hs6.as_ref().map(ToString::to_string).unwrap_or_default(),
            hs_note: self.hs_note.as_ref().map(ToString::to_string).unwrap_or_default(),
            grade: String::new(),
            may_be_replaced_by: Vec::new(),
            replacement_conditions: String::new(),
            terms: self.terms.as_slice().iter().map(term).collect(),
        }
    }

    fn check_active(&self, action: &'static str) -> Result<(), TransitionError> {
        if self.is_active() {
            return Ok(());
        }
        let (record, state) = ("own item", self.state.as_str());
        Err(TransitionError::State { action, record, state, expected: "active" })
    }
}

impl FromStr for Hs6 {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
        match text.split_once('.') {
            Some((heading, rest)) if digits(heading, 4) && digits(rest, 2) => Ok(Self(text.to_owned())),
            _ => Err(FieldError::of(text, "a heading of the Harmonized System such as 6307.90")),
        }
    }
}

impl fmt::Display for Hs6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests;
