//! Need: what a city asks for.

use std::collections::BTreeSet;

use crate::domain::common::Common;
use crate::domain::field::FieldError;
use crate::domain::id::{LineNumber, RecordId};
use crate::domain::item::{Attributes, ItemCode};
use crate::domain::kind::Kind;
use crate::domain::lines::{Line, Lines, Numbered};
use crate::domain::place::Place;
use crate::domain::quantity::{Amount, Quantity};
use crate::domain::terms::Basis;
use crate::domain::text::{Description, Note, Title};
use crate::domain::time::When;

mod lifecycle;

/// The longest shelf life that a line can ask for, in days: a century.
pub const SHELF_LIFE_DAYS_MAX: u32 = 36_500;

/// One revision of a need: a complete snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: NeedState,
    /// What it is, in one line.
    pub title: Title,
    /// What it is, in full.
    pub description: Description,
    /// What is asked for.
    pub lines: Lines<NeedLine>,
}

/// Where a need stands. See the lifecycle functions of [`Need`] for who may move it where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NeedState {
    /// Being written; private.
    Draft,
    /// Waits for an approver; private.
    Submitted,
    /// Asked for.
    Open,
    /// Out of matching for a while.
    OnHold,
    /// Satisfied.
    Fulfilled,
    /// No longer wanted.
    Withdrawn,
    /// Too late.
    Expired,
    /// The same as another need, which stays.
    Duplicate {
        /// The need that stays.
        of: RecordId,
    },
}

/// An urgency tier, 1 (life-saving) to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urgency(u8);

/// Days of shelf life, 1 to [`SHELF_LIFE_DAYS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShelfLife(u32);

/// What a need asks for in one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeedLine {
    /// Its number in the need.
    pub line: LineNumber,
    /// What it is about.
    pub kind: Kind,
    /// Which item.
    pub item: ItemCode,
    /// What the item must be able to do.
    pub attributes: Attributes,
    /// How much.
    pub quantity: Quantity,
    /// How urgent.
    pub urgency: Urgency,
    /// When it must arrive.
    pub needed: When,
    /// Where it must arrive.
    pub deliver_to: Option<Place>,
    /// Shelf life that must remain on arrival; `None` leaves it to the item's default.
    pub min_shelf_life: Option<ShelfLife>,
    /// The smallest lot worth receiving; zero for any.
    pub min_lot: Amount,
    /// A lower grade than asked is acceptable.
    pub accept_lower_grade: bool,
    /// Terms that the requester can accept; empty for any.
    pub acceptable_bases: BTreeSet<Basis>,
    /// A remark.
    pub note: Option<Note>,
}

impl NeedState {
    /// The word for it, without the need that a duplicate names.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Open => "open",
            Self::OnHold => "on_hold",
            Self::Fulfilled => "fulfilled",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Duplicate { .. } => "duplicate",
        }
    }

    /// Whether nothing moves it any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Fulfilled | Self::Withdrawn | Self::Expired | Self::Duplicate { .. })
    }

    /// Whether it has not been published yet.
    #[must_use]
    pub fn is_unpublished(&self) -> bool {
        matches!(self, Self::Draft | Self::Submitted)
    }

    /// Whether it is published and has not ended.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Open | Self::OnHold)
    }
}

impl Urgency {
    /// Lives depend on it.
    pub const LIFE_SAVING: Self = Self(1);
    /// The least urgent tier.
    pub const LOWEST: Self = Self(4);

    /// Checks the bounds, 1 to 4.
    pub fn new(tier: u32) -> Result<Self, FieldError> {
        match u8::try_from(tier) {
            Ok(tier @ 1..=4) => Ok(Self(tier)),
            _ => Err(FieldError::of(tier, "an urgency tier, 1 (life-saving) to 4")),
        }
    }

    /// The tier as a number.
    #[must_use]
    pub fn tier(self) -> u8 {
        self.0
    }
}

impl ShelfLife {
    /// Checks the bounds.
    pub fn new(days: u32) -> Result<Self, FieldError> {
        if (1..=SHELF_LIFE_DAYS_MAX).contains(&days) {
            return Ok(Self(days));
        }
        Err(FieldError::of(days, format!("1 to {SHELF_LIFE_DAYS_MAX} days")))
    }

    /// In days.
    #[must_use]
    pub fn days(self) -> u32 {
        self.0
    }
}

impl Numbered for NeedLine {
    fn number(&self) -> LineNumber {
        self.line
    }
}

impl Line for NeedLine {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn item(&self) -> &ItemCode {
        &self.item
    }

    fn quantity(&self) -> &Quantity {
        &self.quantity
    }
}

#[cfg(test)]
mod tests;
