//! The view: the lines of needs and offers that a plan is computed from, by family, with what each still lacks or has free.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::item::Catalogue;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::domain::place::Place;
use crate::domain::time::Instant;
use crate::matching::entry::{self, Entry};
use crate::matching::family::{self, Family, FamilyKey};
use crate::matching::geography::Geography;
use crate::matching::limit::{Moved, TierOne};
use crate::matching::sources::{Partners, Sources};

/// How long an epoch lasts: plans are compared between nodes, so all of them must mean the same "now".
pub const EPOCH: Duration = Duration::from_mins(5);

/// Places of lines that changed are kept until an epoch ends or there are more of them than twice the lines and these: some
/// hundred KiB, so that a small view is not made from nothing for every second change.
const FORGOTTEN_PLACES_MAX: usize = 4_096;

/// The instant that a plan takes as now: the beginning of a span of [`EPOCH`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(Instant);

/// What a plan is computed from. Cheap to clone: what two clones have in common is kept once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub(super) home: Handle,
    pub(super) epoch: Epoch,
    pub(super) families: BTreeMap<FamilyKey, Arc<Family>>,
    pub(super) geography: Arc<Geography>,
    pub(super) partners: Arc<Partners>,
    tier_one: Arc<TierOne>,
}

impl Epoch {
    /// The epoch that `now` lies in.
    #[must_use]
    pub fn containing(now: Instant) -> Self {
        let span = i64::try_from(EPOCH.as_micros()).expect("five minutes fit");
        let begin = now.micros().div_euclid(span) * span;
        Self(Instant::from_micros(begin).unwrap_or(Instant::MIN))
    }

    /// Its first instant.
    #[must_use]
    pub fn begin(self) -> Instant {
        self.0
    }

    /// The first instant after it.
    #[must_use]
    pub fn end(self) -> Instant {
        self.0.plus(EPOCH)
    }
}

impl View {
    /// The view of the node `home` at this epoch.
    #[must_use]
    pub fn new(home: Handle, epoch: Epoch, sources: &Sources, catalogue: &Catalogue) -> Self {
        let mut view = Self {
            home,
            epoch,
            families: BTreeMap::new(),
            geography: Arc::default(),
            partners: Arc::new(sources.partners.clone()),
            tier_one: Arc::default(),
        };
        let mut touched = BTreeSet::new();
        for need in sources.needs.values() {
            view.put_needs(entry::of_need(sources, need), catalogue, &mut touched);
        }
        for offer in sources.offers.values() {
            view.put_offers(entry::of_offer(sources, offer, epoch), catalogue, &mut touched);
        }
        touched.iter().for_each(|key| view.settle(key));
        view
    }

    /// The instant that counts as now.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The need line with this id, if the view holds it.
    #[must_use]
    pub fn need(&self, id: &LineId) -> Option<&Entry<NeedLine>> {
        self.families.values().find_map(|family| family.need(id))
    }

    /// The offer line with this id, if the view holds it.
    #[must_use]
    pub fn offer(&self, id: &LineId) -> Option<&Entry<OfferLine>> {
        self.families.values().find_map(|family| family.offer(id))
    }

    /// Every need line.
    pub fn needs(&self) -> impl Iterator<Item = &Entry<NeedLine>> {
        self.families.values().flat_map(|family| &family.needs).map(|entry| &**entry)
    }

    /// Every offer line.
    pub fn offers(&self) -> impl Iterator<Item = &Entry<OfferLine>> {
        self.families.values().flat_map(|family| &family.offers).map(|entry| &**entry)
    }

    /// Puts need lines in and notes which families they touch; these are to be settled.
    pub(super) fn put_needs(
        &mut self,
        entries: Vec<Entry<NeedLine>>,
        catalogue: &Catalogue,
        touched: &mut BTreeSet<FamilyKey>,
    ) {
        for mut entry in entries {
            let key = FamilyKey::of(&*entry.line, entry.exercise, catalogue);
            entry.spot = self.spot(&mut entry.place);
            let moved = Arc::make_mut(&mut self.tier_one).join(&entry, &key);
            family::put(&mut self.family_mut(&key).needs, entry);
            touched.insert(key);
            moved.into_iter().for_each(|one| self.apply(&one, touched));
        }
    }

    /// Puts offer lines in and notes which families they touch; these are to be settled.
    pub(super) fn put_offers(
        &mut self,
        entries: Vec<Entry<OfferLine>>,
        catalogue: &Catalogue,
        touched: &mut BTreeSet<FamilyKey>,
    ) {
        for mut entry in entries {
            let key = FamilyKey::of(&*entry.line, entry.exercise, catalogue);
            entry.spot = self.spot(&mut entry.place);
            family::put(&mut self.family_mut(&key).offers, entry);
            touched.insert(key);
        }
    }

    /// Takes the lines of a record out of a family.
    pub(super) fn take_out(&mut self, key: &FamilyKey, record: &RecordId, touched: &mut BTreeSet<FamilyKey>) {
        if !self.families.contains_key(key) {
            return;
        }
        let family = self.family_mut(key);
        let needs = family::take_out(&mut family.needs, record);
        let offers = family::take_out(&mut family.offers, record);
        if needs.is_empty() && offers.is_empty() {
            return;
        }
        touched.insert(key.clone());
        let moved = Arc::make_mut(&mut self.tier_one).leave(&needs);
        moved.iter().for_each(|one| self.apply(one, touched));
    }

    /// Brings a family in order after its lines changed; an empty one goes.
    pub(super) fn settle(&mut self, key: &FamilyKey) {
        if self.families.get(key).is_some_and(|family| family.is_empty()) {
            self.families.remove(key);
        } else {
            self.family_mut(key).settle();
        }
    }

    /// Takes the lines that another view has just so from there: whoever still shows a plan of that one keeps it, and most lines
    /// say in the next epoch what they said in the last.
    pub(super) fn share_with(&mut self, before: &Self) {
        for (key, family) in &mut self.families {
            if let Some(before) = before.families.get(key) {
                Arc::make_mut(family).share_with(before);
            }
        }
    }

    /// Whether most of the places that are kept may belong to no line any more, so that a view from nothing is smaller.
    pub(super) fn has_forgotten_places(&self) -> bool {
        let lines: usize =
            self.families.values().map(|family| family.needs.len() + family.offers.len()).sum();
        self.geography.len() > 2 * lines + FORGOTTEN_PLACES_MAX
    }

    fn apply(&mut self, moved: &Moved, touched: &mut BTreeSet<FamilyKey>) {
        if let Some(entry) = self.family_mut(&moved.family).need_mut(&moved.line) {
            entry.lower(moved.lowered);
            touched.insert(moved.family.clone());
        }
    }

    fn family_mut(&mut self, key: &FamilyKey) -> &mut Family {
        Arc::make_mut(self.families.entry(key.clone()).or_default())
    }

    /// The number of a place, which is kept once.
    fn spot(&mut self, place: &mut Option<Arc<Place>>) -> Option<u32> {
        place.as_mut().map(|place| Arc::make_mut(&mut self.geography).number(place))
    }
}
