//! Resource names: the short form that people type and read (`isfahan/17`, `isfahan/17.2`), the full form that the
//! API speaks (`nodes/isfahan/needs/17/lines/2`). Whether a record exists is the node's to say.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use quince_proto::record::v1::{LineRef, RecordRef};

/// A collection of records, which makes the name of a need another type than the name of an offer.
pub trait Collection: Clone + Send + Sync + 'static {
    /// As in resource names.
    const PLURAL: &'static str;
    /// As in sentences, with its article.
    const ONE: &'static str;
}

macro_rules! collections {
    ($($type:ident $plural:literal $one:literal)*) => {$(
        #[doc = concat!("The collection `", $plural, "`.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type {}

        impl Collection for $type {
            const PLURAL: &'static str = $plural;
            const ONE: &'static str = $one;
        }
    )*};
}

collections! {
    Needs "needs" "a need"
    Offers "offers" "an offer"
    Requisitions "requisitions" "a requisition"
    Commitments "commitments" "a commitment"
    Parties "parties" "a party"
    Calls "calls" "a call"
    Consignments "consignments" "a consignment"
    Receipts "receipts" "a receipt"
    Partnerships "partnerships" "a partnership"
    Messages "messages" "a message"
    Knowledge "knowledge" "a piece of knowledge"
    Reports "reports" "a report"
    Items "items" "an own item"
}

/// The name of a record of one collection. Displays as the full form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordName<C> {
    owner: Handle,
    number: u64,
    collection: PhantomData<C>,
}

/// The name of a line of a record. Displays as the full form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineName<C> {
    record: RecordName<C>,
    line: u32,
}

/// A record of one collection, or one line of it: `isfahan/17`, `isfahan/17.2`, or a full name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOrLine<C> {
    /// The record.
    pub record: RecordName<C>,
    /// Which of its lines; all of them where none is named.
    pub line: Option<u32>,
}

/// Any record, of whatever collection: `isfahan/17` or a full name. Numbers are unique on a node over all collections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyName {
    owner: Handle,
    number: u64,
}

/// The full name of a record of any collection, as the API speaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullName(String);

/// A node's handle, typed as `isfahan` or `nodes/isfahan`. Displays as the bare handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle(String);

/// A name was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected {expected}")]
pub struct NameError {
    expected: String,
}

impl Handle {
    /// The resource name of the node.
    #[must_use]
    pub fn node(&self) -> String {
        format!("nodes/{self}")
    }
}

impl<C: Collection> RecordName<C> {
    /// The reference that a record carries.
    #[must_use]
    pub fn to_ref(&self) -> RecordRef {
        RecordRef { owner: self.owner.0.clone(), number: self.number }
    }
}

impl<C> RecordName<C> {
    /// The owner's handle.
    #[must_use]
    pub fn owner(&self) -> &Handle {
        &self.owner
    }

    /// The number there.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl AnyName {
    /// The reference that a record carries.
    #[must_use]
    pub fn to_ref(&self) -> RecordRef {
        RecordRef { owner: self.owner.0.clone(), number: self.number }
    }
}

impl FullName {
    /// The name of the record with this id in the family that people type: `consignment`.
    pub fn of(family: &str, id: &str) -> Result<Self, NameError> {
        macro_rules! families {
            ($($typed:literal $collection:ident)*) => {
                match family {
                    $($typed => id.parse::<RecordName<$collection>>().map(|name| Self(name.to_string())),)*
                    _ => Err(NameError { expected: format!("one of the families {}", [$($typed),*].join(", ")) }),
                }
            };
        }
        families! {
            "need" Needs
            "offer" Offers
            "requisition" Requisitions
            "commitment" Commitments
            "consignment" Consignments
            "receipt" Receipts
            "party" Parties
            "partnership" Partnerships
            "call" Calls
            "message" Messages
            "knowledge" Knowledge
            "report" Reports
            "item" Items
        }
    }
}

impl<C> LineName<C> {
    /// Whose line it is.
    #[must_use]
    pub fn record(&self) -> &RecordName<C> {
        &self.record
    }
}

impl<C: Collection> LineName<C> {
    /// The reference that a record carries.
    #[must_use]
    pub fn to_ref(&self) -> LineRef {
        LineRef { owner: self.record.owner.0.clone(), number: self.record.number, line: self.line }
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C: Collection> fmt::Display for RecordName<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nodes/{}/{}/{}", self.owner, C::PLURAL, self.number)
    }
}

impl<C: Collection> fmt::Display for LineName<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/lines/{}", self.record, self.line)
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FullName {
    type Err = NameError;

    /// A full name says its collection itself; whether there is such a collection is the node's to say.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let named = match *text.split('/').collect::<Vec<_>>() {
            ["nodes", _, collection, _] => {
                !collection.is_empty() && collection.bytes().all(|b| b.is_ascii_lowercase())
            }
            _ => false,
        };
        if named && text.parse::<AnyName>().is_ok() {
            return Ok(Self(text.to_owned()));
        }
        let expected =
            "a family and an id such as consignment isfahan/17, or nodes/isfahan/consignments/17".to_owned();
        Err(NameError { expected })
    }
}

impl FromStr for AnyName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let expected = || NameError {
            expected: "a record such as isfahan/17 or nodes/isfahan/consignments/17".to_owned(),
        };
        let parts: Vec<_> = text.split('/').collect();
        let ([owner, number] | ["nodes", owner, _, number]) = *parts else { return Err(expected()) };
        let owner = owner.parse().map_err(|_| expected())?;
        Ok(Self { owner, number: positive(number).ok_or_else(expected)? })
    }
}

impl FromStr for Handle {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let handle = text.strip_prefix("nodes/").unwrap_or(text);
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !handle.is_empty() && handle.chars().all(allowed) {
            return Ok(Self(handle.to_owned()));
        }
        Err(NameError { expected: "a node's handle such as isfahan".to_owned() })
    }
}

impl<C: Collection> FromStr for RecordName<C> {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let expected = || NameError {
            expected: format!("{} such as isfahan/17 or nodes/isfahan/{}/17", C::ONE, C::PLURAL),
        };
        let (owner, number) = match *text.split('/').collect::<Vec<_>>() {
            [owner, number] => (owner, number),
            ["nodes", owner, plural, number] if plural == C::PLURAL => (owner, number),
            _ => return Err(expected()),
        };
        let owner = owner.parse().map_err(|_| expected())?;
        let number = positive(number).ok_or_else(expected)?;
        Ok(Self { owner, number, collection: PhantomData })
    }
}

impl<C: Collection> FromStr for LineName<C> {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let expected = || NameError {
            expected: format!(
                "a line of {} such as isfahan/17.2 or nodes/isfahan/{}/17/lines/2",
                C::ONE,
                C::PLURAL
            ),
        };
        let (record, line) =
            text.split_once("/lines/").or_else(|| text.rsplit_once('.')).ok_or_else(expected)?;
        let record = record.parse().map_err(|_| expected())?;
        let line = positive(line).and_then(|line| u32::try_from(line).ok()).ok_or_else(expected)?;
        Ok(Self { record, line })
    }
}

impl<C: Collection> FromStr for RecordOrLine<C> {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if let Ok(LineName { record, line }) = text.parse() {
            return Ok(Self { record, line: Some(line) });
        }
        let expected = || NameError {
            expected: format!("{} or a line of it, such as isfahan/17 or isfahan/17.2", C::ONE),
        };
        text.parse().map(|record| Self { record, line: None }).map_err(|_| expected())
    }
}

/// The short form of any resource name of the API; what is no resource name stays as it is.
#[must_use]
pub fn short(name: &str) -> String {
    match *name.split('/').collect::<Vec<_>>() {
        ["nodes", owner, _, number] => format!("{owner}/{number}"),
        ["nodes", owner, _, number, "lines", line] => format!("{owner}/{number}.{line}"),
        [_, id] => id.to_owned(),
        _ => name.to_owned(),
    }
}

/// The short form of a reference to a record.
#[must_use]
pub fn short_record(record: &RecordRef) -> String {
    format!("{}/{}", record.owner, record.number)
}

/// The short form of a reference to a line.
#[must_use]
pub fn short_line(line: &LineRef) -> String {
    format!("{}/{}.{}", line.owner, line.number, line.line)
}

/// Plain digits only: what is typed is what is meant, so no sign and no leading zero.
fn positive(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}
