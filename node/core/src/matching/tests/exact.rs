//! The greedy plan beside the best one, found by trying everything on three needs and three offers.

use proptest::prelude::*;

use crate::matching::tests::town::Town;

type Amounts = [u32; 3];

/// The most units that any plan serves, by trying every amount for every pair.
fn best(lacks: Amounts, free: Amounts, possible: &[[bool; 3]; 3], at: usize) -> u32 {
    if at == 9 {
        return 0;
    }
    let (n, o) = (at / 3, at % 3);
    let most = if possible[n][o] { lacks[n].min(free[o]) } else { 0 };
    let served = |units: u32| {
        let (mut lacks, mut free) = (lacks, free);
        lacks[n] -= units;
        free[o] -= units;
        units + best(lacks, free, possible, at + 1)
    };
    (0..=most).map(served).max().expect("zero is always tried")
}

proptest! {
    #[test]
    fn the_plan_is_feasible_and_serves_at_least_half_of_what_any_plan_serves(
        lacks in prop::array::uniform3(0..4_u32),
        free in prop::array::uniform3(0..4_u32),
        possible in prop::array::uniform3(prop::array::uniform3(any::<bool>())),
    ) {
        let cities = ["north", "south", "east"];
        let mut town = Town::new();
        for (n, amount) in lacks.iter().enumerate() {
            town.add(&format!("need N{n} {} masks {amount} tier=2", cities[n]));
        }
        for (o, amount) in free.iter().enumerate() {
            let excluded: Vec<_> = (0..3).filter(|n| !possible[*n][o]).map(|n| cities[n]).collect();
            let excluded = if excluded.is_empty() { String::new() } else { format!("exclude={}", excluded.join(",")) };
            town.add(&format!("offer O{o} harbor masks {amount} {excluded}"));
        }
        let served: i64 = town.plan().suggestions().iter().map(|one| one.amount.get()).sum();
        let best = i64::from(best(lacks, free, &possible, 0));
        prop_assert!(served <= best, "{served} of {best}");
        prop_assert!(served * 2 >= best, "{served} of {best}");
    }
}
