//! What must hold: in every state, and at the end of every story.

use super::*;

/// More rounds than any story needs to end.
const ROUNDS_MAX: usize = 10;

pub(super) fn check(world: &mut World, state: &State) {
    stock_is_conserved(world, state);
    every_requisition_has_at_most_one_answer(world, state);
    no_assent_is_spent_twice(world, state);
    if state.to_supplier.is_empty() && state.to_requester.is_empty() {
        both_sides_agree(world, state);
        let end = finish(world, state.clone());
        both_sides_agree(world, &end);
        nothing_waits_and_nothing_leaks(world, &end);
    }
}

fn stock_is_conserved(world: &World, state: &State) {
    for offer in world.offers.all(&state.offers) {
        let stock =
            Stock::new(offer, line(1), world.commitments.all(&state.supplier.promised), &NOTHING_SENT)
                .unwrap();
        assert!(Some(stock.reserved()) <= stock.quantity(), "more is reserved than there is: {stock:?}");
    }
}

fn every_requisition_has_at_most_one_answer(world: &World, state: &State) {
    let mut answered = BTreeSet::new();
    for requisition in world.commitments.all(&state.supplier.promised).filter_map(|c| c.record.requisition())
    {
        assert!(answered.insert(requisition), "{requisition} is answered twice");
    }
}

/// The requester's halves against the supplier's true ledger, not what has arrived of it: whatever is still under
/// way, promises and open requisitions together never exceed the need, apart from what was freed by force.
fn no_assent_is_spent_twice(world: &World, state: &State) {
    let truth = Desk { asked: state.requester.asked.clone(), promised: state.supplier.promised.clone() };
    for need in world.needs.all(&state.needs) {
        let pairs = world.pairs(&truth);
        let own = pairs.iter().filter(|pair| pair.requisition.record.need_line.record == need.id);
        let unforced = own.filter(|pair| !pair.requisition.record.is_forced());
        let spent: Amount = unforced
            .map(|pair| pair.answer.map_or(pair.requisition.record.amount(), |answer| answer.record.amount()))
            .sum();
        assert!(
            Some(spent) <= need.record.lines.get(line(1)).unwrap().quantity.cap(),
            "{spent} of {}",
            need.id
        );
    }
}

fn both_sides_agree(world: &World, state: &State) {
    assert_eq!(state.requester, state.supplier);
    let refused = world.requisitions.all(&state.requester.asked).filter(|r| r.record.is_refusal());
    for hold in refused.filter_map(|r| r.record.hold()) {
        let held = world.commitments.all(&state.supplier.promised).find(|c| c.id == *hold).unwrap();
        assert!(!held.record.is_held(), "{hold} was refused and still reserves stock");
    }
}

/// The rest of the story as honest desks tell it: everything is delivered, everything pending is answered, all
/// holds end.
fn finish(world: &mut World, mut state: State) -> State {
    for _ in 0..ROUNDS_MAX {
        while let Some(after) =
            world.deliver_to_supplier(&state).or_else(|| world.deliver_to_requester(&state))
        {
            state = after;
        }
        let Some(after) = next_duty(world, &state) else { return state };
        state = after;
    }
    panic!("the story does not end: {state:?}");
}

fn next_duty(world: &mut World, state: &State) -> Option<State> {
    let (offer, step) = state.offers.iter().find_map(|offer| Some((*offer, duty(world, state, *offer)?)))?;
    let mut after = state.clone();
    world.write(&mut after, offer, step);
    Some(after)
}

/// The next hold to end or requisition to answer on one offer.
fn duty(world: &World, state: &State, offer: u16) -> Option<Written> {
    let own = world.commitments.all(&state.supplier.promised);
    let stock = Stock::new(world.offers.get(offer), line(1), own.clone(), &NOTHING_SENT).unwrap();
    let ended = own.clone().find_map(|c| stock.end_hold(c.record.held_until()?, &c.id).ok());
    let mut pending = world.requisitions.all(&state.supplier.asked);
    ended.or_else(|| pending.find_map(|asked| stock.answer(now(), asked, None, None).ok()))
}

fn nothing_waits_and_nothing_leaks(world: &World, state: &State) {
    let pairs = world.pairs(&state.requester);
    for pair in &pairs {
        assert!(!pair.is_open(), "{} waits for ever", pair.requisition.id);
        let stands = pair.answer.is_some_and(|answer| answer.record.is_committed());
        assert!(
            !stands || pair.requisition.record.is_requested(),
            "{} is promised in vain",
            pair.requisition.id
        );
    }
    let (asked, promised) = (&state.requester.asked, &state.requester.promised);
    let mut reserved = Amount::ZERO;
    for offer in world.offers.all(&state.offers) {
        let stock = Stock::new(offer, line(1), world.commitments.all(promised), &NOTHING_SENT).unwrap();
        assert_eq!(stock.quantity(), stock.reserved().checked_add(stock.free()));
        reserved = reserved.checked_add(stock.reserved()).unwrap();
    }
    let covered = world.needs.all(&state.needs).map(|need| {
        let (asked, promised) = (world.requisitions.all(asked), world.commitments.all(promised));
        coverage::of_need_line(need, line(1), asked, promised, &NOTHING_SENT).unwrap().committed
    });
    assert_eq!(reserved, covered.sum(), "stock is reserved that no need counts");
}
