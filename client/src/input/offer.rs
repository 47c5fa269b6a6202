//! The lines of an offer as typed.

use clap::Args;
use jiff::Timestamp;
use quince_proto::record::v1::{Kind, Offer, OfferLine};
use serde::Deserialize;

use crate::input::attribute::parse_attribute;
use crate::input::catalogue::{Catalogue, Counted};
use crate::input::fault::{At, Faults};
use crate::input::quantity::Count;
use crate::input::sheet::{Author, Head, Sheet};
use crate::input::terms::{TermsInput, chosen};
use crate::input::when::{self, Means};
use crate::input::{count, freight, place};

/// A line of an offer: flags of one, or an entry of `lines` in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct OfferLineInput {
    /// The line's number, where it is not its place in the list.
    #[arg(skip)]
    pub line: Option<u32>,
    /// Code of the item: see `quince item search`
    #[arg(long, value_name = "CODE")]
    pub item: Option<String>,
    /// How much: 80000, 80000+ (at least), ~80000 (about), ? (unknown), "80000 piece", "1600 box of 50"
    #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
    pub quantity: Option<String>,
    /// From when: 2027-03-01, 2027-03-01..2027-03-15, "mid-February 2027-02-10..2027-02-20"
    #[arg(long, value_name = "WHEN")]
    pub available: Option<String>,
    /// Where it is: NAME,CC or NAME,CC,LAT,LON; a region by its UN M49 code: Africa,002
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// Where the lane of a transport ends, written like --from; anywhere unless said. Only with --kind transport
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// goods (unless said otherwise), funds, service, transport, personnel or knowledge
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// What the item is: NAME=VALUE[; STANDARD[; EVIDENCE]]; may be repeated
    #[arg(long, value_name = "ATTRIBUTE")]
    pub attribute: Vec<String>,
    /// The earliest expiry among the lots
    #[arg(long, value_name = "DAY")]
    pub expires: Option<String>,
    /// The smallest lot worth sending, in base units
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub min_lot: Option<String>,
    /// Only these may have it: a node's handle, or a country in capitals; may be repeated
    #[arg(long, value_name = "WHO")]
    pub earmarked_for: Vec<String>,
    /// These may not have it; may be repeated
    #[arg(long, value_name = "WHO")]
    pub excluded: Vec<String>,
    /// What all of it weighs, or what one unit of a transport can carry: 12.5 t, 800 kg, 500 g
    #[arg(long, value_name = "WEIGHT", allow_hyphen_values = true)]
    pub weight: Option<String>,
    /// The room that all of it fills, or that one unit of a transport has: 30 m3, 500 l, 250 ml
    #[arg(long, value_name = "VOLUME", allow_hyphen_values = true)]
    pub volume: Option<String>,
    /// It must be kept cold; a transport can keep goods cold
    #[arg(long)]
    pub cold_chain: bool,
    /// Terms; on the command line each is a flag.
    #[command(flatten)]
    pub terms: TermsInput,
    /// A note on this line
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// A new offer; every fault is noted.
pub fn to_record(
    sheet: &Sheet<OfferLineInput>,
    at: At,
    author: &Author<'_>,
    catalogue: &Catalogue,
    faults: &mut Faults,
) -> Offer {
    let Head { common, title, description } = sheet.head(at, author, faults);
    let lines = to_lines(&sheet.lines, at, author.now, catalogue, faults);
    if lines.is_empty() {
        faults.missing(at, "lines", "at least one line");
    }
    Offer { common: Some(common), title, description, lines, ..Offer::default() }
}

/// New lines, numbered by their place unless they name their number.
pub fn to_lines(
    lines: &[OfferLineInput],
    at: At,
    now: Timestamp,
    catalogue: &Catalogue,
    faults: &mut Faults,
) -> Vec<OfferLine> {
    let numbered = (1..).zip(lines).enumerate();
    numbered
        .map(|(index, (number, line))| line.to_record(at.line(index), number, now, catalogue, faults))
        .collect()
}

impl OfferLineInput {
    /// A new line, `number` unless it names its own; every fault is noted.
    pub fn to_record(
        &self,
        at: At,
        number: u32,
        now: Timestamp,
        catalogue: &Catalogue,
        faults: &mut Faults,
    ) -> OfferLine {
        if self.quantity.is_none() {
            faults.missing(at, "quantity", "how much, such as 80000 or ?");
        }
        if self.item.is_none() {
            faults.missing(at, "item", "the code of an item: see `quince item search`");
        }
        let mut line =
            OfferLine { line: self.line.unwrap_or(number), kind: Kind::Goods.into(), ..OfferLine::default() };
        self.change(&mut line, at, now, catalogue, faults);
        line
    }

    /// Changes what was typed and leaves the rest of the line as it is.
    pub fn change(
        &self,
        line: &mut OfferLine,
        at: At,
        now: Timestamp,
        catalogue: &Catalogue,
        faults: &mut Faults,
    ) {
        if let Some(item) = &self.item {
            line.item.clone_from(item);
        }
        if let Some(text) = &self.quantity {
            let units = catalogue.units(&line.item);
            line.quantity = faults.parse(at, "quantity", text, |text| Count::parse(text)?.resolve(units));
        }
        if let Some(text) = &self.available {
            line.available = faults.parse(at, "available", text, |text| when::parse(text, Means::Earliest));
        }
        if let Some(text) = &self.from {
            line.available_at = faults.parse(at, "from", text, place::parse);
        }
        if let Some(text) = &self.to {
            line.deliver_to = faults.parse(at, "to", text, place::parse);
        }
        if self.kind.is_some() {
            line.kind = chosen::<Kind>(at, "kind", self.kind.as_deref(), faults);
        }
        if !self.attribute.is_empty() {
            let attribute = |text: &String| faults.parse(at, "attribute", text, parse_attribute);
            line.attributes = self.attribute.iter().filter_map(attribute).collect();
        }
        if let Some(text) = &self.expires {
            line.expires = faults.parse(at, "expires", text, when::parse_end);
        }
        if let Some(terms) = self.terms.to_record(at, now, faults) {
            line.terms = Some(terms);
        }
        self.change_freight(line, at, faults);
        self.change_conditions(line, at, faults);
    }

    fn change_freight(&self, line: &mut OfferLine, at: At, faults: &mut Faults) {
        if self.weight.is_none() && self.volume.is_none() && !self.cold_chain {
            return;
        }
        let stated = line.freight.get_or_insert_default();
        if let Some(text) = &self.weight {
            let grams = faults.parse(at, "weight", text, freight::parse_weight);
            stated.weight_grams = grams.unwrap_or_default();
        }
        if let Some(text) = &self.volume {
            let millilitres = faults.parse(at, "volume", text, freight::parse_volume);
            stated.volume_millilitres = millilitres.unwrap_or_default();
        }
        stated.cold_chain |= self.cold_chain;
    }

    fn change_conditions(&self, line: &mut OfferLine, at: At, faults: &mut Faults) {
        if let Some(text) = &self.min_lot {
            let amount = |text: &str| count(text, "a number of base units");
            line.min_lot = faults.parse(at, "min-lot", text, amount).unwrap_or_default();
        }
        if !self.earmarked_for.is_empty() {
            line.earmarked_for.clone_from(&self.earmarked_for);
        }
        if !self.excluded.is_empty() {
            line.excluded.clone_from(&self.excluded);
        }
        if let Some(note) = &self.note {
            line.note.clone_from(note);
        }
    }
}

impl Counted for OfferLineInput {
    fn counted(&self) -> Option<(&str, &str)> {
        self.item.as_deref().zip(self.quantity.as_deref())
    }
}
