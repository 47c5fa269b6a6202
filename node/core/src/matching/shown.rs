//! What is shown: a plan that people can act on, because it does not jump under their hands.
//!
//! A family's suggestions are shown anew when an epoch begins. Before that they change only where nobody is misled by it: where
//! this city itself changed a line, where something life-saving changed, and where every suggestion that still holds stays as
//! it is, so that new ones appear and those that hold no more go at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::handle::Handle;
use crate::domain::id::LineId;
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::domain::quantity::Amount;
use crate::matching::digest::Digest;
use crate::matching::entry::{Entry, Readiness};
use crate::matching::family::Family;
use crate::matching::part::{Given, Part};
use crate::matching::plan::{Match, MatchId, Plan};

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
    /// What is to be shown of this plan to who was shown `before`.
    #[must_use]
    pub fn shown_after(&self, before: &Self) -> Self {
        if self.epoch != before.epoch {
            return self.clone();
        }
        let (mut view, mut parts) = (self.view.clone(), self.parts.clone());
        for (key, part) in &before.parts {
            let (old, new) = (&before.view.families[key], self.view.families.get(key));
            let may_change = match (new, self.parts.get(key)) {
                (Some(family), Some(next)) => {
                    part == next || Step { old, new: family, part, next }.may_be_taken(&self.view.home)
                }
                _ => true,
            };
            if !may_change {
                view.families.insert(key.clone(), Arc::clone(old));
                parts.insert(key.clone(), Arc::clone(part));
            }
        }
        Self::new(view, parts)
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

/// Who gives whom how much.
type Gift<'a> = (&'a LineId, &'a LineId, i64);

impl<'a> Step<'a> {
    fn may_be_taken(&self, home: &Handle) -> bool {
        self.changes_a_line_of(home) || self.changes_what_saves_lives() || self.moves_nothing_that_holds()
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

    fn changes_what_saves_lives(&self) -> bool {
        let of = |family: &'a Family, part: &'a Part| -> BTreeSet<Gift<'a>> {
            given(part).filter(|one| one.tier == 1).map(|one| gift(family, one)).collect()
        };
        of(self.old, self.part) != of(self.new, self.next)
    }

    fn moves_nothing_that_holds(&self) -> bool {
        let next: BTreeSet<Gift<'_>> = given(self.next).map(|one| gift(self.new, one)).collect();
        given(self.part).all(|one| {
            let gift = gift(self.old, one);
            next.contains(&gift) || !self.holds(gift)
        })
    }

    /// Whether both lines still have that much to give and to take, and say the same otherwise.
    fn holds(&self, (need, offer, amount): Gift<'_>) -> bool {
        let lines = self.new.need(need).zip(self.new.offer(offer));
        let takes_part = |(need, offer): &(&Entry<NeedLine>, &Entry<OfferLine>)| {
            (need.is_ready() || need.readiness == Readiness::Unquantified) && offer.is_ready()
        };
        let Some((need, offer)) = lines.filter(takes_part) else { return false };
        let least = need.amount.unwrap_or(Amount::MAX).min(offer.amount.unwrap_or_default());
        let before = self.old.need(&need.id).zip(self.old.offer(&offer.id));
        least.get() >= amount && before.is_some_and(|(n, o)| n.line == need.line && o.line == offer.line)
    }
}

fn given(part: &Part) -> impl Iterator<Item = &Given> {
    part.shared.iter().chain(&part.open_ended).chain(&part.local)
}

fn gift<'a>(family: &'a Family, one: &Given) -> Gift<'a> {
    (&family.needs[one.need as usize].id, &family.offers[one.offer as usize].id, one.amount.get())
}

#[cfg(test)]
mod tests {
    use super::Change;
    use crate::matching::Plan;
    use crate::matching::tests::town::Town;

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
