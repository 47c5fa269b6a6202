//! The roll: what the lines of a family say, as numbers that lie side by side, kept from one plan to the next. Lines lie
//! scattered in memory, and to look at each of thousands again costs more than to plan them; so a line is read once, and again
//! only when it changed. What is kept equals what would be made from nothing; `update` is the only way to make it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::handle::Handle;
use crate::domain::item::{Catalogue, ItemCode, Substitution, shelf_life_default_days};
use crate::domain::lines::Line;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::domain::quantity::{Amount, Unit};
use crate::matching::digest::Digest;
use crate::matching::entry::{Entry, Readiness};
use crate::matching::family::Family;
use crate::matching::figures::{NeedFigures, OfferFigures};
use crate::matching::shift::Shift;
use crate::matching::view::View;

/// Units that no line has any more are kept until an epoch ends or there are more of them than twice the lines and these: packs may
/// have any names, and some hundred KiB are not worth beginning anew for.
const FORGOTTEN_UNITS_MAX: usize = 4_096;

/// What is kept of the lines of a family.
#[derive(Debug, Default)]
pub(super) struct Roll {
    pub(super) needs: Column<NeedLine, NeedFigures>,
    pub(super) offers: Column<OfferLine, OfferFigures>,
    numbers: Numbers,
    /// What each item is to each one that is asked for, row by row.
    substitutions: Vec<Substitution>,
}

/// All need lines or all offer lines of a family, by id.
#[derive(Debug)]
pub(super) struct Column<L, F> {
    entries: Vec<Arc<Entry<L>>>,
    facts: Vec<Facts<F>>,
}

/// What a line says, as numbers.
#[derive(Debug, Clone)]
pub(super) struct Facts<F> {
    /// What the rules and the price take of it.
    pub(super) figures: F,
    pub(super) amount: Option<Amount>,
    pub(super) counted: Amount,
    /// What ties are broken by.
    pub(super) seed: u64,
    /// By their numbers on the roll.
    pub(super) city: u32,
    pub(super) item: u32,
    pub(super) unit: u32,
    /// By its number in the geography.
    pub(super) spot: Option<u32>,
    /// Its place has no point.
    pub(super) is_vague: bool,
    pub(super) readiness: Readiness,
    pub(super) is_shared: bool,
    pub(super) name: Digest,
    pub(super) content: Digest,
}

/// What became of the lines of both sides since the last plan; by default there were none.
#[derive(Default)]
pub(super) struct Shifts {
    pub(super) needs: Shift,
    pub(super) offers: Shift,
}

/// The cities, items and units that were seen on the roll, by number. No result may depend on the order in which they were seen.
#[derive(Debug, Default)]
struct Numbers {
    cities: Numbered<Handle>,
    items: Numbered<ItemCode>,
    units: Numbered<Unit>,
    /// By item: the shelf life that a need asks for if it states none.
    shelf_life_default_days: Vec<u32>,
}

#[derive(Debug)]
struct Numbered<T> {
    numbers: BTreeMap<T, u32>,
    list: Vec<T>,
}

impl Roll {
    /// The roll of a family, from nothing.
    pub(super) fn of(view: &View, catalogue: &Catalogue, family: &Family) -> Self {
        let mut roll = Self::default();
        roll.update(view, catalogue, family);
        roll
    }

    /// Brings the roll in line with a family and tells what changed.
    pub(super) fn update(&mut self, view: &View, catalogue: &Catalogue, family: &Family) -> Shifts {
        let (epoch, numbers) = (view.epoch.begin(), &mut self.numbers);
        let known = numbers.items.list.len();
        let needs = self.needs.update(&family.needs, |entry| {
            let item = numbers.item(catalogue, &entry.line.item);
            let figures = NeedFigures::of(entry, epoch, numbers.shelf_life_default_days[item as usize]);
            numbers.facts(catalogue, entry, figures)
        });
        let offers = self
            .offers
            .update(&family.offers, |entry| numbers.facts(catalogue, entry, OfferFigures::of(entry, epoch)));
        let items = &self.numbers.items.list;
        if items.len() > known {
            let pairs = items.iter().flat_map(|asked| items.iter().map(move |offered| (asked, offered)));
            self.substitutions =
                pairs.map(|(asked, offered)| Substitution::of(catalogue, asked, offered)).collect();
        }
        Shifts { needs, offers }
    }

    /// Whether most of what it has numbered may belong to no line any more, so that one from nothing is smaller. Cities and items
    /// have bounds of their own.
    pub(super) fn has_forgotten_units(&self) -> bool {
        let lines = self.needs.facts.len() + self.offers.facts.len();
        self.units() > 2 * lines + FORGOTTEN_UNITS_MAX
    }

    /// How many units it has numbered.
    pub(super) fn units(&self) -> usize {
        self.numbers.units.list.len()
    }

    /// What an item is to another one that is asked for.
    pub(super) fn substitution(&self, asked: u32, offered: u32) -> Substitution {
        self.substitutions[asked as usize * self.numbers.items.list.len() + offered as usize]
    }

    /// The shelf life that a need asks for if it states none.
    pub(super) fn shelf_life_default_days(&self, asked: u32) -> u32 {
        self.numbers.shelf_life_default_days[asked as usize]
    }

    /// A city by its number.
    pub(super) fn city(&self, number: u32) -> &Handle {
        &self.numbers.cities.list[number as usize]
    }
}

impl<L: Line, F> Column<L, F> {
    fn update(&mut self, entries: &[Arc<Entry<L>>], mut read: impl FnMut(&Entry<L>) -> Facts<F>) -> Shift {
        let shift = Shift::between(&self.entries, entries);
        if shift.is_in_place && self.entries.len() == entries.len() {
            for row in shift.fresh.iter().map(|row| *row as usize) {
                self.facts[row] = read(&entries[row]);
                self.entries[row] = Arc::clone(&entries[row]);
            }
            return shift;
        }
        let before = self.facts.drain(..).zip(&shift.moved);
        let mut kept = before.filter(|(_, moved)| moved.is_some()).map(|(facts, _)| facts);
        let mut fresh = shift.fresh.iter().map(|row| *row as usize).peekable();
        let facts = entries.iter().enumerate().map(|(row, entry)| match fresh.next_if_eq(&row) {
            Some(_) => read(entry),
            None => kept.next().expect("a line that is not new was there before"),
        });
        let facts = facts.collect();
        drop(kept);
        *self = Self { entries: entries.to_vec(), facts };
        shift
    }

    /// Every line, by id.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Entry<L>, &Facts<F>)> {
        self.entries.iter().map(|entry| &**entry).zip(&self.facts)
    }

    /// What every line says, by id.
    pub(super) fn facts(&self) -> &[Facts<F>] {
        &self.facts
    }
}

impl<L, F> Default for Column<L, F> {
    fn default() -> Self {
        Self { entries: Vec::new(), facts: Vec::new() }
    }
}

impl<F> Facts<F> {
    /// Whether it takes part in planning.
    pub(super) fn is_ready(&self) -> bool {
        self.readiness == Readiness::Ready
    }
}

impl Numbers {
    fn facts<L: Line, F>(&mut self, catalogue: &Catalogue, entry: &Entry<L>, figures: F) -> Facts<F> {
        Facts {
            figures,
            amount: entry.amount,
            counted: entry.counted,
            seed: entry.seed(),
            city: self.cities.number(entry.city()),
            item: self.item(catalogue, entry.line.item()),
            unit: self.units.number(&entry.line.quantity().unit),
            spot: entry.spot,
            is_vague: entry.place.as_ref().is_none_or(|place| place.point.is_none()),
            readiness: entry.readiness,
            is_shared: entry.is_shared(),
            name: entry.name,
            content: entry.content,
        }
    }

    fn item(&mut self, catalogue: &Catalogue, code: &ItemCode) -> u32 {
        let item = self.items.number(code);
        if self.shelf_life_default_days.len() < self.items.list.len() {
            self.shelf_life_default_days.push(shelf_life_default_days(catalogue, code));
        }
        item
    }
}

impl<T: Ord + Clone> Numbered<T> {
    fn number(&mut self, value: &T) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).expect("a view has fewer than 2^32 lines");
        self.list.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), list: Vec::new() }
    }
}
