//! Items: codes, and the attributes that a line asks for or states.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::domain::field::FieldError;
use crate::domain::handle::Handle;
use crate::domain::list::List;
use crate::domain::text::Words;
use crate::domain::word::words;

mod catalogue;
mod own;
mod register;
#[cfg(test)]
mod sample;
mod search;
mod substitution;

pub use catalogue::{
    BaseUnit, CATALOGUE_VERSION, CATALOGUE_VERSION_LEN_MAX, Catalogue, CatalogueVersion, Item, PackOption,
};
pub use own::{Hs6, OwnItem, OwnItemPatch, OwnItemState, PACKS_MAX, Packs};
pub use register::{OWN_ITEMS_MAX, Register, Registered};
pub use search::{Fit, Proposal, QUERY_LETTERS_MAX};
pub use substitution::{
    ItemMismatch, SHELF_LIFE_DEFAULT_DAYS, Substitution, check_serves, conditions, same_heading,
    shelf_life_default_days,
};

/// The longest code within its namespace, in bytes.
pub const ITEM_CODE_LEN_MAX: usize = 64;

/// The most attributes of a line.
pub const ATTRIBUTES_MAX: usize = 32;

/// The longest name, value or standard of an attribute, in characters.
pub const ATTRIBUTE_CHARS_MAX: usize = 100;

/// An item's code, `mask.surgical.iir`, or a city's own, `isfahan:mask.local`. Unknown codes are carried and match
/// by equality.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemCode {
    owner: Option<Handle>,
    code: SmolStr,
}

words! {
    /// What shows that an attribute is true.
    Evidence, "evidence", {
        /// A certificate of a notified body.
        Certificate = "certificate",
        /// A laboratory's report.
        TestReport = "test-report",
        /// What the label says.
        Label = "label",
        /// Nothing.
        None = "none",
    }
}

/// An attribute, such as filtration = 95 by EN 149.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attribute {
    /// Which attribute.
    pub name: Words<ATTRIBUTE_CHARS_MAX>,
    /// Its value or level.
    pub value: Words<ATTRIBUTE_CHARS_MAX>,
    /// The technical standard that defines the value.
    pub standard: Option<Words<ATTRIBUTE_CHARS_MAX>>,
    /// What shows it.
    pub evidence: Evidence,
}

/// The attributes of a line.
pub type Attributes = List<Attribute, 0, ATTRIBUTES_MAX>;

impl ItemCode {
    /// The city whose own code it is; `None` for the common catalogue.
    #[must_use]
    pub fn owner(&self) -> Option<&Handle> {
        self.owner.as_ref()
    }

    /// The code within its namespace.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl FromStr for ItemCode {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let fault = || FieldError::of(text, "an item code such as mask.surgical.iir or isfahan:mask.local");
        let (owner, code) = match text.split_once(':') {
            Some((owner, code)) => (Some(owner.parse().map_err(|_| fault())?), code),
            None => (None, text),
        };
        let first = code.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        if !first || !rest || code.len() > ITEM_CODE_LEN_MAX {
            return Err(fault());
        }
        Ok(Self { owner, code: SmolStr::new(code) })
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Some(owner) => write!(f, "{owner}:{}", self.code),
            None => f.pad(&self.code),
        }
    }
}

#[cfg(test)]
mod tests;
