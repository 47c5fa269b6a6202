//! Quantities: whole numbers of base units, never floats, never wrapping.

use std::fmt;
use std::str::FromStr;

use crate::domain::field::FieldError;
use crate::domain::money::Currency;
use crate::domain::text::Words;

/// The largest amount: 2^53 − 1, the largest integer that every JSON reader keeps exact.
pub const AMOUNT_MAX: i64 = (1 << 53) - 1;

/// The longest name of a pack, in characters, such as `box` or `cylinder`.
pub const PACK_CHARS_MAX: usize = 40;

/// A count of base units, 0 to [`AMOUNT_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// An amount that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Positive(Amount);

/// The name of a pack.
pub type PackName = Words<PACK_CHARS_MAX>;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// One thing; a glove is one piece, a pair is a pack of 2.
    Piece,
    /// A set that is only useful whole.
    Set,
    /// Mass.
    Gram,
    /// Volume.
    Millilitre,
    /// One test.
    Test,
    /// One person.
    Person,
    /// A pallet position.
    Pallet,
    /// One mission or assessment.
    Mission,
    /// A minor unit of money, such as a cent: `minor:EUR`.
    Minor(Currency),
    /// A pack of unknown content, counted as itself: `pack:bottle`.
    Pack(PackName),
}

/// A pack of known content, such as a box of 50.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pack {
    /// Its name.
    pub name: PackName,
    /// How many base units it contains.
    pub contains: Positive,
}

/// How much, and how sure the writer is of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Neither more nor less.
    Exact(Amount),
    /// A floor: "more than 80,000".
    AtLeast(Amount),
    /// The writer's best figure: "close to 52".
    About(Amount),
    /// No figure was given.
    Unknown,
}

/// How much of what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    /// How much; counts base units whatever the pack.
    pub measure: Measure,
    /// The base unit.
    pub unit: Unit,
    /// How the goods are packed, where known.
    pub pack: Option<Pack>,
}

const PLAIN_UNITS: [(&str, Unit); 8] = [
    ("piece", Unit::Piece),
    ("set", Unit::Set),
    ("gram", Unit::Gram),
    ("millilitre", Unit::Millilitre),
    ("test", Unit::Test),
    ("person", Unit::Person),
    ("pallet", Unit::Pallet),
    ("mission", Unit::Mission),
];

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(AMOUNT_MAX);

    /// Checks the bounds.
    pub fn new(amount: i64) -> Result<Self, FieldError> {
        if (0..=AMOUNT_MAX).contains(&amount) {
            return Ok(Self(amount));
        }
        Err(FieldError::of(amount, format!("0 to {AMOUNT_MAX}")))
    }

    /// The plain integer.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; `None` above [`AMOUNT_MAX`].
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0).ok()
    }

    /// The difference; `None` below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0 - other.0).ok()
    }

    /// The sum, or [`AMOUNT_MAX`]: for totals over other cities' claims, which nobody promised to keep small.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        self.checked_add(other).unwrap_or(Self::MAX)
    }

    /// The difference, or zero.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.checked_sub(other).unwrap_or(Self::ZERO)
    }
}

impl std::iter::Sum for Amount {
    /// Adds up, stopping at [`AMOUNT_MAX`].
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

impl Positive {
    /// Checks the bounds, 1 to [`AMOUNT_MAX`].
    pub fn new(amount: i64) -> Result<Self, FieldError> {
        let checked = Amount::new(amount).ok().and_then(|a| Self::try_from(a).ok());
        checked.ok_or_else(|| FieldError::of(amount, format!("1 to {AMOUNT_MAX}")))
    }

    /// The amount.
    #[must_use]
    pub fn amount(self) -> Amount {
        self.0
    }

    /// The plain integer.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0.get()
    }
}

impl TryFrom<Amount> for Positive {
    type Error = FieldError;

    fn try_from(amount: Amount) -> Result<Self, FieldError> {
        if amount.is_zero() {
            return Err(FieldError::of(0, format!("1 to {AMOUNT_MAX}")));
        }
        Ok(Self(amount))
    }
}

impl Measure {
    /// The figure that can be promised against or asked for: the amount, whatever its qualifier. `None` when no
    /// figure was given: an offer must be quantified first, and a need sets no cap.
    #[must_use]
    pub fn cap(self) -> Option<Amount> {
        match self {
            Self::Exact(amount) | Self::AtLeast(amount) | Self::About(amount) => Some(amount),
            Self::Unknown => None,
        }
    }
}

impl Quantity {
    /// An exact quantity without a pack.
    #[must_use]
    pub fn exact(amount: Amount, unit: Unit) -> Self {
        Self { measure: Measure::Exact(amount), unit, pack: None }
    }

    /// See [`Measure::cap`].
    #[must_use]
    pub fn cap(&self) -> Option<Amount> {
        self.measure.cap()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Positive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minor(currency) => write!(f, "minor:{currency}"),
            Self::Pack(name) => write!(f, "pack:{name}"),
            plain => {
                let known = PLAIN_UNITS.iter().find(|(_, unit)| unit == plain);
                f.pad(known.expect("every plain unit has a word").0)
            }
        }
    }
}

impl FromStr for Unit {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        if let Some(currency) = text.strip_prefix("minor:") {
            return currency.parse().map(Self::Minor);
        }
        if let Some(name) = text.strip_prefix("pack:") {
            return PackName::new(name).map(Self::Pack);
        }
        let known = PLAIN_UNITS.iter().find(|(word, _)| *word == text);
        known.map(|(_, unit)| unit.clone()).ok_or_else(|| {
            let words: Vec<_> = PLAIN_UNITS.iter().map(|(word, _)| *word).collect();
            FieldError::of(text, format!("{}, minor:<currency> or pack:<name>", words.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests;
