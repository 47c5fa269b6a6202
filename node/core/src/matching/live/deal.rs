//! Dealing: in every tier each city gets its next step before any gets the one after it, and within a step the cheapest pair
//! goes first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::iter::Peekable;
use std::vec::IntoIter;

use crate::matching::live::market::Market;
use crate::matching::live::mend::Mender;
use crate::matching::live::pass::Pass;
use crate::matching::rank::Price;
use crate::matching::state::Flow;

/// Which need line is served next within a step, and from where. The first comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    price: Price,
    need: u32,
    offer: u32,
}

/// How far the city of a need line has come: step, what it has, need. A city never falls back, so what is noted of it is
/// at most what is true.
type Standing = (u32, i64, u32);

/// Deals out everything, tier by tier.
pub(super) fn deal(pass: &mut Pass<'_, '_>, market: &mut Market<'_>) {
    let mut tiers: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for (need, row) in (0..).zip(&pass.board.needs) {
        tiers.entry(row.facts.figures.tier).or_default().push(need);
    }
    let mut mender = Mender::new(pass.board);
    for needs in tiers.into_values() {
        let mut table =
            Table { pass, market, mender: &mut mender, turns: Vec::new(), stuck: BinaryHeap::new() };
        for need in needs {
            table.line_up(need);
        }
        for step in 0.. {
            table.mend_before(step);
            let Some(turns) = table.turns.get_mut(step as usize).map(std::mem::take) else { break };
            table.deal_step(step, turns);
        }
        table.mend_before(u32::MAX);
    }
}

/// One tier while it is dealt out.
struct Table<'t, 'p, 'a, 'm> {
    pass: &'t mut Pass<'p, 'a>,
    market: &'t mut Market<'m>,
    mender: &'t mut Mender,
    /// Turns by their step.
    turns: Vec<Vec<Turn>>,
    /// Need lines that lack something and find nothing free.
    stuck: BinaryHeap<Reverse<Standing>>,
}

impl Table<'_, '_, '_, '_> {
    /// Gives a need line its next turn; if it finds nothing it is put aside.
    fn line_up(&mut self, need: u32) {
        if self.pass.state.lacks[need as usize] == 0 {
            return;
        }
        match self.market.next(self.pass, need) {
            Some((price, offer)) => self.put(Turn { price, need, offer }),
            None => self.stuck.push(Reverse(self.standing(need))),
        }
    }

    /// Puts a turn to those of the step that its city has come to.
    fn put(&mut self, turn: Turn) {
        let step = self.pass.state.group(turn.need).step() as usize;
        if self.turns.len() <= step {
            self.turns.resize_with(step + 1, Vec::new);
        }
        self.turns[step].push(turn);
    }

    /// Deals out a step, beginning with these turns: whose offer is gone before the step is done has another turn in it.
    fn deal_step(&mut self, step: u32, mut turns: Vec<Turn>) {
        turns.sort_unstable();
        let (mut turns, mut again) = (turns.into_iter().peekable(), BinaryHeap::new());
        while let Some(turn) = next_of(&mut turns, &mut again) {
            if self.pass.state.group(turn.need).step() > step {
                self.put(turn);
            } else {
                self.serve(turn);
                self.line_up(turn.need);
            }
            self.turns[step as usize].drain(..).for_each(|turn| again.push(Reverse(turn)));
        }
    }

    /// Serves a need line as far as its step goes, unless the offer is gone.
    fn serve(&mut self, Turn { price, need, offer }: Turn) {
        let state = &mut self.pass.state;
        let most = state.lacks[need as usize].min(state.free[offer as usize]);
        let lot = self.pass.board.lot(need, offer);
        if most > 0 && most >= lot {
            // What goes in lots goes at once, so that no step leaves less than a lot behind.
            let amount = if lot > 1 { most } else { most.min(state.group(need).left()) };
            state.serve(need, Flow { offer, amount, cost: price.cost });
        }
    }

    /// Reroutes for those who are stuck below a step, the city that has least first.
    fn mend_before(&mut self, step: u32) {
        while let Some(Reverse(noted)) = self.stuck.peek().copied().filter(|Reverse(noted)| noted.0 < step) {
            self.stuck.pop();
            let (_, _, need) = noted;
            if !self.mender.may_mend(self.pass.state, need) {
                continue;
            }
            if self.standing(need) == noted {
                let mended = self.mender.mend(self.pass, need);
                if !mended && self.pass.visits.is_spent() {
                    return;
                }
            }
            self.stuck.push(Reverse(self.standing(need)));
        }
    }

    fn standing(&self, need: u32) -> Standing {
        let group = self.pass.state.group(need);
        (group.step(), group.reached, need)
    }
}

/// The first of those in order and those on the heap.
fn next_of(turns: &mut Peekable<IntoIter<Turn>>, again: &mut BinaryHeap<Reverse<Turn>>) -> Option<Turn> {
    let is_first = |turn: &Turn| again.peek().is_none_or(|Reverse(other)| turn < other);
    turns.next_if(is_first).or_else(|| again.pop().map(|Reverse(turn)| turn))
}
