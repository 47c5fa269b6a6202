//! The planner: keeps a plan while records change. A change makes anew the families that it touches and no other; what comes
//! out equals the plan that the same records would give from nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::handle::Handle;
use crate::domain::id::{LineId, Number, RecordId};
use crate::domain::item::Catalogue;
use crate::domain::lines::Line;
use crate::domain::offer::OfferState;
use crate::domain::place::Place;
use crate::domain::quantity::Amount;
use crate::domain::snapshot::Snapshot;
use crate::matching::entry;
use crate::matching::family::FamilyKey;
use crate::matching::geography::Distances;
use crate::matching::part::{Kept, Part};
use crate::matching::plan::Plan;
use crate::matching::sources::{LeanNeed, LeanOffer, Partners, Sources};
use crate::matching::view::{Epoch, View};

/// Records, and the plan that follows from them.
#[derive(Debug)]
pub struct Planner {
    catalogue: Arc<Catalogue>,
    sources: Sources,
    /// Records by the one that they take over.
    heirs: BTreeMap<RecordId, BTreeSet<RecordId>>,
    view: View,
    distances: Distances,
    parts: BTreeMap<FamilyKey, Arc<Part>>,
    /// What makes planning a family again faster than the first time.
    kept: BTreeMap<FamilyKey, Kept>,
    touched: BTreeSet<FamilyKey>,
}

impl Planner {
    /// A planner for the node `home`, without any records.
    #[must_use]
    pub fn new(home: Handle, epoch: Epoch, catalogue: Arc<Catalogue>) -> Self {
        Self {
            view: View::new(home, epoch, &Sources::default(), &catalogue),
            catalogue,
            sources: Sources::default(),
            heirs: BTreeMap::new(),
            distances: Distances::default(),
            parts: BTreeMap::new(),
            kept: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }

    /// The records as they stand.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// A need in its newest revision.
    pub fn set_need(&mut self, need: Box<Snapshot<LeanNeed>>) {
        let id = need.id.clone();
        self.change(&id, |planner| {
            planner.inherit(&id, need.record.continues.as_ref());
            planner.sources.needs.insert(id.clone(), need);
        });
    }

    /// An offer in its newest revision.
    pub fn set_offer(&mut self, offer: Box<Snapshot<LeanOffer>>) {
        let id = offer.id.clone();
        self.change(&id, |planner| {
            planner.inherit(&id, offer.record.continues.as_ref());
            planner.sources.offers.insert(id.clone(), offer);
        });
    }

    /// A need or an offer takes no part any more, and nobody asks about it.
    pub fn remove(&mut self, id: &RecordId) {
        self.change(id, |planner| {
            planner.inherit(id, None);
            planner.sources.needs.remove(id);
            planner.sources.offers.remove(id);
        });
    }

    /// Where a city's office sits.
    pub fn set_place(&mut self, city: &Handle, place: Option<Place>) {
        if self.sources.places.get(city) == place.as_ref() {
            return;
        }
        match place {
            Some(place) => self.sources.places.insert(city.clone(), place),
            None => self.sources.places.remove(city),
        };
        self.records_of(city).iter().for_each(|id| self.change(id, |_| {}));
    }

    /// What is already agreed on a line.
    pub fn set_counted(&mut self, line: &LineId, counted: Amount) {
        if self.sources.counted.get(line).copied().unwrap_or_default() == counted {
            return;
        }
        if counted.is_zero() {
            self.sources.counted.remove(line);
        } else {
            self.sources.counted.insert(line.clone(), counted);
        }
        self.change(&line.record, |_| {});
    }

    /// Which cities are partners.
    pub fn set_partners(&mut self, partners: Partners) {
        let changed: BTreeSet<Handle> =
            self.sources.partners.changed(&partners).into_iter().cloned().collect();
        let touches = |city: &Handle| {
            let families = self.view.families.iter().filter(move |(_, family)| family.has_city(city));
            families.map(|(key, _)| key.clone()).collect::<Vec<_>>()
        };
        let touched: Vec<_> = changed.iter().flat_map(touches).collect();
        touched.iter().for_each(|key| drop(self.kept.remove(key)));
        self.touched.extend(touched);
        self.view.partners = Arc::new(partners.clone());
        self.sources.partners = partners;
    }

    /// Another epoch begins. Everything is planned anew, because time is in every price.
    pub fn turn_to(&mut self, epoch: Epoch) {
        if epoch == self.view.epoch {
            return;
        }
        self.begin_anew(epoch);
    }

    fn begin_anew(&mut self, epoch: Epoch) {
        let home = self.view.home.clone();
        self.parts.clear();
        self.kept.clear();
        self.distances = Distances::default();
        let mut view = View::new(home, epoch, &self.sources, &self.catalogue);
        view.share_with(&self.view);
        self.view = view;
        self.touched = self.view.families.keys().cloned().collect();
    }

    /// The plan of the records as they stand.
    pub fn plan(&mut self) -> Plan {
        if self.view.has_forgotten_places() {
            self.begin_anew(self.view.epoch);
        }
        let touched = std::mem::take(&mut self.touched);
        for key in touched {
            self.view.settle(&key);
            match self.view.families.get(&key) {
                Some(family) => {
                    let kept = self.kept.entry(key.clone()).or_default();
                    let (view, distances) = (&self.view, &mut self.distances);
                    let part = Part::of(view, &self.catalogue, distances, family, kept);
                    self.parts.insert(key, Arc::new(part));
                }
                None => {
                    self.parts.remove(&key);
                    self.kept.remove(&key);
                }
            }
        }
        Plan::new(self.view.clone(), self.parts.clone())
    }

    /// How many units are kept, of lines that there are and of some that there were.
    #[cfg(test)]
    pub(super) fn units_kept(&self) -> usize {
        self.kept.values().map(|kept| kept.roll.units()).sum()
    }

    /// Takes a record's lines out, changes something, and puts what then are its lines back in, with those of the records that
    /// take it over.
    fn change(&mut self, id: &RecordId, change: impl FnOnce(&mut Self)) {
        let mut concerned = self.heirs.get(id).cloned().unwrap_or_default();
        concerned.insert(id.clone());
        for id in &concerned {
            for key in self.keys(id) {
                self.view.take_out(&key, id, &mut self.touched);
            }
        }
        change(self);
        for id in &concerned {
            if let Some(need) = self.sources.needs.get(id) {
                let entries = entry::of_need(&self.sources, need);
                self.view.put_needs(entries, &self.catalogue, &mut self.touched);
            }
            if let Some(offer) = self.sources.offers.get(id) {
                let entries = entry::of_offer(&self.sources, offer, self.view.epoch);
                self.view.put_offers(entries, &self.catalogue, &mut self.touched);
            }
        }
    }

    /// The families that a record's lines are in.
    fn keys(&self, id: &RecordId) -> BTreeSet<FamilyKey> {
        let need = self.sources.needs.get(id).filter(|need| !need.record.state.is_unpublished());
        let offer = self.sources.offers.get(id).filter(|offer| offer.record.state != OfferState::Draft);
        let needs = need
            .into_iter()
            .flat_map(|need| need.record.lines.iter().map(|line| self.key(line, need.record.exercise)));
        let offers = offer
            .into_iter()
            .flat_map(|offer| offer.record.lines.iter().map(|line| self.key(line, offer.record.exercise)));
        needs.chain(offers).collect()
    }

    fn key<L: Line>(&self, line: &L, exercise: bool) -> FamilyKey {
        FamilyKey::of(line, exercise, &self.catalogue)
    }

    /// Notes which record this one takes over now.
    fn inherit(&mut self, id: &RecordId, from: Option<&RecordId>) {
        let need = self.sources.needs.get(id).and_then(|need| need.record.continues.clone());
        let offer = self.sources.offers.get(id).and_then(|offer| offer.record.continues.clone());
        for before in need.into_iter().chain(offer) {
            if let Some(heirs) = self.heirs.get_mut(&before) {
                heirs.remove(id);
                if heirs.is_empty() {
                    self.heirs.remove(&before);
                }
            }
        }
        if let Some(from) = from {
            self.heirs.entry(from.clone()).or_default().insert(id.clone());
        }
    }

    fn records_of(&self, city: &Handle) -> BTreeSet<RecordId> {
        let first = RecordId::new(city.clone(), Number::FIRST);
        let needs = self.sources.needs.range(first.clone()..).map(|(id, _)| id);
        let offers = self.sources.offers.range(first..).map(|(id, _)| id);
        let own = |id: &&RecordId| id.owner == *city;
        needs.take_while(own).chain(offers.take_while(own)).cloned().collect()
    }
}
