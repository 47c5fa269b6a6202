//! Money as minor units of a currency on a day. No conversion between currencies.

use std::fmt;
use std::str::FromStr;

use crate::domain::field::FieldError;
use crate::domain::quantity::Amount;
use crate::domain::time::Date;

/// An ISO 4217 currency by its shape, three capitals: codes come and go, and a record outlives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A sum of money.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// In the currency's minor unit, such as cents.
    pub minor_units: Amount,
    /// The currency.
    pub currency: Currency,
    /// The day on which the value was stated.
    pub date: Date,
    /// The writer's estimate rather than a figure from a document.
    pub approximate: bool,
}

impl FromStr for Currency {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(FieldError::of(text, "an ISO 4217 code such as EUR")),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.0).expect("a currency is three ASCII capitals"))
    }
}
