//! The lines of a need as typed.

use clap::Args;
use quince_proto::record::v1::{Kind, Need, NeedLine, terms};
use serde::Deserialize;

use crate::input::attribute::parse_attribute;
use crate::input::catalogue::{Catalogue, Counted};
use crate::input::fault::{At, Faults};
use crate::input::quantity::Count;
use crate::input::sheet::{Author, Head, Sheet};
use crate::input::terms::chosen;
use crate::input::when::{self, Means};
use crate::input::{count, place};

/// A line of a need: flags of one, or an entry of `lines` in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct NeedLineInput {
    /// The line's number, where it is not its place in the list.
    #[arg(skip)]
    pub line: Option<u32>,
    /// Code of the item: see `quince item search`
    #[arg(long, value_name = "CODE")]
    pub item: Option<String>,
    /// How much: 80000, 80000+ (at least), ~80000 (about), ? (unknown), "80000 piece", "1600 box of 50"
    #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
    pub quantity: Option<String>,
    /// 1 (life-saving) to 4
    #[arg(long, value_name = "TIER", allow_hyphen_values = true)]
    pub urgency: Option<String>,
    /// When: 2027-03-15, 2027-03-01..2027-03-15, "mid-February 2027-02-10..2027-02-20"
    #[arg(long, value_name = "WHEN")]
    pub by: Option<String>,
    /// Where to: NAME,CC or NAME,CC,LAT,LON; a region by its UN M49 code: Africa,002
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// goods (unless said otherwise), funds, service, transport, personnel or knowledge
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// What the item must be: NAME=VALUE[; STANDARD[; EVIDENCE]]; may be repeated
    #[arg(long, value_name = "ATTRIBUTE")]
    pub attribute: Vec<String>,
    /// Days of shelf life that must remain on arrival
    #[arg(long, value_name = "DAYS", allow_hyphen_values = true)]
    pub min_shelf_life_days: Option<String>,
    /// The smallest lot worth receiving, in base units
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub min_lot: Option<String>,
    /// A lower grade than asked is acceptable
    #[arg(long)]
    pub accept_lower_grade: bool,
    /// Terms that are acceptable: gift, loan or reimbursed; any unless said; may be repeated
    #[arg(long, value_name = "BASIS")]
    pub accept_basis: Vec<String>,
    /// A note on this line
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// A new need; every fault is noted.
pub fn to_record(
    sheet: &Sheet<NeedLineInput>,
    at: At,
    author: &Author<'_>,
    catalogue: &Catalogue,
    faults: &mut Faults,
) -> Need {
    let Head { common, title, description } = sheet.head(at, author, faults);
    let lines = to_lines(&sheet.lines, at, catalogue, faults);
    if lines.is_empty() {
        faults.missing(at, "lines", "at least one line");
    }
    Need { common: Some(common), title, description, lines, ..Need::default() }
}

/// New lines, numbered by their place unless they name their number.
pub fn to_lines(
    lines: &[NeedLineInput],
    at: At,
    catalogue: &Catalogue,
    faults: &mut Faults,
) -> Vec<NeedLine> {
    let numbered = (1..).zip(lines).enumerate();
    numbered
        .map(|(index, (number, line))| line.to_record(at.line(index), number, catalogue, faults))
        .collect()
}

impl NeedLineInput {
    /// A new line, `number` unless it names its own; every fault is noted.
    pub fn to_record(&self, at: At, number: u32, catalogue: &Catalogue, faults: &mut Faults) -> NeedLine {
        if self.quantity.is_none() {
            faults.missing(at, "quantity", "how much, such as 80000 or ?");
        }
        if self.item.is_none() {
            faults.missing(at, "item", "the code of an item: see `quince item search`");
        }
        if self.urgency.is_none() {
            faults.missing(at, "urgency", "1 (life-saving) to 4");
        }
        let mut line =
            NeedLine { line: self.line.unwrap_or(number), kind: Kind::Goods.into(), ..NeedLine::default() };
        self.change(&mut line, at, catalogue, faults);
        line
    }

    /// Changes what was typed and leaves the rest of the line as it is.
    pub fn change(&self, line: &mut NeedLine, at: At, catalogue: &Catalogue, faults: &mut Faults) {
        if let Some(item) = &self.item {
            line.item.clone_from(item);
        }
        if let Some(text) = &self.quantity {
            let units = catalogue.units(&line.item);
            line.quantity = faults.parse(at, "quantity", text, |text| Count::parse(text)?.resolve(units));
        }
        if let Some(text) = &self.urgency {
            line.urgency = faults.parse(at, "urgency", text, tier).unwrap_or_default();
        }
        if let Some(text) = &self.by {
            line.needed = faults.parse(at, "by", text, |text| when::parse(text, Means::Latest));
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
        self.change_conditions(line, at, faults);
    }

    fn change_conditions(&self, line: &mut NeedLine, at: At, faults: &mut Faults) {
        if let Some(text) = &self.min_shelf_life_days {
            let days = |text: &str| count(text, "a number of days");
            line.min_shelf_life_days =
                faults.parse(at, "min-shelf-life-days", text, days).unwrap_or_default();
        }
        if let Some(text) = &self.min_lot {
            let amount = |text: &str| count(text, "a number of base units");
            line.min_lot = faults.parse(at, "min-lot", text, amount).unwrap_or_default();
        }
        line.accept_lower_grade |= self.accept_lower_grade;
        if !self.accept_basis.is_empty() {
            let basis = |text: &String| chosen::<terms::Basis>(at, "accept-basis", Some(text), faults);
            line.acceptable_bases = self.accept_basis.iter().map(basis).collect();
        }
        if let Some(note) = &self.note {
            line.note.clone_from(note);
        }
    }
}

fn tier(text: &str) -> Result<u32, String> {
    let expected = "1 (life-saving) to 4";
    count(text, expected)
        .and_then(|tier| if (1..=4).contains(&tier) { Ok(tier) } else { Err(expected.to_owned()) })
}

impl Counted for NeedLineInput {
    fn counted(&self) -> Option<(&str, &str)> {
        self.item.as_deref().zip(self.quantity.as_deref())
    }
}
