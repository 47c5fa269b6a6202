//! What the node's catalogue says about the items that were typed.

use std::collections::{BTreeMap, BTreeSet};

use quince_proto::api::v1::{GetItemRequest, Item};

use crate::connect::Node;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::quantity::{Count, ItemUnits};

/// The units of the items that somebody asked about.
#[derive(Debug, Default)]
pub struct Catalogue(BTreeMap<String, ItemUnits>);

/// A line of which only the catalogue may know in what it counts.
pub(crate) trait Counted {
    /// The item's code and the quantity, where both were typed.
    fn counted(&self) -> Option<(&str, &str)>;
}

impl Catalogue {
    /// Asks the node for each item whose quantity names no unit. An unknown code is no failure: it is carried, and
    /// then needs a unit of its own.
    pub(crate) async fn ask(node: &Node, lines: &[impl Counted]) -> Result<Self, Failure> {
        let codes: BTreeSet<&str> = lines.iter().filter_map(|line| asked(line)).collect();
        let mut catalogue = Self::default();
        for code in codes {
            let request = GetItemRequest { name: format!("items/{code}") };
            match node.call(request, async |request| node.items().get_item(request).await).await {
                Ok(item) => catalogue.add(item),
                Err(failure) if failure.exit == Exit::NotFound => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(catalogue)
    }

    /// Adds what the node says of an item.
    pub fn add(&mut self, item: Item) {
        let pack = |pack: &String| {
            let (name, contains) = pack.split_once('=')?;
            Some((name.to_owned(), contains.parse().ok()?))
        };
        let packs = item.packs.iter().filter_map(pack).collect();
        self.0.insert(item.code, ItemUnits { base_unit: item.base_unit, packs });
    }

    /// Adds what another one knows.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The units of an item; `None` when the catalogue does not know it.
    #[must_use]
    pub fn units(&self, code: &str) -> Option<&ItemUnits> {
        self.0.get(code)
    }
}

fn asked(line: &impl Counted) -> Option<&str> {
    let (code, quantity) = line.counted()?;
    let asks = Count::parse(quantity).is_ok_and(|count| count.asks_catalogue());
    asks.then_some(code)
}
