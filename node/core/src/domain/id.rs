//! Identity: which record, which line, which revision. Not what is in them.

use std::fmt;
use std::str::FromStr;

use crate::domain::field::FieldError;
use crate::domain::handle::Handle;

/// The largest number of a record: 2^53 − 1, the largest integer that every JSON reader keeps exact.
pub const NUMBER_MAX: u64 = (1 << 53) - 1;

/// The highest revision: nobody corrects a record a million times, and a counter gone wild is stopped here.
pub const REVISION_MAX: u64 = 1_000_000;

/// The highest line number, and so the most lines of one record: what fits a body and a screen.
pub const LINE_MAX: u8 = 100;

/// A record's number at its owner, 1 to [`NUMBER_MAX`]: one increasing sequence per node over all kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(u64);

/// A record's revision, 1 to [`REVISION_MAX`]; each is a complete snapshot, and gaps are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

/// A line's number in its record, 1 to [`LINE_MAX`]; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineNumber(u8);

/// Which record: `isfahan/17`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// The node that writes it.
    pub owner: Handle,
    /// Its number there.
    pub number: Number,
}

/// Which line of which record: `isfahan/17.2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId {
    /// The record.
    pub record: RecordId,
    /// The line in it.
    pub line: LineNumber,
}

/// The family of a record, with its entry kind in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum RecordKind {
    /// What a node says of itself.
    Profile = 16,
    /// An organisation that a node speaks for.
    Party = 17,
    /// What a city asks for.
    Need = 18,
    /// What a city can give.
    Offer = 19,
    /// The requester's half of an agreement.
    Requisition = 20,
    /// The supplier's half of an agreement.
    Commitment = 21,
    /// A standing relation of two parties.
    Partnership = 22,
    /// An open invitation that gathers needs and offers.
    Call = 23,
    /// What a supplier moved.
    Consignment = 24,
    /// What a receiver counted.
    Receipt = 25,
    /// A word of support, thanks or a statement.
    Message = 26,
    /// A practice, training, document or directory.
    Knowledge = 27,
    /// A third-hand statement.
    Report = 28,
    /// What a city's own code means.
    OwnItem = 29,
}

impl Number {
    /// The first number of a node; its profile has it.
    pub const FIRST: Self = Self(1);

    /// Checks the bounds.
    pub fn new(number: u64) -> Result<Self, FieldError> {
        checked(number, NUMBER_MAX).map(Self)
    }

    /// The plain integer.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl Revision {
    /// The revision that creates a record.
    pub const FIRST: Self = Self(1);

    /// Checks the bounds.
    pub fn new(revision: u64) -> Result<Self, FieldError> {
        checked(revision, REVISION_MAX).map(Self)
    }

    /// The plain integer.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }

    /// The revision after this one; `None` when the record has used up all of them.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::new(self.0 + 1).ok()
    }
}

impl LineNumber {
    /// Checks the bounds.
    pub fn new(line: u64) -> Result<Self, FieldError> {
        let line = checked(line, u64::from(LINE_MAX))?;
        Ok(Self(u8::try_from(line).expect("a line number is at most 100")))
    }

    /// The plain integer.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl RecordId {
    /// The record with this number at this owner.
    #[must_use]
    pub fn new(owner: Handle, number: Number) -> Self {
        Self { owner, number }
    }

    /// A line of this record.
    #[must_use]
    pub fn line(&self, line: LineNumber) -> LineId {
        LineId { record: self.clone(), line }
    }
}

impl LineId {
    /// The node that writes the record of this line.
    #[must_use]
    pub fn owner(&self) -> &Handle {
        &self.record.owner
    }
}

impl RecordKind {
    /// Every kind, in the order of the codes.
    pub const ALL: &[Self] = &[
        Self::Profile,
        Self::Party,
        Self::Need,
        Self::Offer,
        Self::Requisition,
        Self::Commitment,
        Self::Partnership,
        Self::Call,
        Self::Consignment,
        Self::Receipt,
        Self::Message,
        Self::Knowledge,
        Self::Report,
        Self::OwnItem,
    ];

    /// The entry kind that stands in the signed header.
    #[must_use]
    pub fn code(self) -> u16 {
        self as u16
    }

    /// The kind with this code; `None` for a kind that a newer node writes.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// The name of a record of this kind in the API and in the audit log, such as `nodes/isfahan/needs/17`.
    #[must_use]
    pub fn name_of(self, id: &RecordId) -> String {
        format!("nodes/{}/{}/{}", id.owner, self.collection(), id.number)
    }

    /// The record that a name of this kind names; `None` for any other text.
    #[must_use]
    pub fn named_by(self, name: &str) -> Option<RecordId> {
        let (owner, rest) = name.strip_prefix("nodes/")?.split_once('/')?;
        let number = rest.strip_prefix(self.collection())?.strip_prefix('/')?;
        format!("{owner}/{number}").parse().ok()
    }

    /// The collection in resource names, such as `needs`.
    #[must_use]
    pub fn collection(self) -> &'static str {
        match self {
            Self::Profile => "profiles",
            Self::Party => "parties",
            Self::Need => "needs",
            Self::Offer => "offers",
            Self::Requisition => "requisitions",
            Self::Commitment => "commitments",
            Self::Partnership => "partnerships",
            Self::Call => "calls",
            Self::Consignment => "consignments",
            Self::Receipt => "receipts",
            Self::Message => "messages",
            Self::Knowledge => "knowledge",
            Self::Report => "reports",
            Self::OwnItem => "items",
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LineNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.number)
    }
}

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.record, self.line)
    }
}

impl FromStr for RecordId {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let parts = text.split_once('/').and_then(|(owner, number)| {
            Some(Self::new(owner.parse().ok()?, Number::new(canonical(number)?).ok()?))
        });
        parts.ok_or_else(|| FieldError::of(text, "a record such as isfahan/17"))
    }
}

impl FromStr for LineId {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let parts = text.rsplit_once('.').and_then(|(record, line)| {
            let record: RecordId = record.parse().ok()?;
            Some(record.line(LineNumber::new(canonical(line)?).ok()?))
        });
        parts.ok_or_else(|| FieldError::of(text, "a line such as isfahan/17.2"))
    }
}

fn checked(value: u64, max: u64) -> Result<u64, FieldError> {
    if (1..=max).contains(&value) {
        return Ok(value);
    }
    Err(FieldError::of(value, format!("1 to {max}")))
}

/// Digits without sign or leading zero, so that each id has exactly one spelling.
fn canonical(digits: &str) -> Option<u64> {
    let value: u64 = digits.parse().ok()?;
    (value.to_string() == digits).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_exactly_one_spelling() {
        for text in ["isfahan/17", "isfahan/1", "isfahan/9007199254740991"] {
            assert_eq!(text.parse::<RecordId>().unwrap().to_string(), text);
        }
        let wrong =
            ["isfahan", "isfahan/", "isfahan/0", "isfahan/017", "isfahan/+1", "isfahan/9007199254740992"];
        for text in
            wrong.into_iter().chain(["/17", "Isfahan/17", "isfahan/17/2", "isfahan/17.2", "isfahan/1 "])
        {
            assert!(text.parse::<RecordId>().is_err(), "{text}");
        }
        assert_eq!("isfahan/17.2".parse::<LineId>().unwrap().to_string(), "isfahan/17.2");
        for text in ["isfahan/17", "isfahan/17.0", "isfahan/17.101", "isfahan/17.02", "isfahan/17.2.3"] {
            assert!(text.parse::<LineId>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_stop_at_their_bounds() {
        assert!(
            Number::new(NUMBER_MAX).is_ok()
                && Number::new(NUMBER_MAX + 1).is_err()
                && Number::new(0).is_err()
        );
        assert!(Revision::new(REVISION_MAX).unwrap().next().is_none());
        assert_eq!(Revision::FIRST.next().map(Revision::get), Some(2));
        assert!(LineNumber::new(100).is_ok() && LineNumber::new(101).is_err() && LineNumber::new(0).is_err());
    }

    #[test]
    fn the_entry_kinds_are_those_of_the_contract() {
        let codes: Vec<_> = RecordKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes, (16..=29).collect::<Vec<u16>>());
        assert!(RecordKind::ALL.iter().all(|kind| RecordKind::from_code(kind.code()) == Some(*kind)));
        assert_eq!((RecordKind::from_code(15), RecordKind::from_code(30)), (None, None));
    }
}
