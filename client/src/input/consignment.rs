//! A consignment as typed: which commitments it fulfils, how it travels, and its papers. One line of flags for what is
//! simple, a file for lots and consignees.

use clap::Args;
use quince_proto::record::v1::{
    Carriage, Consignee, ConsignmentLine, Document, DocumentState, DocumentType, Lot, TransportMode,
};
use serde::Deserialize;

use crate::choice::{Choice, listed};
use crate::input::common::with_common;
use crate::input::fault::{At, Faults};
use crate::input::terms::chosen;
use crate::input::text::Texts;
use crate::input::when::{self, Means};
use crate::input::{count, place};
use crate::name::{Commitments, Parties, RecordName};

/// What an amount is in, as error messages say it.
const AMOUNT: &str = "an amount in the commitment's base unit";

with_common! {
    /// A consignment as typed.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
    #[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
    pub struct ConsignmentInput {
        /// A short title; a file can give one per language
        #[arg(long, value_name = "TEXT")]
        pub title: Option<Texts>,
        /// What else a reader should know; a file can give one per language
        #[arg(long, value_name = "TEXT")]
        pub description: Option<Texts>,
        /// How it travels; on the command line each is a flag.
        #[command(flatten)]
        pub carriage: CarriageInput,
        /// A paper and how far it is: TYPE:STATE or TYPE:STATE:REFERENCE, such as packing-list:ready; may be repeated
        #[arg(long, value_name = "DOCUMENT")]
        pub document: Vec<String>,
        /// The lines; on the command line each --commitment is one.
        #[arg(skip)]
        pub lines: Vec<ConsignmentLineInput>,
    }
}

/// How a consignment travels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct CarriageInput {
    /// air, sea, rail, road, mail, or none where nothing travels: a payment, a service
    #[arg(long, value_name = "MODE")]
    pub by: Option<String>,
    /// From where: NAME,CC or NAME,CC,LAT,LON
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// Where to: NAME,CC or NAME,CC,LAT,LON
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// The waybill's number; donors on one plane share it
    #[arg(long, value_name = "NUMBER")]
    pub waybill: Option<String>,
    /// The own party that carries it
    #[arg(long, value_name = "ID")]
    pub carrier: Option<String>,
    /// The commitment of transport, of any city, that carries it
    #[arg(long, value_name = "ID")]
    pub transport: Option<String>,
    /// When it leaves: 2027-03-01, 2027-03-01..2027-03-03, "early March 2027-03-01..2027-03-10"
    #[arg(long, value_name = "WHEN")]
    pub departs: Option<String>,
    /// When it is to arrive
    #[arg(long, value_name = "WHEN")]
    pub arrives: Option<String>,
}

/// A line of a consignment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConsignmentLineInput {
    /// The line's number, where it is not its place in the list.
    pub line: Option<u32>,
    /// The own commitment that it fulfils.
    pub commitment: String,
    /// How much of it; all of it when not said.
    pub quantity: Option<String>,
    /// Lots, by their makers' numbers.
    pub lots: Vec<LotInput>,
    /// Who gets it at the end.
    pub consignees: Vec<ConsigneeInput>,
    /// A note on this line.
    pub note: Option<String>,
}

/// A lot of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct LotInput {
    /// The maker's number.
    pub number: String,
    /// The day on which it expires.
    pub expires: Option<String>,
    /// How much of it.
    pub quantity: Option<String>,
}

/// One of several who get goods of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConsigneeInput {
    /// Who.
    pub name: String,
    /// Where.
    pub place: Option<String>,
    /// How much of it.
    pub quantity: Option<String>,
}

/// A line whose commitment is named and not yet known to be this node's.
#[derive(Debug, Clone, PartialEq)]
pub struct Fulfilment {
    /// The commitment.
    pub commitment: RecordName<Commitments>,
    /// The line; amount 0 stands for all that was promised.
    pub line: ConsignmentLine,
}

impl ConsignmentLineInput {
    /// Reads `ID[:AMOUNT]`.
    #[must_use]
    pub fn of_flag(text: &str) -> Self {
        let (commitment, quantity) = match text.split_once(':') {
            Some((commitment, quantity)) => (commitment, Some(quantity.to_owned())),
            None => (text, None),
        };
        Self { commitment: commitment.to_owned(), quantity, ..Self::default() }
    }

    fn fulfilment(&self, at: At, number: u32, faults: &mut Faults) -> Option<Fulfilment> {
        let parse = |text: &str| text.parse().map_err(|_| "an own commitment such as quanzhou/5".to_owned());
        if self.commitment.is_empty() {
            faults.missing(at, "commitment", "the own commitment that this line fulfils, such as quanzhou/5");
            return None;
        }
        let commitment: RecordName<Commitments> = faults.parse(at, "commitment", &self.commitment, parse)?;
        let line = ConsignmentLine {
            line: self.line.unwrap_or(number),
            commitment: commitment.number(),
            amount: amount(at, "quantity", self.quantity.as_deref(), faults),
            lots: self.lots.iter().map(|lot| lot.to_record(at, faults)).collect(),
            consignees: self.consignees.iter().map(|one| one.to_record(at, faults)).collect(),
            note: self.note.clone().unwrap_or_default(),
            ..ConsignmentLine::default()
        };
        Some(Fulfilment { commitment, line })
    }
}

impl LotInput {
    fn to_record(&self, at: At, faults: &mut Faults) -> Lot {
        if self.number.is_empty() {
            faults.missing(at, "lots.number", "the maker's number of the lot");
        }
        let expires = self.expires.as_deref();
        Lot {
            number: self.number.clone(),
            expires: expires.and_then(|day| faults.parse(at, "lots.expires", day, when::parse_end)),
            amount: amount(at, "lots.quantity", self.quantity.as_deref(), faults),
        }
    }
}

impl ConsigneeInput {
    fn to_record(&self, at: At, faults: &mut Faults) -> Consignee {
        if self.name.is_empty() {
            faults.missing(at, "consignees.name", "who gets it");
        }
        let place = self.place.as_deref();
        Consignee {
            name: self.name.clone(),
            place: place.and_then(|text| faults.parse(at, "consignees.place", text, place::parse)),
            amount: amount(at, "consignees.quantity", self.quantity.as_deref(), faults),
        }
    }
}

impl ConsignmentInput {
    /// The lines, numbered by their place unless they name their number; every fault is noted.
    pub fn fulfilments(&self, at: At, faults: &mut Faults) -> Vec<Fulfilment> {
        let numbered = (1..).zip(&self.lines).enumerate();
        numbered
            .filter_map(|(index, (number, line))| line.fulfilment(at.line(index), number, faults))
            .collect()
    }

    /// The papers, one of a type.
    pub fn documents(&self, at: At, faults: &mut Faults) -> Vec<Document> {
        self.document.iter().filter_map(|text| faults.parse(at, "document", text, parse_document)).collect()
    }
}

impl CarriageInput {
    /// Changes what was typed and leaves the rest of the carriage as it is; says which own party was named as carrier.
    pub fn change(
        &self,
        carriage: &mut Carriage,
        at: At,
        faults: &mut Faults,
    ) -> Option<RecordName<Parties>> {
        if self.by.is_some() {
            carriage.mode = chosen::<TransportMode>(at, "by", self.by.as_deref(), faults);
        }
        if let Some(text) = &self.from {
            carriage.from = faults.parse(at, "from", text, place::parse);
        }
        if let Some(text) = &self.to {
            carriage.to = faults.parse(at, "to", text, place::parse);
        }
        if let Some(waybill) = &self.waybill {
            carriage.waybill.clone_from(waybill);
        }
        if let Some(text) = &self.transport {
            let parse = |text: &str| {
                text.parse::<RecordName<Commitments>>()
                    .map_err(|_| "a commitment such as tehran/9".to_owned())
            };
            carriage.transport = faults.parse(at, "transport", text, parse).map(|name| name.to_ref());
        }
        if let Some(text) = &self.departs {
            carriage.departs = faults.parse(at, "departs", text, |text| when::parse(text, Means::Earliest));
        }
        if let Some(text) = &self.arrives {
            carriage.arrives = faults.parse(at, "arrives", text, |text| when::parse(text, Means::Latest));
        }
        let parse = |text: &str| {
            text.parse::<RecordName<Parties>>().map_err(|_| "an own party such as quanzhou/3".to_owned())
        };
        let carrier = self.carrier.as_deref().and_then(|text| faults.parse(at, "carrier", text, parse))?;
        carriage.carrier = carrier.number();
        Some(carrier)
    }
}

/// Reads `TYPE:STATE[:REFERENCE]`; the error says what was expected. Of a paper that is waived the rest is the reason.
fn parse_document(text: &str) -> Result<Document, String> {
    let expected = || {
        format!(
            "TYPE:STATE[:REFERENCE] such as packing-list:ready or invoice:waived:gift, where TYPE is one of {} and STATE \
             one of {}",
            listed::<DocumentType>(),
            listed::<DocumentState>()
        )
    };
    let mut parts = text.splitn(3, ':').map(str::trim);
    let document_type = parts.next().and_then(DocumentType::from_typed).ok_or_else(expected)?;
    let state = parts.next().and_then(DocumentState::from_typed).ok_or_else(expected)?;
    let rest = parts.next().unwrap_or_default().to_owned();
    let (reference, note) =
        if state == DocumentState::Waived { (String::new(), rest) } else { (rest, String::new()) };
    Ok(Document { r#type: document_type.into(), state: state.into(), reference, note })
}

fn amount(at: At, key: &str, text: Option<&str>, faults: &mut Faults) -> i64 {
    let positive = |text: &str| {
        count::<i64>(text, AMOUNT)
            .and_then(|amount| if amount > 0 { Ok(amount) } else { Err(AMOUNT.to_owned()) })
    };
    text.and_then(|text| faults.parse(at, key, text, positive)).unwrap_or_default()
}
