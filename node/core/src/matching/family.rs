//! Families: the parts of a view that cannot touch each other, because no item of one may stand in for an item of
//! another. Each is planned alone, so a changed record touches its own family only.

use std::sync::Arc;

use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::item::{Catalogue, ItemCode};
use crate::domain::kind::Kind;
use crate::domain::lines::Line;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::matching::entry::Entry;
use crate::matching::limit;

/// What all lines of a family share: drill or not, kind, and the connected component of "may be replaced by", named by
/// its smallest code. A code that the catalogue does not know, or that a city made up, is a component of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FamilyKey {
    pub(super) exercise: bool,
    pub(super) kind: Kind,
    pub(super) component: ItemCode,
}

/// The lines of a family, each list by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) needs: Vec<Arc<Entry<NeedLine>>>,
    pub(super) offers: Vec<Arc<Entry<OfferLine>>>,
    /// Some need line, or some offer line, is beyond the limit of one city.
    crowded: [bool; 2],
}

impl FamilyKey {
    /// The family of a line.
    pub(super) fn of<L: Line>(line: &L, exercise: bool, catalogue: &Catalogue) -> Self {
        Self { exercise, kind: line.kind(), component: catalogue.component(line.item()).clone() }
    }
}

impl Family {
    /// The need line with this id.
    pub(super) fn need(&self, id: &LineId) -> Option<&Entry<NeedLine>> {
        find(&self.needs, id).map(|at| &*self.needs[at])
    }

    /// The offer line with this id.
    pub(super) fn offer(&self, id: &LineId) -> Option<&Entry<OfferLine>> {
        find(&self.offers, id).map(|at| &*self.offers[at])
    }

    /// The need line with this id, to be changed.
    pub(super) fn need_mut(&mut self, id: &LineId) -> Option<&mut Entry<NeedLine>> {
        find(&self.needs, id).map(|at| Arc::make_mut(&mut self.needs[at]))
    }

    /// Where the need line and the offer line with these ids stand.
    pub(super) fn rows(&self, need: &LineId, offer: &LineId) -> Option<(u32, u32)> {
        let row = |at: usize| u32::try_from(at).expect("a view has fewer than 2^32 lines");
        Some((row(find(&self.needs, need)?), row(find(&self.offers, offer)?)))
    }

    /// Whether no line is left.
    pub(super) fn is_empty(&self) -> bool {
        self.needs.is_empty() && self.offers.is_empty()
    }

    /// Takes the lines that another state of the family has just so from there.
    pub(super) fn share_with(&mut self, before: &Self) {
        share(&mut self.needs, &before.needs);
        share(&mut self.offers, &before.offers);
    }

    /// Whether this city has a line here.
    pub(super) fn has_city(&self, city: &Handle) -> bool {
        self.needs.iter().any(|entry| entry.city() == city)
            || self.offers.iter().any(|entry| entry.city() == city)
    }

    /// Leaves out what is beyond the limit of one city, and takes back in what no longer is.
    pub(super) fn settle(&mut self) {
        let [needs, offers] = &mut self.crowded;
        limit::leave_out(&mut self.needs, needs, |line| line.urgency.tier());
        limit::leave_out(&mut self.offers, offers, |_| 0);
    }
}

/// Puts an entry at its place; it replaces the one with its id.
pub(super) fn put<L>(entries: &mut Vec<Arc<Entry<L>>>, entry: Entry<L>) {
    match entries.binary_search_by(|one| one.id.cmp(&entry.id)) {
        Ok(at) => entries[at] = Arc::new(entry),
        Err(at) => entries.insert(at, Arc::new(entry)),
    }
}

/// Takes the entries of a record out.
pub(super) fn take_out<L>(entries: &mut Vec<Arc<Entry<L>>>, record: &RecordId) -> Vec<Arc<Entry<L>>> {
    let begin = entries.partition_point(|one| one.id.record < *record);
    let end = entries.partition_point(|one| one.id.record <= *record);
    entries.drain(begin..end).collect()
}

fn share<L: PartialEq>(entries: &mut [Arc<Entry<L>>], before: &[Arc<Entry<L>>]) {
    for entry in entries {
        if let Some(same) = find(before, &entry.id).map(|at| &before[at]).filter(|same| *same == entry) {
            *entry = Arc::clone(same);
        }
    }
}

fn find<L>(entries: &[Arc<Entry<L>>], id: &LineId) -> Option<usize> {
    entries.binary_search_by(|entry| entry.id.cmp(id)).ok()
}
