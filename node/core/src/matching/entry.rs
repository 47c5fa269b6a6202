//! Entries: what matching knows of one line of a need or an offer. Texts, parties and money play no part in it.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::domain::handle::Handle;
use crate::domain::id::LineId;
use crate::domain::lines::Line;
use crate::domain::need::{NeedLine, NeedState};
use crate::domain::offer::{OfferLine, OfferState, is_stale};
use crate::domain::place::{Country, Place};
use crate::domain::quantity::Amount;
use crate::domain::snapshot::{Audience, Snapshot};
use crate::matching::digest::{self, Digest};
use crate::matching::reason::RuleCode;
use crate::matching::sources::{LeanNeed, LeanOffer, Sources};
use crate::matching::view::Epoch;

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
    /// What is already agreed: of a need line what it lacks no more, of an offer line what is held and committed.
    pub counted: Amount,
    /// What a need line lacks or an offer line has free; `None` when its owner gave no figure.
    pub amount: Option<Amount>,
    /// Where it must arrive or where it lies; where the office sits if the line does not say. Lines of one place share it.
    pub place: Option<Arc<Place>>,
    /// The country of the office, or of the line's place if the office states none.
    pub country: Option<Country>,
    /// The line as its owner wrote it, shared with its record, but for the urgency of a need line, which is the tier in force.
    pub line: Arc<L>,
    /// It counts as tier 2, because its city has too many lines in tier 1.
    pub lowered: bool,
    /// The number of its place in the view's geography.
    pub(super) spot: Option<u32>,
    /// The SHA-256 of its id; ties are broken by its beginning.
    pub(super) name: Digest,
    /// The SHA-256 of everything that a plan could depend on, but for tier and readiness.
    pub(super) content: Digest,
}

/// Whether a line takes part in planning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readiness {
    /// It does.
    Ready,
    /// No figure was given: a need gets what is left when the others are served, an offer is only shown as a candidate.
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

    /// Whether it takes part in planning.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.readiness == Readiness::Ready
    }

    /// What ties are broken by.
    pub(super) fn seed(&self) -> u64 {
        u64::from_be_bytes(self.name.as_bytes()[..8].try_into().expect("a SHA-256 has more than eight bytes"))
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

    /// Whether a plan depends on such a line: it is planned, or shown what is left over, or what it has counts for its city.
    pub(super) fn takes_part(self) -> bool {
        matches!(self, Self::Ready | Self::Unquantified | Self::Settled)
    }

    /// Why a need line gets nothing; `None` if it may.
    pub(super) fn need_code(self) -> Option<RuleCode> {
        match self {
            Self::Ready | Self::Unquantified => None,
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

/// The entries of a need; none while it is not published.
pub(super) fn of_need(sources: &Sources, need: &Snapshot<LeanNeed>) -> Vec<Entry<NeedLine>> {
    if need.record.state.is_unpublished() {
        return Vec::new();
    }
    let taken_over = need.record.continues.as_ref().and_then(|id| sources.needs.get(id));
    let waits = taken_over.is_some_and(|other| other.record.state.is_live());
    let one = |line: &Arc<NeedLine>| {
        let place = line.deliver_to.as_ref();
        let mut entry = new(sources, need, need.record.exercise, line, place);
        entry.readiness = match need.record.state {
            NeedState::OnHold => Readiness::OnHold,
            NeedState::Open if waits => Readiness::TakesOver,
            _ => Readiness::of(need.record.state == NeedState::Open, entry.amount),
        };
        entry.content = digest::of_need(&entry);
        entry
    };
    need.record.lines.shared().map(one).collect()
}

/// The entries of an offer; none while it is a draft.
pub(super) fn of_offer(
    sources: &Sources,
    offer: &Snapshot<LeanOffer>,
    epoch: Epoch,
) -> Vec<Entry<OfferLine>> {
    if offer.record.state == OfferState::Draft {
        return Vec::new();
    }
    let open = offer.record.state == OfferState::Open;
    let stale = open && is_stale(epoch.begin(), offer.record.confirmed);
    let taken_over = offer.record.continues.as_ref().and_then(|id| sources.offers.get(id));
    let waits = open && taken_over.is_some_and(|other| other.record.state == OfferState::Open);
    let one = |line: &Arc<OfferLine>| {
        let place = line.available_at.as_ref();
        let mut entry = new(sources, offer, offer.record.exercise, line, place);
        entry.readiness = match () {
            () if waits => Readiness::TakesOver,
            () if stale => Readiness::Stale,
            () => Readiness::of(open, entry.amount),
        };
        entry.content = digest::of_offer(&entry);
        entry
    };
    offer.record.lines.shared().map(one).collect()
}

fn new<R, L: Line>(
    sources: &Sources,
    record: &Snapshot<R>,
    exercise: bool,
    line: &Arc<L>,
    place: Option<&Place>,
) -> Entry<L> {
    let id = record.line_id(line.number());
    let office = sources.places.get(id.owner());
    let counted = sources.counted.get(&id).copied().unwrap_or_default();
    let name = Digest::of_bytes(Sha256::digest(id.to_string()).into());
    Entry {
        audience: record.audience.clone(),
        exercise,
        readiness: Readiness::Ready,
        counted,
        amount: line.quantity().cap().map(|cap| cap.saturating_sub(counted)),
        place: place.or(office).cloned().map(Arc::new),
        country: office.or(place).and_then(|place| place.area.country()),
        line: Arc::clone(line),
        lowered: false,
        spot: None,
        content: name,
        name,
        id,
    }
}
