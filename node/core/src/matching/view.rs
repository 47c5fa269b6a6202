//! The view: the lines of needs and offers that a plan is computed from, in one order, with what each still lacks or
//! has free. Not the records themselves: texts, parties and money play no part in matching.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::domain::handle::Handle;
use crate::domain::id::{LineId, RecordId};
use crate::domain::item::Catalogue;
use crate::domain::lines::Line;
use crate::domain::need::{Need, NeedLine, NeedState};
use crate::domain::offer::{Offer, OfferLine, OfferState};
use crate::domain::place::{Country, Place};
use crate::domain::quantity::Amount;
use crate::domain::snapshot::{Audience, Snapshot};
use crate::domain::time::Instant;
use crate::matching::limit;
use crate::matching::reason::RuleCode;

/// How long an epoch lasts: plans are compared between nodes, so all of them must mean the same "now".
pub const EPOCH: Duration = Duration::from_mins(5);

/// The instant that a plan takes as now: the beginning of a span of [`EPOCH`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(Instant);

/// The records that a view is built from, each in its newest revision. Drafts are skipped.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Needs; those that ended are only of use to explanations.
    pub needs: BTreeMap<RecordId, Snapshot<Need>>,
    /// Offers; those that ended are only of use to explanations.
    pub offers: BTreeMap<RecordId, Snapshot<Offer>>,
    /// Where each city office sits; stands in for lines that name no place.
    pub places: BTreeMap<Handle, Place>,
    /// What is already agreed: on a need line what it lacks no more, on an offer line what is held and committed.
    pub counted: BTreeMap<LineId, Amount>,
}

/// What a plan is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub(super) home: Handle,
    pub(super) epoch: Epoch,
    /// By id, as the sources are: a line's place here is its place in every order.
    pub(super) needs: Vec<Entry<NeedLine>>,
    pub(super) offers: Vec<Entry<OfferLine>>,
    /// Need lines of tier 1 that count as tier 2, because their city has too many.
    pub(super) lowered: BTreeSet<LineId>,
}

/// A line with what matching must know of its record. The city is the owner of the line, never a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<L> {
    /// Which line.
    pub id: LineId,
    /// Who may see it.
    pub audience: Audience,
    /// A drill.
    pub exercise: bool,
    /// Whether it takes part.
    pub readiness: Readiness,
    /// What a need line lacks or an offer line has free; `None` when its owner gave no figure.
    pub amount: Option<Amount>,
    /// Where it must arrive or where it lies; where the office sits if the line does not say.
    pub place: Option<Place>,
    /// The country of the office, or of the line's place if the office states none.
    pub country: Option<Country>,
    /// The line as its owner wrote it, but for the urgency of a need line, which is the tier in force.
    pub line: L,
    pub(super) seed: u64,
}

/// Whether a line takes part in planning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readiness {
    /// It does.
    Ready,
    /// No figure was given: it is shown as a candidate, but nothing can be planned for it.
    Unquantified,
    /// Nothing is lacking, or nothing is free.
    Settled,
    /// The need waits.
    OnHold,
    /// The offer's owner has not confirmed it for too long.
    Stale,
    /// The record ended.
    Closed,
    /// Its city has more lines of this family than are planned for one city.
    OverLimit,
    /// The record takes over another one that is still live: only one of the two counts, and that is the older.
    TakesOver,
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
}

impl View {
    /// The view of the node `home` at this epoch.
    #[must_use]
    pub fn new(home: Handle, epoch: Epoch, sources: &Sources, catalogue: &Catalogue) -> Self {
        let needs = sources.needs.values().filter(|need| !need.record.state.is_unpublished());
        let offers = sources.offers.values().filter(|offer| offer.record.state != OfferState::Draft);
        let mut view = Self {
            home,
            epoch,
            needs: needs.flat_map(|need| sources.need_entries(need)).collect(),
            offers: offers.flat_map(|offer| sources.offer_entries(offer, epoch)).collect(),
            lowered: BTreeSet::new(),
        };
        limit::apply(&mut view, catalogue);
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
        self.needs.binary_search_by(|entry| entry.id.cmp(id)).ok().map(|at| &self.needs[at])
    }

    /// The offer line with this id, if the view holds it.
    #[must_use]
    pub fn offer(&self, id: &LineId) -> Option<&Entry<OfferLine>> {
        self.offers.binary_search_by(|entry| entry.id.cmp(id)).ok().map(|at| &self.offers[at])
    }
}

impl<L> Entry<L> {
    /// The city it belongs to.
    #[must_use]
    pub fn city(&self) -> &Handle {
        self.id.owner()
    }

    /// Whether every member of the federation can hold it, so that it belongs to the plan that all compare.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.audience == Audience::Federation
    }
}

impl Readiness {
    fn of(open: bool, amount: Option<Amount>) -> Self {
        match amount {
            _ if !open => Self::Closed,
            None => Self::Unquantified,
            Some(Amount::ZERO) => Self::Settled,
            Some(_) => Self::Ready,
        }
    }

    /// Why a need line takes no part; `None` if it does.
    pub(super) fn need_code(self) -> Option<RuleCode> {
        match self {
            Self::Ready => None,
            Self::Unquantified => Some(RuleCode::NeedUnquantified),
            Self::Settled => Some(RuleCode::NeedCovered),
            Self::OnHold => Some(RuleCode::NeedOnHold),
            Self::Stale | Self::Closed => Some(RuleCode::NeedClosed),
            Self::OverLimit => Some(RuleCode::NeedOverLimit),
            Self::TakesOver => Some(RuleCode::NeedTakesOver),
        }
    }

    /// Why an offer line takes no part; `None` if it does.
    pub(super) fn offer_code(self) -> Option<RuleCode> {
        match self {
            Self::Ready => None,
            Self::Unquantified => Some(RuleCode::OfferUnquantified),
            Self::Settled => Some(RuleCode::OfferExhausted),
            Self::Stale => Some(RuleCode::OfferStale),
            Self::OnHold | Self::Closed => Some(RuleCode::OfferClosed),
            Self::OverLimit => Some(RuleCode::OfferOverLimit),
            Self::TakesOver => Some(RuleCode::OfferTakesOver),
        }
    }
}

impl Sources {
    fn need_entries(&self, need: &Snapshot<Need>) -> impl Iterator<Item = Entry<NeedLine>> {
        let taken_over = need.record.common.continues.as_ref().and_then(|id| self.needs.get(id));
        let waits = taken_over.is_some_and(|other| other.record.state.is_live());
        need.record.lines.iter().map(move |line| {
            let entry = self.entry(need, need.record.common.exercise, line, line.deliver_to.as_ref());
            let readiness = match need.record.state {
                NeedState::OnHold => Readiness::OnHold,
                NeedState::Open if waits => Readiness::TakesOver,
                _ => Readiness::of(need.record.state == NeedState::Open, entry.amount),
            };
            Entry { readiness, ..entry }
        })
    }

    fn offer_entries(&self, offer: &Snapshot<Offer>, epoch: Epoch) -> impl Iterator<Item = Entry<OfferLine>> {
        let open = offer.record.state == OfferState::Open;
        let stale = open && offer.record.is_stale(epoch.begin());
        let taken_over = offer.record.common.continues.as_ref().and_then(|id| self.offers.get(id));
        let waits = open && taken_over.is_some_and(|other| other.record.state == OfferState::Open);
        offer.record.lines.iter().map(move |line| {
            let entry = self.entry(offer, offer.record.common.exercise, line, line.available_at.as_ref());
            let readiness = match () {
                () if waits => Readiness::TakesOver,
                () if stale => Readiness::Stale,
                () => Readiness::of(open, entry.amount),
            };
            Entry { readiness, ..entry }
        })
    }

    fn entry<R, L: Line + Clone>(
        &self,
        record: &Snapshot<R>,
        exercise: bool,
        line: &L,
        place: Option<&Place>,
    ) -> Entry<L> {
        let id = record.line_id(line.number());
        let office = self.places.get(id.owner());
        let counted = self.counted.get(&id).copied().unwrap_or_default();
        Entry {
            audience: record.audience.clone(),
            exercise,
            readiness: Readiness::Ready,
            amount: line.quantity().cap().map(|cap| cap.saturating_sub(counted)),
            place: place.or(office).cloned(),
            country: office.or(place).and_then(|place| place.area.country()),
            line: line.clone(),
            seed: seed(&id),
            id,
        }
    }
}

/// The first eight bytes of the SHA-256 of the id: what ties are broken by.
fn seed(id: &LineId) -> u64 {
    let hash = Sha256::digest(id.to_string());
    u64::from_be_bytes(hash[..8].try_into().expect("a SHA-256 has more than eight bytes"))
}
