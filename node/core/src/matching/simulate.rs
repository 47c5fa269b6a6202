//! What if: the plan as it would be if a need or an offer of this city existed too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::item::Catalogue;
use crate::domain::need::Need;
use crate::domain::offer::Offer;
use crate::domain::place::Place;
use crate::domain::snapshot::Snapshot;
use crate::matching::entry;
use crate::matching::family::FamilyKey;
use crate::matching::geography::Distances;
use crate::matching::part::{Kept, Part};
use crate::matching::plan::Plan;
use crate::matching::sources::{LeanNeed, LeanOffer, Sources};
use crate::matching::view::View;

/// What is supposed to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supposed {
    /// A need.
    Need(Need),
    /// An offer.
    Offer(Offer),
}

impl Plan {
    /// The plan if this need existed too. `office` is where its city's office sits.
    #[must_use]
    pub fn with_need(
        &self,
        catalogue: &Catalogue,
        need: &Snapshot<LeanNeed>,
        office: Option<&Place>,
    ) -> Self {
        let entries = entry::of_need(&sources(need, office), need);
        self.with(catalogue, |view, touched| view.put_needs(entries, catalogue, touched))
    }

    /// The plan if this offer existed too. `office` is where its city's office sits.
    #[must_use]
    pub fn with_offer(
        &self,
        catalogue: &Catalogue,
        offer: &Snapshot<LeanOffer>,
        office: Option<&Place>,
    ) -> Self {
        let entries = entry::of_offer(&sources(offer, office), offer, self.epoch);
        self.with(catalogue, |view, touched| view.put_offers(entries, catalogue, touched))
    }

    fn with(&self, catalogue: &Catalogue, put: impl FnOnce(&mut View, &mut BTreeSet<FamilyKey>)) -> Self {
        let (mut view, mut parts, mut touched) = (self.view.clone(), self.parts.clone(), BTreeSet::new());
        put(&mut view, &mut touched);
        let mut distances = Distances::default();
        for key in touched {
            view.settle(&key);
            let family = &view.families[&key];
            let part = Part::of(&view, catalogue, &mut distances, family, &mut Kept::default());
            parts.insert(key, Arc::new(part));
        }
        Self::new(view, parts)
    }
}

/// All that a new line's entry depends on beside its own record: where the office is. Nothing is agreed on it yet.
fn sources<R>(record: &Snapshot<R>, office: Option<&Place>) -> Sources {
    let places = office.map(|place| (record.id.owner.clone(), place.clone()));
    Sources { places: BTreeMap::from_iter(places), ..Sources::default() }
}

#[cfg(test)]
mod tests {
    use crate::matching::tests::town::{CATALOGUE, Town};

    #[test]
    fn a_supposed_record_gives_the_plan_that_it_would_give_if_it_were_there() {
        let lines = "need N1 south masks 9 | offer O1 north masks 5 | need N2 east blankets 7";
        for more in ["offer O2 south masks 9", "need N3 north masks 4 tier=1", "offer O2 south tests 9"] {
            let (mut town, label) = (Town::of(lines), more.split(' ').nth(1).unwrap());
            let before = town.plan();
            town.add(more);
            let id = &town.lines[label].record;
            let office = town.sources.places.get(&id.owner);
            let supposed = match town.sources.needs.get(id) {
                Some(need) => before.with_need(&CATALOGUE, need, office),
                None => before.with_offer(&CATALOGUE, &town.sources.offers[id], office),
            };
            assert_eq!(supposed, town.plan(), "{more}");
        }
    }
}
