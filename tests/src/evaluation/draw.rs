//! Draws: the distributions that problems are made from. Whole numbers only, so that a seed gives the same problem on
//! every machine.

use rand::RngExt as _;
use rand::rngs::StdRng;

/// How many of a hundred amounts lie in each power of ten from 1: most lines are small, and a few are as large as all
/// others together.
const DECADES_PERCENT: [u32; 5] = [30, 35, 22, 10, 3];

/// Whether something happens that happens so many times in a hundred.
pub fn chance(rng: &mut StdRng, percent: u32) -> bool {
    rng.random_range(0..100) < percent
}

/// Which of several things happens, by how many times in a hundred each does.
pub fn one_of(rng: &mut StdRng, percents: &[u32]) -> usize {
    let mut left = rng.random_range(0..percents.iter().sum());
    percents
        .iter()
        .position(|percent| left.checked_sub(*percent).map(|rest| left = rest).is_none())
        .unwrap_or(0)
}

/// An amount with a heavy tail, 1 to 99,999.
pub fn amount(rng: &mut StdRng) -> i64 {
    let least = (0..one_of(rng, &DECADES_PERCENT)).fold(1, |least, _| least * 10);
    rng.random_range(least..least * 10)
}

/// Splits a total into as many amounts with a heavy tail, each at least 1, as long as the total allows.
pub fn split(rng: &mut StdRng, total: i64, count: usize) -> Vec<i64> {
    let mut amounts: Vec<i64> = (0..count).map(|_| amount(rng)).collect();
    scale(&mut amounts, total);
    amounts
}

/// Brings amounts to a total, in proportion and each at least 1; the largest takes what rounding leaves.
pub fn scale(amounts: &mut [i64], total: i64) {
    let before: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
    for amount in amounts.iter_mut() {
        let scaled = i128::from(*amount) * i128::from(total) / before;
        *amount = i64::try_from(scaled).expect("a share of a total is no more than it").max(1);
    }
    let missing = total - amounts.iter().sum::<i64>();
    if let Some(largest) = amounts.iter_mut().max() {
        *largest = (*largest + missing).max(1);
    }
}
