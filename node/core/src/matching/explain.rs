//! Explanations: which suggestions concern a line, and for the nearest others what stands in the way. The test of an
//! explanation: remove the named cause, and the result changes.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::id::LineId;
use crate::domain::item::same_heading;
use crate::domain::item::{Catalogue, ItemCode};
use crate::domain::kind::Kind;
use crate::domain::lines::Line;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::domain::quantity::Amount;
use crate::matching::entry::{Entry, Readiness};
use crate::matching::family::{Family, FamilyKey};
use crate::matching::pair;
use crate::matching::plan::{Match, Plan};
use crate::matching::rank::Price;
use crate::matching::reason::{Reason, RuleCode};
use crate::matching::rule::Pair;
use crate::matching::view::View;

/// The most blocked candidates of one explanation: what a person takes in at once.
pub const CANDIDATES_MAX: usize = 3;

/// The most lines that one explanation holds against the one asked about, those of its own family first: some tens of
/// milliseconds. The nearest three of so many are near.
const LOOKS_MAX: usize = 20_000;

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Who can help with this need line, and who cannot.
    Need(LineId),
    /// Whom this offer line can help, and whom it cannot.
    Offer(LineId),
    /// This need line and this offer line.
    Pair(LineId, LineId),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The suggestions that concern what was asked, by rank.
    pub matches: Vec<Match>,
    /// Those that came nearest without being suggested, at most [`CANDIDATES_MAX`].
    pub blocked: Vec<Candidate>,
}

/// A pair that is not suggested, or one line for which there is no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The need line, unless none is near the offer line.
    pub need_line: Option<LineId>,
    /// The offer line, unless none is near the need line.
    pub offer_line: Option<LineId>,
    /// What the line is about; `None` if the view does not hold it.
    pub kind: Option<Kind>,
    /// What stands in the way, the decisive reason first. If there are several, each of them must go.
    pub reasons: Vec<Reason>,
}

/// How near a blocked pair came: fewest reasons, then the order of the plan, then ids.
type Nearness = (usize, u8, Price, LineId, LineId);

/// Explains a line or a pair, from a plan.
#[must_use]
pub fn explain(catalogue: &Catalogue, plan: &Plan, subject: &Subject) -> Explanation {
    let concerns = |one: &&Match| match subject {
        Subject::Need(need) => one.need_line == *need,
        Subject::Offer(offer) => one.offer_line == *offer,
        Subject::Pair(need, offer) => one.need_line == *need && one.offer_line == *offer,
    };
    let matches: Vec<_> = plan.suggestions().iter().filter(concerns).cloned().collect();
    let desk = Desk { view: plan.view(), catalogue, plan, matches: &matches };
    let blocked = match subject {
        Subject::Pair(..) if !matches.is_empty() => Vec::new(),
        Subject::Pair(need, offer) => vec![desk.pair(need, offer)],
        Subject::Need(need) => desk.need(need),
        Subject::Offer(offer) => desk.offer(offer),
    };
    Explanation { matches, blocked }
}

/// What every explanation looks at.
struct Desk<'a> {
    view: &'a View,
    catalogue: &'a Catalogue,
    plan: &'a Plan,
    /// The suggestions that concern what was asked.
    matches: &'a [Match],
}

impl Desk<'_> {
    fn pair(&self, need: &LineId, offer: &LineId) -> Candidate {
        let (need_entry, offer_entry) = (self.view.need(need), self.view.offer(offer));
        let (kind, reasons) = match (need_entry, offer_entry) {
            (Some(need), Some(offer)) => (Some(need.line.kind), self.reasons(&self.look_up(need, offer))),
            (found, _) => {
                let missing = if found.is_none() { need } else { offer };
                (found.map(|need| need.line.kind), vec![absent(missing)])
            }
        };
        Candidate { need_line: Some(need.clone()), offer_line: Some(offer.clone()), kind, reasons }
    }

    fn need(&self, id: &LineId) -> Vec<Candidate> {
        let alone = |kind, reason| {
            vec![Candidate { need_line: Some(id.clone()), offer_line: None, kind, reasons: vec![reason] }]
        };
        let Some(need) = self.view.need(id) else { return alone(None, absent(id)) };
        let kind = Some(need.line.kind);
        if let Some(code) = need.readiness.need_code() {
            return alone(kind, Reason::new(code));
        }
        let near = self.near(&need.line.item, |family| &family.offers);
        let blocked = self.nearest(near.map(|offer| (need, offer)));
        if blocked.is_empty() && self.matches.is_empty() {
            return alone(kind, Reason::new(RuleCode::NoOffers).with("asked", &need.line.item));
        }
        blocked
    }

    fn offer(&self, id: &LineId) -> Vec<Candidate> {
        let alone = |kind, reason| {
            vec![Candidate { need_line: None, offer_line: Some(id.clone()), kind, reasons: vec![reason] }]
        };
        let Some(offer) = self.view.offer(id) else { return alone(None, absent(id)) };
        let kind = Some(offer.line.kind);
        if let Some(code) =
            offer.readiness.offer_code().filter(|_| offer.readiness != Readiness::Unquantified)
        {
            return alone(kind, Reason::new(code));
        }
        let near = self.near(&offer.line.item, |family| &family.needs);
        let blocked = self.nearest(near.map(|need| (need, offer)));
        if blocked.is_empty() && self.matches.is_empty() {
            return alone(kind, Reason::new(RuleCode::NoNeeds).with("offered", &offer.line.item));
        }
        blocked
    }

    /// The lines that somebody who looks for an item would look at: those of its family, then those of its heading.
    fn near<'s, L: Line + 's>(
        &'s self,
        item: &'s ItemCode,
        lines: fn(&Family) -> &Vec<Arc<Entry<L>>>,
    ) -> impl Iterator<Item = &'s Entry<L>> + 's {
        let component = self.catalogue.component(item);
        let heading = self.catalogue.iter().filter(|other| same_heading(self.catalogue, item, &other.code));
        let heading: BTreeSet<&ItemCode> =
            heading.map(|other| self.catalogue.component(&other.code)).collect();
        let families = |own: bool| {
            let all = self.view.families.iter().filter(move |(key, _)| (key.component == *component) == own);
            all.flat_map(move |(key, family)| lines(family).iter().map(move |entry| (key, entry)))
        };
        let others = families(false).filter(move |(key, entry)| {
            heading.contains(&key.component) && same_heading(self.catalogue, item, entry.line.item())
        });
        families(true).chain(others).map(|(_, entry)| &**entry).take(LOOKS_MAX)
    }

    /// The pairs that are not suggested and have the fewest reasons against them. Lines that ended are left out,
    /// because nothing about them can change.
    fn nearest<'e>(
        &'e self,
        pairs: impl Iterator<Item = (&'e Entry<NeedLine>, &'e Entry<OfferLine>)>,
    ) -> Vec<Candidate> {
        // Reasons are told in the end, because each looks at the whole plan.
        let mut nearest: Vec<(Nearness, Pair<'_>)> = Vec::new();
        for (need, offer) in pairs {
            let ended = [need.readiness, offer.readiness].contains(&Readiness::Closed);
            if ended || self.is_suggested(&need.id, &offer.id) {
                continue;
            }
            let pair = self.look_up(need, offer);
            let nearness = (
                pair.blocks().len(),
                need.line.urgency.tier(),
                Price::of(&pair),
                need.id.clone(),
                offer.id.clone(),
            );
            if nearest.len() == CANDIDATES_MAX && nearest.last().is_some_and(|(last, _)| nearness > *last) {
                continue;
            }
            nearest.push((nearness, pair));
            nearest.sort_by(|(a, _), (b, _)| a.cmp(b));
            nearest.truncate(CANDIDATES_MAX);
        }
        let told = nearest.into_iter().map(|(_, pair)| Candidate {
            need_line: Some(pair.need.id.clone()),
            offer_line: Some(pair.offer.id.clone()),
            kind: Some(pair.need.line.kind),
            reasons: self.reasons(&pair),
        });
        told.collect()
    }

    fn is_suggested(&self, need: &LineId, offer: &LineId) -> bool {
        self.matches.iter().any(|one| one.need_line == *need && one.offer_line == *offer)
    }

    fn look_up<'p>(&'p self, need: &'p Entry<NeedLine>, offer: &'p Entry<OfferLine>) -> Pair<'p> {
        pair::of(self.view, self.catalogue, need, offer)
    }

    fn reasons(&self, pair: &Pair<'_>) -> Vec<Reason> {
        let blocks = pair.blocks();
        if blocks.is_empty() { vec![self.rivalry(pair)] } else { blocks }
    }

    /// Why a possible pair is not suggested: others came first.
    fn rivalry(&self, pair: &Pair<'_>) -> Reason {
        let (need, offer) = (pair.need, pair.offer);
        let suppliers = || self.plan.suggestions().iter().filter(|one| one.need_line == need.id);
        let takers = || self.plan.suggestions().iter().filter(|one| one.offer_line == offer.id);
        let asked = need.amount.unwrap_or(Amount::MAX);
        let lacking = asked.saturating_sub(Match::total(suppliers()));
        let free = offer.amount.unwrap_or_default().saturating_sub(Match::total(takers()));
        if lacking.is_zero() {
            return Reason::new(RuleCode::NeedServed);
        }
        if need.amount.is_none() && suppliers().next().is_some() {
            return Reason::new(RuleCode::NeedBestOnly);
        }
        if let Some(taker) =
            takers().max_by_key(|one| (one.amount, Reverse(one.standing))).filter(|_| free.is_zero())
        {
            return taken(need, taker);
        }
        if lacking.min(free) < pair.lot() {
            return Reason::new(RuleCode::LotLeft).with("left", lacking.min(free)).with("lot", pair.lot());
        }
        self.omission(need)
    }

    /// Why a pair is not suggested that could be.
    fn omission(&self, need: &Entry<NeedLine>) -> Reason {
        let part = self.plan.parts.get(&FamilyKey::of(&*need.line, need.exercise, self.catalogue));
        match part {
            Some(part) if part.held_back => {
                Reason::new(RuleCode::ShownLater).with("until", self.plan.epoch.end())
            }
            Some(part) if part.cut_short => Reason::new(RuleCode::Visits),
            _ => Reason::new(RuleCode::PassedBy),
        }
    }
}

/// This one takes what the need would like to have.
fn taken(need: &Entry<NeedLine>, taker: &Match) -> Reason {
    let code = match () {
        () if need.amount.is_none() => RuleCode::TakenByFigure,
        () if !need.is_shared() && !taker.local => RuleCode::TakenByShared,
        () if taker.tier < need.line.urgency => RuleCode::TakenByTier,
        () => RuleCode::TakenByOrder,
    };
    let reason = Reason::new(code).with("need_line", &taker.need_line).with("amount", taker.amount);
    reason.with("tier", taker.tier.tier())
}

fn absent(line: &LineId) -> Reason {
    Reason::new(RuleCode::LineAbsent).with("line", line)
}
