//! The state of a plan in the making: what is lacking and free, who gives whom how much, and how far each city has come.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::domain::quantity::Amount;
use crate::matching::board::{Board, Scope};
use crate::matching::entry::Readiness;

/// One more than the last tier.
const TIERS: usize = 5;

/// So many flows of a line lie beside it: most lines have no more.
const FLOWS_INLINE: usize = 4;

/// Who gives whom how much, on one board.
pub(super) struct State {
    /// What each need line lacks; without a figure as much as there may be.
    pub(super) lacks: Vec<i64>,
    /// What each offer line has free.
    pub(super) free: Vec<i64>,
    /// What each need line gets, by offer.
    pub(super) gets: Vec<SmallVec<[Flow; FLOWS_INLINE]>>,
    /// Whom each offer line gives to, by need.
    pub(super) takers: Vec<SmallVec<[Taker; FLOWS_INLINE]>>,
    /// The group of each need line.
    pub(super) group_of: Vec<u32>,
    /// The needs of one city in one tier.
    pub(super) groups: Vec<Group>,
}

/// What an offer line gives to a need line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) offer: u32,
    pub(super) amount: i64,
    pub(super) cost: u32,
}

/// A need line that an offer line gives to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taker {
    pub(super) need: u32,
    pub(super) cost: u32,
}

/// The needs of one city in one tier. Fairness is between these: every city gets its first unit of a tier before any gets
/// its second, its second before any gets its third and fourth, and so on by doubling steps. A step is counted in units and
/// not in parts of what is asked for, so that asking for more, or in more lines, does not bring forward what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) tier: u8,
    /// What the city has of the family in this tier: agreed before, or given in this plan.
    pub(super) reached: i64,
}

impl Group {
    /// The number of the step that the next unit belongs to.
    pub(super) fn step(self) -> u32 {
        i64::BITS - self.reached.leading_zeros()
    }

    /// How much of that step is left; the last one never ends, however much lines claim to have.
    pub(super) fn left(self) -> i64 {
        let end = 1_i64.checked_shl(self.step()).filter(|end| *end > 0);
        end.map_or(i64::MAX, |end| end - self.reached)
    }
}

impl State {
    /// Everything is still there.
    pub(super) fn new(board: &Board<'_>) -> Self {
        let mut numbers: BTreeMap<(u32, u8), u32> = BTreeMap::new();
        let mut groups = Vec::new();
        let mut group_of = Vec::with_capacity(board.needs.len());
        // Rows are by id, so those of a city stand together.
        for city in board.needs.chunk_by(|one, other| one.facts.city == other.facts.city) {
            let mut of_tier: [Option<u32>; TIERS] = [None; TIERS];
            for row in city {
                let tier = row.facts.figures.tier;
                group_of.push(*of_tier[usize::from(tier)].get_or_insert_with(|| {
                    groups.push(Group { tier, reached: 0 });
                    let number = u32::try_from(groups.len() - 1).expect("a view has fewer than 2^32 lines");
                    numbers.insert((row.facts.city, tier), number);
                    number
                }));
            }
        }
        let counted = board.roll.needs.facts().iter().filter(|facts| {
            let open =
                matches!(facts.readiness, Readiness::Ready | Readiness::Settled | Readiness::OverLimit);
            open && !facts.counted.is_zero() && (board.scope == Scope::Local || facts.is_shared)
        });
        for facts in counted {
            if let Some(number) = numbers.get(&(facts.city, facts.figures.tier)) {
                let reached = &mut groups[*number as usize].reached;
                *reached = reached.saturating_add(facts.counted.get());
            }
        }
        let amount = |amount: Option<Amount>| amount.unwrap_or_default().get();
        Self {
            lacks: board.needs.iter().map(|row| row.facts.amount.unwrap_or(Amount::MAX).get()).collect(),
            free: board.offers.iter().map(|row| amount(row.facts.amount)).collect(),
            gets: vec![SmallVec::new(); board.needs.len()],
            takers: vec![SmallVec::new(); board.offers.len()],
            group_of,
            groups,
        }
    }

    /// The group of a need line.
    pub(super) fn group(&self, need: u32) -> Group {
        self.groups[self.group_of[need as usize] as usize]
    }

    /// Gives a need line so much of an offer line.
    pub(super) fn serve(&mut self, need: u32, flow: Flow) {
        self.lacks[need as usize] -= flow.amount;
        self.free[flow.offer as usize] -= flow.amount;
        let reached = &mut self.groups[self.group_of[need as usize] as usize].reached;
        *reached = reached.saturating_add(flow.amount);
        self.add(need, flow);
    }

    /// Counts what another pass gave a need line already.
    pub(super) fn take_in(&mut self, need: usize, amount: i64) {
        self.lacks[need] -= amount;
        let reached = &mut self.groups[self.group_of[need] as usize].reached;
        *reached = reached.saturating_add(amount);
    }

    /// Adds to what an offer line gives to a need line, and to nothing else.
    pub(super) fn add(&mut self, need: u32, flow: Flow) {
        let gets = &mut self.gets[need as usize];
        match gets.iter_mut().find(|one| one.offer == flow.offer) {
            Some(one) => one.amount += flow.amount,
            None => {
                gets.push(flow);
                self.takers[flow.offer as usize].push(Taker { need, cost: flow.cost });
            }
        }
    }

    /// Takes from what an offer line gives to a need line, and from nothing else.
    pub(super) fn subtract(&mut self, need: u32, offer: u32, amount: i64) {
        let gets = &mut self.gets[need as usize];
        let at = gets.iter().position(|one| one.offer == offer).expect("only what is given is taken back");
        gets[at].amount -= amount;
        if gets[at].amount == 0 {
            gets.remove(at);
            self.takers[offer as usize].retain(|one| one.need != need);
        }
    }

    /// What an offer line gives to a need line.
    pub(super) fn flow(&self, need: u32, offer: u32) -> Option<Flow> {
        self.gets[need as usize].iter().find(|one| one.offer == offer).copied()
    }
}
