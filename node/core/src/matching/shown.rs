//! What is shown: a plan that people can act on, because it does not jump under their hands.
//!
//! A family's suggestions are shown anew when an epoch begins, and where this city itself changed a line. Before that, what is
//! life-saving shows at once, what holds no more goes, everything else that was shown stays as it is, and what is new appears
//! where these leave enough.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::handle::Handle;
use crate::domain::quantity::Amount;
use crate::matching::digest::{self, Digest};
use crate::matching::entry::{Entry, Readiness};
use crate::matching::family::Family;
use crate::matching::part::{Given, Part};
use crate::matching::plan::{Match, MatchId, Plan};
use crate::matching::suggestions::Listed;

/// How a suggestion differs from the one shown before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not shown before.
    Added(Match),
    /// It is shown no more.
    Removed(Match),
    /// It gives another amount or item, from elsewhere, in another tier, or travels another way than this one before.
    Updated {
        /// As it is now.
        now: Match,
        /// As it was.
        before: Box<Match>,
    },
}

impl Plan {
    /// What is to be shown of this plan to who was shown `before`. Lines are shown as they are now in any case.
    #[must_use]
    pub fn shown_after(&self, before: &Self) -> Self {
        if self.epoch != before.epoch {
            return self.clone();
        }
        let mut parts = self.parts.clone();
        for (key, next) in &mut parts {
            let Some((part, old)) = before.parts.get(key).zip(before.view.families.get(key)) else {
                continue;
            };
            let new = &self.view.families[key];
            if Arc::ptr_eq(old, new) {
                *next = Arc::clone(part);
            } else if let Some(held_back) = (Step { old, new, part, next }).held_back(&self.view.home) {
                *next = Arc::new(held_back);
            }
        }
        Self::new(self.view.clone(), parts)
    }

    /// How this plan differs from the one shown before, by rank, what is gone last. A rank and a day of arrival move with
    /// what others do and with the clock, so they alone are no change.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<Change> {
        let known: BTreeMap<MatchId, &Match> = before.suggestions().iter().map(|one| (one.id, one)).collect();
        let now: BTreeSet<MatchId> = self.suggestions().iter().map(|one| one.id).collect();
        let new = self.suggestions().iter().filter_map(|one| match known.get(&one.id) {
            None => Some(Change::Added(one.clone())),
            Some(old) if self.says_the_same(one, before, old) => None,
            Some(old) => Some(Change::Updated { now: one.clone(), before: Box::new((*old).clone()) }),
        });
        let gone = before.suggestions().iter().filter(|one| !now.contains(&one.id));
        new.chain(gone.map(|one| Change::Removed(one.clone()))).collect()
    }

    fn says_the_same(&self, one: &Match, before: &Self, old: &Match) -> bool {
        let said = |one: &Match| (one.amount, one.tier, one.distance_km);
        let ways = (self.carriage(one), before.carriage(old));
        said(one) == said(old)
            && (&one.item, &one.unit) == (&old.item, &old.unit)
            && match ways {
                (Some(way), Some(old)) => way.is_like(old),
                (way, old) => way.is_none() && old.is_none(),
            }
    }
}

/// From what is shown of a family to what could be.
struct Step<'a> {
    old: &'a Family,
    new: &'a Family,
    part: &'a Part,
    next: &'a Part,
}

impl Step<'_> {
    /// What is shown of the family until the epoch ends; `None` if that is what the plan says.
    fn held_back(&self, home: &Handle) -> Option<Part> {
        if self.changes_a_line_of(home) {
            return None;
        }
        let mut showing = Showing::of(self.new);
        let is_urgent = |one: &&Given| one.tier == 1;
        let mut shared = showing.take(self.next.shared.iter().filter(is_urgent).copied());
        let mut local = showing.take(self.next.local.iter().filter(is_urgent).copied());
        let kept = |all: &[Given]| -> Vec<Given> {
            all.iter().filter(|one| !is_urgent(one)).filter_map(|one| self.holding(one)).collect()
        };
        shared.extend(showing.take(kept(&self.part.shared)));
        let mut open_ended = showing.take(self.part.open_ended.iter().filter_map(|one| self.holding(one)));
        local.extend(showing.take(kept(&self.part.local)));
        shared.extend(showing.take(self.next.shared.iter().copied()));
        open_ended.extend(showing.take(self.next.open_ended.iter().copied()));
        local.extend(showing.take(self.next.local.iter().copied()));
        for all in [&mut shared, &mut open_ended, &mut local] {
            all.sort_unstable_by_key(|one| (one.tier, one.price, one.need, one.offer));
        }
        let is_next =
            shared == self.next.shared && open_ended == self.next.open_ended && local == self.next.local;
        let public = [&shared[..], &open_ended[..]].concat();
        let output = digest::of_given(&public, |one| {
            [self.new.needs[one.need as usize].name, self.new.offers[one.offer as usize].name]
        });
        let (input, cut_short) = (self.next.input, self.next.cut_short);
        (!is_next).then_some(Part {
            shared,
            open_ended,
            local,
            input,
            output,
            cut_short,
            held_back: true,
            listed: Listed::default(),
        })
    }

    fn changes_a_line_of(&self, home: &Handle) -> bool {
        fn own<L>(entries: &[Arc<Entry<L>>], home: &Handle) -> Vec<(Digest, Readiness, bool)> {
            let begin = entries.partition_point(|entry| entry.city() < home);
            let own = entries[begin..].iter().take_while(|entry| entry.city() == home);
            own.map(|entry| (entry.content, entry.readiness, entry.lowered)).collect()
        }
        own(&self.old.needs, home) != own(&self.new.needs, home)
            || own(&self.old.offers, home) != own(&self.new.offers, home)
    }

    /// A suggestion that was shown, by the places of its lines as they are now; `None` if one of them takes no part any more
    /// or says something else.
    fn holding(&self, one: &Given) -> Option<Given> {
        let (old_need, old_offer) =
            (&self.old.needs[one.need as usize], &self.old.offers[one.offer as usize]);
        let (need_row, offer_row) = self.new.rows(&old_need.id, &old_offer.id)?;
        let (need, offer) = (&self.new.needs[need_row as usize], &self.new.offers[offer_row as usize]);
        let takes_part = (need.is_ready() || need.readiness == Readiness::Unquantified) && offer.is_ready();
        let says_the_same = old_need.line == need.line && old_offer.line == offer.line;
        let lies_the_same = old_need.place == need.place && old_offer.place == offer.place;
        let holds = takes_part && says_the_same && lies_the_same;
        holds.then_some(Given { need: need_row, offer: offer_row, ..*one })
    }
}

/// What is shown of a family in the making: what its lines still have to give and to take, and whose suggestions are there.
struct Showing {
    lacks: Vec<Amount>,
    free: Vec<Amount>,
    pairs: BTreeSet<(u32, u32)>,
}

impl Showing {
    /// Nothing is shown yet.
    fn of(family: &Family) -> Self {
        Self {
            lacks: family.needs.iter().map(|need| need.amount.unwrap_or(Amount::MAX)).collect(),
            free: family.offers.iter().map(|offer| offer.amount.unwrap_or_default()).collect(),
            pairs: BTreeSet::new(),
        }
    }

    /// Shows those suggestions that are not shown yet and whose lines have that much left.
    fn take(&mut self, all: impl IntoIterator<Item = Given>) -> Vec<Given> {
        all.into_iter().filter(|one| self.fits(one)).collect()
    }

    fn fits(&mut self, one: &Given) -> bool {
        let (lacks, free) = (&mut self.lacks[one.need as usize], &mut self.free[one.offer as usize]);
        let amount = one.amount.amount();
        let fits = *lacks >= amount && *free >= amount && self.pairs.insert((one.need, one.offer));
        if fits {
            (*lacks, *free) = (lacks.saturating_sub(amount), free.saturating_sub(amount));
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::Change;
    use crate::matching::tests::town::{CATALOGUE, Town};
    use crate::matching::{Plan, RuleCode, Subject, explain};

    /// What is shown at `home` after `first`, once the lines of `then` have come too, as offer, need and amount.
    fn shown(home: &str, first: &str, then: &str) -> String {
        let (before, after) = (plan(home, first), plan(home, &format!("{first} | {then}")));
        let shown = after.shown_after(&before);
        let one = |m: &crate::matching::Match| {
            format!("{}>{} {}", m.offer_line.owner(), m.need_line.owner(), m.amount)
        };
        shown.suggestions().iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn plan(home: &str, lines: &str) -> Plan {
        let mut town = Town::of(lines);
        town.home = home.parse().unwrap();
        town.plan()
    }

    #[test]
    fn what_is_new_shows_at_once_and_what_holds_stays_until_the_epoch_ends() {
        let first = "need N1 south masks 9 | offer O1 north masks 9";
        assert_eq!(
            shown("east", first, "need N2 far masks 5 | offer O2 far masks 5"),
            "far>far 5, north>south 9"
        );
        assert_eq!(
            shown("east", first, "offer O2 harbor masks 9"),
            "north>south 9",
            "the nearer offer waits"
        );
    }

    #[test]
    fn what_this_city_changes_and_what_saves_lives_shows_at_once() {
        let first = "need N1 south masks 9 | offer O1 north masks 9";
        assert_eq!(shown("harbor", first, "offer O2 harbor masks 9"), "harbor>south 9");
        assert_eq!(shown("east", first, "need N2 west masks 9 tier=1"), "north>west 9");
    }

    /// How what is suggested `then` differs from what is suggested `first`.
    fn changed(first: &str, then: &str) -> Vec<Change> {
        plan("east", then).changes_since(&plan("east", first))
    }

    #[test]
    fn another_tier_distance_or_way_of_travelling_is_a_change_also_if_the_amount_stays() {
        let first = "need N1 south masks 9 | offer O1 north masks 9";
        assert_eq!(changed(first, first), []);
        let truck = "offer O2 north transport.road 1 transport";
        for then in [
            "need N1 south masks 9 tier=2 | offer O1 north masks 9".to_owned(),
            "need N1 south masks 9 | offer O1 north masks 9 at=harbor".to_owned(),
            format!("{first} | {truck}"),
        ] {
            let changes = changed(first, &then);
            assert!(
                matches!(&changes[..], [Change::Updated { now, before }] if now.amount == before.amount),
                "{then}: {changes:?}"
            );
        }
    }

    #[test]
    fn what_saves_lives_moves_nobody_else() {
        let before =
            "need N1 south masks 9 | offer O1 north masks 9 | need N2 far masks 5 | offer O2 far masks 5";
        let then = "offer O3 harbor masks 9 | need N3 west masks 2 tier=1 | offer O4 west masks 2";
        assert_eq!(shown("east", before, then), "west>west 2, far>far 5, north>south 9");
        let scarce = "need N3 west masks 9 tier=1";
        assert_eq!(shown("east", before, scarce), "north>west 9, far>far 5");
    }

    #[test]
    fn what_holds_no_more_goes_at_once_also_where_the_rest_stays() {
        let before =
            "need N1 south masks 9 | offer O1 north masks 9 | need N2 far masks 5 | offer O2 far masks 5";
        let gone = "need N1 south masks 9 | offer O1 north masks 9 closed | need N2 far masks 5 | offer O2 far masks 5";
        let shown = plan("east", gone).shown_after(&plan("east", before));
        let suppliers: Vec<_> = shown.suggestions().iter().map(|m| m.offer_line.owner().as_str()).collect();
        assert_eq!(suppliers, ["far"]);
        assert!(shown.view().offers().any(|offer| !offer.is_ready()), "lines are shown as they are now");
    }

    #[test]
    fn what_is_kept_never_comes_to_more_than_the_line_has_left() {
        let lines = |counted: u32| {
            format!(
                "need N1 south masks 5 | need N2 harbor masks 5 | offer O1 north masks 10 counted={counted} | offer O2 far masks 9"
            )
        };
        let before = plan("east", &lines(0));
        let shown = plan("east", &lines(4)).shown_after(&before);
        let from_north = shown.suggestions().iter().filter(|m| m.offer_line.owner().as_str() == "north");
        assert!(from_north.map(|m| m.amount.get()).sum::<i64>() <= 6);
    }

    #[test]
    fn a_line_that_waits_for_the_epoch_says_so() {
        let first = "need N1 south masks 9 | offer O1 north masks 9";
        let (before, after) =
            (plan("east", first), format!("{first} | offer O2 harbor masks 9 | need N2 west masks 9"));
        let town = Town::of(&after);
        let shown = plan("east", &after).shown_after(&before);
        let subject = Subject::Need(town.lines["N2"].clone());
        let reasons = explain(&CATALOGUE, &shown, &subject).blocked.remove(0).reasons;
        assert_eq!(reasons[0].code, RuleCode::ShownLater);
        assert_eq!(reasons[0].parameters["until"], "2027-03-01T00:05:00Z");
    }

    #[test]
    fn when_the_epoch_ends_everything_is_shown_as_it_is() {
        let lines = "need N1 south masks 9 | offer O1 north masks 9";
        let before = plan("east", lines);
        let mut town = Town::of(&format!("{lines} | offer O2 harbor masks 9"));
        town.home = "east".parse().unwrap();
        town.now = "2027-03-01T00:05:00Z".parse().unwrap();
        let after = town.plan().shown_after(&before);
        let changes = after.changes_since(&before);
        assert!(matches!(&changes[..], [Change::Added(new), Change::Removed(old)]
            if new.offer_line.owner().as_str() == "harbor" && old.offer_line.owner().as_str() == "north"));
    }
}
