//! The plan: suggestions of who gives whom how much, by family, with digests by which nodes compare.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::domain::id::LineId;
use crate::domain::item::{CATALOGUE_VERSION, Catalogue, ItemCode};
use crate::domain::kind::Kind;
use crate::domain::need::Urgency;
use crate::domain::quantity::{Amount, Positive, Unit};
use crate::matching::bundles;
use crate::matching::digest::{self, Digest};
use crate::matching::exact::Network;
use crate::matching::family::{Family, FamilyKey};
use crate::matching::geography::Distances;
use crate::matching::pair;
use crate::matching::part::{Given, Kept, Part};
use crate::matching::rank::{self, Price};
use crate::matching::reason::Reason;
use crate::matching::rule::RULE_VERSION;
use crate::matching::suggestions::{self, Suggestions};
use crate::matching::transport::Carriage;
use crate::matching::view::{Epoch, View};

/// Suggestions, with the view that they were computed from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of the shared suggestions.
    pub digest: Digest,
    /// Of the shared lines and the rule. Equal inputs with unequal plans are an alarm.
    pub input_digest: Digest,
    /// By which rule.
    pub rule_version: &'static str,
    /// By which catalogue.
    pub catalogue_version: &'static str,
    /// What counted as now.
    pub epoch: Epoch,
    pub(super) view: View,
    pub(super) parts: BTreeMap<FamilyKey, Arc<Part>>,
    suggestions: Arc<OnceLock<Vec<Arc<Match>>>>,
    /// By need line and offer line.
    carriages: Arc<OnceLock<BTreeMap<(LineId, LineId), Carriage>>>,
}

/// A suggestion: this much of that offer line for this need line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Follows from the two lines.
    pub id: MatchId,
    /// For whom.
    pub need_line: LineId,
    /// From whom.
    pub offer_line: LineId,
    /// How much.
    pub amount: Positive,
    /// Of what unit.
    pub unit: Unit,
    /// What would be sent.
    pub item: ItemCode,
    /// What it is about.
    pub kind: Kind,
    /// The tier in force.
    pub tier: Urgency,
    /// How far, if that is known.
    pub distance_km: Option<u32>,
    /// Between drills.
    pub exercise: bool,
    /// Known to this node only, because one of the lines is private or a group's.
    pub local: bool,
    /// What its rank follows from.
    pub standing: Standing,
}

/// What orders suggestions. It follows from a suggestion alone, so it stays the same while others come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// What only this node knows comes after what all share.
    pub local: bool,
    /// The tier in force.
    pub tier: u8,
    /// In kilometres, penalties included.
    pub cost: u32,
    /// Among equals: a hash of the two lines.
    pub tie: u64,
    /// Among those, too.
    pub id: MatchId,
}

/// The id of a suggestion, the same on every node and in every plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchId([u8; 16]);

/// A text that names no suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected 32 lower-case hexadecimal digits")]
pub struct MatchIdError;

/// Computes the plan. The same view gives the same plan, whatever the order of its sources was.
#[must_use]
pub fn plan(view: &View, catalogue: &Catalogue) -> Plan {
    whole(view, |family, distances| Part::of(view, catalogue, distances, family, &mut Kept::default()))
}

/// Computes the plan with as many units as can be served, tier by tier and step by step, in the shortest ways. Families
/// beyond [`EXACT_PAIRS_MAX`](super::EXACT_PAIRS_MAX) pairs, and private lines, are planned as by [`plan`].
#[must_use]
pub fn exact(view: &View, catalogue: &Catalogue) -> Plan {
    whole(view, |family, distances| Part::exact(view, catalogue, distances, family))
}

/// The network of each family that [`exact`] would solve, shared lines only: for those who want to hold it against another
/// solver.
#[must_use]
pub fn networks(view: &View, catalogue: &Catalogue) -> Vec<Network> {
    let mut distances = Distances::default();
    let families = view.families.values();
    let networks = families.filter_map(|family| Part::network(view, catalogue, &mut distances, family));
    networks.collect()
}

fn whole(view: &View, mut part: impl FnMut(&Family, &mut Distances) -> Part) -> Plan {
    let mut distances = Distances::default();
    let parts = view.families.iter();
    let parts = parts.map(|(key, family)| (key.clone(), Arc::new(part(family, &mut distances)))).collect();
    Plan::new(view.clone(), parts)
}

impl Plan {
    /// The plan that consists of these parts.
    pub(super) fn new(view: View, parts: BTreeMap<FamilyKey, Arc<Part>>) -> Self {
        Self {
            digest: digest::of_plan(&parts),
            input_digest: digest::of_input(&view, &parts),
            rule_version: RULE_VERSION,
            catalogue_version: CATALOGUE_VERSION,
            epoch: view.epoch,
            view,
            parts,
            suggestions: Arc::default(),
            carriages: Arc::default(),
        }
    }

    /// First those that every node shares, then those of this node's private and group lines; each by rank: tier, price,
    /// id.
    #[must_use]
    pub fn suggestions(&self) -> Suggestions<'_> {
        let lists = || self.parts.iter().map(|(key, part)| part.suggestions(&self.view.families[key]));
        Suggestions::new(self.suggestions.get_or_init(|| suggestions::merge(lists())))
    }

    /// What this plan was computed from.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// What speaks for a suggestion of this plan, for people to check.
    #[must_use]
    pub fn supports(&self, catalogue: &Catalogue, matched: &Match) -> Vec<Reason> {
        let lines = (self.view.need(&matched.need_line), self.view.offer(&matched.offer_line));
        let (Some(need), Some(offer)) = lines else { return Vec::new() };
        rank::supports(&pair::of(&self.view, catalogue, need, offer), catalogue)
    }

    /// Works out ranks and carriages now rather than when they are first asked for: both take a while, and who asks first may
    /// be where nothing may wait.
    pub fn work_out(&self) {
        self.carriages();
    }

    /// The families in which the bound of work was reached, so that suggestions may be missing, each by its smallest item code.
    pub fn cut_short(&self) -> impl Iterator<Item = &ItemCode> {
        self.parts.iter().filter(|(_, part)| part.cut_short).map(|(key, _)| &key.component)
    }

    /// The suggestion with this id.
    #[must_use]
    pub fn suggestion(&self, id: MatchId) -> Option<&Match> {
        self.suggestions().iter().find(|one| one.id == id)
    }

    /// What carries a suggestion of goods, or why nothing does.
    #[must_use]
    pub fn carriage(&self, matched: &Match) -> Option<&Carriage> {
        self.carriages().get(&(matched.need_line.clone(), matched.offer_line.clone()))
    }

    fn carriages(&self) -> &BTreeMap<(LineId, LineId), Carriage> {
        self.carriages.get_or_init(|| {
            let all = bundles::carriages(self).into_iter();
            all.map(|one| ((one.need_line.clone(), one.offer_line.clone()), one)).collect()
        })
    }

    /// Everything that is given, by rank, with its family.
    pub(super) fn ranked(&self) -> Vec<(&Given, &Family)> {
        let (mut shared, mut local) = (Vec::new(), Vec::new());
        for (key, part) in &self.parts {
            let family = &*self.view.families[key];
            shared.extend(part.shared.iter().chain(&part.open_ended).map(|given| (given, family)));
            local.extend(part.local.iter().map(|given| (given, family)));
        }
        // Each part comes in order, so this merges; ids take a hash and hardly ever decide.
        shared.sort_by(by_rank);
        local.sort_by(by_rank);
        shared.append(&mut local);
        shared
    }
}

fn by_rank(one: &(&Given, &Family), other: &(&Given, &Family)) -> Ordering {
    let id = |(given, family): &(&Given, &Family)| {
        MatchId::of(&family.needs[given.need as usize].id, &family.offers[given.offer as usize].id)
    };
    let key = |(given, _): &(&Given, &Family)| (given.tier, given.price);
    key(one).cmp(&key(other)).then_with(|| id(one).cmp(&id(other)))
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        let key = |plan: &Self| (plan.digest, plan.input_digest, plan.epoch);
        key(self) == key(other) && self.suggestions() == other.suggestions()
    }
}

impl Eq for Plan {}

impl Match {
    pub(super) fn of(given: &Given, family: &Family) -> Self {
        let (need, offer) = (&family.needs[given.need as usize], &family.offers[given.offer as usize]);
        let (id, local) = (MatchId::of(&need.id, &offer.id), !need.is_shared() || !offer.is_shared());
        let Price { cost, tie } = given.price;
        Self {
            id,
            need_line: need.id.clone(),
            offer_line: offer.id.clone(),
            amount: given.amount,
            unit: offer.line.quantity.unit.clone(),
            item: offer.line.item.clone(),
            kind: offer.line.kind,
            tier: need.line.urgency,
            distance_km: given.km,
            exercise: need.exercise,
            local,
            standing: Standing { local, tier: given.tier, cost, tie, id },
        }
    }

    /// The sum of what these suggestions give.
    pub(super) fn total<'a>(matches: impl IntoIterator<Item = &'a Self>) -> Amount {
        matches.into_iter().map(|one| one.amount.amount()).sum()
    }
}

impl MatchId {
    /// The id of the suggestion for this pair.
    #[must_use]
    pub fn of(need_line: &LineId, offer_line: &LineId) -> Self {
        let hash = Sha256::digest(format!("match {need_line} {offer_line}"));
        Self(hash[..16].try_into().expect("a SHA-256 has more than 16 bytes"))
    }
}

impl FromStr for MatchId {
    type Err = MatchIdError;

    fn from_str(text: &str) -> Result<Self, MatchIdError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| MatchIdError)?;
        bytes.try_into().map(Self).map_err(|_| MatchIdError)
    }
}

impl fmt::Display for MatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}
