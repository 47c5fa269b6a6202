//! The two desks and the messages between them, as one value that can be compared, and its steps.

use super::*;

/// What somebody can do; each scenario allows each of them so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Request,
    Withdraw,
    Force,
    Refuse,
    ShrinkNeed,
    Hold,
    Answer,
    Decline,
    Release,
    EndHold,
    ShrinkOffer,
    Close,
}

/// Records by number, so that states are short lists of numbers.
#[derive(Debug)]
pub(super) struct Pool<T> {
    records: Vec<Snapshot<T>>,
    index: BTreeMap<Snapshot<T>, u16>,
}

/// Every record that ever came up in a walk.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) needs: Pool<Need>,
    pub(super) offers: Pool<Offer>,
    pub(super) requisitions: Pool<Requisition>,
    pub(super) commitments: Pool<Commitment>,
}

/// What one desk knows of the agreement: its own half and as much of the other's as has arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Desk {
    pub(super) asked: Vec<u16>,
    pub(super) promised: Vec<u16>,
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    pub(super) needs: Vec<u16>,
    pub(super) offers: Vec<u16>,
    pub(super) requester: Desk,
    pub(super) supplier: Desk,
    /// The requester's entries that have not arrived, oldest first.
    pub(super) to_supplier: VecDeque<u16>,
    /// The supplier's entries that have not arrived, oldest first.
    pub(super) to_requester: VecDeque<u16>,
    pub(super) allowances: BTreeMap<Act, u8>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { records: Vec::new(), index: BTreeMap::new() }
    }
}

impl<T: Clone + Ord> Pool<T> {
    pub(super) fn put(&mut self, record: Snapshot<T>) -> u16 {
        if let Some(known) = self.index.get(&record) {
            return *known;
        }
        let new = u16::try_from(self.records.len()).unwrap();
        self.records.push(record.clone());
        self.index.insert(record, new);
        new
    }

    pub(super) fn get(&self, number: u16) -> &Snapshot<T> {
        &self.records[usize::from(number)]
    }

    pub(super) fn all<'a>(&'a self, numbers: &'a [u16]) -> impl Iterator<Item = &'a Snapshot<T>> + Clone {
        numbers.iter().map(|number| self.get(*number))
    }

    fn owned(&self, numbers: &[u16]) -> Vec<Snapshot<T>> {
        self.all(numbers).cloned().collect()
    }

    /// Replaces the older revision of the same record, or adds a new record.
    fn fold(&self, numbers: &mut Vec<u16>, new: u16) {
        match numbers.iter_mut().find(|old| self.get(**old).id == self.get(new).id) {
            Some(old) => *old = new,
            None => numbers.push(new),
        }
    }
}

impl World {
    /// Needs of 2 and 1, offers of 2 and 1, nothing asked and nothing promised.
    pub(super) fn start(&mut self, allowances: Vec<(Act, u8)>) -> State {
        let nothing = Desk { asked: vec![], promised: vec![] };
        State {
            needs: vec![self.needs.put(need(1, exactly(2))), self.needs.put(need(2, exactly(1)))],
            offers: vec![self.offers.put(offer(1, exactly(2))), self.offers.put(offer(2, exactly(1)))],
            requester: nothing.clone(),
            supplier: nothing,
            to_supplier: VecDeque::new(),
            to_requester: VecDeque::new(),
            allowances: allowances.into_iter().collect(),
        }
    }

    /// Every state that one delivery or one step of a desk leads to.
    pub(super) fn successors(&mut self, state: &State) -> Vec<State> {
        let mut after: Vec<_> = self.deliver_to_supplier(state).into_iter().collect();
        after.extend(self.deliver_to_requester(state));
        for (act, _) in state.allowances.iter().filter(|(_, left)| **left > 0) {
            let mut rest = state.clone();
            *rest.allowances.get_mut(act).unwrap() -= 1;
            match act {
                Act::Request | Act::Withdraw | Act::Force | Act::Refuse => self.ask(*act, &rest, &mut after),
                Act::ShrinkNeed => self.shrink_need(&rest, &mut after),
                Act::ShrinkOffer | Act::Close => self.change_offer(*act, &rest, &mut after),
                Act::Hold | Act::Answer | Act::Decline | Act::Release | Act::EndHold => {
                    self.promise(*act, &rest, &mut after);
                }
            }
        }
        after
    }

    pub(super) fn deliver_to_supplier(&mut self, state: &State) -> Option<State> {
        let mut after = state.clone();
        let entry = after.to_supplier.pop_front()?;
        self.requisitions.fold(&mut after.supplier.asked, entry);
        self.settle(&mut after);
        Some(after)
    }

    pub(super) fn deliver_to_requester(&self, state: &State) -> Option<State> {
        let mut after = state.clone();
        let entry = after.to_requester.pop_front()?;
        self.commitments.fold(&mut after.requester.promised, entry);
        Some(after)
    }

    pub(super) fn pairs(&self, desk: &Desk) -> Vec<Pair<'_>> {
        let (asked, promised) = (desk.asked.clone(), desk.promised.clone());
        let asked: Vec<_> = asked.iter().map(|number| self.requisitions.get(*number)).collect();
        let promised: Vec<_> = promised.iter().map(|number| self.commitments.get(*number)).collect();
        halves::pairs(asked, promised, &NOTHING_SENT)
    }

    /// A step of the requester, in every way it can be done.
    fn ask(&mut self, act: Act, state: &State, after: &mut Vec<State>) {
        let own = self.pairs(&state.requester);
        let next = Number::new(10 + state.requester.asked.len() as u64).unwrap();
        let new = |r: Requisition| snapshot(RecordId::new(handle(NEEDY), next), r);
        let mut written = Vec::new();
        match act {
            Act::Request => written.extend(self.requests(state, &own).into_iter().map(new)),
            Act::Refuse => {
                let refusals = self.holds(&state.requester).filter_map(|hold| {
                    let need = self.needs.all(&state.needs).find(|n| n.id == hold.record.need_line.record)?;
                    budget::refuse(now(), need, hold, &own, because()).ok()
                });
                written.extend(refusals.map(new));
            }
            Act::Withdraw | Act::Force => {
                let force = act == Act::Force;
                let withdrawn = own.iter().filter_map(|pair| {
                    let withdrawn = budget::withdraw(now(), pair, because(), force).ok()?;
                    (withdrawn.is_forced() == force).then(|| pair.requisition.revised(withdrawn).unwrap())
                });
                written.extend(withdrawn);
            }
            _ => unreachable!("not a step of the requester"),
        }
        for requisition in written {
            let (mut state, entry) = (state.clone(), self.requisitions.put(requisition));
            self.requisitions.fold(&mut state.requester.asked, entry);
            state.to_supplier.push_back(entry);
            after.push(state);
        }
    }

    /// Everything that could be asked for. The requester never hears that an offer changed or closed.
    fn requests(&self, state: &State, own: &[Pair<'_>]) -> Vec<Requisition> {
        let offers = [offer(1, exactly(2)), offer(2, exactly(1))];
        let mut requests = Vec::new();
        for (need, offer) in
            self.needs.all(&state.needs).flat_map(|need| offers.iter().map(move |o| (need, o)))
        {
            let for_both = |c: &&Snapshot<Commitment>| {
                c.record.need_line.record == need.id && c.record.offer_line.record == offer.id
            };
            for hold in self.holds(&state.requester).filter(for_both).map(Some).chain([None]) {
                for n in [1, 2] {
                    let (terms, need_line, offer_line) = (Terms::default(), line(1), line(1));
                    let wish = Wish {
                        need_line,
                        offer_line,
                        amount: some(n),
                        hold,
                        terms,
                        accept_short_dated: false,
                    };
                    requests.extend(budget::request(catalogue(), now(), need, offer, own, wish));
                }
            }
        }
        requests
    }

    fn holds<'a>(&'a self, desk: &'a Desk) -> impl Iterator<Item = &'a Snapshot<Commitment>> {
        self.commitments.all(&desk.promised).filter(|c| c.record.is_held())
    }

    /// A step of the supplier, in every way it can be done, on either offer.
    fn promise(&mut self, act: Act, state: &State, after: &mut Vec<State>) {
        for offer in &state.offers {
            for step in self.promises(act, state, *offer) {
                let mut state = state.clone();
                self.write(&mut state, *offer, step);
                self.settle(&mut state);
                after.push(state);
            }
        }
    }

    fn promises(&self, act: Act, state: &State, offer: u16) -> Vec<Written> {
        let stock = Stock::new(
            self.offers.get(offer),
            line(1),
            self.commitments.all(&state.supplier.promised),
            &NOTHING_SENT,
        )
        .unwrap();
        let own: Vec<_> = self.commitments.all(&state.supplier.promised).collect();
        let asked: Vec<_> = self.requisitions.all(&state.supplier.asked).collect();
        let (two, no) = ([1, 2], ReasonCode::DeclinedByOperator);
        match act {
            Act::Hold => {
                let needs = [need(1, exactly(2)), need(2, exactly(1))];
                let wishes = needs.iter().flat_map(|need| two.map(|n| (need, some(n))));
                let hold = |(need, amount)| {
                    stock
                        .hold(
                            catalogue(),
                            now(),
                            HoldWish { need, need_line: line(1), amount, until: None, terms: None },
                        )
                        .ok()
                };
                wishes.filter_map(hold).map(Written::New).collect()
            }
            Act::Answer => {
                let ways = asked.iter().flat_map(|asked| [None, Some(some(1))].map(|up_to| (asked, up_to)));
                ways.filter_map(|(asked, up_to)| stock.answer(now(), asked, up_to, None).ok()).collect()
            }
            Act::Decline => asked
                .iter()
                .filter_map(|asked| stock.decline(now(), asked, no, None).ok())
                .map(Written::New)
                .collect(),
            Act::Release => {
                let ways = own.iter().flat_map(|c| [0, 1].map(|keep| (&c.id, amount(keep))));
                ways.filter_map(|(id, keep)| stock.release(now(), id, keep, no, None).ok()).collect()
            }
            Act::EndHold => {
                own.iter().filter_map(|c| stock.end_hold(c.record.held_until()?, &c.id).ok()).collect()
            }
            _ => unreachable!("not a step of the supplier"),
        }
    }

    /// The supplier's offer shrinks to 1 or closes; the rules may refuse it.
    fn change_offer(&mut self, act: Act, state: &State, after: &mut Vec<State>) {
        for (place, number) in state.offers.iter().enumerate() {
            let old = self.offers.get(*number).clone();
            let (promised, asked) = (&state.supplier.promised, &state.supplier.asked);
            let counted = stock::counted(&old, self.commitments.all(promised), self.requisitions.all(asked));
            let smaller = Offer { lines: offer(1, exactly(1)).record.lines, ..old.record.clone() };
            let changed = match act {
                Act::Close => old.record.close(now(), None),
                _ => old.record.revise(now(), smaller, &counted, Some(because())),
            };
            let Ok(changed) = changed else { continue };
            let mut state = state.clone();
            state.offers[place] = self.offers.put(old.revised(changed).unwrap());
            self.settle(&mut state);
            after.push(state);
        }
    }

    /// The requester's first need shrinks to 1; the rules may refuse it.
    fn shrink_need(&mut self, state: &State, after: &mut Vec<State>) {
        let old = self.needs.get(state.needs[0]).clone();
        let counted = budget::counted(&old, &self.pairs(&state.requester));
        let smaller = Need { lines: need(1, exactly(1)).record.lines, ..old.record.clone() };
        if let Ok(changed) = old.record.revise(now(), smaller, &counted, Some(because())) {
            let mut state = state.clone();
            state.needs[0] = self.needs.put(old.revised(changed).unwrap());
            after.push(state);
        }
    }

    /// What follows at the supplier's by itself, as the node runs it in the same transaction as the step before.
    fn settle(&mut self, state: &mut State) {
        let open: Vec<_> = self.pairs(&state.supplier).into_iter().filter(Pair::is_open).collect();
        let over = flood::over_limit(open.iter().map(|pair| pair.requisition));
        for offer in state.offers.clone() {
            let own = self.commitments.owned(&state.supplier.promised);
            let asked = self.requisitions.owned(&state.supplier.asked);
            for step in
                stock::settle(now(), self.offers.get(offer), line(1), &own, &asked, &over, &NOTHING_SENT)
            {
                self.write(state, offer, step);
            }
        }
    }

    /// Appends to the supplier's ledger. What the entry states must be what the ledger gives.
    pub(super) fn write(&mut self, state: &mut State, offer: u16, step: Written) {
        let own = &mut state.supplier.promised;
        let entry = match step {
            Written::New(record) => snapshot(id(GIVER, 10 + own.len() as u64), record),
            Written::Revised(id, record) => {
                self.commitments.all(own).find(|c| c.id == id).unwrap().revised(record).unwrap()
            }
        };
        let entry = self.commitments.put(entry);
        self.commitments.fold(own, entry);
        state.to_requester.push_back(entry);
        let stock =
            Stock::new(self.offers.get(offer), line(1), self.commitments.all(own), &NOTHING_SENT).unwrap();
        assert_eq!(
            self.commitments.get(entry).record.reserved_after,
            stock.reserved(),
            "the entry states the ledger"
        );
    }
}
