//! Offer: what a city can give.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::domain::common::Common;
use crate::domain::field::FieldError;
use crate::domain::freight::Freight;
use crate::domain::handle::Handle;
use crate::domain::id::LineNumber;
use crate::domain::item::{Attributes, ItemCode};
use crate::domain::kind::Kind;
use crate::domain::lines::{Line, Lines, Numbered};
use crate::domain::list::List;
use crate::domain::place::{Country, Place};
use crate::domain::quantity::{Amount, Quantity};
use crate::domain::terms::Terms;
use crate::domain::text::{Description, Note, Title};
use crate::domain::time::{Instant, When};
use crate::domain::word::words;

mod lifecycle;

/// An offer that its owner has not confirmed for this long is stale: visible, but out of matching. Part of the
/// matching rule, so it is the same on every node.
pub const STALE_AFTER: Duration = Duration::from_hours(30 * 24);

/// The most cities or countries that an earmark or an exclusion names.
pub const RECIPIENTS_MAX: usize = 100;

/// One revision of an offer: a complete snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offer {
    /// What every record carries.
    pub common: Common,
    /// Where it stands.
    pub state: OfferState,
    /// What it is, in one line.
    pub title: Title,
    /// What it is, in full.
    pub description: Description,
    /// What is offered.
    pub lines: Lines<OfferLine>,
    /// When the owner last said that the stock is really there.
    pub confirmed: Instant,
}

words! {
    /// Where an offer stands.
    OfferState, "an offer state", {
        /// Being written; private.
        Draft = "draft",
        /// On offer.
        Open = "open",
        /// Nothing more to give; promises stand.
        Closed = "closed",
        /// No longer offered; promises stand.
        Withdrawn = "withdrawn",
        /// Too late.
        Expired = "expired",
    }
}

/// What an offer gives in one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfferLine {
    /// Its number in the offer.
    pub line: LineNumber,
    /// What it is about.
    pub kind: Kind,
    /// Which item.
    pub item: ItemCode,
    /// What the item can do.
    pub attributes: Attributes,
    /// How much there is, promised stock included.
    pub quantity: Quantity,
    /// When it can leave.
    pub available: When,
    /// Where it lies; where the lane of a transport begins.
    pub available_at: Option<Place>,
    /// Where the lane of a transport ends; `None` for anywhere. Says nothing on any other kind.
    pub deliver_to: Option<Place>,
    /// What the whole quantity weighs and fills; on a transport, what one unit can carry.
    pub freight: Freight,
    /// The earliest expiry among the lots.
    pub expires: Option<Instant>,
    /// The smallest lot worth sending; zero for any.
    pub min_lot: Amount,
    /// Only these may have it; empty for anyone.
    pub earmarked_for: List<Recipient, 0, RECIPIENTS_MAX>,
    /// These may not have it.
    pub excluded: List<Recipient, 0, RECIPIENTS_MAX>,
    /// On what terms.
    pub terms: Terms,
    /// A remark.
    pub note: Option<Note>,
}

/// Whom an earmark or an exclusion names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    /// One city office.
    Node(Handle),
    /// Every city of a country.
    Country(Country),
}

/// Whether an offer that was `confirmed` then has not been for [`STALE_AFTER`]. One confirmed in the future is not stale.
#[must_use]
pub fn is_stale(now: Instant, confirmed: Instant) -> bool {
    now.since(confirmed) >= STALE_AFTER
}

impl OfferLine {
    /// Checks that only a transport says where to: goods go where they are needed.
    pub fn check_lane(&self) -> Result<(), FieldError> {
        match &self.deliver_to {
            Some(place) if self.kind != Kind::Transport => {
                let expected = format!("nothing on a line of {}: only transport has a lane", self.kind);
                Err(FieldError::of(&place.name, expected).under("deliver_to"))
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Recipient {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let fault = |_| FieldError::of(text, "a node such as isfahan or a country such as IR");
        match text.parse() {
            Ok(country) => Ok(Self::Country(country)),
            Err(FieldError { .. }) => text.parse().map(Self::Node).map_err(fault),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(handle) => handle.fmt(f),
            Self::Country(country) => country.fmt(f),
        }
    }
}

impl Numbered for OfferLine {
    fn number(&self) -> LineNumber {
        self.line
    }
}

impl Line for OfferLine {
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
