//! The catalogue: what things are called, how they are counted, and what may stand in for what. Versioned data in
//! the program, so that every node of a version agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::domain::field::FieldError;
use crate::domain::item::ItemCode;
use crate::domain::item::search::Index;
use crate::domain::quantity::{PackName, Positive, Unit};
use crate::domain::text::Language;

/// The version of the embedded catalogue; the roster names the one in force.
pub const CATALOGUE_VERSION: &str = "1";

/// The longest name of a version, in bytes: a year, a number and more than enough behind them.
pub const CATALOGUE_VERSION_LEN_MAX: usize = 20;

/// The name of a version of the catalogue, such as `1` or `2027.1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CatalogueVersion(String);

const EMBEDDED: &str = include_str!("../../../data/items.csv");

/// What people type for an item besides its terms; several words for one item, or one for several.
const SYNONYMS: &str = include_str!("../../../data/synonyms.csv");

/// The columns that hold terms, by language; `name_en` is English.
const TERM_COLUMNS: [&str; 10] = ["zh", "fa", "vi", "fr", "it", "es", "ar", "ru", "ne", "pt"];

/// Every known item by code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    items: BTreeMap<ItemCode, Item>,
    components: BTreeMap<ItemCode, ItemCode>,
    index: Index,
}

/// An entry of the catalogue, or an own item of a city. Empty texts mean "not sure".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its code.
    pub code: ItemCode,
    /// The heading it stands under, such as `mask.surgical`; not the family that matching uses.
    pub family: String,
    /// How it is counted.
    pub base_unit: BaseUnit,
    /// How it is usually packed.
    pub packs: Vec<PackOption>,
    /// The standards it can meet, in words.
    pub standards: String,
    /// Its heading in the Harmonized System.
    pub hs6: String,
    /// Which edition, and what differs.
    pub hs_note: String,
    /// Its grade among its like, in words; grades have no linear order.
    pub grade: String,
    /// What may be sent instead without asking for less.
    pub may_be_replaced_by: Vec<ItemCode>,
    /// On which condition.
    pub replacement_conditions: String,
    /// What it is called, by language; in the catalogue English is always there.
    pub terms: BTreeMap<Language, String>,
}

/// How an item is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseUnit {
    /// In this unit.
    Fixed(Unit),
    /// In minor units of whatever currency the line names.
    MinorUnit,
}

/// A usual pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackOption {
    /// Its name, such as `box`.
    pub name: PackName,
    /// How many base units it contains; `None` when that varies.
    pub contains: Option<Positive>,
}

/// A table that is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{table} row {row}, column {column}: {message}")]
pub struct CatalogueError {
    /// Which table: the catalogue or its synonyms.
    pub table: &'static str,
    /// Which row, the first item being 1.
    pub row: usize,
    /// Which column.
    pub column: String,
    /// What is wrong there.
    pub message: String,
}

impl CatalogueVersion {
    /// The version of this program.
    #[must_use]
    pub fn embedded() -> Self {
        Self(CATALOGUE_VERSION.to_owned())
    }

    /// Whether this program has it.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.0 == CATALOGUE_VERSION
    }
}

impl FromStr for CatalogueVersion {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
        if (1..=CATALOGUE_VERSION_LEN_MAX).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        let expected = format!("1 to {CATALOGUE_VERSION_LEN_MAX} of a-z, 0-9, point and hyphen");
        Err(FieldError::of(text, expected))
    }
}

impl fmt::Display for CatalogueVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Catalogue {
    /// The catalogue of this program. Parses it; do so once and pass it on.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED, SYNONYMS).expect("the embedded catalogue is tested to parse")
    }

    /// Reads a table with the columns of `data/items.csv`, and one with those of `data/synonyms.csv`.
    pub fn parse(table: &str, synonyms: &str) -> Result<Self, CatalogueError> {
        let mut items = BTreeMap::new();
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        for (i, row) in reader.deserialize::<BTreeMap<String, String>>().enumerate() {
            let cells = row.map_err(|e| fault(i + 1, "", e))?;
            let item = Row { row: i + 1, cells }.item()?;
            if let Some(twice) = items.insert(item.code.clone(), item) {
                return Err(fault(i + 1, "code", format!("{} comes twice", twice.code)));
            }
        }
        let components = components(&items);
        let synonyms =
            read_synonyms(&items, synonyms).map_err(|e| CatalogueError { table: "synonyms", ..e })?;
        let index = Index::new(&items, &synonyms);
        Ok(Self { items, components, index })
    }

    /// The item with this code; `None` for a code that this catalogue does not know.
    #[must_use]
    pub fn get(&self, code: &ItemCode) -> Option<&Item> {
        self.items.get(code)
    }

    /// Every item by code.
    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// The family in which this item is planned: everything connected to it by "may be replaced by", named by its
    /// smallest code. An unknown code is a family of its own.
    #[must_use]
    pub fn component<'a>(&'a self, code: &'a ItemCode) -> &'a ItemCode {
        self.components.get(code).unwrap_or(code)
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }
}

impl Item {
    /// The English name; of an own item without one, its first by language.
    #[must_use]
    pub fn title(&self) -> &str {
        let english = self.terms.iter().find(|(language, _)| language.as_str() == "en");
        english.or_else(|| self.terms.iter().next()).map_or("", |(_, term)| term)
    }
}

impl BaseUnit {
    /// Whether a quantity in this unit counts this item: the base unit itself, any currency's minor unit for
    /// money, or a pack of unknown content.
    #[must_use]
    pub fn accepts(&self, unit: &Unit) -> bool {
        match (self, unit) {
            (_, Unit::Pack(_)) | (Self::MinorUnit, Unit::Minor(_)) => true,
            (Self::Fixed(base), unit) => base == unit,
            (Self::MinorUnit, _) => false,
        }
    }
}

impl fmt::Display for BaseUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(unit) => unit.fmt(f),
            Self::MinorUnit => f.pad("minor unit"),
        }
    }
}

/// One row with its place, so that every fault can name it.
struct Row {
    row: usize,
    cells: BTreeMap<String, String>,
}

impl Row {
    fn item(&self) -> Result<Item, CatalogueError> {
        Ok(Item {
            code: self.parsed("code", self.cell("code")?)?,
            family: self.cell("family")?.to_owned(),
            base_unit: self.base_unit()?,
            packs: self.packs()?,
            standards: self.cell("standards")?.to_owned(),
            hs6: self.cell("hs6")?.to_owned(),
            hs_note: self.cell("hs_note")?.to_owned(),
            grade: self.cell("grade_in_family")?.to_owned(),
            may_be_replaced_by: self.replacements()?,
            replacement_conditions: self.cell("replacement_conditions")?.to_owned(),
            terms: self.terms()?,
        })
    }

    fn cell(&self, column: &str) -> Result<&str, CatalogueError> {
        self.cells
            .get(column)
            .map(|cell| cell.trim())
            .ok_or_else(|| fault(self.row, column, "the column is missing"))
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(&self, column: &str, text: &str) -> Result<T, CatalogueError> {
        text.parse().map_err(|e| fault(self.row, column, e))
    }

    fn base_unit(&self) -> Result<BaseUnit, CatalogueError> {
        match self.cell("base_unit")? {
            "minor unit" => Ok(BaseUnit::MinorUnit),
            unit => self.parsed("base_unit", unit).map(BaseUnit::Fixed),
        }
    }

    fn packs(&self) -> Result<Vec<PackOption>, CatalogueError> {
        let packs = self.cell("packs")?.split('|').filter(|pack| !pack.is_empty());
        packs.map(|pack| self.pack(pack)).collect()
    }

    fn pack(&self, pack: &str) -> Result<PackOption, CatalogueError> {
        let fault = |message: String| fault(self.row, "packs", message);
        let (name, contains) =
            pack.split_once('=').ok_or_else(|| fault(format!("{pack} is not name=content")))?;
        let name = PackName::new(name).map_err(|e| fault(e.to_string()))?;
        let contains = match contains {
            "unknown" => None,
            digits => Some(Positive::new(self.parsed("packs", digits)?).map_err(|e| fault(e.to_string()))?),
        };
        Ok(PackOption { name, contains })
    }

    fn replacements(&self) -> Result<Vec<ItemCode>, CatalogueError> {
        let codes = self.cell("may_be_replaced_by")?.split('|').filter(|code| !code.is_empty());
        codes.map(|code| self.parsed("may_be_replaced_by", code)).collect()
    }

    fn terms(&self) -> Result<BTreeMap<Language, String>, CatalogueError> {
        let mut terms = BTreeMap::from([(self.parsed("name_en", "en")?, self.cell("name_en")?.to_owned())]);
        for column in TERM_COLUMNS {
            let term = self.cell(column)?;
            if !term.is_empty() {
                terms.insert(self.parsed(column, column)?, term.to_owned());
            }
        }
        Ok(terms)
    }
}

/// What else people type for each item, in the order of the table.
fn read_synonyms(
    items: &BTreeMap<ItemCode, Item>,
    table: &str,
) -> Result<BTreeMap<ItemCode, Vec<(Language, String)>>, CatalogueError> {
    let mut synonyms = BTreeMap::<_, Vec<_>>::new();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    for (i, row) in reader.deserialize::<BTreeMap<String, String>>().enumerate() {
        let cells = row.map_err(|e| fault(i + 1, "", e))?;
        let row = Row { row: i + 1, cells };
        let code: ItemCode = row.parsed("code", row.cell("code")?)?;
        if !items.contains_key(&code) {
            return Err(fault(row.row, "code", format!("{code} is not in the catalogue")));
        }
        let language = row.parsed("language", row.cell("language")?)?;
        let term = row.cell("term")?;
        if term.is_empty() {
            return Err(fault(row.row, "term", "it is empty"));
        }
        synonyms.entry(code).or_default().push((language, term.to_owned()));
    }
    Ok(synonyms)
}

fn fault(row: usize, column: &str, message: impl fmt::Display) -> CatalogueError {
    CatalogueError { table: "catalogue", row, column: column.to_owned(), message: message.to_string() }
}

/// Each item's smallest connected code: every edge pulls both ends to the smaller name until nothing moves.
fn components(items: &BTreeMap<ItemCode, Item>) -> BTreeMap<ItemCode, ItemCode> {
    let mut component: BTreeMap<_, _> = items.keys().map(|code| (code.clone(), code.clone())).collect();
    let edges: BTreeSet<_> = items
        .values()
        .flat_map(|item| item.may_be_replaced_by.iter().map(|other| (&item.code, other)))
        .collect();
    loop {
        let before = component.clone();
        for (one, other) in &edges {
            let Some(smaller) = component.get(*one).min(component.get(*other)).cloned() else { continue };
            component.insert((*one).clone(), smaller.clone());
            component.insert((*other).clone(), smaller);
        }
        if component == before {
            return component;
        }
    }
}
