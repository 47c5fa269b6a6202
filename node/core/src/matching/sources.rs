//! Sources: the records that a view is built from.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::lines::Lines;
use crate::domain::need::{Need, NeedLine, NeedState};
use crate::domain::offer::{Offer, OfferLine, OfferState};
use crate::domain::place::Place;
use crate::domain::quantity::Amount;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Instant;

/// The records that a view is built from, each in its newest revision. Drafts are skipped.
///
/// There may be a million: each lies in a box, because a map keeps as much room for records that it has not.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Needs; those that ended are only of use to explanations.
    pub needs: BTreeMap<RecordId, Box<Snapshot<LeanNeed>>>,
    /// Offers; those that ended are only of use to explanations.
    pub offers: BTreeMap<RecordId, Box<Snapshot<LeanOffer>>>,
    /// Where each city office sits; stands in for lines that name no place.
    pub places: BTreeMap<Handle, Place>,
    /// What is already agreed: on a need line what it lacks no more, on an offer line what is held and committed.
    pub counted: BTreeMap<LineId, Amount>,
    /// Cities that both publish a partnership with the other.
    pub partners: Partners,
}

/// What matching looks at of a need; its texts, parties and values it never reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeanNeed {
    /// A drill.
    pub exercise: bool,
    /// Where it stands.
    pub state: NeedState,
    /// The record that it takes over.
    pub continues: Option<RecordId>,
    /// What is asked for.
    pub lines: Lines<NeedLine>,
}

/// What matching looks at of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeanOffer {
    /// A drill.
    pub exercise: bool,
    /// Where it stands.
    pub state: OfferState,
    /// The record that it takes over.
    pub continues: Option<RecordId>,
    /// When its owner last said that the stock is really there.
    pub confirmed: Instant,
    /// What is offered.
    pub lines: Lines<OfferLine>,
}

/// Cities of which each publishes an active partnership with the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partners(BTreeMap<Handle, BTreeSet<Handle>>);

impl Partners {
    /// From what each city says by itself: (owner, partner). Only what both say counts, and nobody is their own partner.
    #[must_use]
    pub fn of(published: &BTreeSet<(Handle, Handle)>) -> Self {
        let mut mutual: BTreeMap<Handle, BTreeSet<Handle>> = BTreeMap::new();
        for (one, other) in published {
            if one != other && published.contains(&(other.clone(), one.clone())) {
                mutual.entry(one.clone()).or_default().insert(other.clone());
            }
        }
        Self(mutual)
    }

    /// The partners of a city.
    #[must_use]
    pub fn of_city(&self, city: &Handle) -> Option<&BTreeSet<Handle>> {
        self.0.get(city)
    }

    /// Both directions of every partnership, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Handle, &Handle)> {
        self.0.iter().flat_map(|(one, others)| others.iter().map(move |other| (one, other)))
    }

    /// The cities whose partners differ between the two states.
    pub(super) fn changed<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a Handle> {
        let cities = self.0.keys().chain(other.0.keys());
        cities.filter(|city| self.0.get(*city) != other.0.get(*city)).collect()
    }
}

impl From<Need> for LeanNeed {
    fn from(need: Need) -> Self {
        let Need { common, state, lines, .. } = need;
        Self { exercise: common.exercise, state, continues: common.continues, lines }
    }
}

impl From<Offer> for LeanOffer {
    fn from(offer: Offer) -> Self {
        let Offer { common, state, lines, confirmed, .. } = offer;
        Self { exercise: common.exercise, state, continues: common.continues, confirmed, lines }
    }
}
