//! The register: every own item that a node knows, found by code and by name beside the catalogue.
//!
//! It follows from the set of records and not from the order in which they came: of an owner's records for one code the
//! lowest number counts, and of its records the first [`OWN_ITEMS_MAX`] by number.

use std::collections::BTreeMap;

use crate::domain::handle::Handle;
use crate::domain::id::Number;
use crate::domain::item::search::{Entry, propose};
use crate::domain::item::{Catalogue, Item, ItemCode, OwnItem, Proposal};
use crate::domain::snapshot::Snapshot;

/// The most own items of one city, withdrawn ones included: sixteen times the common catalogue, and a bound on what one
/// member can make every other keep in memory and search.
pub const OWN_ITEMS_MAX: usize = 1_000;

/// Every own item that a node knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    owners: BTreeMap<Handle, BTreeMap<Number, Registered>>,
    /// The records for each code, the one that counts first.
    codes: BTreeMap<ItemCode, Vec<Number>>,
}

/// An own item as it is shown and searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The record.
    pub snapshot: Snapshot<OwnItem>,
    /// The same as an item.
    pub item: Item,
    entry: Entry,
}

impl Register {
    /// Takes a record as it stands now.
    pub fn set(&mut self, snapshot: Snapshot<OwnItem>) {
        let (owner, number) = (snapshot.id.owner.clone(), snapshot.id.number);
        let item = snapshot.record.to_item();
        let (code, entry) = (item.code.clone(), Entry::new(&item, &[]));
        let own = self.owners.entry(owner).or_default();
        let before = own.insert(number, Registered { snapshot, item, entry });
        let beyond = if own.len() > OWN_ITEMS_MAX { own.pop_last() } else { None };
        // Only a faulty owner gives a record another code.
        if let Some(before) = before {
            self.unlist(&before.item.code, number);
        }
        let numbers = self.codes.entry(code).or_default();
        numbers.push(number);
        numbers.sort_unstable();
        if let Some((number, beyond)) = beyond {
            self.unlist(&beyond.item.code, number);
        }
    }

    /// What a code means; `None` for one that no record defines here.
    #[must_use]
    pub fn get(&self, code: &ItemCode) -> Option<&Registered> {
        let number = self.codes.get(code)?.first()?;
        self.owners.get(code.owner()?)?.get(number)
    }

    /// The items of the catalogue and the active own items that fit the query, as [`Catalogue::search`] has it. Of two that
    /// fit alike, the catalogue's comes first.
    #[must_use]
    pub fn search<'a>(&'a self, catalogue: &'a Catalogue, query: &str, limit: usize) -> Vec<Proposal<'a>> {
        let active = self.codes.keys().filter_map(|code| self.get(code));
        let active = active.filter(|known| known.snapshot.record.is_active());
        propose(catalogue, active.map(|known| (&known.entry, &known.item)), query, limit)
    }

    /// The record no longer stands for the code.
    fn unlist(&mut self, code: &ItemCode, number: Number) {
        let Some(numbers) = self.codes.get_mut(code) else { return };
        numbers.retain(|one| *one != number);
        if numbers.is_empty() {
            self.codes.remove(code);
        }
    }
}

#[cfg(test)]
mod tests;
